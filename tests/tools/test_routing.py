"""Trained routers, and choosing by quality against price."""

import base64
import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.ledger.records import ConfigurationError
from symposium.tools.choosing import beats, by_worth, gated, levels, share_of, shared, spend_of, spent, worth
from symposium.tools.routing import FORMAT, Expert, RouterFile, buckets, features, packed, read, write

CHANCES = st.floats(0.01, 0.99)
NAMES = ("a", "b", "c", "d")
PREDICTED = st.fixed_dictionaries(dict.fromkeys(NAMES, CHANCES))
COSTS = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from([0.1, 0.2, 0.5, 1.0])))


def expert(*, bias: float = 0.0, weights: dict[int, float] | None = None, count: int = 16) -> Expert:
    scale, told = packed([(weights or {}).get(place, 0.0) for place in range(count)])
    return Expert(
        sha256=None,
        bias=bias,
        scale=scale,
        weights=told,
        calibrator={"xs": [-2.0, 2.0], "ys": [0.1, 0.9]},
        tokens=(10.0, 20.0),
    )


def router_file(**members: Expert) -> RouterFile:
    sample = [[0.25, 0.5][: len(members)]]
    return RouterFile(format=FORMAT, buckets=16, trained_on=9, members=members, sample=sample, reroute=0.5)


# Features


def test_numbers_count_by_their_length_and_not_by_their_digits() -> None:
    assert sorted(features("What is 73 times 8?")) == sorted(features("what is 15  times 4?"))
    assert sorted(features("What is 73 times 8?")) != sorted(features("What is 735 times 8?"))


@given(st.text(max_size=5000))
def test_every_text_falls_into_buckets_that_exist(question: str) -> None:
    hit = buckets(question, 64)
    assert hit == sorted(set(hit))
    assert set(hit) <= set(range(64))


# Prediction


def test_a_router_predicts_what_its_weights_say(tmp_path: Path) -> None:
    question = "2+2"
    hit = buckets(question, 16)
    write(tmp_path / "r.json.gz", router_file(a=expert(weights={hit[0]: 1.27}), b=expert(bias=-5.0)))
    found = read(tmp_path / "r.json.gz").chances(question)
    logit = 1.27 / math.sqrt(len(hit))
    assert found == {"a": pytest.approx(0.5 + 0.2 * logit), "b": pytest.approx(0.1)}


def test_a_router_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    for name in ("r.json", "r.json.gz"):
        write(tmp_path / name, router_file(a=expert(), b=expert()))
    plain, packed_ = read(tmp_path / "r.json"), read(tmp_path / "r.json.gz")
    assert plain == packed_
    assert plain.sample == [{"a": 0.25, "b": 0.5}]
    assert plain.tokens["a"] == (10.0, 20.0)
    assert (tmp_path / "r.json.gz").stat().st_size < (tmp_path / "r.json").stat().st_size


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"nonsense",
        b"\x1f\x8bnonsense",
        b"[]",
        b"{}",
        json.dumps({**router_file(a=expert()), "format": "other"}).encode(),
        json.dumps({**router_file(a=expert()), "buckets": 8}).encode(),
        json.dumps({**router_file(a=expert()), "sample": [[0.1, 0.2]]}).encode(),
        json.dumps(router_file(a={**expert(), "weights": "?"})).encode(),
        json.dumps(router_file(a={**expert(), "calibrator": {"xs": [1], "ys": [3]}})).encode(),
    ],
)
def test_a_file_that_is_no_router_is_named(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "r.json").write_bytes(wrong)
    with pytest.raises(ConfigurationError, match=r"r\.json' is no router file"):
        read(tmp_path / "r.json")


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40))
def test_packed_weights_are_off_by_half_a_step_at_most(weights: list[float]) -> None:
    scale, told = packed(weights)
    steps = [byte - 256 if byte > 127 else byte for byte in base64.b64decode(told)]
    for weight, step in zip(weights, steps, strict=True):
        assert abs(weight - scale * step) <= scale * 0.5 + 1e-9


# Choosing


@given(CHANCES, CHANCES)
def test_the_chances_of_a_duel_add_up_and_the_likelier_one_wins(first: float, second: float) -> None:
    assert beats(first, second) + beats(second, first) == pytest.approx(1)
    assert (beats(first, second) > 0.5) == (first > second) or math.isclose(first, second)


def test_a_duel_is_the_share_of_questions_that_one_alone_answers_right() -> None:
    one, other = 0.9 * (1 - 0.6), 0.6 * (1 - 0.9)
    assert beats(0.9, 0.6) == pytest.approx(one / (one + other))


