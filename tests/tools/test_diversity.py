"""How many independent votes a panel is worth, by how far its members err on the same questions."""

import math
import random
from statistics import correlation

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symposium.tools.diversity import diversity, effective, pairwise, phi

R, W = True, False
MARKS = st.lists(st.sampled_from([True, False, None]), min_size=12, max_size=12)


@pytest.mark.parametrize(
    ("one", "other", "r"),
    [
        ([R, R, W, W], [R, R, W, W], 1.0),
        ([R, R, W, W], [W, W, R, R], -1.0),
        ([R, R, W, W], [R, W, R, W], 0.0),
        ([R, R, R, W], [R, R, W, W], 1 / math.sqrt(3)),
        ([R, R, W, W, None, R], [R, R, W, W, R, None], 1.0),
        ([R, R, R], [R, W, W], None),  # the one is never wrong
        ([W, W], [R, W], None),
        ([None, None], [R, W], None),
        ([], [], None),
    ],
)
def test_errors_correlate_by_hand(one: list[bool | None], other: list[bool | None], r: float | None) -> None:
    assert phi(one, other) == (None if r is None else pytest.approx(r))


@given(MARKS, MARKS)
def test_phi_is_the_correlation_of_marks_over_what_both_answered(
    one: list[bool | None], other: list[bool | None]
) -> None:
    both = [(float(a), float(b)) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    assume(len({a for a, _ in both}) == 2 and len({b for _, b in both}) == 2)
    found = phi(one, other)
    assert found == pytest.approx(correlation([a for a, _ in both], [b for _, b in both]))
    assert found == phi(other, one)


@pytest.mark.parametrize(
    ("members", "rho", "votes"),
    [(7, 0.0, 7.0), (7, 1.0, 1.0), (9, 0.4375, 2.0), (7, -0.2, 7.0), (1, 0.5, 1.0), (4, 0.25, 16 / 7)],
)
def test_a_panel_is_worth_its_number_over_its_design_effect(members: int, rho: float, votes: float) -> None:
    assert effective(members, rho) == pytest.approx(votes)


@given(st.integers(1, 50), st.floats(-1, 1))
def test_a_panel_is_worth_one_vote_at_least_and_its_number_at_most(members: int, rho: float) -> None:
    rounding = 1e-9
    assert 1 - rounding <= effective(members, rho) <= members
    assert effective(members, rho) <= effective(members + 1, rho) + rounding


@pytest.mark.parametrize(("members", "rho"), [(0, 0.1), (3, 1.5), (3, math.nan)])
def test_what_is_no_panel_is_refused(members: int, rho: float) -> None:
    with pytest.raises(ValueError, match="no panel"):
        effective(members, rho)


def test_a_panel_is_summed_up_over_the_pairs_that_are_known() -> None:
    marks = {"a": [R, R, W, W], "b": [R, R, W, W], "c": [R, R, R, R], "d": [R, W, R, None]}
    known = pairwise(marks)
    assert set(known) == {("a", "b"), ("a", "d"), ("b", "d")}
    found = diversity(["b", "a", "c"], known)
    assert found is not None
    assert (found.members, found.pairs, found.questions) == (3, 1, 4)
    assert (found.correlation, found.votes) == (1.0, 1.0)
    assert diversity(["a", "c"], known) is None
    assert diversity(["a"], known) is None
    assert diversity(["a", "d"], known).questions == 3  # type: ignore[union-attr]  # it is known


@given(st.lists(MARKS, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_members_and_of_questions_changes_nothing(
    sheets: list[list[bool | None]], chance: random.Random
) -> None:
    marks = {f"m{place}": sheet for place, sheet in enumerate(sheets)}
    order = chance.sample(range(12), 12)
    shuffled = {name: [marks[name][place] for place in order] for name in chance.sample(list(marks), len(marks))}
    assert pairwise(shuffled) == pairwise(marks)
    one, other = diversity(list(marks), pairwise(marks)), diversity(list(shuffled), pairwise(marks))
    assert one == other
