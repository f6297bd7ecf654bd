"""A scorer: a mind that reads no text twice to tell how likely it finds it."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from symposium.ledger.records import Draft, Message
from symposium.models.mind import Mind

Scored = tuple[str, ...]  # the mind, what it was asked, and the text


@dataclass(frozen=True)
class Scores:
    """What minds make of texts, each asked once however many want to know, at once or later."""

    known: dict[Scored, Draft] = field(default_factory=dict)
    asking: defaultdict[Scored, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def once(self, scored: Scored, ask: Callable[[], Awaitable[Draft]]) -> Draft:
        """Give what is known of a text, else ask; a call that fails leaves nothing."""
        async with self.asking[scored]:
            if scored not in self.known:
                self.known[scored] = await ask()
        return self.known[scored]


@dataclass(frozen=True)
class Scorer(Mind):
    """A mind that scores no text twice."""

    scores: Scores = field(default_factory=Scores)

    async def say(self, messages: Sequence[Message], *, forced: str = "", **told: Any) -> Draft:
        """Ask the member, or give again how likely it found the `forced` text; `told` is as with any mind."""
        asking = partial(super().say, messages, forced=forced, **told)
        if not forced:
            return await asking()
        return await self.scores.once((self.member.name, *(turn["content"] for turn in messages), forced), asking)
