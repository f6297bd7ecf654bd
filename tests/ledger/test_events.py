"""The bus gives every event its place; the line of an event is canonical."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symposium.ledger.events import COALESCE, ENVELOPE, Bus, decode, encode
from symposium.ledger.records import Event, UsageError

TEXT = st.text() | st.sampled_from(["한국어로 답하세요", "왜? 👩‍👩‍👧", "a\u2028b\x85c\nd", "café"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
PAYLOAD = st.dictionaries(TEXT.filter(lambda key: key not in (*ENVELOPE, "self")), JSON, max_size=5)


class ManualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still until the test moves it."""

    now = 100.0

    def time(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.call_soon(self.stop)
        self.run_forever()


@pytest.fixture
def loop() -> Iterator[ManualLoop]:
    loop = ManualLoop()
    yield loop
    loop.close()


def recorded(bus: Bus) -> list[Event]:
    events: list[Event] = []
    bus.subscribe(events.append)
    return events


def said(events: list[Event]) -> list[dict[str, object]]:
    return [{key: value for key, value in event.items() if key not in ("v", "run", "seq", "t")} for event in events]


@settings(deadline=None)
@given(payload=PAYLOAD, t=st.floats(allow_nan=False, allow_infinity=False))
def test_a_line_is_read_back_as_the_event_and_written_again_byte_by_byte(payload: dict[str, object], t: float) -> None:
    event = Bus("r", clock=lambda: t).emit("vote", **payload)
    line = encode(event)
    assert decode(line) == event
    assert encode(decode(line)).encode() == line.encode()
    assert len(line.splitlines()) == 1


@settings(deadline=None)
@given(payload=PAYLOAD)
def test_the_envelope_comes_first_and_the_payload_in_the_order_it_was_given(payload: dict[str, object]) -> None:
    line = encode(Bus("r").emit("vote", **payload))
    assert list(json.loads(line)) == [*ENVELOPE, *payload]


def test_a_line_is_compact_and_keeps_every_script_readable() -> None:
    event = Bus("r", clock=lambda: 1.5).emit("critique", text="왜 \u2028 😀", score=0.1)
    assert encode(event) == ('{"v":1,"run":"r","seq":1,"t":1.5,"type":"critique","text":"왜 \\u2028 😀","score":0.1}')


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), "null"),
        ([float("inf"), 1.0], "[null,1.0]"),
        ("half a pair: \ud83d", '"half a pair: \ufffd"'),
        ("a split pair: \ud83d\ude00", '"a split pair: 😀"'),
        ({1: (2, 3)}, '{"1":[2,3]}'),
        ({"path": {"a"}}, '{"path":["a"]}'),
    ],
)
def test_what_json_cannot_say_is_made_sayable_once_and_for_all(value: object, written: str) -> None:
    line = encode(Bus("r", clock=lambda: 0.0).emit("x", value=value))
    assert line.endswith(f'"value":{written}}}')
    assert encode(decode(line)).encode() == line.encode()


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "null", '{"v":1,"run":"r","seq":1,"t":0}', '{"v":2,"run":"r","seq":1,"t":0,"type":"x"}'],
)
def test_a_line_that_is_no_event_of_this_version_is_refused_with_a_reason(line: str) -> None:
    with pytest.raises(UsageError, match="event"):
        decode(line)


def test_every_sink_gets_every_event_in_order_even_when_a_sink_emits() -> None:
    bus = Bus("r")

    def answering(event: Event) -> None:
        if event["type"] == "quorum":
            bus.emit("vote")

    bus.subscribe(answering)
    events = recorded(bus)
    bus.emit("quorum")
    bus.emit("budget")
    assert [(event["seq"], event["type"]) for event in events] == [(1, "quorum"), (2, "vote"), (3, "budget")]


def test_a_sink_that_raises_is_dropped_and_noted_while_the_others_go_on() -> None:
    bus = Bus("r")

    def broken(event: Event) -> None:
        raise OSError("pipe closed")

    bus.subscribe(broken)
    events = recorded(bus)
    bus.emit("vote")
    bus.emit("vote")
    assert [event["seq"] for event in events] == [1, 2]
    assert len(bus.warnings) == 1
    assert "pipe closed" in bus.warnings[0]


def test_unsubscribing_ends_one_subscription_only() -> None:
    bus, events = Bus("r"), list[Event]()
    first = bus.subscribe(events.append)
    bus.subscribe(events.append)
    first()
    first()
    bus.emit("vote")
    assert len(events) == 1


@pytest.mark.parametrize("key", ["v", "run", "seq", "t"])
def test_a_payload_cannot_forge_the_envelope(key: str) -> None:
    bus = Bus("r")
    with pytest.raises(ValueError, match=key):
        bus.emit("vote", **{key: 7})
    assert bus.emit("vote")["seq"] == 1


def test_nothing_is_sent_after_the_run_has_ended(loop: ManualLoop) -> None:
    bus = Bus("r")
    bus.bind(loop)
    events = recorded(bus)
    bus.delta("a", text="last words")
    bus.emit("run.end")
    bus.delta("a", text="too late")
    bus.answer_delta("too late")
    assert bus.emit("vote")["seq"] == 0
    bus.post("vote")
    loop.advance(1.0)
    assert [event["type"] for event in events] == ["call.delta", "run.end"]
    assert bus.ended


