"""Adaptive sampling: how sure a lead is, when it is sure enough, and when it no longer rises."""

import random
from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.adaptive import FLAT, MOST_SAMPLES, fewest, flat, lead, leads, sure
from symposium.tools.votes import RULES, Ballot, ballot, plurality

COUNT = st.integers(0, MOST_SAMPLES)


def beta_above_half(a: int, b: int, *, steps: int = 4000) -> float:
    """P(X > 1/2) of a Beta distribution, by the midpoint rule over its density."""
    norm = Fraction(factorial(a + b - 1), factorial(a - 1) * factorial(b - 1))
    width = 0.5 / steps
    places = (0.5 + (step + 0.5) * width for step in range(steps))
    return float(norm) * width * sum(x ** (a - 1) * (1 - x) ** (b - 1) for x in places)


@pytest.mark.parametrize(
    ("first", "second", "chance"),
    [(0, 0, 0.5), (1, 0, 0.75), (3, 0, 15 / 16), (4, 0, 31 / 32), (3, 1, 26 / 32), (1, 3, 6 / 32), (20, 20, 0.5)],
)
def test_the_chance_of_a_lead_by_hand(first: int, second: int, chance: float) -> None:
    assert lead(first, second) == pytest.approx(chance)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (5, 2), (12, 9), (2, 7), (25, 15)])
def test_the_closed_form_is_the_integral_of_the_posterior(first: int, second: int) -> None:
    assert lead(first, second) == pytest.approx(beta_above_half(first + 1, second + 1), abs=1e-6)


@given(COUNT, COUNT)
def test_a_lead_is_a_chance_that_rises_with_votes_for_it_and_the_other_has_the_rest(first: int, second: int) -> None:
    assert 0 < lead(first, second) < 1
    assert lead(first + 1, second) > lead(first, second) > lead(first, second + 1)
    assert lead(first, second) + lead(second, first) == pytest.approx(1)


@pytest.mark.parametrize(("certainty", "samples"), [(0.5, 1), (0.75, 1), (0.9, 3), (0.95, 4), (0.99, 6)])
def test_so_many_that_agree_are_enough(certainty: float, samples: int) -> None:
    assert fewest(certainty) == samples
    assert sure([ballot("7", member=f"m{place}") for place in range(samples)], plurality, certainty=certainty)


@given(st.lists(st.sampled_from(["1/2", "0.5", "2", None]), max_size=12), st.randoms(use_true_random=False))
def test_whether_a_lead_is_sure_hangs_on_no_order(answers: list[str | None], chance: random.Random) -> None:
    cast = [ballot(answer, member=f"m{place}") for place, answer in enumerate(answers)]
    for rule in RULES.values():
        shuffled: list[Ballot] = chance.sample(cast, len(cast))
        assert sure(shuffled, rule, certainty=0.9) == sure(cast, rule, certainty=0.9)


def test_an_answer_that_leads_by_weight_alone_is_not_sure() -> None:
    cast = [
        *(ballot("340", member=f"w{place}", reliability=0.55) for place in range(4)),
        ballot("350", member="s", reliability=0.97),
    ]
    assert sure(cast, plurality, certainty=0.8)
    assert not sure(cast, RULES["reliability"], certainty=0.8)


def test_without_an_answer_nothing_is_sure() -> None:
    assert not sure([], plurality, certainty=0.5)
    assert not sure([ballot(None, member="a", reason="empty")], plurality, certainty=0.5)


def test_leads_are_those_of_the_answer_given_most_often_and_abstentions_leave_them() -> None:
    assert leads(["a", None, "a", "b", "c"]) == [0.75, 0.75, 0.875, lead(2, 1), lead(2, 1)]


@pytest.mark.parametrize(
    ("keys", "stops"),
    [
        ("ab" * FLAT, True),
        ("abc" * FLAT, True),
        ("a" * 2 * FLAT, False),
        ("ab" * (FLAT - 1), False),
        ("bbbb" + "aab" * FLAT, False),
    ],
)
def test_a_lead_that_no_longer_rises_is_flat_and_not_before_there_is_enough_to_tell(keys: str, stops: bool) -> None:
    assert flat(leads(keys)) == stops


@given(st.lists(st.floats(0, 1), max_size=3 * FLAT), st.floats(0.01, 1))
def test_a_lead_that_rises_throughout_is_never_flat(start: list[float], step: float) -> None:
    rising = [place * step for place in range(2 * FLAT)]
    assert not flat([*start, *rising])
