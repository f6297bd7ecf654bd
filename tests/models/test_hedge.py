"""Hedging: a call that takes unusually long is asked a second time, within bounds, and paid for what it is."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clock import now, timeless
from hypothesis import given
from hypothesis import strategies as st
from timed import ASKED, Theatre, Turn

from symposium.ledger.records import CallFailed, LimitReached
from symposium.ledger.store import Ledger
from symposium.ledger.totals import spent, totals
from symposium.models import pace
from symposium.models.hedging import MOST_SAVED, Allowance, hedged
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.traffic import lane_of


def used_to(mind: Mind, *, seconds: float = 1.0, saved: int = 1) -> None:
    """Let a member's calls have taken so long so far, and allow as many hedges."""
    lane = lane_of(mind.member)
    for _ in range(20):
        lane.pace.took(seconds)
    for _ in range(10 * saved):
        lane.hedges.called()


def hedging(theatre: Theatre, *turns: Turn, saved: int = 1, **limits: Any) -> Mind:
    theatre.speaker("a", *turns)
    theatre.begin(**limits).hedge = True
    mind = theatre.mind("a")
    used_to(mind, saved=saved)
    return mind


@timeless
async def test_the_second_attempt_wins_where_the_first_takes_six_times_as_long(theatre: Theatre) -> None:
    mind, began = hedging(theatre, Turn(seconds=6, text="slow"), Turn(seconds=1, text="quick")), now()
    draft = await mind.say(ASKED, role="proposer")
    assert (draft["text"], now() - began) == ("quick", 2.25)
    assert theatre.speakers["a"].speaking == 0
    told = [(event["type"], event["attempt"]) for event in theatre.events[1:]]
    assert told == [("call.start", 1), ("hedge", 2), ("call.start", 2), ("call.end", 1), ("call.end", 2)]
    first, second = theatre.of("call.end")
    assert (first["cancelled"], second["cancelled"]) == (True, False)
    (hedge,) = theatre.of("hedge")
    assert (hedge["member"], hedge["role"], hedge["call"], hedge["after"]) == ("a", "proposer", draft["call"], 1.25)


@timeless
async def test_the_first_attempt_may_still_win(theatre: Theatre) -> None:
    mind, began = hedging(theatre, Turn(seconds=1.5, text="slow"), Turn(seconds=1, text="quick")), now()
    draft = await mind.say(ASKED, role="proposer")
    assert (draft["text"], now() - began) == ("slow", 1.5)
    assert [event["attempt"] for event in theatre.of("call.end")] == [2, 1]


@timeless
async def test_both_attempts_are_counted_and_the_budget_is_settled(theatre: Theatre) -> None:
    mind = hedging(theatre, Turn(seconds=6), Turn(seconds=1, text="one two three"), tokens=10_000)
    await mind.say(ASKED, role="proposer")
    run = mind.run
    assert (run.budget.calls, run.budget.reservations) == (2, 0)
    events: Any = theatre.events
    counted, paid = totals(events), spent(events)
    assert (counted["calls"], counted["attempts"]) == (1, 2)
    assert (counted["input"], counted["output"]) == (5 + 10, 0 + 3), "the estimate of the one, the usage of the other"
    assert (paid["calls"], paid["tokens"]) == (2, run.budget.tokens)
    outcome = run.end(status="answered", method="single", answer="", exit="complete", words="")
    assert (outcome["answered"], outcome["quorum"]["cancelled"]) == (["a"], 0)


@pytest.mark.parametrize(
    ("turns", "kinds", "text"),
    [
        ((Turn(seconds=6, text="slow"), Turn(seconds=1, fails="server")), ["server"], "slow"),
        ((Turn(seconds=2, fails="server"), Turn(seconds=3, text="quick")), ["server"], "quick"),
        ((Turn(seconds=6, text="slow"), Turn(seconds=1, text="")), ["empty"], "slow"),
    ],
)
@timeless
async def test_where_one_attempt_fails_the_other_is_waited_for(
    theatre: Theatre, turns: tuple[Turn, ...], kinds: list[str], text: str
) -> None:
    draft = await hedging(theatre, *turns).say(ASKED, role="proposer")
    assert draft["text"] == text
    assert [event["kind"] for event in theatre.of("call.error")] == kinds
    assert [event["retry_in"] for event in theatre.of("call.error")] == [0.0]


