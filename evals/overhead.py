"""What orchestrating costs: adapters with which a benchmark of orchestrators asks through the real house.

A benchmark makes an adapter (that is its start-up), asks it many questions, and compares times and CPU with the calls
that reach its server. The server and its models come from the environment: MOCK_URL, MOCK_MODELS, MOCK_AGGREGATOR.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import ClassVar

from symposium.evals.served import served
from symposium.graphs import Deliberation, prepare, start
from symposium.ledger.records import Event

URL = os.environ.get("MOCK_URL", "http://127.0.0.1:9100/v1")
PROPOSERS = os.environ.get("MOCK_MODELS", "p1,p2,p3,p4").split(",")
AGGREGATOR = os.environ.get("MOCK_AGGREGATOR", "agg")
DEADLINE = 10.0  # seconds of a request


class Moa:
    """A mixture of agents: the proposers in parallel, then the aggregator; the ledger lies in memory."""

    stages: ClassVar[list[int]] = [len(PROPOSERS), 1]  # calls of each stage
    on_disk: ClassVar[bool] = False

    def __init__(self, url: str = URL) -> None:
        self._settings = ExitStack()
        choices = {"graph": "moa", "proposer_models": PROPOSERS, "aggregator_model": AGGREGATOR, "timeout": DEADLINE}
        members = dict.fromkeys([*PROPOSERS, AGGREGATOR])
        self._settings.enter_context(served(url, [*members], on_disk=self.on_disk, **choices))
        prepare("moa")

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


class MoaOnDisk(Moa):
    """The same with the ledger in a file."""

    on_disk = True


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
