"""The gate and the clock: deadlines, retries, refusals with a time, circuits, and nothing left of what is cancelled."""

import asyncio
from typing import Any

import pytest
from clock import now, timeless
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from timed import ASKED, Theatre, Turn

from symposium.ledger.records import CallFailed
from symposium.models.circuit import IN_A_ROW
from symposium.models.gate import MANNERS, SAMPLING
from symposium.models.scope import Stopped
from symposium.models.traffic import lane_of

HANGS = Turn(seconds=100_000)


async def failing(mind: Any, **options: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        await mind.say(ASKED, role="proposer", **options)
    return failed.value


@pytest.mark.parametrize(
    ("seconds", "own", "within", "history", "ends"),
    [
        (None, None, None, None, 120.0),  # nothing is known: two minutes
        (None, None, None, 1.0, 30.0),
        (None, None, None, 40.0, 80.0),  # twice its own p95
        (None, 7.0, None, 1.0, 7.0),  # as the member was configured
        (None, 7.0, 5.0, 1.0, 5.0),
        (None, 7.0, 10.0, 1.0, 7.0),
        (10.0, 7.0, None, 1.0, 7.0),
        (10.0, 20.0, None, 1.0, 9.8),  # the request's time, less a little
        (10.0, None, 60.0, 1.0, 9.8),
        (10.0, None, 3.0, 1.0, 3.0),
        (60.0, None, None, None, 59.75),
    ],
)
@timeless
async def test_an_attempt_ends_when_the_first_of_its_times_is_up(
    theatre: Theatre, seconds: float | None, own: float | None, within: float | None, history: Any, ends: float
) -> None:
    speaker = theatre.speaker("a", HANGS)
    theatre.begin(seconds=seconds, calls=1)
    mind = theatre.mind("a", timeout=own)
    for _ in range(20 if history else 0):
        lane_of(mind.member).pace.took(history)
    failure = await failing(mind, within=within)
    assert (failure.kind, failure.attempts) == ("timeout", 1)
    assert speaker.took == [pytest.approx(ends)]
    assert speaker.speaking == 0


@timeless
async def test_the_time_of_a_call_is_for_all_its_attempts(theatre: Theatre) -> None:
    speaker = theatre.speaker("a", HANGS)
    theatre.begin()
    mind, began = theatre.mind("a", timeout=7), now()
    assert (await failing(mind, within=10)).attempts == len(speaker.asked) == 2
    assert now() - began == pytest.approx(10.0)


@timeless
async def test_a_call_that_uses_up_the_request_s_time_fails_before_the_run_is_stopped(theatre: Theatre) -> None:
    theatre.speaker("a", HANGS)
    run = theatre.begin(seconds=10)
    began = now()
    failure = await failing(theatre.mind("a"))
    assert "the request's time was used up" in str(failure)
    assert (now() - began, run.late, run.scope.stopped) == (pytest.approx(9.8), True, None)
    again = await failing(theatre.mind("a"))
    assert (again.attempts, "it had not been asked" in str(again)) == (0, True)


@timeless
async def test_a_call_of_less_time_than_the_request_makes_nobody_late(theatre: Theatre) -> None:
    theatre.speaker("a", HANGS)
    run = theatre.begin(seconds=10)
    await failing(theatre.mind("a"), within=2)
    await failing(theatre.mind("a", timeout=1))
    assert not run.late


@timeless
async def test_waiting_for_a_place_ends_with_the_call_s_time(theatre: Theatre) -> None:
    theatre.speaker("a", HANGS)
    run = theatre.begin(tokens=100_000)
    mind, began = theatre.mind("a", at_once=1), now()
    first = asyncio.create_task(failing(mind, within=20))
    await asyncio.sleep(1)
    failure = await failing(mind, within=5)
    assert (failure.kind, failure.attempts, now() - began) == ("timeout", 0, 6.0)
    assert "no place" in str(failure)
    await first
    assert (len(theatre.speakers["a"].asked), run.budget.reservations, run.budget.calls) == (1, 0, 1)


@timeless
async def test_a_refusal_that_names_a_time_is_heeded_by_everyone_who_asks_that_model(theatre: Theatre) -> None:
    speaker = theatre.speaker("a", Turn(fails="rate", retry_after=4.0), Turn())
    theatre.begin()
    mind, began = theatre.mind("a"), now()
    first = asyncio.create_task(mind.say(ASKED, role="proposer"))
    await asyncio.sleep(1)
    second = asyncio.create_task(mind.say(ASKED, role="proposer"))
    drafts = await asyncio.gather(first, second)
    first_asked, *later = (asked - began for asked in speaker.asked)
    assert (first_asked, min(later), len(later)) == (0.0, 4.0, 2)
    assert sorted(draft["attempts"] for draft in drafts) == [1, 2]


@timeless
async def test_who_has_less_time_than_the_refusal_names_fails_at_once(theatre: Theatre) -> None:
    theatre.speaker("a", Turn(fails="rate", retry_after=8.0))
    theatre.begin(seconds=5)
    began = now()
    assert (await failing(theatre.mind("a"))).kind == "rate"
    later = await failing(theatre.mind("a"))
    assert (later.kind, later.attempts, now() - began) == ("rate", 0, 0.0)
    assert [event["attempt"] for event in theatre.of("call.error")] == [1, 0]


@timeless
async def test_retries_pause_longer_each_time_and_the_same_for_the_same_seed(theatre: Theatre) -> None:
    async def pauses(seed: int) -> list[float]:
        speaker = theatre.speaker("a", Turn(fails="server"))
        theatre.begin(seed=seed)
        await failing(theatre.mind("a"))
        one, two, three = speaker.asked
        return [two - one, three - two]

    first = await pauses(1)
    assert 0.125 <= first[0] <= 0.375
    assert 0.25 <= first[1] <= 0.75
    lane_of(theatre.mind("a").member).circuit.succeeded()
    assert await pauses(1) == first
    lane_of(theatre.mind("a").member).circuit.succeeded()
    assert await pauses(2) != first


@timeless
async def test_a_model_that_keeps_failing_is_left_alone_and_the_next_ones_hear_why(theatre: Theatre) -> None:
    theatre.speaker("a", *[Turn(fails="server")] * IN_A_ROW, Turn())
    theatre.speaker("b")
    run = theatre.begin()
    mind = theatre.mind("a", base_url="http://x")
    await failing(mind)
    failure = await failing(mind, within=4)
    assert (failure.kind, failure.attempts) == ("server", 2)
    turned_away = await failing(mind)
    assert (turned_away.kind, turned_away.attempts, "scripted server" in str(turned_away)) == ("server", 0, True)
    assert (run.budget.calls, run.budget.reservations) == (IN_A_ROW, 0)
    assert len(theatre.of("call.start")) == IN_A_ROW
    assert (await theatre.mind("b", base_url="http://x").say(ASKED, role="proposer"))["text"] == "answer 4"
    await asyncio.sleep(5)
    assert (await mind.say(ASKED, role="proposer"))["text"] == "answer 4"
    totals = run.end(status="answered", method="single", answer="", exit="complete", words="")["totals"]
    assert (totals["calls"], totals["attempts"]) == (4, IN_A_ROW + 2), "who was turned away was not on the wire"


@timeless
async def test_what_goes_wrong_with_many_calls_at_once_goes_wrong_once(theatre: Theatre) -> None:
    speaker = theatre.speaker("a", *[Turn(seconds=0.01, fails="server")] * 8, Turn())
    theatre.begin()
    mind, began = theatre.mind("a"), now()
    drafts = await asyncio.gather(*(mind.say(ASKED, role="proposer", index=n) for n in range(8)))
    assert [draft["attempts"] for draft in drafts] == [2] * 8
    assert (len(speaker.asked), now() - began < 1) == (16, True)


@timeless
async def test_calls_that_were_out_already_wait_until_one_finds_that_the_model_is_well_again(theatre: Theatre) -> None:
    speaker = theatre.speaker("a", *[Turn(seconds=1e-6, fails="server")] * (8 + IN_A_ROW - 1), Turn(seconds=2))
    run = theatre.begin(tokens=1_000_000)
    mind, began = theatre.mind("a"), now()
    asking = [asyncio.create_task(mind.say(ASKED, role="proposer", index=n)) for n in range(8)]
    await asyncio.sleep(2)
    assert (await failing(mind)).attempts == 0, "who comes later does not wait"
    drafts = await asyncio.gather(*asking)
    assert {draft["text"] for draft in drafts} == {"answer 4"}
    first, *others = [asked - began for asked in speaker.asked[8 + IN_A_ROW - 1 :]]
    assert 5 <= first <= 6
    assert others == [pytest.approx(first + 2)] * 7, "as soon as that one has answered"
    waits = [event["retry_in"] for event in theatre.of("call.error") if event["attempt"] == 0]
    assert sum(wait is not None and wait > 4 for wait in waits) >= 7
    assert run.budget.reservations == 0


@timeless
async def test_calls_that_were_out_fail_when_one_finds_that_the_model_is_no_better(theatre: Theatre) -> None:
    speaker = theatre.speaker("a", Turn(seconds=1e-6, fails="network"))
    theatre.begin()
    mind, began = theatre.mind("a"), now()
    failures = await asyncio.gather(*(failing(mind) for _ in range(8)))
    assert {failure.kind for failure in failures} == {"network"}
    assert now() - began < 6.5, "who waits for one circuit waits once"
    assert len(speaker.asked) == 8 + IN_A_ROW - 1 + 1


@pytest.mark.parametrize(("named", "attempts"), [(12.0, 2), (59.0, 2), (61.0, 1), (1.8e9, 1)])
@timeless
async def test_a_time_of_up_to_a_minute_is_waited_for_and_no_longer_one(
    theatre: Theatre, named: float, attempts: int
) -> None:
    theatre.speaker("a", Turn(fails="rate", retry_after=named), Turn())
    theatre.begin(seconds=300)
    mind, began = theatre.mind("a"), now()
    if attempts == 2:
        assert (await mind.say(ASKED, role="proposer"))["attempts"] == 2
        assert now() - began == pytest.approx(named)
    else:
        assert (await failing(mind)).kind == "rate"
        assert ((await failing(mind)).attempts, now()) == (0, began), "nor by the next ones"
        await asyncio.sleep(60)
        assert (await mind.say(ASKED, role="proposer"))["attempts"] == 1


@timeless
async def test_a_caller_without_patience_opens_no_circuit(theatre: Theatre) -> None:
    theatre.speaker("a", *[HANGS] * (2 * IN_A_ROW), Turn())
    theatre.begin()
    for _ in range(2 * IN_A_ROW):
        await failing(theatre.mind("a"), within=1)
    assert (await theatre.mind("a").say(ASKED, role="proposer"))["attempts"] == 1


@timeless
async def test_a_model_that_hangs_where_it_used_to_answer_is_left_alone_too(theatre: Theatre) -> None:
    speaker = theatre.speaker("a", HANGS)
    theatre.begin()
    mind = theatre.mind("a")
    for _ in range(50):
        lane_of(mind.member).pace.took(0.2)
    failures = [await failing(mind, within=1) for _ in range(2 * IN_A_ROW)]
    assert {failure.kind for failure in failures} == {"timeout"}
    assert [failure.attempts for failure in failures] == [1] * IN_A_ROW + [0] * IN_A_ROW
    assert len(speaker.asked) == IN_A_ROW


@timeless
async def test_a_request_that_asks_for_too_much_is_made_again_at_once_without_it(theatre: Theatre) -> None:
    theatre.speaker("a", Turn(lacks="schema"), Turn(lacks="logprobs"), Turn())
    run, began = theatre.begin(calls=3), now()
    draft = await theatre.mind("a").say(ASKED, role="judge", schema={"type": "object"})
    assert (draft["attempts"], run.budget.calls, now() - began) == (3, 3, 0.0)
    errors = theatre.of("call.error")
    assert [(error["kind"], error["lacking"], error["retry_in"], error["usage"]) for error in errors] == [
        ("refused", "schema", 0.0, None),
        ("refused", "logprobs", 0.0, None),
    ]


@pytest.mark.parametrize(("feature", "times"), [("schema", MANNERS), ("sampling", SAMPLING), ("prefix", 0)])
@timeless
async def test_an_endpoint_that_never_learns_is_given_up(theatre: Theatre, feature: Any, times: int) -> None:
    theatre.speaker("a", Turn(lacks=feature))
    theatre.begin()
    failure = await failing(theatre.mind("a"))
    assert (failure.kind, failure.attempts) == ("refused", 1 + times)


@timeless
async def test_an_endpoint_that_lacks_several_parameters_is_asked_without_them_one_by_one(theatre: Theatre) -> None:
    theatre.speaker("a", *[Turn(lacks="sampling")] * 4, Turn(lacks="logprobs"), Turn())
    theatre.begin()
    assert (await theatre.mind("a").say(ASKED, role="proposer"))["attempts"] == 6


@timeless
async def test_a_reply_that_is_nothing_but_reasoning_is_empty(theatre: Theatre) -> None:
    theatre.speaker("a", Turn(text=" ", reasoning="hm, 2+2"))
    theatre.begin()
    failure = await failing(theatre.mind("a"))
    assert (failure.kind, str(failure)) == ("empty", "the reply was empty but for its reasoning")


@timeless
async def test_drafts_that_nobody_watches_are_told_when_they_are_whole(theatre: Theatre) -> None:
    theatre.speaker("a")
    for watched in (True, False):
        theatre.begin().watched = watched
        mind = theatre.mind("a")
        await mind.say(ASKED, role="proposer")
        heard = list[str]()
        await mind.say(ASKED, role="aggregator", hear=heard.append)
        assert bool(theatre.of("call.delta")) is watched
        assert heard == ["answer 4"]
        assert [request.live for request in theatre.speakers["a"].requests[-2:]] == [watched, True]


PLACES = ["place", "bucket", "reply", "pause", "hedge", "budget"]


@pytest.mark.parametrize("stop", ["cancel", "scope"])
@pytest.mark.parametrize("place", PLACES)
@timeless
async def test_who_is_stopped_while_waiting_for_anything_leaves_at_once_and_leaves_nothing(
    theatre: Theatre, place: str, stop: str
) -> None:
    turns = {"pause": Turn(fails="rate", retry_after=9.0), "hedge": HANGS, "reply": HANGS, "budget": HANGS}
    theatre.speaker("a", turns.get(place, Turn()))
    run = theatre.begin(tokens=2_000 if place == "budget" else 100_000)
    run.hedge = place == "hedge"
    mind = theatre.mind("a", at_once=1 if place == "place" else 9)
    lane = lane_of(mind.member)
    if place == "place":
        await lane.enter(None)
    if place == "bucket":
        lane.bucket.refused(sent=now(), now=now(), retry_after=1000.0)
    for _ in range(20 if place == "hedge" else 0):
        lane.pace.took(1.0)
        lane.hedges.called()
    work = lambda: mind.say(ASKED, role="proposer")  # noqa: E731
    asking = [asyncio.create_task(run.scope.run(work)) for _ in range(2)]
    await asyncio.sleep(5)
    began = now()
    if stop == "scope":
        run.conclude()
    else:
        [task.cancel() for task in asking]
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(error) for error in ended} == {Stopped if stop == "scope" else asyncio.CancelledError}
    assert now() == began
    assert (theatre.speakers["a"].speaking, run.budget.reservations, run.scope.busy) == (0, 0, 0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    if place == "place":
        lane.leave()
    assert not lane._places.locked()


TURNS = st.builds(
    Turn,
    seconds=st.sampled_from([0.0, 0.3, 2.0, 50.0]),
    fails=st.none() | st.sampled_from(["rate", "server", "network", "auth", "empty"]),
    retry_after=st.sampled_from([None, 0.5, 5.0]),
    lacks=st.none() | st.sampled_from(["schema", "logprobs"]),
)


@given(
    turns=st.lists(st.lists(TURNS, min_size=1, max_size=4), min_size=1, max_size=4),
    calls=st.none() | st.integers(0, 8),
    tokens=st.none() | st.integers(0, 5000),
    hedge=st.booleans(),
    after=st.sampled_from([0.0, 0.2, 0.5, 1.0, 3.0, 20.0, 200.0]),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whenever_calls_are_cancelled_nothing_is_left_and_nothing_is_overspent(
    theatre: Theatre, turns: list[list[Turn]], calls: int | None, tokens: int | None, hedge: bool, after: float
) -> None:
    @timeless
    async def run_and_cancel() -> None:
        run = theatre.begin(calls=calls, tokens=tokens, seconds=100)
        run.hedge = hedge
        for number, script in enumerate(turns):
            theatre.speaker(f"m{number}", *script)
        minds = [theatre.mind(f"m{number}", at_once=2) for number in range(len(turns))]
        for mind in minds:
            for _ in range(20):
                lane_of(mind.member).pace.took(0.5)
                lane_of(mind.member).hedges.called()
        asking = [asyncio.create_task(mind.say(ASKED, role="proposer")) for mind in minds for _ in range(3)]
        await asyncio.wait(asking, timeout=after)
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)
        for task in asking:
            task.cancelled() or task.exception()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert (run.budget.reservations, run.scope.busy) == (0, 0)
        assert all(speaker.speaking == 0 for speaker in theatre.speakers.values())
        starts = [(event["call"], event["attempt"]) for event in theatre.of("call.start")]
        assert len(set(starts)) == len(starts) == run.budget.calls
        assert calls is None or len(starts) <= calls
        ends = [(e["call"], e["attempt"]) for e in theatre.of("call.end", "call.error") if e["attempt"]]
        assert sorted(ends) == sorted(starts), "every attempt ends once"
        outcome = run.end(status="failed", method="none", answer="", exit="complete", words="")
        assert outcome["totals"]["attempts"] == len(starts)
        spent = outcome["totals"]["input"] + outcome["totals"]["output"]
        assert spent == run.budget.tokens
        assert tokens is None or spent <= tokens

    run_and_cancel()
