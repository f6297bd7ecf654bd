"""Estimates of tokens: meant to be high in every script, and what stands in for a count that nobody told."""

import asyncio
import json
import sys
import threading

import pytest
from clock import timeless
from hypothesis import given
from hypothesis import strategies as st
from timed import ASKED, Theatre, Turn

from symposium.ledger.records import CallFailed, LimitReached, Usage
from symposium.models import traffic
from symposium.models.budget import Price
from symposium.models.member import PER_TURN, Member, estimated_tokens
from symposium.models.provider import Chunk, Token
from symposium.models.reply import Reply

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string", "description": "word " * 30}}}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("four", 2),
        ("a" * 300, 100),
        ("가나다라", 6),
        ("漢字かな", 6),
        ("привет", 4),  # two bytes each
        ("สวัสดี", 6),  # three bytes each
        ("😀", 3),
        ("👩‍👩‍👧", 11),
        ("𠀀𠀁", 6),  # ideographs of Extension B
        ("\ud800", 1),  # half a character
    ],
)
def test_a_text_is_taken_for_a_token_per_three_bytes_or_more(text: str, tokens: int) -> None:
    assert estimated_tokens(text) == tokens


@given(st.text(max_size=80), st.text(max_size=80))
def test_an_estimate_grows_with_the_text_and_is_no_less_than_its_parts_suggest(head: str, tail: str) -> None:
    both = estimated_tokens(head + tail)
    assert estimated_tokens(head) <= both <= estimated_tokens(head) + estimated_tokens(tail)
    assert both >= len((head + tail).encode("utf-8", "surrogatepass")) / 3


@timeless
async def test_a_turn_s_frame_and_the_schema_are_counted_before_the_call(theatre: Theatre) -> None:
    plain = PER_TURN + 1 + 10
    cases: list[tuple[dict[str, object], int]] = [
        ({}, plain),
        ({"schema": SCHEMA}, plain + estimated_tokens(json.dumps(SCHEMA))),
    ]
    for asked, least in cases:
        speaker = theatre.speaker("a", Turn())
        theatre.begin(tokens=least - 1)
        with pytest.raises(LimitReached):
            await theatre.mind("a", max_tokens=10).say(ASKED, role="judge", **asked)  # type: ignore[arg-type]
        assert speaker.asked == []
    theatre.begin(tokens=plain)
    assert await theatre.mind("a", max_tokens=10).say(ASKED, role="judge")


@timeless
async def test_a_schema_takes_room_in_a_member_s_context(theatre: Theatre) -> None:
    theatre.speaker("a")
    theatre.begin()
    mind = theatre.mind("a", context=130)
    await mind.say(ASKED, role="judge")
    with pytest.raises(CallFailed, match="context"):
        await mind.say(ASKED, role="judge", schema=SCHEMA)


def replied(*chunks: Chunk) -> Reply:
    reply = Reply()
    for number, chunk in enumerate(chunks):
        reply.add(chunk, after=float(number))
    return reply


@pytest.mark.parametrize(
    ("chunks", "usage"),
    [
        ([Chunk(text="word " * 300)], Usage(input=50, output=500, estimated=True)),  # not streamed: one piece
        ([Chunk(text="42", reasoning="hm " * 100)], Usage(input=50, output=101, estimated=True)),
        ([Chunk(text=".")] * 9, Usage(input=50, output=9, estimated=True)),  # streamed: at least a token a piece
        ([Chunk(text="a", tokens=(Token("", -0.1),) * 7)], Usage(input=50, output=7, estimated=True)),
        ([], Usage(input=50, output=0, estimated=True)),
        (
            [Chunk(text="abc", usage=Usage(input=0, output=40, estimated=True))],
            Usage(input=50, output=40, estimated=True),
        ),
        (
            [Chunk(text="abcd", usage=Usage(input=70, output=0, estimated=True))],
            Usage(input=70, output=2, estimated=True),
        ),
        (
            [Chunk(text="abcd", usage=Usage(input=7, output=0, estimated=False))],
            Usage(input=7, output=0, estimated=False),
        ),
    ],
)
def test_what_the_provider_did_not_count_is_estimated_and_what_it_did_is_kept(
    chunks: list[Chunk], usage: Usage
) -> None:
    assert replied(*chunks).used(50, most=1000) == usage


def test_a_cache_that_gives_more_than_was_read_makes_nothing_cheaper_than_all_of_it() -> None:
    price = Price(input=10.0, output=1.0, cached=1.0, source="test")
    assert price.cost(input_tokens=100, output_tokens=0, cached_tokens=500) == pytest.approx(100 * 1.0 / 1e6)


def test_threads_with_loops_of_their_own_do_not_disturb_each_other() -> None:
    broken, interval = list[BaseException](), sys.getswitchinterval()

    async def look() -> None:
        traffic.lane_of(Member(name="a", model="timed:a"))

    def work() -> None:
        try:
            for _ in range(150):
                asyncio.run(look())
        except BaseException as error:
            broken.append(error)

    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=work) for _ in range(16)]
    try:
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    finally:
        sys.setswitchinterval(interval)
    assert broken == []


def test_no_estimate_of_a_reply_is_above_the_bound_that_the_provider_was_given() -> None:
    assert replied(Chunk(text="word " * 300)).used(50, most=20) == Usage(input=50, output=20, estimated=True)
