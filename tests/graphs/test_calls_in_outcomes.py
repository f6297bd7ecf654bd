"""What an Outcome tells of its calls: why somebody was late, and what somebody was not told."""

from typing import Any

import pytest

from symposium.graphs import ask, start


@pytest.mark.parametrize("graph", ["vote", "single"])
async def test_a_member_that_hangs_has_a_typed_cause_before_the_time_is_up(stage: Any, lines: Any, graph: str) -> None:
    stage.cast("a", lines("hm", hangs=True))
    stage.cast("b", "answer 5")
    members = ["a", "b"] if graph == "vote" else ["a"]
    samples = {"samples": 1} if graph == "vote" else {}
    outcome = await ask("?", graph=graph, members=members, timeout=1, **samples)
    (failure,) = outcome["failures"]
    assert (failure["member"], failure["kind"], failure["attempts"]) == ("a", "timeout", 1)
    assert "the request's time was used up" in failure["message"]
    assert outcome["exit"] == "timeout"
    assert outcome["status"] == ("partial" if graph == "vote" else "failed")
    assert outcome["quorum"]["failed"] == 1


async def test_a_member_s_own_time_limit_does_not_end_the_request(stage: Any, lines: Any) -> None:
    stage.cast("a", lines("hm", hangs=True), timeout=0.05)
    stage.cast("b", "answer 5")
    outcome = await ask("?", members=["a", "b"], samples=1, timeout=60)
    assert (outcome["exit"], outcome["failures"][0]["kind"]) == ("complete", "timeout")


async def test_what_a_member_was_not_told_stands_in_the_notes(stage: Any) -> None:
    actor = stage.cast("a", "answer 4", context=300, max_tokens=100)
    history = [
        {"role": "user", "content": "word " * 300},
        {"role": "assistant", "content": "I see."},
    ]
    outcome = await ask("Why?", graph="single", members=["a"], history=history)
    assert outcome["notes"] == ["a was not told 2 earlier turns: its context has 300 tokens"]
    assert actor.heard[0].messages[-1]["content"] == "Why?"


@pytest.mark.parametrize("wanted", [True, False])
async def test_hedging_is_a_choice_of_the_configuration(stage: Any, wanted: bool) -> None:
    stage.cast("a", "answer 4")
    stage.configure(f"hedge = {str(wanted).lower()}")
    deliberation = start("?", graph="single", members=["a"])
    await deliberation.outcome()
    assert deliberation.run.hedge is wanted
