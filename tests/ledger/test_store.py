"""The ledger keeps every event of many processes, and tells apart what is dead, damaged and full."""

import asyncio
import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from blockbuster import blockbuster_ctx
from drafts import drafted
from hypothesis import given, settings
from hypothesis import strategies as st

from symposium.ledger.events import ENVELOPE, Bus, encode
from symposium.ledger.outcomes import interrupted
from symposium.ledger.owner import this_process
from symposium.ledger.records import ConfigurationError, Event, Outcome, Usage, UsageError
from symposium.ledger.store import Ledger, default_path
from symposium.ledger.totals import totals

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
PAYLOAD = st.dictionaries(st.text().filter(lambda key: key not in (*ENVELOPE, "self")), JSON, max_size=4)


NAMES = itertools.count()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    yield ledger
    await ledger.aclose()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may reach; pytest's own are for this user alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def begin(ledger: Ledger, run: str, *, lineage: str = "lineage", graph: str = "vote") -> Bus:
    ledger.open_run(run, graph=graph, question="왜?", lineage=lineage)
    bus = Bus(run)
    bus.subscribe(ledger.append)
    return bus


def outcome(run: str) -> Outcome:
    drawn = interrupted(run, graph="vote", events=[], words="all went well: 끝")
    return {**drawn, "status": "answered", "exit": "complete"}


class Script:
    """A Python process of its own that works on a ledger; its first argument is the ledger's path."""

    PRELUDE = (
        "import asyncio, os, sys\nfrom symposium.ledger.store import Ledger\nfrom symposium.ledger.events import Bus\n"
    )

    def __init__(self, body: str, path: Path, *rest: str) -> None:
        source = self.PRELUDE + textwrap.dedent(body)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", source, str(path), *rest], stdout=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def finish(self) -> str:
        try:
            printed, _ = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        assert self.process.returncode == 0
        return printed.strip()


# Writing and reading


async def test_a_run_is_read_back_with_its_events_and_its_outcome(ledger: Ledger) -> None:
    bus, live = begin(ledger, "run-1"), list[Event]()
    bus.subscribe(live.append)
    bus.emit("run.start", question="왜? 😀")
    await ledger.flush("run-1")
    assert ledger.run("run-1")["status"] == "open"
    assert ledger.outcome("run-1") is None
    bus.emit("run.end", outcome=outcome("run-1"))
    ledger.close_run("run-1", outcome("run-1"))
    await ledger.flush("run-1")
    row = ledger.run("run-1")
    assert (row["status"], row["graph"], row["question"], row["thread"]) == ("answered", "vote", "왜?", None)
    assert row["ended"] is not None
    assert row["ended"] >= row["started"]
    assert list(ledger.events("run-1")) == live
    assert ledger.outcome("run-1") == outcome("run-1")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path_factory.mktemp("replay") / "ledger.sqlite3")) as ledger:
        yield ledger


@settings(deadline=None)
@given(payloads=st.lists(PAYLOAD, max_size=5), t=st.floats(0, 1e10))
def test_the_replay_of_a_run_is_byte_by_byte_what_was_emitted(
    shared: Ledger, payloads: list[dict[str, object]], t: float
) -> None:
    run = f"run-{next(NAMES)}"
    shared.open_run(run, graph="vote", question="\ud83d", lineage=run)
    bus, live = Bus(run, clock=lambda: t), list[str]()
    bus.subscribe(shared.append)
    bus.subscribe(lambda event: live.append(encode(event)))
    for payload in [*payloads, {"text": "왜? 👩‍👩‍👧\u2028", "odd": "\ud83d", "nan": float("nan")}]:
        bus.emit("vote", **payload)
    asyncio.run(shared.flush(run))
    assert list(shared.lines(run)) == live
    assert [encode(event) for event in shared.events(run)] == live


