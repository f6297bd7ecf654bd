"""The budget: reserved before, settled after, never exceeded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.ledger.records import LimitReached
from symposium.models.budget import Budget, Limits, Price, Reservation

PRICE = Price(input=1.0, output=2.0, source="test")


def reserve(budget: Budget, price: Price | None = PRICE) -> Reservation:
    return budget.reserve(input_tokens=100, max_output=50, price=price)


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(calls=2), "calls"),
        (Limits(tokens=300), "tokens"),
        (Limits(money=0.0004), "money"),
    ],
)
def test_the_third_attempt_is_refused(limits: Limits, limit: str) -> None:
    budget = Budget(limits)
    reserve(budget)
    reserve(budget)
    with pytest.raises(LimitReached) as refused:
        reserve(budget)
    assert refused.value.limit == limit


@pytest.mark.parametrize(("made", "affordable"), [(0, 3), (1, 2), (3, 0)])
def test_several_calls_are_affordable_together_or_not_at_all(made: int, affordable: int) -> None:
    budget = Budget(Limits(calls=3))
    for _ in range(made):
        reserve(budget)
    if affordable:
        budget.afford(calls=affordable)
    with pytest.raises(LimitReached, match="the budget of 3 calls"):
        budget.afford(calls=affordable + 1)
    Budget(Limits()).afford(calls=1000)


def test_what_was_not_used_is_free_again() -> None:
    budget = Budget(Limits(tokens=300))
    first = reserve(budget)
    reserve(budget)
    budget.settle(first, tokens=10, money=0.0)
    with pytest.raises(LimitReached):
        reserve(budget)
    budget.settle(first, tokens=10, money=0.0)
    assert budget.tokens == 10


def test_an_attempt_that_never_started_is_given_back() -> None:
    budget = Budget(Limits(calls=1))
    budget.release(reserve(budget))
    settled = reserve(budget)
    budget.settle(settled, tokens=1, money=0)
    budget.release(settled)
    assert (budget.calls, budget.reservations) == (1, 0)


def test_a_member_without_a_price_is_refused_under_a_money_limit_only() -> None:
    with pytest.raises(LimitReached) as refused:
        reserve(Budget(Limits(money=1.0)), price=None)
    assert refused.value.limit == "unpriced"
    reserve(Budget(Limits(calls=1)), price=None)
    reserve(Budget(Limits(money=1.0), allow_unpriced=True), price=None)


def test_a_resumed_run_starts_from_what_was_spent() -> None:
    budget = Budget(Limits(calls=3))
    budget.restore(calls=2, tokens=0, money=0.0)
    reserve(budget)
    with pytest.raises(LimitReached):
        reserve(budget)


def test_rounds_are_counted() -> None:
    budget = Budget(Limits(rounds=1))
    budget.next_round()
    with pytest.raises(LimitReached, match="1 rounds"):
        budget.next_round()


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200), st.floats(0, 1), st.booleans()), max_size=30),
    st.integers(0, 8),
    st.integers(0, 2000),
)
def test_whatever_happens_no_limit_is_exceeded(
    attempts: list[tuple[int, int, float, bool]], calls: int, tokens: int
) -> None:
    budget, held = Budget(Limits(calls=calls, tokens=tokens)), []
    for prompt, output, used, keep in attempts:
        try:
            reservation = budget.reserve(input_tokens=prompt, max_output=output, price=PRICE)
        except LimitReached:
            continue
        if keep:
            held.append(reservation)
        else:
            budget.settle(reservation, tokens=prompt + int(used * output), money=0.0)
        assert budget.calls <= calls
        assert budget.tokens <= tokens
    for reservation in held:
        budget.settle(reservation, tokens=reservation.tokens, money=reservation.money)
    assert budget.tokens <= tokens
    assert budget.reservations == 0
