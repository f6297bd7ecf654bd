"""A house to play roles in: minds of one run, the drafts that lie before them, and what the run tells of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from drafts import drafted

from symposium.ledger.records import Draft, Event, Message
from symposium.models.endpoints import disconnect
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.settings import cast, load

AUTHORS = ("ann", "bob", "cyd", "dee")


class House:
    """One run, its minds and its events."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._events: list[Event] = []
        run.bus.subscribe(self._events.append)

    def mind(self, name: str) -> Mind:
        """A mind by the name or the `provider:model` of its member."""
        return Mind(self.run, cast(load(), (name,))[0], "here")

    def told(self, type: str) -> list[dict[str, Any]]:
        """The events of a type, less the envelope."""
        found = [dict(event) for event in self._events if event["type"] == type]
        return [{key: value for key, value in event.items() if key not in Event.__annotations__} for event in found]

    def asked(self, question: str) -> tuple[Message, ...]:
        return (Message(role="user", content=question),)

    async def answer(self, name: str, question: str) -> Draft:
        """What a mind answers, greedily."""
        return await self.mind(name).say(self.asked(question), role="proposer")

    def drafts(self, *texts: str) -> list[Draft]:
        """Drafts that others wrote, each by a member of its own."""
        return [
            self.draft(text, member=f"{AUTHORS[place % len(AUTHORS)]}{place // len(AUTHORS) or ''}", call=f"d{place}")
            for place, text in enumerate(texts)
        ]

    def draft(self, text: str, *, member: str = "ann", call: str = "c99") -> Draft:
        """A draft that somebody else wrote."""
        return drafted(text, member=member, call=call)


@pytest.fixture
async def house(stage: Any) -> AsyncIterator[House]:
    stage.configure("")
    run = Run(ledger=stage.ledger, seed=1)
    run.begin("test", "?")
    yield House(run)
    await run.settled()
    await disconnect()
