"""What a stage of a cascade is scored by, from 0 to 1: one function per scorer; what cannot be told is unknown."""

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from typing_extensions import TypedDict

from symposium.agents.judge import SCORE, judge
from symposium.agents.verifier import verify
from symposium.graphs.endings import strongest
from symposium.graphs.family import ANSWERING, Seating, Update, able, stoppable, tried
from symposium.graphs.forms import CascadeContext
from symposium.graphs.hearing import UNKNOWN, Score, of_the_answer
from symposium.graphs.ladder import Stage
from symposium.ledger.records import Draft, Message, Outcome, Signal, Verdict
from symposium.models import zoo
from symposium.models.domain import chance_inside
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.scope import Stopped
from symposium.models.settings import ScorerName
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE, answer_probability, as_chance, probability
from symposium.tools.measures import asked_unit
from symposium.tools.plugins import SCORERS as GROUP
from symposium.tools.plugins import plugin
from symposium.tools.scatter import semantic_certainty

NODE = "score"
WRITING = (*ANSWERING, "aggregator")  # the roles whose words a stage may end with


class Said(TypedDict):
    """What a stage said, as far as scores need it: its Outcome, its answers, and its words as a draft.

    `answers` are those of its samples that could be read; `written` is None where nobody wrote the words.
    """

    outcome: Outcome
    answers: list[str]
    written: Draft | None


Scorer = Callable[[CascadeContext, Sequence[Message], int, Said], Awaitable[tuple[Score, Update]]]


def said_by(context: CascadeContext, place: int, outcome: Outcome) -> Said:
    """Keep of a stage that has just spoken what its score may take; a run that is forked later knows it from there."""
    drafts = context.run.drafts(context.place(path(place)), roles=ANSWERING)
    answers = [draft["answer"] for draft in drafts if draft["answer"] is not None]
    return Said(outcome=outcome, answers=answers, written=_written(context, place, outcome))


def _written(context: CascadeContext, place: int, outcome: Outcome) -> Draft | None:
    """The stage's words as a draft: as a member said them, else as a part of it; those merged by rule are nobody's."""
    run, below, writer = context.run, context.place(path(place)), outcome["metadata"].get("aggregator")
    whole = run.said(below, outcome["answer"], roles=WRITING)
    if whole:
        return whole
    wider = run.said(below, roles=WRITING, by=writer)
    whose = {} if writer else {"member": "", "call": ""}
    words = {"text": outcome["answer"], "answer": outcome["extracted"], **whose}
    return cast(Draft, {**wider, **words}) if wider else None


# By what is known of the answer already


async def _agreement(context: CascadeContext, turns: Sequence[Message], place: int, said: Said) -> tuple[Score, Update]:
    """The share of the stage's ballots that gave its answer."""
    return _measured(said["outcome"]["signals"].get("agreement")), {}


async def _confidence(
    context: CascadeContext, turns: Sequence[Message], place: int, said: Said
) -> tuple[Score, Update]:
    """The chance that the answer is right, where it was fitted; else the probability of the whole reply, raw."""
    signals = of_the_answer(said["outcome"]["signals"])
    if CHANCE in signals:
        return _measured(signals[CHANCE]), {}
    chance, calibrated = answer_probability(signals), DECISIVE + CALIBRATED in signals
    return _measured(None if chance is None else Signal(value=chance, calibrated=calibrated)), {}


def _by_signal(name: str) -> Scorer:
    """Score by a signal of the reply: the chance that was fitted to it, else its raw value read as a chance."""

    async def score(context: CascadeContext, turns: Sequence[Message], place: int, said: Said) -> tuple[Score, Update]:
        signals = of_the_answer(said["outcome"]["signals"])
        raw, fitted = signals.get(name), signals.get(name + CALIBRATED)
        if fitted or raw is None:
            return _measured(fitted), {}
        return _measured(Signal(value=as_chance(name, raw["value"]), calibrated=False)), {}

    return score


async def _semantic_entropy(
    context: CascadeContext, turns: Sequence[Message], place: int, said: Said
) -> tuple[Score, Update]:
    """How little the stage's samples scatter over what they say: 1 - H / log n; unknown for fewer than two."""
    certainty = semantic_certainty(said["answers"], unit=asked_unit(turns[-1]["content"]))
    return _measured(None if certainty is None else Signal(value=certainty, calibrated=False)), {}


# By what is known of the question


async def _in_domain(context: CascadeContext, turns: Sequence[Message], place: int, said: Said) -> tuple[Score, Update]:
    """The fitted chance that the question lies inside what the stage's members know."""
    inside = await chance_in_domain(context.ladder.stages[place], turns[-1]["content"])
    return Score(value=inside, calibrated=inside is not None, refuted=False, about="question"), {}


async def chance_in_domain(stage: Stage, question: str) -> float | None:
    """The chance (0..1) that a question lies inside what a stage's members know; None unless all are bundled minds.

    Of no other members it is known where what they know ends.
    """
    bundled = zoo.bundled()
    if not all(member.provider == "gguf" and member.target in bundled for member in stage.members):
        return None
    return await asyncio.to_thread(chance_inside, question)  # it reads a file


# By asking somebody


