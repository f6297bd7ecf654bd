"""The controls of a route: chance and length at the same cost, and the route that nobody could know."""

from typing import Any

import pytest

from symposium.evals.papers import Paper
from symposium.evals.routes import routes
from symposium.evals.rows import Answered, Cast, Result
from symposium.models import zoo
from symposium.models.settings import cast, load
from symposium.training.world.dataset import Question

SMALL, LARGE = zoo.about("ada")["parameters"], zoo.about("large")["parameters"]


def question(text: str) -> Question:
    return Question(text, "1", "1", "arithmetic", "add", "en", "en/add/0")


PAPER = Paper("development", tuple(question("x" * length) for length in (5, 40, 9, 30)))


def row(name: str, rights: str, tokens: Any, kind: Any = "mind") -> Answered:
    results = [
        Result(right=right == "1", answered=True, refused=False, answer=right, tokens=dict(spent), signals={})
        for right, spent in zip(rights, tokens, strict=True)
    ]
    return Answered(name, kind, "development", tuple(results))


def counted(share: float) -> dict[str, Answered]:
    """The controls of a route that costs what the cheap mind costs on all questions, and that share of the rest."""
    spent = 10 * (4 * SMALL + share * 4 * (LARGE - SMALL)) / SMALL
    found = [
        row("ada", "1000", [{"ada": 10}] * 4),
        row("large", "0110", [{"large": 10}] * 4),
        row("route", "1111", [{"ada": spent / 4}] * 4, kind="graph"),
    ]
    members = cast(load(), ("ada", "large"))
    return {one.name: one for one in routes(Cast(members=members), PAPER, found, seed=3)}


@pytest.mark.parametrize(("share", "marks"), [(0.0, "1000"), (0.3, "1100"), (0.51, "1100"), (1.01, "0110")])
def test_the_longest_questions_go_to_the_best_mind_as_far_as_is_paid_for(share: float, marks: str) -> None:
    assert "".join(str(int(right)) for right in counted(share)["length route"].marks) == marks


def test_chance_sends_as_many_questions_to_the_best_mind_and_no_more_than_is_paid_for() -> None:
    drawn = counted(0.51)["random route"]
    assert sum("large" in result["tokens"] for result in drawn.results) == 2
    again = counted(0.51)["random route"]
    assert drawn == again


def test_the_oracle_route_takes_the_cheapest_mind_that_is_right() -> None:
    told = counted(0.5)["oracle route"]
    assert told.marks == [True, True, True, False]
    assert [next(iter(result["tokens"])) for result in told.results] == ["ada", "large", "large", "ada"]


def test_without_a_route_or_known_sizes_there_is_nothing_to_count() -> None:
    members = cast(load(), ("ada", "large"))
    minds = [row("ada", "1000", [{"ada": 10}] * 4), row("large", "0110", [{"large": 10}] * 4)]
    assert list(routes(Cast(members=members), PAPER, minds, seed=3)) == []
