"""Endpoints of OpenAI's format, over real sockets."""

import asyncio
import json
import math
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientPayloadError, StreamReader
from aiohttp.base_protocol import BaseProtocol
from hearing import heard, request
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_server import JSON, STREAM, answering, streamed, whole
from wire import Reply, Wire

from symposium.ledger.records import CallFailed
from symposium.models import capabilities
from symposium.models.endpoints import connect, disconnect
from symposium.models.member import Member
from symposium.models.provider import Feature, Lacking
from symposium.models.providers.wire import received

pytestmark = pytest.mark.usefixtures("opened")
LIVE = pytest.mark.parametrize("live", [False, True], ids=["whole", "streamed"])
KOREAN = "답은 마흔둘입니다.\n\n  정답: 42 🙂"


def member(url: str, model: str = "m", **more: Any) -> Member:
    return Member(name="m", model=f"openai:{model}", base_url=url, **more)


@LIVE
@pytest.mark.parametrize(
    ("reply", "text", "reasoning", "finish"),
    [
        (Reply("Answer: 42"), "Answer: 42", "", "stop"),
        (Reply(KOREAN), KOREAN, "", "stop"),
        (Reply("Answer: 42", reasoning="6 times 7"), "Answer: 42", "6 times 7", "stop"),
        (Reply("<think>\n6 times 7\n</think>\n\nAnswer: 42"), "Answer: 42", "\n6 times 7\n", "stop"),
        (Reply("<think>6 times 7"), "", "6 times 7", "stop"),
        (Reply("<th"), "<th", "", "stop"),
        (Reply(""), "", "", "stop"),
        (Reply("Answer", finish="length"), "Answer", "", "length"),
        (Reply("Answer", finish="content_filter"), "Answer", "", "content_filter"),
        (Reply("Answer", finish="eos"), "Answer", "", "stop"),
        (Reply("Answer", finish="MAX_TOKENS"), "Answer", "", "length"),
        (Reply(tool_calls=(("add", {"a": 1}),)), "", "", "tool_calls"),
    ],
)
async def test_a_reply_is_text_thinking_and_an_end(
    wire: Wire, live: bool, reply: Reply, text: str, reasoning: str, finish: str
) -> None:
    wire.model("m", reply)
    said = await heard(member(wire.openai), live=live)
    assert (said.text, said.reasoning, said.finish) == (text, reasoning, finish)
    assert wire.calls[0].stream is live
    assert live or said.chunks == 1


@LIVE
async def test_a_live_reply_comes_piece_by_piece(wire: Wire, live: bool) -> None:
    wire.model("m", "one two three four")
    said = await heard(member(wire.openai), live=live)
    assert (said.chunks > 3) is live


@LIVE
async def test_tokens_are_counted_by_the_provider(wire: Wire, live: bool) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 6}, "completion_tokens_details": {"reasoning_tokens": 3}}
    wire.model("m", Reply("42", usage={"prompt_tokens": 10, "completion_tokens": 5, **details}))
    said = await heard(member(wire.openai), live=live)
    assert said.usage == {"input": 10, "output": 5, "estimated": False, "cached": 6, "reasoning": 3}


@LIVE
async def test_thinking_that_only_the_total_counts_is_output(wire: Wire, live: bool) -> None:
    wire.model("m", Reply("42", usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 100}))
    said = await heard(member(wire.openai), live=live)
    assert said.usage == {"input": 10, "output": 90, "estimated": False, "reasoning": 0}


@LIVE
@pytest.mark.parametrize(
    ("usage", "untold"),
    [({"prompt_tokens": None}, "input"), ({"completion_tokens": "5"}, "output"), ({"prompt_tokens": -1}, "input")],
)
async def test_a_count_that_is_none_is_left_to_be_estimated(
    wire: Wire, live: bool, usage: dict[str, Any], untold: str
) -> None:
    wire.model("m", Reply("42", usage=usage))
    told = (await heard(member(wire.openai), live=live)).usage
    assert told is not None
    assert (told["estimated"], told["input"] == 0, told["output"] == 0) == (True, untold == "input", untold == "output")


@LIVE
async def test_where_no_count_is_one_there_is_none(wire: Wire, live: bool) -> None:
    wire.model("m", Reply("42", usage={"prompt_tokens": None, "completion_tokens": "5"}))
    assert (await heard(member(wire.openai), live=live)).usage is None


