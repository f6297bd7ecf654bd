"""Who asks the questions of a benchmark: this process, or several that share the record."""

import asyncio
import hashlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Protocol, TypeVar

from symposium.evals.record import Record, digest
from symposium.evals.replay import RECORDED, model_of, replaying
from symposium.evals.rows import Row, Sitting
from symposium.models.endpoints import disconnect, warm, wrapped
from symposium.models.run import ledger_at
from symposium.training.world.dataset import Question

T = TypeVar("T")
AT_ONCE = 16  # questions in flight in one process


@dataclass(frozen=True)
class Task:
    """Some questions of a set for one row; `key` and `program` name the row in the record."""

    row: Row
    key: str
    paper: str
    questions: tuple[Question, ...]
    seed: int
    program: str


def question_key(question: Question) -> str:
    """Name a question by its words and its right answer."""
    return digest([question.text, question.answer])


class Desk:
    """Where questions are asked: endpoints that replay from the record, and a ledger that is thrown away."""

    def __init__(self, record: Record, ledger: Path) -> None:
        self.record, self.ledger = record, ledger
        self._runner = asyncio.Runner()  # one event loop for all tasks: an interruption meets none in the making
        self._runner.get_loop()
        self.fresh: Counter[str] = Counter()

    def answered(self, task: Task) -> dict[str, Any]:
        """Ask the questions of a task, keep what comes of them and give it by question."""
        results = self._run(self._answered(task))
        self.record.keep_results(task.key, results, program=task.program)
        return results

    def close(self) -> None:
        """Close the endpoints and the event loop."""
        with self._runner:
            self._run(disconnect())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end; what an interruption keeps from its first step is closed without a word."""
        try:
            return self._runner.run(work)
        finally:
            work.close()

    async def _answered(self, task: Task) -> dict[str, Any]:
        await warm(task.row.members)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(question: Question) -> Any:
            async with places:
                return await task.row.ask(question, Sitting(seed=_seed(task.seed, question), ledger=self.ledger))

        with self._metered(task.row):
            found = await asyncio.gather(*map(one, task.questions))
        return {question_key(question): result for question, result in zip(task.questions, found, strict=True)}

    @contextmanager
    def _metered(self, row: Row) -> Iterator[None]:
        """Measure what one mind costs while nobody else speaks: the CPU time of all threads but the event loop's."""
        if row.kind != "mind" or row.members[0].provider != RECORDED:
            yield
            return
        model = model_of(row.members[0])
        before, began = self.fresh[model], _other_threads()
        yield
        if tokens := self.fresh[model] - before:
            self.record.measured(model, tokens=tokens, cpu_s=_other_threads() - began)


def _other_threads() -> float:
    return time.process_time() - time.thread_time()


def _seed(seed: int, question: Question) -> int:
    """The seed of a question's run: 31 bits, the same whatever is asked before it."""
    named = hashlib.sha256(f"{seed}|{question_key(question)}".encode()).digest()
    return int.from_bytes(named[:4], "big") >> 1


@contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """Set up a desk in this process."""
    record = Record(folder)
    with tempfile.TemporaryDirectory(prefix="symposium-bench-", ignore_cleanup_errors=True) as temporary:
        made = Desk(record, Path(temporary) / "ledger.sqlite3")
        with wrapped(replaying(record, made.fresh)):
            try:
                yield made
            finally:
                made.close()
                ledger_at(made.ledger).close()
                record.close()


# One process or several


class Workers(Protocol):
    """Those who do tasks."""

    def done(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, dict[str, Any]]]:
        """Do the tasks and yield each with its results by question, as they come."""
        ...


class Here:
    """Does tasks in this process, one after the other."""

    def __init__(self, own: Desk) -> None:
        self._desk = own

    def done(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, dict[str, Any]]]:
        """Do the tasks in order."""
        for task in tasks:
            yield task, self._desk.answered(task)


class Pool:
    """Hands tasks to processes; few wait in line, so that an interruption waits for few."""

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool, self._room = pool, count + 1

    def done(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, dict[str, Any]]]:
        """Do the tasks side by side."""
        waiting, out = iter(tasks), dict[Future[dict[str, Any]], Task]()
        while True:
            for task in islice(waiting, self._room - len(out)):
                out[self._pool.submit(_work, task)] = task
            if not out:
                return
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                yield out.pop(future), future.result()


@contextmanager
def workers(count: int, folder: Path) -> Iterator[Workers]:
    """Have tasks done by so many processes; a single one is this process.

    Leaving waits for the tasks in flight, so that what they have paid for is kept.
    """
    if count == 1:
        with desk(folder) as own:
            yield Here(own)
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=(folder,))
    try:
        yield Pool(pool, count)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_lasting = ExitStack()  # what a worker process holds until it ends
_desks: list[Desk] = []


def _begin(folder: Path) -> None:
    """Prepare a worker process: it leaves Ctrl-C to its parent and ends when that one dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _desks.append(_lasting.enter_context(desk(folder)))
    Finalize(None, _lasting.close, exitpriority=1)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        shutil.rmtree(_desks[0].ledger.parent, ignore_errors=True)
        os._exit(1)


def _work(task: Task) -> dict[str, Any]:
    return _desks[0].answered(task)
