"""The ledger that is kept in memory: for benchmarks, and for servers that must leave nothing on the disk."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from symposium.ledger.events import encode
from symposium.ledger.outcomes import interrupted
from symposium.ledger.owner import forsaken, let_go
from symposium.ledger.records import Draft, Event, Outcome
from symposium.ledger.store import ANSWERING, Ledger, RunRow, RunStatus, added, answering
from symposium.ledger.totals import Spent, spent

MEMORY = Path(":memory:")
"""What stands for this ledger where a file's path is asked for."""

KEPT = 256  # ended runs; the oldest are forgotten
FORSAKEN = "the event loop that ran it ended before the run did"


@dataclass
class _Run:
    """One run as it is remembered."""

    row: RunRow
    events: list[Event] = field(default_factory=list)
    outcome: Outcome | None = None


class MemoryLedger(Ledger):
    """A ledger without a file: nothing is encoded or written, and nothing outlives the process.

    It belongs to one thread. Of the ended runs it keeps the `kept` that began last; the paid drafts of a lineage go
    with the last of its runs.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, kept: int = KEPT) -> None:
        super().__init__(MEMORY, clock=clock)
        self._kept = kept
        self._runs: dict[str, _Run] = {}
        self._drafts: dict[str, dict[str, Draft]] = {}
        self._families: Counter[str] = Counter()  # how many runs of each lineage are kept
        self._requests: dict[str, tuple[str, str]] = {}  # the run that answers each, and what it asks

    def append(self, event: Event) -> None:
        """Record an event; fit to be a sink of the bus."""
        if run := self._runs.get(event["run"]):
            run.events.append(event)

    def open_run(self, run: str, *, graph: str, question: str, lineage: str, thread: str | None = None) -> None:
        """Begin a run; its resumptions are other runs of the same lineage."""
        self._families[lineage] += 1
        started = self._clock()
        self._runs[run] = _Run(
            RunRow(
                run=run,
                graph=graph,
                question=question,
                lineage=lineage,
                thread=thread,
                status="open",
                started=started,
                ended=None,
            )
        )

    async def claim(self, request: str, *, asked: str, run: str, graph: str, question: str, lineage: str) -> str | None:
        """Begin a run that answers a request, or give the id of the run which does so already, or has done."""
        held, before = self._requests.get(request, ("", asked))
        if before != asked or (held in self._runs and self._runs[held].row["status"] in ANSWERING):
            return answering(request, asked, held, before)
        self.open_run(run, graph=graph, question=question, lineage=lineage)
        self._requests[request] = (run, asked)
        return None

    def close_run(self, run: str, outcome: Outcome) -> None:
        """End a run with its outcome, and forget the oldest ended one that is too many."""
        kept = self._runs[run]
        kept.row = {**kept.row, "status": outcome["status"], "ended": self._clock()}
        kept.outcome = outcome
        if len(self._runs) > self._kept:
            oldest = next((name for name, one in self._runs.items() if one.outcome is not None), run)
            self._forget(oldest)

    def remember(self, lineage: str, key: str, draft: Draft) -> None:
        """Keep an ended call's draft for later runs of its lineage; the first one under a key stays."""
        self._drafts.setdefault(lineage, {}).setdefault(key, draft)

    async def recall(self, lineage: str, key: str) -> Draft | None:
        """Give the draft remembered under a key, None where there is none."""
        return self._drafts.get(lineage, {}).get(key)

    async def spent(self, lineage: str) -> Spent:
        """Count what the runs of a lineage have spent."""
        return added(spent(one.events) for one in self._runs.values() if one.row["lineage"] == lineage)

    async def latencies(self, model: str, *, address: str | None) -> list[float]:
        """Know of no other process, whose calls this one has not seen."""
        return []

    async def flush(self, run: str | None = None) -> None:
        """Return at once: there is nothing to wait for."""

    def mark_interrupted(self) -> list[str]:
        """End every open run with nobody left who could; those of other processes died with them."""
        left = [one for one in list(self._runs.values()) if one.outcome is None and forsaken(one.row["run"])]
        for one in left:
            run, graph = one.row["run"], one.row["graph"]
            self.close_run(run, interrupted(run, graph=graph, events=one.events, words=FORSAKEN))
            let_go(run)
        return [one.row["run"] for one in left]

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
        wanted = {"status": status, "graph": graph, "lineage": lineage, "thread": thread}
        chosen = {column: value for column, value in wanted.items() if value is not None}
        rows = (one.row for one in reversed(self._runs.values()))
        return [row for row in rows if all(row.get(column) == value for column, value in chosen.items())][:limit]

    def outcome(self, id_or_prefix: str) -> Outcome | None:
        """Give a run's outcome, None while it is open."""
        return self._runs[self.run(id_or_prefix)["run"]].outcome

    def _found(self, beginning: str) -> list[RunRow]:
        return [one.row for name, one in sorted(self._runs.items()) if name.startswith(beginning)]

    def _lines(self, run: str) -> Iterator[str]:
        return map(encode, list(self._runs[run].events))

    def _forget(self, run: str) -> None:
        lineage = self._runs.pop(run).row["lineage"]
        self._requests = {name: held for name, held in self._requests.items() if held[0] != run}
        self._families[lineage] -= 1
        if not self._families[lineage]:
            del self._families[lineage]
            self._drafts.pop(lineage, None)
