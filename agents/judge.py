"""The judge: tells how good a peer's draft is, by checking its steps, by its own reading or by how likely it finds it.

A judge should be of another family than the draft; who judges is chosen by whoever asks.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from symposium.agents.briefing import Turn, briefed, task
from symposium.agents.casting import way
from symposium.agents.proposer import worded
from symposium.agents.structured import structured
from symposium.ledger.records import Draft, Message, Signal, Verdict
from symposium.models.mind import Mind
from symposium.tools.confidence import CALIBRATED
from symposium.tools.findings import read
from symposium.tools.quotations import located

SCORE = "sum_logprob"
GRADE = "grade"
BEST = 10
WRONG = 4  # the best grade of a draft whose result is held to be wrong


class Ruling(BaseModel):
    """What a judge that reads writes: the reason with its passage, whether the result is right, and the grade."""

    reason: str
    quote: str
    right: bool | None
    grade: int = Field(ge=1, le=BEST)


class Preference(BaseModel):
    """What a judge of two drafts writes: what decides, and for which."""

    reason: str
    better: Literal["A", "B", "tie"]


@dataclass(frozen=True)
class Comparison:
    """Which of two drafts is better, None for neither; a judge whose choice depends on the order is not consistent."""

    winner: Draft | None
    reasons: tuple[str, str]
    consistent: bool


async def judge(
    mind: Mind,
    conversation: Sequence[Message],
    draft: Draft,
    *,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
) -> Verdict:
    """Judge a draft of the last turn's answer, and emit `judge.verdict`.

    A symbolic mind gives 1 if every step that it can check is right, 0 if one is wrong, None if there is none. A chat
    model reads the draft and grades it, from 0 to 1, uncalibrated. Another model gives the log-probability of the draft
    under its own weights, as `weigh` does.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot judge; names what can.
    """
    how, turn = await way(mind, "judge"), Turn(role="judge", round=round, index=index, within=within)
    if how == "checks":
        verdict = await _checked(mind, draft, turn)
    elif how == "chat":
        verdict = await _ruled(mind, conversation, draft, turn)
    else:
        verdict = await _weighed(mind, conversation, draft, turn)
    mind.tell("judge.verdict", **verdict)
    return verdict


async def weigh(
    mind: Mind,
    conversation: Sequence[Message],
    draft: Draft,
    *,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
) -> Verdict:
    """Weigh a draft and emit `judge.verdict`: its log-probability under the mind's own weights (teacher forcing).

    The score is a fitted probability where the mind has a calibration.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot weigh; names what can.
    """
    await way(mind, "weigher")
    verdict = await _weighed(mind, conversation, draft, Turn(role="judge", round=round, index=index, within=within))
    mind.tell("judge.verdict", **verdict)
    return verdict


async def compare(
    mind: Mind,
    conversation: Sequence[Message],
    first: Draft,
    second: Draft,
    *,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
) -> Comparison:
    """Ask which of two drafts is better, at once in both orders, and emit `comparison`; a disagreement is a tie.

    Raises:
        CallFailed: no usable reply in one of the orders.
        LimitReached: the budget does not allow both calls.
        UsageError: the member cannot compare; names what can.
    """
    await way(mind, "comparer")
    mind.run.budget.afford(calls=2)
    turn = Turn(role="judge", round=round, index=index, within=within)

    def preferred(*drafts: Draft) -> "asyncio.Task[tuple[Draft | None, str]]":
        return group.create_task(_preferred(mind, conversation, drafts, turn))

    try:
        async with asyncio.TaskGroup() as group:
            there, back = preferred(first, second), preferred(second, first)
    except ExceptionGroup as failed:  # what broke first has stopped the other
        raise failed.exceptions[0] from None
    (one, why), (other, why_too) = there.result(), back.result()
    consistent = one is other
    made = Comparison(one if consistent else None, (why, why_too), consistent)
    _tell(mind, made, first, second)
    return made


def _tell(mind: Mind, made: Comparison, first: Draft, second: Draft) -> None:
    mind.tell(
        "comparison",
        judge=mind.member.name,
        calls=[first["call"], second["call"]],
        winner=made.winner["call"] if made.winner else None,
        consistent=made.consistent,
        reasons=list(made.reasons),
    )


async def _preferred(
    mind: Mind, conversation: Sequence[Message], drafts: Sequence[Draft], turn: Turn
) -> tuple[Draft | None, str]:
    told = task(mind, conversation, "comparison")
    brief = briefed(mind, conversation, drafts, task=told, turn=turn, ordered=True)
    made = await structured(mind, brief.messages, Preference, language=brief.language, **turn)
    return brief.drafts.get(made.better), brief.named(made.reason)


async def _checked(mind: Mind, draft: Draft, turn: Turn) -> Verdict:
    written = Message(role="user", content=draft["text"])
    reply = await mind.say([written], **turn)
    right = read(reply["text"]).right
    score = None if right is None else float(right)
    return _verdict(mind, draft, score=score, right=right, reason=reply["text"])


async def _ruled(mind: Mind, conversation: Sequence[Message], draft: Draft, turn: Turn) -> Verdict:
    brief = briefed(mind, conversation, [draft], task=task(mind, conversation, "judge"), turn=turn)
    made = await structured(mind, brief.messages, Ruling, language=brief.language, **turn)
    grade = min(made.grade, WRONG) if made.right is False else made.grade
    score = (grade - 1) / (BEST - 1)
    signals = {GRADE: Signal(value=score, calibrated=False)}
    return _verdict(mind, draft, score=score, right=made.right, reason=_reason(made, draft), signals=signals)


def _reason(made: Ruling, draft: Draft) -> str:
    """The reason behind the passage that it is about; a quotation that is none is left out."""
    place = located(made.quote, draft["text"])
    return f"“{draft['text'][place[0] : place[1]]}”: {made.reason}" if place else made.reason


async def _weighed(mind: Mind, conversation: Sequence[Message], draft: Draft, turn: Turn) -> Verdict:
    reply = await mind.say(worded(mind.member, conversation), forced=draft["text"], **turn)
    signals = reply["signals"]
    score = signals.get(SCORE + CALIBRATED) or signals.get(SCORE)
    return _verdict(
        mind,
        draft,
        score=score["value"] if score else None,
        calibrated=bool(score and score["calibrated"]),
        reason="how likely the draft is under its own weights",
        signals=signals,
    )


def _verdict(
    mind: Mind,
    draft: Draft,
    *,
    score: float | None,
    reason: str,
    calibrated: bool = False,
    right: bool | None = None,
    signals: dict[str, Signal] | None = None,
) -> Verdict:
    return Verdict(
        judge=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        score=score,
        calibrated=calibrated,
        right=right,
        reason=reason,
        signals=signals or {},
    )
