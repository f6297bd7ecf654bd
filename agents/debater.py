"""The debater: says what it holds against the others' drafts, and answers once more when it has heard them."""

import asyncio
from collections.abc import Callable, Collection, Sequence

from pydantic import BaseModel
from typing_extensions import TypedDict

from symposium.agents.briefing import Briefing, Turn, task
from symposium.agents.casting import way
from symposium.agents.critic import critique
from symposium.agents.reviser import revise
from symposium.agents.structured import structured
from symposium.agents.transcript import laid
from symposium.ledger.records import CallFailed, Critique, Draft, LimitReached, Message, Round
from symposium.models.mind import Mind
from symposium.prompts.loader import language_of, phrase
from symposium.tools.quotations import located


class _Seat(TypedDict):
    round: int
    index: int
    within: float | None


class Objection(BaseModel):
    """An objection as a debater writes it: the letter of the draft, the passage word for word, and what is wrong."""

    draft: str
    quote: str
    reason: str


class Objections(BaseModel):
    """What a debater writes that reads the others' drafts."""

    objections: list[Objection]


async def criticise(
    mind: Mind,
    conversation: Sequence[Message],
    rounds: Sequence[Round],
    own: Draft | None,
    *,
    round: int,
    index: int = 0,
    within: float | None = None,
    persona: str = "",
    agreement: float | None = None,
) -> list[Critique]:
    """Say what is wrong with the drafts of the last round, one objection to each at most, and emit `critique` for each.

    Nobody objects to its `own` draft; None is for who takes no part in the debate. A chat model reads the whole debate
    in one call; an objection whose quotation does not stand in its draft is dropped. Others look at every draft for
    itself, as `agents.critic` does.

    Raises:
        CallFailed: no usable reply, or none for any of the drafts.
        LimitReached: the budget does not allow a call.
        UsageError: the member cannot criticise; names what can.
    """
    how, turn = await way(mind, "critic"), Turn(role="critic", round=round, index=index, within=within)
    others = [draft for draft in rounds[-1]["drafts"] if own is None or draft["member"] != own["member"]]
    if how != "chat" or not others:
        return await _each(mind, conversation, others, turn)
    told = task(mind, conversation, "objection")
    brief = laid(mind, conversation, rounds, told=told, own=own, persona=persona, agreement=agreement)
    return await _read(mind, brief, [letter for letter, draft in brief.drafts.items() if draft in others], turn)


async def reconsider(
    mind: Mind,
    conversation: Sequence[Message],
    rounds: Sequence[Round],
    own: Draft,
    *,
    round: int,
    index: int = 0,
    temperature: float | None = None,
    within: float | None = None,
    persona: str = "",
    agreement: float | None = None,
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Answer once more, whole, after the others' drafts and what was held against the `own` one in the last round.

    A chat model reads the debate. Another one goes on from before the objection that comes first in its draft; where
    there is none its own draft stays, without a call.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot debate; names what can.
    """
    turn = Turn(role="reviser", round=round, index=index, within=within)
    if await way(mind, "debater") == "prefix":
        held = _first(rounds[-1]["critiques"], own)
        if held is None:
            return own
        return await revise(mind, conversation, own, held, temperature=temperature, hear=hear, **_seat(turn))
    holding = phrase("holding" if agreement is None else "holding-told", language_of(conversation[-1]["content"]))
    told = task(mind, conversation, "reconsideration", holding=holding)
    brief = laid(mind, conversation, rounds, told=told, own=own, persona=persona, agreement=agreement)
    return brief.reply(mind, await mind.say(brief.messages, temperature=temperature, hear=hear, **turn))


async def _read(mind: Mind, brief: Briefing, others: Collection[str], turn: Turn) -> list[Critique]:
    """What a critic that reads finds in the drafts of those letters."""

    def problem(made: Objections) -> str | None:
        if not made.objections or _usable(mind, made, brief, others):
            return None
        if any(brief.label(one.draft) in others for one in made.objections):
            return phrase("no-quotation", brief.language)
        return phrase("not-one-of", brief.language, place="draft", known=", ".join(others))

    made = await structured(mind, brief.messages, Objections, check=problem, language=brief.language, **turn)
    found = _usable(mind, made, brief, others)
    for one in found:
        mind.tell("critique", **one)
    return found


def _usable(mind: Mind, made: Objections, brief: Briefing, others: Collection[str]) -> list[Critique]:
    """The first objection to each of the others that quotes what stands there, in the order of the letters."""
    found = dict[str, Critique]()
    for one in made.objections:
        label = brief.label(one.draft) or ""
        if label in others and label not in found and (place := located(one.quote, brief.drafts[label]["text"])):
            found[label] = _critique(mind, brief.drafts[label], place, brief.named(one.reason).strip())
    return [found[label] for label in others if label in found]


def _critique(mind: Mind, draft: Draft, place: tuple[int, int], reason: str) -> Critique:
    return Critique(
        critic=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        step=draft["text"][place[0] : place[1]],
        start=place[0],
        reason=reason,
        logprob=None,
    )


async def _each(mind: Mind, conversation: Sequence[Message], drafts: Sequence[Draft], turn: Turn) -> list[Critique]:
    """What a critic that looks at one draft at a time finds; where a call fails the others count."""
    failed: list[CallFailed | LimitReached] = []

    async def one(draft: Draft) -> Critique | None:
        try:
            return await critique(mind, conversation, draft, **_seat(turn))
        except (CallFailed, LimitReached) as failure:
            failed.append(failure)
            return None

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(one(draft)) for draft in drafts]
    if failed and len(failed) == len(drafts):
        raise failed[0]
    for failure in failed:
        if isinstance(failure, LimitReached):
            mind.run.limit(failure)
    return [held for held in (task.result() for task in asked) if held]


def _first(critiques: Sequence[Critique], own: Draft) -> Critique | None:
    """The objection to a draft that comes first in its text."""
    against = [held for held in critiques if held["call"] == own["call"]]
    return min(against, key=lambda held: held["start"], default=None)


def _seat(turn: Turn) -> _Seat:
    """A turn without its role, for roles that know theirs."""
    return _Seat(round=turn["round"], index=turn["index"], within=turn["within"])
