"""A cancel scope: one word stops every call that listens to it, and says why."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(Exception):
    """The scope was stopped while, or before, the work ran; `reason` is the word given to `stop`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Scope:
    """Work that ends together: `stop` reaches everything running inside, and inside child scopes.

    Stopping is not cancelling: the listener gets `Stopped`, the task around it lives on and can return what it has.
    """

    def __init__(self, parent: "Scope | None" = None) -> None:
        self.stopped: str | None = parent.stopped if parent else None
        self._children: list[Scope] = []
        self._tasks: set[asyncio.Future[Any]] = set()
        if parent is not None:
            parent._children.append(self)

    def child(self) -> "Scope":
        """Open a scope that stops with this one, but not the other way round."""
        return Scope(self)

    def stop(self, reason: str) -> None:
        """Stop everything inside; the first reason given stays."""
        if self.stopped is not None:
            return
        self.stopped = reason
        for task in tuple(self._tasks):
            task.cancel()
        for scope in tuple(self._children):
            scope.stop(reason)

    @property
    def busy(self) -> int:
        """Number of pieces of work running inside, children included."""
        return len(self._tasks) + sum(scope.busy for scope in self._children)

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await `work()` inside the scope.

        Raises:
            Stopped: the scope was stopped before the work ended.
        """
        if self.stopped is not None:
            raise Stopped(self.stopped)
        task: asyncio.Future[T] = asyncio.ensure_future(work())
        self._tasks.add(task)
        try:
            await asyncio.wait([task])
        finally:
            # Reached by an outer cancellation with the task still running: end it before leaving, so nothing is left.
            await _ended(task)
            self._tasks.discard(task)
            if not task.cancelled():
                task.exception()  # seen, also where an outer cancellation goes on from here
        if task.cancelled():
            raise Stopped(self.stopped or "cancelled")
        return task.result()


async def _ended(task: "asyncio.Future[Any]") -> None:
    """Cancel the task if it still runs and wait for its end, however often the waiter itself is cancelled."""
    interrupted: asyncio.CancelledError | None = None
    while not task.done():
        task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        if not task.cancelled():
            task.exception()  # the waiter is being cancelled: an error of the clean-up must not be told as unseen
        raise interrupted
