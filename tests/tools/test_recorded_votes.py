"""Votes on recorded answers of real models; needs the folder named by SYMPOSIUM_DATA, and pyarrow.

What decides is learnt on every other question, and measured on those between.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

from symposium.tools.diversity import diversity, pairwise
from symposium.tools.meta import Lengths, fitted, standings
from symposium.tools.votes import RULES, Ballot, Tally

DATA = os.environ.get("SYMPOSIUM_DATA")
SETS = {  # by name: the files of answers, of marks (else the key of the questions) and of lengths
    "crux": ("zeroeval_crux_answers_51models", "zeroeval_crux_correct_51models", "zeroeval_crux_outlen_51models"),
    "math": ("zeroeval_mathl5_answers_41models", "zeroeval_mathl5_correct_41models", "zeroeval_mathl5_outlen_41models"),
    "mmlu": ("mmlupro_preds_29models", None, "mmlupro_outlen_29models"),
}


@dataclass(frozen=True)
class Recorded:
    """Answers, marks and lengths of models: a column for each model, a row for each question."""

    answers: Mapping[str, Sequence[str | None]]
    right: Mapping[str, Sequence[bool]]
    lengths: Mapping[str, Sequence[int]]

    def share(self, model: str, rows: Sequence[int]) -> float:
        return sum(self.right[model][row] for row in rows) / len(rows)


def table(name: str) -> Mapping[str, Sequence[object]]:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (the extra `bench`)")
    place = Path(DATA or "") / f"{name}.parquet"
    if not DATA or not place.is_file():
        pytest.skip(f"no recorded answers: SYMPOSIUM_DATA does not hold {name}.parquet")
    found: dict[str, list[object]] = parquet.read_table(place).to_pydict()
    return {column: values for column, values in found.items() if column not in ("idx", "question_id")}


@cache
def recorded(name: str) -> Recorded:
    answers, marks, lengths = SETS[name]
    said = {
        model: [str(given).strip() or None if given is not None else None for given in column]
        for model, column in table(answers).items()
    }
    long = {model: [int(size or 0) for size in column] for model, column in table(lengths).items()}  # type: ignore[call-overload]  # a column of numbers
    if marks:
        right = {model: [bool(mark) for mark in column] for model, column in table(marks).items()}
    else:
        key = table("mmlupro_questions")["answer"]
        right = {model: [a == b for a, b in zip(column, key, strict=True)] for model, column in said.items()}
    return Recorded(said, right, long)


@dataclass(frozen=True)
class Election:
    """A cast on a set of questions: what it learnt from the even rows is used on the odd ones."""

    data: Recorded
    cast: Sequence[str]

    @property
    def learning(self) -> range:
        return range(0, len(self.data.right[self.cast[0]]), 2)

    @property
    def measured(self) -> range:
        return range(1, len(self.data.right[self.cast[0]]), 2)

    def ballots(self, row: int) -> list[Ballot]:
        known = self.reliability
        return [
            Ballot(member=model, answer=(given := self.data.answers[model][row]), key=given, reliability=known[model])
            for model in self.cast
        ]

    @cached_property
    def reliability(self) -> Mapping[str, float]:
        return {model: self.data.share(model, self.learning) for model in self.cast}

    def lengths(self, row: int) -> Lengths:
        return {(model, 0): self.data.lengths[model][row] for model in self.cast}

    def right(self, tally: Tally, row: int, place: int = 0) -> bool:
        return bool(tally.candidates) and self.data.right[tally.candidates[place].ballots[0].member][row]

    def by_rule(self, rule: str) -> float:
        found = [self.right(RULES[rule](self.ballots(row)), row) for row in self.measured]
        return 100 * sum(found) / len(found)

    def trained(self) -> float:
        told, marks = [], []
        for row in self.learning:
            tally = RULES["plurality"](self.ballots(row))
            told += standings(tally, self.lengths(row))
            marks += [self.right(tally, row, place) for place in range(len(tally.candidates))]
        classify, found = fitted(told, marks), list[bool]()
        for row in self.measured:
            tally = RULES["plurality"](self.ballots(row))
            chances = [classify(one) for one in standings(tally, self.lengths(row))]
            found.append(bool(chances) and self.right(tally, row, chances.index(max(chances))))
        return 100 * sum(found) / len(found)

    def best(self) -> float:
        """The member that is best on the questions that were learnt from."""
        first = max(self.cast, key=lambda model: self.reliability[model])
        return 100 * self.data.share(first, self.measured)


def election(name: str, *, strongest: slice = slice(None)) -> Election:
    data = recorded(name)
    rows = range(0, len(next(iter(data.right.values()))), 2)
    order = sorted(data.right, key=lambda model: -data.share(model, rows))
    return Election(data, order[strongest])


EVERYBODY, PEERS = slice(None), {"crux": slice(17, 25), "math": slice(13, 21), "mmlu": slice(9, 17)}


@pytest.mark.parametrize("name", SETS)
def test_a_majority_of_unequal_members_loses_to_the_best_and_known_reliability_wins_most_of_it_back(name: str) -> None:
    everybody = election(name, strongest=EVERYBODY)
    majority, weighed = everybody.by_rule("plurality"), everybody.by_rule("reliability")
    assert majority < everybody.best() - 8
    assert weighed > majority + 4


@pytest.mark.parametrize("name", SETS)
def test_among_peers_the_majority_beats_the_best(name: str) -> None:
    peers = election(name, strongest=PEERS[name])
    assert peers.by_rule("plurality") > peers.best() + 2


@pytest.mark.parametrize("name", SETS)
def test_what_was_learnt_of_unequal_members_decides_as_well_as_their_reliability(name: str) -> None:
    everybody = election(name, strongest=EVERYBODY)
    assert everybody.trained() > everybody.by_rule("plurality") + 4
    assert everybody.trained() >= everybody.by_rule("reliability") - 0.5


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("strongest", [EVERYBODY, slice(8)], ids=["everybody", "eight"])
def test_any_number_of_models_is_worth_about_two_or_three_votes(name: str, strongest: slice) -> None:
    panel = election(name, strongest=strongest)
    marks = {
        model: [mark if given else None for mark, given in zip(panel.data.right[model], answers, strict=True)]
        for model, answers in panel.data.answers.items()
        if model in panel.cast
    }
    found = diversity(list(marks), pairwise(marks))
    assert found is not None
    assert 1.5 < found.votes < 3.5
