"""The provider `gguf:<bundled name or path>`: a model file run in this process by llama.cpp."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from symposium.ledger.records import CallFailed, Message
from symposium.models import zoo
from symposium.models.provider import Chunk, Feature, Request
from symposium.models.providers.gguf_engine import Body, Engine, Lease, Task
from symposium.models.providers.gguf_reply import Forced, Gauge, Reader, Reply

RANDOM = 0xFFFFFFFF  # llama.cpp's seeds are 32 bits wide; this one means a new one each time


class GgufEndpoint:
    """One model file; loaded by the first call, shared with every endpoint of that file, usable from any loop."""

    features: frozenset[Feature] = frozenset({"forced", "prefix", "chat", "sampling", "logprobs", "streaming"})

    def __init__(self, target: str) -> None:
        self._target = target
        self._lease: Lease | None = None
        self._leasing = threading.Lock()
        self._closings = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield the reply token by token, each with its log-probability.

        The prompt is laid out by the model's own chat template. Log-probabilities are the model's, before temperature
        and top-p; a character that is spread over several tokens counts as one, with the last one's. With Q8_0 weights
        a reply is the same to the last bit whatever else is running; with 16- and 32-bit weights what shares a batch
        moves log-probabilities by up to 0.01, so that a near tie may fall otherwise. A forced reply is held by a
        grammar; where it can be cut into tokens in several ways, the likeliest next token is taken.

        Raises:
            CallFailed: "context" (the prompt, or a forced reply, is longer than a slot), "refused", "server", or
                "cancelled" by `aclose`.
            ModelFileError: the file is missing, truncated, foreign or unsupported.
        """
        async with aclosing(self._converse("chat", _body(request), _reader(request))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def warm(self) -> None:
        """Load the model now, so that no request of another model runs meanwhile."""
        await self._engine()

    async def count(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt as the model's chat template lays it out, without evaluating it."""
        return await self._gauge("chat", {"messages": list(messages)})

    async def count_tokens(self, text: str) -> int:
        """Count the tokens of a text, a leading token that the model always wants included."""
        return await self._gauge("text", {"prompt": text})

    async def context(self) -> int:
        """Tell how many tokens a prompt and its reply may have together."""
        return (await self._engine()).context

    async def aclose(self) -> None:
        """Give the model back; with its last endpoint its threads end and its memory is freed."""
        self._closings += 1
        await asyncio.to_thread(self._give_back)

    async def _gauge(self, task: Task, body: Body) -> int:
        body = body | {"max_tokens": 1, "return_progress": True, "cache_prompt": False}
        async with aclosing(self._converse(task, body, Gauge())) as chunks:
            async for chunk in chunks:
                if chunk.usage:
                    return chunk.usage["input"]
        raise CallFailed("malformed", "llama.cpp did not tell the length of the prompt")

    async def _converse(self, task: Task, body: Body, reader: Reader) -> AsyncGenerator[Chunk, None]:
        engine = await self._engine()
        line = _Line()
        work = engine.submit(lambda: _speak(engine, task, body, reader, line))
        try:
            while (item := await line.heard.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            line.hung_up = True
            work.cancel()

    async def _engine(self) -> Engine:
        lease = self._lease
        if lease is None:
            lease = await asyncio.to_thread(self._take, self._closings)
        return lease.engine

    def _take(self, closings: int) -> Lease:
        with self._leasing:
            if closings != self._closings:  # closed while the call was on its way: nobody would give it back
                raise CallFailed("cancelled", f"the model '{self._target}' was closed")
            if self._lease is None:
                self._lease = Lease(zoo.find(self._target))
            return self._lease

    def _give_back(self) -> None:
        with self._leasing:
            lease, self._lease = self._lease, None
        if lease is not None:
            lease.end()


class _Line:
    """Carries chunks, a failure or the end (None) from a thread to the loop that listens."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.heard: asyncio.Queue[Chunk | BaseException | None] = asyncio.Queue()
        self.hung_up = False

    def say(self, *items: Chunk | BaseException | None) -> None:
        try:
            for item in items:
                self._loop.call_soon_threadsafe(self.heard.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody listens any more
            self.hung_up = True


def _speak(engine: Engine, task: Task, body: Body, reader: Reader, line: _Line) -> None:
    """Run one request in a thread and say on the line what comes of it."""
    failure: BaseException | None = None

    def hear(piece: Body) -> bool:
        nonlocal failure
        if not line.hung_up:
            try:
                line.say(*reader.read(piece))
            except Exception as error:  # must not unwind through llama.cpp
                failure = error if isinstance(error, CallFailed) else _unknown(piece, error)
        return line.hung_up or reader.ended or failure is not None

    if line.hung_up:
        return
    try:
        engine.run(task, body, hear)
    except Exception as error:  # whatever it is, somebody waits for it
        failure = error
    if failure is None and not reader.ended:
        failure = CallFailed("truncated", "llama.cpp ended the reply without saying why")
    line.say(failure)


def _unknown(piece: Body, error: Exception) -> CallFailed:
    failed = CallFailed("malformed", f"llama.cpp said what nobody here understands: {str(piece)[:200]}")
    failed.__cause__ = error
    return failed


def _body(request: Request) -> Body:
    """The request in llama.cpp's words.

    Only what was asked for shapes the sampling, not the defaults of llama.cpp or of the file. No log-probabilities
    come without at least one alternative.
    """
    body: Body = {
        "messages": [*request.messages, *_begun(request.prefix)],
        "max_tokens": request.max_tokens,
        "samplers": ["temperature", "top_p"],
        "temperature": request.temperature,
        "top_p": request.top_p,
        "logprobs": True,
        "top_logprobs": max(1, request.top_logprobs),
        "return_progress": True,
        "timings_per_token": True,
        "stream_options": {"include_usage": True},
    }
    if request.forced:
        body |= {"grammar": _literally(request.forced), "max_tokens": len(request.forced.encode()) + 1}
    return body if request.seed is None else body | {"seed": request.seed % RANDOM}


def _reader(request: Request) -> Reply:
    if request.forced:
        return Forced(request.forced, tops=request.top_logprobs)
    return Reply(stop=request.stop, tops=request.top_logprobs)


def _begun(prefix: str) -> list[Message]:
    """A reply that has begun: llama.cpp lays an assistant's last message out behind the prompt and goes on from it."""
    return [Message(role="assistant", content=prefix)] if prefix else []


def _literally(text: str) -> str:
    """A grammar (GBNF) that allows this text alone."""
    return f"root ::= {json.dumps(text, ensure_ascii=False)}"
