"""A debate without a graph: the roles, one round after another, so that tests see who is told what."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from symposium.agents.debater import criticise, reconsider
from symposium.agents.moderator import DECISIONS, moderate
from symposium.agents.proposer import propose
from symposium.ledger.records import Decision, Message, Round
from symposium.models.mind import Mind

T = TypeVar("T")


@dataclass
class Debate:
    """Who debates what: every debater once, and where there are such a checker and a judge that take no part in it."""

    minds: Sequence[Mind]
    conversation: Sequence[Message]
    judge: Mind | None = None
    checker: Mind | None = None
    allowed: Collection[Decision] = DECISIONS
    agreement: float | None = None
    personas: Sequence[str] = ()
    rounds: list[Round] = field(default_factory=list)

    async def held(self, rounds: int) -> list[Round]:
        """Hold so many rounds, whatever the judge decides; behind them lies what was revised last."""
        asked = (propose(mind, self.conversation, own=self._part(place)) for place, mind in enumerate(self.minds))
        self.rounds.append(Round(round=1, drafts=await _all(asked), critiques=[], ruling=None))
        for number in range(1, rounds + 1):
            await self._round(number)
        return self.rounds

    async def _round(self, number: int) -> None:
        last, turns, so_far = self.rounds[-1], self.conversation, self.rounds
        told: dict[str, Any] = {"round": number, "agreement": self.agreement}
        mine = [(mind, last["drafts"][place], self._part(place)) for place, mind in enumerate(self.minds)]
        found = await _all(criticise(mind, turns, so_far, own, persona=part, **told) for mind, own, part in mine)
        if self.checker:
            found.append(await criticise(self.checker, turns, so_far, None, round=number))
        last["critiques"] = [held for some in found for held in some]
        drafts = await _all(reconsider(mind, turns, so_far, own, persona=part, **told) for mind, own, part in mine)
        self.rounds.append(Round(round=number + 1, drafts=drafts, critiques=[], ruling=None))
        if self.judge:
            last["ruling"] = await moderate(self.judge, turns, so_far, round=number, allowed=self.allowed)

    def _part(self, place: int) -> str:
        return self.personas[place % len(self.personas)] if self.personas else ""


async def _all(asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    return list(await asyncio.gather(*asked))