async def test_an_event_changed_after_it_was_emitted_is_recorded_as_it_was(ledger: Ledger) -> None:
    votes = ["a"]
    begin(ledger, "run").emit("vote", votes=votes)
    votes.append("b")
    await ledger.flush()
    assert [dict(event)["votes"] for event in ledger.events("run")] == [["a"]]


async def test_a_long_run_is_read_in_pages_without_a_gap(ledger: Ledger) -> None:
    bus = begin(ledger, "run")
    for number in range(1234):
        bus.emit("vote", number=number)
    await ledger.flush()
    assert [event["seq"] for event in ledger.events("run")] == list(range(1, 1235))


async def test_runs_are_listed_newest_first_and_chosen_by_what_they_are(tmp_path: Path) -> None:
    ticks = iter(range(100))
    async with _opened(tmp_path, clock=lambda: float(next(ticks))) as ledger:
        for number in range(5):
            begin(ledger, f"run-{number}", lineage=f"line-{number % 2}", graph="single" if number == 3 else "vote")
        ledger.close_run("run-1", outcome("run-1"))
        await ledger.flush()
        assert [row["run"] for row in ledger.runs()] == ["run-4", "run-3", "run-2", "run-1", "run-0"]
        assert [row["run"] for row in ledger.runs(limit=2)] == ["run-4", "run-3"]
        assert [row["run"] for row in ledger.runs(status="answered")] == ["run-1"]
        assert [row["run"] for row in ledger.runs(lineage="line-1", graph="single")] == ["run-3"]
        with pytest.raises(UsageError, match="did you mean 'answered'"):
            ledger.runs(status=cast(Any, "anwsered"))


async def test_a_run_is_found_by_the_beginning_of_its_id(ledger: Ledger) -> None:
    for run in ("abc", "abcd", "a%", "한국"):
        begin(ledger, run)
    await ledger.flush()
    assert ledger.run("abcd")["run"] == "abcd"
    assert ledger.run("abc")["run"] == "abc"
    assert ledger.run("a%")["run"] == "a%"
    assert ledger.run("한")["run"] == "한국"
    with pytest.raises(UsageError, match="several runs: abc, abcd"):
        ledger.run("ab")
    with pytest.raises(UsageError, match="no run 'abcx'; did you mean 'abc"):
        ledger.events("abcx")


async def test_nothing_is_made_before_the_first_write(tmp_path: Path) -> None:
    before = threading.active_count()
    ledger = Ledger(tmp_path / "deep" / "ledger.sqlite3")
    await ledger.flush()
    assert ledger.runs() == []
    assert ledger.mark_interrupted() == []
    with pytest.raises(UsageError, match="known: none"):
        ledger.run("x")
    assert not ledger.path.parent.exists()
    assert threading.active_count() == before


async def test_the_file_and_all_beside_it_are_for_the_user_alone(tmp_path: Path) -> None:
    async with _opened(tmp_path / "made") as ledger:
        begin(ledger, "run").emit("vote")
        await ledger.flush()
        files = list(ledger.path.parent.iterdir())
        assert len(files) == 3  # the ledger, its -wal and its -shm
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        assert ledger.path.parent.stat().st_mode & 0o777 == 0o700


async def test_closing_drains_the_queue_and_ends_the_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    bus = begin(ledger, "run")
    for _ in range(2000):
        bus.emit("vote")
    await ledger.aclose()
    await ledger.aclose()
    assert set(threading.enumerate()) == before
    assert len(list(ledger.events("run"))) == 2000
    bus.emit("vote")
    with pytest.raises(ConfigurationError, match="closed"):
        await ledger.flush("run")
    await ledger.flush()


def test_a_forgotten_ledger_still_writes_everything(tmp_path: Path) -> None:
    path, before = tmp_path / "ledger.sqlite3", set(threading.enumerate())
    begin(Ledger(path), "run").emit("vote")
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert len(list(Ledger(path).events("run"))) == 1


