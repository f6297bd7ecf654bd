"""Extraction and step checks on recorded replies of real models; needs the folder named by SYMPOSIUM_DATA."""

import gzip
import json
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from symposium.tools.answers import extract
from symposium.tools.arithmetic import check_steps
from symposium.tools.equivalence import equivalent

DATA = os.environ.get("SYMPOSIUM_DATA")


def recorded(name: str) -> Iterator[dict[str, Any]]:  # Any: JSON written by others
    path = Path(DATA or "") / name
    if not DATA or not path.is_file():
        pytest.skip(f"no recorded replies: SYMPOSIUM_DATA does not hold {name}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def number_in(answer: str | None) -> Fraction | None:
    found = re.search(r"-?\d[\d,]*(?:\.\d+)?(?:/[1-9]\d*)?", (answer or "").replace("$", ""))
    return Fraction(found[0].replace(",", "")) if found else None


def test_extraction_agrees_with_the_recorded_answers_of_four_models() -> None:
    replies = [
        reply for row in islice(recorded("gsm8k_4models_test.jsonl.gz"), 400) for reply in row["models"].values()
    ]
    agreed = [equivalent(extract(reply["text"]) or "", str(reply["answer"])) for reply in replies]
    assert sum(agreed) / len(agreed) > 0.98  # the rest are recorded with six decimals


def test_extraction_agrees_with_the_recorded_numbers_of_twelve_models() -> None:
    rows = islice((row for row in recorded("zeroeval_gsm_texts12.jsonl.gz") if number_in(str(row["answer"]))), 3000)
    agreed = [number_in(extract(row["output"])) == number_in(str(row["answer"])) for row in rows]
    assert sum(agreed) / len(agreed) > 0.99


def test_the_step_check_hardly_ever_blames_a_published_solution() -> None:
    solutions = [row["gold_solution"] for row in recorded("gsm8k_4models_test.jsonl.gz")]
    found = [step for solution in solutions for step in check_steps(solution)]
    assert len(found) > 2000
    assert sum(step.right is False for step in found) / len(found) < 0.01
