"""The minutes of a debate and the receipt of a route: what an outcome tells of them, line by line."""

from collections.abc import Iterable, Mapping
from typing import Any

from symposium.cli import figures
from symposium.cli.steps import Named, chances, flipped, listed, long, ruled
from symposium.ledger.records import Duel, Flip, Outcome, Receipt

Line = tuple[str, str]  # heading and text


def headed(heading: str, texts: Iterable[str]) -> list[Line]:
    """Several lines under one heading, which stands beside the first."""
    return [(heading if place == 0 else " ", text) for place, text in enumerate(texts)]


def minutes(outcome: Outcome, named: Named) -> list[Line]:
    """How a debate went and where a question was sent; no lines of what was neither."""
    told = outcome["metadata"]
    debated = _debate(told, named) if "first_vote" in told else []
    return [*debated, *(_route(told["receipt"]) if "receipt" in told else [])]


def _debate(told: Mapping[str, Any], named: Named) -> list[Line]:
    if not told["rounds"]:  # why nothing was debated is how the answer came about
        return []
    return [
        ("at first", first_vote(told["first_vote"])),
        ("rounds", rounds(told["rounds"], told["gate"])),
        *headed("flips", map(flip, told["flips"])),
        *headed("rulings", (f"{one['judge']} {ruled(one, named)}" for one in told["rulings"])),
    ]


def first_vote(voted: Mapping[str, Any] | None) -> str:
    """What the drafts came to before anything was debated."""
    if voted is None:
        return ""
    answer = figures.one_line(voted["answer"], limit=60)
    return f"{answer} — {', '.join(voted['members'])} ({figures.share(voted['share'])} of the weight)"


def rounds(used: int, gate: Mapping[str, Any]) -> str:
    """How many rounds it took, and why it was debated at all."""
    return f"{figures.counted(used, 'round')}; {long(gate['words'])}"


def flip(change: Flip) -> str:
    """Who changed their mind, when and why."""
    return f"{change['member']} in round {change['round']} {flipped(change)}"


def _route(receipt: Receipt) -> list[Line]:
    return [
        (
            "route",
            f"{receipt['intent']}, by {receipt['router']}, to {listed(receipt['chosen'])}: {long(receipt['why'])}",
        ),
        ("chances", chances(receipt["predicted"])),
        ("duel", duel(receipt["duel"])),
    ]


def duel(pair: Duel | None) -> str:
    """The chance that the best beats the second."""
    return f"{pair['first']} beats {pair['second']} with a chance of {pair['chance']:.2f}" if pair else ""
