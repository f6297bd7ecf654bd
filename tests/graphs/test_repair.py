"""A repair: what is criticised, who revises, and which text stands."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symposium.graphs import ask, start
from symposium.graphs.repair import onward, turn
from symposium.ledger.records import UsageError
from symposium.tools.arithmetic import check_steps

DRAFT = "94*80=7530; 94*5=470; 7530+470=8000; answer 8000"
LATE = "94*80=7520; 94*5=480; 7520+480=8000; answer 8000"
RIGHT = "94*80=7520; 94*5=470; 7520+470=7990; answer 7990"
AFTER = " 94*5=470; 7520+470=7990; answer 7990"


async def deliberated(**choices: Any) -> tuple[Any, list[Mapping[str, Any]]]:
    """The outcome and the events of a repair."""
    deliberation = start("94*85?", graph="repair", **choices)
    events: Any = [event async for event in deliberation.events()]
    return await deliberation.outcome(), events


def kinds(events: list[Mapping[str, Any]]) -> list[str]:
    return [event["type"] for event in events if event["type"] in ("critique", "revision", "judge.verdict")]


async def test_a_draft_without_a_wrong_step_is_the_answer(stage: Any) -> None:
    stage.cast("ann", RIGHT)
    other = stage.cast("bob", RIGHT, features=("prefix",))
    outcome, events = await deliberated(members=["ann", "bob"])
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("answered", "unopposed", "single")
    assert (outcome["answer"], outcome["agreed"], outcome["notes"]) == (RIGHT, ["ann"], [])
    assert (kinds(events), other.heard) == ([], [])
    assert "sum_logprob" in outcome["signals"]


async def test_the_wrong_step_is_quoted_and_the_next_member_goes_on_from_before_it(stage: Any) -> None:
    stage.cast("ann", LATE)
    bob = stage.cast("bob", " 94*5=470; 7520+470=7990; answer 7990", features=("prefix",))
    outcome, events = await deliberated(members=["ann", "bob"])
    assert [request.prefix for request in bob.heard] == ["94*80=7520;"]
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("answered", "unopposed", "selection")
    assert (outcome["answer"], outcome["extracted"], outcome["agreed"]) == (RIGHT, "7990", ["bob"])
    assert outcome["notes"] == ["revision 1 by bob stands: no wrong step is left"]
    assert outcome["words"] == "the critic had nothing to object; revisions kept: 1 of 1"
    assert [(voice["answer"], voice["share"], voice["members"]) for voice in outcome["dissent"]] == [
        ("8000", 0.0, ["ann"])
    ]
    assert outcome["first"] == {"member": "ann", "answer": "8000", "text": LATE}
    assert outcome["quorum"] == {"asked": 2, "answered": 2, "failed": 0, "cancelled": 0}
    assert outcome["signals"] == {}
    (critique,) = [event for event in events if event["type"] == "critique"]
    assert (critique["step"], critique["reason"], critique["start"]) == ("94*5=480", "it is 470", 12)
    (revision,) = [event for event in events if event["type"] == "revision"]
    assert (revision["member"], revision["stands"], revision["round"]) == ("bob", True, 1)


async def test_a_revision_that_goes_wrong_later_stands_and_is_criticised_in_turn(stage: Any) -> None:
    stage.cast("ann", DRAFT)
    bob = stage.cast("bob", LATE, "94*5=470; 7520+470=7990; answer 7990", features=("prefix",))
    outcome, events = await deliberated(members=["ann", "bob"])
    assert [request.prefix for request in bob.heard] == ["", "94*80=7520;"]
    assert [event["stands"] for event in events if event["type"] == "revision"] == [True, True]
    assert (outcome["extracted"], outcome["exit"]) == ("7990", "unopposed")


async def test_a_revision_that_is_wrong_no_later_does_not_stand(stage: Any) -> None:
    stage.cast("ann", LATE)
    bob = stage.cast("bob", " 94*5=490; answer 8010", features=("prefix",))
    outcome, _ = await deliberated(members=["ann", "bob"], rounds=2)
    assert (outcome["answer"], outcome["agreed"], outcome["exit"]) == (LATE, ["ann"], "complete")
    assert outcome["words"] == "every round was used; revisions kept: 0 of 2"
    assert len(bob.heard) == 2
    told = "revision 2 by bob does not stand: its first wrong step, 94*5=490, comes no later"
    assert outcome["notes"][1] == told
    assert [(voice["answer"], voice["votes"]) for voice in outcome["dissent"]] == [("8010", 2)]
    assert "sum_logprob" in outcome["signals"]


async def test_a_revision_without_an_answer_does_not_stand(stage: Any) -> None:
    stage.cast("ann", DRAFT)
    stage.cast("bob", "What? Which ones?", features=("prefix",))
    outcome, _ = await deliberated(members=["ann", "bob"], rounds=1)
    assert outcome["extracted"] == "8000"
    assert outcome["notes"][0] == "revision 1 by bob does not stand: it gives no answer that could be read"


async def test_the_others_revise_in_turn(stage: Any) -> None:
    stage.cast("ann", LATE)
    for name in ("bob", "cid"):
        stage.cast(name, " 94*5=490; answer 8010", features=("prefix",))
    outcome, events = await deliberated(members=["ann", "bob", "cid"], rounds=3)
    assert [event["member"] for event in events if event["type"] == "revision"] == ["bob", "cid", "bob"]
    assert outcome["quorum"]["asked"] == 4


async def test_a_member_alone_revises_itself_with_another_sample_each_time(stage: Any) -> None:
    ann = stage.cast(
        "ann", LATE, " 94*5=490; answer 8010", " 94*5=470; 7520+470=7990; answer 7990", features=("prefix",)
    )
    outcome, _ = await deliberated(members=["ann"], seed=1)
    assert outcome["extracted"] == "7990"
    assert [request.temperature for request in ann.heard] == [0.0, 0.7, 0.7]
    assert len({request.seed for request in ann.heard}) == 3


async def test_members_that_cannot_go_on_from_a_text_are_passed_over(stage: Any) -> None:
    stage.cast("ann", LATE)
    far = stage.cast("far", RIGHT)
    stage.cast("cid", AFTER, features=("prefix",))
    outcome, _ = await deliberated(members=["ann", "far", "cid"])
    assert (outcome["extracted"], far.heard) == ("7990", [])


async def test_where_nobody_can_the_draft_stands_and_the_outcome_says_so(stage: Any) -> None:
    stage.cast("ann", LATE)
    stage.cast("bob", RIGHT)
    outcome, events = await deliberated(members=["ann", "bob"])
    assert (outcome["status"], outcome["answer"]) == ("answered", LATE)
    assert outcome["words"] == "no member can go on from a given text"
    assert kinds(events) == ["critique"]


async def test_a_failing_reviser_costs_a_round_and_no_more(stage: Any, lines: Any) -> None:
    stage.cast("ann", LATE)
    stage.cast("bob", lines(fails="auth"), features=("prefix",))
    stage.cast("cid", AFTER, features=("prefix",))
    outcome, _ = await deliberated(members=["ann", "bob", "cid"])
    assert outcome["extracted"] == "7990"
    assert [(failure["member"], failure["role"], failure["round"]) for failure in outcome["failures"]] == [
        ("bob", "reviser", 1)
    ]
    assert outcome["quorum"] == {"asked": 3, "answered": 2, "failed": 1, "cancelled": 0}
    assert outcome["notes"][0] == "revision 1 by bob does not stand: it failed"


async def test_a_failing_drafter_leaves_no_answer(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(fails="auth"))
    outcome, _ = await deliberated(members=["ann"])
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")


async def test_the_budget_ends_it_with_the_best_so_far(stage: Any) -> None:
    stage.cast("ann", DRAFT)
    bob = stage.cast("bob", LATE, features=("prefix",))
    outcome, _ = await deliberated(members=["ann", "bob"], max_calls=4)
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("partial", "budget", LATE)
    assert len(bob.heard) == 1


async def test_conclude_ends_with_what_stands(stage: Any, lines: Any) -> None:
    stage.cast("ann", LATE)
    stage.cast("bob", lines("hm", hangs=True), features=("prefix",))
    deliberation = start("?", graph="repair", members=["ann", "bob"])
    async for event in deliberation.events():
        if event["type"] == "call.start" and dict(event)["member"] == "bob":
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("partial", "concluded", LATE)
    assert outcome["quorum"] == {"asked": 2, "answered": 1, "failed": 0, "cancelled": 1}


async def test_only_the_last_word_is_streamed(stage: Any) -> None:
    stage.cast("ann", LATE)
    stage.cast("bob", AFTER, features=("prefix",))
    outcome, events = await deliberated(members=["ann", "bob"])
    assert "".join(event["text"] for event in events if event["type"] == "answer.delta") == outcome["answer"]


def spoken(lines: Any, *probabilities: float, text: str = "") -> list[Any]:
    return [lines(text, probability=probability) for probability in probabilities]


async def test_with_a_model_as_critic_a_revision_stands_if_the_joint_score_rises(stage: Any, lines: Any) -> None:
    draft, rise = lines(LATE), spoken(lines, 0.2, 0.6)  # ann drafts, then weighs the draft and the revision
    stage.cast("ann", draft, *rise, features=("forced",))
    stage.cast("bob", "94*80=7520; 94*5=470; answer 7990", features=("prefix",))
    eve = stage.cast("eve", *spoken(lines, 0.1, 0.2, 0.3), features=("forced",))  # criticises, then weighs both
    outcome, events = await deliberated(members=["ann", "bob"], critic="eve", rounds=1)
    assert (outcome["extracted"], outcome["agreed"], outcome["exit"]) == ("7990", ["bob"], "complete")
    assert outcome["notes"] == ["revision 1 by bob stands: joint log-probability -1.71, before -3.22"]
    assert kinds(events) == ["critique", *["judge.verdict"] * 4, "revision"]
    assert eve.heard[0].forced == LATE


async def test_with_a_model_as_critic_a_revision_does_not_stand_if_the_joint_score_does_not_rise(
    stage: Any, lines: Any
) -> None:
    stage.cast("ann", lines(LATE), *spoken(lines, 0.6, 0.7), features=("forced",))
    stage.cast("bob", "94*80=7520; 94*5=470; answer 7990", features=("prefix",))
    stage.cast("eve", *spoken(lines, 0.1, 0.9, 0.5), features=("forced",))
    outcome, _ = await deliberated(members=["ann", "bob"], critic="eve", rounds=1)
    assert (outcome["answer"], outcome["agreed"]) == (LATE, ["ann"])


async def test_what_stands_is_weighed_once(stage: Any, lines: Any) -> None:
    stage.cast("ann", LATE, features=("forced",))
    stage.cast("bob", "94*80=7520; 94*5=470; answer 7990", features=("prefix",))
    eve = stage.cast("eve", *spoken(lines, 0.1, 0.9, 0.5), features=("forced",))
    await deliberated(members=["ann", "bob"], critic="eve", rounds=3)
    forced = [request.forced for request in eve.heard]
    assert forced.count(LATE) == 2, "criticised once, weighed once"


async def test_a_score_that_is_unknown_is_no_rise(stage: Any, lines: Any) -> None:
    stage.cast("ann", lines(LATE), lines(fails="auth"), features=("forced",))
    stage.cast("bob", "94*80=7520; answer 7990", features=("prefix",))
    stage.cast("eve", "answer 1", features=("forced",))
    outcome, _ = await deliberated(members=["ann", "bob"], critic="eve", rounds=1)
    assert outcome["answer"] == LATE
    assert outcome["notes"][0] == "revision 1 by bob does not stand: it could not be weighed"
    assert {failure["role"] for failure in outcome["failures"]} == {"judge"}


async def test_a_critic_that_fails_leaves_the_draft_as_it_is(stage: Any, lines: Any) -> None:
    stage.cast("ann", LATE)
    stage.cast("eve", lines(fails="auth"), features=("forced",))
    outcome, _ = await deliberated(members=["ann"], critic="eve")
    assert (outcome["status"], outcome["answer"]) == ("answered", LATE)
    assert outcome["words"] == "eve could not criticise"
    assert [failure["role"] for failure in outcome["failures"]] == ["critic"]
    assert outcome["quorum"] == {"asked": 1, "answered": 1, "failed": 0, "cancelled": 0}


async def test_a_critic_that_cannot_be_one_is_refused_before_anyone_speaks(stage: Any) -> None:
    ann = stage.cast("ann", LATE)
    stage.cast("eve", "answer 1")
    with pytest.raises(UsageError, match=r"member 'eve'.*cannot be critic"):
        await ask("?", graph="repair", members=["ann"], critic="eve")
    assert ann.heard == []


@pytest.mark.parametrize(
    ("critic", "told"),
    [("ev", "unknown member 'ev'; did you mean 'eve'"), ("symbolic:geometry", "no symbolic mind 'geometry'")],
)
async def test_an_unknown_critic_is_named(stage: Any, critic: str, told: str) -> None:
    stage.cast("eve", "answer 1")
    with pytest.raises(UsageError, match=told):
        await ask("?", graph="repair", critic=critic)


@pytest.mark.parametrize(
    ("others", "turns"),
    [
        (["b"], [("b", 0), ("b", 1), ("b", 2)]),
        (["b", "c"], [("b", 0), ("c", 0), ("b", 1)]),
        ([], [("a", 1), ("a", 2), ("a", 3)]),
    ],
)
def test_no_sample_is_drawn_twice(others: list[str], turns: list[tuple[str, int]]) -> None:
    taken = [turn(others, "a", place) for place in range(3)]
    assert [(seat["member"], seat["index"]) for seat in taken] == turns


BEGUN: dict[str, Any] = {
    "drafts": [{}],
    "standing": {"call": "c1"},
    "stuck": "",
    "pending": False,
    "trials": [],
    "rounds": 2,
    "criticised": "c1",
    "objections": [{}],
}


@pytest.mark.parametrize(
    ("change", "follows"),
    [
        ({}, "revise"),
        ({"drafts": []}, "close"),
        ({"stuck": "no member can"}, "close"),
        ({"pending": True}, "weigh"),
        ({"criticised": ""}, "critique"),
        ({"objections": []}, "close"),
        ({"trials": [{}]}, "revise"),
        ({"trials": [{}, {}]}, "close"),
        ({"trials": [{}, {}], "criticised": ""}, "close"),
        ({"trials": [{}, {}], "pending": True}, "weigh"),
    ],
)
def test_the_router_is_bounded_by_the_rounds(change: dict[str, Any], follows: str) -> None:
    state: Any = {**BEGUN, **change}
    assert onward(state) == follows


STEPS = st.lists(st.tuples(st.integers(2, 9), st.integers(2, 9), st.integers(-1, 1)), min_size=1, max_size=3)


def written(steps: list[tuple[int, int, int]]) -> str:
    return "; ".join([*(f"{a}*{b}={a * b + slip}" for a, b, slip in steps), "answer 7"])


def first_slip(text: str) -> float:
    """How many right steps come before the first wrong one; infinite where none is wrong."""
    return next((place for place, step in enumerate(check_steps(text)) if step.right is False), float("inf"))


@given(drafted=STEPS, revisions=st.lists(STEPS, min_size=1, max_size=4), rounds=st.integers(1, 4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_never_ends_with_an_earlier_slip_than_the_first_draft(
    staging: Callable[[], Any],
    drafted: list[tuple[int, int, int]],
    revisions: list[list[tuple[int, int, int]]],
    rounds: int,
) -> None:
    stage = staging()
    stage.cast("ann", written(drafted))
    stage.cast("bob", *(f" {written(steps)}" for steps in revisions), features=("prefix",))
    outcome = asyncio.run(ask("?", graph="repair", members=["ann", "bob"], rounds=rounds))
    assert first_slip(outcome["answer"]) >= first_slip(written(drafted))
    assert outcome["quorum"]["asked"] <= 1 + rounds
