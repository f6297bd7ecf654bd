"""The receipt tells how a debate went and where a question was sent."""

from typing import Any, cast

import pytest

from symposium.cli.receipt import receipt
from symposium.cli.view import Seat, View
from symposium.ledger.records import Outcome

TOTALS = {
    "calls": 1, "attempts": 1, "input": 1, "output": 1, "cost": 0.0, "unpriced": [], "wall": 1.0, "critical_path": 1.0,
    "by_member": [],
}  # fmt: skip
GATE = {"gate": "unanimous", "debate": True, "would": {}, "agreement": 0.5, "words": "the drafts differ"}
FLIP = {
    "member": "ann", "round": 1, "before": "41", "after": None, "call": "c1", "critics": ["bob"],
    "argument": "2+2=5: it is 4", "stands": False, "words": "it is less likely",
}  # fmt: skip
RULING = {
    "judge": "eve", "round": 1, "decision": "conclude", "winner": "c1", "reason": "ann is right", "off_topic": "",
    "restated": "",
}  # fmt: skip
DEBATE = {
    "rounds": 1, "gate": GATE, "first_vote": {"answer": "41", "members": ["ann", "bob"], "share": 0.75},
    "flips": [FLIP, {**FLIP, "member": "bob", "critics": [], "argument": "the others' drafts", "stands": True}],
    "rulings": [RULING],
    "stopped_by": "judge", "transcript": [],
}  # fmt: skip
RECEIPT = {
    "intent": "maths", "router": "trained", "predicted": {"ada": 0.7, "large": 0.9},
    "duel": {"first": "large", "second": "ada", "chance": 0.8}, "chosen": ["large"], "why": "it is best at sums",
}  # fmt: skip


def told(metadata: dict[str, Any]) -> list[tuple[str, str]]:
    """The lines of a receipt that are there for the sake of the metadata."""
    outcome: dict[str, Any] = {
        "run": "r", "method": "vote", "exit": "complete", "words": "", "answered": [], "failures": [], "agreed": [],
        "quorum": {"asked": 0, "answered": 0, "failed": 0, "cancelled": 0}, "dissent": [], "tie": None, "signals": {},
        "totals": TOTALS, "first": None, "extracted": "41", "notes": [], "metadata": metadata,
    }  # fmt: skip
    seat = Seat(call="c1", member="ann", role="proposer", round=0, index=0, began=0.0)
    lines = receipt(View(outcome=cast(Outcome, outcome), seats={"c1": seat}))
    return [line for line in lines if line[0] not in ("how", "spent", "time", "run")]


@pytest.mark.parametrize(
    ("metadata", "lines"),
    [
        ({}, []),
        (
            DEBATE,
            [
                ("at first", "41 — ann, bob (75 % of the weight)"),
                ("rounds", "1 round; the drafts differ"),
                (
                    "flips",
                    "ann in round 1 from 41 to no answer, moved by bob: 2+2=5: it is 4; "
                    "it does not stand: it is less likely",
                ),
                (" ", "bob in round 1 from 41 to no answer, moved by the others' drafts"),
                ("rulings", "eve after round 1: conclude in favour of ann: ann is right"),
            ],
        ),
        ({**DEBATE, "rounds": 0, "flips": [], "rulings": []}, []),
        (
            {**DEBATE, "rounds": 2, "first_vote": None, "flips": [], "rulings": []},
            [("rounds", "2 rounds; the drafts differ")],
        ),
        (
            {"receipt": RECEIPT},
            [
                ("route", "maths, by trained, to large: it is best at sums"),
                ("chances", "large 0.90, ada 0.70"),
                ("duel", "large beats ada with a chance of 0.80"),
            ],
        ),
        (
            {"receipt": {**RECEIPT, "duel": None, "predicted": {}}},
            [("route", "maths, by trained, to large: it is best at sums")],
        ),
    ],
)
def test_what_the_metadata_tells_stands_in_the_receipt(metadata: dict[str, Any], lines: list[tuple[str, str]]) -> None:
    assert told(metadata) == lines
