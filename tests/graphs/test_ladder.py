"""The stages of a cascade: how they are written, and what is taken where none are."""

import json
from pathlib import Path
from typing import Any

import pytest

from symposium.graphs.catalogue import GRAPHS
from symposium.graphs.forms import CascadeContext
from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models import zoo
from symposium.models.settings import items


def told(context: CascadeContext) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(s.name, s.graph, tuple(m.name for m in s.members)) for s in context.ladder.stages]


@pytest.fixture
def cast(stage: Any) -> Any:
    for name in ("ann", "bob"):
        stage.cast(name, "answer 1")
    return stage


def test_a_stage_is_a_member_or_a_graph_with_members_and_choices(cast: Any) -> None:
    context = CascadeContext(stages=["ann", "vote(ann, bob)", "repair(bob;rounds=2)", "scripted:ann"])
    assert told(context) == [
        ("ann", "single", ("ann",)),
        ("vote(ann, bob)", "vote", ("ann", "bob")),
        ("repair(bob;rounds=2)", "repair", ("bob",)),
        ("scripted:ann", "single", ("scripted:ann",)),
    ]
    assert [member.name for member in context.cast] == ["ann", "bob", "scripted:ann"]


def test_a_stage_of_a_mixture_is_asked_of_its_own_members_and_knows_who_writes_for_them(cast: Any) -> None:
    cast.cast("agg", "answer 1", features={"chat"})
    cast.configure('proposer_models = ["bob"]')
    context = CascadeContext(stages=["moa(ann;aggregator_model=agg;fallbacks=bob,agg)", "ann"])
    (mixture, _) = context.ladder.stages
    assert [member.name for member in mixture.members] == ["ann"]
    assert mixture.models == {"scripted:ann", "scripted:agg"}
    assert [member.name for member in context.cast] == ["ann"]


def test_by_agreement_a_member_answers_several_times_but_not_the_last(cast: Any) -> None:
    context = CascadeContext(stages=["ann", "bob"], scorer="agreement", samples=5)
    assert [(s.graph, s.choices.get("samples")) for s in context.ladder.stages] == [("vote", 5), ("single", None)]


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        (["an"], ("stage 'an'", "unknown member 'an'", "did you mean 'ann'?")),
        (
            ["vot(ann)"],
            ("stage 'vot(ann)'", "'vot' is no graph", "did you mean 'vote'?", f"known: {', '.join(sorted(GRAPHS))}"),
        ),
        (["vote()"], ("a member's name is missing", "vote(a,b)")),
        (["vote(ann,)"], ("a member's name is missing",)),
        (["vote(an)"], ("stage 'vote(an)'", "did you mean 'ann'?")),
        (["vote(ann;sample=2)"], ("no choice 'sample'", "did you mean 'samples'?")),
        (["vote(ann;samples=x)"], ("stage 'vote(ann;samples=x)'", "'samples' = 'x': must be a whole number")),
        (["vote(ann;samples)"], ("'samples' has no value", "samples=...")),
        (["vote(ann;budget=1)"], ("no choice 'budget' for a stage",)),
        (["vote(ann"], ("unknown member 'vote(ann'",)),
        (["single(ann,bob)"], ("stage 'single(ann,bob)'", "asks one member")),
        (["ann", "ann"], ("stage 'ann' stands twice in 'ann,ann'",)),
        (["ann", ""], ("a stage is empty",)),
    ],
)
def test_what_cannot_be_a_stage_is_named_with_what_can(cast: Any, stages: list[str], words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        CascadeContext(stages=stages)
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(("given", "held"), [(None, (0.9, 0.9)), ([0.5], (0.5, 0.5)), ([0.5, 0.7], (0.5, 0.7))])
def test_one_threshold_is_for_all_stages_but_the_last(
    cast: Any, given: list[float] | None, held: tuple[float, ...]
) -> None:
    ladder = CascadeContext(stages=["ann", "bob", "vote(ann,bob)"], thresholds=given).ladder
    assert ladder.thresholds == held
    assert (ladder.threshold([0, 1]), ladder.threshold([0, 1, 2])) == (held[1], None)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"thresholds": [0.1, 0.2, 0.3]}, "3 thresholds for 2 stages; give one for all, or 1"),
        ({"thresholds": [1.5]}, "'thresholds' = 1.5: must be 1 or less"),
        ({"scorer": "mood"}, "'scorer' = 'mood': no such scorer; known: agreement, confidence, in_domain, judge"),
        ({"scorer": "judge", "judge": "an"}, "unknown member 'an'; did you mean 'ann'?"),
        ({"members": ["ann"]}, "the stages name who is asked"),
    ],
)
def test_other_choices_are_checked_too(cast: Any, choices: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        CascadeContext(stages=["ann", "bob"], **choices)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("stages = ['an']", "stage 'an': unknown member 'an'"),
        ("thresholds = [0.1, 0.2, 0.3]", "3 thresholds for 2 stages"),
        ("scorer = 'judge'\njudge = 'an'", "unknown member 'an'"),
    ],
)
def test_what_is_configured_wrongly_is_blamed_on_its_place(cast: Any, toml: str, words: str) -> None:
    cast.configure(toml)
    with pytest.raises(ConfigurationError) as caught:
        CascadeContext()
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(cast.file))


