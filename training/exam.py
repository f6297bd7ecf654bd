"""How often a mind is right: exams over a split of the world, from torch or from the GGUF file."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from typing_extensions import TypedDict

from symposium.ledger.records import Message
from symposium.models.provider import Request
from symposium.models.providers.gguf import GgufEndpoint
from symposium.tools.intervals import wilson
from symposium.training import tokenizer as vocabulary

if TYPE_CHECKING:
    from symposium.training.world.dataset import Question
    from symposium.training.world.splits import Split

Patterns = Literal["known", "held_out"]
Answer = Callable[[Sequence[str]], list[str]]

PARALLEL = 16  # questions decoded together from a GGUF file
LONGEST_ANSWER = 128  # tokens


class Score(TypedDict):
    """A share of right answers with its 95 % interval."""

    n: int
    right: int
    accuracy: float
    low: float
    high: float


class Exam(TypedDict):
    """What an exam found, over all and by family, language and kind of question."""

    all: Score
    family: dict[str, Score]
    language: dict[str, Score]
    kind: dict[str, Score]


@dataclass(frozen=True)
class Marked:
    """A question with the mind's text, right or wrong."""

    question: Question
    text: str

    @property
    def right(self) -> bool:
        return bool(vocabulary.final_answer(self.text) == self.question.answer)


def score(marks: Iterable[bool]) -> Score:
    marked = list(marks)
    right, n = sum(marked), len(marked)
    low, high = wilson(right, n)
    accuracy = right / n if n else 0.0
    return {"n": n, "right": right, "accuracy": round(accuracy, 4), "low": round(low, 4), "high": round(high, 4)}


def summary(marked: Sequence[Marked]) -> Exam:
    return {
        "all": score(mark.right for mark in marked),
        "family": _by(marked, lambda question: question.family),
        "language": _by(marked, lambda question: question.language),
        "kind": _by(marked, lambda question: question.kind),
    }


def _by(marked: Sequence[Marked], key: Callable[[Question], str]) -> dict[str, Score]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for mark in marked:
        groups[key(mark.question)].append(mark.right)
    return {name: score(groups[name]) for name in sorted(groups)}


def paper(split: Split, *, n: int, seed: int, patterns: Patterns = "known") -> list[Question]:
    """Draw the questions of an exam."""
    from symposium.training.world.dataset import questions

    return list(islice(questions(split, seed=seed, patterns=patterns), n))


def marked(answer: Answer, questions: Sequence[Question]) -> list[Marked]:
    texts = answer([question.text for question in questions])
    return [Marked(question, text) for question, text in zip(questions, texts, strict=True)]


def gguf_answers(path: Path) -> Answer:
    """Answer greedily by a GGUF file, as the product asks it: through its own chat template, several at once."""
    target = str(path.resolve())
    return lambda questions: asyncio.run(_replies(target, questions))


async def _replies(target: str, questions: Sequence[str]) -> list[str]:
    endpoint = GgufEndpoint(target)
    places = asyncio.Semaphore(PARALLEL)

    async def reply(question: str) -> str:
        request = Request(messages=(Message(role="user", content=question),), max_tokens=LONGEST_ANSWER)
        async with places:
            return "".join([chunk.text async for chunk in endpoint.stream(request)])

    try:
        return await asyncio.gather(*(reply(question) for question in questions))
    finally:
        await endpoint.aclose()


def shown(title: str, exam: Exam) -> str:
    """Lay an exam out in lines."""
    lines = [f"{title}: {_percent(exam['all'])}"]
    for heading, scores in (("family", exam["family"]), ("language", exam["language"]), ("kind", exam["kind"])):
        told = "  ".join(f"{name} {_percent(part)}" for name, part in scores.items())
        lines.append(f"  by {heading}: {told}")
    return "\n".join(lines)


def _percent(part: Score) -> str:
    return f"{100 * part['accuracy']:.1f} ({part['right']}/{part['n']})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Examine a GGUF file: `python -m symposium.training.exam FILE [--split test] [--patterns known] [--n 500]`."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.training.exam", description="Examine a GGUF file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--split", default="development", choices=("calibration", "development", "test"))
    parser.add_argument("--patterns", default="known", choices=("known", "held_out"))
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--misses", type=int, default=0, help="show so many wrong answers")
    chosen = parser.parse_args(arguments)
    questions = paper(chosen.split, n=chosen.n, seed=chosen.seed, patterns=chosen.patterns)
    marks = marked(gguf_answers(chosen.file), questions)
    print(shown(f"{chosen.file.name} {chosen.split} {chosen.patterns}", summary(marks)))
    for miss in islice((mark for mark in marks if not mark.right), chosen.misses):
        print(f"{miss.question.kind}  {miss.question.text}\n  said {miss.text}\n  true {miss.question.solution}")


if __name__ == "__main__":
    main()
