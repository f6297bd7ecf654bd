"""docs/calls.md is true: its numbers are those of the gate."""

import re
from pathlib import Path

from symposium.models import bucket, circuit, gate, hedging, pace, traffic

TEXT = (Path(__file__).parents[2] / "docs" / "calls.md").read_text(encoding="utf-8")


def test_the_numbers_of_the_table_are_those_of_the_gate() -> None:
    numbers = [float(number) for number in re.findall(r"^\|[^|]+\| (\d+) \|$", TEXT, re.MULTILINE)]
    assert numbers == [
        traffic.PLACES,
        traffic.LOCAL_PLACES,
        traffic.ALL_PLACES,
        gate.ATTEMPTS,
        pace.FIRST_DEADLINE,
        pace.LEAST_DEADLINE,
        pace.SLACK,
        circuit.IN_A_ROW,
        circuit.FIRST_PAUSE,
        circuit.LONGEST_PAUSE,
        bucket.LONGEST,
        100 * hedging.SHARE,
    ]


def test_the_kinds_that_are_tried_again_and_that_open_circuits_are_told() -> None:
    told = {kinds: set(re.findall(r"`([a-z-]+)`", kinds)) for kinds in re.findall(r"\((`[^)]+`)\)", TEXT)}
    assert set(gate.RETRYABLE) in told.values()
    assert set(circuit.TRIPPING) in told.values()
    assert set(circuit.DECISIVE) in told.values()
