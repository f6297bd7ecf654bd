"""Places at an endpoint, the rate that it allows, and the circuit that leaves it alone when it keeps failing."""

import asyncio
from typing import Any

import pytest
from clock import now, timeless
from hypothesis import given
from hypothesis import strategies as st

from symposium.ledger.records import CallFailed, FailureKind
from symposium.models.bucket import Bucket
from symposium.models.circuit import FIRST_PAUSE, IN_A_ROW, LONGEST_PAUSE, WINDOW, Circuit, TurnedAway
from symposium.models.member import Member
from symposium.models.traffic import ALL_PLACES, LOCAL_PLACES, PLACES, Lane, lane_of


def member(model: str = "openai:a", **entry: Any) -> Member:
    return Member(name="m", model=model, **entry)


class Visitors:
    """Those who enter a lane and stay until they are let go."""

    def __init__(self) -> None:
        self.inside = 0
        self.order: list[int] = []
        self._go = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, lane: Lane, count: int) -> None:
        start = len(self._tasks)
        self._tasks += [asyncio.create_task(self._visit(lane, start + n)) for n in range(count)]
        await asyncio.sleep(1)  # of the clock that stands still: everybody who can has come in by then

    async def leave(self) -> None:
        self._go.set()
        await asyncio.gather(*self._tasks)

    async def _visit(self, lane: Lane, number: int) -> None:
        await lane.enter(None)
        try:
            self.inside += 1
            self.order.append(number)
            await self._go.wait()
        finally:
            lane.leave()


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        (member("gguf:a"), LOCAL_PLACES),
        (member("openai:a", base_url="http://x/v1"), PLACES),
        (member("openai:a", at_once=3), 3),
        (member("gguf:a", at_once=40), 40),
    ],
)
@timeless
async def test_an_endpoint_has_its_places_and_a_member_may_say_how_many(asked: Member, most: int) -> None:
    visitors = Visitors()
    await visitors.come(lane_of(asked), most + 5)
    assert visitors.inside == most
    await visitors.leave()
    assert visitors.order == list(range(most + 5)), "who came first goes in first"


@timeless
async def test_the_models_of_a_server_share_its_places_and_those_in_this_process_do_not() -> None:
    served = Visitors()
    await served.come(lane_of(member("openai:a", base_url="http://x")), PLACES - 1)
    await served.come(lane_of(member("openai:b", base_url="http://x")), 2)
    assert served.inside == PLACES
    await served.come(lane_of(member("openai:b", base_url="http://y")), 2)
    assert served.inside == PLACES + 2
    local = Visitors()
    await local.come(lane_of(member("gguf:a")), LOCAL_PLACES)
    await local.come(lane_of(member("gguf:b")), LOCAL_PLACES)
    assert local.inside == 2 * LOCAL_PLACES
    await asyncio.gather(served.leave(), local.leave())


