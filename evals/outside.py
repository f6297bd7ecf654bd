"""The border of the bundled minds' world, measured: questions outside that pass, questions inside that are refused.

`python -m symposium.evals.outside` counts the 200 general questions of `general.jsonl`, which no border was fitted to,
and 2,000 questions of a split in each sort of wording. No mind is asked.
"""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from typing import get_args

from symposium.models.zoo.outside import outside
from symposium.tools.intervals import wilson
from symposium.training.world.dataset import questions
from symposium.training.world.render import Patterns
from symposium.training.world.splits import SPLITS, Split


@dataclass(frozen=True)
class Asked:
    """A question and the group in which it is counted."""

    text: str
    group: str


@dataclass(frozen=True)
class Count:
    """How many of a group's questions went wrong."""

    group: str
    wrong: int
    of: int

    def __str__(self) -> str:
        low, high = wilson(self.wrong, self.of)
        return f"{self.group}: {self.wrong} of {self.of} ({self.wrong / self.of:.1%}, {low:.1%} to {high:.1%})"


def general() -> list[Asked]:
    """Read the general questions, which lie outside; counted by kind."""
    text = (files("symposium.evals") / "general.jsonl").read_text(encoding="utf-8")
    return [Asked(item["text"], f"{item['kind']}, {item['language']}") for item in map(json.loads, text.splitlines())]


def inside(split: Split, *, patterns: Patterns, seed: int, n: int) -> list[Asked]:
    """Draw questions of the world; counted by family and language."""
    drawn = islice(questions(split, seed=seed, patterns=patterns), n)
    return [Asked(question.text, f"{question.family}, {question.language}") for question in drawn]


def counts(asked: Iterable[Asked], *, wrong: Callable[[str], bool], name: str) -> list[Count]:
    """Count what goes wrong: in all, then by group."""
    told = [(group, wrong(item.text)) for item in asked for group in (name, item.group)]
    whole, failed = Counter(group for group, _ in told), Counter(group for group, fails in told if fails)
    return [
        Count(group, failed[group], whole[group]) for group in sorted(whole, key=lambda group: (group != name, group))
    ]


def let_through() -> list[Count]:
    """Count the general questions that the bundled minds would answer."""
    return counts(general(), wrong=lambda text: not outside(text), name="general questions let through")


def refused(split: Split, *, patterns: Patterns, seed: int, n: int) -> list[Count]:
    """Count the questions of the world that the bundled minds refuse."""
    asked = inside(split, patterns=patterns, seed=seed, n=n)
    return counts(asked, wrong=outside, name=f"{split} questions refused, {patterns} wordings")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = ArgumentParser(prog="python -m symposium.evals.outside", description=__doc__)
    parser.add_argument("--split", choices=SPLITS, default="development")
    parser.add_argument("--seed", type=int, default=20, help="of the split's questions")
    parser.add_argument("--questions", type=int, default=2_000, help="of the split, in each sort of wording")
    chosen = parser.parse_args(arguments)
    print(*let_through(), sep="\n  ")
    for patterns in get_args(Patterns):
        print(*refused(chosen.split, patterns=patterns, seed=chosen.seed, n=chosen.questions), sep="\n  ")


if __name__ == "__main__":
    main()
