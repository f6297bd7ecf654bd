"""Endpoints of Ollama, over real sockets."""

import asyncio
import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hearing import heard
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_server import LINES, answering, streamed, whole
from wire import Reply, Wire

from symposium.ledger.records import CallFailed, ConfigurationError, Message
from symposium.models.endpoints import connect, ollama_url
from symposium.models.member import Member
from symposium.models.provider import Feature, Lacking

pytestmark = pytest.mark.usefixtures("opened")
LIVE = pytest.mark.parametrize("live", [False, True], ids=["whole", "streamed"])
KOREAN = "답은 마흔둘입니다.\n\n  정답: 42 🙂"


def member(url: str | None, model: str = "m", **more: Any) -> Member:
    return Member(name="m", model=f"ollama:{model}", base_url=url, **more)


@LIVE
@pytest.mark.parametrize(
    ("reply", "text", "reasoning", "finish"),
    [
        (Reply(KOREAN), KOREAN, "", "stop"),
        (Reply("Answer: 42", reasoning="6 times 7"), "Answer: 42", "6 times 7", "stop"),
        (Reply("<think>6 times 7</think>\nAnswer: 42"), "Answer: 42", "6 times 7", "stop"),
        (Reply("Answer", finish="length"), "Answer", "", "length"),
        (Reply(""), "", "", "stop"),
    ],
)
async def test_a_reply_is_text_thinking_and_an_end(
    wire: Wire, live: bool, reply: Reply, text: str, reasoning: str, finish: str
) -> None:
    wire.model("m", reply)
    said = await heard(member(wire.url), live=live)
    assert (said.text, said.reasoning, said.finish) == (text, reasoning, finish)
    assert wire.calls[0].body["stream"] is live
    assert live or said.chunks == 1


@LIVE
async def test_tokens_are_counted_and_scored(wire: Wire, live: bool) -> None:
    wire.model("m", Reply(KOREAN, probability=0.8, usage={"prompt_eval_count": 10, "eval_count": 5}))
    said = await heard(member(wire.url), live=live, top_logprobs=2)
    assert said.usage == {"input": 10, "output": 5, "estimated": False}
    assert said.token_texts == KOREAN
    assert {round(math.exp(token.logprob), 6) for token in said.tokens} == {0.8}
    assert all(len(token.top) == 2 for token in said.tokens)
    assert (await heard(member(wire.url), live=live)).tokens == ()


@LIVE
async def test_a_server_that_counts_nothing_leaves_it_to_be_estimated(wire: Wire, live: bool) -> None:
    wire.model("m", "42", counts=False)
    assert (await heard(member(wire.url), live=live)).usage is None


async def test_what_is_sent_is_what_was_asked_for(wire: Wire) -> None:
    wire.model("m", "42")
    schema = {"type": "object"}
    await heard(member(wire.url), temperature=0.5, seed=7, stop=("\n",), max_tokens=12, schema=schema, live=False)
    assert wire.calls[0].body == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How many?"}],
        "stream": False,
        "format": {"type": "object"},
        "options": {"num_predict": 12, "temperature": 0.5, "top_p": 1.0, "seed": 7, "stop": ["\n"]},
    }


async def test_options_are_the_requests_own_or_the_runners(wire: Wire) -> None:
    wire.model("m", "42", capabilities=("completion", "thinking"))
    await heard(member(wire.url, options={"keep_alive": "1h", "think": False, "num_gpu": 4, "top_p": 0.5}))
    body = wire.calls[0].body
    assert (body["keep_alive"], body["think"]) == ("1h", False)
    assert (body["options"]["num_gpu"], body["options"]["top_p"]) == (4, 0.5)


@pytest.mark.parametrize(
    ("words", "context", "asked"),
    [(10, None, None), (10, 32768, None), (3000, None, 16384), (3000, 10000, 10000)],
)
async def test_a_long_prompt_gets_a_context_that_holds_it(
    wire: Wire, words: int, context: int | None, asked: int | None
) -> None:
    wire.model("m", "42")
    long = (Message(role="user", content="word word " * words),)
    await heard(member(wire.url, context=context), messages=long)
    assert wire.calls[0].body["options"].get("num_ctx") == asked


async def test_the_context_only_grows_so_that_the_model_is_not_loaded_again(wire: Wire) -> None:
    wire.model("m", "42")
    for words in (10, 3000, 10):
        await heard(member(wire.url), messages=(Message(role="user", content="word word " * words),))
    assert [call.body["options"].get("num_ctx") for call in wire.calls] == [None, 16384, 16384]


@LIVE
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", "refused"),
        ("401", "auth"),
        ("404", "missing-model"),
        ("429", "rate"),
        ("500", "server"),
        ("503", "server"),
        ("context", "context"),
        ("malformed", "malformed"),
        ("reset", "network"),
        ("truncated", "truncated"),
        ("inline", "server"),
    ],
)
async def test_every_fault_has_its_kind(wire: Wire, live: bool, fault: Any, kind: str) -> None:
    wire.model("m", "one two three").fail(fault)
    with pytest.raises(CallFailed) as caught:
        await heard(member(wire.url), live=live)
    assert caught.value.kind == kind


