"""Adaptive votes: they sample on while the lead may turn, take turns, and stop when more would not settle it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver

from symposium.graphs import ask, start
from symposium.graphs.catalogue import strategy
from symposium.graphs.compiled import deliberative
from symposium.graphs.vote import build
from symposium.graphs.vote_agenda import seats
from symposium.tools.adaptive import FLAT, MOST_SAMPLES, UNCOUNTED
from symposium.tools.equivalence import canonical

ONE_BY_ONE = {"adaptive": True, "window": 1, "rule": "plurality"}


def form(**choices: Any) -> Any:
    return strategy("vote").form(**choices)


async def test_samples_that_agree_end_an_adaptive_vote_as_soon_as_the_lead_is_sure(stage: Any) -> None:
    actor = stage.cast("a", "answer 7")
    outcome = await ask("?", members=["a"], **ONE_BY_ONE)
    assert len(actor.heard) == 4  # 31/32 is the first chance above 0.95
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("answered", "confident", "7")
    assert outcome["words"] == "the lead will hardly turn"
    assert outcome["quorum"] == {"asked": 40, "answered": 4, "failed": 0, "cancelled": 36}


@pytest.mark.parametrize(("certainty", "calls"), [(0.5, 1), (0.9, 3), (0.99, 6)])
async def test_how_sure_is_chosen(stage: Any, certainty: float, calls: int) -> None:
    actor = stage.cast("a", "answer 7")
    await ask("?", members=["a"], certainty=certainty, **ONE_BY_ONE)
    assert len(actor.heard) == calls


async def test_members_take_turns(stage: Any) -> None:
    actors = [stage.cast(name, "answer 7") for name in ("a", "b", "c")]
    await ask("?", members=["a", "b", "c"], certainty=0.97, **ONE_BY_ONE)
    assert [len(actor.heard) for actor in actors] == [2, 2, 1]


async def test_a_vote_that_goes_on_differing_stops_with_what_it_has(stage: Any) -> None:
    actor = stage.cast("a", *(f"answer {place % 2}" for place in range(MOST_SAMPLES)))
    outcome = await ask("?", members=["a"], **ONE_BY_ONE)
    assert len(actor.heard) == 2 * FLAT
    assert (outcome["status"], outcome["exit"]) == ("answered", "stalled")
    assert outcome["words"].startswith("the answers go on differing")
    assert len(outcome["dissent"]) == 1


async def test_of_replies_that_cannot_be_read_no_more_are_asked_for_than_it_takes_to_tell(stage: Any) -> None:
    actor = stage.cast("a", "What do you mean?")
    outcome = await ask("?", members=["a"], **ONE_BY_ONE)
    assert len(actor.heard) == UNCOUNTED
    assert (outcome["status"], outcome["exit"]) == ("abstained", "no-answer")


async def test_prose_is_not_sampled_on_since_it_has_no_lead(stage: Any) -> None:
    actor = stage.cast("a", *(f"Arches carry what presses on them, which is reason {place}." for place in range(40)))
    outcome = await ask("Why does a bridge stand?", members=["a"], **ONE_BY_ONE)
    assert len(actor.heard) == UNCOUNTED
    assert outcome["words"] == "prose cannot be counted; what a wrote stands"


async def test_answers_that_cannot_be_compared_end_an_adaptive_vote_in_words_of_their_own(stage: Any) -> None:
    actor = stage.cast("a", *(f"Answer: because of arches of the kind number {place}" for place in range(40)))
    outcome = await ask("Why does a bridge stand?", members=["a"], **ONE_BY_ONE)
    assert (len(actor.heard), outcome["status"], outcome["exit"]) == (UNCOUNTED, "answered", "stalled")
    assert outcome["words"] == "nothing of what was said can be counted, so that further samples would settle nothing"


async def test_before_it_gives_up_everyone_has_been_asked(stage: Any) -> None:
    for name in "abcdef":
        stage.cast(name, "answer 7" if name == "f" else "What do you mean?")
    outcome = await ask("?", members=[*"abcdef"], **ONE_BY_ONE)
    assert (outcome["extracted"], outcome["exit"]) == ("7", "confident")


async def test_a_vote_without_adaptive_samples_hears_them_all(stage: Any) -> None:
    actor = stage.cast("a", "What do you mean?")
    await ask("?", members=["a"], samples=6, window=1)
    assert len(actor.heard) == 6


@pytest.mark.parametrize(
    ("choices", "exit"),
    [({"samples": 5, "rule": "plurality", "window": 1}, "settled"), (ONE_BY_ONE, "confident")],
)
async def test_a_vote_that_is_forked_before_its_end_tells_the_reason_for_which_it_ended(
    stage: Any, choices: dict[str, Any], exit: str
) -> None:
    stage.cast("a", "answer 7")
    compiled = deliberative(build(), checkpointer=InMemorySaver())
    place: Any = {"configurable": {"thread_id": "t"}}
    asked: Any = {"messages": [{"role": "user", "content": "?"}]}
    first = (await compiled.ainvoke(asked, place, context=form(members=["a"], **choices)))["outcome"]
    (before,) = [one async for one in compiled.aget_state_history(place) if one.next == ("close",)]
    forked = (await compiled.ainvoke(None, before.config, context=form(members=["a"], **choices)))["outcome"]
    assert first["exit"] == exit
    for key in ("status", "exit", "words", "extracted", "quorum"):
        assert forked[key] == first[key]


async def test_a_lead_that_turns_is_sampled_on(stage: Any) -> None:
    actor = stage.cast("a", "answer 1", "answer 1", "answer 2", "answer 1", "answer 2", *["answer 1"] * 9)
    outcome = await ask("?", members=["a"], **ONE_BY_ONE)
    assert (len(actor.heard), outcome["exit"], outcome["extracted"]) == (10, "confident", "1")  # 7 to 2: 0.945


async def test_samples_roll_on_through_the_window_and_do_not_wait_for_a_slow_one(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", lines(text="answer 7", hangs=True), "answer 7")
    outcome = await ask("?", members=["a"], adaptive=True, window=2, rule="plurality")
    assert (outcome["exit"], outcome["extracted"]) == ("confident", "7")
    assert len(actor.heard) == 5
    assert outcome["quorum"] == {"asked": 40, "answered": 4, "failed": 0, "cancelled": 36}


async def test_samples_per_member_bound_it(stage: Any) -> None:
    actors = [stage.cast(name, f"answer {name}") for name in ("a", "b")]
    outcome = await ask("?", members=["a", "b"], samples=2, **ONE_BY_ONE)
    assert [len(actor.heard) for actor in actors] == [2, 2]
    assert outcome["quorum"]["asked"] == 4


@pytest.mark.parametrize(("members", "samples", "asked"), [(1, None, 40), (3, None, 40), (7, 2, 14), (7, 64, 40)])
def test_forty_samples_are_the_most(stage: Any, members: int, samples: int | None, asked: int) -> None:
    names = [f"m{place}" for place in range(members)]
    for name in names:
        stage.cast(name, "answer 1")
    planned = form(members=names, adaptive=True, **({"samples": samples} if samples else {}))
    assert len(seats(planned)) == asked
    assert sum(call.surely for call in strategy("vote").agenda(planned)) == 4


async def test_an_adaptive_vote_settles_before_it_is_sure_where_nothing_can_change_it(stage: Any) -> None:
    actor = stage.cast("a", "answer 7")
    outcome = await ask("?", members=["a"], samples=3, certainty=0.99, **ONE_BY_ONE)
    assert (len(actor.heard), outcome["exit"]) == (2, "settled")


async def test_the_vote_says_why_the_rest_was_stopped(stage: Any) -> None:
    stage.cast("a", "answer 7")
    deliberation = start("?", members=["a"], **ONE_BY_ONE)
    events = [dict(event) async for event in deliberation.events()]
    (quorum,) = [event for event in events if event["type"] == "quorum"]
    assert (quorum["asked"], quorum["counted"], quorum["stopped"], quorum["reason"]) == (40, 4, 36, "confident")


async def test_after_adaptive_samples_an_election_is_held_all_the_same(stage: Any) -> None:
    stage.cast("a", "17+25=43; answer 43")
    stage.cast("b", "17+25=43; answer 43")
    stage.cast("c", "17+25=42; answer 42")
    outcome = await ask("17+25?", members=["a", "b", "c"], samples=2, ballots="verifier", **ONE_BY_ONE)
    assert (outcome["extracted"], outcome["status"]) == ("42", "answered")


@given(
    lines=st.lists(st.sampled_from(["answer 1/2", "answer 0.5", "answer 2", "What do you mean?"]), min_size=1),
    window=st.integers(1, 5),
    certainty=st.sampled_from([0.6, 0.95]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_adaptive_vote_ends_within_forty_samples_and_invents_nothing(
    staging: Callable[[], Any], lines: list[str], window: int, certainty: float
) -> None:
    stage = staging()
    actor = stage.cast("a", *lines)
    outcome = asyncio.run(ask("?", members=["a"], adaptive=True, window=window, certainty=certainty))
    assert len(actor.heard) <= MOST_SAMPLES
    given_keys = {canonical(line.removeprefix("answer ")).key for line in lines if line.startswith("answer")}
    if outcome["extracted"] is None:
        assert outcome["exit"] in ("no-answer", "stalled")
    else:
        assert canonical(outcome["extracted"]).key in given_keys
    if len(given_keys) == 1 and "What do you mean?" not in lines:
        assert outcome["extracted"] is not None
