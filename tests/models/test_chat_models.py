"""The endpoint over langchain's chat models, tried with the integration that is installed, over real sockets."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hearing import heard, request
from wire import Reply, Wire

from symposium.ledger.records import CallFailed, ConfigurationError
from symposium.models.endpoints import PROVIDERS, connect
from symposium.models.member import Member
from symposium.models.provider import Lacking

pytest.importorskip("langchain")
pytestmark = pytest.mark.usefixtures("opened")
LIVE = pytest.mark.parametrize("live", [False, True], ids=["whole", "streamed"])


@pytest.fixture(autouse=True)
def chained(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider `chained:`, which is OpenAI's chat model of langchain."""
    from symposium.models.providers.chat_models import ChatModelEndpoint

    def made(member: Member) -> ChatModelEndpoint:
        return ChatModelEndpoint(replace(member, model=f"openai:{member.target}"), "sk-for-langchain-1234")

    monkeypatch.setitem(PROVIDERS, "chained", made)


def member(wire: Wire, model: str = "m", **more: Any) -> Member:
    options = {"stream_usage": True, **more.pop("options", {})}
    return Member(name="m", model=f"chained:{model}", base_url=wire.openai, options=options, **more)


@LIVE
@pytest.mark.parametrize(
    ("reply", "text", "reasoning", "finish"),
    [
        (Reply("답은 마흔둘입니다. 42 🙂"), "답은 마흔둘입니다. 42 🙂", "", "stop"),
        (Reply("<think>6 times 7</think>\nAnswer: 42"), "Answer: 42", "6 times 7", "stop"),
        (Reply("Answer", finish="length"), "Answer", "", "length"),
        (Reply(""), "", "", "stop"),
    ],
)
async def test_a_reply_is_text_thinking_and_an_end(
    wire: Wire, live: bool, reply: Reply, text: str, reasoning: str, finish: str
) -> None:
    wire.model("m", reply)
    said = await heard(member(wire), live=live)
    assert (said.text, said.reasoning, said.finish) == (text, reasoning, finish)
    assert wire.calls[0].stream is live
    assert live or said.chunks == 1


@LIVE
async def test_tokens_are_counted_by_the_provider(wire: Wire, live: bool) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 6}, "completion_tokens_details": {"reasoning_tokens": 3}}
    wire.model("m", Reply("42", usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, **details}))
    said = await heard(member(wire), live=live)
    assert said.usage == {"input": 10, "output": 5, "estimated": False, "cached": 6, "reasoning": 3}


async def test_sampling_is_passed_on_and_options_win(wire: Wire) -> None:
    wire.model("m", "42")
    asked = request(temperature=0.5, top_p=0.9, stop=("\n",), max_tokens=12, live=False)
    endpoint = await connect(member(wire, options={"top_p": 0.8}))
    async with aclosing(endpoint.stream(asked)) as chunks:
        assert [chunk.text async for chunk in chunks] == ["42"]
    body = wire.calls[0].body
    assert (body["temperature"], body["top_p"], body["stop"]) == (0.5, 0.8, ["\n"])
    assert body["max_completion_tokens"] == 12


@LIVE
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", "refused"),
        ("401", "auth"),
        ("402", "billing"),
        ("404", "missing-model"),
        ("429", "rate"),
        ("quota", "billing"),
        ("500", "server"),
        ("503", "server"),
        ("context", "context"),
        ("content", "content"),
        ("reset", "network"),
        ("malformed", "malformed"),
    ],
)
async def test_every_fault_has_its_kind(wire: Wire, live: bool, fault: Any, kind: str) -> None:
    wire.model("m", "one two three").fail(fault, retry_after=0.25)
    with pytest.raises(CallFailed) as caught:
        await heard(member(wire), live=live)
    assert caught.value.kind == kind
    assert caught.value.retry_after == (0.25 if kind in ("rate", "server") else None)
    assert "1234" not in str(caught.value)
    assert len(wire.calls) == 1  # langchain's own retries are off


