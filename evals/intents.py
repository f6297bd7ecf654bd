"""How often the rules find the class of a question: accuracy per class with intervals, and what is taken for what.

The questions of `intents.jsonl` were written for this, English and Korean. Half of them, by their hash, are for
development: the rules may be changed after looking at them. The other half is only ever measured; since one hand wrote
questions and rules, even its figures are higher than strangers' questions would give.

    python -m symposium.evals.intents [--half test|development] [--misses]
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from typing_extensions import TypedDict

from symposium.ledger.records import Intent
from symposium.tools.cues import Tongue
from symposium.tools.intents import INTENTS, intent_of
from symposium.tools.intervals import wilson

QUESTIONS = Path(__file__).parent / "intents.jsonl"
Half = Literal["development", "test"]


class Labelled(TypedDict):
    """A question with its class."""

    intent: Intent
    language: Tongue
    question: str


def labelled(half: Half, place: Path = QUESTIONS) -> list[Labelled]:
    """Read the questions of one half."""
    lines = place.read_text(encoding="utf-8").splitlines()
    return [one for one in map(_read, lines) if half_of(one["question"]) == half]


def _read(line: str) -> Labelled:
    found: Labelled = json.loads(line)
    return found


def half_of(question: str) -> Half:
    """Say to which half a question belongs: by its hash, so that none ever changes sides."""
    return "development" if hashlib.sha256(question.encode()).digest()[0] % 2 else "test"


def confusion(questions: Sequence[Labelled]) -> dict[Intent, Counter[Intent]]:
    """Count for every class as what its questions were taken."""
    found: dict[Intent, Counter[Intent]] = {intent: Counter() for intent in INTENTS}
    for one in questions:
        found[one["intent"]][intent_of(one["question"])] += 1
    return found


def shown(half: Half, questions: Sequence[Labelled]) -> str:
    """Lay the figures out: all, by language, by class, and the confusion table, a row for each true class."""
    table = confusion(questions)
    lines = [f"{half}: {_accuracy(questions)}"]
    lines += [f"  {tongue}: {_accuracy([one for one in questions if one['language'] == tongue])}" for tongue in TONGUES]
    lines.append(f"{'class':10} {'right':28} taken for {' '.join(f'{name[:6]:>6}' for name in INTENTS)}")
    for intent in INTENTS:
        own = [one for one in questions if one["intent"] == intent]
        counts = " ".join(f"{table[intent][other] or '':>6}" for other in INTENTS)
        lines.append(f"{intent:10} {_accuracy(own):28}           {counts}")
    return "\n".join(lines)


TONGUES: tuple[Tongue, ...] = ("en", "ko")


def _accuracy(questions: Sequence[Labelled]) -> str:
    right = sum(intent_of(one["question"]) == one["intent"] for one in questions)
    low, high = wilson(right, len(questions))
    return f"{right / max(1, len(questions)):5.1%} ({low:.0%} to {high:.0%}) of {len(questions)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the rules; `--misses` lists what they got wrong, of the development half alone."""
    from argparse import ArgumentParser

    parser = ArgumentParser(prog="python -m symposium.evals.intents", description="Measure the classes of questions.")
    parser.add_argument("--half", choices=("development", "test"), default="test")
    parser.add_argument("--misses", action="store_true", help="list the misses of the development half")
    chosen = parser.parse_args(arguments)
    print(shown(chosen.half, labelled(chosen.half)))
    for one in labelled("development") if chosen.misses else ():
        if intent_of(one["question"]) != one["intent"]:
            print(f"{one['intent']} taken for {intent_of(one['question'])}: {one['question']}")


if __name__ == "__main__":
    main()
