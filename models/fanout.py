"""A fan-out: branches of one superstep that share a window, know what has come in, and can be stopped together."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from symposium.ledger.records import Draft
from symposium.models.scope import Scope

STRONGER = 2.0  # how many times as long a member is waited for that is better than everyone who has answered

T = TypeVar("T")
Place = tuple[str, int]
"""A member's name, and which of its samples it is."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a fan-out need not wait for everyone; without quorum and patience it always does.

    `seats` tells the known reliability of the member in each place. The rest is stopped once a `quorum` of drafts is
    in, and at the latest `patience` times as long after the start as the second fastest draft took.
    """

    seats: Mapping[Place, float | None] = field(default_factory=dict)
    quorum: int | None = None
    patience: float | None = None


def until(rule: Rule, drafts: Sequence[tuple[float, Place]], *, over: Collection[object]) -> tuple[float, str] | None:
    """Tell how long to wait for the places that are not `over`: seconds from the start, and why no longer.

    `drafts` are those that came in, with the seconds they took. Where a member that is known to be more reliable than
    all of those is still out, it gets twice the time. None: wait for everyone.
    """
    out = [place for place in rule.seats if place not in over]
    if not out or not drafts:
        return None
    took = sorted(seconds for seconds, _ in drafts)
    grace = STRONGER if _stronger(rule, drafts, out) else 1.0
    ends = []
    if rule.quorum is not None and len(took) >= rule.quorum:
        ends.append((grace * took[rule.quorum - 1], "quorum"))
    if rule.patience is not None and len(took) > 1:
        ends.append((grace * rule.patience * took[1], "patience"))
    return min(ends, default=None)


def _stronger(rule: Rule, drafts: Sequence[tuple[float, Place]], out: Sequence[Place]) -> bool:
    """One who is out is known to be better than everyone who has answered, as far as those are known."""
    heard = max((rule.seats.get(place) or 0.0 for _, place in drafts), default=0.0)
    return any((rule.seats[place] or 0.0) > heard for place in out)


class Fanout:
    """Branches that know what has come in so far; at most `window` of them run at once, in the order they came."""

    def __init__(self, scope: Scope, *, window: int, rule: Rule | None = None) -> None:
        self.scope = scope
        self.arrived: list[Draft] = []
        self.over: list[object] = []  # the places in the fan-out that have ended, with a draft or without
        self._window = asyncio.Semaphore(window)
        self._rule = rule or Rule()
        self._began = asyncio.get_running_loop().time()
        self._drafts: list[tuple[float, Place]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await `work()` when a place is free.

        Raises:
            Stopped: the fan-out was stopped first.
        """

        async def seated() -> T:
            async with self._window:
                return await work()

        return await self.scope.run(seated)

    def ended(self, place: Place, drafts: Sequence[Draft] = ()) -> str | None:
        """File what a branch came to; stop the others where the rule says so, now or when their time is up.

        Return why the fan-out is stopped, None where it is not.
        """
        loop = asyncio.get_running_loop()
        self.arrived += drafts
        self.over.append(place)
        self._drafts += [(loop.time() - self._began, place) for _ in drafts]
        self.close()
        end = until(self._rule, self._drafts, over=self.over)
        if end is not None and self.scope.stopped is None:
            self._stop_at(loop, *end)
        return self.scope.stopped

    def close(self) -> None:
        """Forget the time at which the rest would be stopped."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_at(self, loop: asyncio.AbstractEventLoop, seconds: float, reason: str) -> None:
        when = self._began + seconds
        if when <= loop.time():
            self.scope.stop(reason)
        else:
            self._timer = loop.call_at(when, self.scope.stop, reason)
