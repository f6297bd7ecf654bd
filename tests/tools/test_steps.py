"""The steps of a written reply, and those that its model found least likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.ledger.records import Weak
from symposium.tools.steps import passages, suspect, weakest

SPLIT = [
    ("94*80=7520; 94*5=470; answer 7990", ["94*80=7520", "94*5=470", "answer 7990"]),
    ("94*80=7520;", ["94*80=7520"]),
    ("over(20;5,30)=30; answer 30", ["over(20;5,30)=30", "answer 30"]),
    ("17 * 24 = 408\n408 - 58 = 350\n", ["17 * 24 = 408", "408 - 58 = 350"]),
    ("First, 3.5 + 1 = 4.5. Then we add 2! So?  6.5", ["First, 3.5 + 1 = 4.5.", "Then we add 2!", "So?", "6.5"]),
    ("1. 3+4=7\n2) 7*2=14\n- so 14", ["3+4=7", "7*2=14", "so 14"]),
    ("먼저 3+4=7입니다. 따라서 답은 7", ["먼저 3+4=7입니다.", "따라서 답은 7"]),
    ("  a ; b", ["a", "b"]),
    ("1.", ["1."]),
    ("", []),
    (" \n;", []),
]


@pytest.mark.parametrize(("text", "steps"), SPLIT)
def test_a_step_stands_between_semicolons_on_a_line_or_in_a_sentence(text: str, steps: list[str]) -> None:
    assert [passage.text for passage in passages(text)] == steps


@given(st.text(alphabet="a1.;\n -*)!다", max_size=60))
def test_steps_lie_in_the_text_in_order_and_leave_out_only_what_separates_them(text: str) -> None:
    found = list(passages(text))
    assert all(text[passage.start : passage.end] == passage.text for passage in found)
    edges = [edge for passage in found for edge in (passage.start, passage.end, passage.after)]
    assert edges == sorted(edges)
    between = zip([0, *(passage.end for passage in found)], [*(p.start for p in found), len(text)], strict=True)
    assert not set("".join(text[start:end] for start, end in between)) - set("1.; \n-*)")


def spoken(*tokens: tuple[str, float]) -> tuple[str, list[tuple[str, float]]]:
    return "".join(text for text, _ in tokens).strip(), list(tokens)


def test_the_step_with_the_least_likely_token_comes_first() -> None:
    text, tokens = spoken(("3+4", -0.1), ("=8", -2.0), (";", -0.25), (" ", -0.0), ("8-1=7", -0.5))
    assert weakest(text, tokens) == [
        {"text": "3+4=8", "start": 0, "logprob": pytest.approx(-2.35), "least": -2.0},
        {"text": "8-1=7", "start": 7, "logprob": pytest.approx(-0.5), "least": -0.5},
    ]


def test_a_separator_counts_with_the_step_that_it_ends_and_a_space_with_the_one_that_it_begins() -> None:
    text, tokens = spoken(("3+4=", -0.0), ("1", -0.0), (";", -3.0), (" ", -2.0), ("answer", -0.0), (" 7", -0.0))
    assert [(step["text"], step["least"]) for step in weakest(text, tokens)] == [("3+4=1", -3.0), ("answer 7", -2.0)]


def test_at_most_three_steps_are_named() -> None:
    text, tokens = spoken(*[(f"{n}+1={n + 1}; ", -float(n)) for n in range(6)])
    assert [step["text"] for step in weakest(text, tokens)] == ["5+1=6", "4+1=5", "3+1=4"]


def test_of_a_reply_that_goes_on_from_a_prefix_only_what_is_new_is_weighed() -> None:
    _, tokens = spoken(("", -0.1), (" 4+1=6;", -1.0), (" answer 6", -0.5))
    steps = weakest("3+1=4; 4+1=6; answer 6", tokens)
    assert [(step["text"], step["start"]) for step in steps] == [("4+1=6", 7), ("answer 6", 14)]


def test_white_space_around_a_reply_moves_nothing() -> None:
    text, tokens = spoken(("\n ", -0.1), ("3+1=4", -1.0), ("\n", -0.1), ("answer 4", -0.5), (" \n", -0.1))
    assert [(step["text"], step["start"]) for step in weakest(text, tokens)] == [("3+1=4", 0), ("answer 4", 6)]


@pytest.mark.parametrize("tokens", [[], [("", -1.0)], [("something else", -1.0)], [("3+4", -1.0)]])
def test_without_the_tokens_of_its_end_no_step_of_a_text_is_weak(tokens: list[tuple[str, float]]) -> None:
    assert weakest("3+4=7", tokens) == []


@given(st.lists(st.tuples(st.text(alphabet="ab1=; \n.", min_size=1, max_size=6), st.floats(-9, 0)), max_size=20))
def test_every_weak_step_is_quoted_word_for_word_and_the_list_is_in_order(tokens: list[tuple[str, float]]) -> None:
    text, tokens = spoken(*tokens)
    found = weakest(text, tokens)
    assert all(text.startswith(step["text"], step["start"]) for step in found)
    assert [step["least"] for step in found] == sorted(step["least"] for step in found)
    assert all(step["logprob"] <= step["least"] for step in found)


def weak(start: int, least: float) -> Weak:
    return Weak(text=f"step {start}", start=start, logprob=2 * least, least=least)


@pytest.mark.parametrize(
    ("steps", "start"),
    [
        ([], None),
        ([weak(0, -0.1), weak(9, -0.5)], 9),
        ([weak(9, -0.5), weak(0, -0.1)], 9),
        ([weak(18, -6.0), weak(9, -2.5), weak(0, -0.5)], 9),
        ([weak(18, -6.0), weak(9, -2.2), weak(0, -0.5)], 18),
    ],
)
def test_the_first_doubted_step_is_quoted_else_the_one_with_the_least_likely_token(
    steps: list[Weak], start: int | None
) -> None:
    found = suspect(steps)
    assert (found and found["start"]) == start
