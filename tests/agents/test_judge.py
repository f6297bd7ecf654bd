"""The judge: by exact checks, or by the likelihood under its own weights."""

import math
from dataclasses import replace
from typing import Any

import pytest

from symposium.agents.judge import judge
from symposium.ledger.records import CallFailed, UsageError
from symposium.tools.calibration import Isotonic

PRODUCT = "What is 94*80?"
RIGHT = "94*80=7520; answer 7520"
WRONG = "94*80=7590; answer 7590"


@pytest.mark.parametrize(
    ("text", "score", "right", "reason"),
    [
        ("94*80=7520; 94*5=470; 7520+470=7990; answer 7990", 1.0, True, "right: 3 steps checked"),
        ("94*80=7520; 94*5=480; 7520+480=8000; answer 8000", 0.0, False, "wrong: 94*5=480 (it is 470)"),
        ("It is 7990, I think.", None, None, "no written step"),
    ],
)
async def test_a_symbolic_judge_checks_exactly(
    house: Any, text: str, score: float | None, right: bool | None, reason: str
) -> None:
    verdict = await judge(house.mind("symbolic:arithmetic"), house.asked("94*85?"), house.draft(text))
    assert verdict == {
        "judge": "symbolic:arithmetic",
        "member": "ann",
        "call": "c99",
        "score": score,
        "calibrated": False,
        "right": right,
        "reason": reason,
        "signals": {},
    }


async def test_a_symbolic_judge_reads_the_draft_and_not_the_question(house: Any) -> None:
    verdict = await judge(house.mind("symbolic:arithmetic"), house.asked("Is 2+2=5?"), house.draft("2+2=4; answer no"))
    assert verdict["score"] == 1.0


async def test_a_model_judges_by_the_likelihood_that_it_gives_to_the_draft(stage: Any, lines: Any, house: Any) -> None:
    actor = stage.cast("eve", lines(probability=0.25), features=("forced",))
    verdict = await judge(house.mind("eve"), house.asked("3+4?"), house.draft("3+4=7; answer 7"))
    assert actor.heard[0].forced == "3+4=7; answer 7"
    assert actor.heard[0].messages[-1]["content"] == "3+4?"
    assert (verdict["judge"], verdict["score"], verdict["calibrated"], verdict["right"]) == (
        "eve",
        pytest.approx(math.log(0.25)),
        False,
        None,
    )
    assert verdict["signals"]["min_logprob"]["value"] < 0


async def test_a_bundled_mind_finds_a_right_answer_likelier_than_a_wrong_one(house: Any) -> None:
    large = house.mind("large")
    right, wrong = [await judge(large, house.asked(PRODUCT), house.draft(text)) for text in (RIGHT, WRONG)]
    assert right["score"] > wrong["score"]
    assert right["signals"]["sum_logprob"]["value"] > wrong["signals"]["sum_logprob"]["value"] + 1


async def test_the_score_is_a_fitted_probability_where_the_judge_has_one_for_replies_that_it_scores(
    stage: Any, lines: Any, house: Any
) -> None:
    stage.cast("eve", lines(probability=0.25), features=("forced",))
    fitted = {"forced.sum_logprob": Isotonic((-4.0, 0.0), (0.2, 0.8)), "sum_logprob": Isotonic((-4.0, 0.0), (0.0, 0.0))}
    mind = house.mind("eve")
    eve = replace(mind, member=replace(mind.member, calibration=fitted))
    verdict = await judge(eve, house.asked("3+4?"), house.draft("answer 7"))
    assert (verdict["score"], verdict["calibrated"]) == (pytest.approx(0.8 + math.log(0.25) * 0.15), True)


async def test_a_bundled_mind_gives_its_own_answer_the_probability_with_which_it_spoke_it(house: Any) -> None:
    draft = await house.answer("large", PRODUCT)
    verdict = await judge(house.mind("large"), house.asked(PRODUCT), draft)
    spoken = {name: signal for name, signal in draft["signals"].items() if not signal["calibrated"]}
    for name, signal in spoken.items():
        assert verdict["signals"][name]["value"] == pytest.approx(signal["value"], abs=0.02)


async def test_a_verdict_is_an_event_and_its_call_is_counted(house: Any) -> None:
    verdict = await judge(house.mind("large"), house.asked(PRODUCT), house.draft(RIGHT), round=2, index=1)
    assert house.told("judge.verdict") == [verdict]
    (end,) = house.told("call.end")
    assert (end["role"], end["round"], end["index"], end["text"], end["finish"]) == ("judge", 2, 1, RIGHT, "stop")
    assert house.run.budget.tokens == end["usage"]["input"] + end["usage"]["output"] > 0


async def test_a_judge_that_fails_gives_no_verdict(stage: Any, lines: Any, house: Any) -> None:
    stage.cast("eve", lines(fails="auth"), features=("forced",))
    with pytest.raises(CallFailed):
        await judge(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))
    assert house.told("judge.verdict") == []


async def test_a_chat_model_cannot_judge_yet_and_is_told_who_can(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", "fine")
    with pytest.raises(UsageError, match=r"member 'eve' \(scripted:eve\) cannot be judge; .*symbolic.* or .*gguf"):
        await judge(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))
    assert actor.heard == []
