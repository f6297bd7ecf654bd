"""What a stage of a cascade is scored by, from 0 to 1: one function per scorer; what cannot be told is unknown."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

from symposium.agents.judge import SCORE, judge
from symposium.graphs.endings import strongest
from symposium.graphs.family import ANSWERING, Seating, Update, able, stoppable, tried
from symposium.graphs.forms import CascadeContext
from symposium.graphs.hearing import UNKNOWN, Score, of_the_answer
from symposium.graphs.ladder import Stage
from symposium.ledger.records import Draft, Message, Outcome, Signal, Verdict
from symposium.models.member import Member
from symposium.models.settings import ScorerName
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE, answer_probability, probability

NODE = "score"
WRITING = (*ANSWERING, "aggregator")  # the roles whose words a stage may end with
Scorer = Callable[[CascadeContext, Sequence[Message], int, Outcome], Awaitable[tuple[Score, Update]]]


async def _agreement(
    context: CascadeContext, turns: Sequence[Message], place: int, outcome: Outcome
) -> tuple[Score, Update]:
    """The share of the stage's ballots that gave its answer."""
    return _measured(outcome["signals"].get("agreement")), {}


async def _confidence(
    context: CascadeContext, turns: Sequence[Message], place: int, outcome: Outcome
) -> tuple[Score, Update]:
    """The chance that the answer is right, where it was fitted; else the probability of the whole reply, raw."""
    signals = of_the_answer(outcome["signals"])
    if CHANCE in signals:
        return _measured(signals[CHANCE]), {}
    chance, calibrated = answer_probability(signals), DECISIVE + CALIBRATED in signals
    return _measured(None if chance is None else Signal(value=chance, calibrated=calibrated)), {}


async def _judged(
    context: CascadeContext, turns: Sequence[Message], place: int, outcome: Outcome
) -> tuple[Score, Update]:
    """Let a mind judge the stage's words; without one that can, or without words, the score is unknown."""
    draft, stage = _written(context, place, outcome), context.ladder.stages[place]
    member = await _judge(context, stage, outcome["metadata"].get("aggregator") or "")
    if draft is None or member is None:
        return UNKNOWN, {}
    mind, seat = context.mind(member.name, path=NODE), Seating(member=member.name, index=0)
    judging = stoppable(context, lambda: judge(mind, turns, draft, round=place))
    verdict, trouble = await tried(context, seat, judging, role="judge", round=place)
    return _ruled(verdict) if verdict else UNKNOWN, trouble


def _written(context: CascadeContext, place: int, outcome: Outcome) -> Draft | None:
    """The stage's words as a draft: as a member said them, else as a part of it; those merged by rule are nobody's."""
    run, below, writer = context.run, context.place(path(place)), outcome["metadata"].get("aggregator")
    said = run.said(below, outcome["answer"], roles=WRITING)
    if said:
        return said
    wider = run.said(below, roles=WRITING, by=writer)
    whose = {} if writer else {"member": "", "call": ""}
    words = {"text": outcome["answer"], "answer": outcome["extracted"], **whose}
    return cast(Draft, {**wider, **words}) if wider else None


SCORERS: Mapping[ScorerName, Scorer] = {
    "agreement": _agreement,
    "confidence": _confidence,
    "judge": _judged,
    "verifier": _judged,
}
CALLING: tuple[ScorerName, ...] = ("judge", "verifier")  # the scorers that ask a mind


def path(place: int) -> str:
    """The path of a stage within the cascade."""
    return f"stage{place + 1}"


def judges(context: CascadeContext, stage: Stage, writer: str = "") -> list[Member]:
    """Who may judge a stage: the helpers before the strongest of the cast, other models before the stage's own.

    `writer` is who has written its answer, where that is known to be another than was planned.
    """
    by_name = {member.name: member for member in context.everyone}
    own = stage.models | {by_name[writer].model} if writer in by_name else stage.models
    order = dict.fromkeys([*(member.name for member in context.helpers), *strongest(context.cast)])
    return sorted((by_name[name] for name in order), key=lambda member: member.model in own)


async def _judge(context: CascadeContext, stage: Stage, writer: str) -> Member | None:
    for member in judges(context, stage, writer):
        if await able(context.mind(member.name, path=NODE), "judge"):
            return member
    return None


def _measured(signal: Signal | None) -> Score:
    return Score(value=signal["value"], calibrated=signal["calibrated"], refuted=False) if signal else UNKNOWN


def _ruled(verdict: Verdict) -> Score:
    """A verdict as a score: what was checked, graded or fitted as it is, a log-probability as a probability.

    Only a check refutes: what a reader holds to be wrong is an opinion, as its grade tells.
    """
    value, signals = verdict["score"], verdict["signals"]
    if value is not None and SCORE in signals and not verdict["calibrated"]:
        value = probability(value)
    return Score(value=value, calibrated=verdict["calibrated"], refuted=verdict["right"] is False and not signals)
