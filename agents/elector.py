"""The elector: a member that votes on what others have drafted, by ranking the drafts or by approving of them.

It reads them as anonymous data in an order of its own. That its own are not among them is the care of whoever asks.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from pydantic import BaseModel

from symposium.agents.aggregator import rank
from symposium.agents.briefing import Turn, briefed, malformed, task
from symposium.agents.casting import way
from symposium.agents.judge import SCORE, weigh
from symposium.agents.structured import structured
from symposium.ledger.records import Draft, Message, UsageError, Verdict
from symposium.models.mind import Mind
from symposium.prompts.loader import phrase
from symposium.tools.confidence import DECISIVE, FORCED
from symposium.tools.ranking import Preference
from symposium.tools.ranking import ranked as ranking

ROLE: Final = "elector"
ENOUGH = 0.5  # the chance of being right from which a mind that only weighs drafts approves of one


class Approval(BaseModel):
    """What an elector that approves writes: what decided, and the letters of the drafts that it holds to be right."""

    reason: str
    approved: list[str]


async def ranked(
    mind: Mind, conversation: Sequence[Message], drafts: Sequence[Draft], *, within: float | None = None
) -> Preference:
    """Rank drafts of the last turn's answer, by their calls, and emit `ranking`.

    A chat model reads them all at once. Another model weighs each under its own weights, as `agents.judge.weigh` does;
    a written step that is wrong weighs more than any words.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot rank; names what can.
    """
    if await way(mind, ROLE) == "chat":
        order = await rank(mind, conversation, drafts, role=ROLE, within=within)
        made = ranking(mind.member.name, (draft["call"] for draft in order))
    else:
        levels = _levels(drafts, await _weighed(mind, conversation, drafts, within))
        made = Preference(voter=mind.member.name, levels=levels)
    mind.tell("ranking", voter=made.voter, order=list(made.drafts))
    return made


async def approved(
    mind: Mind, conversation: Sequence[Message], drafts: Sequence[Draft], *, within: float | None = None
) -> Preference:
    """Say of drafts, by their calls, which are held to be right and which are not, and emit `approval`.

    A chat model reads them all at once. Another model approves of those whose fitted chance of being right is at least
    one half.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot approve; names what can.
    """
    await check_approves(mind)
    if await way(mind, ROLE) == "chat":
        chosen = await _chosen(mind, conversation, drafts, Turn(role=ROLE, round=0, index=0, within=within))
    else:
        chosen = _likely(await _weighed(mind, conversation, drafts, within))
    calls = sorted(draft["call"] for draft in drafts)
    levels = tuple(call for call in calls if call in chosen), tuple(call for call in calls if call not in chosen)
    mind.tell("approval", voter=mind.member.name, approved=list(levels[0]))
    return Preference(voter=mind.member.name, levels=levels)


async def check_approves(mind: Mind) -> None:
    """Check that a member can say of one draft whether it is right: it reads, or its weighing was fitted.

    Raises:
        UsageError: it cannot.
    """
    if await way(mind, ROLE) == "forced" and FORCED + SCORE not in mind.member.calibration:
        raise UsageError(
            f"member '{mind.member.name}' ({mind.member.model}) cannot approve: how it weighs drafts was not fitted"
        )


async def _chosen(mind: Mind, conversation: Sequence[Message], drafts: Sequence[Draft], turn: Turn) -> set[str]:
    brief = briefed(mind, conversation, drafts, task=task(mind, conversation, "approval"), turn=turn)

    def problem(made: Approval) -> str | None:
        wrong = [label for label in made.approved if brief.label(label) is None]
        known = ", ".join(brief.drafts)
        return phrase("not-one-of", brief.language, place="approved", known=known) if wrong else None

    made = await structured(mind, brief.messages, Approval, check=problem, language=brief.language, **turn)
    return {brief.drafts[label]["call"] for label in map(brief.label, made.approved) if label}


async def _weighed(
    mind: Mind, conversation: Sequence[Message], drafts: Sequence[Draft], within: float | None
) -> dict[str, Verdict]:
    """Weigh every text once, all at once: a verdict by the call of each draft."""
    first = {draft["text"]: draft for draft in reversed(drafts)}

    def weighing(place: int, draft: Draft) -> "asyncio.Task[Verdict]":
        return group.create_task(weigh(mind, conversation, draft, index=place, within=within))

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {text: weighing(place, draft) for place, (text, draft) in enumerate(sorted(first.items()))}
    except ExceptionGroup as failed:  # what broke first has stopped the others
        raise failed.exceptions[0] from None
    return {draft["call"]: tasks[draft["text"]].result() for draft in drafts}


def _levels(drafts: Sequence[Draft], verdicts: dict[str, Verdict]) -> tuple[tuple[str, ...], ...]:
    """The calls from the likeliest text down; equal texts stand side by side."""
    scores = {draft["call"]: _score(verdicts[draft["call"]]) for draft in drafts}
    order = sorted(scores, key=lambda call: (-scores[call], call))
    return tuple(tuple(level) for _, level in groupby(order, key=scores.__getitem__))


def _score(verdict: Verdict) -> float:
    found = verdict["signals"].get(DECISIVE)
    if found is None:
        raise malformed("the reply tells no log-probabilities", 1)
    return found["value"]


def _likely(verdicts: dict[str, Verdict]) -> set[str]:
    return {call for call, found in verdicts.items() if found["score"] is not None and found["score"] >= ENOUGH}
