"""A text that is too long loses its middle, never half of a character, and says how much is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.models.member import estimated_tokens
from symposium.tools.cut import NOTE, is_boundary, middle_cut


def test_what_fits_stays_as_it_is() -> None:
    assert middle_cut("short", 5) == "short"


def test_beginning_and_end_stay_and_the_note_counts_what_is_gone() -> None:
    text = "".join(f"line {n:03d}\n" for n in range(100))
    found = middle_cut(text, 200)
    assert found.startswith("line 000\nline 001\n")
    assert found.endswith("line 098\nline 099\n")
    kept = found.replace(NOTE.format(count=gone(found)), "")
    assert len(kept) + gone(found) == len(text)
    assert len(found) <= 200


def gone(found: str) -> int:
    return int(found.partition("[... ")[2].partition(" ")[0])


def test_without_room_for_the_note_the_beginning_is_left() -> None:
    assert middle_cut("abcdefghij" * 9, 5) == "abcde"
    assert middle_cut("abc", 0) == ""


GRAPHEMES = [
    "a",
    "e\u0301",
    "가",
    "\u1112\u1161\u11ab",
    "\u1112\u1161",
    "👨‍👩‍👧",
    "🇰🇷",
    "👍🏽",
    "❤️",
    "\r\n",
    "漢",
    " ",
    "1️⃣",
]


@pytest.mark.parametrize("grapheme", GRAPHEMES)
def test_a_character_as_it_is_seen_is_never_cut(grapheme: str) -> None:
    text = f"a{grapheme}{grapheme}b"
    allowed = [place for place in range(len(text) + 1) if is_boundary(text, place)]
    size = len(grapheme)
    assert allowed == [0, 1, 1 + size, 1 + 2 * size, 2 + 2 * size]


@given(
    st.lists(st.sampled_from(GRAPHEMES), min_size=1, max_size=80),
    st.integers(0, 60),
    st.sampled_from([len, estimated_tokens]),
)
def test_a_cut_text_holds_whole_characters_of_its_beginning_and_end_within_its_size(
    graphemes: list[str], most: int, measure: "type[len]"
) -> None:
    text, note = "".join(graphemes), "<{count}>"
    found = middle_cut(text, most, measure=measure, note=note)
    assert measure(found) <= max(most, 0) or found == text
    head, _, tail = found.partition("<")
    tail = tail.partition(">")[2]
    assert text.startswith(head)
    assert text.endswith(tail)
    assert is_boundary(text, len(head))
    assert is_boundary(text, len(text) - len(tail))


@given(st.text(max_size=200), st.integers(0, 100))
def test_whatever_the_text_is_it_fits_afterwards(text: str, most: int) -> None:
    assert len(middle_cut(text, most)) <= most
