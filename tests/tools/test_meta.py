"""The classifier of votes: what speaks for an answer, how it is weighed, and how that is learnt."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.meta import FEATURES, Classifier, Fit, Standing, fitted, standings
from symposium.tools.votes import RULES, Rule, ballot, log_odds, plurality

CAST = [
    ballot("350", member="a", chance=0.9, reliability=0.9),
    ballot("350 pens", member="b", probability=0.5, reliability=None),
    ballot("340", member="c", chance=1.0, reliability=0.6),
    ballot(None, member="d", reason="empty"),
]
LENGTHS = {("a", 0): 10, ("b", 0): 30, ("c", 0): 80, ("d", 0): 5}


def standing(**told: float) -> Standing:
    return Standing(**{"agreement": 0.0, "confidence": 0.0, "length": 0.0, "reliability": 0.0, **told})


def test_what_speaks_for_an_answer_by_hand() -> None:
    many, one = standings(plurality(CAST), LENGTHS)
    assert many.agreement == 2 / 4
    assert many.confidence == pytest.approx(math.log(9) / 2)  # an unknown chance says nothing either way
    assert many.length == pytest.approx(math.log(20 / 40))
    assert many.reliability == pytest.approx(math.log(9) + math.log(2))
    assert one.confidence == pytest.approx(math.log(199))
    assert one.reliability == pytest.approx(log_odds(0.6))


def test_without_an_answer_nothing_stands() -> None:
    assert standings(plurality([CAST[-1]]), LENGTHS) == []


@given(st.sampled_from(list(RULES.values())), st.randoms(use_true_random=False))
def test_what_speaks_for_answers_hangs_on_no_order(rule: Rule, chance: random.Random) -> None:
    shuffled = chance.sample(CAST, len(CAST))
    by_key = [
        {one.key: told for one, told in zip(rule(cast).candidates, standings(rule(cast), LENGTHS), strict=True)}
        for cast in (CAST, shuffled)
    ]
    assert by_key[0] == by_key[1]


def drawn(n: int, seed: int) -> tuple[list[Standing], list[bool]]:
    """Answers whose chance of being right is known: by confidence and agreement, and nothing else."""
    chance = random.Random(seed)
    told = [
        standing(
            agreement=chance.random(),
            confidence=chance.gauss(0, 1),
            length=chance.gauss(0, 1),
            reliability=chance.gauss(0, 1),
        )
        for _ in range(n)
    ]
    return told, [chance.random() < 1 / (1 + math.exp(1 - 2 * one.agreement - one.confidence)) for one in told]


def test_a_classifier_finds_what_decided() -> None:
    made = fitted(*drawn(4000, seed=1))
    assert made.weights["confidence"] == pytest.approx(1, abs=0.15)
    assert made.weights["agreement"] == pytest.approx(2, abs=0.4)
    assert made.weights["length"] == pytest.approx(0, abs=0.15)
    assert made.intercept == pytest.approx(-1, abs=0.25)


def test_its_chances_hold() -> None:
    made = fitted(*drawn(4000, seed=1))
    told, right = drawn(4000, seed=2)
    assert sum(map(made, told)) / len(told) == pytest.approx(sum(right) / len(right), abs=0.03)


def test_answers_that_one_thing_parts_are_learnt_as_well() -> None:
    made = fitted([standing(agreement=share / 10) for share in range(10)] * 20, [share > 4 for share in range(10)] * 20)
    assert made(standing(agreement=0.9)) > 0.8
    assert made(standing(agreement=0.1)) < 0.2


@pytest.mark.parametrize("marks", [[], [True, True], [False]])
def test_from_answers_that_are_all_alike_nothing_is_learnt(marks: list[bool]) -> None:
    with pytest.raises(ValueError, match="right answers and wrong ones"):
        fitted([standing()] * len(marks), marks)


@given(st.floats(-1e3, 1e3), st.sampled_from(FEATURES), st.floats(-1e3, 1e3))
def test_a_chance_is_a_chance_and_rises_with_what_speaks_for_it(value: float, name: str, intercept: float) -> None:
    made = Classifier(dict.fromkeys(FEATURES, 1.0), intercept)
    assert 0 <= made(standing(**{name: value})) <= made(standing(**{name: value + 1})) <= 1


def test_a_written_classifier_reads_the_same_and_one_of_other_features_is_refused() -> None:
    fit = Fit(members=["a"], questions=9, weights=dict.fromkeys(FEATURES, 0.5), intercept=-1.0)
    assert Classifier.of(fit)(standing(agreement=2.0)) == 0.5
    with pytest.raises(ValueError, match="agreement, confidence, length, reliability"):
        Classifier.of({**fit, "weights": {"agreement": 1.0}})
