"""A bundled mind: a GGUF file that knows which questions are not for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from symposium.ledger.records import CallFailed
from symposium.models.provider import Chunk, Feature, Request
from symposium.models.providers.gguf import GgufEndpoint
from symposium.models.zoo.outside import REFUSAL, outside


class BundledMind(GgufEndpoint):
    """A bundled model file; it refuses what lies outside its world before it is read."""

    features: frozenset[Feature] = GgufEndpoint.features - {"chat"}  # it knows questions, no instructions

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield the reply as any GGUF file does.

        What is forced, or goes on from a prefix, is about a question that has been taken already.

        Raises:
            CallFailed: "refused" where the last message lies outside the minds' world; else as `GgufEndpoint.stream`.
        """
        if not (request.forced or request.prefix) and await _outside(request.messages[-1]["content"]):
            raise CallFailed("refused", REFUSAL)
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk


async def _outside(question: str) -> bool:
    """Look across the border; a thread reads the file, which takes as long as a short reply."""
    return await asyncio.to_thread(outside, question)
