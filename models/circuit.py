"""A circuit breaker: who keeps failing is left alone for a while, then tried once."""

import asyncio
from contextlib import suppress

from symposium.ledger.records import CallFailed, FailureKind

TRIPPING: frozenset[FailureKind] = frozenset({"network", "server", "timeout"})
DECISIVE: frozenset[FailureKind] = frozenset({"auth", "billing"})  # the next call with the same key fails as well
IN_A_ROW = 5  # failures that open a circuit,
WINDOW = 60.0  # each of a call that was made within so many seconds of the one before
FIRST_PAUSE = 5.0  # seconds that an open circuit stays so; they double
LONGEST_PAUSE = 60.0  # whatever a server says


class TurnedAway(CallFailed):
    """The call did not go out, since others failed; `retry_after` says when one may find out."""


class Circuit:
    """Whether an endpoint may be asked; times are seconds of one clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._last = 0.0
        self._cause: tuple[FailureKind, str] | None = None  # why it is open
        self._opened = 0.0
        self._until = 0.0
        self._pause = 0.0
        self._found_out = asyncio.Event()  # one for each time that it opens

    def check(self, now: float) -> None:
        """Check that it may be asked.

        Raises:
            TurnedAway: it may not for a while; of the kind by which it failed last.
        """
        if self._cause is not None and now < self._until:
            (kind, words), left = self._cause, self._until - now
            raise TurnedAway(kind, f"not asked again for {left:.3g} s, since it failed: {words}", retry_after=left)

    def enter(self, now: float) -> None:
        """Ask; of an open circuit whose pause is over one call finds out, while others are still turned away.

        Raises what `check` does.
        """
        self.check(now)
        if self._cause is not None:
            self._until = now + self._pause

    def succeeded(self) -> None:
        """File a reply: everything is as if nothing had failed."""
        self._failures, self._cause, self._pause = 0, None, 0.0
        self._found_out.set()

    def failed(self, failure: CallFailed, *, asked: float, now: float) -> None:
        """File a failure of a call that was made at `asked`.

        One made before the last that counted is of the same moment as that, and no news; so many calls at once fail
        once. A server that asks for more than the longest pause opens it alone.
        """
        if failure.kind in DECISIVE or (failure.retry_after or 0.0) > LONGEST_PAUSE:
            self._failures = IN_A_ROW
        elif failure.kind in TRIPPING and asked >= self._last:
            self._failures = self._failures + 1 if asked - self._last <= WINDOW else 1
        else:
            return
        self._last = now
        stale = self._cause is not None and asked < self._opened
        if self._failures >= IN_A_ROW and not stale:
            self._open(failure, now)

    async def found_out(self, *, within: float) -> None:
        """Wait until somebody has found out whether it works again, or so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._found_out.wait()

    def _open(self, failure: CallFailed, now: float) -> None:
        self._cause = (failure.kind, str(failure))
        self._found_out.set()
        self._found_out = asyncio.Event()
        self._opened = now
        self._pause = min(LONGEST_PAUSE, max(failure.retry_after or 0.0, self._pause * 2 or FIRST_PAUSE))
        self._until = now + self._pause
