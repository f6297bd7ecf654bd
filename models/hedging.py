"""Hedging: a second attempt where the first takes unusually long; the first good one wins, the other is stopped."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from symposium.models.scope import ended

T = TypeVar("T")
Attempt = Callable[[], Coroutine[Any, Any, T]]

SHARE = 0.1  # of the calls that may be asked twice
MOST_SAVED = 10.0  # hedges that calls without one leave for later


class Allowance:
    """How many hedges an endpoint is allowed: one for every ten calls, a few of which may be saved up."""

    def __init__(self) -> None:
        self._saved = 1.0  # so that a command that asks once may hedge as well

    def called(self) -> None:
        """Count a call that might be hedged."""
        self._saved = min(MOST_SAVED, self._saved + SHARE)

    def spend(self) -> bool:
        """Take one hedge; false where none is left."""
        if self._saved < 1 - 1e-9:  # ten tenths are one, whatever their sum is in binary
            return False
        self._saved -= 1
        return True


async def hedged(
    attempt: "Attempt[T]", *, after: float, allowed: Callable[[], bool], lost: Callable[[Exception], None]
) -> T:
    """Await an attempt, and where it takes longer than `after` seconds, if `allowed()`, a second one beside it.

    The first good result is given back once the other attempt has been cancelled and has ended. Where one fails, the
    other is waited for and `lost` gets the failure; where both do, the later failure is raised.
    """
    racing: set[asyncio.Future[T]] = {asyncio.ensure_future(attempt())}
    try:
        done, _ = await asyncio.wait(racing, timeout=after)
        if not done and allowed():
            racing.add(asyncio.ensure_future(attempt()))
        return await _first_good(racing, lost)
    finally:
        await ended(*racing)


async def _first_good(racing: "set[asyncio.Future[T]]", lost: Callable[[Exception], None]) -> T:
    while True:
        done, _ = await asyncio.wait(racing, return_when=asyncio.FIRST_COMPLETED)
        good = [task for task in done if not task.cancelled() and task.exception() is None]
        if good:
            return good[0].result()
        for task in done:
            if len(racing) == 1:
                return task.result()  # raises
            racing.discard(task)
            lost(_failure(task))


def _failure(task: "asyncio.Future[Any]") -> Exception:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, Exception):
        return error
    raise asyncio.CancelledError from error
