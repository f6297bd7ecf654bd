"""What first drafts show, and the gate that goes by it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.gating import TRAITS, Gate, fitted, traits
from symposium.tools.votes import ballot

SURE, UNSURE = dict.fromkeys(TRAITS, 1.0), dict.fromkeys(TRAITS, 0.0)


def weighing(**weights: float) -> dict[str, float]:
    return {**dict.fromkeys(TRAITS, 0.0), **weights}


def test_the_traits_tell_how_the_vote_stands() -> None:
    ballots = [
        ballot("42", member="ann", chance=0.9),
        ballot("42", member="bob", chance=0.9),
        ballot("41", member="eve", chance=0.9),
        ballot(None, member="cho", reason="no answer"),
    ]
    seen = traits(ballots)
    assert list(seen) == [*TRAITS]
    assert seen == pytest.approx({"agreement": 0.5, "share": 2 / 3, "margin": 1 / 3, "chance": 0.6, "abstained": 0.25})


def test_where_nobody_answers_nothing_is_known() -> None:
    assert traits([ballot(None, member="ann", reason="no answer")]) == weighing(abstained=1.0)
    assert traits([]) == UNSURE


@pytest.mark.parametrize(("agreement", "doubt", "debated"), [(0.0, 0.731, True), (0.5, 0.5, True), (1.0, 0.269, False)])
def test_a_gate_debates_what_it_doubts_by_its_threshold(agreement: float, doubt: float, debated: bool) -> None:
    gate = Gate(weighing(agreement=-2.0), 1.0, 0.5)
    seen = {**UNSURE, "agreement": agreement}
    assert gate.doubt(seen) == pytest.approx(doubt, abs=1e-3)
    assert gate.debates(seen) is debated


def test_weights_beyond_all_bounds_make_it_sure() -> None:
    gate = Gate(weighing(agreement=2e9), -1e9, 0.5)
    assert (gate.doubt(SURE), gate.doubt(UNSURE)) == (1.0, 0.0)


@pytest.mark.parametrize("weights", [{}, {**weighing(), "luck": 1.0}])
def test_a_gate_of_other_traits_is_refused(weights: Any) -> None:
    with pytest.raises(ValueError, match="a gate weighs agreement, share, margin, chance, abstained"):
        Gate.of(
            {
                "members": [],
                "weights": weights,
                "intercept": 0,
                "threshold": 0,
                "questions": 0,
                "wrong": 0,
                "debated": 0,
            }
        )


def test_votes_that_are_all_alike_teach_nothing() -> None:
    with pytest.raises(ValueError, match="these 2 are all alike"):
        fitted([SURE, UNSURE], [True, True], kept=0.9)


chance = st.floats(0, 1)
votes = st.lists(
    st.tuples(st.fixed_dictionaries(dict.fromkeys(TRAITS, chance)), st.booleans()), min_size=2, max_size=40
)


@given(votes.filter(lambda told: len({wrong for _, wrong in told}) == 2), st.floats(0.1, 1))
def test_a_fitted_gate_debates_as_many_of_the_wrong_votes_as_were_to_be_kept(told: Any, kept: float) -> None:
    gate = fitted([seen for seen, _ in told], [wrong for _, wrong in told], kept=kept)
    found = [gate.debates(seen) for seen, wrong in told if wrong]
    assert sum(found) >= kept * len(found) - 1e-9


def test_what_parts_right_votes_from_wrong_ones_is_learnt() -> None:
    seen = [{**UNSURE, "agreement": place / 20} for place in range(20)]
    gate = fitted(seen, [one["agreement"] < 0.5 for one in seen], kept=1.0)
    assert gate.weights["agreement"] < 0
    assert gate.doubt(UNSURE) > 0.5 > gate.doubt(SURE)
