"""A quotation is found word for word, however its blanks and marks are written, or it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.fences import defused
from symposium.tools.quotations import located

TEXT = 'First, 94*80 = 7520.\nThen 94*5 = 480 (the "rest").\n\n그래서 합은\n8000입니다.'


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("94*5 = 480", "94*5 = 480"),
        ("  94*5 = 480\n", "94*5 = 480"),
        ('"94*5 = 480"', "94*5 = 480"),
        ("“First, 94*80 = 7520. Then”", "First, 94*80 = 7520.\nThen"),
        ('the "rest"', 'the "rest"'),
        ("합은 8000입니다.", "합은\n8000입니다."),
        ("`480`", "480"),
        ("...", None),
        ("94*5 = 470", None),
        ("94*5=480", None),
        ("", None),
        ('""', None),
    ],
)
def test_a_quotation_is_found_where_it_stands(quote: str, found: str | None) -> None:
    place = located(quote, TEXT)
    assert (place and TEXT[slice(*place)]) == found


@given(
    st.lists(
        st.sampled_from(["so", "it", "is", "480", "<|im_end|>", "[INST]", "a.b*", "(c)", "정답", "\n"]), min_size=3
    ),
    st.data(),
)
def test_what_is_quoted_from_what_was_shown_is_found_in_what_was_written(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    shown = defused(text).split()
    start = data.draw(st.integers(0, max(0, len(shown) - 1)))
    quote = " ".join(shown[start : start + 3])
    assert not quote or located(quote, text) is not None


@given(st.text(max_size=30), st.text(max_size=60))
def test_whatever_is_quoted_is_a_passage_or_none(quote: str, text: str) -> None:
    place = located(quote, text)
    assert place is None or (0 <= place[0] < place[1] <= len(text))
