"""A model of texts by their characters."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.ngrams import BEGIN, CHARACTERS, END, Ngrams, counted

TEXTS = ["abab", "abc", "ab"]


def test_a_hand_computed_probability() -> None:
    model = Ngrams({"": "a2b2c0\n1"}, order=1)  # 4 + 4 + 1 + 2 = 11 in 4 kinds
    ((a,), (end,)) = model.logprobs("a")
    assert math.exp(a) == pytest.approx((4 + 4 / CHARACTERS) / 15)
    assert math.exp(end) == pytest.approx((2 + 4 / CHARACTERS) / 15)


def test_a_longer_context_leans_on_the_shorter_one() -> None:
    model = Ngrams({"": "a1b0", "a": "b1"}, order=2)
    short = (1 + 2 / CHARACTERS) / (3 + 2)
    _, (b, after_a), _ = model.logprobs("ab")
    assert math.exp(b) == pytest.approx(short)
    assert math.exp(after_a) == pytest.approx((2 + 1 * short) / (2 + 1))


def test_counts_are_told_as_powers_of_two_after_each_context() -> None:
    assert counted(TEXTS, least=(1, 1)) == {
        "": f"{END}1a2b2c0",
        BEGIN: "a1",
        "a": "b2",
        "b": f"{END}1a0c0",
        "c": f"{END}0",
    }


def test_what_came_too_rarely_is_forgotten() -> None:
    assert counted(TEXTS, least=(1, 2)) == {"": f"{END}1a2b2c0", BEGIN: "a1", "a": "b2", "b": f"{END}1"}


@given(st.text(alphabet="abcd", max_size=6))
def test_the_probabilities_of_what_comes_next_sum_to_one(text: str) -> None:
    model = Ngrams(counted(TEXTS, least=(1, 1, 1)), order=3)
    known = [math.exp(model.logprobs(text + character)[len(text)][-1]) for character in "abc"]
    end, unseen = math.exp(model.logprobs(text)[-1][-1]), math.exp(model.logprobs(f"{text}?")[len(text)][-1])
    assert sum(known) + end + (CHARACTERS - 4) * unseen == pytest.approx(1)


@given(st.text())
def test_any_text_has_a_probability_at_every_place(text: str) -> None:
    logprobs = Ngrams(counted(TEXTS, least=(1, 1, 1)), order=3).logprobs(text)
    assert len(logprobs) == len(text) + 1
    assert all(len(each) == 3 and all(logprob < 0 for logprob in each) for each in logprobs)
