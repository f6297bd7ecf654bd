"""A model behind HTTP: send a request, read the reply as it comes, and learn from what is turned down."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Any, ClassVar

from aiohttp import ClientResponse

from symposium.ledger.records import CallFailed
from symposium.models.capabilities import Capabilities
from symposium.models.provider import Chunk, Feature, Lacking, Request
from symposium.models.providers.failures import lacking
from symposium.models.providers.hosted_reply import Reply
from symposium.models.providers.lines import Events, Records
from symposium.models.providers.wire import Refused, Server, received

Body = dict[str, Any]
NEEDED = frozenset({"model", "messages", "options"})  # what no request can be without
PAGE = "text/html"  # what a login page or a gateway's error with status 200 is


class Hosted(ABC):
    """A model of a server; one wire format is a subclass of this.

    What the server turns down for a parameter that it does not take is left out from then on. A member's own `options`
    stand as they are: where they are turned down, the call fails.
    """

    optional: ClassVar[Collection[str]] = ()
    """Parameters that are left out wherever a refusal names them, not only where it says that it knows none such."""
    one_piece: ClassVar[Collection[str]] = (PAGE, "application/json")
    """The kinds of content that are no stream, though one was asked for."""

    def __init__(self, target: str, server: Server, learnt: Capabilities, options: Mapping[str, Any]) -> None:
        self._target, self._server, self._learnt, self._options = target, server, learnt, options

    @property
    def features(self) -> frozenset[Feature]:
        """What it can do beside answering, as far as known."""
        return self._learnt.features

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield the reply as it comes, as one chunk where the request is not `live`.

        Raises:
            CallFailed: the call failed, with its kind.
            Lacking: a parameter was turned down, and is left out from now on.
        """
        sent, reply = self._body(request), self._reply(scored=request.top_logprobs > 0)
        try:
            async with self._server.post(self._with_options(sent)) as response:
                streamed = self._streamed(response, asked=bool(sent.get("stream")))
                if not streamed:
                    yield reply.whole(await response.read())
                else:
                    cut = self._cut()
                    while piece := await received(response.content):
                        for text in cut.feed(piece):
                            if chunk := reply.read(text):
                                yield chunk
                        if reply.ended:
                            break
                    for text in cut.end():
                        if chunk := reply.read(text):
                            yield chunk
                    yield reply.end()
                reply.check()
                if sent.get("stream"):
                    self._learnt.saw("streaming", streamed)
        except Refused as refused:
            raise await self._refusal(refused, sent) from None

    async def warm(self) -> None:
        """Open this loop's session; nothing is sent."""
        await self._server.warm()

    async def aclose(self) -> None:
        """Close the connections with the last endpoint that uses them."""
        await self._server.leave()

    @abstractmethod
    def _body(self, request: Request) -> Body:
        """The request in the server's words, without what it is known not to take."""

    @abstractmethod
    def _reply(self, *, scored: bool) -> Reply: ...

    @abstractmethod
    def _cut(self) -> Events | Records: ...

    def _with_options(self, body: Body) -> Body:
        return {**body, **self._options} if self._options else body

    def _parameter(self, name: str, sent: Body) -> str:
        """The name under which it is remembered that a parameter was turned down."""
        return name

    def _failed(self, refused: Refused) -> CallFailed:
        return self._server.failed(refused)

    def _streamed(self, response: ClientResponse, *, asked: bool) -> bool:
        """Whether the reply comes as a stream; one that was `asked` for does unless its kind says otherwise."""
        kind = response.content_type
        return kind in ("text/event-stream", "application/x-ndjson") or (asked and kind not in self.one_piece)

    async def _refusal(self, refused: Refused, sent: Body) -> Exception:
        ours = sent.keys() - self._options.keys() - NEEDED
        name = lacking(refused.status, refused.told, ours, optional=self.optional)
        if name is None:
            return self._failed(refused)
        return Lacking(await asyncio.to_thread(self._learnt.turned_down, self._parameter(name, sent)))
