"""The server of the wire formats itself, asked by a bare HTTP client."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from wire import FAULTS, Reply, Wire, asked, obeying, said, tail

QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How many?"}]
COUNTED = {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def openai(
    client: aiohttp.ClientSession, wire: Wire, model: str = "m", **body: Any
) -> tuple[int, Any, aiohttp.ClientResponse]:
    async with client.post(f"{wire.openai}/chat/completions", json={"model": model, "messages": QUESTION, **body}) as r:
        text = await r.text()
        return r.status, events(text) if body.get("stream") and r.status == 200 else json.loads(text), r


def events(text: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


async def ollama(client: aiohttp.ClientSession, wire: Wire, model: str = "m", **body: Any) -> tuple[int, Any]:
    async with client.post(f"{wire.url}/api/chat", json={"model": model, "messages": QUESTION, **body}) as reply:
        return reply.status, [json.loads(line) for line in (await reply.text()).splitlines()]


async def test_a_whole_reply_says_what_was_scripted_and_counts_it(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", Reply("Answer: 42", reasoning="6 times 7"))
    _, reply, _ = await openai(client, wire)
    message = reply["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("Answer: 42", "6 times 7")
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["choices"][0]["logprobs"] is None
    thought = reply["usage"]["completion_tokens_details"]["reasoning_tokens"]
    assert 0 < thought < reply["usage"]["completion_tokens"]


@pytest.mark.parametrize("text", ["Answer: 42", "답은 마흔둘입니다.\n\n  끝", " blanks at both ends "])
async def test_a_streamed_reply_is_the_whole_one_in_pieces(
    wire: Wire, client: aiohttp.ClientSession, text: str
) -> None:
    wire.model("m", text)
    _, chunks, _ = await openai(client, wire, logprobs=True, top_logprobs=2, **COUNTED)
    *pieces, end, usage = chunks
    assert "".join(piece["choices"][0]["delta"]["content"] for piece in pieces) == text
    tokens = [token for piece in pieces for token in piece["choices"][0]["logprobs"]["content"]]
    assert "".join(token["token"] for token in tokens) == text
    assert all(len(token["top_logprobs"]) == 2 for token in tokens)
    assert end["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == len(tokens)


async def test_a_stream_is_counted_only_where_that_is_asked_for(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42")
    _, chunks, _ = await openai(client, wire, stream=True)
    assert not any("usage" in chunk for chunk in chunks)


@pytest.mark.parametrize("stream", [False, True])
async def test_tool_calls_carry_name_and_arguments(wire: Wire, client: aiohttp.ClientSession, stream: bool) -> None:
    wire.model("m", Reply(tool_calls=(("add", {"a": 1, "b": "zwölf"}),)))
    _, reply, _ = await openai(client, wire, stream=stream)
    if stream:
        parts = [call for chunk in reply for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
        name, arguments = parts[0]["function"]["name"], "".join(part["function"]["arguments"] for part in parts)
        finish = reply[-1]["choices"][0]["finish_reason"]
    else:
        call = reply["choices"][0]["message"]["tool_calls"][0]["function"]
        name, arguments, finish = call["name"], call["arguments"], reply["choices"][0]["finish_reason"]
    assert (name, json.loads(arguments), finish) == ("add", {"a": 1, "b": "zwölf"}, "tool_calls")


async def test_a_refusal_has_no_content(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", Reply(refusal="I cannot help with that."))
    _, reply, _ = await openai(client, wire)
    message = reply["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == (None, "I cannot help with that.")


@pytest.mark.parametrize("key", ["max_tokens", "max_completion_tokens"])
async def test_a_reply_ends_at_the_most_tokens_asked_for(wire: Wire, client: aiohttp.ClientSession, key: str) -> None:
    wire.model("m", "one two three four five six seven")
    _, reply, _ = await openai(client, wire, **{key: 2})
    assert reply["choices"][0]["message"]["content"] == "one two"
    assert reply["choices"][0]["finish_reason"] == "length"


LACKED = [
    ({"logprobs"}, {"logprobs": True}),
    ({"n"}, {"n": 2}),
    ({"tools"}, {"tools": [{"type": "function", "function": {"name": "f"}}]}),
    ({"response_format"}, {"response_format": {"type": "json_object"}}),
    ({"json_schema"}, {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}}),
    ({"stream_options"}, COUNTED),
    ({"max_completion_tokens"}, {"max_completion_tokens": 9}),
    (set[str](), {"top_logprobs": 3}),
    (set[str](), {"stream_options": {"include_usage": True}}),
]


@pytest.mark.parametrize(("lacks", "body"), LACKED)
async def test_what_a_model_lacks_is_refused_by_name(
    wire: Wire, client: aiohttp.ClientSession, lacks: set[str], body: dict[str, Any]
) -> None:
    wire.model("m", "Answer: 42", lacks=lacks)
    status, reply, _ = await openai(client, wire, **body)
    assert status == 400
    assert reply["error"]["param"] in body
    assert (await openai(client, wire, n=1, logprobs=False))[0] == 200


@pytest.mark.parametrize(
    ("manner", "status", "top"), [("openai", 400, "error"), ("vllm", 400, "message"), ("fastapi", 422, "detail")]
)
async def test_servers_word_their_refusals_differently(
    wire: Wire, client: aiohttp.ClientSession, manner: str, status: int, top: str
) -> None:
    wire.model("m", "Answer: 42", lacks={"logprobs"}, manner=manner)
    refused, reply, _ = await openai(client, wire, logprobs=True)
    assert (refused, top in reply, "logprobs" in json.dumps(reply)) == (status, True, True)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("401", 401, "invalid_api_key"),
        ("402", 402, "insufficient_credits"),
        ("404", 404, "model_not_found"),
        ("429", 429, "rate_limit_exceeded"),
        ("quota", 429, "insufficient_quota"),
        ("500", 500, None),
        ("503", 503, None),
        ("context", 400, "context_length_exceeded"),
        ("content", 400, "content_filter"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_have_the_provider_s_shape(
    wire: Wire, client: aiohttp.ClientSession, fault: Any, status: int, code: str | None, stream: bool
) -> None:
    wire.model("m", Reply(fault=fault, retry_after=2))
    told, reply, response = await openai(client, wire, stream=stream)
    assert (told, reply["error"]["code"], response.headers["Retry-After"]) == (status, code, "2")
    told, lines = await ollama(client, wire, stream=stream)
    assert (told, list(lines[0])) == (status, ["error"])


async def test_a_fault_ends_after_as_many_calls_as_it_was_given(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42").fail("429", first=2)
    assert [(await openai(client, wire))[0] for _ in range(4)] == [429, 429, 200, 200]


async def test_lines_are_said_in_turn_and_the_last_one_again(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "one", Reply(fault="500"), "two")
    assert [(await openai(client, wire))[0] for _ in range(4)] == [200, 500, 200, 200]
    assert wire.calls_of("m")[1].fault == "500"


async def test_a_script_answers_what_it_was_asked(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", lambda body: said({"seen": asked(body)}))
    _, reply, _ = await openai(client, wire)
    assert json.loads(reply["choices"][0]["message"]["content"])["seen"] == "<system>Be brief.\n<user>How many?"


SCHEMA = {
    "type": "object",
    "properties": {
        "winner": {"enum": ["A", "B", "tie"]},
        "score": {"type": "number", "maximum": 10},
        "reasons": {"type": "array", "items": {"$ref": "#/$defs/Reason"}},
    },
    "$defs": {"Reason": {"type": "object", "properties": {"text": {"type": "string"}}}},
}


async def test_a_schema_is_obeyed_in_both_formats(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", obeying("I am free.", score=3))
    form = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": SCHEMA}}
    _, whole, _ = await openai(client, wire, response_format=form)
    _, lines = await ollama(client, wire, format=SCHEMA, stream=False)
    for text in (whole["choices"][0]["message"]["content"], lines[0]["message"]["content"]):
        assert json.loads(text) == {"winner": "A", "score": 3, "reasons": [{"text": "because"}]}
    _, free, _ = await openai(client, wire)
    assert free["choices"][0]["message"]["content"] == "I am free."


BROKEN = ("malformed", "reset", "truncated", "inline", "stall", "hang")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", BROKEN)
async def test_a_broken_reply_never_reads_like_a_good_one(
    wire: Wire, client: aiohttp.ClientSession, fault: Any, stream: bool
) -> None:
    wire.model("m", "Answer: 42 and more").fail(fault)
    url, body = f"{wire.openai}/chat/completions", {"model": "m", "messages": QUESTION, "stream": stream}
    try:
        limit = aiohttp.ClientTimeout(total=0.1 if fault in ("stall", "hang") else 5)
        async with client.post(url, json=body, timeout=limit) as reply:
            text = await reply.text()
    except (aiohttp.ClientError, TimeoutError):
        assert fault in ("reset", "truncated", "stall", "hang")
        left = fault in ("stall", "hang")
        assert await wire.until(lambda: wire.in_flight == 0 and wire.calls[0].disconnected == left)
        return
    assert fault in (("malformed", "truncated", "inline") if stream else ("malformed", "inline"))
    assert "[DONE]" not in text
    assert "finish_reason" not in text or '"finish_reason": null' in text or fault == "malformed"


def test_the_faults_that_graphs_are_tried_with_are_known() -> None:
    assert len(FAULTS) == len(set(FAULTS)) == 8  # with 429 once and always they are nine


@pytest.mark.parametrize("stream", [False, True])
async def test_ollama_tells_text_thinking_probabilities_and_counts(
    wire: Wire, client: aiohttp.ClientSession, stream: bool
) -> None:
    wire.model("m", Reply("Answer: 42", reasoning="6 times 7"), capabilities=("completion", "thinking"))
    _, lines = await ollama(client, wire, stream=stream, think=True, logprobs=True, top_logprobs=1)
    assert "".join(line["message"]["content"] for line in lines) == "Answer: 42"
    assert "".join(line["message"].get("thinking", "") for line in lines) == "6 times 7"
    tokens = [token["token"] for line in lines for token in line.get("logprobs", [])]
    assert "".join(tokens) == "Answer: 42"
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["done_reason"] == "stop"
    assert lines[-1]["prompt_eval_count"] == wire.calls[0].prompt_tokens > 0
    assert lines[-1]["eval_count"] > len(tokens)  # thinking counts too


async def test_ollama_streams_unless_told_otherwise(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42")
    assert len((await ollama(client, wire))[1]) > 1
    assert [call.stream for call in wire.calls] == [True]


async def test_ollama_does_not_think_aloud_where_told_not_to(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", Reply("Answer: 42", reasoning="6 times 7"))
    _, lines = await ollama(client, wire, stream=False, think=False)
    assert "thinking" not in lines[0]["message"]


@pytest.mark.parametrize("stream", [False, True])
async def test_ollama_gives_a_tool_call_whole(wire: Wire, client: aiohttp.ClientSession, stream: bool) -> None:
    wire.model("m", Reply(tool_calls=(("add", {"a": 1}),)))
    _, lines = await ollama(client, wire, stream=stream)
    calls = [call for line in lines for call in line["message"].get("tool_calls", [])]
    assert calls == [{"function": {"name": "add", "arguments": {"a": 1}}}]


@pytest.mark.parametrize(("key", "value"), [("tools", [{"type": "function"}]), ("think", True)])
async def test_ollama_refuses_what_a_model_cannot(
    wire: Wire, client: aiohttp.ClientSession, key: str, value: object
) -> None:
    wire.model("m", "Answer: 42", capabilities=("completion",))
    status, lines = await ollama(client, wire, **{key: value})
    assert (status, "does not support" in lines[0]["error"]) == (400, True)


async def test_the_models_are_listed_in_both_formats(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42", context=4096, capabilities=("completion", "vision"))
    wire.model("n", "Answer: 42")
    await ollama(client, wire, "n")

    async def got(place: str) -> Any:
        async with client.get(wire.url + place) as reply:
            return await reply.json()

    assert [model["id"] for model in (await got("/v1/models"))["data"]] == ["m", "n"]
    assert [model["name"] for model in (await got("/api/tags"))["models"]] == ["m", "n"]
    assert [model["name"] for model in (await got("/api/ps"))["models"]] == ["n"]
    assert "version" in await got("/api/version")
    async with client.post(f"{wire.url}/api/show", json={"model": "m"}) as reply:
        shown = await reply.json()
    assert shown["model_info"]["llama.context_length"] == 4096
    assert shown["capabilities"] == ["completion", "vision"]


async def test_a_model_that_nobody_scripted_is_missing_in_both_formats(
    wire: Wire, client: aiohttp.ClientSession
) -> None:
    assert (await openai(client, wire))[0] == 404
    assert (await ollama(client, wire))[0] == 404
    wire.model("*", "Answer: 42")
    assert (await openai(client, wire))[0] == 200


async def test_only_requests_with_the_key_are_served_and_no_error_tells_it(
    wire: Wire, client: aiohttp.ClientSession
) -> None:
    wire.model("m", "Answer: 42")
    wire.key = "sk-right-one"
    status, reply, _ = await openai(client, wire)
    assert (status, wire.key in json.dumps(reply)) == (401, False)
    headers = {"Authorization": f"Bearer {wire.key}"}
    async with client.post(
        f"{wire.openai}/chat/completions", json={"model": "m", "messages": QUESTION}, headers=headers
    ) as served:
        assert served.status == 200


async def test_a_prompt_over_the_context_is_refused(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42", context=8)
    assert (await openai(client, wire))[0] == 200
    status, reply, _ = await openai(client, wire, messages=[{"role": "user", "content": "word " * 40}])
    assert (status, reply["error"]["code"]) == (400, "context_length_exceeded")


async def test_whole_blocks_of_a_known_beginning_are_cached_per_model(
    wire: Wire, client: aiohttp.ClientSession
) -> None:
    wire.model("m", "Answer: 42")
    wire.model("n", "Answer: 42")
    shared = {"role": "system", "content": "x" * 1100}
    for model, question in (("m", "a"), ("m", "b"), ("n", "c")):
        await openai(client, wire, model, messages=[shared, {"role": "user", "content": question}])
    assert [call.cached for call in wire.calls] == [0, 256, 0]
    _, reply, _ = await openai(client, wire, messages=[shared])
    assert reply["usage"]["prompt_tokens_details"]["cached_tokens"] == 256
    assert 0 < wire.cacheable("n", "m") < wire.cacheable("m") < 1


async def test_connections_are_kept_reused_and_counted(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42")
    await openai(client, wire)
    await openai(client, wire, stream=True)
    assert {call.connection for call in wire.calls} == {1}
    assert (wire.open_connections, wire.in_flight, wire.most_in_flight) == (1, 0, 1)
    await client.close()
    assert await wire.until(lambda: wire.open_connections == 0)


async def test_a_client_that_leaves_is_noticed(wire: Wire, client: aiohttp.ClientSession) -> None:
    wire.model("m", "Answer: 42", latency=60)
    asking = asyncio.create_task(openai(client, wire))
    assert await wire.until(lambda: wire.in_flight == 1)
    asking.cancel()
    assert await wire.until(lambda: wire.calls[0].disconnected)
    assert (wire.open_connections, wire.in_flight) == (0, 0)


async def test_a_script_that_breaks_is_told_when_the_server_closes(client: aiohttp.ClientSession) -> None:
    wire = Wire()
    wire.model("m", lambda body: str(body["nothing"]))
    assert (await openai(client, wire))[0] == 500
    with pytest.raises(KeyError, match="nothing"):
        wire.close()


def test_closing_leaves_no_thread() -> None:
    before = threading.active_count()
    Wire().close()
    assert threading.active_count() == before


def test_a_tail_depends_on_the_seed_and_the_call_alone() -> None:
    waits = [tail(1.0, share=0.1, factor=6)(number) for number in range(2000)]
    assert waits == [tail(1.0, share=0.1, factor=6)(number) for number in range(2000)]
    assert set(waits) == {1.0, 6.0}
    assert 120 < waits.count(6.0) < 280
