"""Streams of bytes: the same events and lines, wherever they are cut."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.models.providers.lines import Events, Lines, Records

KOREAN = "안녕하세요 — 정답은 42입니다 🙂"
SAID = json.dumps({"text": KOREAN}, ensure_ascii=False).encode()


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(ends)]


def heard(cutter: Events | Records | Lines, pieces: list[bytes]) -> list[bytes]:
    return [text for piece in pieces for text in cutter.feed(piece)] + cutter.end()


EVENTS: list[tuple[bytes, list[bytes]]] = [
    (b"", []),
    (b"data: a\n\n", [b"a"]),
    (b"data:a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
    (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
    (b": PROCESSING\n\ndata: a\n\n: ping\n\n", [b"a"]),
    (b"event: message\nid: 7\nretry: 3\ndata: a\n\n", [b"a"]),
    (b"data: a\ndata:  b\n\n", [b"a\n b"]),
    (b"data: a\n\n\n\ndata: b\n\n", [b"a", b"b"]),
    (b"data: a\n\ndata: b", [b"a", b"b"]),
    (b"data: " + SAID + b"\n\ndata: [DONE]\n\n", [SAID, b"[DONE]"]),
    (b"data\n\ndatax: a\n\n", []),
    (b"\xef\xbb\xbfdata: a\n\ndata: b\n\n", [b"a", b"b"]),
]


@pytest.mark.parametrize(("stream", "events"), EVENTS)
def test_events_are_the_same_wherever_the_stream_is_cut_once(stream: bytes, events: list[bytes]) -> None:
    for place in range(len(stream) + 1):
        assert heard(Events(), cut(stream, [place])) == events
    assert heard(Events(), [stream[n : n + 1] for n in range(len(stream))]) == events


@given(st.sampled_from(EVENTS), st.lists(st.integers(0, 10**6)))
def test_events_are_the_same_for_every_way_of_cutting(stream: tuple[bytes, list[bytes]], places: list[int]) -> None:
    assert heard(Events(), cut(stream[0], places)) == stream[1]


@given(st.text(st.sampled_from("a가🙂\r\n"), max_size=20), st.lists(st.integers(0, 10**6)))
def test_lines_are_those_of_the_whole_text(text: str, places: list[int]) -> None:
    stream = text.encode()
    assert heard(Lines(), cut(stream, places)) == stream.splitlines()


@given(st.lists(st.sampled_from([SAID, b"{}", b""])), st.booleans(), st.lists(st.integers(0, 10**6)))
def test_records_are_the_lines_that_hold_something(lines: list[bytes], ended: bool, places: list[int]) -> None:
    stream = b"\n".join(lines) + (b"\n" if ended else b"")
    assert heard(Records(), cut(stream, places)) == [line for line in lines if line]
