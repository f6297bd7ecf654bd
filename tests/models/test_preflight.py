"""Preflight: what is made of a request that does not fit its member's context."""

from typing import Any

import pytest
from clock import timeless
from hypothesis import assume, given
from hypothesis import strategies as st
from timed import Theatre, Turn

from symposium.ledger.records import CallFailed, Message
from symposium.models.member import Member
from symposium.models.preflight import Cut, estimated, fitted

WORDS = "word " * 600  # 1,000 tokens


def turns(*texts: str) -> tuple[Message, ...]:
    roles = ("system", "user", "assistant", "user")
    return tuple(Message(role=role, content=text) for role, text in zip(roles, texts, strict=False))  # type: ignore[typeddict-item]


async def told(theatre: Theatre, *texts: str, **entry: Any) -> tuple[Any, dict[str, Any]]:
    """The request that reaches the endpoint, and what is told of its start."""
    speaker = theatre.speaker("a", Turn())
    theatre.begin()
    await theatre.mind("a", **entry).say(turns(*texts), role="proposer")
    (start,) = theatre.of("call.start")
    return speaker.requests[-1], start


@pytest.mark.parametrize("context", [None, 4096])
@timeless
async def test_what_fits_or_cannot_be_checked_is_sent_as_it_is(theatre: Theatre, context: int | None) -> None:
    request, start = await told(theatre, "Be brief.", WORDS, WORDS, "Why?", context=context, max_tokens=1000)
    assert ([m["content"] for m in request.messages], request.max_tokens) == (["Be brief.", WORDS, WORDS, "Why?"], 1000)
    assert "cut" not in start
    assert theatre.run is not None
    assert theatre.run.notes == []


@timeless
async def test_the_bound_of_the_reply_gives_way_first(theatre: Theatre) -> None:
    request, start = await told(theatre, "Be brief.", WORDS, context=1500, max_tokens=1000)
    assert [m["content"] for m in request.messages] == ["Be brief.", WORDS]
    assert request.max_tokens == 1500 - estimated(request.messages)
    assert start["cut"] == {"turns": 0, "characters": 0, "reply": 1000 - request.max_tokens}
    assert theatre.run is not None
    assert theatre.run.notes == [], "the reply has room enough"


@timeless
async def test_then_the_oldest_turns_go_and_the_outcome_can_say_so(theatre: Theatre) -> None:
    request, start = await told(theatre, "Be brief.", WORDS, WORDS, "Why?", context=1500, max_tokens=1000)
    assert [m["content"] for m in request.messages] == ["Be brief.", "Why?"]
    assert (start["cut"]["turns"], request.max_tokens) == (2, 1000)
    assert theatre.run is not None
    assert theatre.run.notes == ["a was not told 2 earlier turns: its context has 1,500 tokens"]


@timeless
async def test_what_cannot_fit_fails_before_anything_is_sent_or_counted(theatre: Theatre) -> None:
    speaker = theatre.speaker("a")
    run = theatre.begin()
    with pytest.raises(CallFailed, match="do not fit the context of 90 tokens") as failed:
        await theatre.mind("a", context=90).say(turns(WORDS, WORDS), role="proposer")
    assert (failed.value.kind, failed.value.attempts) == ("context", 0)
    assert (speaker.asked, run.budget.calls, run.budget.reservations) == ([], 0, 0)
    assert [(event["kind"], event["attempt"], event["retry_in"]) for event in theatre.of("call.error")] == [
        ("context", 0, None)
    ]


@timeless
async def test_a_reply_that_has_beside_is_not_cut_off_from_its_question(theatre: Theatre) -> None:
    theatre.speaker("a", features=frozenset({"prefix", "forced"}))
    theatre.begin()
    mind = theatre.mind("a", context=200)
    with pytest.raises(CallFailed, match="context"):
        await mind.say(turns("Be brief.", WORDS), role="reviser", prefix="1+1=2;")
    await mind.say(turns("Be brief.", WORDS), role="judge", forced="1+1=2")  # its endpoint counts exactly
    assert theatre.speakers["a"].requests[-1].messages[-1]["content"] == WORDS


@timeless
async def test_what_was_cut_is_recorded_under_the_name_of_what_was_sent(theatre: Theatre) -> None:
    _, long = await told(theatre, "Be brief.", WORDS, WORDS, "Why?", context=1500, max_tokens=1000)
    _, short = await told(theatre, "Be brief.", "Why?")
    _, whole = await told(theatre, "Be brief.", WORDS, WORDS, "Why?")
    assert long["prompt"] == short["prompt"] != whole["prompt"]


@given(
    st.lists(st.text(max_size=900), min_size=1, max_size=4),
    st.integers(16, 900),
    st.integers(1, 2000),
    st.integers(0, 100),
    st.booleans(),
)
def test_whatever_is_sent_fits(texts: list[str], context: int, most: int, beside: int, whole: bool) -> None:
    member, messages = Member(name="a", model="timed:a", context=context), turns(*texts)
    size = {"tokens": estimated(messages), "max_tokens": most, "beside": beside}
    try:
        found = fitted(member, messages, **size, whole=whole)
    except CallFailed:
        assume(False)  # what is refused has a test of its own
    assert estimated(found.messages) + beside + found.max_tokens <= context
    assert 0 < found.max_tokens <= most
    assert found.messages[-1]["role"] == messages[-1]["role"]
    assert whole <= (found.messages == messages)
    cut = found.cut or Cut()
    assert cut.reply == most - found.max_tokens
    assert bool(cut.words) is (found.messages != messages)
