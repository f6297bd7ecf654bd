"""What a provider is: a way to reach a model, one streamed call at a time."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from symposium.ledger.records import CallFailed, Message, Usage

Feature = Literal[
    "forced", "prefix", "checks", "chat", "sampling", "logprobs", "schema", "tools", "n", "streaming", "thinking"
]
"""What an endpoint can do beside answering.

It takes a request's `forced` or `prefix`, or checks written steps exactly; it follows instructions ("chat") and a
request's temperature, seed and bound ("sampling"); it gives log-probabilities, JSON after a schema, tool calls, several
replies to one request, a reply piece by piece, or its thinking apart from the answer.
"""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call: messages and sampling. `max_tokens` is enforced by the provider where it can.

    A reply with a `prefix` begins with that text, and the model goes on from there; what is streamed is what it adds.
    With `forced` it adds exactly that text, so that its tokens tell how likely the model finds it (teacher forcing).
    With a `schema` (JSON Schema) the reply is JSON after it, where the provider can; `live` asks for the reply piece by
    piece, otherwise it may come as one chunk.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_logprobs: int = 0
    prefix: str = ""
    forced: str = ""
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    live: bool = True


class Declined(CallFailed):
    """The model itself refused, in its own words; a server's refusal to take the request is no such thing."""

    def __init__(self, words: str) -> None:
        super().__init__("refused", f"the model refuses: {words}")


class Lacking(Exception):
    """An endpoint turned a request down for one feature that it lacks, and now knows; the call may be made again."""

    def __init__(self, feature: Feature) -> None:
        super().__init__(feature)
        self.feature: Feature = feature


@dataclass(frozen=True)
class Token:
    """One generated token with its natural log-probability and, if asked for, the likeliest alternatives."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A piece of a reply; `usage` and `finish` ("stop", "length", ...) come with the last one.

    Of a usage that is `estimated` a count of 0 has not been told.
    """

    text: str = ""
    reasoning: str = ""
    tokens: tuple[Token, ...] = ()
    usage: Usage | None = None
    finish: str | None = None


class Endpoint(Protocol):
    """A model that can be called; safe for several calls at once on one event loop."""

    @property
    def features(self) -> frozenset[Feature]:
        """What it can do beside answering."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield the reply as it comes.

        Closing the generator or cancelling the task stops the generation within half a second.

        Raises:
            CallFailed: the call failed, with its kind.
            Lacking: the request needs a feature that this endpoint has just been found to lack; the same request will
                be made without it the next time.
            ModelFileError: the model's file is missing, truncated or foreign.
        """
        ...

    async def warm(self) -> None:
        """Do now what the first call would have to do first; the call itself tells what fails."""
        ...

    async def aclose(self) -> None:
        """Release what the endpoint holds: clients, threads, memory."""
        ...
