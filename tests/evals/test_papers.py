"""The sets of questions of a benchmark."""

import pytest

from symposium.evals.papers import papers
from symposium.training.world.splits import held_out


def test_there_are_three_sets_that_shrink_together() -> None:
    drawn = papers(split="test", seed=1, limit=40)
    assert [(paper.name, len(paper.questions)) for paper in drawn] == [("test", 40), ("beyond", 6), ("kept-out", 10)]


def test_the_smallest_limit_leaves_one_question_each() -> None:
    assert [len(paper.questions) for paper in papers(split="development", seed=1, limit=1)] == [1, 1, 1]


@pytest.mark.parametrize("split", ["test", "development"])
def test_kept_out_wordings_are_those_that_training_never_shows(split: str) -> None:
    known, _, kept_out = papers(split=split, seed=2, limit=100)  # type: ignore[arg-type]  # a literal, by the table

    def hidden(source: str) -> bool:
        language, kind, index = source.split("/")
        return held_out(kind, language, int(index))  # type: ignore[arg-type]  # a literal, in text

    assert not any(hidden(question.pattern) for question in known.questions)
    assert all(hidden(question.pattern) for question in kept_out.questions)


def test_no_question_comes_twice_and_the_seed_decides() -> None:
    first, again, other = (papers(split="test", seed=seed, limit=400) for seed in (1, 1, 2))
    assert first == again != other
    for paper in first:
        assert len({question.text for question in paper.questions}) == len(paper.questions)
