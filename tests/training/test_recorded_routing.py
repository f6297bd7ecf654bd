"""The feature router on recorded answers of real models, beside chance and length; needs SYMPOSIUM_DATA and pandas."""

import hashlib
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symposium.tools.choosing import beats
from symposium.tools.routing import read, write
from symposium.training.router import Mark, learned

DATA = os.environ.get("SYMPOSIUM_DATA")
WEAK, STRONG = "x:weak", "x:strong"
Row = tuple[str, bool, bool]  # the question, and whether the weak and the strong model answer it right


def recorded(name: str) -> list[Row]:
    path = Path(DATA or "") / name
    if not DATA or not path.is_file():
        pytest.skip(f"no recorded answers: SYMPOSIUM_DATA does not hold {name}")
    pandas: Any = pytest.importorskip("pandas", reason="the recorded answers are a parquet file: pandas is not there")
    pytest.importorskip("pyarrow", reason="the recorded answers are a parquet file: pyarrow is not there")
    table = pandas.read_parquet(path)
    clean = table[~table["contaminated"].astype(bool)]
    columns = [clean["prompt"], clean["weak"].astype(bool), clean["strong"].astype(bool)]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def half(question: str) -> bool:
    return hashlib.sha256(question.encode()).digest()[0] % 2 == 0


def apgr(scores: Sequence[float], rows: Sequence[Row]) -> float:
    """Give the part of the gap between weak and strong that is recovered on average over the share of strong calls.

    Thresholds are the deciles of the scores, as in RouteLLM (2406.18665).
    """
    jittered = np.array(scores) + np.random.default_rng(0).uniform(0, 1e-9, len(scores))
    weak, strong = (np.array([row[place] for row in rows], dtype=float) for place in (1, 2))
    edges = np.quantile(jittered, np.linspace(0, 1, 11))
    points = []
    for place, edge in enumerate(edges):
        asked = jittered > edge if place == len(edges) - 1 else jittered >= edge
        points.append((asked.mean(), np.where(asked, strong, weak).mean()))
    shares, right = np.array(sorted(points)).T
    area = float(((right[1:] + right[:-1]) / 2 * np.diff(shares)).sum())
    return (area - weak.mean()) / (strong.mean() - weak.mean())


def test_the_measure_is_half_for_chance_and_one_for_what_cannot_be_known() -> None:
    rng = random.Random(1)
    rows = [("", rng.random() < 0.5, True) for _ in range(4000)]
    assert apgr([rng.random() for _ in rows], rows) == pytest.approx(0.5, abs=0.05)
    assert apgr([not weak for _, weak, _ in rows], rows) > 0.74  # half of the calls recover the whole gap


def predicted(taught: Sequence[Row], asked: Sequence[Row], folder: Path) -> list[float]:
    """The chance that the strong model beats the weak one, by a router that was taught other questions."""
    marks = [
        Mark(question, model, float(right))
        for question, weak, strong in taught
        for model, right in ((WEAK, weak), (STRONG, strong))
    ]
    write(folder / "r.json", learned(marks, {}))
    chances = map(read(folder / "r.json").chances, (question for question, _, _ in asked))
    return [beats(one[STRONG], one[WEAK]) for one in chances]


def test_a_router_that_was_taught_one_half_of_the_questions_beats_chance_on_the_other(tmp_path: Path) -> None:
    rows = recorded("routellm_mmlu.parquet")
    taught, asked = ([row for row in rows if half(row[0]) is part] for part in (True, False))
    ours, length = apgr(predicted(taught, asked, tmp_path), asked), apgr([len(row[0]) for row in asked], asked)
    print(f"MMLU, {len(asked)} questions: APGR {ours:.3f}, by length {length:.3f}, by chance .500")
    assert ours > 0.5


def test_what_was_taught_on_other_subjects_is_compared_with_length_on_sums(tmp_path: Path) -> None:
    taught, asked = recorded("routellm_mmlu.parquet"), recorded("routellm_gsm8k.parquet")
    ours, length = apgr(predicted(taught, asked, tmp_path), asked), apgr([len(row[0]) for row in asked], asked)
    print(f"GSM8K, {len(asked)} questions: APGR {ours:.3f}, by length {length:.3f}, by chance .500")
    assert 0 < ours < 1