@LIVE
async def test_log_probabilities_come_where_they_are_asked_for(wire: Wire, live: bool) -> None:
    wire.model("m", Reply(KOREAN, probability=0.8))
    said = await heard(member(wire.openai), live=live, top_logprobs=3)
    assert said.token_texts == KOREAN
    assert {round(math.exp(token.logprob), 6) for token in said.tokens} == {0.8}
    assert all(len(token.top) == 3 for token in said.tokens)
    assert (await heard(member(wire.openai), live=live)).tokens == ()
    assert ["logprobs" in call.body for call in wire.calls] == [True, False]


@LIVE
async def test_the_tokens_of_the_thinking_tell_nothing_of_the_answer(wire: Wire, live: bool) -> None:
    wire.model("m", "<think>6 times 7 is 42</think>\n\nAnswer: 42")
    said = await heard(member(wire.openai), live=live, top_logprobs=1)
    assert said.token_texts.strip() == "Answer: 42"


@LIVE
async def test_a_refusal_in_the_models_own_words_is_a_failure(wire: Wire, live: bool) -> None:
    wire.model("m", Reply(refusal="I can't help with that."))
    with pytest.raises(CallFailed, match="I can't help") as caught:
        await heard(member(wire.openai), live=live)
    assert caught.value.kind == "refused"


async def test_what_is_sent_is_what_was_asked_for(wire: Wire) -> None:
    wire.model("m", "42")
    asked = request(temperature=0.5, top_p=0.9, seed=7, stop=("\n",), max_tokens=12, live=False)
    endpoint = await connect(member(wire.openai))
    async with aclosing(endpoint.stream(asked)) as chunks:
        assert [chunk.text async for chunk in chunks] == ["42"]
    assert wire.calls[0].body == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How many?"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["\n"],
        "max_tokens": 12,
    }


async def test_a_members_own_options_stand_as_they_are(wire: Wire) -> None:
    wire.model("m", "42")
    options = {"reasoning_effort": "low", "temperature": 0.1}
    await heard(member(wire.openai, options=options), temperature=0.9, live=False)
    await heard(member(wire.openai), temperature=0.9, live=False)
    assert [call.body.get("reasoning_effort") for call in wire.calls] == ["low", None]
    assert [call.body["temperature"] for call in wire.calls] == [0.1, 0.9]


FAULTS: list[tuple[str, str]] = [
    ("400", "refused"),
    ("401", "auth"),
    ("402", "billing"),
    ("403", "auth"),
    ("404", "missing-model"),
    ("429", "rate"),
    ("quota", "billing"),
    ("500", "server"),
    ("502", "server"),
    ("503", "server"),
    ("529", "server"),
    ("context", "context"),
    ("content", "content"),
    ("malformed", "malformed"),
    ("reset", "network"),
    ("truncated", "truncated"),
    ("inline", "server"),
]


MANNERS = ("openai", "vllm", "fastapi", "text")
UNWORDED = {("text", "quota"): "rate"}  # without OpenAI's code nothing tells a quota from a rate
NONSENSE = ("fastapi", "context")  # what is too long is never a field that nobody knows
WORDED = [
    (m, fault, UNWORDED.get((m, fault), kind)) for m in MANNERS for fault, kind in FAULTS if (m, fault) != NONSENSE
]


@LIVE
@pytest.mark.parametrize(("manner", "fault", "kind"), WORDED)
async def test_every_fault_has_its_kind(wire: Wire, live: bool, manner: Any, fault: Any, kind: str) -> None:
    wire.model("m", "one two three", manner=manner).fail(fault)
    with pytest.raises(CallFailed) as caught:
        await heard(member(wire.openai), live=live, top_logprobs=2)
    assert caught.value.kind == kind


@LIVE
@pytest.mark.parametrize("fault", ["429", "503"])
async def test_the_pause_a_provider_asks_for_is_passed_on(wire: Wire, live: bool, fault: Any) -> None:
    wire.model("m").fail(fault, retry_after=0.25)
    with pytest.raises(CallFailed) as caught:
        await heard(member(wire.openai), live=live)
    assert caught.value.retry_after == 0.25


