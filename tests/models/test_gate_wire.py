"""The gate over real sockets: what a server sees of places, refusals, hedges and cancelled calls."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from wire import Wire

from symposium.ledger.memory import MEMORY
from symposium.ledger.records import CallFailed, Message
from symposium.models import pace
from symposium.models.budget import Limits
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.traffic import lane_of

pytestmark = pytest.mark.usefixtures("opened")
ASKED = (Message(role="user", content="What is 6*7?"),)
FORMATS = pytest.mark.parametrize("provider", ["openai", "ollama"])
LIVE = pytest.mark.parametrize("live", [False, True], ids=["whole", "streamed"])


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    pace.forget()
    yield
    pace.forget()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = Run(ledger=MEMORY, seed=1, limits=Limits(tokens=1_000_000))
    return made


def mind(run: Run, wire: Wire, name: str = "m", provider: str = "openai", **entry: Any) -> Mind:
    if not run.begun:
        run.begin("test", "?")
    url = wire.openai if provider == "openai" else wire.url
    return Mind(run, Member(name=name, model=f"{provider}:{name}", base_url=url, **entry), "here")


@FORMATS
async def test_a_refusal_with_a_time_is_heeded_by_all_who_ask_that_model(wire: Wire, run: Run, provider: str) -> None:
    wire.model("m", "Answer: 42").fail("429", first=1, retry_after=1)
    wire.model("n", "Answer: 42")
    refused, other = mind(run, wire, "m", provider), mind(run, wire, "n", provider)
    first = asyncio.create_task(refused.say(ASKED, role="proposer"))
    assert await wire.until(lambda: len(wire.calls) == 1)
    await other.say(ASKED, role="proposer")
    await refused.say(ASKED, role="proposer")
    assert (await first)["attempts"] == 2
    times = [call.at for call in wire.calls_of("m")]
    assert len(times) == 3
    assert min(times[1:]) - times[0] >= 1.0
    assert wire.calls_of("n")[0].at < min(times[1:]), "another model of the server goes on"


async def test_a_server_sees_no_more_calls_at_once_than_a_member_has_places(wire: Wire, run: Run) -> None:
    wire.model("m", "Answer: 42", latency=0.02)
    await asyncio.gather(*(mind(run, wire, at_once=3).say(ASKED, role="proposer") for _ in range(12)))
    assert (wire.most_in_flight, len(wire.calls)) == (3, 12)


@LIVE
@FORMATS
async def test_a_hedge_wins_over_a_call_that_hangs_and_the_server_sees_it_go(
    wire: Wire, run: Run, provider: str, live: bool
) -> None:
    wire.model("m", "Answer: 42").fail("hang", first=1)
    run.hedge, run.watched = True, live
    slow = mind(run, wire, provider=provider)
    lane = lane_of(slow.member)
    for _ in range(20):
        lane.pace.took(0.05)
        lane.hedges.called()
    draft = await slow.say(ASKED, role="proposer")
    assert (draft["answer"], draft["attempts"], run.budget.calls, run.budget.reservations) == ("42", 2, 2, 0)
    assert await wire.until(lambda: wire.in_flight == 0)
    assert [call.disconnected for call in wire.calls] == [True, False]


@LIVE
@FORMATS
async def test_a_call_that_is_stopped_is_seen_to_go_and_leaves_no_connection_in_use(
    wire: Wire, run: Run, provider: str, live: bool
) -> None:
    wire.model("m", "Answer: 42").fail("stall")
    run.watched = live
    stalled = mind(run, wire, provider=provider)
    asking = [asyncio.create_task(run.scope.run(lambda: stalled.say(ASKED, role="proposer"))) for _ in range(5)]
    assert await wire.until(lambda: wire.in_flight == 5)
    run.conclude()
    await asyncio.wait(asking, timeout=5)
    assert all(task.done() for task in asking)
    [task.exception() for task in asking]
    assert await wire.until(lambda: wire.in_flight == 0)
    assert (run.budget.reservations, run.scope.busy) == (0, 0)
    assert all(call.disconnected for call in wire.calls)


@FORMATS
async def test_a_server_that_keeps_failing_is_left_alone(wire: Wire, run: Run, provider: str) -> None:
    wire.model("m", "Answer: 42").fail("500")
    broken = mind(run, wire, provider=provider)
    asking = lambda: (broken.say(ASKED, role="proposer", within=4) for _ in range(3))  # noqa: E731
    failures = await asyncio.gather(*asking(), return_exceptions=True)
    again = await asyncio.gather(*asking(), return_exceptions=True)
    assert {error.kind for error in (*failures, *again) if isinstance(error, CallFailed)} == {"server"}
    assert {error.attempts for error in again if isinstance(error, CallFailed)} == {0}
    assert len(wire.calls) < 9


@FORMATS
async def test_a_request_for_too_much_is_made_again_at_once_and_counted(wire: Wire, run: Run, provider: str) -> None:
    lacks = {"openai": {"logprobs"}, "ollama": {"logprobs"}}[provider]
    wire.model("m", "Answer: 42", lacks=lacks)
    events: list[Any] = []
    run.bus.subscribe(events.append)
    picky = mind(run, wire, provider=provider)
    first = await picky.say(ASKED, role="proposer")
    second = await picky.say(ASKED, role="proposer")
    assert (first["answer"], first["attempts"], second["attempts"]) == ("42", 2, 1)
    assert run.budget.calls == len(wire.calls) == 3
    (error,) = [event for event in events if event["type"] == "call.error"]
    assert (error["kind"], error["lacking"], error["retry_in"], error["usage"]) == ("refused", "logprobs", 0.0, None)