async def _judged(context: CascadeContext, turns: Sequence[Message], place: int, said: Said) -> tuple[Score, Update]:
    """Let a mind judge the stage's words; without one that can, or without words, the score is unknown."""
    draft, stage = said["written"], context.ladder.stages[place]
    member = await _judge(context, stage, said["outcome"]["metadata"].get("aggregator") or "")
    if draft is None or member is None:
        return UNKNOWN, {}
    mind, seat = context.mind(member.name, path=NODE), Seating(member=member.name, index=0)
    judging = stoppable(context, lambda: judge(mind, turns, draft, round=place))
    verdict, trouble = await tried(context, seat, judging, role="judge", round=place)
    return _ruled(verdict) if verdict else UNKNOWN, trouble


async def _self_verification(
    context: CascadeContext, turns: Sequence[Message], place: int, said: Said
) -> tuple[Score, Update]:
    """Ask whoever wrote the stage's words whether they are right; unknown where nobody did, or who did cannot tell."""
    draft, stage = said["written"], context.ladder.stages[place]
    author = _author(context, stage, draft["member"]) if draft else None
    if draft is None or author is None:
        return UNKNOWN, {}
    mind, seat = Mind(context.run, author, context.place(NODE)), Seating(member=author.name, index=0)
    if not await able(mind, "verifier"):
        return UNKNOWN, {}
    verifying = stoppable(context, lambda: verify(mind, turns, draft, round=place))
    verdict, trouble = await tried(context, seat, verifying, role="verifier", round=place)
    return _ruled(verdict) if verdict else UNKNOWN, trouble


def _author(context: CascadeContext, stage: Stage, name: str) -> Member | None:
    known = (*stage.members, *stage.writers, *context.everyone)
    return next((member for member in known if member.name == name), None)


# By a function that a package brings along


def _foreign(name: str) -> Scorer:
    """Score by what is registered under that name; where it breaks the score is unknown, and a note says so."""

    async def score(context: CascadeContext, turns: Sequence[Message], place: int, said: Said) -> tuple[Score, Update]:
        function, question = plugin(GROUP, name), turns[-1]["content"]
        try:
            told = await context.run.scope.run(lambda: _called(function, question, said["outcome"]))
            return _measured(_as_signal(told)), {}
        except Stopped:
            return UNKNOWN, {}
        except Exception as error:  # whatever a stranger's code raises costs a score, not the answer
            context.run.note(f"scorer '{name}' could not score a stage: {type(error).__name__}: {error}")
            return UNKNOWN, {}

    return score


async def _called(function: Callable[..., Any], question: str, outcome: Outcome) -> Any:
    given = question, outcome["answer"], outcome["signals"]
    if inspect.iscoroutinefunction(function):
        return await function(*given)
    told = await asyncio.to_thread(function, *given)
    return await told if inspect.isawaitable(told) else told  # as of an object whose call is async


def _as_signal(told: object) -> Signal | None:
    """A foreign score; raises ValueError where it is none."""
    if told is None:
        return None
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told <= 1 or math.isnan(told):
        raise ValueError(f"a score must lie between 0 and 1, or be None, not {told!r}")
    return Signal(value=float(told), calibrated=False)


# The table


SCORERS: Mapping[ScorerName, Scorer] = {
    "confidence": _confidence,
    "agreement": _agreement,
    "semantic_entropy": _semantic_entropy,
    "mean_logprob": _by_signal("mean_logprob"),
    "min_logprob": _by_signal("min_logprob"),
    "token_entropy": _by_signal("token_entropy"),
    "margin": _by_signal("margin"),
    "in_domain": _in_domain,
    "self_verification": _self_verification,
    "judge": _judged,
    "verifier": _judged,
}
CALLING: Mapping[str, str] = {"judge": "judge", "verifier": "judge", "self_verification": "verifier"}
"""The scorers that ask a mind, and in which role."""


def scorer(name: str) -> Scorer:
    """Find a scorer: one of ours, or one that a package has registered."""
    return SCORERS[cast(ScorerName, name)] if name in SCORERS else _foreign(name)


def path(place: int) -> str:
    """The path of a stage within the cascade."""
    return f"stage{place + 1}"


def scoring_members(context: CascadeContext, stage: Stage) -> list[Member]:
    """Who is asked for a stage's score, as far as that is known beforehand."""
    if context.ladder.scorer == "self_verification":
        return [*stage.writers, *stage.members][:1]
    return judges(context, stage)[:1] if context.ladder.scorer in CALLING else []


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
    if signal is None:
        return UNKNOWN
    return Score(value=signal["value"], calibrated=signal["calibrated"], refuted=False, about="answer")


def _ruled(verdict: Verdict) -> Score:
    """A verdict as a score: what was checked, graded or fitted as it is, a log-probability as a probability.

    Only a check refutes: what a reader holds to be wrong is an opinion, as its grade tells.
    """
    value, signals = verdict["score"], verdict["signals"]
    if value is not None and SCORE in signals and not verdict["calibrated"]:
        value = probability(value)
    refuted = verdict["right"] is False and not signals
    return Score(value=value, calibrated=verdict["calibrated"], refuted=refuted, about="answer")
