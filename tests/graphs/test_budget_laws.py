"""Laws of the gate under random delays, failures, budgets and cancellations: nothing overspent, nothing left behind."""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from symposium.graphs import start
from symposium.graphs.catalogue import GRAPHS
from symposium.models.run import ledger_at

PER_COMMIT = 60  # examples in `make test`; `make soak` runs the full number
FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

FAILURES = st.sampled_from(["rate", "server", "network", "auth", "refused", "context"])
TEXTS = ["answer 1", "answer 2", "1+1=3; answer 3", "hm?"]
LINES = st.one_of(
    st.fixed_dictionaries({"text": st.sampled_from(TEXTS), "ticks": st.integers(0, 12)}),
    st.fixed_dictionaries({"fails": FAILURES, "ticks": st.integers(0, 12)}),
    st.fixed_dictionaries({"text": st.just(""), "ticks": st.integers(0, 3)}),
    st.fixed_dictionaries({"text": st.just("answer 3"), "finish": st.just("length")}),
)
CASTS = st.lists(st.lists(LINES, min_size=1, max_size=3), min_size=1, max_size=4)
PLANS = st.fixed_dictionaries(
    {
        "graph": st.sampled_from(["vote", "vote", "moa", "moa", "cascade", "repair", "debate", "debate", "route"]),
        "aggregation_strategy": st.sampled_from(["synthesis", "selection", "voting", "fusion"]),
        "layers": st.integers(1, 3),
        "num_proposals_per_model": st.integers(1, 2),
        "analyse": st.booleans(),
        "keep_best": st.booleans(),
        "aggregation_window": st.none() | st.integers(2, 3),
        "fuse_top_k": st.none() | st.integers(1, 3),
        "quorum": st.none() | st.integers(1, 4),
        "patience": st.none() | st.floats(1, 3),
        "scorer": st.sampled_from(
            ["agreement", "confidence", "judge", "verifier", "semantic_entropy", "self_verification"]
        ),
        "escalation": st.sampled_from(["stronger", "specialist"]),
        "critic": st.sampled_from(["symbolic:arithmetic", "m0"]),
        "max_rounds": st.integers(1, 3),
        "gate": st.sampled_from(["unanimous", "never"]),
        "moderated": st.booleans(),
        "personas": st.sampled_from([[], ["expert", "novice"]]),
        "agreement": st.none() | st.floats(0, 1),
        "router": st.sampled_from([None, "rules", "m0"]),
        "top_k": st.integers(1, 2),
        "reroute": st.none() | st.floats(0, 1),
        "reads": st.booleans(),  # members that follow instructions
        "samples": st.integers(1, 4),
        "window": st.integers(1, 6),
        "rule": st.sampled_from(["plurality", "probability", "reliability", "confidence"]),
        "max_calls": st.none() | st.integers(0, 9),
        "max_tokens": st.none() | st.integers(0, 4000),
        "budget": st.none() | st.floats(0, 0.01),
    }
)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("symposium.models.gate.PATIENCE", 0.0)


def check_no_overspending(staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any]) -> None:
    assume(seatable(cast, plan))
    stage = set_up(staging, lines, cast, plan)
    events, outcome, run = asyncio.run(deliberate(stage, plan))
    attempts = sum(event["type"] == "call.start" for event in events)
    limit = plan["max_calls"]
    assert limit is None or attempts <= limit
    assert plan["max_tokens"] is None or outcome["totals"]["input"] + outcome["totals"]["output"] <= plan["max_tokens"]
    assert plan["budget"] is None or (outcome["totals"]["cost"] or 0) <= plan["budget"] + 1e-12
    assert run.budget.reservations == 0
    assert run.budget.calls == attempts == outcome["totals"]["attempts"]
    kept = ledger_at(stage.ledger)
    assert kept.outcome(outcome["run"]) == outcome
    assert [event["seq"] for event in kept.events(outcome["run"])] == list(range(1, len(events) + 1))


