"""The judge: by exact checks, by its own reading, or by the likelihood under its own weights."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from symposium.agents.judge import compare, judge, weigh
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


async def test_who_follows_no_instructions_and_takes_no_text_cannot_judge_and_is_told_who_can(
    stage: Any, house: Any
) -> None:
    actor = stage.cast("eve", "fine")
    with pytest.raises(
        UsageError, match=r"member 'eve' \(scripted:eve\) cannot be judge; .*symbolic.* or a chat model .* or .*gguf"
    ):
        await judge(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))
    assert actor.heard == []


# A judge that reads


def ruling(**values: object) -> str:
    return json.dumps({"reason": "4*5 is 20", "quote": "4*5=21", "right": False, "grade": 3, **values})


@pytest.mark.parametrize(
    ("values", "score", "right", "reason"),
    [
        ({}, 2 / 9, False, "“4*5=21”: 4*5 is 20"),
        ({"right": True, "grade": 10}, 1.0, True, "“4*5=21”: 4*5 is 20"),
        ({"right": None, "grade": 1}, 0.0, None, "“4*5=21”: 4*5 is 20"),
        ({"right": False, "grade": 9}, 3 / 9, False, "“4*5=21”: 4*5 is 20"),
        ({"quote": "4*5=20"}, 2 / 9, False, "4*5 is 20"),
        ({"quote": ""}, 2 / 9, False, "4*5 is 20"),
    ],
)
async def test_a_chat_model_gives_a_verdict_with_a_quotation_and_a_grade(
    stage: Any, house: Any, values: dict[str, object], score: float, right: bool | None, reason: str
) -> None:
    stage.cast("eve", ruling(**values), features=("chat", "forced"))
    verdict = await judge(
        house.mind("eve"), house.asked("14*5+4*5?"), house.draft("14*5=70; 4*5=21; answer 91"), round=1
    )
    assert verdict == {
        "judge": "eve",
        "member": "ann",
        "call": "c99",
        "score": pytest.approx(score),
        "calibrated": False,
        "right": right,
        "reason": reason,
        "signals": {"grade": {"value": pytest.approx(score), "calibrated": False}},
    }
    assert house.told("judge.verdict") == [verdict]
    assert (house.told("call.end")[0]["role"], house.told("call.end")[0]["round"]) == ("judge", 1)


async def test_a_judge_that_gives_no_verdict_twice_abstains(stage: Any, house: Any) -> None:
    stage.cast("eve", "It seems right.", ruling(grade=11), features=("chat",))
    with pytest.raises(CallFailed, match="less than or equal to 10") as failed:
        await judge(house.mind("eve"), house.asked("14*5+4*5?"), house.draft("answer 90"))
    assert (failed.value.kind, house.told("judge.verdict")) == ("malformed", [])


async def test_a_korean_question_is_judged_in_korean(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", ruling(), features=("chat",))
    await judge(house.mind("eve"), house.asked("14*5+4*5는 얼마인가요?"), house.draft("답: 90"))
    assert "위 초안을 심사하세요" in actor.heard[0].messages[-1]["content"]


async def test_a_local_chat_model_judges_by_reading_and_weighs_by_its_weights(
    stage: Any, lines: Any, house: Any
) -> None:
    actor = stage.cast("eve", lines(ruling(), probability=0.25), features=("chat", "forced"))
    read = await judge(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))
    weighed = await weigh(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))
    assert (read["right"], weighed["right"]) == (False, None)
    assert weighed["score"] == pytest.approx(math.log(0.25))
    assert [request.forced for request in actor.heard] == ["", "answer 7"]


async def test_who_takes_no_text_cannot_weigh(stage: Any, house: Any) -> None:
    stage.cast("eve", ruling(), features=("chat",))
    with pytest.raises(UsageError, match="cannot be weigher"):
        await weigh(house.mind("eve"), house.asked("3+4?"), house.draft("answer 7"))


# Comparisons


def preferring(better: str) -> str:
    return json.dumps({"reason": f"{better} it is", "better": better})


@pytest.mark.parametrize(
    ("there", "back", "winner", "consistent"),
    [
        ("A", "B", "first", True),
        ("B", "A", "second", True),
        ("tie", "tie", None, True),
        ("A", "A", None, False),
        ("B", "B", None, False),
        ("A", "tie", None, False),
    ],
)
async def test_a_preference_that_depends_on_the_order_is_a_tie(
    stage: Any, house: Any, there: str, back: str, winner: str | None, consistent: bool
) -> None:
    actor = stage.cast("eve", preferring(there), preferring(back), features=("chat",))
    drafts = house.drafts("It is 7.", "It is 8.")
    found = await compare(house.mind("eve"), house.asked("3+4?"), drafts[0], drafts[1], round=1)
    assert found.winner is {"first": drafts[0], "second": drafts[1], None: None}[winner]
    assert (found.consistent, found.reasons) == (consistent, (f"{there} it is", f"{back} it is"))
    shown = [request.messages[-1]["content"] for request in actor.heard]
    assert [text.index("It is 7.") < text.index("It is 8.") for text in shown] == [True, False]
    won = found.winner["call"] if found.winner else None
    assert house.told("comparison") == [
        {"judge": "eve", "calls": ["d0", "d1"], "winner": won, "consistent": consistent, "reasons": [*found.reasons]}
    ]


async def test_both_orders_are_asked_at_once(stage: Any, lines: Any, house: Any) -> None:
    actor = stage.cast("eve", lines(preferring("tie"), ticks=20), features=("chat",))
    await compare(house.mind("eve"), house.asked("3+4?"), *house.drafts("It is 7.", "It is 8."))
    assert (len(actor.heard), actor.most_speaking) == (2, 2)


async def test_a_comparison_that_fails_in_one_order_is_none_and_leaves_nothing_behind(
    stage: Any, lines: Any, house: Any
) -> None:
    actor = stage.cast("eve", lines(fails="auth"), lines(preferring("tie"), hangs=True), features=("chat",))
    with pytest.raises(CallFailed, match="scripted auth"):
        await compare(house.mind("eve"), house.asked("3+4?"), *house.drafts("It is 7.", "It is 8."))
    assert actor.speaking == 0
    assert house.told("comparison") == []


async def test_only_who_follows_instructions_compares(house: Any) -> None:
    with pytest.raises(UsageError, match="cannot be comparer; that takes a chat model"):
        await compare(house.mind("symbolic:arithmetic"), house.asked("3+4?"), *house.drafts("7", "8"))
