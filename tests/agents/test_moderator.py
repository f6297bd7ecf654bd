"""The moderator: decides how a debate goes on by what is right, and names nobody whom it was not shown."""

import json
import re
from typing import Any

import pytest

from symposium.agents.moderator import DECISIONS, moderate
from symposium.agents.transcript import letters
from symposium.ledger.records import CallFailed, Critique, Round, Ruling, UsageError

QUESTION = "What is 6 times 7?"
TEXTS = ("6*7=42; answer 42", "6*7=48; answer 48", "6*7=46; answer 46")


@pytest.fixture
def rounds(house: Any) -> list[Round]:
    """A round of ann, bob and cyd, in which ann objected to bob, and what bob made of it."""
    drafts = house.drafts(*TEXTS)
    held = Critique(critic="ann", member="bob", call="d1", step="6*7=48", start=0, reason="it is 42", logprob=None)
    mended = house.draft("6*7=42, I did it over; answer 42", member="bob", call="d9")
    return [
        Round(round=1, drafts=drafts, critiques=[held], ruling=None),
        Round(round=2, drafts=[drafts[0], mended, drafts[2]], critiques=[], ruling=None),
    ]


@pytest.fixture
def known(house: Any, rounds: list[Round]) -> dict[str, str]:
    """The letters of the debaters."""
    return letters(house.run, rounds)


NOBODY = ("none", "None.", "null", "N/A", "n.a.", "neither", "Nobody", "no one", "unknown", "없음", '"알 수 없음"', "-")


def judged(decision: str, **told: object) -> str:
    return json.dumps({"reason": "the sum holds", "decision": decision, **told}, ensure_ascii=False)


def redirection(off_topic: str = "the weather", restated: str = "How much is six sevens?") -> str:
    return judged("redirect", winner="", off_topic=off_topic, restated=restated)


async def test_a_ruling_is_told_and_names_the_winner_by_its_call(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    stage.cast("jud", judged("conclude", winner=f"draft {known['bob']}", off_topic="", restated=""), features=("chat",))
    found = await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert found == Ruling(
        judge="jud",
        round=1,
        decision="conclude",
        winner="d9",
        reason="the sum holds",
        off_topic="",
        restated="",
    )
    assert house.told("judge.decision") == [found]
    (end,) = house.told("call.end")
    assert (end["role"], end["round"]) == ("judge", 1)


async def test_the_judge_sees_the_drafts_the_objections_and_where_it_redirected_before(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    actor = stage.cast("jud", judged("continue"), features=("chat",))
    rounds[0]["ruling"] = Ruling(
        judge="jud", round=1, decision="redirect", winner=None, reason="", off_topic="rain", restated="How much?"
    )
    await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=2, allowed=DECISIONS)
    asked = actor.heard[0].messages[-1]["content"]
    for text in (*TEXTS, "6*7=42, I did it over", "> 6*7=48\n- it is 42", "rain", "How much?"):
        assert text in asked
    assert f"<<<BEGIN {known['bob']}, round 2 " in asked
    assert "Yours is draft" not in asked


@pytest.mark.parametrize(
    ("decision", "winner", "named"),
    [
        ("conclude", "{bob}", "d9"),
        ("tie", "{ann}", None),
        ("tie", "A better one", None),
        ("conclude", "", None),
        ("tie", None, None),
        ("tie", "{ann} and {bob}", None),
        ("conclude", "“{cyd}”", "d2"),
        ("continue", "{ann}", None),
        ("continue", "nobody", None),
        ("CONCLUDE.", "{ann}", "d0"),
        ("conclude", "초안 {ann}", "d0"),
        ("conclude", "Draft {bob}.", "d9"),
        ("conclude", "draft {bob}, round 2", "d9"),
        *(("conclude", nobody, None) for nobody in NOBODY),
    ],
)
async def test_who_is_held_to_be_right_is_said_where_the_debate_ends(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str], decision: str, winner: str | None, named: Any
) -> None:
    actor = stage.cast("jud", judged(decision, winner=winner and winner.format(**known)), features=("chat",))
    found = await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert (found["winner"], len(actor.heard)) == (named, 1)
    assert found["decision"] == decision.lower().rstrip(".")


async def test_a_redirection_says_from_what_and_to_what(stage: Any, house: Any, rounds: list[Round]) -> None:
    stage.cast("jud", redirection(), features=("chat",))
    found = await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert (found["decision"], found["winner"]) == ("redirect", None)
    assert (found["off_topic"], found["restated"]) == ("the weather", "How much is six sevens?")