async def test_a_server_that_is_not_there_is_a_failure_of_the_network() -> None:
    async with answering(b"") as url:
        pass
    with pytest.raises(CallFailed) as caught:
        await heard(member(url))
    assert caught.value.kind == "network"
    assert url in str(caught.value)


LACKING: list[tuple[str, Feature, dict[str, Any]]] = [
    ("logprobs", "logprobs", {"top_logprobs": 2}),
    ("top_logprobs", "logprobs", {"top_logprobs": 2}),
    ("stream_options", "sampling", {"live": True}),
    ("stream", "streaming", {"live": True}),
    ("temperature", "sampling", {}),
    ("seed", "sampling", {"seed": 3}),
    ("top_p", "sampling", {"top_p": 0.5}),
    ("max_tokens", "sampling", {}),
    ("json_schema", "schema", {"schema": {"type": "object"}}),
    ("response_format", "schema", {"schema": {"type": "object"}}),
]


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(("parameter", "feature", "values"), LACKING)
async def test_what_a_model_does_not_take_is_left_out_from_then_on(
    wire: Wire, manner: Any, parameter: str, feature: Feature, values: dict[str, Any]
) -> None:
    wire.model("m", "42", lacks={parameter}, manner=manner)
    asked = {"temperature": 0.5, "live": False, **values}
    with pytest.raises(Lacking) as caught:
        await heard(member(wire.openai), **asked)
    assert caught.value.feature == feature
    assert (await heard(member(wire.openai), patient=True, **asked)).text == "42"
    assert parameter not in wire.calls[-1].body
    before = len(wire.calls)
    assert (await heard(member(wire.openai), **asked)).text == "42"
    assert len(wire.calls) == before + 1


@pytest.mark.parametrize("words", ["This model does not support seed", "Unknown options for model m: seed"])
async def test_no_request_goes_without_its_model_and_messages(wire: Wire, words: str) -> None:
    wire.model("m", "42", manner="text").fail("400", message=words, first=1)
    await heard(member(wire.openai), patient=True, seed=1)
    assert wire.calls[-1].body.keys() == wire.calls[0].body.keys() - {"seed"}


async def test_a_bound_by_its_older_name_becomes_one_by_its_newer_name(wire: Wire) -> None:
    wire.model("m", "42", lacks={"max_tokens"})
    await heard(member(wire.openai), patient=True, max_tokens=9)
    assert wire.calls[-1].body["max_completion_tokens"] == 9
    wire.model("n", "42", lacks={"max_tokens", "max_completion_tokens"})
    assert (await heard(member(wire.openai, "n"), patient=True)).text == "42"


async def test_a_schema_becomes_any_json_and_then_none(wire: Wire) -> None:
    wire.model("m", "{}", lacks={"json_schema", "json_object"})
    await heard(member(wire.openai), patient=True, schema={"type": "object"})
    forms = [call.body.get("response_format", {}).get("type") for call in wire.calls]
    assert forms == ["json_schema", "json_object", None]


async def test_everything_at_once_is_given_up_one_by_one(wire: Wire) -> None:
    lacks = {"logprobs", "temperature", "seed", "max_tokens", "stream_options", "stream", "response_format"}
    wire.model("m", "42", lacks=lacks)
    asked = {"top_logprobs": 2, "temperature": 0.5, "seed": 1, "schema": {"type": "object"}, "live": True}
    assert (await heard(member(wire.openai), patient=True, **asked)).text == "42"
    assert set(wire.calls[-1].body) == {"model", "messages", "max_completion_tokens"}


async def test_an_option_that_is_turned_down_is_a_failure_that_names_it(wire: Wire) -> None:
    wire.model("m", "42", lacks={"temperature"})
    with pytest.raises(CallFailed, match="temperature") as caught:
        await heard(member(wire.openai, options={"temperature": 0.1}))
    assert caught.value.kind == "refused"


async def test_log_probabilities_that_are_silently_left_out_are_no_failure(wire: Wire) -> None:
    wire.model("m", "42", ignores={"logprobs"})
    said = await heard(member(wire.openai), top_logprobs=2)
    assert (said.text, said.tokens) == ("42", ())
    assert "logprobs" not in (await connect(member(wire.openai))).features


