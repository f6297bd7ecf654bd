"""The files of trained gates: whose they are, and what is said of one that cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest

from symposium.graphs.catalogue import strategy
from symposium.ledger.records import ConfigurationError
from symposium.models import zoo
from symposium.models.gates import OWN, gate, gated
from symposium.models.member import Member
from symposium.tools.gating import TRAITS


def fit(*members: str, **told: Any) -> dict[str, Any]:
    usual = {"weights": dict.fromkeys(TRAITS, 0.0), "intercept": 0.0, "threshold": 0.5}
    return {"members": [*members], **usual, "questions": 100, "wrong": 20, "debated": 0.3, **told}


def kept(folder: Path, *fits: Any) -> Path:
    (folder / OWN).write_text(json.dumps({"casts": [*fits]}), encoding="utf-8")
    return folder / "symposium.toml"


def cast(*names: str) -> list[Member]:
    return [Member(name=name, model=f"scripted:{name}") for name in names]


def test_a_gate_is_found_by_its_models_in_any_order(tmp_path: Path) -> None:
    file = kept(tmp_path, fit("scripted:ann", "scripted:bob", threshold=0.25))
    found = gate(cast("bob", "ann"), [file])
    assert found is not None
    assert found.threshold == 0.25
    assert gate(cast("ann"), [file]) is None
    assert gate(cast("ann", "bob", "eve"), [file]) is None
    assert ("scripted:ann", "scripted:bob") in gated([file])


def test_one_was_trained_for_the_bundled_minds_that_debate() -> None:
    assert tuple(sorted(f"gguf:{name}" for name in zoo.cast("debate"))) in gated()


@pytest.mark.parametrize("text", ["", "[]", '{"casts": [{}]}', json.dumps({"casts": [fit("a", weights={"luck": 1})]})])
def test_a_file_that_holds_no_gates_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / OWN).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"symposium\.gate\.json holds no gates as symposium\.training\.gate"):
        gate(cast("ann", "bob"), [tmp_path / "symposium.toml"])


@pytest.mark.parametrize(("threshold", "debates"), [(0.4, True), (0.6, False)])
async def test_a_trained_gate_decides_and_is_told_where_another_one_does(
    stage: Any, threshold: float, debates: bool
) -> None:
    for name in ("ann", "bob"):
        stage.cast(name, "answer 42", family=name, features=("chat",))
    kept(stage.folder, fit("scripted:ann", "scripted:bob", threshold=threshold))
    for chosen in ("trained", "unanimous"):
        context = strategy("debate").form(gate=chosen)
        result = await strategy("debate").graph().ainvoke({"messages": [("user", "17+25?")]}, context=context)
        found = result["outcome"]["metadata"]["gate"]
        assert found["would"] == {"unanimous": False, "never": True, "trained": debates}
        assert found["debate"] is (debates if chosen == "trained" else False)
