"""What a fused answer leaves out is a list in it, which is taken out."""

import pytest

from symposium.tools.asides import Parted, parted

RECIPE = "Mix these:\n- Combined: flour, sugar\n- Not combined: eggs\n- Not combined:\n  - milk\n\nThen bake."
FOUND = ("41: it forgets one", "40: a slip")


@pytest.mark.parametrize(
    ("text", "kept", "asides"),
    [
        ("It is 42.\n\nAnswer: 42", "It is 42.\n\nAnswer: 42", ()),
        (
            "It is 42.\n\nNot combined:\n- 41: it forgets one\n- in base 13: nobody asked\n\nAnswer: 42",
            "It is 42.\n\nAnswer: 42",
            ("41: it forgets one", "in base 13: nobody asked"),
        ),
        ("It is 42.\nAnswer: 42\n\n**Not combined:**\n\n1. 41\n2) 40\n", "It is 42.\nAnswer: 42", ("41", "40")),
        (
            "답은 42입니다.\n\n함께 담지 않은 것:\n- 41: 하나를 빠뜨림\n\n답: 42",
            "답은 42입니다.\n\n답: 42",
            ("41: 하나를 빠뜨림",),
        ),
        ("It is 42.\n\n### Not combined:\n- none", "It is 42.", ()),
        ("It is 42.\nAnswer: 42\n\nNot combined:\n41: it forgets one\n40: a slip", "It is 42.\nAnswer: 42", FOUND),
        (
            "It is 42.\n\nNot combined:\n\n- 41: it forgets one\n\n- 40: a slip\nAnswer: 42",
            "It is 42.\n\nAnswer: 42",
            FOUND,
        ),
        ("It is 42.\n\n### Not combined\n- 41: it forgets one\n- 40: a slip", "It is 42.", FOUND),
        ("It is 42.\n\n---\n\n**Not combined**\n\n- 41: it forgets\none\n- 40: a slip", "It is 42.", FOUND),
        ("It is 42.\n\n**Not combined**:\n- 41: it forgets\n\tone\n- 40: a slip\n## Why", "It is 42.\n\n## Why", FOUND),
        ("Not combined:\n- 41: it forgets one\n- 40: a slip\n\nIt is 42.", "It is 42.", FOUND),
        (
            "It is 42.\n\nNot combined:\n41: it forgets one\n40: a slip\n**Answer:** 42",
            "It is 42.\n\n**Answer:** 42",
            FOUND,
        ),
        ("It is 42.\n\nNot combined: none.\n\nAnswer: 42", "It is 42.\n\nAnswer: 42", ()),
        (
            "It is 42.\n\nNot combined:\n- 41: it forgets one\n  and more\n- 40",
            "It is 42.",
            ("41: it forgets one and more", "40"),
        ),
        ("It is not combined: it is 42.", "It is not combined: it is 42.", ()),
        (RECIPE, RECIPE, ()),
        ("Not combined: eggs and milk.\n\nAnswer: 42", "Not combined: eggs and milk.\n\nAnswer: 42", ()),
        ("Not combined:\n- 41", "", ("41",)),
        ("", "", ()),
    ],
)
def test_the_list_is_taken_out_of_the_answer(text: str, kept: str, asides: tuple[str, ...]) -> None:
    assert parted(text) == Parted(kept, asides)
