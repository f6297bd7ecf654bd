"""A server for tests that speaks the OpenAI and the Ollama wire formats over a real socket on the loopback.

It has a thread and an event loop of its own, so that tests in this process and commands in processes of their own can
call it alike. The fixture `wire` of conftest.py gives one per test and closes it; a test module takes the rest from
here (`from wire import Reply, Wire, asked, obeying, tail`).

    wire.model("p1", "Answer: 42")                          # one line, said again and again
    wire.model("p2", "first", Reply("second", finish="length"))      # one line per call, the last one again and again
    wire.model("p3", lambda body: "Answer: " + asked(body)[-1])      # a function of the request's body
    wire.model("judge", obeying(score=0.9))                 # JSON after the schema that the request carries
    wire.model("p4", "Answer: 42", lacks={"logprobs"}, latency=[0.01, 0.06], pace=0.001)
    wire.model("p1").fail("429", first=1, retry_after=0.05) # the same model again: what it says stays; see FAULTS

    wire.url       http://127.0.0.1:PORT      base URL of the Ollama format
    wire.openai    http://127.0.0.1:PORT/v1   base URL of the OpenAI format
    wire.calls     every chat request so far: model, body, headers, at, status, disconnected, connection, cached ...
    wire.calls_of("p1")     those of one model
    wire.in_flight, wire.most_in_flight, wire.open_connections, wire.connections (opened so far)
    wire.wait(claim, within=5) / await wire.until(claim)     wait until a claim on these holds; False if it never does
    wire.cacheable("p1", "p2")  the share of those models' prompt tokens that a provider's prefix cache would have held
    wire.key = "sk-..."     from now on only requests with this bearer key are served, others get a 401
    wire.clear()            forget models, calls and prefixes; connections stay

`POST /v1/chat/completions` (stream or not, n, logprobs and top_logprobs, usage and stream_options.include_usage,
cached tokens, tools, response_format as the script answers it, reasoning, refusal, finish reasons), `GET /v1/models`;
`POST /api/chat` (NDJSON or not, logprobs, thinking, counts, done_reason, tools, format as the script answers it),
`/api/tags`, `/api/show`, `/api/ps`, `/api/version`. A model nobody scripted is a 404, unless "*" is scripted.

What a model `lacks` (names of the request's keys) is refused with a 400, as the providers do, worded in its `manner`;
`lacks={"json_schema"}` refuses a response_format of that type only. What it `ignores` is passed over in silence. A
script that raises gets its test failed when the server closes.
"""

import asyncio
import hashlib
import json
import math
import random
import re
import socket
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

BLOCK, CHARACTERS = 128, 4  # tokens of a block of the prefix cache; characters of a token
TOKEN = re.compile(r"\s*\S{1,4}|\s+")
Fault = Literal[
    "400", "401", "402", "403", "404", "429", "quota", "500", "502", "503", "529", "context", "content",
    "malformed",  # what should be JSON is none: in a stream after `after` pieces, else the whole body
    "empty",  # a good reply without any text
    "reset",  # the connection breaks after `after` pieces of a stream, or in the middle of a body
    "truncated",  # the stream ends after `after` pieces without a finish; the body ends before its length
    "inline",  # an error object with status 200: after `after` pieces of a stream, or in place of the reply
    "slow",  # `factor` times the latency and the pace
    "stall",  # nothing more comes after `after` pieces of a stream, or after half the body
    "hang",  # nothing ever comes
]  # fmt: skip
Manner = Literal["openai", "vllm", "fastapi", "text"]  # how a server of the OpenAI format words its errors
FAULTS: tuple[Fault, ...] = ("500", "429", "malformed", "empty", "reset", "truncated", "slow", "hang")


