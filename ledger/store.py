"""The ledger: every run with its events, outcome and paid drafts, in one SQLite file that many processes share."""

import json
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, cast, get_args

from typing_extensions import TypedDict

from symposium.ledger import schema
from symposium.ledger.events import compact, decode, encode
from symposium.ledger.outcomes import interrupted
from symposium.ledger.owner import Owner, alive, forsaken, let_go, this_process
from symposium.ledger.records import (
    EVENTS_VERSION,
    ConfigurationError,
    Draft,
    Event,
    Outcome,
    Status,
    UsageError,
    nearest,
)
from symposium.ledger.totals import EndEvent, Spent, spent
from symposium.ledger.writer import Writer

GLANCE = 0.1  # seconds between two looks at a run that is waited for
ANSWERING = ("open", "answered", "partial", "abstained")  # the states of a run that need not be asked for again
PAGE = 500  # events read at once: no read transaction stays open while they are consumed

RunStatus = Literal["open"] | Status


class RunRow(TypedDict):
    """One run at a glance; `started` and `ended` are seconds since the epoch."""

    run: str
    graph: str
    question: str
    lineage: str
    thread: str | None
    status: RunStatus
    started: float
    ended: float | None


def default_path() -> Path:
    """Name the user's ledger file; the environment variable SYMPOSIUM_LEDGER overrules it."""
    if named := os.environ.get("SYMPOSIUM_LEDGER"):
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("symposium", appauthor=False) / "ledger.sqlite3"


