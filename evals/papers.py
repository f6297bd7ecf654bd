"""The sets of questions that the bundled minds are measured on, each reported apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from symposium.training.world.dataset import Question, questions

Split = Literal["test", "development"]
SIZE = 2_000  # questions of the split, in wordings that training shows
BEYOND = 300  # out of range: longer numbers and lists, more steps
KEPT_OUT = 500  # in wordings that training never shows


@dataclass(frozen=True)
class Paper:
    """A set of different questions."""

    name: str
    questions: tuple[Question, ...]


def papers(*, split: Split, seed: int, limit: int | None = None) -> tuple[Paper, ...]:
    """Draw the three sets; `limit` is the size of the first, and the others shrink with it."""
    size = SIZE if limit is None else min(limit, SIZE)
    drawn = {
        split: (size, questions(split, seed=seed)),
        "beyond": (_part(BEYOND, size), questions(split, seed=seed, reach="beyond")),
        "kept-out": (_part(KEPT_OUT, size), questions(split, seed=seed, patterns="held_out")),
    }
    return tuple(Paper(name, tuple(islice(_different(stream), n))) for name, (n, stream) in drawn.items())


def _part(whole: int, size: int) -> int:
    return max(1, round(whole * size / SIZE))


def _different(stream: Iterator[Question]) -> Iterator[Question]:
    asked: set[str] = set()
    for question in stream:
        if question.text not in asked:
            asked.add(question.text)
            yield question
