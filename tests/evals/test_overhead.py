"""The adapters for benchmarks of orchestrators, against a server of the wire format."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from wire import Wire, asked, obeying, said, schema_of

from symposium.evals.overhead import (
    AGGREGATOR,
    PROPOSERS,
    Adapter,
    Debate,
    DebateModerated,
    Moa,
    MoaOnDisk,
    Route,
    RouteByModel,
)
from symposium.models.endpoints import disconnect
from symposium.models.run import _ledgers

QUESTION = "[Q-1] What is the result?"


@pytest.fixture(params=[Moa, MoaOnDisk])
async def adapter(request: pytest.FixtureRequest, wire: Wire) -> AsyncIterator[Moa]:
    await disconnect()
    for name in (*PROPOSERS, AGGREGATOR):
        wire.model(name, f"{name} thinks: it is 42")
    made = request.param(wire.openai)
    yield made
    made.close()
    await disconnect()


async def test_every_proposer_is_asked_once_whole_and_then_the_aggregator(adapter: Moa, wire: Wire) -> None:
    assert await adapter.ask(QUESTION) == f"{AGGREGATOR} thinks: it is 42"
    assert sorted(call.model for call in wire.calls[:-1]) == sorted(PROPOSERS)
    assert wire.calls[-1].model == AGGREGATOR
    assert all(f"{name} thinks" in asked(wire.calls[-1].body) for name in PROPOSERS)
    assert not any(call.stream for call in wire.calls)
    assert list(adapter.stages) == [len(PROPOSERS), 1]


async def test_of_a_stream_only_the_answer_comes_piece_by_piece(adapter: Moa, wire: Wire) -> None:
    first: list[int] = []
    answer = await adapter.stream(QUESTION, lambda: first.append(len(wire.calls)))
    assert answer == f"{AGGREGATOR} thinks: it is 42"
    assert first == [len(PROPOSERS) + 1]
    assert [call.model for call in wire.calls if call.stream] == [AGGREGATOR]


async def test_a_proposer_that_fails_is_missing_from_what_the_aggregator_reads(adapter: Moa, wire: Wire) -> None:
    wire.model(PROPOSERS[0]).fail("401")
    assert await adapter.ask(QUESTION) == f"{AGGREGATOR} thinks: it is 42"
    assert f"{PROPOSERS[0]} thinks" not in asked(wire.calls[-1].body)


async def test_the_ledger_lies_where_the_adapter_says(adapter: Moa) -> None:
    await adapter.ask(QUESTION)
    file = Path(os.environ["SYMPOSIUM_CONFIG"]).with_name("ledger.sqlite3")
    assert file.exists() == adapter.on_disk
    if adapter.on_disk:
        _ledgers.pop(file).close()


def rating(body: dict[str, Any]) -> str:
    """A router that holds the first expert to be the best, whoever that is."""
    chances = [{"expert": letter, "chance": 90 - 10 * place} for place, letter in enumerate("ABCD")]
    return said({"intent": "maths", "reason": "so", "chances": chances})


def objecting(name: str) -> Callable[[dict[str, Any]], str]:
    """A debater that has nothing to object, and whose answer is its own name."""
    return lambda body: said({"objections": []}) if schema_of(body) else f"I think so.\nAnswer: {name}"


@pytest.mark.parametrize("made", [Debate, DebateModerated, Route, RouteByModel])
async def test_the_calls_of_a_question_are_those_that_its_stages_tell(wire: Wire, made: type[Adapter]) -> None:
    await disconnect()
    judging = obeying(decision="conclude", winner=None)
    for name in made.members:
        wire.model(name, objecting(name))
    wire.model(AGGREGATOR, rating if made is RouteByModel else judging)
    adapter = made(wire.openai)
    assert await adapter.ask(QUESTION)
    adapter.close()
    await disconnect()
    assert len(wire.calls) == sum(made.stages)
