"""Calibrated signals: which members have them, and which of their replies."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest

from symposium.graphs import ask
from symposium.ledger.records import Message
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.settings import load
from symposium.tools.calibration import Isotonic
from symposium.tools.confidence import CALIBRATED, FORCED, SIGNALS

OF_A_REPLY = set(SIGNALS) - {"agreement"}
HALF = Isotonic((0.0,), (0.5,))
QUARTER = Isotonic((0.0,), (0.25,))


@pytest.mark.parametrize("name", zoo.bundled())
def test_every_bundled_mind_is_calibrated_on_its_very_file(name: str) -> None:
    fitted = json.loads((zoo.FOLDER / "calibration.json").read_text(encoding="utf-8"))["minds"][name]
    assert fitted["sha256"] == hashlib.sha256(zoo.bundled()[name].read_bytes()).hexdigest()
    assert fitted["n"] == 2000
    assert set(zoo.calibration(name)) >= OF_A_REPLY | {"agreement"}
    assert load().members[name].calibration == zoo.calibration(name)


@pytest.mark.parametrize(("digest", "applies"), [("abc", True), ("another", False)])
def test_a_calibrator_does_not_outlive_its_file(
    digest: str, applies: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = {"minds": {"ann": {"sha256": digest, "signals": {"margin": {"xs": [0.0], "ys": [0.5]}}}}}
    (tmp_path / "calibration.json").write_text(json.dumps(fitted), encoding="utf-8")
    (tmp_path / "zoo.json").write_text(json.dumps({"minds": {"ann": {"sha256": "abc"}}}), encoding="utf-8")
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    assert zoo.calibration("ann") == ({"margin": HALF} if applies else {})


@pytest.mark.usefixtures("opened")
async def test_a_bundled_mind_tells_every_signal_raw_and_calibrated(stage: Any) -> None:
    stage.configure("samples = 1")
    outcome = await ask("What is 17 + 24?", graph="single", members=["small"])
    signals = outcome["signals"]
    assert set(signals) == OF_A_REPLY | {name + CALIBRATED for name in OF_A_REPLY}
    for name in OF_A_REPLY:
        chance = zoo.calibration("small")[name](signals[name]["value"])
        assert signals[name + CALIBRATED] == {"value": chance, "calibrated": True}
        assert not signals[name]["calibrated"]


@pytest.mark.parametrize(("asked", "chance"), [({}, 0.5), ({"forced": "answer 7"}, 0.25), ({"prefix": "answer"}, None)])
async def test_a_chance_belongs_to_replies_of_its_kind(
    stage: Any, lines: Any, asked: dict[str, str], chance: float | None
) -> None:
    stage.cast("ann", lines("answer 7", probability=0.8), features=("forced", "prefix"))
    calibration = {"sum_logprob": HALF, f"{FORCED}sum_logprob": QUARTER}
    member = Member(name="ann", model="scripted:ann", calibration=calibration)
    draft = await Mind(Run(ledger=stage.ledger), member).say([Message(role="user", content="?")], role="judge", **asked)
    assert draft["signals"]["sum_logprob"]["value"] == pytest.approx(math.log(0.8))
    held = draft["signals"].get(f"sum_logprob{CALIBRATED}")
    assert held == (None if chance is None else {"value": chance, "calibrated": True})


def test_members_with_calibrators_compare_and_hash_as_before() -> None:
    one, same, other = (
        Member(name="ann", model="gguf:x", calibration={"margin": held}) for held in (HALF, HALF, QUARTER)
    )
    assert (one == same, one == other, hash(one) == hash(other)) == (True, False, True)
    assert repr(one) == repr(other)  # the configuration's hash is of what was chosen
