"""The command as a process of its own, with members whose model says what they do.

`scripted:says TEXT`, `scripted:says TEXT and hangs`, `scripted:fails KIND`, and `scripted:stubborn`, which has to be
cancelled a second time before it ends.
"""

import asyncio
import math
from collections.abc import AsyncGenerator
from typing import Any, cast

from symposium.cli.main import run
from symposium.ledger.records import CallFailed, Usage
from symposium.models import endpoints
from symposium.models.member import Member
from symposium.models.provider import Chunk, Feature, Request, Token


class Scripted:
    """An endpoint that does what its model's name says."""

    features: frozenset[Feature] = frozenset()

    def __init__(self, member: Member) -> None:
        self._does, _, self._what = member.target.partition(" ")

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        if self._does == "fails":
            raise CallFailed(cast(Any, self._what), f"scripted {self._what}")
        if self._does == "stubborn":
            await _until_cancelled_twice()
        text, hangs, _ = self._what.partition(" and hangs")
        yield Chunk(text=text, tokens=(Token(text, math.log(0.9)),))
        if hangs:
            await asyncio.Event().wait()
        yield Chunk(finish="stop", usage=Usage(input=10, output=5, estimated=False))

    async def aclose(self) -> None:
        pass


async def _until_cancelled_twice() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


if __name__ == "__main__":
    endpoints.PROVIDERS["scripted"] = Scripted
    run()
