"""What the budget left over covers of planned calls."""

from typing import Any

import pytest

from symposium.graphs.affording import shortfall
from symposium.graphs.agenda import Planned
from symposium.models.budget import Limits, Price
from symposium.models.member import Member
from symposium.models.pace import ENOUGH, forget, pace_of
from symposium.models.run import Run

PRICE = Price(input=1.0, output=10.0, source="test")
ANN = Member(name="ann", model="x:ann", prompt="bare", max_tokens=100, price=PRICE)
POOR = Member(name="poor", model="x:poor", prompt="bare", max_tokens=100)


def run(**limits: Any) -> Run:
    return Run(limits=Limits(**limits))


def calls(*members: Member, **told: Any) -> list[Planned]:
    return [Planned(member=member, **told) for member in members]


@pytest.mark.parametrize(
    ("limits", "planned", "words"),
    [
        ({}, calls(ANN, POOR), None),
        ({"calls": 2}, calls(ANN, ANN), None),
        ({"calls": 1}, calls(ANN, ANN), "it takes 2 calls, and 1 are left"),
        ({"calls": 0}, calls(ANN), "it takes 1 call, and 0 are left"),
        ({"calls": 1}, [*calls(ANN), *calls(ANN, spare=True)], None),
        ({"calls": 1}, [*calls(ANN), *calls(ANN, POOR, surely=False)], None),
        ({"tokens": 105}, [*calls(ANN), *calls(ANN, surely=False)], None),
        ({"money": 0.001005}, [*calls(ANN), *calls(ANN, POOR, surely=False)], None),
        ({"tokens": 105}, calls(ANN), None),
        ({"tokens": 104}, calls(ANN), "it may use 105 tokens of 104 left"),
        ({"tokens": 209}, calls(ANN, ANN), "it may use 210 tokens of 209 left"),
        ({"money": 0.001005}, calls(ANN), None),
        ({"money": 0.001}, calls(ANN), r"it may cost $0.001005 of $0.001000 left"),
        ({"money": 1.0}, calls(ANN, POOR), "the price of poor is not known"),
        ({"seconds": 1.0}, calls(ANN), None),
    ],
)
def test_what_is_not_covered_is_told(limits: dict[str, float], planned: list[Planned], words: str | None) -> None:
    assert shortfall(run(**limits), planned, "?") == words


def test_without_a_price_it_is_allowed_where_that_is_asked_for() -> None:
    assert shortfall(Run(limits=Limits(money=1.0), allow_unpriced=True), calls(POOR), "?") is None


@pytest.fixture
def slow() -> Any:
    for _ in range(ENOUGH):
        pace_of("x:ann", None).took(3.0)
    yield
    forget()


@pytest.mark.usefixtures("slow")
async def test_steps_take_as_long_as_their_models_usually_do() -> None:
    made = run(seconds=5.0)
    assert shortfall(made, calls(ANN, ANN), "?") is None
    one_by_one = [*calls(ANN), *calls(ANN, step=1)]
    assert shortfall(made, one_by_one, "?") == "it usually takes 6.0 s of 5.0 s left"
    assert shortfall(made, [*calls(ANN), *calls(ANN, step=1, surely=False)], "?") is None


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(("window", "seconds"), [(None, None), (4, None), (2, "6.0"), (1, "12.0")])
async def test_a_step_takes_as_often_as_long_as_its_window_is_filled(window: int | None, seconds: str | None) -> None:
    words = None if seconds is None else f"it usually takes {seconds} s of 5.0 s left"
    assert shortfall(run(seconds=5.0), calls(ANN, ANN, ANN, ANN, window=window), "?") == words


def test_what_was_spent_and_what_is_held_counts() -> None:
    made = run(tokens=300)
    held = made.budget.reserve(input_tokens=100, max_output=96, price=None)
    assert shortfall(made, calls(ANN), "?") == "it may use 105 tokens of 104 left"
    made.budget.settle(held, tokens=50, money=0.0)
    assert shortfall(made, calls(ANN), "?") is None
