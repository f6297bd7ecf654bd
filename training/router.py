"""The trained router: who answers what right, learned from questions with marks, for `tools/routing.py` to predict.

One logistic regression per model over hashed features, calibrated on predictions for questions that its weights had
not seen (five parts, each left out once). Of the bundled minds the questions are those of the calibration split, of
one's own members a file of marks:

    python -m symposium.training.router
    python -m symposium.training.router --marks marks.jsonl --out symposium.router.json

A line of marks is `{"question": "...", "member": "ann", "right": true, "tokens": [120, 80]}`; `member` is a name in
symposium.toml or a model (`openai:gpt-5`), `right` may be a grade from 0 to 1, and `tokens` (read, written) may be
left out. A line as `symposium.evals.asked --votes` keeps it, of questions that it asks or of recorded runs, holds the
marks of all members at once. The router lies beside symposium.toml as `symposium.router.json`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symposium.ledger.records import SymposiumError, UsageError
from symposium.models import zoo
from symposium.models.routers import BUNDLED
from symposium.models.settings import load
from symposium.tools.calibration import auroc, ece, isotonic
from symposium.tools.routing import FORMAT, Expert, RouterFile, buckets, packed, write
from symposium.tools.routing import read as read_router

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

QUESTIONS = 20_000  # of the calibration split
BUCKETS = 8_192
RIDGE = 1.0  # in questions: how strongly weights are drawn to 0
STEPS, RATE = 120, 0.15  # of Adam (1412.6980), over all questions at once, its rate falling to 0
PARTS = 5
SAMPLE = 400  # predictions that are kept, by which shares and spends become thresholds
LEAST = 200  # questions with which a model can be learned
REROUTE = 0.9
"""Up to which chance the next of the bundled minds is asked: measured on the development split, docs/graphs.md."""
SEED = 7


@dataclass(frozen=True)
class Mark:
    """How well a model answered a question: 1 right, 0 wrong; `tokens` were read and written, None where unknown."""

    question: str
    model: str
    right: float
    tokens: tuple[float, float] | None = None


@dataclass(frozen=True)
class Rows:
    """Questions by their features: the buckets of all of them in a row, and where those of each question begin."""

    columns: Ints
    starts: Ints
    scale: Floats

    @classmethod
    def of(cls, questions: Sequence[str]) -> Rows:
        hits = [buckets(question, BUCKETS) for question in questions]
        lengths = np.array([len(hit) for hit in hits])
        return cls(np.concatenate([np.array(hit) for hit in hits]), np.cumsum(lengths) - lengths, lengths**-0.5)

    def picked(self, which: npt.NDArray[np.bool_]) -> Rows:
        """Only those questions."""
        lengths = np.diff(np.append(self.starts, len(self.columns)))
        kept = lengths[which]
        return Rows(self.columns[np.repeat(which, lengths)], np.cumsum(kept) - kept, self.scale[which])

    def times(self, weights: Floats) -> Floats:
        """Add up the weights of each question's buckets."""
        return np.add.reduceat(weights[self.columns], self.starts) * self.scale

    def sums(self, values: Floats) -> Floats:
        """Add up a value of each question for every bucket."""
        found = np.bincount(self.columns, (values * self.scale)[self._owners], minlength=BUCKETS)
        return found.astype(np.float64)

    @cached_property
    def _owners(self) -> Ints:
        lengths = np.diff(np.append(self.starts, len(self.columns)))
        return np.repeat(np.arange(len(lengths)), lengths)


# Fitting


def fitted(rows: Rows, right: Floats) -> tuple[Floats, float]:
    """Fit the weights and the bias of one model's regression by Adam; the same for the same questions."""
    share = np.clip(right.mean(), 0.01, 0.99)
    values = np.append(np.zeros(BUCKETS), np.log(share / (1 - share)))
    mean, square = np.zeros_like(values), np.zeros_like(values)
    for step in range(1, STEPS + 1):
        wrong = (_logistic(rows.times(values[:-1]) + values[-1]) - right) / len(right)
        slope = np.append(rows.sums(wrong) + RIDGE / len(right) * values[:-1], wrong.sum())
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        size = RATE * (1 - step / (STEPS + 1))
        values -= size * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
    return values[:-1], float(values[-1])


