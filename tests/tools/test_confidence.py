"""Confidence signals against hand-computed cases and slow references."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.ledger import records
from symposium.tools.calibration import Isotonic
from symposium.tools.confidence import SIGNALS, Evidence, answer_probability, as_chance, measured, signals

HALF, QUARTER = math.log(0.5), math.log(0.25)


@pytest.mark.parametrize(
    ("name", "evidence", "value"),
    [
        ("sum_logprob", Evidence(logprobs=[HALF, QUARTER]), math.log(0.125)),
        ("checked_logprob", Evidence(logprobs=[HALF, QUARTER]), math.log(0.125)),
        ("checked_logprob", Evidence(logprobs=[HALF, QUARTER], broken=True), math.log(0.125) - 30),
        ("mean_logprob", Evidence(logprobs=[HALF, QUARTER]), math.log(0.125) / 2),
        ("min_logprob", Evidence(logprobs=[HALF, QUARTER]), QUARTER),
        ("token_entropy", Evidence(top=[[HALF, HALF]]), math.log(2)),
        ("token_entropy", Evidence(top=[[HALF]]), math.log(2)),  # the unlisted half counts as one candidate
        ("token_entropy", Evidence(top=[[HALF, HALF], [0.0]]), math.log(2) / 2),
        ("margin", Evidence(top=[[QUARTER, HALF], [0.0, math.log(1e-9)]]), 0.25),
        ("agreement", Evidence(agreeing=3, votes=4), 0.75),
    ],
)
def test_a_signal_follows_its_formula(name: str, evidence: Evidence, value: float) -> None:
    assert SIGNALS[name](evidence) == pytest.approx(value)


@pytest.mark.parametrize("name", SIGNALS)
def test_what_is_unknown_is_none_and_never_zero(name: str) -> None:
    assert SIGNALS[name](Evidence()) is None
    assert SIGNALS[name](Evidence(agreeing=0, votes=0)) is None


def test_unknown_signals_are_absent() -> None:
    assert signals(Evidence()) == {}
    known = {"sum_logprob", "checked_logprob", "mean_logprob", "min_logprob"}
    assert set(signals(Evidence(logprobs=[HALF]))) == known


def test_a_place_with_one_candidate_has_no_margin() -> None:
    assert SIGNALS["margin"](Evidence(top=[[HALF]])) is None


@pytest.mark.parametrize(
    "broken", [{"logprobs": [0.5]}, {"logprobs": [math.nan]}, {"top": [[0.5]]}, {"agreeing": 3, "votes": 2}]
)
def test_impossible_evidence_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Evidence(**broken)  # type: ignore[arg-type]  # the point of the test


def raw(logprobs: list[float]) -> dict[str, records.Signal]:
    found = signals(Evidence(logprobs=logprobs))
    return {name: records.Signal(value=value, calibrated=False) for name, value in found.items()}


def test_the_probability_of_an_answer_is_the_product_of_its_tokens() -> None:
    assert answer_probability(raw([HALF, QUARTER])) == pytest.approx(0.125)
    assert answer_probability(raw([])) is None
    assert answer_probability(raw([-math.inf])) == 0.0


def test_the_calibrated_probability_of_an_answer_goes_before_the_raw_one() -> None:
    held = measured(Evidence(logprobs=[HALF]), {"checked_logprob": Isotonic((HALF,), (0.9,))})
    assert held["checked_logprob"] == {"value": HALF, "calibrated": False}
    assert held["checked_logprob.calibrated"] == {"value": 0.9, "calibrated": True}
    assert answer_probability(held) == 0.9


def test_only_known_signals_with_a_calibrator_of_their_kind_are_calibrated() -> None:
    flat = Isotonic((0.0,), (0.5,))
    evidence, calibration = Evidence(logprobs=[HALF]), {"margin": flat, "forced.min_logprob": flat}
    assert set(measured(evidence, calibration)) == set(signals(evidence))
    assert set(measured(evidence, calibration, kind="forced.")) == {*signals(evidence), "min_logprob.calibrated"}


@pytest.mark.parametrize(
    ("name", "value", "chance"),
    [
        ("sum_logprob", HALF, 0.5),
        ("forced.mean_logprob", QUARTER, 0.25),
        ("min_logprob", 1e-6, 1.0),  # a runtime's rounding
        ("token_entropy", math.log(2), 0.5),
        ("margin", 0.3, 0.3),
        ("agreement", 0.75, 0.75),
    ],
)
def test_a_raw_signal_reads_as_a_chance(name: str, value: float, chance: float) -> None:
    assert as_chance(name, value) == pytest.approx(chance)


LOGPROBS = st.lists(st.floats(-50, 0), min_size=1, max_size=30)


@given(LOGPROBS)
def test_probability_signals_are_ordered_and_bounded(logprobs: list[float]) -> None:
    found = signals(Evidence(logprobs=logprobs))
    assert found["sum_logprob"] <= found["min_logprob"] + 1e-9 <= found["mean_logprob"] + 2e-9 <= 3e-9
    probability = answer_probability(raw(logprobs))
    assert probability is not None
    assert 0 <= probability <= 1


@given(LOGPROBS, st.randoms())
def test_the_order_of_tokens_changes_no_sum(logprobs: list[float], random: object) -> None:
    assert signals(Evidence(logprobs=logprobs)) == signals(Evidence(logprobs=logprobs[::-1]))


@given(st.lists(st.floats(0.01, 10), min_size=2, max_size=8))
def test_entropy_and_margin_agree_with_a_slow_reference(weights: list[float]) -> None:
    probabilities = [weight / sum(weights) for weight in weights]
    found = signals(Evidence(top=[[math.log(p) for p in probabilities]]))
    assert found["token_entropy"] == pytest.approx(-sum(p * math.log(p) for p in probabilities), abs=1e-6)
    first, second = sorted(probabilities)[-1], sorted(probabilities)[-2]
    assert found["margin"] == pytest.approx(first - second, abs=1e-9)
    assert -1e-9 <= found["token_entropy"] <= math.log(len(weights) + 1)
