"""What the stages of a cascade said, and how their answers are weighed against each other."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict

from symposium.graphs.endings import strongest, unweighed
from symposium.ledger.records import First, Outcome, Quorum, Signal, Voice
from symposium.models.member import Member
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE
from symposium.tools.votes import ASSUMED_RELIABILITY, Ballot, Candidate, Rule, Tally, ballot

ANSWERED = ("answered", "partial")
FITTED = (CHANCE, f"{DECISIVE}{CALIBRATED}")  # the signals whose calibrated values compare stages, the best first


class Score(TypedDict):
    """How sure a stage is of its answer: None is unknown; a `refuted` answer was found wrong by an exact check.

    A score `about` the question, rather than the answer, is no chance of being right, even where it was fitted.
    """

    value: float | None
    calibrated: bool
    refuted: bool
    about: Literal["answer", "question"]


class Hearing(TypedDict):
    """What came of one stage: its Outcome, its score against its threshold (None: nobody is left), and what follows.

    `place` is its own on the ladder; `following` that of the stage that is asked next, None where it ends, and `why`
    that one, or why none is though one was wanted; `skipped` are stages that could not be afforded. `inside` is the
    chance that the question lies inside what its members know, None where that is unknown, and `outside` says that it
    does not.
    """

    stage: str
    place: int
    outcome: Outcome
    score: Score
    threshold: float | None
    following: int | None
    why: str
    skipped: list[int]
    inside: float | None
    outside: bool


UNKNOWN = Score(value=None, calibrated=False, refuted=False, about="answer")


def sure(score: Score, threshold: float) -> bool:
    """A score is sure enough above its threshold; an unknown one never is."""
    return score["value"] is not None and score["value"] > threshold


def credible(hearings: Sequence[Hearing]) -> list[Hearing]:
    """The stages that answered; those that found the question outside their domain only where there is no other."""
    answered = [hearing for hearing in hearings if hearing["outcome"]["status"] in ANSWERED]
    return [hearing for hearing in answered if not hearing["outside"]] or answered


def of_the_answer(signals: Mapping[str, Signal]) -> dict[str, Signal]:
    """The signals of the reply itself, also where a vote tells them of its spokesman."""
    return {name.removeprefix("answer."): signal for name, signal in signals.items()}


# Weighing


SUREST = 0.999  # no stage is so sure that any number of others could not outweigh it


def doubt(chance: float) -> float:
    """Give -ln(1 - p): summed over stages, the chance that not all of them are wrong (noisy or; Pearl, 1988)."""
    return -math.log1p(-min(chance, SUREST))


def _weight(ballot: Ballot) -> float | None:
    return None if ballot.reliability is None else doubt(ballot.reliability)


by_doubt = Rule(name="doubt", weigh=_weight, unknown=doubt(ASSUMED_RELIABILITY))


def weighed(hearings: Sequence[Hearing], cast: Sequence[Member], unit: str | None) -> Tally:
    """Weigh the stages' answers by how unlikely it is that all who gave them are wrong; the later stage wins ties.

    A stage whose confidence was not fitted weighs by the known reliability of its members; one whose written steps are
    wrong weighs nothing.
    """
    later_first = [hearing["stage"] for hearing in reversed(hearings)]
    return by_doubt((_ballot(hearing, cast, unit) for hearing in hearings), order=later_first)


def _ballot(hearing: Hearing, cast: Sequence[Member], unit: str | None) -> Ballot:
    trust = confidence(hearing, cast)
    return ballot(
        hearing["outcome"]["extracted"],
        member=hearing["stage"],
        unit=unit,
        probability=trust,
        reliability=trust,
        reason="no answer could be read",
    )


def confidence(hearing: Hearing, cast: Sequence[Member]) -> float | None:
    """The chance (0..1) that a stage's answer is right, as far as it was fitted or is known of its members."""
    score, signals = hearing["score"], of_the_answer(hearing["outcome"]["signals"])
    if score["refuted"]:
        return 0.0
    if score["calibrated"] and score["about"] == "answer":
        return score["value"]
    fitted = [signals[name]["value"] for name in FITTED if name in signals and signals[name]["calibrated"]]
    if not fitted and broken(hearing["outcome"]["answer"]):
        return 0.0
    known = [m.reliability for m in cast if m.name in hearing["outcome"]["agreed"] and m.reliability is not None]
    return fitted[0] if fitted else max(known, default=None)