@dataclass(frozen=True)
class Problem:
    """An error as a provider tells it: status, message, and OpenAI's `type` and `code`."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None


PROBLEMS: dict[str, Problem] = {
    "400": Problem(400, "Invalid value for 'messages'.", code="invalid_value"),
    "401": Problem(401, "Incorrect API key provided: {key}. You can find your API key at ...", code="invalid_api_key"),
    "402": Problem(402, "Insufficient credits. Add more and try again.", "billing_error", "insufficient_credits"),
    "403": Problem(403, "Project does not have access to model {model}.", "permission_error", "permission_denied"),
    "404": Problem(404, "The model `{model}` does not exist or you do not have access to it.", code="model_not_found"),
    "429": Problem(429, "Rate limit reached for {model} on requests per min.", "requests", "rate_limit_exceeded"),
    "quota": Problem(429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota"),
    "500": Problem(500, "The server had an error while processing your request.", "server_error"),
    "502": Problem(502, "Bad gateway", "server_error"),
    "503": Problem(503, "The engine is currently overloaded, please try again later.", "server_error"),
    "529": Problem(529, "Overloaded", "overloaded_error"),
    "context": Problem(
        400,
        "This model's maximum context length is {context} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages.",
        code="context_length_exceeded",
        param="messages",
    ),
    "content": Problem(400, "The response was filtered due to our content policy.", code="content_filter"),
}
OLLAMA = {  # Ollama's own words
    "404": "model '{model}' not found",
    "503": "server busy, please try again. maximum pending requests exceeded",
    "500": "llama runner process has terminated: exit status 2",
}


@dataclass(frozen=True)
class Reply:
    """What a model says to one request, how, and what goes wrong with it.

    `finish` is OpenAI's finish_reason or Ollama's done_reason. `probability` of each token, None: log-probabilities are
    left out although asked for. `tool_calls` are names with their arguments. `retry_after` is seconds, or a string as
    the header gives it. `usage` overrides what is counted, by the provider's own keys. `message` replaces the words
    of an error.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str | None = None
    finish: str | None = None
    tool_calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    probability: float | None = 0.9
    usage: Mapping[str, Any] | None = None
    fault: Fault | None = None
    retry_after: float | str | None = None
    message: str = ""
    after: int = 1
    factor: float = 10.0

    @property
    def ending(self) -> str:
        """Why the reply ends."""
        return self.finish or ("tool_calls" if self.tool_calls else "stop")


Line = Reply | str
Body = dict[str, Any]
Script = Callable[[Body], Line]
Latency = float | Sequence[float] | Callable[[int], float]


def said(value: object) -> str:
    """A reply's text of a value: JSON after a schema."""
    return json.dumps(value, ensure_ascii=False)


def asked(body: Body) -> str:
    """Everything a request shows the model, in order, each message behind its role."""
    return "\n".join(f"<{message.get('role')}>{_text(message.get('content'))}" for message in body["messages"])


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def obeying(text: str = "Answer: 42", **values: Any) -> Script:
    """A script of JSON after the request's schema, or of `text` where it has none; `values` go by property name.

    Where no value is given for a property, it is the first of every choice and the greatest number allowed.
    """
    return lambda body: text if (schema := schema_of(body)) is None else said(_instance(schema, schema, values))


def schema_of(body: Body) -> dict[str, Any] | None:
    """The JSON schema that a request asks for, in either format."""
    asked_for = (body.get("response_format") or {}).get("json_schema", {}).get("schema") or body.get("format")
    return asked_for if isinstance(asked_for, dict) else None


