"""Chat with the models of an Ollama server.

Its own client is left to listing and pulling: over httpx a call costs 0.7 ms of CPU, and 3.5 ms with 64 in flight.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from symposium.ledger.records import CallFailed
from symposium.models.capabilities import Capabilities
from symposium.models.member import turn_tokens
from symposium.models.provider import Request
from symposium.models.providers.hosted import PAGE, Body, Hosted
from symposium.models.providers.hosted_reply import OllamaReply
from symposium.models.providers.lines import Records
from symposium.models.providers.wire import Refused, Server

USUAL_CONTEXT = 4096  # tokens that Ollama reserves unless told otherwise; of longer prompts it drops the beginning
TOP_LEVEL = frozenset({"keep_alive", "think", "format", "tools", "truncate", "shift"})


class OllamaEndpoint(Hosted):
    """A model behind `POST /api/chat`; an `option` is the request's own or else one of the runner, such as num_gpu."""

    optional: ClassVar = frozenset({"logprobs", "top_logprobs", "format"})
    one_piece: ClassVar = (PAGE,)  # a whole reply is one line, so that JSON may be either

    def __init__(
        self,
        target: str,
        server: Server,
        learnt: Capabilities,
        options: Mapping[str, Any],
        *,
        context: int | None = None,
    ) -> None:
        super().__init__(target, server, learnt, options)
        self._context, self._most = USUAL_CONTEXT, context

    def _body(self, request: Request) -> Body:
        body: Body = {
            "model": self._target,
            "messages": request.messages,
            "stream": request.live,
            "options": self._sampling(request),
            "format": request.schema,
        }
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        return {name: value for name, value in body.items() if value is not None and name not in self._learnt.without}

    def _sampling(self, request: Request) -> Body:
        options: Body = {
            "num_predict": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,  # Ollama's own default is 0.9
            "seed": request.seed,
            "stop": request.stop or None,
            "num_ctx": self._room(request),
        }
        return {name: value for name, value in options.items() if value is not None}

    def _room(self, request: Request) -> int | None:
        """The context to ask for, None where the usual one does; it only grows: another one loads the model anew."""
        needed = sum(turn_tokens(message["content"]) for message in request.messages) + request.max_tokens
        while self._context < needed:
            self._context *= 2
        if self._context <= USUAL_CONTEXT:
            return None
        return min(self._context, self._most or self._context)

    def _with_options(self, body: Body) -> Body:
        own = {name: value for name, value in self._options.items() if name in TOP_LEVEL}
        sampling = {name: value for name, value in self._options.items() if name not in TOP_LEVEL}
        return {**body, **own, "options": {**body["options"], **sampling}}

    def _failed(self, refused: Refused) -> CallFailed:
        failure = super()._failed(refused)
        if failure.kind == "missing-model":
            return CallFailed("missing-model", f"{failure}; get it with: ollama pull {self._target}")
        return failure

    def _reply(self, *, scored: bool) -> OllamaReply:
        return OllamaReply(self._learnt, scored=scored, secret=self._server.secret)

    def _cut(self) -> Records:
        return Records()
