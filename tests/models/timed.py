"""Minds that take their time by the loop's clock, and a run whose ledger is kept in memory."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from symposium.ledger.memory import MEMORY
from symposium.ledger.records import CallFailed, Event, FailureKind, Message, Usage
from symposium.models import endpoints
from symposium.models.budget import Limits, Price
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.provider import Chunk, Feature, Lacking, Request
from symposium.models.run import Run

ASKED = (Message(role="user", content="?"),)
PRICE = Price(input=1.0, output=2.0, source="scripted")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One reply: after `seconds` it says `text`, or fails."""

    seconds: float = 0.0
    text: str = "answer 4"
    fails: FailureKind | None = None
    retry_after: float | None = None
    lacks: Feature | None = None
    finish: str = "stop"
    reasoning: str = ""


@dataclass
class Speaker:
    """An endpoint that takes its turns in the order it is called, the last one again and again."""

    turns: Sequence[Turn]
    features: frozenset[Feature] = frozenset({"chat"})
    asked: list[float] = field(default_factory=list)  # when, by the loop's clock
    requests: list[Request] = field(default_factory=list)
    took: list[float] = field(default_factory=list)  # seconds, of a single one at a time
    speaking: int = 0
    most: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        turn = self.turns[min(len(self.asked), len(self.turns) - 1)]
        self.asked.append(asyncio.get_running_loop().time())
        self.requests.append(request)
        self.speaking += 1
        self.most = max(self.most, self.speaking)
        try:
            await asyncio.sleep(turn.seconds)
            if turn.lacks:
                raise Lacking(turn.lacks)
            if turn.fails:
                raise CallFailed(turn.fails, f"scripted {turn.fails}", retry_after=turn.retry_after)
            usage = Usage(input=10, output=len(turn.text.split()), estimated=False)
            yield Chunk(text=turn.text, reasoning=turn.reasoning, usage=usage, finish=turn.finish)
        finally:
            self.speaking -= 1
            self.took.append(asyncio.get_running_loop().time() - self.asked[-1])

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...


class Theatre:
    """Speakers by name, and minds that ask them."""

    def __init__(self, patch: Any) -> None:
        self.speakers: dict[str, Speaker] = {}
        self.events: list[dict[str, Any]] = []
        self.run: Run | None = None
        for provider in ("timed", "gguf"):
            patch.setitem(endpoints.PROVIDERS, provider, self._open)
        endpoints._open.clear()

    def speaker(self, name: str, *turns: Turn, **options: Any) -> Speaker:
        endpoints._open.clear()  # whoever had the name before has left
        self.speakers[name] = Speaker(turns or (Turn(),), **options)
        return self.speakers[name]

    def begin(self, *, seconds: float | None = None, seed: int = 1, **limits: Any) -> Run:
        """Begin a run; its events are kept in `events`."""
        self.run = Run(limits=Limits(seconds=seconds, **limits), ledger=MEMORY, seed=seed)
        self.events = []
        keep: Callable[[Event], None] = lambda event: self.events.append(dict(event))  # noqa: E731
        self.run.bus.subscribe(keep)
        self.run.begin("test", "?")
        return self.run

    def mind(self, name: str, **entry: Any) -> Mind:
        """A member of that name, in the run that was begun last."""
        run = self.run or self.begin()
        return Mind(run, Member(**{"name": name, "model": f"timed:{name}", "price": PRICE, **entry}), "here")

    def of(self, *types: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] in types]

    def _open(self, member: Member) -> Speaker:
        return self.speakers[member.target]
