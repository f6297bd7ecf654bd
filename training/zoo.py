"""The bundled minds from scratch: vocabulary, training, export, exams, `zoo.json`. Interrupted, it resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import groupby, islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict

from symposium.training.exam import Patterns, gguf_answers, marked, paper, shown, summary
from symposium.training.recipe import LINEUPS, RECIPES, Recipe, recipe
from symposium.training.stream import Stream, world_questions
from symposium.training.world.dataset import FAMILY_SHARES

if TYPE_CHECKING:
    from symposium.training.model import Mind
    from symposium.training.trainer import Progress, Trainer

ZOO = Path(__file__).parent.parent / "models" / "zoo"
RUNS = Path(__file__).parent.parent / "runs" / "zoo"
TOKENIZER = ZOO / "tokenizer.json"
FIGURES = ZOO / "zoo.json"
VOCABULARY_QUESTIONS = 60_000
TOKENIZER_SEED = 7
EXAM_QUESTIONS = 2_000
EXAM_SEED = 20
GOOD_AT = {family: "word problems" if family == "word" else family for family in FAMILY_SHARES}
LONGEST_REPLY = 128  # tokens a bundled mind may write; its longest solutions take about half
QUICK_QUESTIONS = 300  # of the look at the development split while training
PATTERNS: tuple[Patterns, ...] = ("known", "held_out")


class Figures(TypedDict):
    """What is known about a bundled mind.

    `reliability` is its accuracy on the calibration split, which weighs its ballots; the exams are on the test split.
    `context` and `max_tokens` are in tokens.
    """

    file: str
    sha256: str
    parameters: int
    precision: str
    tokens: int  # trained on
    seed: int
    recipe: dict[str, Any]  # the fields of Recipe
    context: int
    max_tokens: int
    reliability: float
    good_at: list[str]
    exam: dict[Patterns, dict[str, Any]]  # as Exam, less the score of each kind of question


def tokenizer_made() -> Path:
    """Fit the shared vocabulary on training questions where it is missing."""
    from symposium.training import tokenizer

    if not TOKENIZER.exists():
        tokenizer.saved(tokenizer.fit(_vocabulary_texts()), TOKENIZER)
    return TOKENIZER


def _vocabulary_texts() -> Iterator[str]:
    for question in islice(world_questions(recipe("large").mix, TOKENIZER_SEED), VOCABULARY_QUESTIONS):
        yield question.text
        yield question.solution


def checkpoint_of(name: str) -> Path:
    return RUNS / f"{name}.ckpt"


def trained(name: str) -> None:
    """Train a mind by its recipe on one core, from its checkpoint where there is one."""
    import torch

    from symposium.training.trainer import Pace, can_compile

    torch.set_num_threads(1)
    print(f"{name}: {'compiled' if can_compile() else 'not compiled (no C++ compiler): expect twice the time'}")
    trainer = _trainer(recipe(name), compiled=can_compile())
    if not trainer.resume() and trainer.recipe.base:
        trainer.start_from(checkpoint_of(trainer.recipe.base))
    if not trainer.finished:
        trainer.train(pace=Pace(), report=Reporter(name))


def _trainer(chosen: Recipe, *, compiled: bool) -> Trainer:
    from symposium.training.trainer import Trainer

    stream = Stream(folder=RUNS / "stream", tokenizer=TOKENIZER, mix=chosen.mix, seed=chosen.seed)
    return Trainer(chosen, stream, checkpoint=checkpoint_of(chosen.name), compiled=compiled)


class Reporter:
    """A quick look at the development split while training, appended to a log as JSON lines."""

    def __init__(self, name: str) -> None:
        from symposium.training import tokenizer

        self._log = RUNS / f"{name}.jsonl"
        self._tokenizer = tokenizer.loaded(TOKENIZER)
        self._papers = {
            patterns: paper("development", n=QUICK_QUESTIONS, seed=EXAM_SEED, patterns=patterns)
            for patterns in PATTERNS
        }

    def __call__(self, mind: Mind, progress: Progress) -> None:
        from symposium.training.decoding import answered

        record: dict[str, Any] = asdict(progress)
        for patterns, questions in self._papers.items():
            marks = marked(lambda texts: answered(mind, self._tokenizer, texts), questions)
            record[patterns] = summary(marks)
            record[f"{patterns}_misses"] = [
                (mark.question.text, mark.text, mark.question.solution) for mark in marks if not mark.right
            ][:60]
            print(shown(f"development, {patterns} patterns", record[patterns]), flush=True)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(record, ensure_ascii=False) + "\n")


def exported_and_examined(name: str, *, questions: int = EXAM_QUESTIONS) -> Figures:
    """Export a mind from its checkpoint, in Q8_0, and examine the file on the test split."""
    from symposium.training import tokenizer
    from symposium.training.export import exported
    from symposium.training.model import parameter_count
    from symposium.training.trainer import mind_of

    mind, made_by, progress = mind_of(checkpoint_of(name))
    vocabulary = tokenizer.loaded(TOKENIZER)
    exported(mind, vocabulary, RUNS / f"{name}-f16.gguf", name=name, precision="f16")
    file = exported(mind, vocabulary, ZOO / f"{name}.gguf", name=name, precision="q8_0")
    return {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "parameters": parameter_count(mind),
        "precision": "q8_0",
        "tokens": progress.tokens,
        "seed": made_by.seed,
        "recipe": asdict(made_by),
        "context": mind.shape.context,
        "max_tokens": LONGEST_REPLY,
        "reliability": reliability(file, questions=questions),
        "good_at": good_at(made_by),
        "exam": examined(file, questions=questions),
    }


def good_at(made_by: Recipe) -> list[str]:
    """Name the families that a mind was trained on for themselves; all of them where it read everything alike."""
    own = [part.family for part in made_by.mix if part.family]
    return sorted(GOOD_AT[family] for family in own or GOOD_AT)


def reliability(file: Path, *, questions: int) -> float:
    """Measure how often a mind is right on the calibration split, by known patterns."""
    marks = marked(gguf_answers(file), paper("calibration", n=questions, seed=EXAM_SEED, patterns="known"))
    return round(sum(mark.right for mark in marks) / len(marks), 3)


def examined(file: Path, *, questions: int) -> dict[Patterns, dict[str, Any]]:
    answer = gguf_answers(file)
    exams: dict[Patterns, dict[str, Any]] = {}
    for patterns in PATTERNS:
        exam = summary(marked(answer, paper("test", n=questions, seed=EXAM_SEED, patterns=patterns)))
        print(shown(f"{file.name} test, {patterns} patterns", exam), flush=True)
        exams[patterns] = {part: scores for part, scores in exam.items() if part != "kind"}
    return exams


def recorded(name: str, figures: Figures) -> None:
    """Put a mind's figures into zoo.json, beside those of the others."""
    zoo = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {"minds": {}}
    zoo["tokenizer"] = {"file": TOKENIZER.name, "sha256": hashlib.sha256(TOKENIZER.read_bytes()).hexdigest()}
    zoo["minds"][name] = figures
    zoo.update(LINEUPS)
    draft = FIGURES.with_suffix(".draft")
    draft.write_text(json.dumps(zoo, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(FIGURES)


def all_trained(names: Sequence[str]) -> None:
    """Train minds side by side, two at a time, the largest first; those that go on from another come after it."""
    if len(names) == 1:
        trained(names[0])
        return
    order = sorted(names, key=lambda name: (recipe(name).base or "", -recipe(name).tokens * recipe(name).width))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for _, together in groupby(order, key=lambda name: recipe(name).base):
            list(pool.map(trained, together))


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the zoo: `python -m symposium.training.zoo [--only NAME ...] [--export-only] [--questions N]`."""
    from argparse import ArgumentParser

    known = [made.name for made in RECIPES]
    parser = ArgumentParser(prog="python -m symposium.training.zoo", description="Train and export the bundled minds.")
    parser.add_argument("--only", action="append", choices=known, help="this mind; may be repeated")
    parser.add_argument("--train-only", action="store_true", help="train, but neither export nor examine")
    parser.add_argument("--export-only", action="store_true", help="export and examine the checkpoints as they are")
    parser.add_argument("--questions", type=int, default=EXAM_QUESTIONS, help="questions of each exam")
    chosen = parser.parse_args(arguments)
    names = chosen.only or known
    RUNS.mkdir(parents=True, exist_ok=True)
    tokenizer_made()
    if not chosen.export_only:
        all_trained(names)
    if not chosen.train_only:
        for name in names:
            recorded(name, exported_and_examined(name, questions=chosen.questions))


if __name__ == "__main__":
    main()
