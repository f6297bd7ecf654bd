"""How long calls take, and what is concluded from that."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.models.pace import ENOUGH, KEPT, Pace, forget, pace_of

SECONDS = st.floats(0, 600, allow_nan=False)


def paced(*seconds: float) -> Pace:
    pace = Pace()
    for took in seconds:
        pace.took(took)
    return pace


def test_nothing_is_concluded_from_a_few_calls() -> None:
    pace = paced(*[1.0] * (ENOUGH - 1))
    assert (pace.known, pace.p50, pace.p90, pace.p95, pace.late) == (False, None, None, None, None)
    assert pace.deadline == 120.0


@pytest.mark.parametrize(
    ("took", "deadline"),
    [
        ([1.0] * 20, 30.0),  # nobody is given up before half a minute
        ([20.0] * 20, 40.0),  # twice its own p95
        ([1.0] * 18 + [50.0] * 2, 100.0),
        ([1.0] * 19 + [50.0], 30.0),  # one in twenty is the p95's own
    ],
)
def test_a_call_may_take_twice_its_p95_but_never_less_than_half_a_minute(took: list[float], deadline: float) -> None:
    assert paced(*took).deadline == deadline


@pytest.mark.parametrize(
    ("took", "late"),
    [
        ([1.0] * 6 + [4.0] * 4, 4.0),  # its p90
        ([1.0] * 97 + [6.0] * 3, 1.25),  # where nine of ten take the same, a little above that
        ([float(n) for n in range(1, 11)], 9.0),
    ],
)
def test_a_call_is_late_that_takes_longer_than_nine_of_ten(took: list[float], late: float) -> None:
    assert paced(*took).late == late


@given(st.lists(SECONDS, min_size=ENOUGH, max_size=2 * KEPT), st.floats(0.01, 1))
def test_a_quantile_is_the_nearest_rank_among_the_last_latencies(took: list[float], share: float) -> None:
    kept = sorted(took[-KEPT:])
    assert paced(*took).quantile(share) == kept[math.ceil(share * len(kept)) - 1]


@given(st.lists(SECONDS, min_size=ENOUGH, max_size=60))
def test_a_call_that_was_cut_off_counts_only_where_it_was_unusual_by_then(took: list[float]) -> None:
    pace = paced(*took)
    usual = pace.p90
    assert usual is not None
    pace.cut_off(usual)
    assert pace.quantile(1.0) == max(took)
    pace.cut_off(700.0)
    assert pace.quantile(1.0) == 700.0


def test_members_that_reach_the_same_model_at_the_same_address_share_its_pace() -> None:
    forget()
    assert pace_of("openai:a", "http://x") is pace_of("openai:a", "http://x")
    assert pace_of("openai:a", "http://x") is not pace_of("openai:a", None)
    forget()
