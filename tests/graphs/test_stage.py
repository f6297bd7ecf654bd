"""A graph as a stage of another: its Outcome comes back and nothing else; budget and events are shared."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AnyMessage
from langgraph.graph import END, START, StateGraph

from symposium.graphs.compiled import deliberative
from symposium.graphs.context import Context
from symposium.graphs.endings import ended
from symposium.graphs.family import Input, Output, State, Update, fresh, node
from symposium.graphs.stage import stage as as_stage
from symposium.ledger.records import UsageError


@node("two-stages")
async def open_turn(state: State, context: Context) -> Update:
    return fresh(context.run, [])


@node("two-stages")
async def both(state: State, context: Context) -> Update:
    messages: list[AnyMessage] = state["messages"]
    first = await as_stage("vote", messages, within=context, path="first", samples=2)
    second = await as_stage("single", messages, within=context, path="second")
    return await ended(context, {"status": "answered", "answer": f"{first['extracted']} {second['extracted']}"})


def compiled() -> Any:
    builder = StateGraph(State, context_schema=Context, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node("both", both)
    builder.add_edge(START, "open")
    builder.add_edge("open", "both")
    builder.add_edge("both", END)
    return deliberative(builder)


async def run(context: Context) -> Any:
    return await compiled().ainvoke({"messages": [("user", "?")]}, context=context)


async def test_stages_share_the_run_and_leak_no_message(stage: Any) -> None:
    stage.cast("a", "answer 1", "answer 1", "answer 2")
    context = Context(members=["a"], seed=1)
    result = await run(context)
    assert [message.content for message in result["messages"]] == ["?", "1 2"]
    assert result["outcome"]["totals"]["calls"] == 3
    assert context.run.budget.calls == 3


async def test_a_stage_counts_its_own_spending(stage: Any) -> None:
    stage.cast("a", "answer 1")
    context = Context(members=["a"])
    context.run.begin("test", "?")
    messages: Any = [("user", "?")]
    first = await as_stage("vote", messages, within=context, path="first", samples=2)
    second = await as_stage("single", messages, within=context, path="second")
    assert [outcome["totals"]["calls"] for outcome in (first, second)] == [2, 1]
    assert [outcome["graph"] for outcome in (first, second)] == ["vote", "single"]
    assert context.run.outcome is None
    with pytest.raises(ValueError, match="'first' is taken"):
        await as_stage("vote", messages, within=context, path="first", samples=2)
    context.run.end()


async def test_stages_draw_different_samples(stage: Any) -> None:
    actor = stage.cast("a", "answer 1")
    await run(Context(members=["a"], seed=1))
    assert len({request.seed for request in actor.heard}) == 3


async def test_a_stage_that_is_cancelled_does_not_end_the_run(stage: Any, lines: Any) -> None:
    actor = stage.cast("a", lines(text="hm", hangs=True))
    context = Context(members=["a"])
    context.run.begin("test", "?")
    messages: Any = [("user", "?")]
    slow = asyncio.create_task(as_stage("single", messages, within=context, path="slow"))
    while not actor.speaking:
        await asyncio.sleep(0)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert context.run.outcome is None
    context.run.end()


async def test_a_budget_holds_across_stages(stage: Any) -> None:
    actor = stage.cast("a", "answer 1")
    result = await run(Context(members=["a"], max_calls=2))
    assert len(actor.heard) == 2
    assert result["outcome"]["totals"]["attempts"] == 2


async def test_a_stage_rejects_what_its_graph_does_not_know(stage: Any) -> None:
    stage.cast("a", "answer 1")
    with pytest.raises(UsageError, match="no choice 'samples'"):
        await as_stage("single", [], within=Context(members=["a"]), path="x", samples=3)
