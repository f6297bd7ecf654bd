"""A loop whose clock stands still while anybody has something to do, and jumps to the next timer when nobody has.

    @timeless
    async def test_...(): ...        # what waits an hour is done at once, and always in the same order

Threads started by the loop (`asyncio.to_thread`) are waited for in real time; other threads must not be waited for.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any


class StillClock(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0
        self._threads = 0

    def time(self) -> float:
        return self._now

    def run_in_executor(self, *args: Any) -> Any:
        self._threads += 1
        future = super().run_in_executor(*args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _: Any) -> None:
        self._threads -= 1

    def _run_once(self) -> None:
        while self._scheduled and self._scheduled[0]._cancelled:
            self._drop()
        if not self._ready and not self._threads and self._scheduled:
            self._now = max(self._now, self._scheduled[0]._when)
        super()._run_once()  # type: ignore[misc]

    def _drop(self) -> None:
        import heapq

        heapq.heappop(self._scheduled)._scheduled = False
        self._timer_cancelled_count -= 1


def timeless(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on such a loop."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=StillClock) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """Seconds of the running loop's clock."""
    return asyncio.get_running_loop().time()
