"""The border around the world: made from its questions, and how many of them fall outside it.

A model of characters is counted on training questions. How its traits are weighed is fitted to tell calibration
questions from those of `world/outsiders.py`, for each language by itself. So that new wordings pass, half of the former
are rehearsed: weighed by a model that has not seen their patterns. So that unknown names and things pass, some have
invented ones. From the weights of as many questions inside and outside, the latter weighed by borders that were drawn
without them, follows the chance of lying inside. `python -m symposium.training.outside` makes `world.json.gz` and
`domain.json`, the same bytes each time, and tells what is refused.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from symposium.models.domain import FILE as CHANCES
from symposium.models.zoo.outside import (
    FILE,
    Border,
    Language,
    language_of,
    normal,
    read,
    traits,
    write,
)
from symposium.tools.calibration import Isotonic, Knots, isotonic
from symposium.tools.ngrams import Counts, Ngrams, counted
from symposium.training.world.dataset import Question, questions
from symposium.training.world.outsiders import OUTSIDE
from symposium.training.world.strange import estranged

Array = npt.NDArray[np.float64]

QUESTIONS = 50_000  # counted
LEAST = (1, 1, 2, 3, 4)  # how often a sequence of 1, 2, ... characters must have come to be kept
REHEARSED = 3  # patterns with this rest by five are new in the rehearsal
STRANGE = 0.35  # of the questions fitted have strangers' words
FITTED = 2_000  # questions of the calibration split, of new and of known patterns each
REFUSED: Final[Mapping[Language, float]] = {"en": 0.03, "ko": 0.07}  # of the rehearsed wordings
RIDGE = 1.0
STEPS = 30  # of the fit
FOLDS = 10
SEED = 5
MEASURED_SEED = 20


@dataclass(frozen=True)
class Sample:
    """Traits of one language's questions, a row each: of new wordings, of known ones, of questions outside."""

    new: Array
    known: Array
    outside: Array
    refused: float

    def weights(self) -> Array:
        """Fit the weights, the border where the share of new wordings that may be refused is refused."""
        weights = _fitted(np.concatenate([self.new, self.known]), self.outside)
        weights[0] -= np.quantile(self.new @ weights, self.refused)
        return weights

    def outsiders(self) -> Array:
        """Weigh the outsiders by borders which were drawn without them, a tenth at a time."""
        weighed = np.zeros(len(self.outside))
        for fold in np.array_split(np.random.default_rng(SEED).permutation(len(self.outside)), FOLDS):
            others = replace(self, outside=np.delete(self.outside, fold, axis=0))
            weighed[fold] = self.outside[fold] @ others.weights()
        return weighed

    def chance(self, outsiders: Array) -> Isotonic:
        """Fit the chance of lying inside by the weight, with as many questions inside as outside; half have new words.

        Its knots lie no closer to certainty than so many questions tell.
        """
        half = len(outsiders) // 2
        inside = np.concatenate([self.new[:half], self.known[: len(outsiders) - half]]) @ self.weights()
        return isotonic([*inside, *outsiders], [True] * len(inside) + [False] * len(outsiders))


def made(path: Path = FILE, chances: Path = CHANCES, *, counted_on: int = QUESTIONS, fitted_on: int = FITTED) -> Border:
    """Make the border and the chances of lying inside it, and write them into their files."""
    asked = list(islice(questions("train", seed=SEED), counted_on))
    counts = _counts(asked)
    rehearsal = _ngrams(_counts(question for question in asked if not _rehearsed(question)))
    weights: dict[Language, dict[str, float]] = {}
    knots: dict[Language, Knots] = {}
    for language in REFUSED:
        names, sample = _sample(language, rehearsal, _ngrams(counts), fitted_on)
        weights[language] = {name: round(float(w), 4) for name, w in zip(names, sample.weights(), strict=True)}
        outsiders = sample.outsiders()
        knots[language] = sample.chance(outsiders).knots()
        told = f"{(outsiders >= 0).sum()} of {len(outsiders)} questions outside"
        print(f"{language}: {told} pass a border that was drawn without them", flush=True)
    write(path, counts, weights, order=len(LEAST))
    chances.write_text(json.dumps(knots, indent=1) + "\n", encoding="utf-8")
    return read(path)


