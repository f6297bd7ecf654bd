"""How two ways of answering the same questions are compared."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.evals.statistics import Pairs, correlation, paired, paired_difference
from symposium.tools.intervals import wilson

MARKS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def marks(both: int, first: int, second: int, neither: int) -> tuple[list[bool], list[bool]]:
    pairs = [(True, True)] * both + [(True, False)] * first + [(False, True)] * second + [(False, False)] * neither
    return [one for one, _ in pairs], [other for _, other in pairs]


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (0, 0, 0.0, 1.0)],
)
def test_a_share_has_wilsons_interval(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)


def test_newcombes_own_example_comes_out() -> None:
    found = paired_difference(*marks(20, 12, 2, 16))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0562, 0.3292), abs=5e-5)


def test_without_correlation_the_interval_is_that_of_independent_shares() -> None:
    found = paired_difference(*marks(10, 10, 10, 10))
    low, high = wilson(20, 40)
    assert correlation(Pairs(10, 10, 10, 10)) == 0
    assert found.low == pytest.approx(-math.hypot(0.5 - low, high - 0.5))


def test_pairs_are_counted_by_who_was_right() -> None:
    assert paired([True, True, False, False, True], [True, False, True, False, False]) == Pairs(1, 2, 1, 1)


def test_nothing_asked_says_nothing() -> None:
    found = paired_difference([], [])
    assert (found.value, found.low, found.high) == (0.0, -1.0, 1.0)


def test_different_numbers_of_marks_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        paired([True], [])


@given(MARKS)
def test_the_difference_lies_in_its_interval_and_turns_with_the_sides(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found, turned = paired_difference(first, second), paired_difference(second, first)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))


@given(MARKS)
def test_more_of_the_same_narrows_the_interval(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    once, often = paired_difference(first, second), paired_difference(first * 9, second * 9)
    assert often.value == pytest.approx(once.value)
    assert often.high - often.low < once.high - once.low
