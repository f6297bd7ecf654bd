"""How likely a question lies inside what the bundled minds know."""

from itertools import islice
from statistics import fmean

import pytest

from symposium.evals.outside import general
from symposium.models.domain import chance_inside
from symposium.models.zoo.outside import LONGEST, outside
from symposium.training.world.dataset import questions


@pytest.mark.parametrize(
    ("question", "inside"),
    [
        ("What is 73 times 8?", True),
        ("73 곱하기 8은 얼마인가요?", True),
        ("17*24", True),
        ("Who painted the Mona Lisa?", False),
        ("대한민국의 수도는 어디인가요?", False),
    ],
)
def test_a_question_of_the_world_is_told_from_another(question: str, inside: bool) -> None:
    chance = chance_inside(question)
    assert chance is not None
    assert (chance > 0.5) is inside


def test_what_is_too_long_to_be_weighed_is_unknown() -> None:
    assert chance_inside("What is 1+1? " * LONGEST) is None


def test_the_chances_hold_for_questions_to_which_nothing_was_fitted() -> None:
    held = [question.text for question in islice(questions("development", seed=20, patterns="held_out"), 200)]
    asked = [(text, True) for text in held] + [(item.text, False) for item in general()]
    chances = [(chance_inside(text), belongs) for text, belongs in asked]
    known = [(chance, belongs) for chance, belongs in chances if chance is not None]
    assert len(known) == len(asked)
    error = fmean((chance - belongs) ** 2 for chance, belongs in known)
    assert error < 0.06  # a coin gives .25
    assert fmean(chance for chance, belongs in known if belongs) > 0.8
    assert fmean(chance for chance, belongs in known if not belongs) < 0.1


def test_who_refuses_a_question_holds_it_to_lie_rather_outside() -> None:
    texts = [item.text for item in general()]
    refused = [chance for text in texts if outside(text) and (chance := chance_inside(text)) is not None]
    assert refused
    assert max(refused) < 0.5
