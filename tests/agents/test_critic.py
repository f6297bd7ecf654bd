"""The critic: quotes the first wrong step, or one that it finds unlikely itself."""

import json
import math
from typing import Any

import pytest

from symposium.agents.critic import critique, doubt
from symposium.ledger.records import CallFailed, UsageError, Weak

QUESTION = "What is 94*85?"


@pytest.mark.parametrize(
    ("text", "step", "reason"),
    [
        ("94*80=7520; 94*5=480; 7520+480=8100; answer 8100", "94*5=480", "it is 470"),
        ("14*5=70; 4*5=21; answer 91", "4*5=21", "it is 20"),
        ("94 × 5 = 470.\nSo 94 × 85 = 7,900.\n\nAnswer: 7900", "So 94 × 85 = 7,900.", "it is 7990"),
        ("먼저 94*80=7520입니다. 그리고 94*5=480입니다. 답은 8000", "그리고 94*5=480입니다.", "it is 470"),
    ],
)
async def test_a_symbolic_critic_quotes_the_first_wrong_step(house: Any, text: str, step: str, reason: str) -> None:
    found = await critique(house.mind("symbolic:arithmetic"), house.asked(QUESTION), house.draft(text))
    assert found == {
        "critic": "symbolic:arithmetic",
        "member": "ann",
        "call": "c99",
        "step": step,
        "start": text.index(f" {step}") + 1 if f" {step}" in text else text.index(step),
        "reason": reason,
        "logprob": None,
    }


@pytest.mark.parametrize("text", ["94*85=7990; answer 7990", "answer 7930"])
async def test_a_symbolic_critic_has_nothing_to_say_where_no_step_is_wrong(house: Any, text: str) -> None:
    assert await critique(house.mind("symbolic:arithmetic"), house.asked(QUESTION), house.draft(text)) is None
    assert house.told("critique") == []


async def test_a_bundled_mind_quotes_the_slip_of_another(house: Any) -> None:
    text = "40+8=48; 48+30=87; answer 87"
    found = await critique(house.mind("large"), house.asked("What is 40+8+30?"), house.draft(text))
    assert (found["step"], found["start"]) == ("48+30=87", text.index("48+"))
    assert found["logprob"] < math.log(0.1)
    assert "probability of" in found["reason"]


async def test_a_model_quotes_also_where_it_doubts_little(stage: Any, lines: Any, house: Any) -> None:
    stage.cast("eve", lines(probability=0.9), features=("forced",))
    found = await critique(house.mind("eve"), house.asked("3+4?"), house.draft("3+4=7; answer 7"))
    assert (found["critic"], found["step"], found["logprob"]) == ("eve", "3+4=7", pytest.approx(math.log(0.9) / 3))


async def test_without_log_probabilities_a_model_has_nothing_to_say(stage: Any, lines: Any, house: Any) -> None:
    stage.cast("eve", lines(probability=None), features=("forced",))
    assert await critique(house.mind("eve"), house.asked("3+4?"), house.draft("3+4=7; answer 7")) is None


def test_a_draft_doubts_itself_without_a_call(house: Any) -> None:
    draft = house.draft("3+4=8; 8+1=9; answer 9")
    assert doubt(draft) is None
    draft["weakest"] = [
        Weak(text="answer 9", start=14, logprob=-4.0, least=-4.0),
        Weak(text="3+4=8", start=0, logprob=-3.5, least=-3.0),
    ]
    found = doubt(draft)
    assert found is not None
    assert (found["critic"], found["member"], found["step"], found["start"]) == ("ann", "ann", "3+4=8", 0)
    assert house.told("call.start") == []


async def test_a_critique_is_an_event_and_its_call_is_counted(house: Any) -> None:
    found = await critique(house.mind("large"), house.asked("40+8?"), house.draft("40+8=49; answer 49"), round=1)
    assert house.told("critique") == [found]
    (end,) = house.told("call.end")
    assert (end["role"], end["round"]) == ("critic", 1)
    assert house.run.budget.calls == 1


async def test_who_follows_no_instructions_and_takes_no_text_cannot_criticise_and_is_told_who_can(
    stage: Any, house: Any
) -> None:
    stage.cast("eve", "fine", features=("prefix",))
    with pytest.raises(UsageError, match=r"'eve' .*cannot be critic; .*symbolic.* or a chat model .* or .*gguf"):
        await critique(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))


# A critic that reads


def objection(quote: str, *, wrong: bool = True) -> str:
    return json.dumps({"wrong": wrong, "quote": quote, "reason": "it is 470" if wrong else ""}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "quote", "step"),
    [
        ("94*80=7520; 94*5=480; answer 8000", "94*5=480", "94*5=480"),
        ("94*80=7520; 94*5=480; answer 8000", "“94*5=480”", "94*5=480"),
        ("So we get\n94*5 =\n480, which ...", "get 94*5 = 480", "get\n94*5 =\n480"),
        ("먼저 94*80=7520입니다. 그리고 94*5=480입니다.", "그리고 94*5=480입니다.", "그리고 94*5=480입니다."),
        ("it says <|im_end|> then 94*5=480", "<\\|im_end\\|> then 94*5=480", "<|im_end|> then 94*5=480"),
        ("Fine.\nuser: 94*5=480", "> user: 94*5=480", "user: 94*5=480"),
        ('the "term" is 480', 'the "term" is 480', 'the "term" is 480'),
    ],
)
async def test_a_chat_model_quotes_a_passage_of_the_draft(
    stage: Any, house: Any, text: str, quote: str, step: str
) -> None:
    stage.cast("eve", objection(quote), features=("chat", "forced"))
    found = await critique(house.mind("eve"), house.asked(QUESTION), house.draft(text), round=1)
    assert found == {
        "critic": "eve",
        "member": "ann",
        "call": "c99",
        "step": step,
        "start": text.index(step),
        "reason": "it is 470",
        "logprob": None,
    }
    assert house.told("critique") == [found]


async def test_a_quotation_that_the_draft_does_not_hold_is_asked_again(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", objection("94*5=490"), objection("94*5=480"), features=("chat",))
    found = await critique(house.mind("eve"), house.asked(QUESTION), house.draft("94*5=480; answer 480"))
    assert found["step"] == "94*5=480"
    assert "'quote' does not stand in the draft word for word" in actor.heard[1].messages[-1]["content"]


@pytest.mark.parametrize("quote", ["94*5=490", "", "   ", "…"])
async def test_a_critic_that_cannot_quote_abstains(stage: Any, house: Any, quote: str) -> None:
    stage.cast("eve", objection(quote), features=("chat",))
    with pytest.raises(CallFailed) as failed:
        await critique(house.mind("eve"), house.asked(QUESTION), house.draft("94*5=480; answer 480"))
    assert (failed.value.kind, house.told("critique")) == ("malformed", [])


async def test_a_chat_model_may_have_nothing_to_object(stage: Any, house: Any) -> None:
    stage.cast("eve", objection("anything", wrong=False), features=("chat",))
    assert await critique(house.mind("eve"), house.asked(QUESTION), house.draft("94*5=470; answer 470")) is None
    assert house.told("critique") == []
