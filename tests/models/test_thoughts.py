"""Thinking within an answer: parted from it, and the same for every way of cutting the text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.models.providers.thoughts import Thoughts


def parted(pieces: list[str]) -> tuple[str, str]:
    thoughts = Thoughts()
    parts = [*(thoughts.feed(piece) for piece in pieces), thoughts.end()]
    return "".join(thought for thought, _ in parts), "".join(text for _, text in parts)


@pytest.mark.parametrize(
    ("text", "thinking", "answer"),
    [
        ("42", "", "42"),
        ("", "", ""),
        ("  42\n", "", "  42\n"),
        ("<think>6*7</think>42", "6*7", "42"),
        ("\n <think>\n6*7\n</think>\n\n42 ", "\n6*7\n", "42 "),
        ("<think></think>42", "", "42"),
        ("<think>생각 중</think>\n답은 42", "생각 중", "답은 42"),
        ("<think>6*7", "6*7", ""),
        ("<think>6*7</thi", "6*7</thi", ""),
        ("<think>a < b </th> c</think>42", "a < b </th> c", "42"),
        ("<think>a</think>b</think>c", "a", "b</think>c"),
        ("<thin", "", "<thin"),
        ("<thinking>6*7</thinking>", "", "<thinking>6*7</thinking>"),
        ("Use <think>this</think>.", "", "Use <think>this</think>."),
        ("<think>a</think>  \n", "a", ""),
        ("   ", "", "   "),
    ],
)
def test_only_thinking_at_the_beginning_is_apart(text: str, thinking: str, answer: str) -> None:
    assert parted([text]) == (thinking, answer)
    assert parted(list(text)) == (thinking, answer)


PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", " ", "\n", "가", "x", "<"]), max_size=8)


@given(PARTS, st.lists(st.integers(0, 10**6)))
def test_every_way_of_cutting_gives_the_same(parts: list[str], places: list[int]) -> None:
    text = "".join(parts)
    ends = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    assert parted([text[start:end] for start, end in pairwise(ends)]) == parted([text])


@given(PARTS)
def test_nothing_is_invented_and_only_marks_and_blanks_are_lost(parts: list[str]) -> None:
    text = "".join(parts)
    thinking, answer = parted([text])
    kept = text.replace("<think>", "", 1).replace("</think>", "", 1) if thinking != "" or answer != text else text
    assert "".join((thinking + answer).split()) == "".join(kept.split())