def _instance(schema: Mapping[str, Any], root: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    choice = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if "$ref" in schema:
        value = _instance(root["$defs"][schema["$ref"].rpartition("/")[2]], root, values)
    elif choice:
        value = _instance(choice[0], root, values)
    elif schema.get("type") == "object":
        parts = schema.get("properties", {}).items()
        value = {name: values[name] if name in values else _instance(part, root, values) for name, part in parts}
    elif schema.get("type") == "array":
        value = [_instance(schema["items"], root, values) for _ in range(schema.get("minItems", 1))]
    else:
        plain = {"number": schema.get("maximum", 1), "integer": schema.get("maximum", 1), "boolean": True}
        value = schema.get("const", schema.get("enum", [plain.get(schema.get("type", ""), "because")])[0])
    return value


def tail(usual: float, *, share: float = 0.03, factor: float = 6.0, seed: int = 0) -> Callable[[int], float]:
    """A latency of `usual` seconds, and `factor` times that for a `share` of the calls, by the number of the call."""
    return lambda number: usual * (factor if random.Random(seed * 1_000_003 + number).random() < share else 1.0)


@dataclass
class Model:
    """A scripted model; see the module's words."""

    name: str
    script: Script | Sequence[Line]
    lacks: Collection[str] = ()
    ignores: Collection[str] = ()
    latency: Latency = 0.0
    pace: float = 0.0  # seconds from piece to piece
    chunk: int = 1  # tokens of a piece
    context: int | None = None  # tokens; longer prompts are refused
    capabilities: Sequence[str] = ("completion", "tools")
    reasoning_key: str = "reasoning_content"
    manner: Manner = "openai"
    counts: bool = True  # False: usage is never told
    fault: Mapping[str, Any] | None = None
    failing: int | None = None  # calls that will yet go wrong, None: all
    heard: int = 0
    prefixes: set[bytes] = field(default_factory=set)

    def fail(self, fault: Fault, *, first: int | None = None, **how: Any) -> "Model":
        """Go wrong from now on, or the `first` so many times; `how` are fields of Reply, such as retry_after."""
        self.fault, self.failing = {"fault": fault, **how}, first
        return self

    def mend(self) -> None:
        """Go wrong no more."""
        self.fault = None

    def line(self, number: int, body: Body) -> Reply:
        """The reply to the call of that number, from 0."""
        line = self.script(body) if callable(self.script) else self.script[min(number, len(self.script) - 1)]
        reply = Reply(line) if isinstance(line, str) else line
        if self.fault is None or self.failing == 0:
            return reply
        self.failing = None if self.failing is None else self.failing - 1
        return replace(reply, **self.fault)

    def wait(self, number: int) -> float:
        """Seconds until the first piece of that call."""
        if callable(self.latency):
            return self.latency(number)
        if isinstance(self.latency, Sequence):
            return self.latency[min(number, len(self.latency) - 1)]
        return self.latency

    def cached(self, prompt: str) -> int:
        """Tokens of whole blocks at the prompt's beginning that this model has read before; it reads them now."""
        size, chain, hits, known = BLOCK * CHARACTERS, b"", 0, True
        for start in range(0, len(prompt) - size + 1, size):
            chain = hashlib.md5(chain + prompt[start : start + size].encode()).digest()
            known = known and chain in self.prefixes
            hits += BLOCK if known else 0
            self.prefixes.add(chain)
        return hits


@dataclass
class Call:
    """One chat request; `status` is None until it is answered, 0 after a reset; `at` and `ended` are monotonic.

    `disconnected`: the client left before the reply was complete. `cached` of the `prompt_tokens` lay in the simulated
    prefix cache.
    """

    number: int
    path: str
    model: str
    body: Body
    headers: Mapping[str, str]
    connection: int
    at: float
    ended: float | None = None
    status: int | None = None
    disconnected: bool = False
    prompt_tokens: int = 0
    cached: int = 0
    pieces: int = 0
    fault: str | None = None

    @property
    def stream(self) -> bool:
        """The reply was wanted piece by piece; Ollama streams unless told otherwise."""
        return bool(self.body.get("stream", self.path.startswith("/api/")))


class Wire:
    """The server; see the module's words."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.models: dict[str, Model] = {}
        self.calls: list[Call] = []
        self.connections = self.most_in_flight = 0
        self.errors: list[Exception] = []
        self._open: dict[int, _Connection] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.openai = f"{self.url}/v1"
        self._thread = threading.Thread(target=self._serve, name="wire", daemon=True)
        self._serving = threading.Event()
        self._thread.start()
        self._serving.wait()

    def model(self, name: str, *lines: Line | Script, **ways: Any) -> Model:
        """Script a model, or find one that is scripted; `ways` are the fields of Model."""
        if lines or name not in self.models:
            script: Any = lines[0] if lines and callable(lines[0]) else lines or ("Answer: 42",)
            self.models[name] = Model(name, script, **ways)
        return self.models[name]

    def calls_of(self, model: str) -> list[Call]:
        """The chat requests to one model so far, in the order they came."""
        return [call for call in self.calls if call.model == model]

    @property
    def open_connections(self) -> int:
        """How many connections clients hold open now."""
        return len(self._open)

    @property
    def in_flight(self) -> int:
        """How many chat requests are being answered now."""
        return sum(call.ended is None for call in self.calls)

    def cacheable(self, *models: str) -> float:
        """The share (0..1) of the prompt tokens of those models, or all, that lay in the prefix cache."""
        calls = [call for call in self.calls if not models or call.model in models]
        return sum(call.cached for call in calls) / max(1, sum(call.prompt_tokens for call in calls))

    def wait(self, claim: Callable[[], bool], *, within: float = 5.0) -> bool:
        """Wait until a claim on this server holds; False where it does not within so many seconds."""
        with self._changed:
            return self._changed.wait_for(claim, within)

    async def until(self, claim: Callable[[], bool], *, within: float = 5.0) -> bool:
        """Do as `wait`, on an event loop that goes on."""
        return await asyncio.to_thread(self.wait, claim, within=within)

    def clear(self) -> None:
        """Forget models, calls, errors and the key."""
        self.key, self.models, self.calls, self.errors = None, {}, [], []
        self.connections = self.most_in_flight = 0

    def close(self) -> None:
        """Cut every connection and end the thread.

        Raises:
            Exception: what a script raised, the first of it.
        """
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        if self.errors:
            raise self.errors[0]

    def _serve(self) -> None:
        loop = self._loop
        server = loop.run_until_complete(loop.create_server(lambda: _Connection(self), sock=self._socket))
        loop.call_soon(self._serving.set)
        loop.run_forever()
        server.close()
        for connection in list(self._open.values()):
            connection.transport.abort()
        loop.run_until_complete(self._ended())
        loop.close()

    async def _ended(self) -> None:
        """Let what was cut come to its end."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._open:
            await asyncio.sleep(0)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes


class _Connection(asyncio.Protocol):
    """One connection: requests come one after another and are answered in that order."""

    transport: asyncio.Transport

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.number = 0
        self._buffer = b""
        self._requests: list[_Request] = []
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # a TCP server's are read-write
        self.wire.connections += 1
        self.number = self.wire.connections
        self.wire._open[self.number] = self
        self.wire._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()
        del self.wire._open[self.number]
        self.wire._tell()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (request := self._next()) is not None:
            self._requests.append(request)
        if self._requests and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._serve())

    def _next(self) -> _Request | None:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", 0))
        if not found or len(rest) < size:
            return None
        self._buffer = rest[size:]
        method, path, _ = first.split(" ")
        return _Request(method, path.partition("?")[0], headers, rest[:size])

    async def _serve(self) -> None:
        while self._requests:
            request = self._requests.pop(0)
            try:
                await self._answer(request)
            except Exception as error:
                self.wire.errors.append(error)
                self.send(500, {"error": f"the script broke: {error!r}"})

    async def _answer(self, request: _Request) -> None:
        place = request.method, request.path
        if place in CHATS:
            await self._chat(request, CHATS[place])
        elif place in PLACES:
            self.send(200, PLACES[place](self.wire))
        elif place == ("POST", "/api/show"):
            self._show(json.loads(request.raw))
        else:
            self.send(404, {"error": {"message": f"no such place: {request.path}", "code": 404}})

    def _show(self, body: Body) -> None:
        found = self.wire.models.get(body.get("model", ""))
        problem = {"error": f"model '{body.get('model')}' not found"}
        self.send(200, _shown(found)) if found else self.send(404, problem)

    async def _chat(self, request: _Request, form: "type[_OpenAI | _Ollama]") -> None:
        wire, body = self.wire, json.loads(request.raw)
        name = body.get("model", "")
        number = len(wire.calls) + 1
        call = Call(number, request.path, name, body, request.headers, self.number, time.monotonic())
        wire.calls.append(call)
        wire.most_in_flight = max(wire.most_in_flight, wire.in_flight)
        wire._tell()
        try:
            await self._replied(call, form, wire.models.get(name) or wire.models.get("*"))
        except asyncio.CancelledError:
            call.disconnected = call.status is None
            raise
        finally:
            call.ended = time.monotonic()
            wire._tell()

    async def _replied(self, call: Call, form: "type[_OpenAI | _Ollama]", model: Model | None) -> None:
        problem = self._turned_down(call, form, model)
        if problem or model is None:
            self._fail(call, form, problem or PROBLEMS["404"])
            return
        number, prompt = model.heard, asked(call.body)
        model.heard += 1
        call.prompt_tokens, call.cached = len(prompt) // CHARACTERS, model.cached(prompt)
        reply = model.line(number, call.body)
        call.fault = reply.fault
        spoken = form(call, model, reply, [model.line(number, call.body) for _ in range(1, call.body.get("n") or 1)])
        factor = reply.factor if reply.fault == "slow" else 1.0
        pause = model.pace * factor
        await asyncio.sleep(model.wait(number) * factor)
        if reply.fault == "hang":
            await asyncio.Event().wait()
        elif reply.fault in PROBLEMS:
            self._fail(call, form, PROBLEMS[reply.fault], reply)
        elif call.stream:
            await self._stream(call, spoken, reply, pause)
        else:
            await asyncio.sleep(pause * len(spoken.pieces))
            await self._whole(call, spoken, reply)

    def _turned_down(self, call: Call, form: "type[_OpenAI | _Ollama]", model: Model | None) -> Problem | None:
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self.wire.key is not None and given != self.wire.key:
            return PROBLEMS["401"]
        if model is None:
            return PROBLEMS["404"]
        if model.context is not None and len(asked(call.body)) // CHARACTERS > model.context:
            return PROBLEMS["context"]
        return form.lacking(call.body, model)

    def _fail(self, call: Call, form: "type[_OpenAI | _Ollama]", problem: Problem, reply: Reply | None = None) -> None:
        reply, model = reply or Reply(), self.wire.models.get(call.model) or Model(call.model, ())
        key = call.headers.get("authorization", "").removeprefix("Bearer ")
        tokens, masked = len(asked(call.body)) // CHARACTERS, f"{key[:5]}***{key[-2:]}"
        words = form.words(problem).format(model=call.model, context=model.context or 4096, tokens=tokens, key=masked)
        call.status, body = form.error(replace(problem, message=reply.message or words), model.manner)
        self.send(call.status, body, {} if reply.retry_after is None else {"Retry-After": f"{reply.retry_after}"})

    async def _stream(self, call: Call, spoken: "_OpenAI | _Ollama", reply: Reply, pause: float) -> None:
        self._head(200, {"Content-Type": spoken.kind, "Transfer-Encoding": "chunked"})
        breaks = reply.fault in ("malformed", "reset", "truncated", "inline", "stall")
        for place, piece in enumerate(spoken.pieces):
            if breaks and place >= reply.after and await self._broken(call, spoken, reply):
                return
            await asyncio.sleep(pause if place else 0)
            self._chunk(spoken.line(piece))
            call.pieces += 1
        if breaks and len(spoken.pieces) <= reply.after and await self._broken(call, spoken, reply):
            return
        for line in spoken.last():
            self._chunk(line)
        call.status = 200
        self.transport.write(b"0\r\n\r\n")

    async def _broken(self, call: Call, spoken: "_OpenAI | _Ollama", reply: Reply) -> bool:
        """Break a stream; True where it ends with that."""
        call.status = 0 if reply.fault == "reset" else 200
        if reply.fault == "reset":
            self._reset()
        elif reply.fault == "stall":
            call.status = None
            await asyncio.Event().wait()
        else:
            if reply.fault in ("malformed", "inline"):
                self._chunk(spoken.garbage() if reply.fault == "malformed" else spoken.inline(reply))
            self.transport.write(b"0\r\n\r\n")
        return True

    async def _whole(self, call: Call, spoken: "_OpenAI | _Ollama", reply: Reply) -> None:
        body = json.dumps(spoken.inline_body(reply) if reply.fault == "inline" else spoken.whole()).encode()
        half = body[: len(body) // 2]
        call.status = 0 if reply.fault == "reset" else 200
        if reply.fault == "malformed":
            self._body(200, half)
        elif reply.fault in ("reset", "truncated", "stall"):
            self._head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
            self.transport.write(half)
            if reply.fault == "stall":
                call.status = None
                await asyncio.Event().wait()
            self._reset() if reply.fault == "reset" else self.transport.close()
        else:
            self._body(200, body)

    def send(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        """Send a body of JSON, or a text as it is."""
        self._body(status, (value if isinstance(value, str) else json.dumps(value)).encode(), headers)

    def _body(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        kind = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self._head(status, {**kind, **(headers or {})})
        self.transport.write(body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _reset(self) -> None:
        """Break the connection off with a RST, so that the client sees an error and no end."""
        linger = struct.pack("ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()


@dataclass(frozen=True)
class _Piece:
    """A part of a reply: text, thinking, a refusal or a tool call's arguments, and the tokens that it is made of."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool: tuple[int, str, str] | None = None  # place, name (of the first piece only), arguments
    tokens: tuple[str, ...] = ()


def _pieces(reply: Reply, chunk: int) -> Iterator[_Piece]:
    for part in _parted(reply.reasoning, chunk):
        yield _Piece(reasoning="".join(part))
    for part in _parted(reply.text, chunk):
        yield _Piece(text="".join(part), tokens=part)
    for part in _parted(reply.refusal or "", chunk):
        yield _Piece(refusal="".join(part))
    for place, (name, arguments) in enumerate(reply.tool_calls):
        for number, part in enumerate(_parted(json.dumps(arguments), chunk)):
            yield _Piece(tool=(place, "" if number else name, "".join(part)))


def _parted(text: str, chunk: int) -> list[tuple[str, ...]]:
    tokens = TOKEN.findall(text)
    return [tuple(tokens[start : start + chunk]) for start in range(0, len(tokens), chunk)]


def _logprobs(tokens: Sequence[str], probability: float, top: int) -> list[dict[str, Any]]:
    """Each token with the same probability; of the rest each alternative has half of what is left."""
    return [{**_token(t, probability), "top_logprobs": _tops(t, probability, top)} for t in tokens]


def _tops(token: str, probability: float, top: int) -> list[dict[str, Any]]:
    rest = [_token(f"~{place}", max((1 - probability) / 2**place, 1e-9)) for place in range(1, top)]
    return [_token(token, probability), *rest][:top]


def _token(text: str, probability: float) -> dict[str, Any]:
    return {"token": text, "logprob": math.log(probability), "bytes": list(text.encode())}


class _Format(ABC):
    """A reply in one wire format; `whole` as one body, `line` by piece, `last` what ends a stream."""

    kind = ""

    def __init__(self, call: Call, model: Model, reply: Reply, others: Sequence[Reply]) -> None:
        self.call, self.model, self.others = call, model, others
        self.reply = replace(reply, text="", tool_calls=()) if reply.fault == "empty" else reply
        limit = self.limit()
        tokens = TOKEN.findall(self.reply.text)
        if limit is not None and len(tokens) > limit:
            self.reply = replace(self.reply, text="".join(tokens[:limit]), finish="length")
        self.pieces = list(_pieces(self.reply, model.chunk))

    @abstractmethod
    def limit(self) -> int | None:
        """The most tokens that the request allows."""

    @property
    def output(self) -> tuple[int, int]:
        """Tokens of the thinking, and of everything that was said."""
        reply = self.reply
        thinking = len(TOKEN.findall(reply.reasoning))
        arguments = "".join(json.dumps(arguments) for _, arguments in reply.tool_calls)
        shown = sum(len(TOKEN.findall(text)) for text in (reply.text, reply.refusal or "", arguments))
        return thinking, thinking + shown + sum(len(TOKEN.findall(other.text)) for other in self.others)

    def likely(self, tokens: Sequence[str]) -> list[dict[str, Any]] | None:
        """The log-probabilities of tokens, where they are asked for and told."""
        told = self.call.body.get("logprobs") and "logprobs" not in self.model.ignores
        if not told or self.reply.probability is None:
            return None
        return _logprobs(tokens, self.reply.probability, self.call.body.get("top_logprobs") or 0)


class _OpenAI(_Format):
    """Chat completions as OpenAI documents them, and as compatible servers send them."""

    kind = "text/event-stream"

    @staticmethod
    def words(problem: Problem) -> str:
        return problem.message

    @staticmethod
    def error(problem: Problem, manner: Manner) -> tuple[int, object]:
        """Status and body of an error, in that manner."""
        told = {"message": problem.message, "type": problem.type, "param": problem.param, "code": problem.code}
        if manner == "vllm":
            return problem.status, {"object": "error", **told, "code": problem.status}
        if manner == "fastapi" and problem.param:
            place = {"type": "extra_forbidden", "loc": ["body", problem.param], "msg": "Extra inputs are not permitted"}
            return 422, {"detail": [place]}
        return problem.status, problem.message if manner == "text" else {"error": told}

    @staticmethod
    def lacking(body: Body, model: Model) -> Problem | None:
        """What the provider would refuse of a request."""
        for key in model.lacks:
            if body.get(key) not in (None, False, 1 if key == "n" else None):
                words = f"Unsupported parameter: '{key}' is not supported with this model."
                return Problem(400, words, code="unsupported_parameter", param=key)
        form = (body.get("response_format") or {}).get("type")
        if form in model.lacks:
            return Problem(400, "This response_format type is unavailable now", param="response_format")
        for key, needed in (("top_logprobs", "logprobs"), ("stream_options", "stream")):
            if body.get(key) is not None and not body.get(needed):
                words = f"The '{key}' parameter is only allowed when '{needed}' is enabled."
                return Problem(400, words, param=key)
        return None

    def limit(self) -> int | None:
        limit: int | None = self.call.body.get("max_completion_tokens") or self.call.body.get("max_tokens")
        return limit

    def whole(self) -> dict[str, Any]:
        choices = [self._choice(place, reply) for place, reply in enumerate([self.reply, *self.others])]
        counted = {"usage": self._usage()} if self.model.counts else {}
        return {**self._envelope("chat.completion"), "choices": choices, **counted}

    def _choice(self, place: int, reply: Reply) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
        if reply.refusal or reply.tool_calls:
            message["content"] = reply.text or None
        if reply.reasoning:
            message[self.model.reasoning_key] = reply.reasoning
        if reply.tool_calls:
            message["tool_calls"] = [
                {"index": number, **self._tool(number, name, json.dumps(arguments))}
                for number, (name, arguments) in enumerate(reply.tool_calls)
            ]
        likely = self.likely(TOKEN.findall(reply.text))
        logprobs = {"logprobs": None if likely is None else {"content": likely, "refusal": None}}
        return {"index": place, "message": message, "finish_reason": reply.ending, **logprobs}

    def _tool(self, place: int, name: str, arguments: str) -> dict[str, Any]:
        identity = f"call_{self.call.number}_{place}"
        return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}

    def line(self, piece: _Piece) -> bytes:
        delta: dict[str, Any] = {"role": "assistant"} if piece is self.pieces[0] else {}
        if piece.text:
            delta["content"] = piece.text
        if piece.reasoning:
            delta[self.model.reasoning_key] = piece.reasoning
        if piece.refusal:
            delta["refusal"] = piece.refusal
        if piece.tool:
            delta["tool_calls"] = [self._part(*piece.tool)]
        return self._event(self._delta(delta, likely=self.likely(piece.tokens) if piece.tokens else None))

    def _part(self, place: int, name: str, arguments: str) -> dict[str, Any]:
        part = self._tool(place, name, arguments) if name else {"function": {"arguments": arguments}}
        return {"index": place, **part}

    def _delta(
        self, delta: Mapping[str, Any], *, finish: str | None = None, likely: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        logprobs = None if likely is None else {"content": likely, "refusal": None}
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        usage = {"usage": None} if self._counting else {}
        return {**self._envelope("chat.completion.chunk"), "choices": [choice], **usage}

    def last(self) -> Iterator[bytes]:
        yield self._event(self._delta({}, finish=self.reply.ending))
        if self._counting and self.model.counts:
            yield self._event({**self._envelope("chat.completion.chunk"), "choices": [], "usage": self._usage()})
        yield b"data: [DONE]\n\n"

    @property
    def _counting(self) -> bool:
        options = self.call.body.get("stream_options") or {}
        return bool(options.get("include_usage")) and "stream_options" not in self.model.ignores

    def garbage(self) -> bytes:
        return b'data: {"choices": [{"delta": {"content": "tru\n\n'

    def inline(self, reply: Reply) -> bytes:
        return self._event({**self._envelope("chat.completion.chunk"), **self.inline_body(reply), "choices": []})

    def inline_body(self, reply: Reply) -> dict[str, Any]:
        return {"error": {"code": 502, "message": reply.message or "Provider returned error"}}

    def _usage(self) -> dict[str, Any]:
        thinking, output = self.output
        counted = {
            "prompt_tokens": self.call.prompt_tokens,
            "completion_tokens": output,
            "total_tokens": self.call.prompt_tokens + output,
            "prompt_tokens_details": {"cached_tokens": self.call.cached},
            "completion_tokens_details": {"reasoning_tokens": thinking},
        }
        return {**counted, **(self.reply.usage or {})}

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.call.number}", "object": kind, "created": 1, "model": self.call.model}

    @staticmethod
    def _event(value: object) -> bytes:
        return f"data: {json.dumps(value)}\n\n".encode()


class _Ollama(_Format):
    """Ollama's chat: a JSON object, or one per line."""

    kind = "application/x-ndjson"

    def __init__(self, call: Call, model: Model, reply: Reply, others: Sequence[Reply]) -> None:
        quiet = call.body.get("think") is False
        super().__init__(call, model, replace(reply, reasoning="") if quiet else reply, others)
        self.pieces = [piece for piece in self.pieces if piece.tool is None]  # tool calls come whole, at the end

    @staticmethod
    def words(problem: Problem) -> str:
        return OLLAMA.get(str(problem.status), problem.message)

    @staticmethod
    def error(problem: Problem, manner: Manner) -> tuple[int, object]:
        """Status and body of an error; Ollama has one manner."""
        return problem.status, {"error": problem.message}

    @staticmethod
    def lacking(body: Body, model: Model) -> Problem | None:
        """What Ollama would refuse of a request."""
        for key, capability in (("tools", "tools"), ("think", "thinking")):
            if body.get(key) and capability not in model.capabilities:
                return Problem(400, f'"{model.name}" does not support {capability}')
        for key in model.lacks:
            if body.get(key):
                return Problem(400, f"{key} is not supported")
        return None

    def limit(self) -> int | None:
        limit: int | None = (self.call.body.get("options") or {}).get("num_predict")
        return limit if limit is not None and limit > 0 else None

    def whole(self) -> dict[str, Any]:
        tools = enumerate(self.reply.tool_calls)
        parts = [_Piece(tool=(place, name, json.dumps(arguments))) for place, (name, arguments) in tools]
        message = self._message(_Piece(text=self.reply.text, reasoning=self.reply.reasoning), parts)
        return {**self._envelope(TOKEN.findall(self.reply.text)), "message": message, **self._counts()}

    def line(self, piece: _Piece) -> bytes:
        part = {"message": self._message(piece, [])}
        return self._json({**self._envelope(piece.tokens), **part, "done": False})

    def last(self) -> Iterator[bytes]:
        for place, (name, arguments) in enumerate(self.reply.tool_calls):
            message = self._message(_Piece(), [_Piece(tool=(place, name, json.dumps(arguments)))])
            yield self._json({**self._envelope(()), "message": message, "done": False})
        yield self._json({**self._envelope(()), "message": self._message(_Piece(), []), **self._counts()})

    def _message(self, piece: _Piece, tools: Sequence[_Piece]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": piece.text or piece.refusal}
        if piece.reasoning:
            message["thinking"] = piece.reasoning
        calls = [{"function": {"name": t.tool[1], "arguments": json.loads(t.tool[2])}} for t in tools if t.tool]
        return {**message, "tool_calls": calls} if calls else message

    def _envelope(self, tokens: Sequence[str]) -> dict[str, Any]:
        likely = self.likely(tokens) if tokens else None
        told = {} if likely is None else {"logprobs": likely}
        return {"model": self.call.model, "created_at": "2026-01-01T00:00:00Z", **told}

    def _counts(self) -> dict[str, Any]:
        done = "stop" if self.reply.ending == "tool_calls" else self.reply.ending
        ended = {"done": True, "done_reason": done, "total_duration": 2_000_000, "load_duration": 1_000_000}
        if not self.model.counts:
            return ended
        counted = {"prompt_eval_count": self.call.prompt_tokens, "eval_count": self.output[1]}
        return {**ended, **counted, "eval_duration": 1_000_000, **(self.reply.usage or {})}

    def garbage(self) -> bytes:
        return b'{"model": "m", "message": {"content": "tru\n'

    def inline(self, reply: Reply) -> bytes:
        return self._json(self.inline_body(reply))

    def inline_body(self, reply: Reply) -> dict[str, Any]:
        return {"error": reply.message or "an error was encountered while running the model"}

    @staticmethod
    def _json(value: object) -> bytes:
        return f"{json.dumps(value)}\n".encode()


def _listed(wire: Wire) -> dict[str, Any]:
    names = [name for name in wire.models if name != "*"]
    return {"object": "list", "data": [{"id": n, "object": "model", "created": 1, "owned_by": "wire"} for n in names]}


DETAILS = {"format": "gguf", "family": "llama", "parameter_size": "8.0B", "quantization_level": "Q4_K_M"}


def _tags(wire: Wire) -> dict[str, Any]:
    return {"models": [_tag(name) for name in wire.models if name != "*"]}


def _tag(name: str) -> dict[str, Any]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    stamp = {"modified_at": "2026-01-01T00:00:00Z", "size": 4_000_000_000, "digest": digest}
    return {"name": name, "model": name, **stamp, "details": DETAILS}


def _running(wire: Wire) -> dict[str, Any]:
    loaded = [name for name, model in wire.models.items() if model.heard]
    more = {"expires_at": "2026-01-01T00:05:00Z", "size_vram": 4_000_000_000, "context_length": 4096}
    return {"models": [{**_tag(name), **more} for name in loaded]}


def _shown(model: Model) -> dict[str, Any]:
    facts = {"general.architecture": "llama", "llama.context_length": model.context or 8192}
    about = {"modelfile": "", "parameters": "", "template": "{{ .Prompt }}", "details": DETAILS}
    return {**about, "model_info": facts, "capabilities": list(model.capabilities)}


CHATS: dict[tuple[str, str], type[_OpenAI] | type[_Ollama]] = {
    ("POST", "/v1/chat/completions"): _OpenAI,
    ("POST", "/api/chat"): _Ollama,
}
PLACES: dict[tuple[str, str], Callable[[Wire], dict[str, Any]]] = {
    ("GET", "/v1/models"): _listed,
    ("GET", "/api/tags"): _tags,
    ("GET", "/api/ps"): _running,
    ("GET", "/api/version"): lambda wire: {"version": "0.13.0"},
}
