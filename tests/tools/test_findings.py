"""Written steps, checked exactly, and what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.findings import Findings, Slip, findings, read

FOUND = [
    ("94*80=7520; 94*5=470; 7520+470=7990; answer 7990", "right: 3 steps checked"),
    ("94*85=7990; answer 7990", "right: 1 step checked"),
    ("94*85=7930; answer 7930", "wrong: 94*85=7930 (it is 7990)"),
    ("94*80=7520; 94*5=480; 7520+480=8100; answer 8100", "wrong: 94*5=480 (it is 470)"),
    ("First, 94*5 = 480. That makes 480.", "wrong: First, 94*5 = 480. (it is 470)"),
    ("먼저 94 × 5 = 480입니다. 답은 480", "wrong: 먼저 94 × 5 = 480입니다. (it is 470)"),
    ("Wed+3=Sun; answer Sun", "wrong: Wed+3=Sun (it is Saturday)"),
    ("the answer is 350", "no written step"),
    ("", "no written step"),
]


@pytest.mark.parametrize(("text", "said"), FOUND)
def test_the_first_wrong_step_is_quoted_else_the_right_ones_are_counted(text: str, said: str) -> None:
    assert str(findings(text)) == said


def test_of_two_passages_alike_in_part_the_one_with_the_wrong_step_is_quoted() -> None:
    assert findings("14*5=70; 4*5=21").slip == Slip("4*5=21", "20")


QUESTIONS = [
    "What is 17*24?",
    "17*24=",
    "17*24 = ?",
    "17*24=?",
    "17*24 = ___",
    "17 + 25",
    "What is 73 times 8?",
    "If 2x + 3 = 11, what is x?",
    "x=3, y=4. x*y=?",
    "Lily reads 23 pages a day for 12 days. How many pages is that?",
    "3 hours = how many minutes?",
    "What is sort(3,1,2)?",
    "What day is Wed+3?",
    "What time is it 113 minutes after 11:20?",
    "94와 85의 곱은 얼마?",
    "17*24는 얼마인가요?",
    "17 곱하기 24는?",
    "17*24=얼마?",
    "사과 3개에 1200원이면 7개는 얼마인가요?",
    "11시 20분에서 113분 뒤는 몇 시 몇 분인가요?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_bare_question_holds_no_written_step(question: str) -> None:
    assert findings(question) == Findings(0)


@given(
    st.integers(0, 50), st.none() | st.builds(Slip, st.text("ab1=+; ()", min_size=1), st.text("0123,/.:-", max_size=9))
)
def test_findings_are_read_back_as_they_were_said(checked: int, slip: Slip | None) -> None:
    said = Findings(checked, slip)
    assert (read(str(said)).right, read(str(said)).slip) == (said.right, said.slip)


@pytest.mark.parametrize(
    "said", ["", "fine", "wrong", "right: many steps checked", "I think it is right: 3 steps checked"]
)
def test_what_says_nothing_of_the_kind_found_nothing(said: str) -> None:
    assert read(said).right is None