class Ledger:
    """Append-only memory of runs, for any number of threads, tasks and processes at once.

    Writing never blocks and never raises: one thread, started by the first write, does it, and `flush` tells what
    went wrong. The first use of a file also marks the runs whose process has died. Methods that are neither writes
    nor coroutines read from the file, in the thread that calls them, what has been committed.
    """

    def __init__(
        self, path: Path | str | None = None, *, clock: Callable[[], float] = time.time, heartbeat: float = 2.0
    ) -> None:
        self.path = default_path() if path is None else Path(path)
        self._clock = clock
        self._ready = False
        self._writer = Writer(
            partial(_open, self.path, clock),
            explain=partial(schema.explain, self.path),
            pulse=partial(_beat, clock),
            every=heartbeat,
        )
        weakref.finalize(self, self._writer.stop).atexit = False  # the writer drains itself at the process's end

    def append(self, event: Event) -> None:
        """Record an event; fit to be a sink of the bus."""
        row = (event["run"], event["seq"], event["type"], encode(event))
        self._writer.submit(partial(_record, row), run=event["run"])

    def open_run(self, run: str, *, graph: str, question: str, lineage: str, thread: str | None = None) -> None:
        """Begin a run that this process owns; its resumptions are other runs of the same lineage."""
        row = (run, graph, _text(question), lineage, thread, self._clock())
        self._writer.watched.add(run)
        self._writer.submit(partial(_begin, row), run=run)

    async def claim(self, request: str, *, asked: str, run: str, graph: str, question: str, lineage: str) -> str | None:
        """Begin a run that answers a request, or give the id of the run which does so already, or has done.

        A run that failed, was cancelled or interrupted answers nothing. `asked` names what is asked.

        Raises:
            UsageError: the request asked something else before.
            ConfigurationError: the ledger cannot be used.
        """
        from asyncio import wrap_future

        row = (run, graph, _text(question), lineage, None, self._clock())
        held = await wrap_future(self._writer.ask(partial(_claim, request, asked, row)))
        if held is None:
            self._writer.watched.add(run)
            return None
        return answering(request, asked, *held)

    async def ending(self, run: str) -> Outcome:
        """Wait for the end of a run, which may be another process's, and give its outcome."""
        from asyncio import sleep, to_thread

        while (outcome := await to_thread(self._ended, run)) is None:  # noqa: ASYNC110 - no process tells another
            await sleep(GLANCE)
        return outcome

    def close_run(self, run: str, outcome: Outcome) -> None:
        """End a run with its outcome; its `run.end` event comes through `append` like every other."""
        self._writer.watched.discard(run)
        row = (outcome["status"], self._clock(), compact(outcome), run)
        self._writer.submit(partial(_end, row), run=run)

    def remember(self, lineage: str, key: str, draft: Draft) -> None:
        """Keep an ended call's draft for later runs of its lineage; the first one under a key stays."""
        row = (lineage, key, compact(draft))
        self._writer.submit(partial(_remember, row), run=lineage)

    async def recall(self, lineage: str, key: str) -> Draft | None:
        """Give the draft remembered under a key, None where there is none or the ledger cannot be read."""
        from asyncio import wrap_future

        try:
            found = await wrap_future(self._writer.ask(partial(_recall, (lineage, key))))
        except ConfigurationError:
            return None  # a broken ledger costs a second payment, not the answer; flush tells of it
        return cast("Draft | None", found)

    async def spent(self, lineage: str) -> Spent:
        """Count what the runs of a lineage have spent, so that a resumed run goes on with the rest of its budget.

        Raises:
            ConfigurationError: the ledger cannot be read.
        """
        from asyncio import wrap_future

        return cast(Spent, await wrap_future(self._writer.ask(partial(_spent, lineage))))

    async def latencies(self, model: str, *, address: str | None) -> list[float]:
        """Give the seconds that a model's calls at an address took in the last runs, the latest last.

        `address` as `call.start` has it. Empty where nobody can tell.
        """
        from asyncio import wrap_future

        try:
            return cast("list[float]", await wrap_future(self._writer.ask(partial(_latencies, model, address))))
        except ConfigurationError:
            return []  # flush tells of it

    async def flush(self, run: str | None = None) -> None:
        """Wait until all that was queued is committed.

        Raises:
            ConfigurationError: something of this run (of any run, if none is named) could not be kept; told once.
        """
        from asyncio import wrap_future

        try:
            await wrap_future(self._writer.settled())
        except ConfigurationError as error:
            raise self._writer.loss(run) or error from None
        if loss := self._writer.loss(run):
            raise loss

    async def aclose(self) -> None:
        """Write what is queued and end the thread, without blocking the loop."""
        from asyncio import sleep, wrap_future

        self._writer.stop()
        await wrap_future(self._writer.settled())
        while not self._writer.idle:  # noqa: ASYNC110 - the thread has nothing left to do but to end; joining blocks
            await sleep(0)

    def close(self) -> None:
        """Write what is queued and end the thread; later writes are refused and told by `flush`."""
        self._writer.stop()
        self._writer.join()

    def mark_interrupted(self) -> list[str]:
        """End every open run with nobody left who could with an outcome that says so; return their ids."""
        try:
            if not self.path.exists():
                return []
            with closing(schema.writable(self.path)) as connection:
                marked = _mark(self._clock(), connection)
        except (sqlite3.Error, OSError) as error:
            raise schema.explain(self.path, error) from error
        self._writer.watched.difference_update(marked)
        for run in marked:
            let_go(run)
        return marked

    def runs(
        self,
        *,
        limit: int = 20,
        status: RunStatus | None = None,
        graph: str | None = None,
        lineage: str | None = None,
        thread: str | None = None,
    ) -> list[RunRow]:
        """List runs, the newest first."""
        known = ("open", *get_args(Status))
        if status is not None and status not in known:
            raise UsageError(f"no run has the status '{status}'; {nearest(status, known)}")
        wanted = {"status": status, "graph": graph, "lineage": lineage, "thread": thread}
        chosen = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = :{column}" for column in chosen) or "1"
        query = f"SELECT {_ROW} FROM runs WHERE {where} ORDER BY started DESC, run LIMIT :limit"
        return [_row(found) for found in self._read(query, {**chosen, "limit": limit})]

    def run(self, id_or_prefix: str) -> RunRow:
        """Find a run by its id or the beginning of it.

        Raises:
            UsageError: no run is called so, or more than one.
        """
        found = self._found(id_or_prefix)
        if len(found) == 1 or (found and found[0]["run"] == id_or_prefix):
            return found[0]
        if found:
            raise UsageError(f"'{id_or_prefix}' begins several runs: {', '.join(row['run'] for row in found[:5])}")
        raise UsageError(
            f"no run '{id_or_prefix}'; {nearest(id_or_prefix, [row['run'] for row in self.runs(limit=10)])}"
        )

    def lines(self, id_or_prefix: str) -> Iterator[str]:
        """Give a run's events as they were recorded, one canonical NDJSON line each, without line ends."""
        return self._lines(self.run(id_or_prefix)["run"])

    def events(self, id_or_prefix: str) -> Iterator[Event]:
        """Give a run's events in the order of `seq`."""
        return map(decode, self.lines(id_or_prefix))

    def outcome(self, id_or_prefix: str) -> Outcome | None:
        """Give a run's outcome, None while it is open."""
        run = self.run(id_or_prefix)["run"]
        ((text,),) = self._read("SELECT outcome FROM runs WHERE run = :run", {"run": run})
        return cast(Outcome, json.loads(text)) if text else None

    def _found(self, beginning: str) -> list[RunRow]:
        """The first few runs whose ids begin so."""
        query = f"SELECT {_ROW} FROM runs WHERE run >= :id AND substr(run, 1, :length) = :id ORDER BY run LIMIT 6"
        return [_row(found) for found in self._read(query, {"id": beginning, "length": len(beginning)})]

    def _ended(self, run: str) -> Outcome | None:
        self.mark_interrupted()
        return self.outcome(run)

    def _lines(self, run: str) -> Iterator[str]:
        query = "SELECT seq, line FROM events WHERE run = :run AND seq > :seq ORDER BY seq LIMIT :page"
        seq = -1
        while page := self._read(query, {"run": run, "seq": seq, "page": PAGE}):
            yield from (line for _, line in page)
            seq = page[-1][0]

    def _read(self, query: str, values: dict[str, str | int]) -> list[tuple[Any, ...]]:
        try:
            self._prepare()
            if not self.path.exists():
                return []
            with closing(schema.readable(self.path)) as connection:
                return connection.execute(query, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise schema.explain(self.path, error) from error

    def _prepare(self) -> None:
        """Bring the file up to date before its first reading, where it can be written."""
        if self._ready or not self.path.exists():
            return
        try:
            self.mark_interrupted()
        except ConfigurationError as error:
            cause = error.__cause__
            if not isinstance(cause, OSError) and not (isinstance(cause, sqlite3.Error) and _unwritable(cause)):
                raise
        self._ready = True


_ROW = "run, graph, question, lineage, thread, status, started, ended"


def _row(found: tuple[Any, ...]) -> RunRow:  # Any: sqlite3 types no columns
    return cast(RunRow, dict(zip(_ROW.split(", "), found, strict=True)))


def answering(request: str, asked: str, run: str, before: str) -> str:
    """Give the run that answers a request.

    Raises:
        UsageError: what the request asked before was something else.
    """
    if asked != before:
        raise UsageError(f"the request id '{request}' stands for another question or graph already (run {run})")
    return run


def _unwritable(error: sqlite3.Error) -> bool:
    return schema.primary(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def _text(text: str) -> str:
    """Replace what UTF-8 cannot hold, as in events."""
    return cast(str, json.loads(compact(text)))


def _open(path: Path, clock: Callable[[], float]) -> sqlite3.Connection:
    connection = schema.writable(path)
    try:
        _mark(clock(), connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(row: tuple[str, str, str, str, str | None, float], connection: sqlite3.Connection) -> None:
    owner = this_process()
    connection.execute(
        f"INSERT INTO runs ({_ROW}, pid, born, host, beat) VALUES (?, ?, ?, ?, ?, 'open', ?, NULL, ?, ?, ?, ?)",
        (*row, owner.pid, owner.born, owner.host, row[-1]),
    )


def _claim(
    request: str, asked: str, row: tuple[str, str, str, str, str | None, float], connection: sqlite3.Connection
) -> tuple[str, str] | None:
    """Give the run that answers a request and what that asked, None where it is the one of this row from now on."""
    query = "SELECT run, asked, status FROM requests LEFT JOIN runs USING (run) WHERE request = ?"
    held = connection.execute(query, (request,)).fetchone()
    if held and (held[1] != asked or held[2] in ANSWERING):
        return held[0], held[1]
    _begin(row, connection)
    connection.execute(
        "INSERT OR REPLACE INTO requests (request, asked, run) VALUES (?, ?, ?)", (request, asked, row[0])
    )
    return None


def _record(row: tuple[str, int, str, str], connection: sqlite3.Connection) -> None:
    insert = "INSERT INTO events (run, seq, type, line) VALUES (?, ?, ?, ?)"
    try:
        connection.execute(insert, row)
    except sqlite3.IntegrityError:
        if not _revive(row[0], connection):
            raise
        connection.execute(insert, row)


def _revive(run: str, connection: sqlite3.Connection) -> bool:
    """Take back the end of a run which another machine held for dead, now that its owner goes on writing."""
    reopen = "UPDATE runs SET status = 'open', ended = NULL, outcome = NULL WHERE run = ? AND status = 'interrupted'"
    revived = connection.execute(reopen, (run,)).rowcount == 1
    if revived:
        connection.execute("DELETE FROM events WHERE run = ? AND type = 'run.end'", (run,))
    return revived


def _end(row: tuple[str, float, str, str], connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE runs SET status = ?, ended = ?, outcome = ? WHERE run = ?", row)


def _beat(clock: Callable[[], float], connection: sqlite3.Connection) -> None:
    owner = this_process()
    connection.execute(
        "UPDATE runs SET beat = ? WHERE status = 'open' AND pid = ? AND born = ? AND host = ?",
        (clock(), owner.pid, owner.born, owner.host),
    )


def _remember(row: tuple[str, str, str], connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO drafts (lineage, key, draft) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row)


def _recall(place: tuple[str, str], connection: sqlite3.Connection) -> Draft | None:
    found = connection.execute("SELECT draft FROM drafts WHERE lineage = ? AND key = ?", place).fetchone()
    return cast(Draft, json.loads(found[0])) if found else None


def _spent(lineage: str, connection: sqlite3.Connection) -> Spent:
    query = """
        SELECT run, line FROM runs JOIN events USING (run)
        WHERE lineage = ? AND type IN ('call.start', 'call.end', 'call.error') ORDER BY run, seq
    """
    rows = connection.execute(query, (lineage,)).fetchall()
    return added(spent(decode(line) for _, line in lines) for _, lines in groupby(rows, key=itemgetter(0)))


def added(spendings: Iterable[Spent]) -> Spent:
    """Add up what several runs have spent."""
    parts = list(spendings)
    return Spent(
        calls=sum(part["calls"] for part in parts),
        tokens=sum(part["tokens"] for part in parts),
        money=sum(part["money"] for part in parts),
    )


def _latencies(model: str, address: str | None, connection: sqlite3.Connection) -> list[float]:
    query = """
        WITH recent AS (SELECT run FROM runs ORDER BY started DESC LIMIT 50),
        asked AS (
            SELECT run, json_extract(line, '$.call') AS call FROM recent JOIN events USING (run)
            WHERE type = 'call.start' AND json_extract(line, '$.attempt') = 1 AND json_extract(line, '$.target') = ?
            AND json_extract(line, '$.address') IS ?
        )
        SELECT json_extract(line, '$.latency') FROM asked JOIN events USING (run)
        WHERE type = 'call.end' AND json_extract(line, '$.call') = call AND NOT json_extract(line, '$.cancelled')
        ORDER BY json_extract(line, '$.t')
    """
    return [latency for (latency,) in connection.execute(query, (model, address))]


def _mark(now: float, connection: sqlite3.Connection) -> list[str]:
    held = connection.execute("SELECT run, pid, born, host, beat FROM runs WHERE status = 'open'").fetchall()
    dead = [
        run
        for run, pid, born, host, beat in held
        if forsaken(run) or not alive(Owner(pid, born, host), beat=beat, now=now)
    ]
    return [run for run in dead if _interrupt(run, connection)]


def _interrupt(run: str, connection: sqlite3.Connection) -> bool:
    """End one dead run in a transaction of its own; false where it has ended meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.execute("SELECT graph, pid, beat FROM runs WHERE run = ? AND status = 'open'", (run,))
        row = found.fetchone()
        ended = row is not None and _lay_down(run, row, connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return ended


def _lay_down(run: str, row: tuple[str, int, float], connection: sqlite3.Connection) -> bool:
    graph, pid, beat = row
    events = _legible(connection.execute("SELECT line FROM events WHERE run = ? ORDER BY seq", (run,)))
    last = max([beat, *(event["t"] for event in events)])  # its last sign of life
    who = "event loop" if forsaken(run) else "process"
    words = f"the {who} that ran it (pid {pid}) ended before the run did"
    outcome = _told(events) or interrupted(run, graph=graph, events=events, words=words)
    if not any(event["type"] == "run.end" for event in events):
        (seq,) = connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM events WHERE run = ?", (run,)).fetchone()
        envelope = {"v": EVENTS_VERSION, "run": run, "seq": seq, "t": last, "type": "run.end"}
        _record((run, seq, "run.end", encode(cast(Event, {**envelope, "outcome": outcome}))), connection)
    _end((outcome["status"], last, compact(outcome), run), connection)
    return outcome["status"] == "interrupted"


def _told(events: list[Event]) -> Outcome | None:
    """Give the outcome of a run that died between its last event and the closing of the run."""
    ends = [cast(EndEvent, event) for event in events if event["type"] == "run.end"]
    return ends[-1].get("outcome") if ends else None


def _legible(lines: Iterable[tuple[str]]) -> list[Event]:
    """Leave out what a newer version wrote: one odd line must not keep the whole ledger from opening."""
    events = []
    for (line,) in lines:
        with suppress(UsageError):
            events.append(decode(line))
    return events