def check_cancelling(staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any], after: int) -> None:
    assume(seatable(cast, plan))
    stage = set_up(staging, lines, cast, plan)
    threads = threading.active_count()
    outcome, run, left = asyncio.run(cancelled(stage, plan, after))
    assert left == set()
    assert run.budget.reservations == 0
    assert run.scope.busy == 0
    assert all(actor.speaking == 0 for actor in stage.actors.values())
    assert ledger_at(stage.ledger).outcome(outcome["run"]) == outcome
    assert threading.active_count() <= threads + 1  # the ledger's writer; executors of the loop ended with it


def set_up(staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any]) -> Any:
    stage, features = staging(), ("chat",) if reading(plan) else ("forced", "prefix")
    for place, script in enumerate(cast):
        stage.cast(f"m{place}", *(lines(**line) for line in script), max_tokens=64, features=features)
    return stage


def fitting(plan: dict[str, Any]) -> dict[str, Any]:
    """The part of a plan that its graph knows."""
    return {name: value for name, value in plan.items() if name in ("graph", *GRAPHS[plan["graph"]].choices)}


def reading(plan: dict[str, Any]) -> bool:
    """The members follow instructions, as whoever aggregates or routes must."""
    either = {"debate": plan["reads"], "route": plan["reads"] or plan["router"] == "m0"}
    return plan["graph"] == "moa" or either.get(plan["graph"], False)


def seatable(cast: list[Any], plan: dict[str, Any]) -> bool:
    """There are as many members as the plan needs."""
    return len(cast) >= {"debate": 2, "route": plan["top_k"]}.get(plan["graph"], 1)


async def deliberate(stage: Any, plan: dict[str, Any]) -> tuple[list[Any], Any, Any]:
    deliberation = start("how many?", members=stage.members, **fitting(plan))
    events = [event async for event in deliberation.events()]
    return events, await deliberation.outcome(), deliberation.run


async def cancelled(stage: Any, plan: dict[str, Any], after: int) -> tuple[Any, Any, set[Any]]:
    deliberation = start("how many?", members=stage.members, **fitting(plan))
    async for event in deliberation.events():
        after -= 1
        if after <= 0 or event["type"] == "run.end":
            break
    outcome = await deliberation.cancel()
    await asyncio.sleep(0)
    return outcome, deliberation.run, asyncio.all_tasks() - {asyncio.current_task()}


@given(cast=CASTS, plan=PLANS)
@settings(max_examples=PER_COMMIT, deadline=None, suppress_health_check=FIXTURES)
def test_no_run_starts_more_attempts_than_allowed_and_every_run_ends_in_the_ledger(
    staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any]
) -> None:
    check_no_overspending(staging, lines, cast, plan)


@given(cast=CASTS, plan=PLANS, after=st.integers(0, 30))
@settings(max_examples=PER_COMMIT, deadline=None, suppress_health_check=FIXTURES)
def test_cancelling_at_any_moment_leaves_nothing_behind(
    staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any], after: int
) -> None:
    check_cancelling(staging, lines, cast, plan, after)


@pytest.mark.soak
@given(cast=CASTS, plan=PLANS)
@settings(max_examples=int(os.environ.get("RUNS", "1000")), deadline=None, suppress_health_check=FIXTURES)
def test_a_thousand_random_runs_stay_within_their_budget(
    staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any]
) -> None:
    check_no_overspending(staging, lines, cast, plan)


@pytest.mark.soak
@given(cast=CASTS, plan=PLANS, after=st.integers(0, 40))
@settings(max_examples=int(os.environ.get("CASES", "500")), deadline=None, suppress_health_check=FIXTURES)
def test_five_hundred_cancellations_leave_nothing_behind(
    staging: Callable[[], Any], lines: Any, cast: list[Any], plan: dict[str, Any], after: int
) -> None:
    check_cancelling(staging, lines, cast, plan, after)
