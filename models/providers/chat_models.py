"""Every other provider of langchain's `init_chat_model`, by one endpoint over its chat models; extra `providers`."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from symposium.ledger.records import CallFailed, ConfigurationError, FailureKind, Usage
from symposium.models.capabilities import NOT_OVER_LANGCHAIN, of
from symposium.models.member import Member
from symposium.models.provider import Chunk, Declined, Feature, Lacking, Request
from symposium.models.providers.failures import failed, inline, lacking, plain, told
from symposium.models.providers.hosted_reply import FINISHES
from symposium.models.providers.thoughts import Thoughts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import RunnableConfig

BY_NAME: Mapping[FailureKind, re.Pattern[str]] = {
    "timeout": re.compile("timeout", re.I),
    "malformed": re.compile("decode|validation", re.I),
    "network": re.compile("connect|network|protocol|readerror|writeerror|closed", re.I),
}
"""What the name of an SDK's exception tells where it holds no status, the first that is found; else "server"."""
RETRIES = "max_retries"
OVER_BOTO = ("bedrock", "bedrock_converse")  # their client retries by its own configuration


class ChatModelEndpoint:
    """A chat model of langchain; made once per sampling and event loop, since its client belongs to that.

    Its own retries are switched off where it lets them be. It gives neither log-probabilities nor JSON after a schema:
    each integration has its own way for these.
    """

    def __init__(self, member: Member, secret: str | None) -> None:
        self._member, self._secret = member, secret
        self._learnt = of(member.model, member.base_url)
        self._models: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, BaseChatModel]] = WeakKeyDictionary()

    @property
    def features(self) -> frozenset[Feature]:
        """What it can do beside answering, as far as known."""
        return self._learnt.features - NOT_OVER_LANGCHAIN

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield the reply as it comes, as one chunk where the request is not `live`.

        Raises:
            CallFailed: the call failed, with its kind.
            Lacking: a parameter was turned down, and is left out from now on.
            ConfigurationError: the integration does not take the member's options, or misses something of its own.
        """
        sampling = self._sampling(request)
        model = await self._model(sampling)
        messages, reading = [dict(message) for message in request.messages], _Reading(self._secret)
        how: dict[str, Any] = {"config": _quiet(), "stop": list(request.stop) or None}
        try:
            if request.live:
                said = cast("AsyncGenerator[AIMessage, None]", model.astream(messages, **how))
                async with aclosing(said) as chunks:
                    async for message in chunks:
                        if chunk := reading.read(message):
                            yield chunk
                yield reading.end()
            else:
                yield reading.whole(await model.ainvoke(messages, **how))
        except CallFailed:
            raise
        except Exception as error:  # each SDK has errors of its own
            raise await self._failure(error, sampling) from error

    async def warm(self) -> None:
        """Import langchain, which takes the longest; nothing is sent."""
        await asyncio.to_thread(_langchain)

    async def aclose(self) -> None:
        """Let the clients go; they close what they hold."""
        self._models.clear()

    def _sampling(self, request: Request) -> dict[str, Any]:
        wanted: dict[str, Any] = {"temperature": request.temperature, "max_tokens": request.max_tokens}
        if request.top_p < 1:
            wanted["top_p"] = request.top_p
        return {name: value for name, value in wanted.items() if name not in self._learnt.without}

    async def _model(self, sampling: Mapping[str, Any]) -> "BaseChatModel":
        models = self._models.setdefault(asyncio.get_running_loop(), {})
        key = json.dumps(sampling)
        if key not in models:
            models[key] = await asyncio.to_thread(self._made, sampling)
        return models[key]

    def _made(self, sampling: Mapping[str, Any]) -> "BaseChatModel":
        where = {"base_url": self._member.base_url, "api_key": self._secret}
        given = {name: value for name, value in where.items() if value is not None}
        values = {**_unrepeated(self._member.provider), **sampling, **given, **self._member.options}
        try:
            made = self._init(**{RETRIES: 0, **values})
        except (TypeError, ValueError, ImportError):  # some take no such thing, and what else is wrong comes again
            made = None
        if made is not None and RETRIES in type(made).model_fields:
            return made
        return self._checked(values)  # else what a class does not know may be sent on

    def _init(self, **values: Any) -> "BaseChatModel":
        made: BaseChatModel = _langchain()(self._member.target, model_provider=self._member.provider, **values)
        return made

    def _checked(self, values: Mapping[str, Any]) -> "BaseChatModel":
        member = self._member
        try:
            return self._init(**values)
        except ValidationError as error:
            words = "; ".join(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}" for wrong in error.errors())
            raise ConfigurationError(f"member '{member.name}': {plain(words, secret=self._secret)}") from None
        except ImportError as error:
            raise ConfigurationError(f"member '{member.name}': {plain(str(error))}") from error

    async def _failure(self, error: Exception, sampling: Mapping[str, Any]) -> Exception:
        status, headers, body = _answered(error)
        if status is None:
            return self._unanswered(error)
        name = lacking(status, told(body), sampling.keys() - self._member.options.keys())
        if name is not None:
            return Lacking(await asyncio.to_thread(self._learnt.turned_down, name))
        return failed(status, headers, body, secret=self._secret)

    def _unanswered(self, error: Exception) -> CallFailed:
        body = getattr(error, "body", None)
        if body:  # an error in the middle of a stream
            return inline(body, secret=self._secret)
        name = type(error).__name__
        kinds: list[FailureKind] = [kind for kind, names in BY_NAME.items() if names.search(name)]
        return CallFailed(kinds[0] if kinds else "server", f"{name}: {plain(str(error), secret=self._secret)}")


class _Reading:
    """What a chat model has said so far."""

    def __init__(self, secret: str | None) -> None:
        self._secret = secret
        self._thoughts = Thoughts()
        self._usage: Usage | None = None
        self._finish = "stop"

    def read(self, message: "AIMessage") -> Chunk | None:
        """Take a message, or a piece of one.

        Raises:
            Declined: the model refuses.
        """
        self._usage = _usage(message) or self._usage
        self._finish = _finish(message) or self._finish
        if refusal := message.additional_kwargs.get("refusal"):
            raise Declined(plain(str(refusal), secret=self._secret))
        said, reasoning = "", ""
        for block in message.content_blocks:
            if block["type"] == "text":
                said += block["text"]
            elif block["type"] == "reasoning":
                reasoning += block.get("reasoning", "")
        thought, text = self._thoughts.feed(said)
        return Chunk(text=text, reasoning=reasoning + thought) if text or reasoning or thought else None

    def end(self) -> Chunk:
        """What was held back, the usage and why it ended."""
        thought, text = self._thoughts.end()
        return Chunk(text=text, reasoning=thought, usage=self._usage, finish=self._finish)

    def whole(self, message: "AIMessage") -> Chunk:
        """A whole message in one chunk."""
        first = self.read(message) or Chunk()
        last = self.end()
        text, reasoning = first.text + last.text, first.reasoning + last.reasoning
        return Chunk(text=text, reasoning=reasoning, usage=last.usage, finish=last.finish)


def _usage(message: "AIMessage") -> Usage | None:
    told = message.usage_metadata
    if not told:
        return None
    output = max(told["output_tokens"], told["total_tokens"] - told["input_tokens"])  # some count thinking in all alone
    usage = Usage(input=told["input_tokens"], output=output, estimated=False)
    cached = told.get("input_token_details", {}).get("cache_read")
    reasoning = told.get("output_token_details", {}).get("reasoning")
    if cached is not None:
        usage["cached"] = cached
    if reasoning is not None:
        usage["reasoning"] = reasoning
    return usage


def _finish(message: "AIMessage") -> str | None:
    told = message.response_metadata
    found = next((told[key] for key in ("finish_reason", "stop_reason", "done_reason") if told.get(key)), None)
    return FINISHES.get(str(found).lower(), str(found).lower()) if found else None


def _quiet() -> "RunnableConfig":
    """Let nobody hear of the call but a tracer, where tracing is switched on.

    Otherwise the graph's stream in mode `messages` would show the drafts as if they were the answer.
    """
    from langchain_core.callbacks import BaseCallbackManager
    from langchain_core.runnables.config import ensure_config
    from langchain_core.tracers import LangChainTracer

    inherited = ensure_config().get("callbacks")
    if not isinstance(inherited, BaseCallbackManager):
        return {"callbacks": []}
    kept = inherited.copy()
    kept.handlers = [handler for handler in kept.handlers if isinstance(handler, LangChainTracer)]
    kept.inheritable_handlers = [one for one in kept.inheritable_handlers if isinstance(one, LangChainTracer)]
    return {"callbacks": kept if kept.handlers else []}


def _answered(error: Exception) -> tuple[int | None, Mapping[str, str], str]:
    """Status, headers and body of the HTTP reply that an SDK's error stands for; no status where there was none."""
    response = getattr(error, "response", None)
    status = next((found for found in _statuses(error, response) if isinstance(found, int) and found >= 400), None)
    body = getattr(error, "body", None)
    words = json.dumps(body, default=str) if body else str(error)
    return status, dict(getattr(response, "headers", None) or {}), words


def _statuses(error: Exception, response: object) -> tuple[object, ...]:
    return getattr(error, "status_code", None), getattr(response, "status_code", None), getattr(error, "code", None)


def _unrepeated(provider: str) -> dict[str, Any]:
    """What switches off retries that are not a chat model's own."""
    if provider not in OVER_BOTO or not find_spec("botocore"):
        return {}
    return {"config": import_module("botocore.config").Config(retries={"total_max_attempts": 1})}


def _langchain() -> Any:
    from langchain.chat_models import init_chat_model

    return init_chat_model