def test_stages_and_thresholds_come_from_the_file_and_the_environment(
    cast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.configure("stages = ['bob', 'vote(ann,bob;samples=2)', 'ann']\nthresholds = 0.4")
    assert [name for name, *_ in told(CascadeContext())] == ["bob", "vote(ann,bob;samples=2)", "ann"]
    assert CascadeContext().ladder.thresholds == (0.4, 0.4)
    monkeypatch.setenv("SYMPOSIUM_STAGES", "vote(ann,bob),ann")
    monkeypatch.setenv("SYMPOSIUM_THRESHOLDS", "0.3")
    assert [name for name, *_ in told(CascadeContext())] == ["vote(ann,bob)", "ann"]
    assert CascadeContext().ladder.thresholds == (0.3,)


def test_members_that_are_asked_for_stand_above_configured_stages(cast: Any) -> None:
    cast.configure("stages = ['bob', 'vote(ann,bob)']")
    assert [name for name, *_ in told(CascadeContext(members=["ann"]))] == ["ann"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", ["a"]),
        ("a, b", ["a", "b"]),
        ("vote(a,b),c", ["vote(a,b)", "c"]),
        ("a,vote(b,c;samples=2),repair(d)", ["a", "vote(b,c;samples=2)", "repair(d)"]),
        ("a,", ["a", ""]),
    ],
)
def test_a_comma_within_parentheses_belongs_to_its_item(text: str, found: list[str]) -> None:
    assert items(text) == found


@pytest.fixture
def bundled(stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A zoo of four minds; what is put into the dict stands in its figures."""
    stage.configure("")
    minds = {"big": (900, 0.9), "sturdy": (900, 0.95), "little": (10, 0.6), "middling": (90, 0.8)}
    for name in minds:
        (tmp_path / f"{name}.gguf").write_bytes(b"")
    figures: dict[str, Any] = {
        "minds": {name: {"parameters": size, "reliability": known} for name, (size, known) in minds.items()}
    }
    (tmp_path / "zoo.json").write_text(json.dumps(figures))
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    return figures


def measured(figures: dict[str, Any], **cascade: Any) -> CascadeContext:
    (zoo.FOLDER / "zoo.json").write_text(json.dumps({**figures, "cascade": cascade}))
    return CascadeContext()


def test_bundled_minds_answer_by_their_size_and_then_by_their_reliability(bundled: dict[str, Any]) -> None:
    assert [name for name, *_ in told(CascadeContext())] == ["little", "middling", "big", "sturdy"]


def test_the_bundled_cascade_is_the_one_that_was_measured(bundled: dict[str, Any]) -> None:
    ladder = measured(bundled, stages=["little", "big"], thresholds=[0.8], scorer="verifier").ladder
    assert ([s.name for s in ladder.stages], ladder.thresholds, ladder.scorer) == (
        ["little", "big"],
        (0.8,),
        "verifier",
    )


def test_thresholds_that_were_fitted_to_another_scorer_do_not_hold(bundled: dict[str, Any]) -> None:
    measured(bundled, stages=["little", "big"], thresholds=[0.8])
    assert CascadeContext(scorer="confidence").ladder.thresholds == (0.8,)
    assert CascadeContext(scorer="agreement").ladder.thresholds == (0.9,)


def test_the_bundled_cascade_is_not_for_other_members(bundled: dict[str, Any]) -> None:
    measured(bundled, stages=["little", "big"], thresholds=[0.8])
    context = CascadeContext(members=["big", "middling"])
    assert [name for name, *_ in told(context)] == ["middling", "big"]
    assert context.ladder.thresholds == (0.9,)
