"""Laws of graphs within graphs over real sockets: whatever the servers do, nothing is overspent or left behind."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire import Reply, Wire, obeying

from symposium.graphs import start
from symposium.ledger.records import Outcome
from symposium.models.endpoints import disconnect
from symposium.models.member import Member
from symposium.models.run import Run, ledger_at
from symposium.models.traffic import lane_of

PER_COMMIT = 60  # examples in `make test`; `make soak` runs the full number
FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
MEMBERS = ("m0", "m1", "m2", "m3")

TEXTS = st.sampled_from(["Answer: 1", "Answer: 2", "1+1=3\nAnswer: 3", "Who knows?"])
FAULTS = st.sampled_from(["500", "429", "401", "context", "malformed", "empty", "reset", "truncated", "inline"])
LINES = st.one_of(
    st.builds(Reply, TEXTS),
    st.builds(Reply, TEXTS),
    st.builds(Reply, st.just("Answer: 1"), fault=FAULTS, retry_after=st.just(0)),
    st.builds(Reply, st.just("Answer: 1"), fault=st.just("hang")),
)
MINDS = st.fixed_dictionaries(
    {
        "lines": st.lists(LINES, min_size=1, max_size=4) | st.just("obeying"),
        "latency": st.lists(st.sampled_from([0.0, 0.001, 0.004]), min_size=1, max_size=3),
        "lacks": st.sets(st.sampled_from(["logprobs", "json_schema", "stream_options", "max_completion_tokens"])),
    }
)
STAGES = st.lists(
    st.sampled_from(
        [
            "m0",
            "vote(m0,m1,m2)",
            "vote(m3;samples=4;window=2)",
            "moa(m0,m1,m2;aggregator_model=m3)",
            "moa(m1,m2;aggregator_model=m0;layers=2;analyse=true)",
            "moa(m2,m3;num_proposals_per_model=2;quorum=2;keep_best=true)",
            "moa(m0,m2;aggregation_strategy=voting;patience=1)",
            "debate(m0,m1,m2;max_rounds=2;gate=never;judge=m3)",
            "debate(m1,m3;moderated=false)",
            "route(m0,m1,m2;router=rules;top_k=2)",
            "route(m0,m1;router=m3;reroute=0.9)",
        ]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
PLANS = st.fixed_dictionaries(
    {
        "stages": STAGES,
        "scorer": st.sampled_from(["agreement", "confidence", "judge"]),
        "judge": st.sampled_from([None, "m3"]),
        "thresholds": st.sampled_from([[0.0], [0.9], [1.0]]),
        "seed": st.integers(0, 9),
    }
)
LIMITS = st.one_of(
    st.fixed_dictionaries({"max_calls": st.integers(0, 24)}),
    st.fixed_dictionaries({"max_tokens": st.integers(0, 12_000)}),
    st.fixed_dictionaries({"budget": st.floats(0, 0.02)}),
    st.fixed_dictionaries({"max_calls": st.integers(4, 24), "max_tokens": st.integers(1000, 12_000)}),
)


@dataclass(frozen=True)
class Ended:
    """A run that is over, with its events and what it left on the loop."""

    outcome: Outcome
    run: Run
    events: list[Any]
    left: set[Any]
    unheard: bool  # a server was still answering somebody who no longer listened


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("symposium.models.gate.PATIENCE", 0.0)


def check_no_overspending(
    stage: Any, wire: Wire, minds: list[dict[str, Any]], plan: dict[str, Any], limits: dict[str, Any]
) -> None:
    set_up(stage, wire, minds)
    ended = asyncio.run(deliberated(wire, {**plan, **limits}, after=None))
    outcome, totals = ended.outcome, ended.outcome["totals"]
    attempts = sum(event["type"] == "call.start" for event in ended.events)
    assert len(wire.calls) <= attempts == ended.run.budget.calls == totals["attempts"]
    assert "max_calls" not in limits or attempts <= limits["max_calls"]
    assert "max_tokens" not in limits or totals["input"] + totals["output"] <= limits["max_tokens"]
    assert "budget" not in limits or (totals["cost"] or 0.0) <= limits["budget"] + 1e-12
    assert outcome["status"] != "cancelled"
    check_nothing_left(stage, wire, ended)


def check_cancelling(stage: Any, wire: Wire, minds: list[dict[str, Any]], plan: dict[str, Any], after: int) -> None:
    set_up(stage, wire, minds)
    check_nothing_left(stage, wire, asyncio.run(deliberated(wire, plan, after=after)))


def check_nothing_left(stage: Any, wire: Wire, ended: Ended) -> None:
    assert ended.left == set()
    assert not ended.unheard
    assert ended.run.budget.reservations == 0
    assert ended.run.scope.busy == 0
    assert wire.wait(lambda: wire.open_connections == 0)
    assert ledger_at(stage.ledger).outcome(ended.outcome["run"]) == ended.outcome


def set_up(stage: Any, wire: Wire, minds: list[dict[str, Any]]) -> None:
    wire.clear()
    stage.configure("hedge = true")
    for name, mind in zip(MEMBERS, minds, strict=True):
        lines = [obeying("Answer: 1")] if mind["lines"] == "obeying" else mind["lines"]
        wire.model(name, *lines, latency=mind["latency"], lacks=mind["lacks"])
        stage.cast(name, model=f"openai:{name}", base_url=wire.openai, timeout=0.1, max_tokens=64)


def season(member: Member) -> None:
    """Let its endpoint have answered often, and at once, so that the first call that takes longer is hedged."""
    lane = lane_of(member)
    for _ in range(100):
        lane.pace.took(0.001)
        lane.hedges.called()


async def deliberated(wire: Wire, plan: dict[str, Any], *, after: int | None) -> Ended:
    """Deliberate to the end, or cancel behind so many events."""
    deliberation = start("how many?", graph="cascade", timeout=20, **plan)
    for member in deliberation.context.everyone:
        season(member)
    events: list[Any] = []
    async for event in deliberation.events():
        events.append(event)
        if after is not None and len(events) > after:
            break
    outcome = await (deliberation.outcome() if after is None else deliberation.cancel())
    left = asyncio.all_tasks() - {asyncio.current_task()}
    unheard = not await wire.until(lambda: wire.in_flight == 0)  # before the connections that are kept are closed
    await disconnect()
    return Ended(outcome, deliberation.run, events, left, unheard)


CASTS = st.lists(MINDS, min_size=4, max_size=4)


@given(minds=CASTS, plan=PLANS, limits=LIMITS)
@settings(max_examples=PER_COMMIT, deadline=None, suppress_health_check=FIXTURES)
def test_no_nested_run_overspends_whatever_its_servers_do(
    staging: Callable[[], Any], wire: Wire, minds: list[dict[str, Any]], plan: dict[str, Any], limits: dict[str, Any]
) -> None:
    check_no_overspending(staging(), wire, minds, plan, limits)


@given(minds=CASTS, plan=PLANS, after=st.integers(0, 40))
@settings(max_examples=PER_COMMIT, deadline=None, suppress_health_check=FIXTURES)
def test_cancelling_a_nested_run_at_any_moment_leaves_no_task_connection_or_reservation(
    staging: Callable[[], Any], wire: Wire, minds: list[dict[str, Any]], plan: dict[str, Any], after: int
) -> None:
    check_cancelling(staging(), wire, minds, plan, after)


@pytest.mark.soak
@given(minds=CASTS, plan=PLANS, limits=LIMITS)
@settings(max_examples=int(os.environ.get("CASES", "500")), deadline=None, suppress_health_check=FIXTURES)
def test_five_hundred_nested_runs_stay_within_their_budget(
    staging: Callable[[], Any], wire: Wire, minds: list[dict[str, Any]], plan: dict[str, Any], limits: dict[str, Any]
) -> None:
    check_no_overspending(staging(), wire, minds, plan, limits)


@pytest.mark.soak
@given(minds=CASTS, plan=PLANS, after=st.integers(0, 80))
@settings(max_examples=int(os.environ.get("CASES", "500")), deadline=None, suppress_health_check=FIXTURES)
def test_five_hundred_cancelled_nested_runs_leave_nothing_behind(
    staging: Callable[[], Any], wire: Wire, minds: list[dict[str, Any]], plan: dict[str, Any], after: int
) -> None:
    check_cancelling(staging(), wire, minds, plan, after)