def spokesman(hearings: Sequence[Hearing], winner: Candidate | None) -> Hearing:
    """Whose words are shown: the last stage with the best answer, or the last of all where none could be read."""
    best = winner.members if winner else [hearing["stage"] for hearing in hearings]
    return [hearing for hearing in hearings if hearing["stage"] in best][-1]


def dissent(hearings: Sequence[Hearing], tally: Tally, cast: Sequence[Member], unit: str | None) -> list[Voice]:
    """The answers of other stages, then the minorities inside the stages, which had no weight in the end."""
    minorities = [voice for hearing in hearings for voice in hearing["outcome"]["dissent"]]
    answers = [candidate.answer for candidate in tally.candidates]
    overruled = [_voice(candidate, hearings, cast) for candidate in tally.dissent]
    return overruled + unweighed(minorities, besides=answers, unit=unit)


def _voice(candidate: Candidate, hearings: Sequence[Hearing], cast: Sequence[Member]) -> Voice:
    behind = [hearing for hearing in hearings if hearing["stage"] in candidate.members]
    names = members(behind, "agreed", cast)
    return Voice(answer=candidate.answer, share=candidate.share, votes=candidate.count, members=names)


# Sums


def members(hearings: Sequence[Hearing], key: Literal["answered", "agreed"], cast: Sequence[Member]) -> list[str]:
    """Who answered, or agreed, in any of the stages, in the order of the cast."""
    named = {name for hearing in hearings for name in hearing["outcome"][key]}
    return [member.name for member in cast if member.name in named]


def quorum(hearings: Sequence[Hearing]) -> Quorum:
    """The stages' voices together."""
    parts = [hearing["outcome"]["quorum"] for hearing in hearings]
    return Quorum(
        asked=sum(part["asked"] for part in parts),
        answered=sum(part["answered"] for part in parts),
        failed=sum(part["failed"] for part in parts),
        cancelled=sum(part["cancelled"] for part in parts),
    )


def first(hearings: Sequence[Hearing], cast: Sequence[Member]) -> First | None:
    """What the most reliable member that answered said first."""
    said = [hearing["outcome"]["first"] for hearing in hearings]
    by_member = {first["member"]: first for first in reversed(said) if first is not None}
    return next((by_member[name] for name in strongest(cast) if name in by_member), None)


# Words


def in_figures(hearing: Hearing) -> str:
    """The decision about a stage for people: `stage 'small' was sure enough: .97 > .90`."""
    told, value, threshold = f"stage '{hearing['stage']}'", hearing["score"]["value"], hearing["threshold"]
    if hearing["outcome"]["status"] not in ANSWERED:
        return f"{told} gave no answer: {hearing['outcome']['words']}"
    if hearing["outcome"]["extracted"] is None:
        return f"{told} gave no answer that could be read"
    if hearing["outside"]:
        return f"{told} found the question outside what it knows"
    if threshold is None:
        return f"{told} was the last"
    if value is None:
        return f"{told} could not be scored"
    how = "sure enough" if sure(hearing["score"], threshold) else "not sure enough"
    return f"{told} was {how}: {compared(value, threshold)}"


def compared(score: float, threshold: float) -> str:
    """Write a score beside its threshold, with as many places as it takes to tell them apart: `.97 > .90`."""
    places = next((n for n in (2, 3, 4, 5) if f"{score:.{n}f}" != f"{threshold:.{n}f}"), 2)
    written = [f"{value:.{places}f}".removeprefix("0") for value in (score, threshold)]
    return f"{written[0]} {'>' if score > threshold else '<='} {written[1]}"