def _logistic(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-logits))


def unseen(rows: Rows, right: Floats) -> Floats:
    """Predict every question by weights that were fitted without its part, in logits."""
    part = np.random.default_rng(SEED).permutation(len(right)) % PARTS
    logits = np.zeros(len(right))
    for left_out in range(PARTS):
        weights, bias = fitted(rows.picked(part != left_out), right[part != left_out])
        logits[part == left_out] = rows.picked(part == left_out).times(weights) + bias
    return logits


def learned(marks: Iterable[Mark], digests: Mapping[str, str | None], *, reroute: float | None = None) -> RouterFile:
    """Learn a router; `digests` are those of the models' files.

    Raises:
        UsageError: too few questions of a model.
    """
    by_model: dict[str, list[Mark]] = {}
    for mark in marks:
        by_model.setdefault(mark.model, []).append(mark)
    _check(by_model)
    experts, predictions = dict[str, Expert](), dict[str, dict[str, float]]()
    for model, theirs in sorted(by_model.items()):
        experts[model], chances = _expert(theirs, digests.get(model))
        predictions[model] = chances
    return RouterFile(
        format=FORMAT,
        buckets=BUCKETS,
        trained_on=len({mark.question for theirs in by_model.values() for mark in theirs}),
        members=experts,
        sample=_sample(predictions),
        reroute=reroute,
    )


def _check(by_model: Mapping[str, Sequence[Mark]]) -> None:
    if not by_model:
        raise UsageError("there are no marks to learn a router from")
    for model, theirs in by_model.items():
        if len(theirs) < LEAST:
            raise UsageError(f"{len(theirs)} marks of {model} are too few to learn from; give {LEAST} or more")


def _expert(marks: Sequence[Mark], digest: str | None) -> tuple[Expert, dict[str, float]]:
    """Learn one model; give what the file holds of it, and its calibrated chances for the questions it was taught."""
    rows, right = Rows.of([mark.question for mark in marks]), np.array([float(mark.right) for mark in marks])
    logits = unseen(rows, right)
    calibrator = isotonic(logits.tolist(), [mark >= 0.5 for mark in right])
    weights, bias = fitted(rows, right)
    scale, bytes_ = packed(weights.tolist())
    _told(marks[0].model, logits, right)
    expert = Expert(
        sha256=digest,
        bias=round(bias, 5),
        scale=float(f"{scale:.6g}"),
        weights=bytes_,
        calibrator=calibrator.knots(),
        tokens=_tokens(marks),
    )
    chances = [calibrator(logit) for logit in logits.tolist()]
    return expert, dict(zip((mark.question for mark in marks), chances, strict=True))


def _told(model: str, logits: Floats, right: Floats) -> None:
    found = auroc(logits.tolist(), [bool(mark >= 0.5) for mark in right])
    told = "-" if found is None else f"{found:.3f}"
    print(f"{model}: {len(right)} questions, {right.mean():.1%} right, AUROC of unseen ones {told}", flush=True)


def _tokens(marks: Sequence[Mark]) -> tuple[float, float]:
    told = [mark.tokens for mark in marks if mark.tokens] or [(300.0, 300.0)]
    read, written = zip(*told, strict=True)
    return round(sum(read) / len(told), 1), round(sum(written) / len(told), 1)


def _sample(predictions: Mapping[str, Mapping[str, float]]) -> list[list[float]]:
    """Chances of some questions that all models have answered, a row each."""
    shared = set.intersection(*(set(chances) for chances in predictions.values()))
    drawn = random.Random(SEED).sample(sorted(shared), min(SAMPLE, len(shared)))
    return [[round(predictions[model][question], 3) for model in sorted(predictions)] for question in drawn]


# Marks


def bundled(questions: int) -> Iterator[Mark]:
    """The bundled minds' own answers to questions of the calibration split; what is not kept yet is asked."""
    from symposium.training.calibrate import ANSWERS, CALIBRATION
    from symposium.training.sheets import Sheets
    from symposium.training.tokenizer import loaded, prompt

    asked, tokenizer = CALIBRATION.questions(questions), loaded(zoo.FOLDER / "tokenizer.json")
    read = [float(len(tokenizer.encode(prompt(question.text)).ids)) for question in asked]
    for name, file in zoo.bundled().items():
        for said, tokens in zip(Sheets(file, folder=ANSWERS).said(CALIBRATION, n=questions), read, strict=True):
            right = float(said["right"] and not said["cut"])
            yield Mark(said["question"], f"gguf:{name}", right, (tokens, float(said["tokens"])))


