"""What the bundled minds are taught to write is what the instruments read."""

import random

import pytest

from symposium.tools.answers import extract
from symposium.tools.arithmetic import check_steps
from symposium.training.world.problem import KINDS, Language, sample


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", KINDS)
def test_answer_and_steps_of_a_solved_problem_are_read_and_found_right(kind: str, language: Language) -> None:
    chance = random.Random(f"{kind} {language}")
    for _ in range(5):
        problem = sample(kind, chance, language=language)
        assert extract(problem.text) == problem.answer
        assert [step.right for step in check_steps(problem.text)] == [True] * len(problem.steps)
