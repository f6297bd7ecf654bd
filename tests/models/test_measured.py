"""What was measured of members together: found in the files beside the configuration, and among the bundled minds."""

import json
from typing import Any

import pytest

from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models import zoo
from symposium.models.measured import CLASSIFIERS, ERRORS, classified, classifier, together
from symposium.models.settings import cast, load
from symposium.tools.meta import FEATURES, Standing

FIT = {"members": ["scripted:ann", "scripted:bob"], "questions": 9, "weights": dict.fromkeys(FEATURES, 0.0)}


def written(stage: Any, name: str, value: object) -> None:
    (stage.folder / name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def members(stage: Any, *names: str) -> Any:
    for name in names:
        stage.cast(name, "answer 1")
    return cast(load(), names)


def test_what_was_learnt_of_a_cast_is_found_by_its_models_in_any_order(stage: Any) -> None:
    pair = members(stage, "bob", "ann")
    assert classifier(pair, load().files) is None
    written(stage, CLASSIFIERS, {"casts": [{**FIT, "intercept": 0.0}]})
    found = classifier(pair, load().files)
    assert found is not None
    assert found(Standing(agreement=1, confidence=1, length=1, reliability=1)) == 0.5
    assert ("scripted:ann", "scripted:bob") in classified(load().files)
    assert classifier(pair[:1], load().files) is None, "another cast is another fit"


@pytest.mark.parametrize("line_up", ["team", "peers"])
def test_the_bundled_line_ups_have_a_classifier(stage: Any, line_up: str) -> None:
    stage.configure("")
    assert classifier(cast(load(), zoo.cast(line_up))) is not None


def test_the_bundled_minds_all_have_correlations(stage: Any) -> None:
    stage.configure("")
    found = together(cast(load(), zoo.strongest_first()))
    assert found is not None
    assert (found.members, found.pairs, found.questions) == (7, 21, 2000)
    assert 2.5 < found.votes < 3.2


def test_of_members_nobody_has_measured_nothing_is_known(stage: Any) -> None:
    assert together(members(stage, "ann", "bob"), load().files) is None


def test_one_s_own_correlations_stand_above_the_bundled(stage: Any) -> None:
    stage.configure("")
    pair = cast(load(), ("large", "ada"))
    written(stage, ERRORS, {"pairs": [["gguf:large", "gguf:ada", 1.0, 50]]})
    found = together(pair, load().files)
    assert found is not None
    assert (found.votes, found.questions) == (1.0, 50)


@pytest.mark.parametrize("broken", ["no JSON", "[]", '{"casts": [{"members": ["a"]}]}', '{"pairs": [["a", "b"]]}'])
def test_a_file_that_holds_something_else_is_named(stage: Any, broken: str) -> None:
    pair = members(stage, "ann", "bob")
    for name, find in ((CLASSIFIERS, classifier), (ERRORS, together)):
        written(stage, name, broken)
        with pytest.raises(ConfigurationError, match=name.replace(".", r"\.")):
            find(pair, load().files)


async def test_a_trained_vote_takes_what_was_learnt_and_tells_its_chance(stage: Any) -> None:
    from symposium.graphs import ask

    stage.cast("ann", "answer 41")
    stage.cast("bob", "17+25=42; so it is exactly 42; answer 42")
    with pytest.raises(UsageError, match="nothing was learnt"):
        await ask("17+25?", members=["ann", "bob"], ballots="trained")
    longest = {**FIT, "weights": {**dict.fromkeys(FEATURES, 0.0), "length": 2.0}, "intercept": 0.0}
    written(stage, CLASSIFIERS, {"casts": [longest]})
    outcome = await ask("17+25?", members=["ann", "bob"], ballots="trained", samples=1)
    assert (outcome["extracted"], outcome["method"]) == ("42", "vote")
    assert outcome["signals"]["chance"]["calibrated"]
    assert 0.5 < outcome["signals"]["chance"]["value"] < 1
    assert outcome["notes"] == ["what was learnt of these members decided between the answers"]
