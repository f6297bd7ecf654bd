"""The critic: quotes the step of a draft that is wrong, or that it finds unlikely itself."""

from collections.abc import Sequence

from pydantic import BaseModel

from symposium.agents.briefing import Turn, briefed, task
from symposium.agents.casting import way
from symposium.agents.proposer import worded
from symposium.agents.structured import structured
from symposium.ledger.records import Critique, Draft, Message, Weak
from symposium.models.mind import Mind
from symposium.prompts.loader import phrase
from symposium.tools.confidence import probability
from symposium.tools.findings import read
from symposium.tools.quotations import located
from symposium.tools.steps import passages, suspect


class Objection(BaseModel):
    """What a critic that reads writes: whether there is an error, where, word for word, and what would be right."""

    wrong: bool
    quote: str
    reason: str


async def critique(
    mind: Mind,
    conversation: Sequence[Message],
    draft: Draft,
    *,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
) -> Critique | None:
    """Criticise a draft, and emit `critique`; None where there is nothing to say.

    A symbolic mind quotes the first wrong step. A chat model quotes the first error that it sees; a quotation that does
    not stand in the draft is no critique. Another model quotes the first step of which it doubts a token, scored under
    its own weights (teacher forcing), else the step with the least likely token, however likely that is.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot criticise; names what can.
    """
    how, turn = await way(mind, "critic"), Turn(role="critic", round=round, index=index, within=within)
    if how == "checks":
        found = await _wrong(mind, draft, turn)
    elif how == "chat":
        found = await _read(mind, conversation, draft, turn)
    else:
        found = await _unlikely(mind, conversation, draft, turn)
    if found:
        mind.tell("critique", **found)
    return found


def doubt(draft: Draft) -> Critique | None:
    """Let a draft be its own critic, without a call: quote what its own model doubted while it wrote."""
    return _quoted(draft["member"], draft, suspect(draft["weakest"]))


async def _wrong(mind: Mind, draft: Draft, turn: Turn) -> Critique | None:
    written = Message(role="user", content=draft["text"])
    reply = await mind.say([written], **turn)
    slip = read(reply["text"]).slip
    if slip is None:
        return None
    return Critique(
        critic=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        step=slip.quote,
        start=_place(draft["text"], slip.quote),
        reason=f"it is {slip.actual}",
        logprob=None,
    )


def _place(text: str, quote: str) -> int:
    """Where a quoted passage begins; what is not found word for word may stand anywhere: 0."""
    places = [passage.start for passage in passages(text) if passage.text == quote]
    return places[0] if places else max(0, text.find(quote))


async def _read(mind: Mind, conversation: Sequence[Message], draft: Draft, turn: Turn) -> Critique | None:
    brief = briefed(mind, conversation, [draft], task=task(mind, conversation, "critic"), turn=turn)

    def problem(made: Objection) -> str | None:
        missing = made.wrong and located(made.quote, draft["text"]) is None
        return phrase("no-quotation", brief.language) if missing else None

    made = await structured(mind, brief.messages, Objection, check=problem, language=brief.language, **turn)
    place = located(made.quote, draft["text"]) if made.wrong else None
    if place is None:
        return None
    return Critique(
        critic=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        step=draft["text"][place[0] : place[1]],
        start=place[0],
        reason=made.reason,
        logprob=None,
    )


async def _unlikely(mind: Mind, conversation: Sequence[Message], draft: Draft, turn: Turn) -> Critique | None:
    reply = await mind.say(worded(mind.member, conversation), forced=draft["text"], **turn)
    return _quoted(mind.member.name, draft, suspect(reply["weakest"]))


def _quoted(critic: str, draft: Draft, step: Weak | None) -> Critique | None:
    if step is None:
        return None
    return Critique(
        critic=critic,
        member=draft["member"],
        call=draft["call"],
        step=step["text"],
        start=step["start"],
        reason=f"its least likely token has a probability of {probability(step['least']):.2g}",
        logprob=step["logprob"],
    )