def test_threads_post_while_the_loop_emits_and_seq_rises_by_one_without_a_gap() -> None:
    bus = Bus("r")
    events = recorded(bus)
    posts, threads = 200, 4

    def shout(name: int) -> None:
        for number in range(posts):
            bus.post("vote", thread=name, number=number)

    async def run() -> None:
        bus.bind(asyncio.get_running_loop())
        shouts = [asyncio.to_thread(shout, name) for name in range(threads)]
        for done in asyncio.as_completed(shouts):
            bus.emit("quorum")
            await done
        await asyncio.sleep(0)

    asyncio.run(run())
    assert [event["seq"] for event in events] == list(range(1, threads * posts + threads + 1))
    votes = [event for event in said(events) if event["type"] == "vote"]
    for name in range(threads):
        assert [vote["number"] for vote in votes if vote["thread"] == name] == list(range(posts))


def test_posting_to_a_closed_loop_is_dropped_with_a_note() -> None:
    loop, bus = ManualLoop(), Bus("r")
    bus.bind(loop)
    loop.close()
    bus.post("vote")
    bus.post("vote")
    assert len(bus.warnings) == 1


def test_deltas_of_a_call_are_joined_for_25_ms(loop: ManualLoop) -> None:
    bus = Bus("r")
    bus.bind(loop)
    events = recorded(bus)
    bus.delta("a", reasoning="hm ")
    bus.delta("a", reasoning="so")
    bus.delta("a", text="4")
    bus.delta("b", text="five")
    bus.delta("a", text="2")
    loop.advance(COALESCE / 2)
    assert events == []
    loop.advance(COALESCE / 2)
    assert said(events) == [
        {"type": "call.delta", "call": "a", "text": "42", "reasoning": "hm so"},
        {"type": "call.delta", "call": "b", "text": "five"},
    ]
    loop.advance(1.0)
    assert len(events) == 2


def test_the_answers_first_piece_goes_out_at_once_and_the_rest_is_joined_like_a_call(loop: ManualLoop) -> None:
    bus = Bus("r")
    bus.bind(loop)
    events = recorded(bus)
    bus.answer_delta("4")
    assert said(events) == [{"type": "answer.delta", "text": "4"}]
    bus.delta("a", text="x")
    bus.answer_delta("2")
    bus.answer_delta("!")
    loop.advance(COALESCE)
    assert said(events)[1:] == [
        {"type": "call.delta", "call": "a", "text": "x"},
        {"type": "answer.delta", "text": "2!"},
    ]


@given(st.lists(st.sampled_from(["", " ", "\n", "4", " 2", "it is ", " \n so\n"])), st.booleans())
def test_the_answer_as_it_is_written_reads_as_it_does_in_the_end(pieces: list[str], again: bool) -> None:
    bus = Bus("r")
    events = recorded(bus)
    if again:
        bus.answer_delta("broken \n")
        bus.emit("answer.restart", reason="broke off")
        events.clear()
    for piece in pieces:
        bus.answer_delta(piece)
    bus.emit("run.end")
    written = [event["text"] for event in said(events) if event["type"] == "answer.delta"]
    assert "".join(written) == "".join(pieces).strip()


def test_what_no_longer_holds_of_the_answer_goes_out_before_it_is_taken_back(loop: ManualLoop) -> None:
    bus = Bus("r")
    bus.bind(loop)
    events = recorded(bus)
    bus.answer_delta("41")
    bus.emit("answer.restart", reason="broke off")
    bus.answer_delta("42")
    bus.emit("run.end")
    assert [event["type"] for event in events] == ["answer.delta", "answer.restart", "answer.delta", "run.end"]


@settings(deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 0.03), st.text(min_size=1)), max_size=40))
def test_coalescing_loses_and_reorders_no_text_and_keeps_the_pace(steps: list[tuple[str, float, str]]) -> None:
    loop = ManualLoop()
    bus = Bus("r", clock=loop.time)
    bus.bind(loop)
    events = recorded(bus)
    for call, wait, text in steps:
        bus.delta(call, text=text)
        loop.advance(wait)
    timed = len(events)
    bus.emit("run.end")
    loop.close()
    for call in "abc":
        mine = [event for event in said(events) if event.get("call") == call]
        assert "".join(str(event["text"]) for event in mine) == "".join(t for c, _, t in steps if c == call)
        times = [event["t"] for event in events[:timed] if event.get("call") == call]
        assert all(later - earlier > COALESCE - 1e-6 for earlier, later in pairwise(times))


def test_what_a_call_said_goes_out_before_its_next_event_and_before_the_end(loop: ManualLoop) -> None:
    bus = Bus("r")
    bus.bind(loop)
    events = recorded(bus)
    for call in "abc":
        bus.delta(call, text=call)
    bus.answer_delta("4")
    events.clear()
    bus.answer_delta("2")
    bus.emit("call.end", call="b")
    assert said(events) == [{"type": "call.delta", "call": "b", "text": "b"}, {"type": "call.end", "call": "b"}]
    bus.emit("quorum")
    assert len(events) == 3
    bus.emit("run.end")
    assert [event["type"] for event in events[3:]] == ["call.delta", "call.delta", "answer.delta", "run.end"]
    loop.advance(1.0)
    assert events[-1]["type"] == "run.end"


def test_deltas_of_an_unbound_bus_go_out_at_once() -> None:
    bus = Bus("r")
    events = recorded(bus)
    bus.delta("a", text="4")
    bus.delta("a")
    assert said(events) == [{"type": "call.delta", "call": "a", "text": "4"}]
