"""Chat completions, as OpenAI and everybody compatible with it take them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from symposium.models.provider import Request
from symposium.models.providers.hosted import Body, Hosted
from symposium.models.providers.hosted_reply import OpenAIReply
from symposium.models.providers.lines import Events

MOST_TOP = 20  # alternatives per token, at most
BOUNDS = ("max_completion_tokens", "max_tokens")  # newer models of OpenAI take the first, older servers the second
NEWER = "https://api.openai.com/"


class OpenAIEndpoint(Hosted):
    """A model behind `POST /chat/completions`."""

    optional: ClassVar = frozenset({"logprobs", "top_logprobs", "response_format", "stream_options", "seed"})

    def _body(self, request: Request) -> Body:
        without = self._learnt.without
        live = request.live and "stream" not in without
        body = {
            "model": self._target,
            "messages": request.messages,
            self._bound(): request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p if request.top_p < 1 else None,
            "seed": request.seed,
            "stop": request.stop or None,
            "response_format": self._form(request.schema),
            "stream": True if live else None,
            "stream_options": {"include_usage": True} if live else None,
        }
        if request.top_logprobs and "logprobs" not in without:
            body |= {"logprobs": True, "top_logprobs": min(request.top_logprobs, MOST_TOP)}
        return {name: value for name, value in body.items() if value is not None and name not in without}

    def _bound(self) -> str:
        """What this server calls the most tokens of a reply."""
        likely, other = BOUNDS if self._server.address.startswith(NEWER) else BOUNDS[::-1]
        return other if likely in self._learnt.without else likely

    def _form(self, schema: Mapping[str, Any] | None) -> Body | None:
        """How to ask for JSON: after the schema, else any, else not at all."""
        if schema is None or "json_object" in self._learnt.without:
            return None
        if "json_schema" in self._learnt.without:
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}

    def _parameter(self, name: str, sent: Body) -> str:
        return str(sent[name]["type"]) if name == "response_format" else name

    def _reply(self, *, scored: bool) -> OpenAIReply:
        return OpenAIReply(self._learnt, scored=scored, secret=self._server.secret)

    def _cut(self) -> Events:
        return Events()