@given(PREDICTED, COSTS, st.permutations(NAMES), CHANCES)
def test_the_order_of_the_members_never_changes_the_choice(
    predicted: dict[str, float], costs: dict[str, float], order: list[str], threshold: float
) -> None:
    shuffled, priced = {name: predicted[name] for name in order}, {name: costs[name] for name in reversed(order)}
    assert gated(predicted, costs, threshold) == gated(shuffled, priced, threshold)
    assert by_worth(predicted, costs) == by_worth(shuffled, priced)


@given(PREDICTED, COSTS, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_makes_it_dearer(
    predicted: dict[str, float], costs: dict[str, float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert costs[gated(predicted, costs, high)] <= costs[gated(predicted, costs, low)]


@given(PREDICTED, COSTS)
def test_the_ends_of_the_threshold_are_the_dearest_and_the_cheapest(
    predicted: dict[str, float], costs: dict[str, float]
) -> None:
    assert costs[gated(predicted, costs, 0.0)] == max(costs.values())
    assert costs[gated(predicted, costs, 1.0)] == min(costs.values())


@given(PREDICTED, COSTS, st.floats(0.05, 0.95))
def test_no_dearer_member_beats_the_one_that_passes_the_threshold(
    predicted: dict[str, float], costs: dict[str, float], threshold: float
) -> None:
    chosen = gated(predicted, costs, threshold)
    for name in NAMES:
        if costs[name] > costs[chosen]:
            assert beats(predicted[name], predicted[chosen]) < threshold


def test_of_equal_worth_the_cheaper_one_comes_first() -> None:
    predicted, costs = {"dear": 0.9, "cheap": 0.7}, {"dear": 1.0, "cheap": 0.0}
    assert worth(predicted, costs) == {"dear": pytest.approx(0.7), "cheap": pytest.approx(0.7)}
    assert by_worth({"b": 0.5, "a": 0.5}, {"a": 1.0, "b": 1.0}) == ["a", "b"]
    assert by_worth({"dear": 0.95, "cheap": 0.7}, costs) == ["dear", "cheap"]


def test_who_costs_about_as_much_as_the_dearest_is_of_its_level() -> None:
    costs = {"a": 1.0, "b": 0.8, "c": 0.75, "d": 0.7, "e": 0.1}
    assert levels(costs) == {"a": 0, "b": 0, "c": 0, "d": 1, "e": 2}
    predicted = {"a": 0.6, "b": 0.9, "c": 0.7, "d": 0.5, "e": 0.5}
    assert gated(predicted, costs, 0.0) == "b"
    assert shared([predicted], costs, 0.0) > beats(0.9, 0.5)


def test_a_share_and_a_spend_are_told_as_they_were_asked_for() -> None:
    sample, costs = [{"dear": 0.9, "cheap": 0.5}, {"dear": 0.6, "cheap": 0.5}], {"dear": 2.0, "cheap": 1.0}
    assert share_of(sample, costs, 0.8) == 0.5
    assert spend_of(sample, costs, 0.8) == 0.75


@given(st.lists(PREDICTED, min_size=1, max_size=12), COSTS, st.floats(0, 1))
def test_a_target_is_kept_on_the_sample_and_no_lower_threshold_keeps_it(
    sample: list[dict[str, float]], costs: dict[str, float], target: float
) -> None:
    top = max(costs.values())

    def share(threshold: float) -> float:
        return sum(costs[gated(one, costs, threshold)] == top for one in sample) / len(sample)

    def spend(threshold: float) -> float:
        return math.fsum(costs[gated(one, costs, threshold)] for one in sample) / len(sample) / top

    for solve, measure in ((shared, share), (spent, spend)):
        threshold = solve(sample, costs, target)
        assert measure(threshold) <= target + 1e-9 or threshold == 1.0
        steps = {beats(x, y) for one in sample for x, y in itertools.permutations(one.values(), 2)}
        below = max((step for step in steps if step < threshold), default=None)
        if below is not None:
            assert measure(below) > target - 1e-9


def test_the_bundled_router_knows_the_bundled_minds_and_is_small() -> None:
    from symposium.models import zoo
    from symposium.models.routers import BUNDLED, router
    from symposium.models.settings import load

    minds: Any = [load().members[name] for name in zoo.bundled()]
    found = router(minds)
    assert found is not None
    assert set(found.digests) == {member.model for member in minds}
    assert all(found.digests[f"gguf:{name}"] == zoo.about(name)["sha256"] for name in zoo.bundled())
    assert BUNDLED.stat().st_size < 300_000
    chances = found.chances("What day is it 12 days after Monday?")
    assert chances["gguf:measures"] > chances["gguf:stories"]
    assert all(0 < chance < 1 for chance in chances.values())