@LIVE
@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_call_that_is_cancelled_ends_at_the_server_too(wire: Wire, live: bool, fault: Any) -> None:
    wire.model("m", "one two three").fail(fault)
    task = asyncio.create_task(heard(member(wire.openai), live=live))
    assert await wire.until(lambda: bool(wire.calls))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await wire.until(lambda: wire.calls[0].disconnected and not wire.open_connections, within=0.5)


async def test_a_stream_that_nobody_hears_to_its_end_ends_at_the_server_too(wire: Wire) -> None:
    wire.model("m", "one two three four", pace=30.0)
    async with aclosing((await connect(member(wire.openai))).stream(request())) as chunks:
        assert (await anext(chunks)).text == "one"
    assert await wire.until(lambda: wire.calls[0].disconnected and not wire.open_connections, within=0.5)


@LIVE
async def test_one_connection_serves_call_after_call_of_every_model(wire: Wire, live: bool) -> None:
    for name in ("a", "b", "a", "b"):
        wire.model(name, "one two three")
        await heard(member(wire.openai, name), live=live)
    assert wire.connections == 1


async def test_calls_at_once_do_not_wait_for_each_other(wire: Wire) -> None:
    wire.model("m", "42", latency=0.05)
    await asyncio.gather(*(heard(member(wire.openai)) for _ in range(64)))
    assert wire.most_in_flight == 64


async def test_disconnecting_closes_every_connection_and_calling_opens_them_again(wire: Wire) -> None:
    wire.model("m", "42")
    await heard(member(wire.openai))
    await disconnect()
    assert await wire.until(lambda: not wire.open_connections)
    assert (await heard(member(wire.openai))).text == "42"


def test_every_loop_has_connections_of_its_own_and_closes_them_at_its_end(wire: Wire) -> None:
    wire.model("m", "42")
    for _ in range(3):
        assert asyncio.run(heard(member(wire.openai))).text == "42"
        assert wire.wait(lambda: not wire.open_connections)
    assert wire.connections == 3


