"""What orchestrating costs: adapters with which a benchmark of orchestrators asks through the real house.

A benchmark makes an adapter (that is its start-up), asks it many questions, and compares times and CPU with the calls
that reach its server. The server and its models come from the environment: MOCK_URL, MOCK_MODELS, MOCK_AGGREGATOR; how
long a debate is from MOCK_DEBATERS and MOCK_ROUNDS.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import ClassVar

from symposium.evals.served import served
from symposium.graphs import Deliberation, prepare, start
from symposium.ledger.records import Event

URL = os.environ.get("MOCK_URL", "http://127.0.0.1:9100/v1")
PROPOSERS = os.environ.get("MOCK_MODELS", "p1,p2,p3,p4").split(",")
AGGREGATOR = os.environ.get("MOCK_AGGREGATOR", "agg")
DEBATERS, ROUNDS = int(os.environ.get("MOCK_DEBATERS", "3")), int(os.environ.get("MOCK_ROUNDS", "1"))
DEADLINE = 10.0  # seconds of a request, of a debate for each of its steps


class Adapter:
    """A graph as a benchmark asks it; the ledger lies in memory unless it is `on_disk`.

    `stages` are the calls of each step that can be under way at the same time.
    """

    graph: ClassVar[str]
    stages: ClassVar[Sequence[int]]
    members: ClassVar[Sequence[str]]
    choices: ClassVar[Mapping[str, object]] = {}
    on_disk: ClassVar[bool] = False

    def __init__(self, url: str = URL) -> None:
        self._settings = ExitStack()
        choices = {"graph": self.graph, "timeout": DEADLINE, **self.choices}
        self._settings.enter_context(served(url, [*dict.fromkeys(self.members)], on_disk=self.on_disk, **choices))
        prepare(self.graph)

    async def ask(self, text: str) -> str:
        """Answer a question."""
        return await _answer(start(text, watch=False))

    async def stream(self, text: str, first: Callable[[], None]) -> str:
        """Answer a question, and call `first` when the first piece of the answer is there."""
        deliberation = start(text)
        deliberation.run.watched = False  # nobody watches the drafts, so that only the answer is streamed
        deliberation.run.bus.subscribe(_First(first))
        return await _answer(deliberation)

    def close(self) -> None:
        """Give the process its own settings back."""
        self._settings.close()


class Moa(Adapter):
    """A mixture of agents: the proposers in parallel, then the aggregator."""

    graph = "moa"
    stages = (len(PROPOSERS), 1)
    members = (*PROPOSERS, AGGREGATOR)
    choices: ClassVar = {"proposer_models": PROPOSERS, "aggregator_model": AGGREGATOR}


class MoaOnDisk(Moa):
    """The same with the ledger in a file."""

    on_disk = True


class Debate(Adapter):
    """A debate of every round: the debaters draft, then criticise each other and revise, all at once each time."""

    graph = "debate"
    stages = (DEBATERS, *[DEBATERS, DEBATERS] * ROUNDS)
    members = tuple(f"d{place}" for place in range(1, DEBATERS + 1))
    choices: ClassVar = {
        "members": members,
        "panel_size": DEBATERS,
        "max_rounds": ROUNDS,
        "gate": "never",
        "moderated": False,
        "timeout": DEADLINE * (1 + 2 * ROUNDS),
    }


class DebateModerated(Debate):
    """The same with a judge after every round."""

    stages = (DEBATERS, *[DEBATERS, DEBATERS, 1] * ROUNDS)
    members = (*Debate.members, AGGREGATOR)
    choices: ClassVar = {**Debate.choices, "moderated": True, "judge": AGGREGATOR}


class Route(Adapter):
    """A route by rules to one expert, which answers."""

    graph = "route"
    stages: ClassVar[Sequence[int]] = (1,)
    members = tuple(PROPOSERS)
    choices: ClassVar = {"members": members, "router": "rules"}


class RouteByModel(Route):
    """The same where a model routes."""

    stages = (1, 1)
    members = (*PROPOSERS, AGGREGATOR)
    choices: ClassVar = {"members": PROPOSERS, "router": AGGREGATOR}


class _First:
    """A sink that tells of the first piece of the answer."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._told = False

    def __call__(self, event: Event) -> None:
        if event["type"] == "answer.delta" and not self._told:
            self._told = True
            self._tell()


async def _answer(deliberation: Deliberation) -> str:
    try:
        outcome = await deliberation.outcome()
    except asyncio.CancelledError:
        await deliberation.cancel()
        raise
    return outcome["answer"]
