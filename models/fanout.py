"""A fan-out: branches of one superstep that share a window and can be stopped together."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from symposium.ledger.records import Draft
from symposium.models.scope import Scope

T = TypeVar("T")


class Fanout:
    """Branches that know what has come in so far; at most `window` of them run at once, in the order they came."""

    def __init__(self, scope: Scope, *, window: int) -> None:
        self.scope = scope
        self.arrived: list[Draft] = []
        self.over: list[object] = []  # the places in the fan-out that have ended, with a draft or without
        self._window = asyncio.Semaphore(window)

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await `work()` when a place is free.

        Raises:
            Stopped: the fan-out was stopped first.
        """

        async def seated() -> T:
            async with self._window:
                return await work()

        return await self.scope.run(seated)
