"""Ask many questions through a graph, mark the answers and say how many were right.

`python -m symposium.evals.asked` asks the forty questions of `strangers.jsonl`, which were written by hand before any
result was seen; `--fresh 20 --seed 4711` asks new questions of the bundled minds' world, from its test split. `--file
items.jsonl --votes votes.jsonl` also keeps what every member said, with its mark: from that `symposium.training.meta`
learns a classifier of their votes, and `symposium.training.errors` how far their errors go together; with `--recorded`
nobody is asked, and the runs of the ledger that answered these questions are taken.
"""

import asyncio
import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path

from symposium.evals.kept import keep, latest
from symposium.graphs import ask
from symposium.ledger.records import Outcome, SymposiumError
from symposium.tools.equivalence import equivalent
from symposium.tools.measures import asked_unit


@dataclass(frozen=True)
class Item:
    """A question and its right answer."""

    question: str
    answer: str


@dataclass(frozen=True)
class Marked:
    """An item with what came of it; an answer is compared in the unit that was asked for."""

    item: Item
    outcome: Outcome

    @property
    def right(self) -> bool:
        given = self.outcome["extracted"]
        return given is not None and equivalent(given, self.item.answer, unit=asked_unit(self.item.question))

    def __str__(self) -> str:
        mark = "✓" if self.right else "✗"
        told = "" if self.right else f"   (right: {self.item.answer}; it wrote: {self.outcome['answer']})"
        return f"{mark} {self.item.question} → {self.outcome['extracted']}{told}"


def read(path: Path | None = None) -> list[Item]:
    """Read items, one JSON object {"question", "answer"} a line; without a path the strangers' forty."""
    text = (path or files("symposium.evals") / "strangers.jsonl").read_text(encoding="utf-8")
    return [Item(**json.loads(line)) for line in text.splitlines() if line]


def fresh(n: int, *, seed: int) -> list[Item]:
    """Make n questions of the bundled minds' world: test split, known wordings."""
    from symposium.training.world.dataset import questions

    return [Item(question.text, question.answer) for question in islice(questions("test", seed=seed), n)]


async def marked(items: Sequence[Item], *, graph: str) -> list[Marked]:
    """Ask every item, one after the other, as `symposium ask` would."""
    return [Marked(item, await ask(item.question, graph=graph, seed=place)) for place, item in enumerate(items)]


def found(items: Sequence[Item], *, graph: str) -> list[Marked]:
    """Take what came of the items when they were last asked, from the ledger; those that never were are left out."""
    runs = latest(graph=graph)
    return [Marked(item, runs[item.question]) for item in items if item.question in runs]


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, mark and print."""
    parser = ArgumentParser(prog="python -m symposium.evals.asked", description=__doc__)
    parser.add_argument("--file", type=Path, help="items as JSON lines; default: the strangers' forty")
    parser.add_argument("--fresh", type=int, metavar="N", help="N new questions of the bundled minds' world instead")
    parser.add_argument("--seed", type=int, default=1, help="of the new questions")
    parser.add_argument("-g", "--graph", default="vote")
    parser.add_argument("--votes", type=Path, metavar="FILE", help="keep what every member said, with its mark")
    parser.add_argument("--recorded", action="store_true", help="take the ledger's runs instead of asking")
    chosen = parser.parse_args(arguments)
    try:
        items = fresh(chosen.fresh, seed=chosen.seed) if chosen.fresh is not None else read(chosen.file)
        results = (
            found(items, graph=chosen.graph) if chosen.recorded else asyncio.run(marked(items, graph=chosen.graph))
        )
        if chosen.votes:
            keep(chosen.votes, [(one.item.question, one.item.answer, one.outcome["run"]) for one in results])
    except (SymposiumError, OSError) as error:
        parser.error(str(error))
    print(*results, sep="\n")
    print(f"{sum(result.right for result in results)} of {len(results)} right with {chosen.graph}")


if __name__ == "__main__":
    main()
