"""Classes of questions by rules, and the words for what members are good at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.evals.intents import labelled
from symposium.tools.cues import ALIASES, FIELDS
from symposium.tools.intents import INTENTS, field_of, intent_of, strengths, tongue_of


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("What is 73 times 8?", "maths"),
        ("사과 12개를 3명이 나누면 몇 개?", "maths"),
        ("Write a Python function that sorts a list", "code"),
        ("```\nfor i in x:\n```\nwhat is wrong?", "code"),
        ("Translate 'good morning' into Korean", "translate"),
        ("이 문장을 영어로 번역해 줘: 고마워", "translate"),
        ("Summarise this article: The council met ...", "summarise"),
        ("다음 글을 한 줄로 요약해 줘", "summarise"),
        ("Write a poem about the sea", "creative"),
        ("가을에 대한 시를 써 줘", "creative"),
        ("I feel so lonely since she left", "emotion"),
        ("요즘 너무 우울해", "emotion"),
        ("If all cats are animals, are some animals cats?", "logic"),
        ("Who invented the telephone?", "fact"),
        ("호주의 수도는 어디야?", "fact"),
        ("Hello, how are you?", "chat"),
        ("Tell me about yourself", "chat"),
        ("자기소개 부탁해", "chat"),
        ("If it rains the street is wet. The street is wet. Did it rain?", "logic"),
        ("A man lives on the tenth floor and takes the elevator to the seventh; why?", "logic"),
        ("Explain the difference between a mutex and a semaphore", "code"),
        ("If a book costs 3 euros and a pen 2. Tom buys 4 books. How much does he pay?", "maths"),
        ("안녕, 뭐 해?", "chat"),
    ],
)
def test_plain_questions_have_their_class(question: str, intent: str) -> None:
    assert intent_of(question) == intent


def test_each_class_is_mostly_found_in_the_half_that_is_only_measured() -> None:
    questions = labelled("test")
    for intent in INTENTS:
        own = [one["question"] for one in questions if one["intent"] == intent]
        assert len(own) >= 15
        assert sum(intent_of(question) == intent for question in own) / len(own) >= 0.7, intent


def test_each_class_has_forty_questions_in_both_languages() -> None:
    questions = [*labelled("development"), *labelled("test")]
    assert len({one["question"] for one in questions}) == len(questions)
    for intent in INTENTS:
        for tongue in ("en", "ko"):
            assert sum((one["intent"], one["language"]) == (intent, tongue) for one in questions) >= 20
    assert {one["question"] for one in questions if tongue_of(one["question"]) != one["language"]} <= {
        one["question"] for one in questions if one["intent"] in ("translate", "code")
    }


@given(st.text())
def test_any_text_has_a_class(question: str) -> None:
    assert intent_of(question) in INTENTS


def test_the_material_of_a_long_question_does_not_decide() -> None:
    article = "The function returned an array of 12 values; I was sad. " * 200
    assert intent_of(f"Summarise this text in three sentences: {article}") == "summarise"


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("What day is it 12 days after Monday?", "calendar"),
        ("14:35 plus 2 h 50 min", "time"),
        ("How many centimetres are 3 metres?", "units"),
        ("Sort 4, 7, 1, 9", "lists"),
        ("73*8", "arithmetic"),
        ("Why?", None),
    ],
)
def test_a_question_of_maths_has_its_field(question: str, field: str | None) -> None:
    assert field_of(question) == field


@pytest.mark.parametrize(
    ("words", "intents", "fields", "tongues"),
    [
        (["mathematics"], {"maths"}, set(), set()),
        (["Word_Problems", "calendar"], {"maths"}, {"word problems", "calendar"}, set()),
        (["programming", "knowledge"], {"code", "fact"}, set(), set()),
        (["Korean", "empathy"], {"emotion"}, set(), {"ko"}),
        (["번역", "논리"], {"translate", "logic"}, set(), set()),
        (["juggling"], set(), set(), set()),
    ],
)
def test_other_words_for_the_classes_are_known(
    words: list[str], intents: set[str], fields: set[str], tongues: set[str]
) -> None:
    good = strengths(words)
    assert (set(good.intents), set(good.fields), set(good.tongues)) == (intents, fields, tongues)


def test_no_word_means_two_classes() -> None:
    words = [word for intent, others in ALIASES.items() for word in (intent, *others)]
    assert len(words) == len(set(words))
    assert set(FIELDS) <= set(ALIASES["maths"])