async def test_a_parameter_that_is_turned_down_is_left_out_from_then_on(wire: Wire) -> None:
    wire.model("m", "42", lacks={"temperature"})
    with pytest.raises(Lacking):
        await heard(member(wire), temperature=0.5)
    assert (await heard(member(wire), temperature=0.5)).text == "42"
    assert "temperature" not in wire.calls[-1].body


async def test_a_refusal_in_the_models_own_words_is_a_failure(wire: Wire) -> None:
    wire.model("m", Reply(refusal="I can't help with that."))
    with pytest.raises(CallFailed, match="I can't help") as caught:
        await heard(member(wire), live=False)
    assert caught.value.kind == "refused"


async def test_options_that_the_integration_does_not_take_are_told(wire: Wire) -> None:
    with pytest.raises(ConfigurationError, match=r"member 'm'.*temperature") as caught:
        await heard(member(wire, options={"temperature": "warm"}))
    assert "1234" not in str(caught.value)


@LIVE
@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_call_that_is_cancelled_ends_at_the_server_too(wire: Wire, live: bool, fault: Any) -> None:
    wire.model("m", "one two three").fail(fault)
    task = asyncio.create_task(heard(member(wire), live=live))
    assert await wire.until(lambda: bool(wire.calls))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await wire.until(lambda: wire.calls[0].disconnected, within=0.5)


@LIVE
async def test_nobody_but_a_tracer_hears_of_a_call(wire: Wire, live: bool) -> None:
    from langchain_core.callbacks import AsyncCallbackHandler
    from langchain_core.runnables import RunnableLambda
    from langchain_core.tracers import LangChainTracer
    from langsmith import Client

    class Listener(AsyncCallbackHandler):
        heard: ClassVar[list[str]] = []

        async def on_chat_model_start(self, *_: Any, **__: Any) -> None:
            self.heard.append("start")

        async def on_llm_new_token(self, *_: Any, **__: Any) -> None:
            self.heard.append("token")

    class Tracer(LangChainTracer):
        traced: ClassVar[list[str]] = []

        def _persist_run_single(self, run: Any) -> None:
            self.traced.append(run.run_type)

        def _update_run_single(self, run: Any) -> None: ...

    wire.model("m", "42")

    async def node(_: object) -> str:
        return (await heard(member(wire), live=live)).text

    client = Client(api_url=wire.url, api_key="none", auto_batch_tracing=False)
    said = await RunnableLambda(node).ainvoke(0, config={"callbacks": [Listener(), Tracer(client=client)]})
    assert (said, Listener.heard, Tracer.traced) == ("42", [], ["chain", "llm"])


@LIVE
async def test_thinking_that_only_the_total_counts_is_output(wire: Wire, live: bool) -> None:
    wire.model("m", Reply("42", usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 100}))
    said = await heard(member(wire), live=live)
    assert said.usage is not None
    assert said.usage["output"] == 90


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider `strict:`, whose chat model takes no other value than these, like some of langchain's integrations."""
    from langchain.chat_models import base
    from langchain_core.language_models.fake_chat_models import FakeListChatModel
    from pydantic import ConfigDict

    from symposium.models.providers.chat_models import ChatModelEndpoint

    class Strict(FakeListChatModel):
        model_config = ConfigDict(extra="forbid")
        temperature: float
        max_tokens: int

    def made(*, cls: object, model: str, **values: Any) -> Strict:
        return Strict(responses=["42"], **values)

    monkeypatch.setitem(base._BUILTIN_PROVIDERS, "strict", ("langchain_openai", "ChatOpenAI", made))
    monkeypatch.setitem(PROVIDERS, "strict", lambda member: ChatModelEndpoint(member, None))


@pytest.mark.usefixtures("strict")
async def test_an_integration_without_retries_of_its_own_is_not_asked_to_leave_them() -> None:
    bare = Member(name="m", model="strict:m")
    assert (await heard(bare, live=False)).text == "42"
    with pytest.raises(ConfigurationError, match="member 'm': nonsense: Extra inputs"):
        await heard(replace(bare, options={"nonsense": 1}))
