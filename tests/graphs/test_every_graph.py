"""What holds for every graph that langgraph.json serves."""

import json
from collections import Counter
from contextlib import aclosing
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from symposium.graphs import start
from symposium.graphs.catalogue import GRAPHS, strategy
from symposium.graphs.compiled import deliberative
from symposium.ledger.records import Outcome, UsageError
from symposium.models.run import ledger_at

SERVED = json.loads((Path(__file__).parents[2] / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
OUTCOME_KEYS = set(get_type_hints(Outcome))


LEAST = {"debate": ("ann", "bob")}  # members; one is enough otherwise


def seated(stage: Any, name: str, *lines: Any) -> list[str]:
    """Cast as few members as the graph takes; each says the same."""
    for member in LEAST.get(name, ("ann",)):
        stage.cast(member, *lines)
    return list(stage.members)


def load(name: str) -> Any:
    module, _, attribute = SERVED[name].partition(":")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("name", SERVED)
async def test_it_runs_and_ends_in_one_outcome_and_one_message(stage: Any, name: str) -> None:
    for member in ("ann", "bob"):
        stage.cast(member, "17+25=42; answer 42")
    context = strategy(name).form()
    result = await load(name).ainvoke({"messages": [("user", "17+25?")]}, context=context)
    assert set(result["outcome"]) == OUTCOME_KEYS
    assert (result["outcome"]["status"], result["outcome"]["extracted"]) == ("answered", "42")
    assert Counter(message.type for message in result["messages"]) == {"human": 1, "ai": 1}


@pytest.mark.parametrize("name", SERVED)
async def test_its_custom_stream_is_the_event_stream(stage: Any, name: str) -> None:
    context = strategy(name).form(members=seated(stage, name, "answer 42"))
    question = {"messages": [("user", "17+25?")]}
    events = [event async for event in load(name).astream(question, context=context, stream_mode="custom")]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [events[0]["type"], events[-1]["type"]] == ["run.start", "run.end"]


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize(("modes", "watched"), [("values", False), (["updates", "custom"], True)])
async def test_drafts_are_streamed_from_a_provider_only_where_somebody_listens(
    stage: Any, name: str, modes: Any, watched: bool
) -> None:
    for member in ("ann", "bob"):
        stage.cast(member, "answer 42")
    context = strategy(name).form()
    async for _ in load(name).astream({"messages": [("user", "17+25?")]}, context=context, stream_mode=modes):
        pass
    assert context.run.watched is watched
    assert any(request.live for actor in stage.actors.values() for request in actor.heard) is watched


@pytest.mark.parametrize("name", SERVED)
def test_its_schemas_are_narrow_and_its_form_is_explained(name: str) -> None:
    graph = load(name)
    assert set(graph.get_input_jsonschema()["properties"]) == {"messages"}
    assert set(graph.get_output_jsonschema()["properties"]) == {"messages", "outcome"}
    form = graph.get_context_jsonschema()["properties"]
    assert set(form) == set(GRAPHS[name].choices)
    assert all(entry["title"] and entry["description"] for entry in form.values())


@pytest.mark.parametrize("name", SERVED)
async def test_its_state_survives_a_checkpoint_unchanged(stage: Any, name: str) -> None:
    members = seated(stage, name, "answer 42")
    serde = JsonPlusSerializer()
    module = import_module(SERVED[name].partition(":")[0])
    compiled = deliberative(module.build(), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    context = strategy(name).form(members=members)
    result = await compiled.ainvoke({"messages": [("user", "17+25?")]}, config, context=context)
    state = (await compiled.aget_state(config)).values
    assert state["outcome"] == result["outcome"]
    assert type(state["outcome"]) is dict
    assert serde.loads_typed(serde.dumps_typed(state["drafts"])) == state["drafts"]


@pytest.mark.parametrize("name", SERVED)
async def test_two_turns_on_one_thread_are_independent(stage: Any, name: str) -> None:
    members = seated(stage, name, "answer 1", "answer 2")
    compiled = deliberative(import_module(SERVED[name].partition(":")[0]).build(), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    turns = []
    for question in ("first?", "second?"):
        context = strategy(name).form(members=members, max_calls=len(members))
        turns.append(await compiled.ainvoke({"messages": [("user", question)]}, config, context=context))
    outcomes = [turn["outcome"] for turn in turns]
    assert [outcome["extracted"] for outcome in outcomes] == ["1", "2"]
    assert outcomes[0]["run"] != outcomes[1]["run"]
    assert [outcome["totals"]["calls"] for outcome in outcomes] == [len(members)] * 2
    assert outcomes[0]["quorum"] == outcomes[1]["quorum"]
    assert [message.type for message in turns[1]["messages"]] == ["human", "ai", "human", "ai"]


@pytest.mark.parametrize("name", SERVED)
async def test_an_unused_context_leaves_no_trace(stage: Any, name: str) -> None:
    strategy(name).form(members=seated(stage, name, "answer 42"))
    assert not stage.ledger.exists()


@pytest.mark.parametrize("name", SERVED)
async def test_without_a_context_the_configured_one_is_made_afresh(stage: Any, name: str) -> None:
    seated(stage, name, "answer 42")
    runs = [(await load(name).ainvoke({"messages": [("user", "17+25?")]}))["outcome"]["run"] for _ in range(2)]
    assert runs[0] != runs[1]


@pytest.mark.parametrize("name", SERVED)
async def test_a_run_cut_off_between_two_nodes_is_closed(stage: Any, name: str) -> None:
    seated(stage, name, "answer 42")
    context = strategy(name).form()
    question = {"messages": [("user", "17+25?")]}
    async with aclosing(load(name).astream(question, context=context, stream_mode="updates")) as steps:
        async for _ in steps:
            break
    assert context.run.outcome is not None
    assert context.run.outcome["status"] == "cancelled"


class FullDisk(InMemorySaver):
    """A checkpointer that can keep the question and nothing after it."""

    async def aput(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        if metadata["step"] >= 1:
            raise OSError("no space left")
        return await super().aput(config, checkpoint, metadata, new_versions)


@pytest.mark.parametrize("name", SERVED)
async def test_a_run_that_breaks_is_closed_as_failed(stage: Any, name: str) -> None:
    seated(stage, name, "answer 42")
    context = strategy(name).form()
    compiled = deliberative(import_module(SERVED[name].partition(":")[0]).build(), checkpointer=FullDisk())
    config: Any = {"configurable": {"thread_id": "1"}}
    with pytest.raises(OSError, match="no space left"):
        await compiled.ainvoke({"messages": [("user", "17+25?")]}, config, context=context, durability="sync")
    assert context.run.outcome is not None
    assert (context.run.outcome["status"], context.run.outcome["words"]) == ("failed", "OSError: no space left")


@pytest.mark.parametrize("name", SERVED)
async def test_a_context_serves_one_request(stage: Any, name: str) -> None:
    seated(stage, name, "answer 42")
    context = strategy(name).form()
    await load(name).ainvoke({"messages": [("user", "17+25?")]}, context=context)
    with pytest.raises(UsageError, match="has served its request"):
        await load(name).ainvoke({"messages": [("user", "17+26?")]}, context=context)


@pytest.mark.parametrize("name", SERVED)
async def test_the_same_seed_and_the_same_minds_give_the_same_outcome(stage: Any, lines: Any, name: str) -> None:
    for member, answer in (("ann", "1"), ("bob", "2")):
        stage.cast(member, lines(text=f"answer {answer}", probability=0.5))
    runs = [strategy(name).form(seed=7) for _ in range(2)]
    outcomes = [
        (await load(name).ainvoke({"messages": [("user", "?")]}, context=context))["outcome"] for context in runs
    ]
    for outcome in outcomes:
        outcome["run"] = ""
        outcome["totals"]["wall"] = outcome["totals"]["critical_path"] = 0.0
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("name", SERVED)
async def test_a_fork_runs_its_calls_again_without_paying_twice(stage: Any, lines: Any, name: str) -> None:
    actor = stage.cast("ann", lines(text="answer 42"))
    stage.cast("bob", "answer 42", model="scripted:ann")
    module = import_module(SERVED[name].partition(":")[0])
    compiled = deliberative(module.build(), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}
    first = strategy(name).form(seed=1)
    await compiled.ainvoke({"messages": [("user", "17+25?")]}, config, context=first)
    history = [point async for point in compiled.aget_state_history(config)]
    before = next(point for point in reversed(history) if point.values.get("seats"))
    paid = len(actor.heard)
    second = strategy(name).form(seed=1)
    result = await compiled.ainvoke(None, before.config, context=second)
    assert result["outcome"]["extracted"] == "42"
    assert len(actor.heard) == paid
    assert result["outcome"]["run"] == second.run.id != first.run.id
    assert result["outcome"]["totals"]["attempts"] == 0
    assert second.run.budget.calls == first.run.budget.calls >= paid
    assert ledger_at(stage.ledger).run(second.run.id)["lineage"] == first.run.id
    other = strategy(name).form(seed=2)
    await compiled.ainvoke(None, before.config, context=other)
    assert len(actor.heard) > paid, "another seed was asked for, so it is another call"


@pytest.mark.parametrize("name", SERVED)
async def test_the_cast_is_made_ready_before_anyone_speaks(stage: Any, name: str) -> None:
    seated(stage, name, "answer 42")
    await load(name).ainvoke({"messages": [("user", "17+25?")]}, context=strategy(name).form())
    assert {actor.warmed for actor in stage.actors.values()} == {1}


async def test_the_front_door_gives_the_same_events_to_listener_and_ledger(stage: Any) -> None:
    stage.cast("ann", "answer 42")
    deliberation = start("17+25?", members=["ann"])
    events = [event async for event in deliberation.events()]
    outcome = await deliberation.outcome()
    assert list(ledger_at(stage.ledger).events(outcome["run"])) == events
