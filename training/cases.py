"""Votes whose right answer is known: what every member of a cast said to a question, and whether that is right.

They come from the bundled minds' sheets, or from a file of JSON lines as `python -m symposium.evals.asked` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import TypedDict

from symposium.ledger.records import UsageError
from symposium.models import zoo
from symposium.tools.calibration import Isotonic
from symposium.tools.confidence import DECISIVE, probability
from symposium.tools.diversity import Marks
from symposium.tools.measures import asked_unit
from symposium.tools.meta import Lengths
from symposium.tools.votes import Ballot, ballot
from symposium.training.calibrate import ANSWERS
from symposium.training.sheets import Paper, Sheets
from symposium.training.sheets import Said as Sheet


class Said(TypedDict):
    """One reply of a vote: whose, which sample, its answer and characters, what tells how sure it is, and its mark.

    `answer` and `right` are None where no answer could be read; `probability`, `chance` and `reliability` are those of
    a `tools.votes.Ballot`.
    """

    member: str
    index: int
    answer: str | None
    characters: int
    probability: float | None
    chance: float | None
    reliability: float | None
    right: bool | None


class Case(TypedDict):
    """A question that a cast has voted on: its models by member, and what came in."""

    question: str
    cast: dict[str, str]
    said: list[Said]


def read(place: Path) -> list[Case]:
    """Read cases, one JSON object a line.

    Raises:
        UsageError: the file cannot be read or is empty, or a line is no case.
    """
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{place}: {error}") from error
    cases = [_case(line, f"{place}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not cases:
        raise UsageError(f"{place}: a file of no votes")
    return cases


def _case(line: str, where: str) -> Case:
    try:
        found = json.loads(line)
        case = Case(question=found["question"], cast=dict(found["cast"]), said=found["said"])
        missing = {name for said in case["said"] for name in Said.__annotations__ if name not in said}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{where} is no vote as symposium.evals.asked writes it: {error!r}") from error
    if missing:
        raise UsageError(f"{where}: a reply lacks {', '.join(sorted(missing))}")
    return case


def bundled(minds: Sequence[str], paper: Paper, *, n: int) -> list[Case]:
    """What bundled minds say, greedily and once each, to the first n questions of a paper; whoever has not is asked."""
    files, cast = zoo.bundled(), {name: f"gguf:{name}" for name in minds}
    sheets = [Sheets(files[name], folder=ANSWERS).said(paper, n=n) for name in minds]
    calibrations = [zoo.calibration(name).get(DECISIVE) for name in minds]
    return [
        Case(
            question=together[0]["question"],
            cast=cast,
            said=[
                _said(name, said, fitted)
                for name, said, fitted in zip(minds, together, calibrations, strict=True)
                if not said["cut"]
            ],
        )
        for together in zip(*sheets, strict=True)
    ]


def _said(name: str, said: Sheet, fitted: Isotonic | None) -> Said:
    return Said(
        member=name,
        index=0,
        answer=said["answer"],
        characters=len(said["text"]),
        probability=probability(said["signals"]["sum_logprob"]),
        chance=None if fitted is None else fitted(said["signals"][DECISIVE]),
        reliability=zoo.about(name).get("reliability"),
        right=None if said["answer"] is None else said["right"],
    )


def ballots(case: Case) -> list[Ballot]:
    """A ballot of every reply, as the graph `vote` casts it."""
    unit = asked_unit(case["question"])
    return [
        ballot(
            said["answer"],
            member=said["member"],
            index=said["index"],
            unit=unit,
            probability=said["probability"],
            chance=said["chance"],
            reliability=said["reliability"],
            reason="no answer could be read",
        )
        for said in case["said"]
    ]


def lengths(case: Case) -> Lengths:
    """The characters of every reply."""
    return {(said["member"], said["index"]): said["characters"] for said in case["said"]}


def right(case: Case, given: Ballot) -> bool:
    """Tell whether a ballot's answer is right."""
    marks = {(said["member"], said["index"]): bool(said["right"]) for said in case["said"]}
    return marks[given.member, given.index]


def marks(cases: Sequence[Case]) -> Marks:
    """The marks of every model's first replies, None where it gave no answer."""
    models = sorted({model for case in cases for model in case["cast"].values()})
    first = [
        {case["cast"][said["member"]]: said["right"] for said in case["said"] if not said["index"]} for case in cases
    ]
    return {model: [found.get(model) for found in first] for model in models}
