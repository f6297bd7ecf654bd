"""The adapters for benchmarks of orchestrators, against a server of the wire format."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from wire import Wire, asked

from symposium.evals.overhead import AGGREGATOR, PROPOSERS, Moa, MoaOnDisk
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
    assert adapter.stages == [len(PROPOSERS), 1]


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