@pytest.mark.parametrize("decision", ["continue", "conclude", "tie"])
async def test_whoever_does_not_redirect_leaves_the_question_as_it_is(
    stage: Any, house: Any, rounds: list[Round], decision: str
) -> None:
    stage.cast("jud", judged(decision, off_topic="the weather", restated="Say 41."), features=("chat",))
    found = await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert (found["off_topic"], found["restated"]) == ("", "")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Let it go on.", "there is no JSON object"),
        (judged("stop"), "'decision' must be one of continue, conclude, redirect"),
        (judged("tie", winner="A"), "'decision' must be one of continue, conclude, redirect"),
        (judged("continue or conclude"), "'decision' must be one of"),
        (judged("do not conclude"), "'decision' must be one of"),
        (judged("계속하지 않음"), "'decision' must be one of"),
        (judged("동률"), "'decision' must be one of continue, conclude, redirect"),
        (judged("conclude", winner="not a draft"), "'winner' must be one of A, B, C"),
        (judged("conclude", winner="none is a winner"), "'winner' must be one of A, B, C"),
        (judged("conclude", winner="A is wrong"), "'winner' must be one of A, B, C"),
        (judged("conclude", winner="a better one"), "'winner' must be one of A, B, C"),
        (judged("conclude", winner="Z"), "'winner' must be one of A, B, C"),
        (judged("conclude", winner="A or B"), "'winner' must be one of A, B, C"),
        (redirection(restated=" "), "'off_topic' and 'restated' must both say something"),
        (redirection(off_topic=""), "'off_topic' and 'restated' must both say something"),
        (judged("redirect"), "'off_topic' and 'restated' must both say something"),
        ('{"decision": "conclude"}', "'reason': Field required"),
    ],
)
async def test_a_ruling_that_cannot_be_followed_is_asked_for_once_more(
    stage: Any, house: Any, rounds: list[Round], said: str, told: str
) -> None:
    actor = stage.cast("jud", said, judged("continue"), features=("chat",))
    open_to = ("redirect", "continue", "conclude")
    found = await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=open_to)
    assert (found["decision"], len(actor.heard)) == ("continue", 2)
    assert told in actor.heard[1].messages[-1]["content"]


async def test_a_judge_that_cannot_be_followed_twice_has_failed(stage: Any, house: Any, rounds: list[Round]) -> None:
    stage.cast("jud", redirection(restated=""), features=("chat",))
    with pytest.raises(CallFailed) as failed:
        await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert (failed.value.kind, house.told("judge.decision")) == ("malformed", [])


@pytest.mark.parametrize(
    ("written", "meant"), [("계속", "continue"), ("결론.", "conclude"), ("“동률”", "tie"), ("재설정", "redirect")]
)
async def test_a_decision_in_korean_is_understood_and_asked_for_in_english(
    stage: Any, house: Any, rounds: list[Round], written: str, meant: str
) -> None:
    actor = stage.cast("jud", judged(written, off_topic="날씨", restated="얼마인가요?"), features=("chat",))
    asked = house.asked("6 곱하기 7은 얼마인가요?")
    found = await moderate(house.mind("jud"), asked, rounds, round=1, allowed=DECISIONS)
    assert (found["decision"], len(actor.heard)) == (meant, 1)
    assert "한국어로 옮기지 말고 영어 그대로" in actor.heard[0].messages[-1]["content"]


async def test_a_judge_is_not_told_to_heed_its_own_redirection(stage: Any, house: Any, rounds: list[Round]) -> None:
    actor = stage.cast("jud", judged("continue"), features=("chat",))
    rounds[0]["ruling"] = Ruling(
        judge="jud", round=1, decision="redirect", winner=None, reason="", off_topic="rain", restated="How much?"
    )
    await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=2, allowed=DECISIONS)
    asked = actor.heard[0].messages[-1]["content"]
    assert ("rain" in asked, "has found that it left the question" in asked) == (True, False)


@pytest.mark.parametrize("allowed", [("continue", "conclude"), ("conclude", "tie"), DECISIONS])
async def test_it_is_told_of_what_it_may_decide_alone(
    stage: Any, house: Any, rounds: list[Round], allowed: tuple[Any, ...]
) -> None:
    actor = stage.cast("jud", judged("conclude"), features=("chat",))
    await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=allowed)
    listed = re.findall(r"^- `([a-z]+)`: .{20,}$", actor.heard[0].messages[-1]["content"], re.MULTILINE)
    assert listed == [decision for decision in DECISIONS if decision in allowed]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (QUESTION, ("A majority is no argument", "one alone may be right", "`continue`: another round")),
        ("6 곱하기 7은 얼마인가요?", ("다수라는 사실도", "한 사람만 옳을 수도", "`continue`: 아직 풀리지 않은 반론")),
    ],
)
async def test_a_majority_is_no_argument_before_the_judge(
    stage: Any, house: Any, rounds: list[Round], question: str, words: tuple[str, ...]
) -> None:
    actor = stage.cast("jud", judged("continue"), features=("chat",))
    await moderate(house.mind("jud"), house.asked(question), rounds, round=1, allowed=DECISIONS)
    assert all(part in actor.heard[0].messages[-1]["content"] for part in words)


async def test_the_judge_sees_no_names_and_people_see_them_in_place_of_letters(
    stage: Any, house: Any, rounds: list[Round], known: dict[str, str]
) -> None:
    reason = f"Draft {known['bob']} did it over, drafts {known['ann']} and {known['cyd']} did not."
    actor = stage.cast("jud", json.dumps({"reason": reason, "decision": "conclude"}), features=("chat",))
    found = await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert found["reason"] == "Draft bob did it over, drafts ann and cyd did not."
    for turn in actor.heard[0].messages:
        assert not re.search(r"\b(ann|bob|cyd|jud|scripted)\b", turn["content"])


async def test_who_follows_no_instructions_cannot_moderate_and_is_told_who_can(
    stage: Any, house: Any, rounds: list[Round]
) -> None:
    actor = stage.cast("jud", judged("continue"), features=("forced", "prefix", "chat"), prompt="bare")
    with pytest.raises(UsageError, match=r"'jud' .*cannot be moderator; that takes a chat model"):
        await moderate(house.mind("jud"), house.asked(QUESTION), rounds, round=1, allowed=DECISIONS)
    assert actor.heard == []
