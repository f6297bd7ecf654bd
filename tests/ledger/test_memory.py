"""The ledger in memory answers as the one on disk does, and forgets what is too old."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from drafts import drafted

from symposium.ledger.events import Bus
from symposium.ledger.memory import MEMORY, MemoryLedger
from symposium.ledger.outcomes import interrupted
from symposium.ledger.records import Outcome, Usage, UsageError
from symposium.ledger.store import Ledger
from symposium.models.run import ledger_at


@pytest.fixture(params=["memory", "disk"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    made = MemoryLedger() if request.param == "memory" else Ledger(tmp_path / "ledger.sqlite3")
    yield made
    await made.aclose()


def outcome(run: str) -> Outcome:
    return {**interrupted(run, graph="vote", events=[], words="all went well"), "status": "answered"}


def ran(ledger: Ledger, run: str, *, lineage: str = "family", ends: bool = True) -> None:
    ledger.open_run(run, graph="vote", question="왜?", lineage=lineage)
    bus = Bus(run, clock=lambda: 1.5)
    bus.subscribe(ledger.append)
    bus.emit("run.start", question="왜?")
    bus.emit("call.start", call="c1", role="proposer", member="ann", attempt=1)
    told = drafted("42", usage=Usage(input=3, output=4, estimated=False), cost=0.5)
    bus.emit("call.end", call="c1", role="proposer", member="ann", attempt=1, usage=told["usage"], cost=told["cost"])
    if ends:
        bus.emit("run.end", outcome=outcome(run))
        ledger.close_run(run, outcome(run))


async def test_a_run_is_found_by_its_beginning_with_its_events_and_its_outcome(ledger: Ledger) -> None:
    ran(ledger, "first-run")
    ran(ledger, "second-run", ends=False)
    await ledger.flush()
    assert [row["run"] for row in ledger.runs(status="open")] == ["second-run"]
    assert ledger.run("fi")["question"] == "왜?"
    assert [event["type"] for event in ledger.events("first")] == ["run.start", "call.start", "call.end", "run.end"]
    assert next(ledger.lines("second")).startswith('{"v":1,"run":"second-run","seq":1,"t":1.5,"type":"run.start"')
    assert ledger.outcome("first-run") == outcome("first-run")
    assert ledger.outcome("second-run") is None


async def test_an_unknown_and_an_ambiguous_beginning_are_told_apart(ledger: Ledger) -> None:
    ran(ledger, "run-a")
    ran(ledger, "run-b")
    await ledger.flush()
    with pytest.raises(UsageError, match=r"'run-' begins several runs: run-a, run-b"):
        ledger.run("run-")
    with pytest.raises(UsageError, match=r"no run 'x'; known: run-a, run-b"):
        ledger.run("x")


async def test_the_newest_runs_come_first_and_only_so_many(ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        ran(ledger, name, lineage=name)
    await ledger.flush()
    assert [row["run"] for row in ledger.runs(limit=2)] == ["c", "b"]
    assert [row["run"] for row in ledger.runs(lineage="b", graph="vote")] == ["b"]


async def test_a_lineage_recalls_its_drafts_and_what_it_spent(ledger: Ledger) -> None:
    ran(ledger, "a")
    ran(ledger, "b", ends=False)
    ran(ledger, "other", lineage="other")
    ledger.remember("family", "key", drafted("first"))
    ledger.remember("family", "key", drafted("second"))
    assert await ledger.recall("family", "key") == drafted("first")
    assert await ledger.recall("other", "key") is None
    assert await ledger.spent("family") == {"calls": 2, "tokens": 14, "money": 1.0}


async def test_in_memory_the_oldest_ended_runs_are_forgotten_with_their_drafts() -> None:
    ledger = MemoryLedger(kept=2)
    ran(ledger, "open", lineage="open", ends=False)
    for name in ("a", "b", "c"):
        ledger.remember(name, "key", drafted(name))
        ran(ledger, name, lineage=name)
    assert [row["run"] for row in ledger.runs()] == ["c", "open"]
    assert await ledger.recall("b", "key") is None
    assert await ledger.recall("c", "key") == drafted("c")
    assert ledger.mark_interrupted() == []


async def test_events_of_a_forgotten_run_are_dropped() -> None:
    ledger = MemoryLedger(kept=1)
    ran(ledger, "a")
    ran(ledger, "b")
    bus = Bus("a")
    bus.subscribe(ledger.append)
    bus.emit("late")
    assert [row["run"] for row in ledger.runs()] == ["b"]
    assert bus.warnings == []


def test_the_ledger_in_memory_is_named_by_a_path_that_is_none() -> None:
    ledger = ledger_at(MEMORY)
    assert isinstance(ledger, MemoryLedger)
    assert ledger_at(Path(":memory:")) is ledger
    assert not Path(":memory:").exists()