async def test_a_missing_model_comes_with_advice(wire: Wire) -> None:
    with pytest.raises(CallFailed, match="ollama pull qwen3:4b") as caught:
        await heard(member(wire.url, "qwen3:4b"))
    assert caught.value.kind == "missing-model"


async def test_what_the_model_cannot_do_but_was_told_to_is_a_failure_that_says_so(wire: Wire) -> None:
    wire.model("m", "42")
    with pytest.raises(CallFailed, match="does not support thinking") as caught:
        await heard(member(wire.url, options={"think": True}))
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(
    ("parameter", "feature", "values"),
    [
        ("logprobs", "logprobs", {"top_logprobs": 2}),
        ("top_logprobs", "logprobs", {"top_logprobs": 2}),
        ("format", "schema", {"schema": {"type": "object"}}),
    ],
)
async def test_what_a_server_does_not_take_is_left_out_from_then_on(
    wire: Wire, parameter: str, feature: Feature, values: dict[str, Any]
) -> None:
    wire.model("m", "42", lacks={parameter})
    with pytest.raises(Lacking) as caught:
        await heard(member(wire.url), **values)
    assert caught.value.feature == feature
    assert (await heard(member(wire.url), **values)).text == "42"
    assert parameter not in wire.calls[-1].body


@LIVE
@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_call_that_is_cancelled_ends_at_the_server_too(wire: Wire, live: bool, fault: Any) -> None:
    wire.model("m", "one two three").fail(fault)
    task = asyncio.create_task(heard(member(wire.url), live=live))
    assert await wire.until(lambda: bool(wire.calls))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await wire.until(lambda: wire.calls[0].disconnected and not wire.open_connections, within=0.5)


async def test_the_server_of_the_environment_is_asked(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", wire.url.removeprefix("http://"))
    wire.model("m", "42")
    assert (await heard(member(None))).text == "42"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (None, "http://127.0.0.1:11434"),
        ("", "http://127.0.0.1:11434"),
        ("box", "http://box:11434"),
        ("box:80", "http://box:80"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://box", "http://box:80"),
        ("https://box", "https://box:443"),
        ("https://box:1234/ollama/", "https://box:1234/ollama"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("::1", "http://[::1]:11434"),
        ("fe80::1", "http://[fe80::1]:11434"),
    ],
)
def test_a_host_becomes_a_url_as_ollama_itself_reads_it(host: str | None, url: str) -> None:
    assert ollama_url(host) == url


@pytest.mark.parametrize(
    "host", ["tcp://1.2.3.4:11434", "unix:///run/x", "box:abc", "box:99999", "http://[bad", "my box"]
)
def test_a_host_that_is_no_address_is_told_by_its_variable(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"OLLAMA_HOST: .* is no address"):
        ollama_url(host)


def test_a_host_that_is_no_address_is_told_without_its_credentials() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ollama_url("https://me:hidden@box:99999/?token=hidden")
    assert "hidden" not in str(caught.value)


def line(content: str = "", *, done: bool = False, **more: Any) -> bytes:
    said = {"message": {"role": "assistant", "content": content}, "done": done, **more}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


SCRIPT = (
    line("", **{"message": {"role": "assistant", "content": "", "thinking": "생각"}})
    + line("답은 ")
    + line("마흔둘 🙂")
    + line(done=True, done_reason="stop", prompt_eval_count=3, eval_count=4)
)


@settings(deadline=None)
@given(st.lists(st.integers(1, len(SCRIPT) - 1), max_size=12))
def test_a_stream_is_the_same_reply_wherever_it_is_cut(places: list[int]) -> None:
    pieces = [SCRIPT[start:end] for start, end in pairwise([0, *sorted(places), len(SCRIPT)])]

    async def hear() -> None:
        async with answering(streamed(b"", kind=LINES), *pieces) as url:
            said = await heard(member(url))
        assert (said.text, said.reasoning, said.finish) == ("답은 마흔둘 🙂", "생각", "stop")
        assert said.usage == {"input": 3, "output": 4, "estimated": False}

    asyncio.run(hear())


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (streamed(line("4"), kind=LINES), "truncated"),
        (streamed(b"", kind=LINES), "truncated"),
        (streamed(line("4") + b'{"error": "model runner has unexpectedly stopped"}\n', kind=LINES), "server"),
        (streamed(line("4") + b"{}\n", kind=LINES), "malformed"),
        (streamed(line("4") + line("", done=True, done_reason="load"), kind=LINES), "server"),
        (whole(b'{"message": 3, "done": true}'), "malformed"),
        (whole(b"[]"), "malformed"),
        (whole(b""), "truncated"),
        (whole(b"<html>Please log in</html>", kind="text/html"), "malformed"),
        (whole(b"404 page not found", status=404, kind="text/plain"), "missing-model"),
    ],
)
async def test_a_broken_reply_is_a_failure_of_its_kind(response: bytes, kind: str) -> None:
    async with answering(response) as url:
        with pytest.raises(CallFailed) as caught:
            await heard(member(url))
    assert caught.value.kind == kind


async def test_a_stream_may_be_called_json() -> None:
    async with answering(whole(SCRIPT)) as url:
        said = await heard(member(url))
        assert (said.text, said.reasoning) == ("답은 마흔둘 🙂", "생각")
        assert "streaming" in (await connect(member(url))).features