def _counts(asked: Iterable[Question]) -> Counts:
    return counted((normal(question.text) for question in asked), least=LEAST)


def _ngrams(counts: Counts) -> Ngrams:
    return Ngrams(counts, order=len(LEAST))


def _rehearsed(question: Question) -> bool:
    return int(question.pattern.rpartition("/")[2]) % 5 == REHEARSED


def _sample(language: Language, rehearsal: Ngrams, world: Ngrams, n: int) -> tuple[list[str], Sample]:
    """Draw a language's questions; tell the names of their traits and the traits."""
    asked, rng = questions("calibration", seed=SEED, language=language), random.Random(SEED)
    new = [_told(question, rng) for question in islice(filter(_rehearsed, asked), n)]
    known = [_told(question, rng) for question in islice(asked, n)]
    outside = [text for text in OUTSIDE if language_of(text) == language]
    names = ["bias", *traits(outside[0], world)]
    return names, Sample(_rows(rehearsal, new), _rows(world, known), _rows(world, outside), REFUSED[language])


def _told(question: Question, rng: random.Random) -> str:
    return estranged(question.text, question.language, rng) if rng.random() < STRANGE else question.text


def _rows(ngrams: Ngrams, texts: Iterable[str]) -> Array:
    """Measure texts, a row each; the first value, the bias, is always 1."""
    return np.array([[1.0, *traits(text, ngrams).values()] for text in texts])


def _fitted(inside: Array, outside: Array) -> Array:
    """Fit a logistic regression by Newton's method; both sides weigh the same, as much as there are outsiders."""
    rows = np.concatenate([inside, outside])
    belongs = np.arange(len(rows)) < len(inside)
    share = np.where(belongs, len(outside) / len(inside), 1.0)
    middle, scale = rows.mean(axis=0), rows.std(axis=0)
    middle[0], scale[0] = 0.0, 1.0
    rows = (rows - middle) / scale
    ridge = RIDGE * np.eye(rows.shape[1])
    ridge[0, 0] = 0.0
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (share * (chance - belongs)) + ridge @ weights
        curvature = (rows.T * (share * chance * (1 - chance))) @ rows + ridge
        weights -= np.linalg.solve(curvature, slope)
    raw: Array = weights / scale
    raw[0] -= float(middle[1:] @ raw[1:])
    return raw


def refused(border: Border, asked: Iterable[Question]) -> Mapping[str, tuple[int, int]]:
    """Count how many questions fall outside, and of how many: of all, by language and by family."""
    told, lost = Counter[str](), Counter[str]()
    for question in asked:
        groups = ("all", question.language, question.family)
        told.update(groups)
        if border.weigh(question.text) < 0:
            lost.update(groups)
    return {group: (lost[group], told[group]) for group in sorted(told)}


def report(border: Border, *, n: int) -> None:
    """Print what is refused of each split by known wordings, by those kept out, and with strangers' words."""
    for split in ("calibration", "development"):
        for patterns in ("known", "held_out"):
            asked = islice(questions(split, seed=MEASURED_SEED, patterns=patterns), n)
            _show(f"{split}, {patterns} wordings", refused(border, asked))
    _show("development, invented names and things", refused(border, islice(_strange(), n)))


def _strange() -> Iterator[Question]:
    """Yield the questions of the development split that name somebody or something, with invented words instead."""
    rng = random.Random(MEASURED_SEED)
    for question in questions("development", seed=MEASURED_SEED):
        text = estranged(question.text, question.language, rng)
        if text != question.text:
            yield replace(question, text=text)


def _show(name: str, shares: Mapping[str, tuple[int, int]]) -> None:
    shown = ", ".join(f"{group} {lost / of:.1%} of {of}" for group, (lost, of) in shares.items())
    print(f"refused, {name}: {shown}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the border: `python -m symposium.training.outside [--report-only] [--questions N]`."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.training.outside", description="Draw the border of the world.")
    parser.add_argument("--report-only", action="store_true", help="measure the border that is there")
    parser.add_argument("--questions", type=int, default=2_000, help="questions of each measurement")
    chosen = parser.parse_args(arguments)
    border = read(FILE) if chosen.report_only else made()
    report(border, n=chosen.questions)


if __name__ == "__main__":
    main()