async def test_a_cancelled_flush_leaves_the_ledger_working(ledger: Ledger) -> None:
    bus = begin(ledger, "run")
    bus.emit("vote")
    flush = asyncio.create_task(ledger.flush())
    await asyncio.sleep(0)
    flush.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flush
    bus.emit("vote")
    await ledger.flush()
    assert len(list(ledger.events("run"))) == 2


async def test_no_coroutine_and_no_write_blocks_the_event_loop(tmp_path: Path) -> None:
    with blockbuster_ctx("symposium.ledger"):
        async with _opened(tmp_path) as ledger:
            begin(ledger, "run").emit("vote")
            ledger.remember("lineage", "key", drafted("42"))
            ledger.close_run("run", outcome("run"))
            await ledger.flush()
            assert await ledger.recall("lineage", "key") == drafted("42")
            assert (await ledger.spent("lineage"))["calls"] == 0


async def test_the_watch_for_blocking_calls_sees_sqlite(ledger: Ledger) -> None:
    begin(ledger, "run")
    await ledger.flush()
    from blockbuster import BlockingError

    with blockbuster_ctx("symposium.ledger"), pytest.raises(BlockingError):
        ledger.runs()


def test_the_environment_names_the_ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYMPOSIUM_LEDGER", str(tmp_path / "x.sqlite3"))
    assert Ledger().path == default_path() == tmp_path / "x.sqlite3"
    monkeypatch.delenv("SYMPOSIUM_LEDGER")
    assert default_path().parts[-2:] == ("symposium", "ledger.sqlite3")


# Paying once


async def test_a_draft_is_remembered_for_its_lineage_and_key_and_the_first_one_stays(ledger: Ledger) -> None:
    ledger.remember("lineage", "key", drafted("42 왜"))
    ledger.remember("lineage", "key", drafted("other"))
    assert await ledger.recall("lineage", "key") == drafted("42 왜")
    assert await ledger.recall("lineage", "other") is None
    assert await ledger.recall("other", "key") is None


async def test_a_resumed_run_finds_what_its_lineage_has_spent(ledger: Ledger) -> None:
    usage = Usage(input=10, output=5, estimated=False)
    for run, lineage in (("run-1", "x"), ("run-2", "x"), ("run-3", "y")):
        bus = begin(ledger, run, lineage=lineage)
        bus.emit("call.start", call="1", member="m", role="proposer")
        bus.emit("call.error", call="1", member="m", role="proposer", kind="rate")
        bus.emit("call.end", call="1", member="m", role="proposer", usage=usage, cost=0.25, attempt=2)
        bus.emit("call.start", call="2", member="free", role="proposer")
        bus.emit("call.end", call="2", member="free", role="proposer", usage=usage, cost=None)
        bus.emit("call.start", call="3", member="m", role="proposer")
    assert await ledger.spent("x") == {"calls": 8, "tokens": 60, "money": 0.5}
    assert await ledger.spent("y") == {"calls": 4, "tokens": 30, "money": 0.25}
    assert await ledger.spent("none") == {"calls": 0, "tokens": 0, "money": 0}


# Many at once

CROWD = """
async def one(ledger, run):
    bus = Bus(run)
    bus.subscribe(ledger.append)
    ledger.open_run(run, graph="vote", question="q", lineage=run)
    for number in range(100):
        bus.emit("vote", number=number)
        if number % 10 == 0:
            await ledger.flush(run)
    bus.emit("run.end")
    ledger.remember("all", run, {"text": run})
    await ledger.flush(run)

async def main():
    ledger = Ledger(sys.argv[1])
    async with asyncio.TaskGroup() as group:
        for task in range(8):
            group.create_task(one(ledger, f"{sys.argv[2]}-{task}"))
    await ledger.aclose()

print("ready", flush=True)
asyncio.run(main())
"""


