"""A form is asked for by a schema or in words, read, asked for once more where it is wrong, and then given up."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field
from wire import Wire, asked

from symposium.agents.structured import filled, outline, schema_of, structured
from symposium.ledger.records import CallFailed, LimitReached, Message
from symposium.models.endpoints import disconnect


class Held(BaseModel):
    text: str
    drafts: list[str] = Field(description="the letters")


class Form(BaseModel):
    """What it is for stays with us."""

    reason: str = Field(description="why", min_length=1)
    right: bool | None
    grade: int = Field(7, ge=1, le=10, description="1 to 10")
    kind: Literal["open", "closed"]
    held: list[Held]


GOOD = json.dumps({"reason": "so", "right": None, "grade": 8, "kind": "open", "held": []})
TOO_MUCH = GOOD.replace("8", "11")
QUESTION = "Is 17 prime?"


def question(text: str = QUESTION) -> Sequence[Message]:
    return (Message(role="system", content="Be brief."), Message(role="user", content=text))


def test_a_schema_is_strict_all_the_way_down() -> None:
    assert schema_of(Form) == {
        "$defs": {
            "Held": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "drafts": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["text", "drafts"],
                "additionalProperties": False,
            }
        },
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "right": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
            "grade": {"type": "integer"},
            "kind": {"type": "string", "enum": ["open", "closed"]},
            "held": {"type": "array", "items": {"$ref": "#/$defs/Held"}},
        },
        "required": ["reason", "right", "grade", "kind", "held"],
        "additionalProperties": False,
    }


def test_an_outline_shows_every_field_and_what_it_takes() -> None:
    assert outline(schema_of(Form)) == {
        "reason": "<string>",
        "right": "<true | false | null>",
        "grade": "<integer>",
        "kind": "<open | closed>",
        "held": [{"text": "<string>", "drafts": ["<string>"]}],
    }


async def test_where_the_endpoint_takes_a_schema_nothing_is_added_to_the_words(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", GOOD, features=("chat", "schema"))
    made = await structured(house.mind("eve"), question(), Form, role="judge", round=2, index=1)
    assert (made.grade, made.kind) == (8, "open")
    (heard,) = actor.heard
    assert (heard.schema, heard.messages) == (schema_of(Form), tuple(question()))
    assert heard.top_logprobs == 0
    (end,) = house.told("call.end")
    assert (end["role"], end["round"], end["index"]) == ("judge", 2, 1)


@pytest.mark.parametrize(
    ("text", "words"), [(QUESTION, "Write nothing but one JSON"), ("17은 소수인가요?", "JSON 객체 하나만")]
)
async def test_elsewhere_the_form_is_described_at_the_very_end(stage: Any, house: Any, text: str, words: str) -> None:
    actor = stage.cast("eve", GOOD, features=("chat",))
    await structured(house.mind("eve"), question(text), Form, role="judge")
    system, last = actor.heard[0].messages
    assert system == question()[0]
    assert last["content"].startswith(f"{text}\n\n")
    assert words in last["content"]
    assert json.loads(last["content"][last["content"].index("{") :])["grade"] == "<integer>"


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("It is right.", "there is no JSON object"),
        (TOO_MUCH, "'grade': Input should be less than or equal to 10 (it is 11)"),
        ('{"reason": "so"', "'right': Field required"),
    ],
)
async def test_a_wrong_reply_is_asked_again_once_with_what_is_wrong(
    stage: Any, house: Any, reply: str, problem: str
) -> None:
    actor = stage.cast("eve", reply, GOOD, features=("chat", "schema"))
    made = await filled(house.mind("eve"), question(), Form, role="judge")
    assert (made.form.grade, made.reply["text"]) == (8, GOOD)
    first, second = actor.heard
    assert second.messages[: len(first.messages)] == first.messages
    said, told = second.messages[len(first.messages) :]
    assert (said["role"], said["content"], told["role"]) == ("assistant", reply, "user")
    assert problem in told["content"]
    assert '"grade": "<integer>"' in told["content"]
    assert house.run.budget.calls == 2


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("맞습니다.", "JSON 객체가 없습니다"),
        ("<think>맞나?</think>", "내용이 없습니다"),
        (TOO_MUCH, "'grade'에 알맞은 값이 없습니다"),
        ('{"reason": "그래서"', "'right'에 알맞은 값이 없습니다"),
    ],
)
async def test_a_korean_conversation_is_asked_again_in_korean(stage: Any, house: Any, reply: str, problem: str) -> None:
    actor = stage.cast("eve", reply, GOOD, features=("chat",))
    await structured(house.mind("eve"), question("17은 소수인가요?"), Form, role="judge")
    told = actor.heard[1].messages[-1]["content"]
    assert told.startswith(f"방금 답은 쓸 수 없었습니다: {problem}\n")
    assert not re.search(r"[a-z]{3,} [a-z]{2,}", told.replace("true | false | null", "")), "no English sentence"


async def test_a_form_can_be_valid_and_wrong(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", GOOD, GOOD.replace("open", "closed"), features=("chat",))
    made = await structured(
        house.mind("eve"),
        question(),
        Form,
        role="judge",
        check=lambda form: "it is open" if form.kind == "open" else None,
    )
    assert made.kind == "closed"
    assert "it is open" in actor.heard[1].messages[-1]["content"]


async def test_after_a_second_wrong_reply_the_member_abstains_and_that_is_counted(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "no", TOO_MUCH, GOOD, features=("chat",))
    with pytest.raises(CallFailed, match=r"does not hold what was asked for: 'grade': .* \(it is 11\)") as failed:
        await structured(house.mind("eve"), question(), Form, role="judge")
    assert (failed.value.kind, failed.value.attempts, len(actor.heard)) == ("malformed", 2, 2)


async def test_a_call_that_fails_is_not_asked_again_as_if_it_were_malformed(stage: Any, lines: Any, house: Any) -> None:
    actor = stage.cast("eve", lines(fails="auth"), features=("chat",))
    with pytest.raises(CallFailed) as failed:
        await structured(house.mind("eve"), question(), Form, role="judge")
    assert (failed.value.kind, len(actor.heard)) == ("auth", 1)


async def test_a_budget_that_allows_no_second_attempt_leaves_the_first_one_s_fault(stage: Any, house: Any) -> None:
    stage.cast("eve", "no", GOOD, features=("chat",))
    mind = house.mind("eve")
    house.run.budget.limits = replace(house.run.budget.limits, calls=1)
    with pytest.raises(CallFailed, match="there is no JSON object") as failed:
        await structured(mind, question(), Form, role="judge")
    assert (failed.value.kind, len(house.run.limits_reached)) == ("malformed", 1)
    with pytest.raises(LimitReached):
        await structured(mind, question(), Form, role="judge")


# Over a real socket


@pytest.fixture
async def server(wire: Wire) -> AsyncIterator[Wire]:
    await disconnect()
    yield wire
    await disconnect()


async def test_a_provider_gets_the_schema_in_its_own_words(stage: Any, house: Any, server: Wire) -> None:
    server.model("eve", GOOD)
    stage.cast("eve", model="openai:eve", base_url=server.openai)
    assert (await structured(house.mind("eve"), question(), Form, role="judge")).grade == 8
    (call,) = server.calls
    form = call.body["response_format"]
    assert (form["type"], form["json_schema"]["schema"]) == ("json_schema", schema_of(Form))


async def test_a_provider_that_takes_no_schema_gives_the_form_all_the_same(
    stage: Any, house: Any, server: Wire
) -> None:
    server.model(
        "eve", lambda body: GOOD if '"grade": "<integer' in asked(body) else "Yes, it is.", lacks={"response_format"}
    )
    stage.cast("eve", model="openai:eve", base_url=server.openai)
    assert (await structured(house.mind("eve"), question(), Form, role="judge")).grade == 8
    assert (await structured(house.mind("eve"), question("Is 19 prime?"), Form, role="judge")).grade == 8
    assert "response_format" in server.calls[0].body
    assert "response_format" not in server.calls[-1].body
    assert '"grade": "<integer' in asked(server.calls[-1].body)
