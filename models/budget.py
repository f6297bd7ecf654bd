"""The hard budget of one request: checked and reserved before every wire attempt."""

import asyncio
from dataclasses import dataclass

from symposium.ledger.records import LimitReached


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a request may spend; None means no limit. `money` is in US dollars, `seconds` wall clock from its start."""

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    seconds: float | None = None
    rounds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens, and where the figure comes from.

    `cached` is for what the provider read from its prompt cache, None where that costs as much as the rest.
    """

    input: float
    output: float
    source: str
    cached: float | None = None

    def cost(self, *, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """Price this many tokens, in US dollars; `cached_tokens` are among those of the input."""
        again = self.input if self.cached is None else self.cached
        known = min(cached_tokens, input_tokens)
        fresh = input_tokens - known
        return (fresh * self.input + known * again + output_tokens * self.output) / 1_000_000


@dataclass(frozen=True, eq=False)
class Reservation:
    """What one wire attempt may use at most; held until it is settled."""

    tokens: int
    money: float


class Budget:
    """Counts wire attempts, tokens and money of one request, shared by every graph and stage inside it."""

    def __init__(self, limits: Limits, *, allow_unpriced: bool = False) -> None:
        self.limits = limits
        self.allow_unpriced = allow_unpriced
        # anything but time is limited
        self.limited = any(most is not None for most in (limits.calls, limits.tokens, limits.money, limits.rounds))
        self.calls = 0
        self.tokens = 0
        self.money = 0.0
        self.rounds = 0
        self._held: set[Reservation] = set()
        self._held_tokens = 0
        self._held_money = 0.0
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def reservations(self) -> int:
        """Number of attempts that are reserved and not settled yet."""
        return len(self._held)

    def restore(self, *, calls: int, tokens: int, money: float) -> None:
        """Add what the same lineage spent before a resume."""
        self.calls += calls
        self.tokens += tokens
        self.money += money

    def reserve(self, *, input_tokens: int, max_output: int, price: Price | None) -> Reservation:
        """Take one wire attempt out of the budget before it starts.

        Raises:
            LimitReached: the attempt might exceed a limit, or its price is unknown under a money limit.
        """
        self.afford(calls=1)
        tokens = input_tokens + max_output
        self._check_tokens(tokens)
        money = price.cost(input_tokens=input_tokens, output_tokens=max_output) if price else 0.0
        self._check_money(money, priced=price is not None)
        reservation = Reservation(tokens, money)
        self.calls += 1
        self._hold(reservation)
        return reservation

    def afford(self, *, calls: int) -> None:
        """Check that so many further wire attempts are allowed, where fewer would be of no use.

        Raises:
            LimitReached: they are not.
        """
        limit = self.limits.calls
        if limit is not None and self.calls >= limit:
            raise LimitReached("calls", f"the budget of {limit} calls is used up")
        if limit is not None and self.calls + calls > limit:
            raise LimitReached("calls", f"the budget of {limit} calls does not cover {calls} more")

    async def room(self, *, input_tokens: int, max_output: int, price: Price | None) -> Reservation:
        """Reserve as `reserve` does, but wait where only what other attempts hold, and may give back, is in the way.

        Raises:
            LimitReached: no other attempt is out, and this one might exceed a limit.
        """
        while True:
            try:
                return self.reserve(input_tokens=input_tokens, max_output=max_output, price=price)
            except LimitReached as limit:
                if limit.limit not in ("tokens", "money") or not self._held:
                    raise
            freed = asyncio.get_running_loop().create_future()
            self._waiting.append(freed)
            await freed

    def settle(self, reservation: Reservation, *, tokens: int, money: float) -> None:
        """Replace a reservation by what was used; a second settling of the same reservation changes nothing."""
        if reservation not in self._held:
            return
        self._held.discard(reservation)
        self._held_tokens -= reservation.tokens
        self._held_money -= reservation.money
        self.tokens += tokens
        self.money += money
        while self._waiting:
            freed = self._waiting.pop()
            if not freed.done():
                freed.set_result(None)

    def release(self, reservation: Reservation) -> None:
        """Give back an attempt that never started; a settled reservation is not touched."""
        if reservation in self._held:
            self.settle(reservation, tokens=0, money=0.0)
            self.calls -= 1

    def next_round(self) -> None:
        """Count one round.

        Raises:
            LimitReached: the rounds are used up.
        """
        if self.limits.rounds is not None and self.rounds >= self.limits.rounds:
            raise LimitReached("rounds", f"the budget of {self.limits.rounds} rounds is used up")
        self.rounds += 1

    def snapshot(self) -> dict[str, dict[str, float | None]]:
        """What is spent and what is left, for the `budget` event; left is None where nothing limits."""
        limits = self.limits
        return {
            "spent": {"calls": self.calls, "tokens": self.tokens, "money": self.money},
            "left": {
                "calls": None if limits.calls is None else limits.calls - self.calls,
                "tokens": None if limits.tokens is None else limits.tokens - self.tokens - self._held_tokens,
                "money": None if limits.money is None else limits.money - self.money - self._held_money,
            },
        }

    def _hold(self, reservation: Reservation) -> None:
        self._held.add(reservation)
        self._held_tokens += reservation.tokens
        self._held_money += reservation.money

    def _check_tokens(self, tokens: int) -> None:
        limit = self.limits.tokens
        if limit is not None and self.tokens + self._held_tokens + tokens > limit:
            left = max(0, limit - self.tokens - self._held_tokens)
            raise LimitReached(
                "tokens", f"the budget of {limit} tokens has {left} left and the next call may use {tokens}"
            )

    def _check_money(self, money: float, *, priced: bool) -> None:
        limit = self.limits.money
        if limit is None:
            return
        if not priced and not self.allow_unpriced:
            raise LimitReached("unpriced", "a member without a known price was refused under a money budget")
        if self.money + self._held_money + money > limit:
            raise LimitReached("money", f"the budget of ${limit:g} does not cover the next call (at most ${money:.6f})")
