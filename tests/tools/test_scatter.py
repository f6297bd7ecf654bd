"""How far answers scatter: entropy over what they say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.scatter import semantic_certainty, semantic_entropy


@pytest.mark.parametrize(
    ("answers", "entropy", "certainty"),
    [
        ([], None, None),
        (["5"], 0.0, None),
        (["5", "5.0", "five"], 0.0, 1.0),
        (["1/2", "50%", "0.5", "2"], -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)), 0.594361),
        (["1", "2", "3"], math.log(3), 0.0),
        (["1", "1", "2", "2"], math.log(2), 0.5),
    ],
)
def test_entropy_is_over_what_is_said_and_not_over_how(
    answers: list[str], entropy: float | None, certainty: float | None
) -> None:
    assert semantic_entropy(answers) == (None if entropy is None else pytest.approx(entropy))
    assert semantic_certainty(answers) == (None if certainty is None else pytest.approx(certainty, abs=1e-6))


def test_the_unit_of_the_question_counts() -> None:
    assert semantic_certainty(["5 km", "5000 m", "5"]) == pytest.approx(0.420620, abs=1e-6)
    assert semantic_certainty(["5 km", "5000 m", "5"], unit="km") == 1.0


ANSWERS = st.lists(st.sampled_from(["1", "2", "3", "1.0", "2/1"]), min_size=2, max_size=9)


@given(ANSWERS)
def test_the_order_of_answers_says_nothing_and_certainty_is_a_share(answers: list[str]) -> None:
    shuffled = sorted(answers)
    certainty = semantic_certainty(answers)
    assert certainty == pytest.approx(semantic_certainty(shuffled))
    assert certainty is not None
    assert 0 <= certainty <= 1


@given(ANSWERS)
def test_one_more_voice_for_the_only_answer_keeps_certainty_whole(answers: list[str]) -> None:
    assert semantic_certainty([answers[0]] * len(answers)) == 1.0
