"""Calibrating a bundled mind: its answers are kept, its signals fitted, recorded, measured and drawn."""

import json
from pathlib import Path

import pytest

from symposium.models import zoo
from symposium.tools.calibration import Isotonic
from symposium.tools.confidence import FORCED, SIGNALS
from symposium.training.calibrate import CALIBRATION, SCORES, Extent, fitted, observed, recorded, rows, shown
from symposium.training.sheets import Paper, Sheets

DEVELOPMENT = Paper(split="development")
FEW = Extent(questions=12, samples=3, sampled=4, scored=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


def sheets(name: str, folder: Path) -> Sheets:
    return Sheets(zoo.bundled()[name], folder=folder)


def lines(place: Path) -> list[str]:
    return place.read_text(encoding="utf-8").splitlines()


def test_an_interrupted_collection_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = sheets("small", tmp_path).said(DEVELOPMENT, n=6)
    (place,) = tmp_path.iterdir()
    kept = lines(place)
    marked = json.loads(kept[0]) | {"text": "kept"}
    place.write_text("\n".join([json.dumps(marked), *kept[1:3]]) + "\n", encoding="utf-8")
    resumed = sheets("small", tmp_path).said(DEVELOPMENT, n=6)
    assert [said["text"] for said in resumed] == ["kept", *(said["text"] for said in whole[1:])]
    assert lines(place)[1:] == kept[1:]


def test_answers_to_other_questions_are_not_taken_for_these(tmp_path: Path) -> None:
    whole = sheets("small", tmp_path).said(DEVELOPMENT, n=2)
    (place,) = tmp_path.iterdir()
    place.write_text(json.dumps({**whole[0], "question": "another?"}) + "\n", encoding="utf-8")
    assert sheets("small", tmp_path).said(DEVELOPMENT, n=2) == whole
    assert len(lines(place)) == 2


def test_answers_from_before_a_signal_are_asked_anew(tmp_path: Path) -> None:
    whole = sheets("small", tmp_path).said(DEVELOPMENT, n=2)
    (place,) = tmp_path.iterdir()
    without = [{**said, "signals": {"margin": 0.5}} for said in whole]
    place.write_text("".join(json.dumps(said) + "\n" for said in without), encoding="utf-8")
    assert sheets("small", tmp_path).said(DEVELOPMENT, n=2) == whole


def test_fewer_questions_are_the_first_of_more(folder: Path) -> None:
    small = sheets("small", folder)
    assert small.said(DEVELOPMENT, n=4) == small.said(DEVELOPMENT, n=2) + small.said(DEVELOPMENT, n=4)[2:]


def test_a_peers_answers_are_scored_as_they_are(folder: Path) -> None:
    small, large = sheets("small", folder), sheets("large", folder)
    own, scored = small.said(DEVELOPMENT, n=4), large.scored(DEVELOPMENT, n=4, peer=small)
    assert [said["text"] for said in scored] == [said["text"].strip() for said in own]
    assert [said["right"] for said in scored] == [said["right"] for said in own]
    assert [said["signals"] for said in scored] != [said["signals"] for said in own]


def test_every_signal_is_observed_and_fitted(folder: Path) -> None:
    small, large = sheets("small", folder), sheets("large", folder)
    seen = observed(small, CALIBRATION, [large], FEW)
    assert {name: len(pairs) for name, pairs in seen.items()} == {
        **dict.fromkeys(SIGNALS, 12),
        "agreement": 4,
        **dict.fromkeys([FORCED + name for name in SCORES], 3),
    }
    assert {value for value, _ in seen["agreement"]} <= {1 / 3, 2 / 3, 1.0}
    entry = fitted(small, [large], FEW)
    assert (entry["sha256"], entry["n"], entry["sampled"], entry["samples"], entry["scored"]) == (
        small.digest, 12, 4, 3, 3,
    )  # fmt: skip
    assert list(entry["signals"]) == sorted(seen)
    margin = Isotonic.of(entry["signals"]["margin"])
    entropy = Isotonic.of(entry["signals"]["token_entropy"])
    assert margin(1.0) > margin(0.0)
    assert entropy(0.0) > entropy(1.0)


def test_a_new_mind_leaves_the_others_calibrators_as_they_are(tmp_path: Path, folder: Path) -> None:
    small, large = sheets("small", folder), sheets("large", folder)
    place, few = tmp_path / "calibration.json", Extent(questions=12, samples=3, sampled=0, scored=0)
    first, second = fitted(small, [], few), fitted(large, [], few)
    recorded({"small": first, "gone": second}, place)
    recorded({"large": second}, place)
    assert json.loads(place.read_text(encoding="utf-8")) == {"minds": {"large": second, "small": first}}
    assert len(lines(place)) == 4


def test_rows_tell_what_calibration_changes(folder: Path) -> None:
    seen = {"sum_logprob": [(0.0, True), (0.0, False), (-9.0, False), (-9.0, False)], "unknown": [(0.0, True)]}
    (row,) = rows("ann", DEVELOPMENT, seen, {"sum_logprob": Isotonic((-9.0, 0.0), (0.0, 0.5))})
    assert (row["mind"], row["paper"], row["signal"], row["n"], row["accuracy"]) == (
        "ann", "development-known-20", "sum_logprob", 4, 0.25,
    )  # fmt: skip
    assert row["auroc"] == row["auroc_raw"] == pytest.approx(5 / 6)
    assert row["ece"] == 0.0
    assert row["ece_raw"] == pytest.approx(0.25, abs=1e-4)
    assert row["brier"] == pytest.approx(0.125)
    assert "ann" in shown([row])


def test_the_diagram_has_a_panel_for_every_signal_with_a_calibrator(tmp_path: Path) -> None:
    image = pytest.importorskip("matplotlib.image")
    from symposium.training.diagram import drawn

    flat = Isotonic((0.0,), (0.5,))
    few = {name: [(0.4, True), (0.2, False)] for name in ("margin", "agreement")}
    one = image.imread(drawn(tmp_path / "one.png", "ann", few, {"margin": flat}))
    two = image.imread(drawn(tmp_path / "two.png", "ann", few, {"margin": flat, "agreement": flat, "unseen": flat}))
    assert one.shape == two.shape
    assert (two != one).any()
