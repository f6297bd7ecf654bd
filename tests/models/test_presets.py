"""The built-in presets: valid, answerable by the bundled minds, and overridden by the file's."""

from pathlib import Path
from typing import Any

import pytest

from symposium.graphs import ask
from symposium.graphs.catalogue import strategy
from symposium.graphs.ladder import by_cost
from symposium.ledger.records import UsageError
from symposium.models.presets import PRESETS
from symposium.models.settings import cast, load


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_valid(stage: Any, name: str) -> None:
    stage.configure("")
    settings = load(preset=name)
    assert settings.origins["graph"] == f"preset '{name}'"
    assert strategy(settings.choices.graph).form(preset=name).cast


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in ("local", "sizes")])
async def test_a_preset_is_answered_by_the_bundled_minds_without_a_network(stage: Any, name: str) -> None:
    stage.configure("")
    outcome = await ask("What is 73 times 8?", preset=name, seed=7)
    assert (outcome["graph"], outcome["extracted"]) == (PRESETS[name]["graph"], "584")


@pytest.mark.parametrize(
    ("name", "proposers", "calls"), [("balanced", 3, 3), ("quality", 4, 8), ("budget", 3, 3), ("local", 3, 3)]
)
def test_a_preset_drafts_as_often_as_it_says(stage: Any, name: str, proposers: int, calls: int) -> None:
    for member in ("ann", "bob", "cid", "dan", "eve"):
        stage.cast(member, "answer 1", reliability=0.9)
    context = strategy("moa").form(preset=name)
    assert len(context.cast) == proposers
    planned = strategy("moa").agenda(context)
    assert sum(call.role == "proposer" for call in planned) == calls


def test_the_cheap_draft_and_the_strongest_aggregates_under_a_budget(stage: Any) -> None:
    for member, price, reliability in (("ann", 9.0, 0.9), ("bob", 1.0, 0.6), ("cid", 2.0, 0.6), ("dan", 3.0, 0.7)):
        stage.cast(member, "answer 1", price_input=price, price_output=price, reliability=reliability)
    context: Any = strategy("moa").form(preset="budget")
    assert {member.name for member in context.cast} == {"bob", "cid", "dan"}
    assert context.table.aggregators[0].name == "ann"


def test_local_names_models_of_three_families(stage: Any) -> None:
    stage.configure("")
    members = cast(load(preset="local"))
    assert [member.family for member in members] == ["qwen", "llama", "mistral"]
    assert {member.provider for member in members} == {"ollama"}


def test_sizes_is_a_cascade_through_one_family_from_small_to_large(stage: Any) -> None:
    stage.configure("")
    context: Any = strategy("cascade").form(preset="sizes")
    assert [member.model for member in context.cast] == list(PRESETS["sizes"]["stages"])
    assert [member.family for member in context.cast] == ["qwen"] * 3
    assert [member.name for member in by_cost(context.cast[::-1])] == [member.name for member in context.cast]
    assert [stage.choices.get("samples") for stage in context.ladder.stages] == [3, 3, None]


def test_a_preset_of_the_file_wins_over_a_built_in_one(stage: Any) -> None:
    stage.configure("[preset.balanced]\nsamples = 7")
    settings = load(preset="balanced")
    assert (settings.choices.graph, settings.choices.samples) == ("vote", 7)


def test_a_preset_may_cast_members_into_every_role(stage: Any) -> None:
    for member in ("ann", "bob", "cid", "dan"):
        stage.cast(member, "answer 1")
    roles = 'proposer_models = ["ann", "bob"]\naggregator_model = "cid"\njudge = "dan"\nfallbacks = ["ann"]'
    stage.file.write_text(stage.file.read_text() + f'[preset.roles]\ngraph = "moa"\n{roles}\n')
    context: Any = strategy("moa").form(preset="roles", keep_best=True)
    assert [member.name for member in context.cast] == ["ann", "bob"]
    assert [member.name for member in context.table.aggregators] == ["cid", "ann"]
    assert context.table.judges[0].name == "dan"


def test_an_unknown_preset_names_the_built_in_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown preset 'balance'; did you mean 'balanced'\? known: balanced, bud"):
        load(preset="balance", folder=tmp_path)
