"""Symbolic minds: members that check what others wrote and never answer themselves."""

from typing import Any

import pytest

from symposium.graphs import ask, start
from symposium.ledger.records import ConfigurationError, Message, UsageError
from symposium.models.provider import Chunk, Request
from symposium.models.providers.symbolic import Arithmetic, mind
from symposium.models.settings import cast, load


@pytest.fixture(autouse=True)
def nobody_configured(stage: Any) -> None:
    stage.configure("")


async def replies(*contents: str) -> list[Chunk]:
    messages = tuple(Message(role="user", content=content) for content in contents)
    return [chunk async for chunk in Arithmetic().stream(Request(messages=messages, max_tokens=9))]


async def test_the_steps_of_the_last_message_are_checked() -> None:
    chunks = await replies("3+4=8", "94*80=7520; 94*5=480; answer 8000")
    assert "".join(chunk.text for chunk in chunks) == "wrong: 94*5=480 (it is 470)"
    assert chunks[-1].finish == "stop"


async def test_what_was_read_and_said_is_counted_as_an_estimate() -> None:
    usage = (await replies("94*85=7990"))[-1].usage
    assert usage == {"input": 4, "output": 7, "estimated": True}


@pytest.mark.parametrize("question", ["What is 17*24?", "17*24=", "94와 85의 곱은 얼마?", "Is 17*24=408?", "2+2=5?"])
async def test_alone_it_abstains(question: str) -> None:
    outcome = await ask(question, members=["symbolic:arithmetic"], samples=1)
    assert (outcome["status"], outcome["extracted"], outcome["exit"]) == ("abstained", None, "no-answer")
    assert outcome["answered"] == ["symbolic:arithmetic"]


async def test_beside_others_it_has_no_vote(stage: Any) -> None:
    stage.cast("a", "3+4=7; answer 7")
    outcome = await ask("What is 3+4?", members=["a", "symbolic:arithmetic"], samples=1, rule="plurality")
    assert (outcome["extracted"], outcome["agreed"]) == ("7", ["a"])


async def test_its_words_stream_through_the_gate_and_cost_nothing() -> None:
    deliberation = start("3+4=8", graph="single", members=["symbolic:arithmetic"], budget=0.0)
    events = [dict(event) async for event in deliberation.events()]
    said = "".join(event["text"] for event in events if event["type"] == "call.delta")
    assert said == "wrong: 3+4=8 (it is 7)"
    ends = [event for event in events if event["type"] == "call.end"]
    assert [(end["cost"], end["usage"]["estimated"], end["answer"]) for end in ends] == [(0.0, True, None)]


def test_it_is_named_like_any_model() -> None:
    (member,) = cast(load(), ("symbolic:arithmetic",))
    assert (member.family, member.provider, member.price and member.price.cost(input_tokens=9, output_tokens=9)) == (
        "symbolic",
        "symbolic",
        0.0,
    )


async def test_an_unknown_one_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean 'arithmetic'"):
        mind("arithmetics")
    with pytest.raises(UsageError, match="arithmetic"):
        cast(load(), ("symbolic:algebra",))
