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


class _Listener:
    """A task at work inside a scope, and whether the scope has cancelled it."""

    def __init__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a scope must be entered from a task")
        self.task: asyncio.Task[Any] = task
        self.cancelled = False
        self._others = task.cancelling()  # cancellations that were under way before

    def cancel(self) -> None:
        self.cancelled = True
        self.task.cancel()

    @property
    def alone(self) -> bool:
        """Nobody but the scope has cancelled the task since it came in."""
        return self.cancelled and self.task.cancelling() - 1 <= self._others


class Scope:
    """Work that ends together: `stop` reaches everything running inside, and inside child scopes.

    Stopping is not cancelling: the listener gets `Stopped`, the task around it lives on and can return what it has.
    """

    def __init__(self, parent: "Scope | None" = None) -> None:
        self.stopped: str | None = parent.stopped if parent else None
        self._children: list[Scope] = []
        self._listeners: set[_Listener] = set()
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
        for listener in tuple(self._listeners):
            listener.cancel()
        for scope in tuple(self._children):
            scope.stop(reason)

    @property
    def busy(self) -> int:
        """Number of pieces of work running inside, children included."""
        return len(self._listeners) + sum(scope.busy for scope in self._children)

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await `work()` inside the scope.

        Raises:
            Stopped: the scope was stopped before the work ended.
        """
        if self.stopped is not None:
            raise Stopped(self.stopped)
        listener = _Listener()
        self._listeners.add(listener)
        try:
            value = await work()
            if listener.cancelled:  # by its own work, which has not awaited anything since: the news arrives here
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if listener.alone:
                raise Stopped(self.stopped or "cancelled") from None
            raise
        finally:
            self._listeners.discard(listener)
            if listener.cancelled:
                listener.task.uncancel()
        return value


async def ended(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel what still runs and wait for its end, however often the waiter itself is cancelled."""
    interrupted: asyncio.CancelledError | None = None
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        try:
            await asyncio.wait(running)
        except asyncio.CancelledError as error:
            interrupted = error
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen: an error of the clean-up must not be told as unseen
    if interrupted is not None:
        raise interrupted
