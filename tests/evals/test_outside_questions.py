"""The border of the world, measured."""

import pytest

from symposium.evals.asked import read
from symposium.evals.outside import Asked, Count, counts, general, let_through, main, refused
from symposium.models.zoo.outside import outside
from symposium.training.world.outsiders import OUTSIDE


def test_wrong_ones_are_counted_in_all_and_by_group() -> None:
    asked = [Asked("a", "x"), Asked("b", "y"), Asked("b", "y")]
    assert counts(asked, wrong=lambda text: text == "b", name="all") == [
        Count("all", 2, 3),
        Count("x", 0, 1),
        Count("y", 2, 2),
    ]


def test_of_the_general_questions_one_in_twenty_may_pass() -> None:
    whole = let_through()[0]
    assert whole.of == 200
    assert whole.wrong <= 10


def test_the_border_was_not_drawn_by_the_general_questions() -> None:
    assert not {item.text.lower() for item in general()} & {text.lower() for text in OUTSIDE}


def test_of_the_worlds_questions_one_in_twenty_may_be_refused() -> None:
    assert refused("development", patterns="known", seed=3, n=300)[0].wrong <= 15


def test_the_strangers_questions_are_taken() -> None:
    assert sum(outside(item.question) for item in read()) <= 2


def test_the_command_prints_both(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--questions", "20"])
    told = capsys.readouterr().out
    assert "general questions let through: " in told
    assert "development questions refused, known wordings: " in told
    assert "development questions refused, held_out wordings: " in told