def told(lines: Iterable[str], models: Mapping[str, str]) -> Iterator[Mark]:
    """Read marks from lines of JSON; `models` are those of the members by name.

    Raises:
        UsageError: a line holds none; names it.
    """
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line) if line.strip() else {"said": []}
            marks = _of_case(found) if "said" in found else [_of_one(found, models)]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            form = '{"question": "...", "member": "...", "right": true}'
            raise UsageError(f"line {number} of the marks is not of the form {form}: {error}") from error
        yield from marks


def _of_one(found: Mapping[str, Any], models: Mapping[str, str]) -> Mark:
    right, tokens = float(found["right"]), found.get("tokens")
    if not 0 <= right <= 1:
        raise ValueError(f"'right' must lie between 0 and 1, not {right}")
    model = models.get(found["member"], found["member"])
    return Mark(str(found["question"]), model, right, (float(tokens[0]), float(tokens[1])) if tokens else None)


def _of_case(found: Mapping[str, Any]) -> list[Mark]:
    """The marks of every member's first reply; one without an answer is wrong."""
    first = [said for said in found["said"] if said["index"] == 0]
    return [Mark(found["question"], found["cast"][said["member"]], float(bool(said["right"]))) for said in first]


# The command


def measured(file: Path, questions: int) -> None:
    """Measure the router of the bundled minds on the development split: AUROC and ECE by mind, and its first choice."""
    from symposium.training.calibrate import ANSWERS
    from symposium.training.sheets import Paper, Sheets

    router, minds = read_router(file), zoo.bundled()
    for patterns in ("known", "held_out"):
        paper = Paper(split="development", patterns=patterns)
        right = {
            f"gguf:{name}": [said["right"] for said in Sheets(place, folder=ANSWERS).said(paper, n=questions)]
            for name, place in minds.items()
        }
        chances = [router.chances(question.text) for question in paper.questions(questions)]
        for model, marks in right.items():
            told_ = [chance[model] for chance in chances]
            print(f"{patterns:9} {model:14} AUROC {auroc(told_, marks) or 0:.3f}  ECE {ece(told_, marks):.3f}")
        first = [right[max(chance, key=lambda model: chance[model])][at] for at, chance in enumerate(chances)]
        print(f"{patterns:9} the likeliest is right: {sum(first) / len(first):.1%}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, or with `--report` measure, a router."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.training.router", description="Train a router.")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="of the bundled minds: questions asked")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--marks", type=Path, help="a JSONL of {question, member, right} about your own members")
    source.add_argument("--report", action="store_true", help="measure the bundled router on the development split")
    parser.add_argument("--reroute", type=float, help="up to which chance the next expert is asked as well")
    parser.add_argument("--out", type=Path, default=BUNDLED, help="where the router is written")
    chosen = parser.parse_args(arguments)
    if chosen.marks is not None and chosen.out == BUNDLED:
        parser.error("name a place for your own router: --out symposium.router.json")
    try:
        if chosen.report:
            return measured(chosen.out, 2_000)
        _train(chosen.marks, chosen.questions, reroute=chosen.reroute, out=chosen.out)
    except (SymposiumError, OSError, UnicodeError) as error:
        parser.error(str(error))


def _train(marks: Path | None, questions: int, *, reroute: float | None, out: Path) -> None:
    digests = {f"gguf:{name}": zoo.about(name).get("sha256") for name in zoo.bundled()}
    usual = REROUTE if marks is None else None
    write(out, learned(_marks(marks, questions), digests, reroute=usual if reroute is None else reroute))
    print(f"{out}: {out.stat().st_size:,} bytes")


def _marks(marks: Path | None, questions: int) -> Iterable[Mark]:
    if marks is None:
        return bundled(questions)
    models = {name: member.model for name, member in load().members.items()}
    return told(marks.read_text(encoding="utf-8").splitlines(), models)


if __name__ == "__main__":
    main()