async def test_four_processes_with_eight_tasks_each_lose_and_double_nothing(ledger: Ledger) -> None:
    crowd = [Script(CROWD, ledger.path, str(number)) for number in range(4)]
    for script in crowd:
        script.finish()
    names = sorted(row["run"] for row in ledger.runs(limit=100))
    assert names == sorted(f"{process}-{task}" for process in range(4) for task in range(8))
    for run in names:
        events = list(ledger.events(run))
        assert [event["seq"] for event in events] == list(range(1, 102))
        assert [dict(event).get("number") for event in events] == [*range(100), None]
        assert dict(cast(Any, await ledger.recall("all", run))) == {"text": run}


def test_two_ledgers_of_one_process_and_many_threads_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(Ledger(path)) as one, closing(Ledger(path)) as other:

        def write(ledger: Ledger, run: str) -> None:
            bus = begin(ledger, run)
            for _ in range(200):
                bus.emit("vote")

        threads = [threading.Thread(target=write, args=(lg, f"{lg is one}-{n}")) for lg in (one, other) for n in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    reader = Ledger(path)
    assert len(reader.runs()) == 6
    assert all(len(list(reader.events(row["run"]))) == 200 for row in reader.runs())


async def test_a_doubled_seq_is_told_and_harms_no_other_entry(ledger: Ledger) -> None:
    begin(ledger, "run").emit("vote")
    again = Bus("run")
    again.subscribe(ledger.append)
    again.emit("quorum")
    begin(ledger, "other").emit("vote")
    with pytest.raises(ConfigurationError, match="has such an entry already"):
        await ledger.flush("run")
    await ledger.flush()
    assert [event["type"] for event in ledger.events("run")] == ["vote"]
    assert len(list(ledger.events("other"))) == 1


async def test_an_entry_that_cannot_be_written_harms_no_other(ledger: Ledger) -> None:
    begin(ledger, "run").emit("vote")
    ledger.append(cast(Event, {"v": 1, "run": "odd", "seq": 2**70, "t": 0, "type": "vote"}))
    begin(ledger, "other").emit("vote")
    with pytest.raises(ConfigurationError, match="too large"):
        await ledger.flush("odd")
    await ledger.flush()
    assert [len(list(ledger.events(run))) for run in ("run", "other")] == [1, 1]


# Death

HELD = """
async def main():
    ledger = Ledger(sys.argv[1])
    bus = Bus("held")
    bus.subscribe(ledger.append)
    ledger.open_run("held", graph="vote", question="q", lineage="held")
    bus.emit("run.start")
    for call in "123":
        bus.emit("call.start", call=call, member="m" + call, role="proposer")
    usage = {"input": 3, "output": 4, "estimated": False}
    bus.emit("call.end", call="1", member="m1", role="proposer", usage=usage, cost=0.5)
    bus.emit("call.error", call="2", member="m2", role="proposer", kind="server")
    await ledger.flush("held")
    print("flushed", flush=True)
    while True:
        bus.emit("vote")
        await asyncio.sleep(0)

asyncio.run(main())
"""


def test_a_killed_run_is_marked_interrupted_and_keeps_every_event_that_was_flushed(tmp_path: Path) -> None:
    script = Script(HELD, tmp_path / "ledger.sqlite3")
    assert script.line() == "flushed"
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert ledger.mark_interrupted() == []
    assert ledger.run("held")["status"] == "open"
    script.kill()
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert ledger.run("held")["status"] == "interrupted"
    *before, last = ledger.events("held")
    assert [event["seq"] for event in [*before, last]] == list(range(1, len(before) + 2))
    starts = ["call.start"] * 3
    assert [event["type"] for event in before[:6]] == ["run.start", *starts, "call.end", "call.error"]
    assert last["type"] == "run.end"
    told = ledger.outcome("held")
    assert told is not None
    assert dict(last)["outcome"] == told
    assert (told["status"], told["answered"]) == ("interrupted", ["m1"])
    assert str(script.process.pid) in told["words"]
    assert told["quorum"] == {"asked": 3, "answered": 1, "failed": 1, "cancelled": 0}
    assert told["totals"] == totals(before) == totals([*before, last])
    assert (told["totals"]["attempts"], told["totals"]["output"], told["totals"]["cost"]) == (3, 4, 0.5)
    assert ledger.mark_interrupted() == []


async def test_a_writer_marks_the_dead_before_its_own_first_entry(tmp_path: Path) -> None:
    script = Script(HELD, tmp_path / "ledger.sqlite3")
    assert script.line() == "flushed"
    script.kill()
    async with _opened(tmp_path) as ledger:
        begin(ledger, "mine")
        await ledger.flush()
        assert _column(ledger.path, "group_concat(run || ' ' || status)") == "held interrupted,mine open"


def test_many_openings_at_once_end_a_dead_run_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    script = Script(HELD, path)
    assert script.line() == "flushed"
    script.kill()
    marked: list[str] = []
    threads = [threading.Thread(target=lambda: marked.extend(Ledger(path).mark_interrupted())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marked == ["held"]
    assert sum(event["type"] == "run.end" for event in Ledger(path).events("held")) == 1


def _forge(path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE runs SET {change}")
        connection.commit()


def _column(path: Path, name: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {name} FROM runs").fetchone()[0]


@pytest.mark.parametrize(
    ("change", "dead"),
    [
        ("beat = 0", False),  # this very process, after a long sleep
        ("born = 'earlier', beat = 1000", True),  # the pid was given to another process
        ("host = 'another boot', beat = 941", False),
        ("host = 'another boot', beat = 939", True),
        ("host = '', beat = 941", False),
    ],
)
def test_an_owner_is_dead_when_its_process_is_gone_or_its_heart_has_stopped(
    tmp_path: Path, change: str, dead: bool
) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(Ledger(path)) as ledger:
        begin(ledger, "run").emit("vote")
    _forge(path, change)
    assert Ledger(path, clock=lambda: 1000.0).mark_interrupted() == (["run"] if dead else [])


def test_two_processes_of_one_boot_differ_in_when_they_began(tmp_path: Path) -> None:
    body = "from symposium.ledger.owner import this_process\nprint(this_process().host, this_process().born, sep='|')"
    host, born = Script(body, tmp_path).finish().split("|")
    here = this_process()
    assert host == here.host
    if host:  # without /proc nothing but the heartbeat is known
        assert int(here.born) < int(born)


async def test_an_owner_held_for_dead_takes_its_run_back_by_writing_on(ledger: Ledger) -> None:
    bus = begin(ledger, "run")
    bus.emit("run.start")
    await ledger.flush()
    _forge(ledger.path, "host = 'another boot', beat = 0")
    assert ledger.mark_interrupted() == ["run"]
    bus.emit("vote")
    await ledger.flush()
    assert _column(ledger.path, "status") == "open"
    bus.emit("run.end")
    ledger.close_run("run", outcome("run"))
    await ledger.flush()
    assert [event["type"] for event in ledger.events("run")] == ["run.start", "vote", "run.end"]
    assert ledger.outcome("run") == outcome("run")


async def test_a_run_that_died_after_its_last_event_keeps_the_outcome_it_told(ledger: Ledger) -> None:
    bus = begin(ledger, "run")
    bus.emit("run.end", outcome=outcome("run"))
    await ledger.flush()
    _forge(ledger.path, "born = 'earlier'")
    assert ledger.mark_interrupted() == []
    assert ledger.outcome("run") == outcome("run")
    assert ledger.run("run")["status"] == "answered"


async def test_a_dead_run_with_a_line_of_a_newer_version_keeps_nobody_from_opening(ledger: Ledger) -> None:
    begin(ledger, "run").emit("vote")
    ledger.append(cast(Event, {"v": 9, "run": "run", "seq": 2, "t": 0, "type": "vote"}))
    await ledger.flush()
    _forge(ledger.path, "born = 'earlier'")
    assert ledger.mark_interrupted() == ["run"]
    assert len(list(ledger.lines("run"))) == 3


async def test_the_heart_beats_while_a_run_is_open(tmp_path: Path) -> None:
    now, beaten = iter(range(1, 1_000_000)), threading.Event()

    def clock() -> float:
        beaten.set()
        return float(next(now))

    async with _opened(tmp_path, clock=clock, heartbeat=0.001) as ledger:
        begin(ledger, "run")
        await ledger.flush()
        beats = []
        for _ in range(3):
            beaten.clear()
            await asyncio.to_thread(beaten.wait)
            await ledger.flush()
            beats.append(float(str(_column(ledger.path, "beat"))))
        assert 0 < beats[0] < beats[1] < beats[2]


def test_a_process_that_just_ends_has_written_everything(tmp_path: Path) -> None:
    body = """
    ledger = Ledger(sys.argv[1])
    bus = Bus("run")
    bus.subscribe(ledger.append)
    ledger.open_run("run", graph="vote", question="q", lineage="run")
    for number in range(5000):
        bus.emit("vote")
    """
    Script(body, tmp_path / "ledger.sqlite3").finish()
    events = list(Ledger(tmp_path / "ledger.sqlite3").events("run"))
    assert [event["type"] for event in events] == [*["vote"] * 5000, "run.end"]


def test_parent_and_child_of_a_fork_go_on_writing_apart(tmp_path: Path) -> None:
    body = """
    def run(name):
        bus = Bus(name)
        bus.subscribe(ledger.append)
        ledger.open_run(name, graph="vote", question="q", lineage=name)
        for number in range(100):
            bus.emit("vote")
        return bus

    ledger = Ledger(sys.argv[1])
    bus = run("before")
    asyncio.run(ledger.flush())
    child = os.fork()
    run("parent" if child else "child")
    if child:
        os.waitpid(child, 0)
        bus.emit("vote")
    asyncio.run(ledger.flush())
    ledger.close()
    """
    Script(body, tmp_path / "ledger.sqlite3").finish()
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    counts = {row["run"]: sum(1 for e in ledger.events(row["run"]) if e["type"] == "vote") for row in ledger.runs()}
    assert counts == {"before": 101, "parent": 100, "child": 100}


def test_a_run_finalised_by_a_garbage_collection_writes_its_end_wherever_that_happens(tmp_path: Path) -> None:
    body = """
    import gc, weakref

    class Abandoned:
        def __init__(self, bus):
            self.itself = self
            weakref.finalize(self, bus.emit, "run.end")

    async def main():
        ledger = Ledger(sys.argv[1])
        gc.set_threshold(1)
        for number in range(100):
            bus = Bus(f"run-{number}")
            bus.subscribe(ledger.append)
            ledger.open_run(bus.run, graph="vote", question="q", lineage=bus.run)
            Abandoned(bus)
            await ledger.flush(bus.run)
        gc.collect()
        await ledger.aclose()

    asyncio.run(main())
    """
    Script(body, tmp_path / "ledger.sqlite3").finish()
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ends = [[event["type"] for event in ledger.events(row["run"])] for row in ledger.runs(limit=200)]
    assert ends == [["run.end"]] * 100


# Damage


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no ledger\n" * 500)


def _torn(path: Path) -> None:
    with closing(Ledger(path)) as ledger:
        bus = begin(ledger, "run")
        for number in range(200):
            bus.emit("vote", text="x" * 200, number=number)
    written = bytearray(path.read_bytes())
    written[4096:] = b"\xff" * (len(written) - 4096)
    path.write_bytes(written)


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE cookies (name)")


def _newer(path: Path) -> None:
    with closing(Ledger(path)) as ledger:
        begin(ledger, "run")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_garbage, "is damaged or no ledger.*move it away.*SYMPOSIUM_LEDGER"),
        (_torn, "is damaged.*move it away.*SYMPOSIUM_LEDGER"),
        (_foreign, "another program's database.*SYMPOSIUM_LEDGER"),
        (_newer, "newer version.*upgrade"),
        (_folder, "cannot be .*permissions.*SYMPOSIUM_LEDGER"),
    ],
)
async def test_an_unusable_file_is_named_with_what_to_do_and_never_breaks_the_run(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "ledger.sqlite3"
    damage(path)
    kept = path.read_bytes() if path.is_file() else None
    async with _opened(tmp_path) as ledger:
        begin(ledger, "mine").emit("vote")
        with pytest.raises(ConfigurationError, match=words) as told:
            await ledger.flush("mine")
        assert str(path) in str(told.value)
        assert "\n" not in str(told.value)
        assert await ledger.recall("mine", "key") is None
        with pytest.raises(ConfigurationError, match=words):
            await ledger.spent("mine")
        with pytest.raises(ConfigurationError, match=words):
            ledger.runs()
        with pytest.raises(ConfigurationError, match=words):
            ledger.mark_interrupted()
    assert (path.read_bytes() if path.is_file() else None) == kept


async def test_a_folder_that_cannot_be_made_is_told_at_the_flush(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with _opened(tmp_path / "file" / "folder") as ledger:
        begin(ledger, "run").emit("vote")
        with pytest.raises(ConfigurationError, match="check the folder"):
            await ledger.flush("run")
        assert ledger.runs() == []


def test_a_full_disk_is_told_at_the_flush_and_writing_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    body = """
    import resource
    from symposium.ledger.records import ConfigurationError

    async def main():
        ledger = Ledger(sys.argv[1])
        bus = Bus("run")
        bus.subscribe(ledger.append)
        ledger.open_run("run", graph="vote", question="q", lineage="run")
        bus.emit("run.start")
        await ledger.flush("run")
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        for number in range(20):
            bus.emit("vote", text="x" * 100_000)
        try:
            await ledger.flush("run")
        except ConfigurationError as error:
            print(error)
        print(bus.warnings)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        bus.emit("quorum")
        await ledger.flush("run")
        await ledger.aclose()

    asyncio.run(main())
    """
    told, warnings = Script(body, tmp_path / "ledger.sqlite3").finish().splitlines()
    assert str(tmp_path / "ledger.sqlite3") in told
    assert "disk" in told
    assert warnings == "[]"
    kept = [event["type"] for event in Ledger(tmp_path / "ledger.sqlite3").events("run")]
    assert (kept[0], kept[-2:]) == ("run.start", ["quorum", "run.end"])
    assert len(kept) < 20


READ_ONLY = """
from symposium.ledger.records import ConfigurationError
import asyncio.timeouts, asyncio.taskgroups

if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)

async def main():
    ledger = Ledger(sys.argv[1])
    print(len(list(ledger.events("run"))), ledger.runs()[0]["status"])
    bus = Bus("mine")
    bus.subscribe(ledger.append)
    ledger.open_run("mine", graph="vote", question="q", lineage="mine")
    bus.emit("vote")
    try:
        await ledger.flush("mine")
    except ConfigurationError as error:
        print(error)
    print(bus.warnings)
    await ledger.aclose()

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_a_read_only_ledger_can_be_read_and_writing_it_is_told_at_the_flush(open_folder: Path) -> None:
    path = open_folder / "ledger.sqlite3"
    with closing(Ledger(path)) as ledger:
        begin(ledger, "run").emit("vote")
    path.chmod(0o444)
    open_folder.chmod(0o555)
    read, told, warnings = Script(READ_ONLY, path).finish().splitlines()
    open_folder.chmod(0o755)
    assert read == "1 open"
    assert str(path) in told
    assert "SYMPOSIUM_LEDGER" in told
    assert warnings == "[]"


class _opened:
    """A ledger in a folder, closed at the end of the block."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.ledger = Ledger(folder / "ledger.sqlite3", **options)

    async def __aenter__(self) -> Ledger:
        return self.ledger

    async def __aexit__(self, *_: object) -> None:
        await self.ledger.aclose()