async def test_the_key_is_sent_and_never_told(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.key = "sk-the-right-one-1234"
    wire.model("m", "42")
    monkeypatch.setenv("MY_KEY", wire.key)
    assert (await heard(member(wire.openai, key="MY_KEY"))).text == "42"
    monkeypatch.setenv("OTHER_KEY", "sk-the-wrong-one-5678")
    with pytest.raises(CallFailed) as caught:
        await heard(member(wire.openai, key="OTHER_KEY"))
    assert caught.value.kind == "auth"
    assert "5678" not in str(caught.value)
    with pytest.raises(CallFailed, match="no key was sent"):
        await heard(member(wire.openai))


async def test_a_services_own_key_is_not_sent_elsewhere(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-alone")
    wire.model("m", "42")
    await heard(member(wire.openai))
    assert "authorization" not in wire.calls[0].headers


async def test_a_services_address_may_come_from_its_variable(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-openai-alone")
    monkeypatch.setenv("OPENAI_BASE_URL", wire.openai)
    wire.model("m", "42")
    assert (await heard(Member(name="m", model="openai:m"))).text == "42"
    assert wire.calls[0].headers["authorization"] == "Bearer sk-for-openai-alone"


async def test_a_key_in_the_file_goes_to_the_address_beside_it(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY=sk-for-the-proxy\nOPENAI_BASE_URL={wire.openai}\n")
    wire.model("m", "42")
    assert (await heard(Member(name="m", model="openai:m"))).text == "42"
    assert wire.calls[0].headers["authorization"] == "Bearer sk-for-the-proxy"


async def test_a_key_that_was_corrected_is_sent_at_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.key = "sk-the-right-one-1234"
    wire.model("m", "42")
    monkeypatch.setenv("MY_KEY", "sk-the-wrong-one-5678")
    with pytest.raises(CallFailed):
        await heard(member(wire.openai, key="MY_KEY"))
    monkeypatch.setenv("MY_KEY", wire.key)
    assert (await heard(member(wire.openai, key="MY_KEY"))).text == "42"


async def test_warming_calls_nobody(wire: Wire) -> None:
    await (await connect(member(wire.openai))).warm()
    assert (wire.connections, wire.calls) == (0, [])


# What the scripted server does not do, byte by byte.


def event(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    choices = [{"index": 0, "delta": delta or {}, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices, **more}, ensure_ascii=False).encode() + b"\n\n"


USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
SCRIPT = (
    b": OPENROUTER PROCESSING\n\n"
    + event({"role": "assistant", "content": ""})
    + event({"content": "<thi"})
    + event({"content": "nk>생각</think>\n"})
    + event({"content": "답은 "})
    + event({"content": "마흔둘 🙂"})
    + event(finish="stop")
    + b'data: {"choices": [], "usage": ' + json.dumps(USAGE).encode() + b"}\n\ndata: [DONE]\n\n"
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.integers(1, len(SCRIPT) - 1), max_size=12))
def test_a_stream_is_the_same_reply_wherever_it_is_cut(places: list[int]) -> None:
    ends = [0, *sorted(places), len(SCRIPT)]
    pieces = [SCRIPT[start:end] for start, end in pairwise(ends)]

    async def hear() -> None:
        async with answering(streamed(b""), *pieces) as url:
            said = await heard(member(url))
        assert (said.text, said.reasoning, said.finish) == ("답은 마흔둘 🙂", "생각", "stop")
        assert said.usage == {"input": 3, "output": 4, "estimated": False}

    asyncio.run(hear())


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_a_stream_may_come_byte_by_byte(size: int) -> None:
    pieces = [SCRIPT[place : place + size] for place in range(0, len(SCRIPT), size)]
    async with answering(streamed(b""), *pieces) as url:
        assert (await heard(member(url))).text == "답은 마흔둘 🙂"


PING = b'data: {"type": "ping"}\n\n'
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%s\r\n" % (len(SCRIPT), SCRIPT)


def choice(**message: Any) -> bytes:
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()


LEGACY = {"tokens": ["4", "2"], "token_logprobs": [None, -0.5], "top_logprobs": [None, {"2": -0.5, "3": -1.5}]}
MISTRAL = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "42"}]
SPREAD = [
    {"token": "bytes:\\xea\\xb0", "logprob": -0.5, "bytes": [0xEA, 0xB0]},
    {"token": "bytes:\\x80", "logprob": -0.25, "bytes": [0x80]},
    {"token": "!", "logprob": 0.0000001, "bytes": [0x21]},
]


@pytest.mark.parametrize(
    ("response", "text", "more"),
    [
        (whole(choice(content=MISTRAL)), "42", {"reasoning": "hm"}),
        (whole(choice(content=None, reasoning="hm")), "", {"reasoning": "hm"}),
        (whole(choice(content="42", reasoning_content=None, refusal=None)), "42", {}),
        (whole(b'{"choices": [{"message": {"content": "42"}}]}'), "42", {"finish": "stop"}),
        (whole(b'{"choices": [{"message": {"content": "42"}, "logprobs": {"content": [{"token": "42", "logprob": NaN'
               b"}]}}]}"), "42", {}),
        (whole(SCRIPT, kind=STREAM), "답은 마흔둘 🙂", {"reasoning": "생각"}),
        (whole(choice(content="42"), kind=f"{JSON}; charset=utf-8"), "42", {}),
        (streamed(event({"content": "42"}) + b"data: [DONE]\n\n"), "42", {"finish": "stop"}),
        (streamed(event({"content": "42"}) + event(finish="stop")), "42", {"finish": "stop"}),
        (streamed(event({"content": "42"}) + event(finish="stop"), kind="text/plain"), "42", {}),
        (streamed(event({"content": "42"}) + event(finish="stop").rstrip()), "42", {"finish": "stop"}),
        (streamed(event({"content": "42"}) + b"data: [DONE] \n\n"), "42", {"finish": "stop"}),
        (streamed(PING + event({"content": "42"}) + PING + event(finish="stop")), "42", {"finish": "stop"}),
        (streamed(event({"content": "42"}, "stop") + b'data: {"usage": ' + json.dumps(USAGE).encode() + b"}\n\n"),
         "42", {"usage": {"input": 3, "output": 4, "estimated": False}}),
        (streamed(b"\xef\xbb\xbf" + event({"content": "42"}) + event(finish="stop")), "42", {"finish": "stop"}),
        (whole(SCRIPT, kind=STREAM).replace(b"Length: ", b"Length: 9"), "답은 마흔둘 🙂", {"reasoning": "생각"}),
        (CHUNKED + CHUNK, "답은 마흔둘 🙂", {"reasoning": "생각"}),
    ],
)  # fmt: skip
@LIVE
async def test_other_ways_to_write_a_reply(live: bool, response: bytes, text: str, more: dict[str, Any]) -> None:
    if not live and response.split(b"\r\n")[1] == b"Content-Type: text/plain":
        return  # nobody sends a stream as something else without being asked for one
    async with answering(response) as url:
        said = await heard(member(url), live=live, top_logprobs=1)
    assert said.text == text
    assert {name: getattr(said, name) for name in more} == more


@pytest.mark.parametrize(
    ("logprobs", "tokens"),
    [
        (LEGACY, [("2", -0.5, (("2", -0.5), ("3", -1.5)))]),
        ({"content": SPREAD}, [("가", -0.75, ()), ("!", 0.0, ())]),
        ({"content": SPREAD[:1]}, [("\ufffd", -0.5, ())]),
        ({"content": None}, []),
        ({"content": [{"token": "4", "logprob": None}]}, []),
        ({"content": [{"logprob": -1}]}, []),
        ({"content": 7}, []),
        ("none", []),
        ({"tokens": ["4"], "token_logprobs": []}, []),
        ({"content": [{"token": "4", "logprob": -math.inf}]}, [("4", -9999.0, ())]),
        ({"content": [{"token": "4", "logprob": -9999.0, "top_logprobs": None}]}, [("4", -9999.0, ())]),
    ],
)
async def test_other_ways_to_write_log_probabilities(logprobs: Any, tokens: list[Any]) -> None:
    body = {"choices": [{"message": {"content": "x"}, "finish_reason": "stop", "logprobs": logprobs}]}
    async with answering(whole(json.dumps(body).encode())) as url:
        said = await heard(member(url), live=False, top_logprobs=1)
    assert [(token.text, token.logprob, token.top) for token in said.tokens] == tokens


BROKEN: list[tuple[Callable[[bytes], bytes], bytes, str]] = [
    (whole, b"", "malformed"),
    (whole, b"[]", "malformed"),
    (whole, b'{"choices": []}', "malformed"),
    (whole, b'{"choices": [{}]}', "malformed"),
    (whole, b'{"choices": {"message": 3}}', "malformed"),
    (whole, b'{"choices": [{"message": {"content": 3}}]}', "malformed"),
    (whole, b'{"object": "chat.completion"}', "malformed"),
    (whole, b"<html>Please log in</html>", "malformed"),
    (whole, b'{"choices": [{"message": {"content": "4', "malformed"),
    (whole, b"\xff\xfe", "malformed"),
    (whole, b'{"error": {"message": "no credits: insufficient_quota", "code": 402}}', "billing"),
    (whole, b'{"choices": [{"error": {"message": "Overloaded", "code": 503}}]}', "server"),
    (whole, b'{"choices": [{"message": {"content": "4"}, "finish_reason": "error"}]}', "server"),
    (streamed, event({"content": "4"}), "truncated"),
    (streamed, b"", "truncated"),
    (streamed, event({"content": "4"}) + b"data: {\n\n", "malformed"),
    (streamed, event({"content": "4"}) + b'data: {"error": "boom"}\n\n', "server"),
    (streamed, event({"content": "4"}) + b'data: {"error": {"message": "slow down", "code": 429}}\n\n', "rate"),
    (streamed, event({"content": "4"}) + event(finish="insufficient_system_resource"), "server"),
    (streamed, event({"content": "4"}) + b'data: {"error": {"code": "rate_limit_exceeded"}}\n\n', "rate"),
    (streamed, event({"content": "4"}) + b'data: {"object": "error", "message": "boom"}\n\n', "server"),
    (streamed, PING, "truncated"),
    (partial(whole, kind="text/html"), b"<html>Please log in</html>", "malformed"),
]


@pytest.mark.parametrize(("form", "body", "kind"), BROKEN)
async def test_a_broken_reply_is_a_failure_of_its_kind(form: Callable[[bytes], bytes], body: bytes, kind: str) -> None:
    async with answering(form(body)) as url:
        with pytest.raises(CallFailed) as caught:
            await heard(member(url), live=form is not whole)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("response", "kind", "told"),
    [
        (b"nonsense\r\n\r\n", "malformed", "HTTP"),
        (b"", "network", "connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\nContent-Type: application/json\r\n\r\n{", "truncated", "too early"),
        (whole(b"", status=301, headers="Location: https://elsewhere.example/v1\r\n"), "missing-model", "moved"),
    ],
)
@LIVE
async def test_a_broken_exchange_is_a_failure_of_its_kind(live: bool, response: bytes, kind: str, told: str) -> None:
    async with answering(response) as url:
        with pytest.raises(CallFailed, match=told) as caught:
            await heard(member(url), live=live)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ((b"HTTP/1.1 503 X\r\nContent-Length: 36\r\n\r\n", b'{"error": {"message": "Ove', b'rloaded"}}'), "Overloaded"),
        ((b"HTTP/1.1 503 X\r\nContent-Length: 99\r\n\r\n", b'{"error": {"message": "Ove'), "503"),
    ],
)
async def test_an_error_that_comes_in_pieces_or_in_part_is_still_one(pieces: tuple[bytes, ...], told: str) -> None:
    async with answering(*pieces) as url:
        with pytest.raises(CallFailed, match=told) as caught:
            await heard(member(url))
    assert caught.value.kind == "server"


