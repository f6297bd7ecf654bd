"""Requests that are answered once: which run answers one, and when it may be asked anew."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from symposium.ledger import schema
from symposium.ledger.memory import MemoryLedger
from symposium.ledger.outcomes import outcome_so_far
from symposium.ledger.owner import forsaken, hold
from symposium.ledger.records import Outcome, UsageError
from symposium.ledger.store import Ledger


def outcome(run: str, status: str) -> Outcome:
    return cast(Outcome, {**outcome_so_far(run, graph="vote", events=[]), "status": status})


async def claim(ledger: Ledger, run: str, *, request: str = "r", asked: str = "q") -> str | None:
    return await ledger.claim(request, asked=asked, run=run, graph="vote", question="?", lineage=run)


@pytest.fixture(params=["file", "memory"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite3") if request.param == "file" else MemoryLedger()
    yield made
    await made.aclose()


async def test_the_first_to_claim_a_request_begins_its_run(ledger: Ledger) -> None:
    assert await claim(ledger, "run1") is None
    assert ledger.run("run1")["status"] == "open"


@pytest.mark.parametrize("status", ["answered", "partial", "abstained"])
async def test_a_request_that_was_answered_is_not_asked_again(ledger: Ledger, status: str) -> None:
    await claim(ledger, "run1")
    ledger.close_run("run1", outcome("run1", status))
    assert await claim(ledger, "run2") == "run1"
    assert await ledger.ending("run1") == outcome("run1", status)
    assert [row["run"] for row in ledger.runs()] == ["run1"]


@pytest.mark.parametrize("status", ["failed", "cancelled", "interrupted"])
async def test_a_request_that_came_to_nothing_may_be_asked_anew(ledger: Ledger, status: str) -> None:
    await claim(ledger, "run1")
    ledger.close_run("run1", outcome("run1", status))
    assert await claim(ledger, "run2") is None
    assert await claim(ledger, "run3") == "run2"


async def test_a_request_that_is_being_answered_is_waited_for(ledger: Ledger) -> None:
    await claim(ledger, "run1")
    assert await claim(ledger, "run2") == "run1"
    waiting = asyncio.create_task(ledger.ending("run1"))
    await ledger.flush()
    assert not waiting.done()
    ledger.close_run("run1", outcome("run1", "answered"))
    assert (await waiting)["run"] == "run1"


class Holder:
    """Who is to end a run, as long as it can."""

    lives = True


@pytest.mark.parametrize("how", ["dead", "gone"])
async def test_a_run_of_this_process_that_nobody_is_left_to_end_may_be_asked_anew(ledger: Ledger, how: str) -> None:
    holder = Holder()
    hold("run1", holder)
    await claim(ledger, "run1")
    await ledger.flush()
    assert ledger.mark_interrupted() == []
    if how == "dead":
        holder.lives = False
    else:
        del holder
    assert (await ledger.ending("run1"))["status"] == "interrupted"
    assert "event loop" in (await ledger.ending("run1"))["words"]
    assert await claim(ledger, "run2") is None
    assert not forsaken("run1"), "it has its end"


@pytest.mark.parametrize("status", ["open", "answered", "failed"])
async def test_one_request_asks_one_thing(ledger: Ledger, status: str) -> None:
    await claim(ledger, "run1", asked="1+1?")
    if status != "open":
        ledger.close_run("run1", outcome("run1", status))
    with pytest.raises(UsageError, match=r"'r' stands for another question or graph already \(run run1\)"):
        await claim(ledger, "run2", asked="2+2?")
    assert await claim(ledger, "run2", request="s", asked="2+2?") is None


async def test_of_many_who_claim_at_once_one_gets_it(tmp_path: Path) -> None:
    ledgers = [Ledger(tmp_path / "ledger.sqlite3") for _ in range(3)]
    held = await asyncio.gather(*(claim(ledgers[n % 3], f"run{n}") for n in range(12)))
    (winner,) = {run for run in held if run is not None}
    assert held.count(None) == 1
    assert held[int(winner.removeprefix("run"))] is None
    assert len(ledgers[0].runs()) == 1
    for ledger in ledgers:
        await ledger.aclose()


async def test_a_request_whose_process_died_may_be_asked_anew(
    tmp_path: Path, dead: Callable[[Path, str], None]
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    await claim(ledger, "run1")
    dead(ledger.path, "run1")
    assert (await ledger.ending("run1"))["status"] == "interrupted"
    assert await claim(ledger, "run2") is None
    await ledger.aclose()


@pytest.fixture
def dead() -> Callable[[Path, str], None]:
    """Make a run's owner a process that is no more."""

    def die(path: Path, run: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE runs SET pid = 0, born = 'long ago', beat = 0 WHERE run = ?", (run,))

    return die


async def test_a_ledger_of_the_first_format_learns_of_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        old = Ledger(path)
        old.open_run("run0", graph="vote", question="?", lineage="run0")
        old.close_run("run0", outcome("run0", "answered"))
        await old.aclose()
    ledger = Ledger(path)
    assert ledger.outcome("run0") == outcome("run0", "answered")
    assert await claim(ledger, "run1") is None
    assert await claim(ledger, "run2") == "run1"
    await ledger.aclose()


async def test_forgotten_runs_leave_no_request_in_memory() -> None:
    ledger: Any = MemoryLedger(kept=1)
    for number in range(5):
        await claim(ledger, f"run{number}", request=f"r{number}")
        ledger.close_run(f"run{number}", outcome(f"run{number}", "answered"))
    assert list(ledger._requests) == ["r4"]
    assert await claim(ledger, "run9", request="r0") is None
