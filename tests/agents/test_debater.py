"""The debater: objects to the others' drafts, word for word, and answers once more for reasons, not for a majority."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import pytest

from symposium.agents.casting import check_role
from symposium.agents.debater import criticise, reconsider
from symposium.agents.personas import persona
from symposium.agents.transcript import letters
from symposium.ledger.records import CallFailed, Critique, Draft, LimitReached, Round, UsageError
from symposium.prompts.loader import language_of, phrase

QUESTION = "What is 6 times 7?"
TEXTS = ("6*7=42; answer 42", "6*7=48; answer 48", "6*7=46; answer 46")


def opened(drafts: Sequence[Draft], *critiques: Critique) -> list[Round]:
    return [Round(round=1, drafts=[*drafts], critiques=[*critiques], ruling=None)]


@pytest.fixture
def rounds(house: Any) -> list[Round]:
    """A round that has begun, with the drafts of ann, bob and cyd."""
    return opened(house.drafts(*TEXTS))


@pytest.fixture
def known(house: Any, rounds: list[Round]) -> dict[str, str]:
    """The letters of the debaters."""
    return letters(house.run, rounds)


def objections(*found: tuple[str, str], reason: str = "it is 42") -> str:
    listed = [{"draft": draft, "quote": quote, "reason": reason} for draft, quote in found]
    return json.dumps({"objections": listed}, ensure_ascii=False)


def against(draft: Draft, step: str, *, critic: str = "bob") -> Critique:
    start = draft["text"].index(step)
    return Critique(
        critic=critic,
        member=draft["member"],
        call=draft["call"],
        step=step,
        start=start,
        reason="it is 42",
        logprob=None,
    )


# Objections


async def test_one_call_objects_to_every_draft_that_is_wrong(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    stage.cast("eve", objections((known["bob"], "6*7=48"), (f"draft {known['cyd']}", "“6*7=46”")), features=("chat",))
    ann, bob, cyd = rounds[0]["drafts"]
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, ann, round=2, index=1)
    wanted = [against(bob, "6*7=48", critic="eve"), against(cyd, "6*7=46", critic="eve")]
    assert found == sorted(wanted, key=lambda held: known[held["member"]])
    assert house.told("critique") == found
    (end,) = house.told("call.end")
    assert (end["role"], end["round"], end["index"]) == ("critic", 2, 1)


async def test_a_debater_may_have_nothing_to_object(stage: Any, house: Any, rounds: list[Round]) -> None:
    actor = stage.cast("eve", objections(), features=("chat",))
    assert await criticise(house.mind("eve"), house.asked(QUESTION), rounds, rounds[0]["drafts"][0], round=1) == []
    assert (len(actor.heard), house.told("critique")) == (1, [])


async def test_the_others_objections_are_those_of_the_last_round_alone(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    """What was mended meanwhile can no longer be quoted."""
    mended = house.draft("6*7=42 after all; answer 42", member="bob", call="d9")
    later = Round(round=2, drafts=[rounds[0]["drafts"][0], mended], critiques=[], ruling=None)
    quoting = (known["bob"], "6*7=48"), (known["bob"], "6*7=42 after all")
    stage.cast("eve", objections(*quoting), features=("chat",))
    own = later["drafts"][0]
    (found,) = await criticise(house.mind("eve"), house.asked(QUESTION), [*rounds, later], own, round=2)
    assert (found["call"], found["step"]) == ("d9", "6*7=42 after all")


async def test_there_is_one_objection_to_a_draft_the_first_that_can_be_quoted(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    letter = known["bob"]
    actor = stage.cast(
        "eve", objections((letter, "6*7=49"), (letter, "answer 48"), (letter, "6*7=48")), features=("chat",)
    )
    (found,) = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, rounds[0]["drafts"][0], round=1)
    assert (found["step"], len(actor.heard)) == ("answer 48", 1)


@pytest.mark.parametrize(
    ("draft", "quote"),
    [("bob", "6*7=49"), ("bob", ""), ("bob", "…"), ("bob", "6*7=46"), ("ann", "6*7=42"), ("Z", "6*7=48"), ("", "48")],
)
async def test_an_objection_that_cannot_be_quoted_is_dropped_where_others_hold(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str], draft: str, quote: str
) -> None:
    bad, good = (known.get(draft, draft), quote), (known["cyd"], "6*7=46")
    actor = stage.cast("eve", objections(bad, good), features=("chat",))
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, rounds[0]["drafts"][0], round=1)
    assert [(held["member"], held["step"]) for held in found] == [("cyd", "6*7=46")]
    assert len(actor.heard) == 1


@pytest.mark.parametrize(
    ("draft", "quote", "told"),
    [
        ("bob", "6*7=49", "'quote' does not stand in the draft word for word"),
        ("ann", "6*7=42", "'draft' must be one of "),
        ("Z", "6*7=48", "'draft' must be one of "),
    ],
)
async def test_objections_of_which_none_can_be_quoted_are_asked_for_once_more(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str], draft: str, quote: str, told: str
) -> None:
    good = objections((known["cyd"], "6*7=46"))
    actor = stage.cast("eve", objections((known.get(draft, draft), quote)), good, features=("chat",))
    own = rounds[0]["drafts"][0]
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, own, round=1)
    assert [held["step"] for held in found] == ["6*7=46"]
    again = actor.heard[1].messages[-1]["content"]
    assert told in again
    assert f"must be one of {', '.join(sorted({known['bob'], known['cyd']}))}" in again or "quote" in told


@pytest.mark.parametrize("said", ["They are all wrong.", objections(("Z", "48")), '{"objections": "none"}', "{}"])
async def test_who_twice_objects_to_nothing_that_stands_there_abstains(
    stage: Any, house: Any, rounds: list[Round], said: str
) -> None:
    actor = stage.cast("eve", said, features=("chat",))
    with pytest.raises(CallFailed) as failed:
        await criticise(house.mind("eve"), house.asked(QUESTION), rounds, rounds[0]["drafts"][0], round=1)
    assert (failed.value.kind, len(actor.heard), house.told("critique")) == ("malformed", 2, [])


async def test_who_takes_no_part_may_object_to_every_draft(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    every = [(known[draft["member"]], draft["text"]) for draft in rounds[0]["drafts"]]
    actor = stage.cast("eve", objections(*every), features=("chat",))
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)
    assert {held["member"] for held in found} == {"ann", "bob", "cyd"}
    assert "Yours is draft" not in actor.heard[0].messages[-1]["content"]


async def test_who_is_alone_has_nobody_to_object_to(stage: Any, house: Any) -> None:
    actor, alone = stage.cast("eve", objections(), features=("chat",)), opened(house.drafts("answer 42"))
    assert await criticise(house.mind("eve"), house.asked(QUESTION), alone, alone[0]["drafts"][0], round=1) == []
    assert actor.heard == []


async def test_marks_that_a_critic_takes_over_are_no_part_of_what_it_says(
    stage: Any, lines: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    actor = stage.cast("eve", objections(), features=("chat",))
    await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)
    begun, *_ = re.findall(r"^<<<.*>>>$", actor.heard[0].messages[-1]["content"], re.MULTILINE)
    actor.lines = [lines(objections((known["bob"], "6*7=48"), reason=f"{begun} it is 42"))]
    (found,) = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)
    assert found["reason"] == "it is 42"


async def test_people_read_names_in_an_objection_and_debaters_letters(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    """Names never reach a model, not even those of a reason that has been told to people."""
    said = "Drafts {ann} and {cyd} have it right, so has 초안 {ann}가; a plan B is none."
    stage.cast("eve", objections((known["bob"], "6*7=48"), reason=said.format(**known)), features=("chat",))
    actor = stage.cast("bob", "Answer: 42", features=("chat",))
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)
    assert [held["reason"] for held in found] == [said.format(ann="ann", cyd="cyd")]
    assert house.told("critique") == found
    rounds[0]["critiques"] = found
    await reconsider(house.mind("bob"), house.asked(QUESTION), rounds, rounds[0]["drafts"][1], round=1)
    asked = actor.heard[0].messages[-1]["content"]
    assert f"- {said.format(**known)}\n" in asked
    assert not re.search("ann|cyd", asked)


async def test_a_symbolic_mind_checks_every_draft_exactly(house: Any, rounds: list[Round]) -> None:
    mind = house.mind("symbolic:arithmetic")
    found = await criticise(mind, house.asked(QUESTION), rounds, None, round=1)
    assert [(held["member"], held["step"], held["reason"]) for held in found] == [
        ("bob", "6*7=48", "it is 42"),
        ("cyd", "6*7=46", "it is 42"),
    ]
    assert house.told("critique") == found


async def test_a_mind_without_instructions_scores_every_draft_but_its_own(
    stage: Any, lines: Any, house: Any, rounds: list[Round]
) -> None:
    actor = stage.cast("eve", lines(probability=0.25), features=("forced", "prefix", "chat"), prompt="bare")
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, rounds[0]["drafts"][1], round=1)
    assert [request.forced for request in actor.heard] == [TEXTS[0], TEXTS[2]]
    assert [(held["member"], held["step"]) for held in found] == [("ann", "6*7=42"), ("cyd", "6*7=46")]
    assert all(held["logprob"] == pytest.approx(math.log(0.25) / 3) for held in found)


async def test_a_draft_that_cannot_be_scored_does_not_take_the_others_with_it(
    stage: Any, lines: Any, house: Any, rounds: list[Round]
) -> None:
    stage.cast("eve", lines(fails="content"), lines(probability=0.25), features=("forced",))
    own = rounds[0]["drafts"][0]
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, own, round=1)
    assert [held["member"] for held in found] == ["cyd"]
    assert house.told("critique") == found


async def test_who_can_score_no_draft_has_failed(stage: Any, lines: Any, house: Any, rounds: list[Round]) -> None:
    stage.cast("eve", lines(fails="auth"), features=("forced",))
    with pytest.raises(CallFailed, match="scripted auth"):
        await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)


async def test_a_budget_that_ends_amid_the_drafts_is_noted_and_what_was_found_stays(
    stage: Any, lines: Any, house: Any, rounds: list[Round]
) -> None:
    stage.cast("eve", lines(probability=0.25), features=("forced",))
    house.run.budget.limits = type(house.run.budget.limits)(calls=1)
    found = await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)
    assert (len(found), len(house.run.limits_reached)) == (1, 2)
    with pytest.raises(LimitReached):
        await criticise(house.mind("eve"), house.asked(QUESTION), rounds, None, round=1)


async def test_a_korean_question_is_criticised_in_korean(stage: Any, house: Any) -> None:
    rounds = opened(house.drafts("먼저 6*7=48입니다. 답: 48", "답: 42"))
    known = letters(house.run, rounds)
    wrong, right = objections((known["bob"], "6*7=48")), objections((known["ann"], "6*7=48입니다."), reason="42입니다")
    actor = stage.cast("eve", wrong, right, features=("chat",))
    (found,) = await criticise(
        house.mind("eve"), house.asked("6 곱하기 7은 얼마인가요?"), rounds, rounds[0]["drafts"][1], round=1
    )
    assert (found["step"], found["start"], found["reason"]) == ("6*7=48입니다.", 3, "42입니다")
    assert "다른 사람들의 최신 초안을 검토하세요" in actor.heard[0].messages[-1]["content"]
    assert "'draft'에는" in actor.heard[1].messages[-1]["content"]


# Second thoughts


async def test_a_debater_answers_once_more_after_all_that_was_said(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    heard: list[str] = []
    actor = stage.cast("eve", "I did it over.\n\nAnswer: 42", features=("chat", "prefix"))
    _, bob, _ = rounds[0]["drafts"]
    rounds[0]["critiques"] = [against(bob, "6*7=48", critic="ann")]
    told = {"round": 1, "index": 2, "temperature": 0.3, "hear": heard.append}
    made = await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, bob, **told)
    assert (made["text"], made["answer"], made["role"], made["round"], made["index"]) == (
        "I did it over.\n\nAnswer: 42",
        "42",
        "reviser",
        1,
        2,
    )
    assert "".join(heard) == made["text"]
    (request,) = actor.heard
    assert request.temperature == 0.3
    asked = request.messages[-1]["content"]
    for part in (TEXTS[0], TEXTS[1], TEXTS[2], f"<<<BEGIN {known['ann']} on {known['bob']} ", "> 6*7=48\n- it is 42"):
        assert part in asked
    assert asked.endswith(f"Yours is draft {known['bob']}.")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (QUESTION, ("only for a reason that you have checked", "is no reason", "keep it, even alone", "\nAnswer: <")),
        (
            "6 곱하기 7은 얼마인가요?",
            (
                "확인해서 옳다고 밝혀진 이유가 있을 때만",
                "이유가 되지 않습니다",
                "혼자이더라도 그 답을 지키세요",
                "\n답: <",
            ),
        ),
    ],
)
async def test_nobody_is_told_to_follow_a_majority(
    stage: Any, house: Any, rounds: list[Round], question: str, words: tuple[str, ...]
) -> None:
    actor = stage.cast("eve", "Answer: 42", features=("chat",))
    await reconsider(house.mind("eve"), house.asked(question), rounds, rounds[0]["drafts"][0], round=1)
    asked = actor.heard[0].messages[-1]["content"]
    assert all(part in asked for part in words)


STAND_ALONE = {QUESTION: "keep it, even alone", "6 곱하기 7은 얼마인가요?": "혼자이더라도 그 답을 지키세요"}
NO_REASON = {QUESTION: "is no reason", "6 곱하기 7은 얼마인가요?": "이유가 되지 않습니다"}
CHECKED = {QUESTION: "checked", "6 곱하기 7은 얼마인가요?": "직접 확인한|직접 확인해서"}


@pytest.mark.parametrize("question", STAND_ALONE)
@pytest.mark.parametrize("agreement", [0.0, 0.25, 0.5, 0.75, 1.0])
async def test_how_readily_to_agree_takes_the_place_of_standing_alone_and_never_that_of_checking(
    stage: Any, house: Any, rounds: list[Round], question: str, agreement: float
) -> None:
    """One text may not ask to hold out alone and to seek agreement; that a number is no reason holds with both."""
    actor, own = stage.cast("eve", "Answer: 42", features=("chat",)), rounds[0]["drafts"][0]
    await reconsider(house.mind("eve"), house.asked(question), rounds, own, round=1)
    await reconsider(house.mind("eve"), house.asked(question), rounds, own, round=1, agreement=agreement)
    silent, told = (request.messages[-1]["content"] for request in actor.heard)
    assert (STAND_ALONE[question] in silent, STAND_ALONE[question] in told) == (True, False)
    assert NO_REASON[question] in silent
    assert NO_REASON[question] in told
    level = phrase(f"agreement-{min(int(5 * agreement), 4)}", language_of(question))
    assert level in told
    assert re.search(CHECKED[question], level)


async def test_a_part_and_the_readiness_to_agree_are_told_last(stage: Any, house: Any, rounds: list[Round]) -> None:
    actor = stage.cast("eve", objections(), "Answer: 42", features=("chat", "schema"))
    told: dict[str, Any] = {"round": 1, "persona": persona("novice", "en", {}), "agreement": 0.1}
    own = rounds[0]["drafts"][0]
    await criticise(house.mind("eve"), house.asked(QUESTION), rounds, own, **told)
    await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, own, **told)
    for request in actor.heard:
        asked = request.messages[-1]["content"]
        assert asked.index("Hold to your own view") < asked.index("Yours is draft")
        assert asked.endswith(persona("novice", "en", {}))


async def test_marks_that_are_echoed_are_no_part_of_an_answer(
    stage: Any, lines: Any, house: Any, rounds: list[Round]
) -> None:
    actor = stage.cast("eve", "So.", features=("chat",))
    own = rounds[0]["drafts"][0]
    await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, own, round=1)
    begun, end, *_ = re.findall(r"^<<<.*>>>$", actor.heard[0].messages[-1]["content"], re.MULTILINE)
    actor.lines = [lines(f"{begun}\nAnswer: 42\n{end}")]
    made = await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, own, round=2)
    assert (made["text"], made["answer"]) == ("Answer: 42", "42")
    actor.lines = [lines(begun)]
    with pytest.raises(CallFailed, match="nothing but the marks"):
        await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, own, round=3)


async def test_a_mind_without_instructions_goes_on_from_before_the_first_objection(stage: Any, house: Any) -> None:
    actor = stage.cast("eve", " 42+1=43; answer 43", features=("prefix", "chat"), prompt="bare")
    own = house.draft("6*7=42; 42+1=44; answer 44", member="bob", call="d1")
    other = house.draft("answer 43", member="ann", call="d0")
    rounds = opened(
        [other, own], against(own, "answer 44"), against(own, "42+1=44", critic="ann"), against(other, "answer 43")
    )
    made = await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, own, round=1, temperature=0.4)
    assert (made["text"], made["role"], made["round"]) == ("6*7=42; 42+1=43; answer 43", "reviser", 1)
    assert (actor.heard[0].prefix, actor.heard[0].temperature) == ("6*7=42;", 0.4)


async def test_without_an_objection_its_draft_stands_without_a_call(
    stage: Any, house: Any, rounds: list[Round]
) -> None:
    actor = stage.cast("eve", "answer 1", features=("prefix",))
    ann, bob, _ = rounds[0]["drafts"]
    rounds[0]["critiques"] = [against(bob, "6*7=48", critic="ann")]
    assert await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, ann, round=1) is ann
    assert actor.heard == []


async def test_two_bundled_minds_debate_a_slip(house: Any) -> None:
    question = house.asked("What is 94*80+12?")
    slip = house.draft("94*80=7520; 7520+12=7552; answer 7552", member="small", call="d0")
    right = house.draft("94*80=7520; 7520+12=7532; answer 7532", member="large", call="d1")
    rounds = opened([slip, right])
    rounds[0]["critiques"] = await criticise(house.mind("large"), question, rounds, right, round=1)
    assert [held["step"] for held in rounds[0]["critiques"]] == ["7520+12=7552"]
    made = await reconsider(house.mind("large"), question, rounds, slip, round=1)
    assert made["text"] == right["text"]


async def test_nobody_is_told_who_anybody_is(stage: Any, house: Any, rounds: list[Round]) -> None:
    actor = stage.cast("eve", objections(), "Answer: 42", features=("chat",))
    rounds[0]["critiques"] = [against(rounds[0]["drafts"][1], "6*7=48", critic="ann")]
    own = rounds[0]["drafts"][0]
    await criticise(house.mind("eve"), house.asked(QUESTION), rounds, own, round=1)
    await reconsider(house.mind("eve"), house.asked(QUESTION), rounds, own, round=1)
    for request in actor.heard:
        for turn in request.messages:
            assert not re.search(r"\b(ann|bob|cyd|eve|scripted)\b", turn["content"])


# Who can


@pytest.mark.parametrize(("role", "features"), [("critic", ("prefix",)), ("debater", ("forced",)), ("debater", ())])
async def test_who_can_do_neither_is_told_who_can(
    stage: Any, house: Any, rounds: list[Round], role: Any, features: tuple[str, ...]
) -> None:
    actor, own = stage.cast("eve", "fine", features=features), rounds[0]["drafts"][0]
    with pytest.raises(UsageError, match=rf"'eve' \(scripted:eve\) cannot be {role}; that takes .*chat model"):
        await check_role(house.mind("eve"), role)
    with pytest.raises(UsageError, match=f"cannot be {role}"):
        await (criticise if role == "critic" else reconsider)(
            house.mind("eve"), house.asked(QUESTION), rounds, own, round=1
        )
    assert actor.heard == []
