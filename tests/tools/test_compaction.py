"""Conversations that do not fit: what goes first, what stays, and where a text is cut."""

from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from symposium.ledger.records import Message
from symposium.models.member import estimated_tokens
from symposium.tools.compaction import LEAST, Compacted, compacted
from symposium.tools.fences import fenced

GRAPHEMES = st.sampled_from(
    [
        "a",
        " ",
        "\n",
        "7",
        "é",
        "e\u0301",
        "한",
        "\u1112\u1161\u11ab",
        "日",
        "👩\u200d👩\u200d👧\u200d👦",
        "🇰🇷",
        "👍🏽",
        "\r\n",
        "ก\u0e33",
    ]
)
TEXTS = st.lists(GRAPHEMES, max_size=400).map("".join) | st.sampled_from(["가" * 3000, "word " * 2000, "🇰🇷" * 800])
TURNS = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), TEXTS), min_size=1, max_size=8)


def said(*turns: tuple[str, str]) -> list[Message]:
    return [Message(role=role, content=text) for role, text in turns]  # type: ignore[typeddict-item]


def tokens(messages: Sequence[Message]) -> int:
    return sum(estimated_tokens(message["content"]) for message in messages)


LONG = "word " * 600  # 1,000 tokens
TALK = said(
    ("system", "Be brief."),
    ("user", LONG),
    ("assistant", LONG),
    ("user", "And then?"),
    ("assistant", "42"),
    ("user", "Why?"),
)


def texts(found: Compacted | None) -> list[str]:
    assert found is not None
    return [message["content"] for message in found.messages]


def test_what_fits_stays_as_it_is() -> None:
    assert compacted(TALK, room=tokens(TALK), measure=estimated_tokens) == Compacted(messages=tuple(TALK))


def test_the_oldest_turns_go_first_and_no_reply_is_left_without_its_question() -> None:
    found = compacted(TALK, room=1_200, measure=estimated_tokens)
    assert texts(found) == ["Be brief.", "And then?", "42", "Why?"]
    assert found == Compacted(messages=tuple(TALK[:1] + TALK[3:]), turns=2)


def test_the_last_turn_is_cut_in_its_middle_when_nothing_else_is_left() -> None:
    question = f"Begin. {LONG}End?"
    found = compacted(
        said(("system", "Be brief."), ("user", LONG), ("user", question)), room=400, measure=estimated_tokens
    )
    system, last = texts(found)
    assert (system, found.turns if found else None) == ("Be brief.", 1)
    assert last.startswith("Begin. word")
    assert last.endswith("word End?")
    assert f"[... {len(question) - (len(last) - len(_note(last)))} characters left out ...]" in last


def _note(text: str) -> str:
    start = text.index("\n[... ")
    return text[start : text.index(" ...]\n") + len(" ...]\n")]


def test_only_the_long_ones_are_cut() -> None:
    found = compacted(
        said(("system", LONG), ("system", "Be brief."), ("user", LONG)), room=600, measure=estimated_tokens
    )
    first, second, last = texts(found)
    assert second == "Be brief."
    assert abs(estimated_tokens(first) - estimated_tokens(last)) <= 20


DATA = fenced({"A": LONG, "B": "Sydney."})


def test_a_turn_that_shows_texts_as_data_stays_whole_while_others_go() -> None:
    asked = said(*[(turn["role"], turn["content"]) for turn in TALK], ("assistant", "No."), ("user", f"Why?\n{DATA}"))
    again = [*asked, *said(("assistant", "{}"), ("user", "Write the whole object."))]
    for messages, kept in ((asked, [0, 7]), (again, [0, 7, 8, 9])):
        found = compacted(messages, room=sum(tokens([messages[place]]) for place in kept), measure=estimated_tokens)
        assert texts(found) == [messages[place]["content"] for place in kept]
        assert found == Compacted(messages=tuple(messages[place] for place in kept), turns=6)


@pytest.mark.parametrize("turns", [[("user", DATA)], [("user", DATA), ("user", LONG)]])
def test_where_data_is_shown_nothing_is_cut_open(turns: list[tuple[str, str]]) -> None:
    messages = said(("system", LONG), *turns)
    assert compacted(messages, room=tokens(messages), measure=estimated_tokens) is not None
    assert compacted(messages, room=tokens(messages) - 1, measure=estimated_tokens) is None


@pytest.mark.parametrize("room", [-5, 0, 2 * LEAST - 1])
def test_what_cannot_fit_is_refused(room: int) -> None:
    assert compacted(said(("system", LONG), ("user", LONG)), room=room, measure=estimated_tokens) is None


@given(TURNS, st.integers(0, 3000))
@example([("user", "🇰🇷" * 900), ("assistant", "e\u0301" * 900), ("user", "\u1112\u1161\u11ab" * 500)], 40)
def test_it_is_never_longer_than_the_room_and_keeps_who_must_stay(turns: list[tuple[str, str]], room: int) -> None:
    messages = said(*turns)
    found = compacted(messages, room=room, measure=estimated_tokens)
    if found is None:
        assert room < LEAST * len(messages)
        return
    assert tokens(found.messages) <= room or found.messages == tuple(messages)
    roles = [message["role"] for message in messages]
    assert [m["role"] for m in found.messages].count("system") >= roles.count("system")
    assert found.messages[-1]["role"] == roles[-1]
    assert len(found.messages) + found.turns == len(messages)


@given(st.lists(GRAPHEMES, min_size=200, max_size=900), st.integers(LEAST, 300))
@example(["🇰🇷"] * 500, 50)
@example(["e\u0301"] * 500, 51)
@example(["\u1112\u1161\u11ab"] * 500, 52)
@example(["👩\u200d👩\u200d👧\u200d👦"] * 200, 53)
@example(["ก\u0e33"] * 500, 54)
@example(["क\u094dष"] * 500, 55)
@example(["\ud83d\ude00"] * 500, 56)
@example(["ｶ\uff9e"] * 500, 57)
def test_a_cut_breaks_no_character_as_readers_see_it(graphemes: list[str], room: int) -> None:
    whole = "".join(graphemes)
    assume(estimated_tokens(whole) > room)
    (content,) = texts(compacted(said(("user", whole)), room=room, measure=estimated_tokens))
    head, tail = content.split(_note(content))
    assert head in accumulate(graphemes, initial="")
    assert tail in accumulate(reversed(graphemes), lambda end, grapheme: grapheme + end, initial="")


@given(TURNS, st.integers(1, 2000), st.integers(0, 500))
def test_more_room_never_loses_more(turns: list[tuple[str, str]], room: int, more: int) -> None:
    tight = compacted(said(*turns), room=room, measure=estimated_tokens)
    wide = compacted(said(*turns), room=room + more, measure=estimated_tokens)
    if tight is not None:
        assert wide is not None
        assert wide.turns <= tight.turns
