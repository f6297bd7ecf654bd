"""What a reply's final answer is, and when it gives none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.answers import extract
from symposium.tools.equivalence import canonical

MARKED = [
    ("17*24=408; 408-58=350; answer 350", "350"),
    ("9*7=63; answer 63", "63"),
    ("Mon+2=Wed; answer Wednesday", "Wednesday"),
    ("목요일+3=일요일; answer 일요일", "일요일"),
    ("sort(12,3,8)=3,8,12; answer 3, 8, 12", "3, 8, 12"),
    ("2+12=14; answer 14:35", "14:35"),
    ("5+14=19; answer March 19", "March 19"),
    ("5+14=19; answer 3월 19일", "3월 19일"),
    ("27//12=2; 27%12=3; answer 2 years 3 months", "2 years 3 months"),
    ("27//12=2; 27%12=3; answer 2년 3개월", "2년 3개월"),
    ("The answer is **350**.", "350"),
    ("**Answer:** 350", "350"),
    ("**Final Answer**\n\n\\[ \\boxed{350} \\]", "350"),
    ("so we get $\\boxed{\\dfrac{1}{2}}$.", "1/2"),
    ("\\boxed{\\text{(B)}}", "(B)"),
    ("\\boxed{1{,}234}", "1,234"),
    ("She sells 9.\n#### 350", "350"),
    ("#### 3. Compute the total\nIt is 7 times 8. The answer is 56.", "56"),
    ("Final answer: (B)", "(B)"),
    ("The correct answer is B. Paris", "B"),
    ("Option B is correct.", "B"),
    ("350 is the answer.", "350"),
    ("She makes 9 * 2 = $18 per day\nA: 18", "18"),
    ("Answer:\n\n350", "350"),
    ("answer\n```\n350\n```", "350"),
    ("Answer: 350\n\nNote: 17*24=408.", "350"),
    ("The answer is 408 - 58 = 350 pens.", "350 pens"),
    ("The answer is 350, since 408 - 58 = 350", "350"),
    ("the answer to 17*24-58 is 350", "350"),
    ("The answer is not 340 but 350.", "350"),
    ("Answer: x = 5", "5"),
    ("The answer is −5.", "-5"),
    ("The answer is $1,234.50.", "$1,234.50"),
    ("The answer is 75\\%.", "75%"),
    ("The answer is 5 km.", "5 km"),
    ("The answer is Paris, the capital of France.", "Paris, the capital of France"),
    ("The answer is that each person got 20 seashells.", "20"),
    ("My answer would be 7", "7"),
    ("<answer>350</answer>", "350"),
    ("답: 350", "350"),
    ("정답：３５０", "350"),
    ("정답은 350개입니다.", "350개"),
    ("정답은 340이 아니라 350입니다.", "350"),
    ("최종 답변: 1만 2천원", "1만 2천원"),
    ("답은 '서울'입니다.", "서울"),
    ("정답은 (2)번", "(2)번"),
    ("정답은 ③입니다.", "3"),
    ("350이 정답입니다", "350"),
    ('{"reasoning": "the answer is 5", "answer": 350}', "350"),
    ('```json\n{"answer": "18"}\n```', "18"),
    ('{"answer": [3, 8, 12]}', "3, 8, 12"),
    ('{"answer": "17 * 24 = 408"}', "408"),
    ('{"reasoning": "broken \\( json \\)\nover lines", "answer": "42 grams"}', "42 grams"),
    ('{"정답": "목요일"}', "목요일"),
]


@pytest.mark.parametrize(("reply", "answer"), MARKED)
def test_a_marked_answer_is_read_without_its_mark(reply: str, answer: str) -> None:
    assert extract(reply) == answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("The answer is 5. No wait, the answer is 7.", "7"),
        ("\\boxed{5} was wrong, so \\boxed{7}", "7"),
        ("#### 5\n#### 7", "7"),
        ("정답은 5입니다. 다시 보니 정답은 7입니다.", "7"),
        ("The answer is 5.\n\\boxed{}", "5"),
        ("The answer is 5. What is the answer?", "5"),
        ("Answer: <number>\nAnswer: 7", "7"),
    ],
)
def test_of_several_marked_answers_the_last_one_that_says_something_counts(reply: str, answer: str) -> None:
    assert extract(reply) == answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("<think>the answer is 3</think>answer 5", "5"),
        ("the answer is 3</think>\nanswer 5", "5"),
        ("answer 5\n<think>maybe the answer is 3", "5"),
        ("<think>the answer is 3</think>", None),
        ("<think>the answer is 3", None),
        ("the answer is 3</think>", None),
        ("<THINKING>answer 3</THINKING>350", "350"),
    ],
)
def test_reasoning_is_never_the_answer(reply: str, answer: str | None) -> None:
    assert extract(reply) == answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("350", "350"),
        ("350 pens.", "350 pens"),
        ("(B)", "(B)"),
        ("목요일", "목요일"),
        ("3, 8, 12", "3, 8, 12"),
        ("Yes", "Yes"),
        ("Paris", "Paris"),
        ("There are 350 pens left.", "350"),
        ("Therefore, Mia has 17*24 - 58 = 350 pens left.", "350"),
        ("So Ingrid drinks 15 gallons in 30 days.", "15 gallons"),
        ("Thus he pays $106.12 after 3 months.", "$106.12"),
        ("따라서 350 개", "350"),
        ("따라서 남은 펜은 350개입니다.", "350"),
        ("그러므로 2시간 5분이 걸립니다.", "2시간 5분"),
        ("17*24=408; 408-58=350", "350"),
        ("17 times 24 is 408, minus 58 is 350", "350"),
    ],
)
def test_a_reply_without_a_mark_answers_by_its_conclusion(reply: str, answer: str) -> None:
    assert extract(reply) == answer


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   \n",
        "```\n```",
        "I cannot answer that.",
        "I'm sorry, but I can't help with that.",
        "I don't know the answer.",
        "The answer is not 5.",
        "모르겠습니다.",
        "죄송하지만 답할 수 없습니다.",
        "Which Mia do you mean?",
        "What is 17 times 24?",
        "펜이 몇 자루였나요?",
        "Let me think step by step.",
        "17*24=408; 408-",
        "17*24=",
        "\\boxed{}",
        "...",
        '{"answer": null}',
    ],
)
def test_silence_refusals_questions_and_cut_off_replies_give_no_answer(reply: str) -> None:
    assert extract(reply) is None


def test_the_last_number_of_a_long_unfinished_reply_is_no_answer() -> None:
    rambling = "We look at the 12 boxes and the pens in them, one after the other, " * 10
    assert extract(rambling + "and then there were 7 boxes of which") is None


def test_an_answer_at_the_end_of_a_very_long_reply_is_found() -> None:
    assert extract("answer 1; " * 30_000 + "answer 350") == "350"


WRAPPERS = [
    "answer {}",
    "The answer is {}.",
    "**Answer:** {}",
    "\\boxed{{{}}}",
    '{{"answer": "{}"}}',
    "정답은 {}입니다.",
    "답: {}",
]
VALUES = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.integers(1000, 10**9).map(lambda number: f"{number:,}"),
    st.tuples(st.integers(0, 999), st.integers(2, 999)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    st.lists(st.integers(0, 999), min_size=2, max_size=6).map(lambda numbers: ", ".join(map(str, numbers))),
    st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda pair: f"{pair[0]}:{pair[1]:02d}"),
    st.sampled_from(["Thursday", "목요일", "March 19", "3월 19일", "(B)", "5 km", "2시간 5분", "12,000원", "350개"]),
)


@given(VALUES, st.sampled_from(WRAPPERS))
def test_every_mark_gives_back_the_value_put_into_it(value: str, wrapper: str) -> None:
    answer = extract(f"17*24=408; 408-58=350.\n{wrapper.format(value)}")
    assert answer is not None
    assert canonical(answer) == canonical(value)


@given(st.text(), st.text(alphabet="answer is:정답은 {}\\boxed$#*\"'0123456789.,;=()<>/think\n", max_size=80))
def test_no_reply_breaks_extraction(anything: str, near_misses: str) -> None:
    for reply in (anything, near_misses):
        answer = extract(reply)
        assert answer is None or answer.strip()
