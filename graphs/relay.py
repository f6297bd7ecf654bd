"""The fallback chain of a role: whoever fails hands on to the next member, and what was streamed is taken back."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from symposium.graphs.context import Context
from symposium.graphs.family import Seating, stoppable, tried
from symposium.ledger.records import Failure
from symposium.models.mind import Mind

FIRST_SHARE = 0.6  # of the time left, while somebody could still stand in
Hear = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One member's attempt: the mind, the seconds it may take in all, and who hears its words while they come."""

    mind: Mind
    within: float | None
    hear: Hear | None


Work = Callable[[Attempt], Coroutine[Any, Any, T]]


class Relay:
    """Members that may play a role, in turn; one that failed is not asked again.

    `reserved` are the seconds that must be left when all is over. `failures` tells who failed, `asked` who has the
    word, and `heard` which words of it are going out as the run's answer. It is `manned` if there was anybody to ask.
    """

    def __init__(
        self,
        context: Context,
        names: Sequence[str],
        *,
        role: str,
        node: str,
        round: int = 0,
        reserved: float = 0.0,
    ) -> None:
        self.failures: list[Failure] = []
        self.heard = ""
        self.manned = bool(names)
        self._context, self._waiting = context, list(names)
        self._role, self._node, self._round, self._reserved = role, node, round, reserved

    @property
    def asked(self) -> str:
        """Who has the word; empty where nobody is left."""
        return self._waiting[0] if self._waiting else ""

    def beside(self) -> "Relay":
        """Make a relay of the same members for what comes before this one's work: it leaves half of the time to that.

        Who fails there is told of here, and may still be asked here.
        """
        left = self._context.run.seconds_left or 0.0
        made = Relay(
            self._context,
            self._waiting,
            role=self._role,
            node=self._node,
            round=self._round,
            reserved=(left + self._reserved) / 2,
        )
        made.failures = self.failures
        return made

    async def run(self, work: Work[T], *, hear: Hear | None = None, instead: str = "") -> T | None:
        """Let the first who can do the work do it; None where nobody could, or the run was stopped.

        `instead` names what is done then, for the event `fallback`.
        """
        while self._waiting:
            done, reason = await self._try(self._waiting[0], work, hear)
            if done is not None:
                return done
            self._take_back(reason)
            if self._context.run.scope.stopped:
                return None
            failed = self._waiting.pop(0)
            self._hand_on(failed, self.asked or instead, reason)
        return None

    async def _try(self, name: str, work: Work[T], hear: Hear | None) -> tuple[T | None, str]:
        """Let one member try; where it came to nothing, say why."""
        attempt = Attempt(
            mind=self._context.mind(name, path=self._node), within=self._seconds(), hear=self._listening(hear)
        )
        seat, limits = Seating(member=name, index=0), len(self._context.run.limits_reached)
        working = stoppable(self._context, lambda: work(attempt))
        done, trouble = await tried(self._context, seat, working, role=self._role, round=self._round)
        failures: list[Failure] = trouble.get("failures", [])
        self.failures += failures
        told = [failure["message"] for failure in failures] + self._context.run.limits_reached[limits:]
        return done, next(iter(told), self._context.run.scope.stopped or "")

    def _seconds(self) -> float | None:
        """What the next call may take: all that is left to the last one, a share of it to those before."""
        left = self._context.run.seconds_left
        if left is None:
            return None
        return max(0.0, left - self._reserved) * (FIRST_SHARE if len(self._waiting) > 1 else 1.0)

    def _listening(self, hear: Hear | None) -> Hear | None:
        if hear is None:
            return None

        def heard(text: str) -> None:
            self.heard += text
            hear(text)

        return heard

    def gone_out(self, text: str) -> bool:
        """Tell whether that text has gone out as the run's answer; what has gone out in its place is taken back."""
        if self.heard.strip() != text:
            self._take_back("the answer reads otherwise")
        return bool(self.heard)

    def _take_back(self, reason: str) -> None:
        if self.heard:
            self.heard = ""
            self._context.run.bus.emit("answer.restart", reason=reason)

    def _hand_on(self, failed: str, following: str, reason: str) -> None:
        if following:
            told = {"from": failed, "to": following, "reason": reason, "role": self._role}
            self._context.run.bus.emit("fallback", **told)
