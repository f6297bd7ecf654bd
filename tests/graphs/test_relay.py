"""The fallback chain of a role: who is asked next, what is told of it, and what it may take."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from symposium.agents.proposer import propose
from symposium.graphs.context import Context
from symposium.graphs.relay import Attempt, Relay
from symposium.ledger.records import Draft, Message

TURNS = (Message(role="user", content="?"),)


async def work(attempt: Attempt) -> Draft:
    return await propose(attempt.mind, TURNS, within=attempt.within, hear=attempt.hear)


@pytest.fixture
def begun(stage: Any) -> Callable[..., tuple[Context, list[dict[str, Any]]]]:
    """Begins a run and gives its context with the events that it tells."""

    def begin(**choices: Any) -> tuple[Context, list[dict[str, Any]]]:
        context, told = Context(**choices), list[dict[str, Any]]()
        context.run.bus.subscribe(lambda event: told.append(dict(event)))
        context.run.begin("test", "?")
        return context, told

    return begin


def relay_of(context: Context, *names: str, **options: Any) -> Relay:
    return Relay(context, names, role="judge", node="here", **options)


async def test_the_first_who_can_does_the_work(stage: Any, begun: Callable[..., Any]) -> None:
    for name in ("a", "b"):
        stage.cast(name, f"answer {name}")
    context, told = begun()
    relay = relay_of(context, "a", "b")
    draft = await relay.run(work)
    assert draft is not None
    assert (draft["member"], relay.asked, relay.failures) == ("a", "a", [])
    assert stage.actors["b"].heard == []
    assert not [event for event in told if event["type"] == "fallback"]


async def test_whoever_fails_hands_on_and_is_not_asked_again(stage: Any, lines: Any, begun: Callable[..., Any]) -> None:
    stage.cast("a", lines(fails="refused"))
    stage.cast("b", "answer 1")
    context, told = begun()
    relay = relay_of(context, "a", "b", round=3)
    for _ in range(2):
        draft = await relay.run(work)
        assert draft is not None
        assert draft["member"] == "b"
    assert len(stage.actors["a"].heard) == 1
    assert [(one["member"], one["role"], one["round"], one["kind"]) for one in relay.failures] == [
        ("a", "judge", 3, "refused")
    ]
    (handed,) = [event for event in told if event["type"] == "fallback"]
    assert (handed["from"], handed["to"], handed["role"]) == ("a", "b", "judge")
    assert handed["reason"] == relay.failures[0]["message"]


async def test_where_nobody_can_nothing_comes_back_and_what_is_done_instead_is_told(
    stage: Any, lines: Any, begun: Callable[..., Any]
) -> None:
    stage.cast("a", lines(fails="refused"))
    context, told = begun()
    relay = relay_of(context, "a")
    assert await relay.run(work, instead="vote") is None
    assert [(event["from"], event["to"]) for event in told if event["type"] == "fallback"] == [("a", "vote")]
    assert await relay.run(work) is None
    assert (relay.asked, len(relay.failures)) == ("", 1)


async def test_nobody_is_asked_once_the_run_is_stopped(stage: Any, begun: Callable[..., Any]) -> None:
    for name in ("a", "b"):
        stage.cast(name, "answer 1")
    context, told = begun()
    context.run.conclude()
    relay = relay_of(context, "a", "b")
    assert await relay.run(work) is None
    assert (relay.failures, stage.actors["a"].heard, stage.actors["b"].heard) == ([], [], [])
    assert not [event for event in told if event["type"] == "fallback"]


async def test_one_who_is_too_dear_hands_on_to_one_who_fits_the_budget(stage: Any, begun: Callable[..., Any]) -> None:
    stage.cast("dear", "answer 1", price_input=1000.0, price_output=1000.0)
    stage.cast("cheap", "answer 1")
    context, told = begun(budget=0.01)
    relay = relay_of(context, "dear", "cheap")
    draft = await relay.run(work)
    assert draft is not None
    assert (draft["member"], relay.failures) == ("cheap", [])
    (handed,) = [event for event in told if event["type"] == "fallback"]
    assert "does not cover the next call" in handed["reason"]


async def test_words_that_went_out_before_a_failure_are_taken_back(
    stage: Any, lines: Any, begun: Callable[..., Any]
) -> None:
    stage.cast("a", lines(text="half of an", finish="length"))
    stage.cast("b", "answer 1")
    context, told = begun()
    relay = relay_of(context, "a", "b")
    await relay.run(work, hear=context.run.bus.answer_delta)
    context.run.end()
    kinds = [event["type"] for event in told if event["type"] in ("answer.delta", "answer.restart", "fallback")]
    assert [kind for kind, _ in groupby(kinds)] == ["answer.delta", "answer.restart", "fallback", "answer.delta"]
    assert relay.heard


async def test_those_before_the_last_leave_time_for_whoever_stands_in(stage: Any, begun: Callable[..., Any]) -> None:
    for name in ("a", "b"):
        stage.cast(name, "answer 1")
    context, _ = begun(timeout=1000)
    given: list[float] = []

    async def measured(attempt: Attempt) -> Draft:
        given.append(attempt.within or 0.0)
        return await work(attempt)

    await relay_of(context, "a", "b").run(measured)
    await relay_of(context, "b").run(measured)
    await relay_of(context, "b", reserved=400.0).run(measured)
    assert given == [pytest.approx(600, abs=60), pytest.approx(1000, abs=100), pytest.approx(600, abs=60)]


async def test_a_relay_beside_another_asks_the_same_members_tells_there_who_failed_and_leaves_half_of_the_time(
    stage: Any, lines: Any, begun: Callable[..., Any]
) -> None:
    stage.cast("a", lines(fails="refused"), "answer 1")
    context, _ = begun(timeout=1000)
    given: list[float] = []

    async def measured(attempt: Attempt) -> Draft:
        given.append(attempt.within or 0.0)
        return await work(attempt)

    relay = relay_of(context, "a", reserved=200.0)
    assert await relay.beside().run(measured) is None
    assert await relay.run(measured) is not None
    assert given == [pytest.approx(400, abs=40), pytest.approx(800, abs=80)]
    assert [one["kind"] for one in relay.failures] == ["refused"]


async def test_what_went_out_is_taken_back_where_the_answer_reads_otherwise(
    stage: Any, begun: Callable[..., Any]
) -> None:
    stage.cast("a", "answer 1")
    context, told = begun()
    relay = relay_of(context, "a")
    await relay.run(work, hear=context.run.bus.answer_delta)
    assert relay.gone_out("answer 1")
    assert not relay.gone_out("1")
    assert [event["type"] for event in told].count("answer.restart") == 1
