"""Questions that ask for prose are told from those that ask for a value."""

import json
from pathlib import Path

import pytest

import symposium.evals
from symposium.tools.questions import open_ended


@pytest.mark.parametrize(
    "question",
    [
        "Why does a bridge stand?",
        "How do vaccines work?",
        "Explain the causes of the French Revolution of 1789.",
        "Write me a poem about two rivers",
        "Compare TCP and UDP.",
        "What are the pros and cons of remote work?",
        "Summarize the following text in 3 sentences: ...",
        "How to bake bread without an oven?",
        "다리는 왜 서 있습니까?",
        "광합성을 설명해 주세요.",
        "가을에 대한 시를 써 줘",
        "두 언어를 비교해 줘",
    ],
)
def test_what_asks_for_prose_is_open_ended(question: str) -> None:
    assert open_ended(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is 17*24?",
        "Explain step by step: how many pens are left of 17 boxes with 24 pens?",
        "Mia has 17 boxes with 24 pens each and gives away 58 pens. How many pens are left?",
        "How long does it take? Explain.",
        "Calculate 3 + 4 and explain it.",
        "Which of these is a prime? Why?\n(A) 4 (B) 7",
        "Why is it so? Answer yes or no.",
        "What is the capital of France?",
        "Who wrote Hamlet?",
        "연필이 12자루씩 5상자 있습니다. 모두 몇 자루인지 설명하세요.",
        "73 곱하기 8은?",
        "",
    ],
)
def test_what_asks_for_a_value_or_says_nothing_of_it_is_not(question: str) -> None:
    assert not open_ended(question)


def test_no_question_of_the_bundled_minds_is_taken_for_one_that_asks_for_prose() -> None:
    lines = (Path(symposium.evals.__path__[0]) / "strangers.jsonl").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if open_ended(json.loads(line)["question"])] == []