@timeless
async def test_where_both_fail_the_call_goes_on_as_after_any_failure(theatre: Theatre) -> None:
    mind = hedging(theatre, Turn(seconds=2, fails="server"), Turn(seconds=2, fails="network"), Turn(text="third"))
    draft = await mind.say(ASKED, role="proposer")
    assert (draft["text"], draft["attempts"]) == ("third", 3)
    assert [event["kind"] for event in theatre.of("call.error")] == ["server", "network"]


@timeless
async def test_a_budget_without_room_for_a_second_attempt_leaves_the_first_alone(theatre: Theatre) -> None:
    mind = hedging(theatre, Turn(seconds=6, text="slow"), calls=1)
    draft = await mind.say(ASKED, role="proposer")
    assert (draft["text"], draft["attempts"]) == ("slow", 1)
    assert theatre.of("hedge") == []
    assert mind.run.limits_reached == []


@pytest.mark.parametrize("case", ["off", "heard", "unknown", "local", "nothing saved"])
@timeless
async def test_nothing_is_hedged_without_a_wish_a_reason_or_an_allowance(theatre: Theatre, case: str) -> None:
    theatre.speaker("a", Turn(seconds=6))
    theatre.begin().hedge = case != "off"
    mind = theatre.mind("a", model="gguf:a" if case == "local" else "timed:a")  # a local one shares its processor
    if case == "local":
        from symposium.models import endpoints

        endpoints._open["gguf:a", None] = theatre.speakers["a"]  # a model in this process shares its processor
    if case != "unknown":
        used_to(mind, saved=0 if case == "nothing saved" else 1)
    if case == "nothing saved":
        assert lane_of(mind.member).hedges.spend()  # the one that a new process may make
    heard = list[str]()
    await mind.say(ASKED, role="aggregator", hear=heard.append if case == "heard" else None)
    assert len(theatre.speakers["a"].asked) == 1


@timeless
async def test_a_call_that_is_still_waiting_for_a_place_is_not_asked_twice(theatre: Theatre) -> None:
    theatre.speaker("a", Turn(seconds=6))
    theatre.begin().hedge = True
    mind = theatre.mind("a", at_once=1)
    used_to(mind, saved=5)
    lane = lane_of(mind.member)
    await lane.enter(None)
    asking = asyncio.create_task(mind.say(ASKED, role="proposer"))
    await asyncio.sleep(5)
    lane.leave()
    await asking
    assert theatre.of("hedge") == []