@timeless
async def test_there_are_no_more_than_so_many_calls_in_all() -> None:
    visitors = Visitors()
    for number in range(ALL_PLACES // PLACES + 1):
        await visitors.come(lane_of(member("openai:a", base_url=f"http://x{number}")), PLACES)
    assert visitors.inside == ALL_PLACES
    await visitors.leave()


@timeless
async def test_who_stops_waiting_for_a_place_takes_none() -> None:
    lane = lane_of(member(at_once=1))
    await lane.enter(None)
    with pytest.raises(TimeoutError):
        await lane.enter(now() + 5)
    waiting = asyncio.create_task(lane.enter(None))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.wait([waiting])
    lane.leave()
    await lane.enter(now() + 1)
    lane.leave()


@timeless
async def test_after_a_refusal_nobody_sends_before_the_time_that_was_named() -> None:
    lane, began, sent = lane_of(member()), now(), list[float]()

    async def send() -> None:
        await lane.enter(None)
        sent.append(now() - began)
        lane.leave()

    await send()
    lane.bucket.refused(sent=now(), now=now(), retry_after=7.0)
    await asyncio.gather(*(send() for _ in range(20)))
    assert sent[0] == 0.0
    assert min(sent[1:]) == 7.0
    assert sent == sorted(sent)
    assert lane.bucket.wait(now() + 3600) == 0.0, "in an hour all is forgotten"


@timeless
async def test_a_wait_that_is_longer_than_the_time_left_fails_at_once() -> None:
    lane, began = lane_of(member()), now()
    lane.bucket.refused(sent=now(), now=now(), retry_after=30.0)
    with pytest.raises(CallFailed, match="30 s") as failed:
        await lane.enter(now() + 29)
    assert (failed.value.kind, failed.value.retry_after, now() - began) == ("rate", pytest.approx(30.0), 0.0)
    await lane.enter(now() + 31)
    assert now() - began == pytest.approx(30.0)
    lane.leave()


@timeless
async def test_who_would_have_to_wait_behind_too_many_others_fails_at_once() -> None:
    lane = lane_of(member())
    lane.bucket.refused(sent=now(), now=now(), retry_after=1.0)
    before = [asyncio.create_task(lane.enter(None)) for _ in range(20)]
    await asyncio.sleep(0)
    with pytest.raises(CallFailed) as failed:
        await lane.enter(now() + 2)
    assert failed.value.kind == "rate"
    await asyncio.gather(*before)


@timeless
async def test_who_stops_waiting_for_its_turn_holds_up_nobody() -> None:
    lane, began = lane_of(member()), now()
    lane.bucket.refused(sent=now(), now=now(), retry_after=5.0)
    tasks = [asyncio.create_task(lane.enter(None)) for _ in range(3)]
    await asyncio.sleep(1)
    tasks[0].cancel()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [True, False, False]
    assert now() - began < 6


@given(st.lists(st.tuples(st.floats(0, 2), st.booleans(), st.sampled_from([None, 0.5, 3.0])), min_size=1, max_size=60))
def test_no_request_goes_out_while_closed_nor_faster_than_the_rate(steps: list[tuple[float, bool, Any]]) -> None:
    bucket, time, closed, sent = Bucket(), 100.0, 0.0, list[float]()
    for pause, refused, retry_after in steps:
        time += pause
        wait = bucket.wait(time)
        assert time + wait >= closed
        time += wait
        assert bucket.wait(time) <= 1e-6
        bucket.take(time)
        sent.append(time)
        if refused:
            bucket.refused(sent=time, now=time, retry_after=retry_after)
            closed = max(closed, time + (retry_after or 0.0))
    rate = bucket.rate(time)
    assert rate is None or rate >= 0.2


def test_the_rate_is_halved_once_for_a_burst_and_won_back_in_a_straight_line() -> None:
    bucket = Bucket()
    for number in range(100):
        bucket.take(number / 100)  # 100 requests in a second
    for number in range(50):
        bucket.refused(sent=number / 100, now=1.0, retry_after=None)
    assert bucket.rate(1.0) == pytest.approx(50.0, abs=1)
    assert bucket.rate(6.0) == pytest.approx(75.0, abs=1)
    bucket.refused(sent=6.0, now=6.0, retry_after=None)
    assert bucket.rate(6.0) == pytest.approx(37.5, abs=1)
    assert bucket.rate(36.0) is None, "when twice as many go well, nothing is held back"


def test_a_first_refusal_of_few_requests_leaves_room_for_a_handful() -> None:
    bucket = Bucket()
    bucket.take(0.0)
    bucket.refused(sent=0.0, now=0.0, retry_after=1.0)
    assert bucket.rate(1.0) == 5.0


def opened(circuit: Circuit, time: float = 0.0, kind: FailureKind = "server") -> Circuit:
    for _ in range(IN_A_ROW):
        circuit.enter(time)
        circuit.failed(CallFailed(kind, "500"), asked=time, now=time)
    return circuit


@pytest.mark.parametrize("kind", ["server", "network", "timeout"])
def test_a_circuit_opens_after_five_failures_in_a_row_and_says_why(kind: FailureKind) -> None:
    circuit = Circuit()
    for _ in range(IN_A_ROW - 1):
        circuit.failed(CallFailed(kind, "500"), asked=0.0, now=0.0)
    circuit.check(0.0)
    circuit.failed(CallFailed(kind, "it broke"), asked=0.0, now=0.0)
    with pytest.raises(CallFailed, match=r"not asked again for 5 s, .*it broke") as refused:
        circuit.check(0.0)
    assert (refused.value.kind, refused.value.retry_after) == (kind, 5.0)


@pytest.mark.parametrize("kind", ["rate", "content", "context", "empty", "truncated", "malformed", "refused"])
def test_failures_of_a_reply_open_no_circuit(kind: FailureKind) -> None:
    opened(Circuit(), kind=kind).check(0.0)


@pytest.mark.parametrize("kind", ["auth", "billing"])
def test_a_key_that_does_not_open_the_door_is_not_tried_again_for_a_while(kind: FailureKind) -> None:
    circuit = Circuit()
    circuit.failed(CallFailed(kind, "401"), asked=0.0, now=0.0)
    with pytest.raises(CallFailed):
        circuit.check(1.0)
    circuit.check(FIRST_PAUSE)


def test_a_success_or_a_long_time_in_between_starts_the_count_anew() -> None:
    circuit = Circuit()
    for number in range(3 * IN_A_ROW):
        time = number * (WINDOW + 1)
        circuit.failed(CallFailed("server", "500"), asked=time, now=time)
        circuit.check(time)
    circuit = Circuit()
    for _ in range(3 * IN_A_ROW):
        circuit.failed(CallFailed("server", "500"), asked=0.0, now=0.0)
        circuit.succeeded()
    circuit.check(0.0)


def test_failures_of_calls_that_were_under_way_together_count_once() -> None:
    circuit = Circuit()
    for burst in range(IN_A_ROW - 1):
        for number in range(20):
            circuit.failed(CallFailed("network", "reset"), asked=burst, now=burst + 0.01 * (1 + number))
        circuit.check(burst + 0.5)
    circuit.failed(CallFailed("network", "reset"), asked=IN_A_ROW, now=IN_A_ROW)
    with pytest.raises(TurnedAway):
        circuit.check(IN_A_ROW)


def test_calls_that_hang_one_after_the_other_count_however_long_they_take() -> None:
    circuit = Circuit()
    for number in range(IN_A_ROW):
        circuit.check(number * 3 * WINDOW)
        circuit.failed(CallFailed("timeout", "no reply"), asked=number * 3 * WINDOW, now=(number + 1) * 3 * WINDOW)
    with pytest.raises(TurnedAway):
        circuit.check(IN_A_ROW * 3 * WINDOW)


@pytest.mark.parametrize("named", [61.0, 3600.0, 1.8e9, float("inf")])
def test_a_server_that_names_an_endless_time_is_left_alone_for_a_minute_and_then_asked_by_one(named: float) -> None:
    circuit, bucket = Circuit(), Bucket()
    circuit.failed(CallFailed("rate", "429", retry_after=named), asked=0.0, now=0.0)
    bucket.refused(sent=0.0, now=0.0, retry_after=named)
    with pytest.raises(TurnedAway) as refused:
        circuit.check(0.0)
    assert (refused.value.kind, refused.value.retry_after, bucket.wait(0.0)) == ("rate", 60.0, 60.0)
    circuit.enter(60.0)
    with pytest.raises(TurnedAway):
        circuit.enter(60.0)
    assert bucket.wait(60.0) == 0.0


def test_after_the_pause_one_call_finds_out_while_the_others_are_turned_away() -> None:
    circuit = opened(Circuit())
    circuit.enter(FIRST_PAUSE)
    with pytest.raises(CallFailed):
        circuit.enter(FIRST_PAUSE)
    circuit.succeeded()
    circuit.enter(FIRST_PAUSE)


def test_the_pauses_grow_to_a_bound_and_late_news_does_not_make_them_longer() -> None:
    circuit, time, pauses = opened(Circuit()), 0.0, list[float]()
    for _ in range(8):
        with pytest.raises(CallFailed) as refused:
            circuit.check(time)
        assert refused.value.retry_after is not None
        pauses.append(refused.value.retry_after)
        circuit.failed(CallFailed("server", "500"), asked=time - 1, now=time)  # it was on its way already
        time += refused.value.retry_after
        circuit.enter(time)
        circuit.failed(CallFailed("server", "500"), asked=time, now=time)
    assert pauses == [min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n in range(8)]


def test_a_call_that_finds_out_and_never_returns_leaves_the_next_one_to_do_so() -> None:
    circuit = opened(Circuit())
    circuit.enter(FIRST_PAUSE)
    circuit.enter(2 * FIRST_PAUSE)
