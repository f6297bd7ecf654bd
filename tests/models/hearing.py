"""What an endpoint says to one request, put together; for tests of the endpoints over a wire."""

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from symposium.ledger.records import Message, Usage
from symposium.models.endpoints import connect
from symposium.models.member import Member
from symposium.models.provider import Chunk, Lacking, Request, Token

QUESTION = (Message(role="system", content="Be brief."), Message(role="user", content="How many?"))


@dataclass(frozen=True)
class Heard:
    """A whole reply."""

    text: str
    reasoning: str
    tokens: tuple[Token, ...]
    usage: Usage | None
    finish: str | None
    chunks: int

    @property
    def token_texts(self) -> str:
        return "".join(token.text for token in self.tokens)


def request(**values: Any) -> Request:
    return Request(**{"messages": QUESTION, "max_tokens": 100, **values})


async def heard(member: Member, *, patient: bool = False, **values: Any) -> Heard:
    """Ask a member's endpoint; a `patient` one asks again for as long as something turns out to be lacking."""
    endpoint, chunks = await connect(member), list[Chunk]()
    while True:
        try:
            async with aclosing(endpoint.stream(request(**values))) as pieces:
                chunks = [chunk async for chunk in pieces]
            return joined(chunks)
        except Lacking:
            if not patient:
                raise


def joined(chunks: list[Chunk]) -> Heard:
    last = chunks[-1]
    assert all(chunk.finish is None and chunk.usage is None for chunk in chunks[:-1])
    return Heard(
        text="".join(chunk.text for chunk in chunks),
        reasoning="".join(chunk.reasoning for chunk in chunks),
        tokens=tuple(token for chunk in chunks for token in chunk.tokens),
        usage=last.usage,
        finish=last.finish,
        chunks=len(chunks),
    )