@timeless
async def test_a_cancelled_hedge_leaves_nothing_behind(theatre: Theatre) -> None:
    mind = hedging(theatre, Turn(seconds=60), tokens=10_000)
    asking = asyncio.create_task(mind.say(ASKED, role="proposer"))
    await asyncio.sleep(5)
    assert theatre.speakers["a"].speaking == 2
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    assert (theatre.speakers["a"].speaking, mind.run.budget.reservations) == (0, 0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert [event["cancelled"] for event in theatre.of("call.end")] == [True, True]


@timeless
async def test_the_slowest_of_four_is_far_quicker_for_few_more_calls(theatre: Theatre) -> None:
    """Three calls of a hundred take six times as long, as the slowest of four do in one request of nine."""
    plain, once = await _slowest(theatre, hedge=False)
    quick, calls = await _slowest(theatre, hedge=True)
    assert quick[int(0.95 * len(quick))] <= 0.6 * plain[int(0.95 * len(plain))]
    assert calls <= 1.1 * once


async def _slowest(theatre: Theatre, *, hedge: bool, requests: int = 300) -> tuple[list[float], int]:
    dice, took = random.Random(7), list[float]()
    names = ("a", "b", "c", "d")
    for name in names:
        pace = [dice.uniform(0.9, 1.1) * (6 if dice.random() < 0.03 else 1) for _ in range(2 * requests)]
        theatre.speaker(name, *(Turn(seconds=seconds) for seconds in pace))
    for _ in range(requests):
        theatre.begin().hedge = hedge
        began = now()
        await asyncio.gather(*(theatre.mind(name).say(ASKED, role="proposer") for name in names))
        took.append(now() - began)
    return sorted(took), sum(len(theatre.speakers[name].asked) for name in names)


@given(st.lists(st.booleans(), max_size=400))
def test_at_most_one_call_of_ten_is_hedged_beside_the_first(slow: list[bool]) -> None:
    allowance, hedges = Allowance(), 0
    for calls, late in enumerate(slow, start=1):
        allowance.called()
        hedges += late and allowance.spend()
        assert hedges <= 1 + calls / 10


def test_no_more_than_a_few_hedges_are_saved_up() -> None:
    allowance = Allowance()
    for _ in range(10_000):
        allowance.called()
    assert sum(allowance.spend() for _ in range(100)) == MOST_SAVED


@timeless
async def test_what_the_second_attempt_is_refused_does_not_end_the_first() -> None:
    async def first() -> str:
        await asyncio.sleep(3)
        return "first"

    async def second() -> str:
        raise LimitReached("calls", "none left")

    attempts, lost = iter((first(), second())), list[Exception]()
    assert await hedged(lambda: next(attempts), after=1, allowed=lambda: True, lost=lost.append) == "first"
    assert [type(error) for error in lost] == [LimitReached]


@timeless
async def test_the_later_failure_is_raised_where_both_attempts_fail() -> None:
    async def fails(seconds: float, words: str) -> str:
        await asyncio.sleep(seconds)
        raise CallFailed("server", words)

    attempts, lost = iter((fails(3, "first"), fails(1, "second"))), list[Exception]()
    with pytest.raises(CallFailed, match="first"):
        await hedged(lambda: next(attempts), after=1, allowed=lambda: True, lost=lost.append)
    assert [str(error) for error in lost] == ["second"]


async def test_a_new_process_knows_from_the_ledger_how_long_a_model_takes(theatre: Theatre, tmp_path: Path) -> None:
    theatre.speaker("a", Turn())
    theatre.speaker("b", Turn())
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    for name in ("a", "a", "b"):
        run = Run(ledger=ledger.path)
        run.begin("test", "?")
        for _ in range(6):
            await Mind(run, theatre.mind(name).member).say(ASKED, role="proposer")
        run.end(status="answered", method="single", answer="", exit="complete", words="")
        await run.settled()
    assert [len(await ledger.latencies(f"timed:{name}", address=None)) for name in "abc"] == [12, 6, 0]
    pace.forget()
    run = Run(ledger=ledger.path)
    run.hedge = True
    run.begin("test", "?")
    for name in ("a", "b"):
        await Mind(run, replace(theatre.mind(name).member, at_once=7)).say(ASKED, role="proposer")  # a lane of its own
    known = [pace.pace_of(f"timed:{name}", None).known for name in "ab"]
    assert known == [True, False]
    await run.settled()
    await ledger.aclose()
    await run.ledger.aclose()


async def test_what_a_model_takes_elsewhere_is_not_what_it_takes_here(theatre: Theatre, tmp_path: Path) -> None:
    theatre.speaker("a", Turn())
    for address, calls in (("http://x", 9), ("http://y", 3)):
        run = Run(ledger=tmp_path / "ledger.sqlite3")
        run.begin("test", "?")
        for _ in range(calls):
            await Mind(run, theatre.mind("a", base_url=address).member).say(ASKED, role="proposer")
        run.end(status="answered", method="single", answer="", exit="complete", words="")
        await run.settled()
    pace.forget()
    run = Run(ledger=tmp_path / "ledger.sqlite3")
    run.hedge = True
    run.begin("test", "?")
    for place in ("http://x", "http://y", "http://z"):
        member = theatre.mind("a", base_url=place, at_once=7).member  # a lane of its own
        await Mind(run, member).say(ASKED, role="proposer")
    assert [pace.pace_of("timed:a", place).known for place in ("http://x", "http://y", "http://z")] == [
        True,
        False,
        False,
    ]
    await run.settled()
    await run.ledger.aclose()
