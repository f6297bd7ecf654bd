"""A request id is answered once: the same outcome and events come again, and nothing is billed twice."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from symposium.graphs import ask, start
from symposium.ledger.records import Message, UsageError
from symposium.models.run import Run, digest, ledger_at


async def told(**choices: Any) -> tuple[list[Any], Any]:
    deliberation = start("?", members=["a"], graph="single", **choices)
    return [event async for event in deliberation.events()], await deliberation.outcome()


async def test_asked_again_it_gives_the_recorded_outcome_and_events(stage: Any) -> None:
    actor = stage.cast("a", "answer 4", "answer 5")
    first = await told(request_id="r1")
    again = await told(request_id="r1")
    assert first == again
    assert first[1]["extracted"] == "4"
    assert await ask("?", members=["a"], graph="single", request_id="r1") == first[1]
    assert (len(actor.heard), len(ledger_at(stage.ledger).runs())) == (1, 1)
    assert (await told(request_id="r2"))[1]["extracted"] == "5"


async def test_asked_again_under_way_it_waits_for_the_first(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", lines("answer 4", ticks=50), "answer 5")
    asked = [ask("?", members=["a"], graph="single", request_id="r1") for _ in range(5)]
    outcomes = await asyncio.gather(*asked)
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(actor.heard) == 1


async def test_a_repeated_deliberation_says_whose_answer_it_gives(stage: Any) -> None:
    stage.cast("a", "answer 4")
    first = start("?", members=["a"], graph="single", request_id="r1")
    await first.outcome()
    again = start("?", members=["a"], graph="single", request_id="r1")
    await again.outcome()
    assert (first.repeats, again.repeats) == (None, first.run.id)


@pytest.mark.parametrize(
    "other", [{"question": "what else?"}, {"graph": "vote"}, {"history": [{"role": "user", "content": "hi"}]}]
)
async def test_the_same_id_for_something_else_is_the_caller_s_mistake(stage: Any, other: dict[str, Any]) -> None:
    stage.cast("a", "answer 4")
    same = {"question": "?", "graph": "single"}
    await ask(**same, members=["a"], request_id="r1")
    with pytest.raises(UsageError, match="'r1' stands for another question or graph"):
        await ask(**{**same, **other}, members=["a"], request_id="r1")
    deliberation = start(**{**same, **other}, members=["a"], request_id="r1")
    with pytest.raises(UsageError, match="'r1'"):
        [event async for event in deliberation.events()]
    assert len(ledger_at(stage.ledger).runs()) == 1


async def test_an_empty_id_is_refused(stage: Any) -> None:
    stage.cast("a", "answer 4")
    with pytest.raises(UsageError, match="the request id is empty"):
        await ask("?", members=["a"], request_id=" ")


async def test_a_run_that_failed_is_asked_anew(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", lines(fails="auth"), "answer 4")
    other = stage.cast("b", "answer 4")
    failed = await ask("?", members=["a"], graph="single", request_id="r1")
    better = await ask("?", members=["b"], graph="single", request_id="r1")
    assert (failed["status"], better["status"]) == ("failed", "answered")
    assert (len(actor.heard), len(other.heard)) == (1, 1)


async def test_where_the_first_is_cancelled_the_second_asks_itself(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", lines("hm", hangs=True), "answer 4")
    first = start("?", members=["a"], graph="single", request_id="r1")
    async for event in first.events():
        if event["type"] == "call.start":
            break
    second = asyncio.create_task(ask("?", members=["a"], graph="single", request_id="r1"))
    assert (await first.cancel())["status"] == "cancelled"
    assert (await second)["extracted"] == "4"
    assert len(actor.heard) == 2


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8])
async def test_a_waiter_that_is_cancelled_leaves_the_first_running_and_no_open_run(
    stage: Any, lines: Any, steps: int
) -> None:
    stage.cast("a", lines("answer 4", ticks=30))
    first = start("?", members=["a"], graph="single", request_id="r1")
    second = start("?", members=["a"], graph="single", request_id="r1")
    for _ in range(steps):
        await asyncio.sleep(0)
    assert (await second.cancel())["status"] == "cancelled"
    outcome = await first.outcome()
    assert (await ask("?", members=["a"], graph="single", request_id="r1"))["extracted"] == "4"
    assert outcome["extracted"] == "4"
    assert "open" not in {row["status"] for row in ledger_at(stage.ledger).runs()}


async def waiting(stage: Any, lines: Any, **choices: Any) -> tuple[Any, Any]:
    """A run that does not end, and a second one that waits for it."""
    stage.cast("a", lines("hm", hangs=True), "answer 4")
    first = start("?", members=["a"], graph="single", request_id="r1")
    async for event in first.events():
        if event["type"] == "call.start":
            break
    return first, start("?", members=["a"], graph="single", request_id="r1", **choices)


async def test_a_waiter_waits_no_longer_than_its_own_time(stage: Any, lines: Any) -> None:
    first, second = await waiting(stage, lines, timeout=0.05)
    outcome = await second.outcome()
    assert (outcome["status"], outcome["exit"], outcome["totals"]["calls"]) == ("failed", "timeout", 0)
    assert [row["run"] for row in ledger_at(stage.ledger).runs()] == [first.run.id]
    assert (await first.cancel())["status"] == "cancelled", "the first has gone on"


async def test_a_waiter_that_is_asked_to_conclude_does_so(stage: Any, lines: Any) -> None:
    first, second = await waiting(stage, lines)
    second.conclude()
    assert (await second.outcome())["exit"] == "concluded"
    await first.cancel()


async def test_of_a_time_that_was_waited_only_the_rest_is_left_to_answer_in(stage: Any, lines: Any) -> None:
    first, second = await waiting(stage, lines, timeout=60)
    begun = second.run.start_clock().time()
    await first.cancel()
    assert (await second.outcome())["extracted"] == "4"
    assert second.run._until <= begun + 60


def test_where_the_first_one_s_event_loop_has_gone_the_second_asks_itself(stage: Any) -> None:
    actor = stage.cast("a", "answer 4")
    run, loop = Run(ledger=stage.ledger), asyncio.new_event_loop()

    async def claim() -> None:
        run.start_clock()
        asked = digest(["single", [Message(role="user", content="?")]])
        assert await run.claim("r1", asked=asked, graph="single", question="?") is None
        run.begin("single", "?")
        await run.settled()

    loop.run_until_complete(claim())
    loop.close()
    outcome = asyncio.run(ask("?", members=["a"], graph="single", request_id="r1", timeout=30))
    assert (outcome["extracted"], len(actor.heard)) == ("4", 1)
    assert ledger_at(stage.ledger).run(run.id)["status"] == "interrupted"


@pytest.mark.parametrize("request_id", [None, "r1"])
async def test_whoever_cancels_does_not_wait_for_a_ledger_that_is_locked(
    stage: Any, lines: Any, request_id: str | None
) -> None:
    stage.cast("a", "answer 4", lines("hm", hangs=True))
    await ask("?", members=["a"], graph="single")
    ledger = ledger_at(stage.ledger)
    with closing(sqlite3.connect(stage.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        deliberation = start("?", members=["a"], graph="single", request_id=request_id)
        await asyncio.sleep(0)
        assert (await deliberation.cancel())["status"] == "cancelled"
        assert other.in_transaction
        assert any("is busy" in warning for warning in deliberation.run.warnings)
        other.execute("ROLLBACK")
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    await ledger.flush()
    assert {row["status"] for row in ledger.runs()} == {"answered", "cancelled"}


async def test_what_nobody_watches_is_told_in_whole_replies(stage: Any) -> None:
    actor = stage.cast("a", "1+1=2; answer 2")
    kinds = {}
    for watch in (True, False):
        deliberation = start("?", members=["a"], samples=1, watch=watch)
        kinds[watch] = {event["type"] async for event in deliberation.events()}
    await ask("?", members=["a"], samples=1)
    assert kinds[True] - kinds[False] == {"call.delta"}
    assert [request.live for request in actor.heard] == [True, False, False]
