"""One question on its way: its events go to the screen, the reader's signals to the run."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Iterator

from symposium.cli.exits import Exit
from symposium.cli.screen import Screen
from symposium.graphs.context import Context
from symposium.graphs.deliberation import Deliberation
from symposium.ledger.records import Message, Outcome
from symposium.models.endpoints import disconnect


class Signals:
    """What the reader's signals ask of a run: the first Ctrl-C concludes, the second cancels, SIGTERM cancels.

    `exit` is the code that the first of them deserves, None as long as there was none.
    """

    def __init__(self, deliberation: Deliberation, screen: Screen) -> None:
        self.exit: Exit | None = None
        self._deliberation, self._screen = deliberation, screen
        self._abort: asyncio.Task[Outcome] | None = None

    @contextlib.contextmanager
    def heeded(self) -> Iterator[None]:
        """Take the signals over for a while; where the platform cannot, Ctrl-C cancels at once."""
        loop = asyncio.get_running_loop()
        takers = {signal.SIGINT: self._interrupted, signal.SIGTERM: self._terminated}
        with contextlib.suppress(NotImplementedError):
            for number, taker in takers.items():
                loop.add_signal_handler(number, taker)
        try:
            yield
        finally:
            with contextlib.suppress(NotImplementedError):
                for number in takers:
                    loop.remove_signal_handler(number)

    def _interrupted(self) -> None:
        if self.exit is not None:
            return self._cancel()
        self.exit = Exit.INTERRUPTED
        self._screen.notice("concluding with what there is; Ctrl-C again stops at once")
        self._deliberation.conclude()

    def _terminated(self) -> None:
        self.exit = self.exit or Exit.TERMINATED
        self._cancel()

    def _cancel(self) -> None:
        if self._abort is None:
            self._abort = asyncio.create_task(self._deliberation.cancel())
            self._abort.add_done_callback(lambda task: task.cancelled() or task.exception())  # told by `attend`


async def converse(
    question: str, *, graph: str, context: Context, screen: Screen, request_id: str | None = None
) -> tuple[Outcome, Exit | None]:
    """Put a question and show its way to the outcome; the exit code is there if a signal ended it.

    A request id that was answered before brings what is recorded.

    Raises:
        UsageError: the question is empty or too long for everyone.
        BrokenPipeError: nobody reads the screen any more; the run was cancelled.
    """
    try:
        turns = [Message(role="user", content=question)]
        asked = Deliberation(turns, graph=graph, context=context, request_id=request_id)
        return await _attend(asked, screen)
    finally:
        screen.close()
        await disconnect()


async def _attend(deliberation: Deliberation, screen: Screen) -> tuple[Outcome, Exit | None]:
    signals = Signals(deliberation, screen)
    with signals.heeded():
        try:
            async for event in deliberation.events():
                screen.hear(event)
                if event["type"] == "call.start" and not gc.isenabled():
                    _collect_again()
            if deliberation.repeats:
                screen.close()
                screen.notice(f"run {deliberation.repeats} has answered this request id before; nothing was asked")
            return await deliberation.outcome(), signals.exit
        except BaseException:
            with contextlib.suppress(Exception):  # the first error is the one to tell
                await deliberation.cancel()
            raise


def _collect_again() -> None:
    """Everything is loaded: from now on garbage is collected, but what was loaded is not searched for it."""
    gc.freeze()
    gc.enable()
