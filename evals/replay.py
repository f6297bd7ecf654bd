"""Endpoints that say again what they said before, and keep what they say now."""

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from importlib.metadata import version
from pathlib import Path

from symposium.evals.record import Record, digest, reply_key
from symposium.models import zoo
from symposium.models.endpoints import Wrap
from symposium.models.member import Member
from symposium.models.provider import Chunk, Endpoint, Request

RECORDED = "gguf"  # the provider whose replies are the same for the same request; the others cost nothing or vary
# What shapes or refuses a reply.
RUNTIME = ("models/providers/gguf*.py", "models/zoo/*.py", "models/zoo/world.json.gz", "tools/ngrams.py")


def model_of(member: Member) -> str:
    """Name a model by its content where it is a file, with the runtime that reads it; else by its name."""
    if member.provider != RECORDED:
        return f"{member.model} {member.base_url or ''}".strip()
    path = zoo.find(member.target)
    return f"{_content(path, path.stat().st_mtime_ns)} {_runtime()}"


@cache
def _runtime() -> str:
    root = zoo.FOLDER.parent.parent
    files = sorted(path for pattern in RUNTIME for path in root.glob(pattern))
    return digest([version("xllamacpp"), *(_content(path, path.stat().st_mtime_ns) for path in files)])


@cache
def _content(path: Path, _written: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Replaying:
    """An endpoint that looks its replies up in the record; `fresh` counts the tokens of those that it had to ask for.

    A replayed reply comes in one piece with the tokens that were counted when it was made.
    """

    def __init__(self, endpoint: Endpoint, record: Record, *, model: str, fresh: Counter[str]) -> None:
        self.features = endpoint.features
        self._endpoint, self._record, self._model, self._fresh = endpoint, record, model, fresh

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield the recorded reply, else the endpoint's own, which is kept once it is whole."""
        key = reply_key(self._model, request)
        if (known := self._record.reply(key)) is not None:
            yield known
            return
        chunks: list[Chunk] = []
        async with aclosing(self._endpoint.stream(request)) as heard:
            async for chunk in heard:
                chunks.append(chunk)
                yield chunk
        self._record.keep_reply(key, chunks)
        usages = [chunk.usage for chunk in chunks if chunk.usage]
        self._fresh[self._model] += sum(usage["input"] + usage["output"] for usage in usages[-1:])

    async def warm(self) -> None:
        """Make the endpoint ready."""
        await self._endpoint.warm()

    async def aclose(self) -> None:
        """Close the endpoint."""
        await self._endpoint.aclose()


def replaying(record: Record, fresh: Counter[str]) -> Wrap:
    """Make the wrap that lets every model file's replies be looked up in the record first."""

    def wrap(member: Member, endpoint: Endpoint) -> Endpoint:
        if member.provider != RECORDED:
            return endpoint
        return Replaying(endpoint, record, model=model_of(member), fresh=fresh)

    return wrap
