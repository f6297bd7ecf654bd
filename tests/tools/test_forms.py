"""A filled-in form is read out of whatever a model wrote, or what is wrong is told in one line."""

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from symposium.tools.structured import Malformed, read


class Ruling(BaseModel):
    reason: str
    right: bool | None
    grade: int = Field(ge=1, le=10)


GOOD = '{"reason": "it adds up", "right": true, "grade": 8}'
RULING = Ruling(reason="it adds up", right=True, grade=8)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\nI hope this helps.",
        f"Here is my verdict: {GOOD} as you asked.",
        f"<think>maybe {{'grade': 2}}</think>{GOOD}",
        f"first I thought so</think>\n{GOOD}",
        f'{{"reason": "a first try", "right": false, "grade": 1}}\nNo, better:\n{GOOD}',
        f'{GOOD}\n{{"note": "another object"}}',
        f"[{GOOD}]",
        f'The form is {{"reason": ..., "right": ...}}.\n\n{GOOD}',
        '{"reason": "it adds up", "right": "true", "grade": "8"}',
        '{"reason": "it adds up", "right": true, "grade": 8, "aside": {"extra": [1, 2]}}',
        "{'reason': 'it adds up', 'right': True, 'grade': 8}",
        '{"reason": "it adds up", "right": true, "grade": 8,}',
        '{reason: "it adds up", right: true, grade: 8}',
        '{"reason": "it adds up", "right": true, "grade": 8',
        '```json\n{"reason": "it adds up",\n "right": true, // yes\n "grade": 8\n}\n```',
        "{“reason”: “it adds up”, “right”: true, “grade”: 8}",
        '{"reason": "it adds up" "right": true "grade": 8}',
        f"{GOOD[:-1]}, }}",
        f"{{{GOOD}}}",
        f"\ufeff{GOOD}",
    ],
)
def test_a_form_is_found_in_what_surrounds_it_and_mended_where_it_is_broken(text: str) -> None:
    assert read(text, Ruling) == RULING


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"reason": "계산이 맞습니다", "right": true, "grade": 8}', "계산이 맞습니다"),
        (
            "심사 결과입니다.\n```json\n{'reason': '3 + 4는 \"7\"입니다', 'right': True, 'grade': 8,}\n```",
            '3 + 4는 "7"입니다',
        ),
        ('{"reason": "첫 줄\n둘째 줄", "right": true, "grade": 8}', "첫 줄\n둘째 줄"),
        ('{"reason": "he said \\"yes\\"", "right": true, "grade": 8}', 'he said "yes"'),
        ('{"reason": "a {brace} and a ] here", "right": true, "grade": 8}', "a {brace} and a ] here"),
        ('{"reason": "\\uc815\\ub2f5", "right": true, "grade": 8}', "정답"),
    ],
)
def test_what_a_value_holds_stays_as_it_is(text: str, reason: str) -> None:
    assert read(text, Ruling) == Ruling(reason=reason, right=True, grade=8)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "there is no text"),
        ("<think>{}</think>  ", "there is no text"),
        (f"<think>I would say {GOOD}", "there is no text"),
        ("The draft is right.", "there is no JSON object"),
        ("[1, 2]", "there is no JSON object"),
        ('{"reason": "x", "right": true, "grade": 11}', "'grade': Input should be less than or equal to 10 (it is 11)"),
        ('{"reason": "x", "right": true}', "'grade': Field required"),
        ('{"reason": "x", "right": "perhaps", "grade": 3}', "'right': Input should be a valid boolean"),
        ('{"reason": "x", "right": true, "grade": NaN}', "'grade': Input should be a finite number"),
        ('{"reason": "x", "right": true, "grade": 1' + "0" * 5000, "grade"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(Malformed) as told:
        read(text, Ruling)
    assert problem in str(told.value)
    assert "\n" not in str(told.value)


def test_the_object_that_is_likeliest_meant_is_the_one_whose_fault_is_told() -> None:
    with pytest.raises(Malformed, match=r"'grade'.*it is 12"):
        read('{"grade": "first"} {"reason": "x", "right": null, "grade": 12}', Ruling)


def test_a_long_value_does_not_make_a_long_error() -> None:
    with pytest.raises(Malformed) as told:
        read(json.dumps({"reason": "x", "right": "no\n" * 5000, "grade": 3}), Ruling)
    assert len(str(told.value)) <= 200


class Position(BaseModel):
    text: str
    drafts: list[str]


class Grouping(BaseModel):
    kind: Literal["closed", "open"]
    groups: list[Position]


def test_a_form_in_a_form_is_no_form_of_its_own() -> None:
    text = '{"kind": "open", "groups": [{"text": "예", "drafts": ["A", "C"]}, {"text": "no", "drafts": ["B"]}]}'
    assert [one.text for one in read(text, Grouping).groups] == ["예", "no"]
    with pytest.raises(Malformed):
        read('{"groups": [{"text": "yes", "drafts": ["A"]}]}', Grouping)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 50_000,
        '{"a":' * 20_000,
        "[" * 50_000 + "{",
        '{"a": "' + "\\" * 50_000,
        "```json\n" * 5_000,
        '{"reason": ' + "null{]" * 8_000,
        "{'a': ['" + "\"'(" * 10_000,
    ],
)
def test_what_only_looks_like_a_form_is_given_up_in_bounded_work(text: str) -> None:
    with pytest.raises(Malformed):
        read(text, Ruling)
    assert read(text + "\n" + GOOD, Ruling) == RULING


# Laws

JUNK = st.sampled_from(
    ["{", "}", "[", "]", '"', "'", ":", ",", "\\", "\n", "```json\n", "```", "<think>", "</think>", "null", "//", "/*"]
)
PIECES = st.lists(JUNK | st.text(max_size=6) | st.sampled_from([GOOD, GOOD[:20], '"grade": 8', "정답"]), max_size=12)


@given(PIECES.map("".join))
def test_whatever_comes_is_a_valid_form_or_the_error(text: str) -> None:
    found, problem = outcome(text)
    assert (found is None) is bool(problem)
    assert "\n" not in problem
    assert found is None or Ruling.model_validate(found.model_dump()) == found


def outcome(text: str) -> tuple[Ruling | None, str]:
    try:
        return read(text, Ruling), ""
    except Malformed as wrong:
        return None, str(wrong)


RULINGS = st.builds(
    Ruling,
    reason=st.text(st.characters(exclude_categories=["Cs"])),
    right=st.none() | st.booleans(),
    grade=st.integers(1, 10),
)


@given(
    RULINGS,
    st.sampled_from(["{}", "```json\n{}\n```", "So:\n{}\nThat is all.", "<think>so {{}}</think>{}"]),
    st.booleans(),
)
def test_what_was_written_as_json_is_read_as_it_was_meant(made: Ruling, around: str, plain: bool) -> None:
    written = json.dumps(made.model_dump(), ensure_ascii=plain)
    assert read(around.replace("{}", written), Ruling) == made


@given(RULINGS, st.data())
def test_a_form_that_is_cut_off_is_the_form_with_less_text_or_the_error(made: Ruling, data: st.DataObject) -> None:
    written = json.dumps({"grade": made.grade, "right": made.right, "reason": made.reason}, ensure_ascii=False)
    cut = written[: data.draw(st.integers(0, len(written)))]
    found, _ = outcome(cut)
    assert found is None or (found.grade in (made.grade, 1) and found.right in (made.right, None))