async def test_credentials_in_an_address_are_not_told() -> None:
    async with answering(b"") as url:
        with pytest.raises(CallFailed) as caught:
            await heard(member(url.replace("//", "//user:hidden@")))
    assert "hidden" not in str(caught.value)


async def test_a_last_event_ends_a_stream_that_the_server_holds_open() -> None:
    async with answering(CHUNKED + CHUNK, held=[]) as url, asyncio.timeout(5):
        assert (await heard(member(url))).text == "답은 마흔둘 🙂"
        await disconnect()


async def test_a_connection_serves_on_where_a_stream_ends_a_little_after_its_last_event() -> None:
    connections = list[str]()
    async with answering(CHUNKED, CHUNK, b"0\r\n\r\n", held=connections) as url:
        for _ in range(3):
            assert (await heard(member(url))).text == "답은 마흔둘 🙂"
        await disconnect()
    assert len(connections) == 1


HUSH = b"Bearer hush-0123456789"
LONG = b"x" * 190 + HUSH  # where what is shown of a reply ends in the middle of the key


@LIVE
@pytest.mark.parametrize(
    "response",
    [
        whole(HUSH),
        whole(LONG),
        whole(b'{"headers": "' + HUSH + b'"}'),
        whole(b'{"choices": [{"message": 3}], "x": "' + HUSH + b'"}'),
        whole(choice(content=None, refusal=HUSH.decode())),
        whole(b'{"error": {"message": "' + HUSH + b'"}}'),
        whole(b'{"error": {"message": "' + HUSH + b'"}}', status=400),
        whole(b"<html>" + LONG + b"</html>", kind="text/html"),
        streamed(b"data: " + HUSH + b"\n\n"),
        streamed(b'data: {"object": "error", "message": "' + HUSH + b'"}\n\n'),
    ],
)
async def test_a_key_that_comes_back_is_not_told(live: bool, response: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "hush-0123456789")
    async with answering(response) as url:
        with pytest.raises(CallFailed) as caught:
            await heard(member(url, key="MY_KEY"), live=live)
    assert "hush" not in str(caught.value)


async def test_a_page_in_place_of_a_reply_teaches_nothing() -> None:
    async with answering(whole(b"<html>Please log in</html>", kind="text/html")) as url:
        with pytest.raises(CallFailed, match="no JSON: <html>Please log in"):
            await heard(member(url))
        assert capabilities.of("openai:m", url).able == {}


async def test_what_came_before_a_body_broke_off_comes_before_the_error() -> None:
    loop = asyncio.get_running_loop()
    content = StreamReader(BaseProtocol(loop), 1 << 16, loop=loop)
    content.feed_data(b"data: [DONE]")
    content.set_exception(ClientPayloadError("cut"))
    assert await received(content) == b"data: [DONE]"
    with pytest.raises(ClientPayloadError, match="cut"):
        await received(content)
