"""`symposium plan` of a mixture of agents: every role, what stands in, and what a prompt with drafts in it takes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

PLAN = ("plan", "-g", "moa", "--proposer-models", "ann,bob", "--aggregator-model", "agg")


@pytest.fixture
def told(stage: Any, command: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Plans a mixture of two proposers with an aggregator and a judge, and reads what is printed."""
    for name in ("ann", "bob", "agg", "judge"):
        stage.cast(name, "Answer: 1", family=name, max_tokens=100)

    def plan(*options: str) -> dict[str, Any]:
        printed = command(*PLAN, *options, "--json", "What now?")
        assert printed.code == 0, printed.err
        assert all(actor.heard == [] for actor in stage.actors.values())
        read: dict[str, Any] = json.loads(printed.out)
        return read

    return plan


def calls(plan: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(one["member"], one["role"]): one["calls"] for one in plan["members"] if one["calls"]}


DRAFTS = {("ann", "proposer"): 1, ("bob", "proposer"): 1}
ONE = {**DRAFTS, ("agg", "aggregator"): 1}


@pytest.mark.parametrize(
    ("options", "planned"),
    [
        ((), ONE),
        (
            ("--num-proposals-per-model", "3"),
            {("ann", "proposer"): 3, ("bob", "proposer"): 3, ("agg", "aggregator"): 1},
        ),
        (("--layers", "2"), {name: 2 * count for name, count in ONE.items()}),
        (("--analyse",), {**ONE, ("agg", "analyst"): 1}),
        (("--keep-best", "--judge", "judge"), {**ONE, ("judge", "judge"): 2}),
        (("--aggregation-strategy", "fusion", "--fuse-top-k", "1"), {**DRAFTS, ("agg", "aggregator"): 2}),
        (("--aggregator-model", "symbolic:arithmetic"), {**DRAFTS, ("symbolic:arithmetic", "judge"): 2}),
    ],
)
def test_a_plan_counts_every_role_that_is_switched_on(
    told: Callable[..., Any], options: tuple[str, ...], planned: dict[tuple[str, str], int]
) -> None:
    plan = told(*options)
    assert calls(plan) == planned
    assert plan["calls"] == plan["calls_at_least"] == sum(planned.values())


def test_the_aggregators_prompt_holds_every_draft_at_its_longest(told: Callable[..., Any]) -> None:
    two, four = (
        next(one for one in told("--num-proposals-per-model", n)["members"] if one["role"] == "aggregator")
        for n in ("1", "2")
    )
    assert two["prompt_tokens"] > 200
    assert four["prompt_tokens"] - two["prompt_tokens"] >= 200


def test_whoever_stands_in_counts_only_for_the_worst_case(told: Callable[..., Any]) -> None:
    alone, covered = told("--fallbacks", "agg"), told("--fallbacks", "judge,ann")
    assert calls(alone) == calls(covered)
    assert alone["calls"] == covered["calls"]
    assert covered["attempts_at_most"] > alone["attempts_at_most"]
    assert covered["cost_at_most"] > alone["cost_at_most"]


def test_what_is_asked_for_in_a_form_may_be_asked_for_twice(told: Callable[..., Any]) -> None:
    written, chosen = told("--fallbacks", "agg"), told("--fallbacks", "agg", "--aggregation-strategy", "selection")
    assert written["calls"] == chosen["calls"]
    assert chosen["attempts_at_most"] > written["attempts_at_most"]


def test_a_plan_is_printed_for_people(told: Callable[..., Any], command: Callable[..., Any]) -> None:
    printed = command(*PLAN, "--analyse", "What now?").out
    assert "calls    4 planned" in printed
    assert "path     ann -> agg x2" in printed
    assert ["agg", "analyst"] in [line.split()[:2] for line in printed.splitlines()]


def test_the_critical_path_is_the_slowest_of_each_step(told: Callable[..., Any]) -> None:
    plan = told("--analyse", "--keep-best", "--judge", "judge", "--layers", "2")
    assert plan["path"][1::2][:1] == ["agg"]
    assert plan["path"][-3:] == ["agg", "agg", "judge"]
    assert len(plan["path"]) == 6
