"""The data set: the same for a seed, its splits apart, the README's question absent from training."""

import random
import re
import subprocess
import sys
from collections import Counter
from itertools import islice

import pytest

from symposium.training.world.dataset import FAMILY_SHARES, Question, questions
from symposium.training.world.problem import KINDS, Problem, sample
from symposium.training.world.splits import SPLITS, Split, held_out, split_of


def drawn(split: Split, count: int, **options: object) -> list[Question]:
    return list(islice(questions(split, seed=11, **options), count))  # type: ignore[arg-type]  # options of several types


def problem(family: str, *operands: int | str) -> Problem:
    return Problem(family, "", operands, (), "", {})


def solved_numbers(question: Question) -> tuple[str, str]:
    return question.family, question.solution


# In the others different problems may share their steps: 9:45 and an hour, 10:45 less an hour.
_SPLIT_BY_STEPS = ("arithmetic", "word", "units", "lists")


@pytest.mark.parametrize("split", SPLITS)
def test_the_same_seed_gives_the_same_questions(split: Split) -> None:
    assert drawn(split, 200) == drawn(split, 200)
    assert drawn(split, 50) != list(islice(questions(split, seed=12), 50))


def test_no_problem_of_training_comes_up_in_another_split() -> None:
    for family in _SPLIT_BY_STEPS:
        seen = {split: {solved_numbers(q) for q in drawn(split, 2000, family=family)} for split in SPLITS}
        for split in SPLITS[1:]:
            assert not seen["train"] & seen[split]


@pytest.mark.parametrize(
    ("split", "share"), [("train", 0.7), ("calibration", 0.1), ("development", 0.1), ("test", 0.1)]
)
def test_the_splits_have_their_shares(split: Split, share: float) -> None:
    rng = random.Random(0)
    count = Counter(split_of(sample("w_mul_sub", rng, language="en")) for _ in range(5000))
    assert count[split] / 5000 == pytest.approx(share, abs=0.02)


def test_the_order_of_operands_does_not_matter() -> None:
    for a in range(2, 60):
        assert split_of(problem("word", a, 24, 58)) == split_of(problem("word", 58, a, 24))


def test_the_readme_question_is_never_trained_on() -> None:
    assert split_of(problem("word", 17, 24, 58)) == "test"


@pytest.mark.parametrize("patterns", ["known", "held_out"])
def test_questions_keep_to_their_patterns(patterns: str) -> None:
    for question in drawn("train", 2000, patterns=patterns):
        language, kind, index = question.pattern.split("/")
        assert (language, kind) == (question.language, question.kind)
        assert held_out(kind, question.language, int(index)) is (patterns == "held_out")


def test_the_mix_has_its_shares() -> None:
    mixed = drawn("train", 6000)
    families = Counter(question.family for question in mixed)
    for family, share in FAMILY_SHARES.items():
        assert families[family] / 6000 == pytest.approx(share, abs=0.03)
    assert sum(question.language == "en" for question in mixed) / 6000 == pytest.approx(0.6, abs=0.03)
    assert {question.kind for question in mixed} == set(KINDS)


def test_a_language_and_a_family_can_be_chosen() -> None:
    assert {(q.language, q.family) for q in drawn("test", 100, language="ko", family="time")} == {("ko", "time")}


def test_an_unknown_family_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown family 'sports'; known are word, arithmetic"):
        next(questions("train", seed=0, family="sports"))


def test_a_solution_ends_with_its_answer() -> None:
    for question in drawn("train", 1000):
        assert question.solution.endswith(f"; answer {question.answer}")


@pytest.mark.parametrize("reach", ["usual", "beyond"])
def test_questions_are_clean_text(reach: str) -> None:
    for question in drawn("development", 3000, reach=reach):
        assert not re.search(r"[{}|<>]|  |^ | $", question.text), question.text


def test_solutions_are_short() -> None:
    lengths = sorted(len(question.solution) for question in drawn("train", 4000))
    assert lengths[len(lengths) // 2] < 30
    assert lengths[-1] < 110


def test_the_world_needs_no_torch() -> None:
    check = "import sys, symposium.training.world.dataset; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
