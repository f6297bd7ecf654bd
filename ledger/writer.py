"""The one thread that writes a ledger: short transactions, a queue in front, and a memory of what was lost."""

import atexit
import os
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any

from symposium.ledger.records import ConfigurationError
from symposium.ledger.schema import primary

BATCH = 500  # jobs in one transaction: other processes get their turn between two
STUBBORN = 30.0  # seconds of BUSY after which a batch is given up

Work = Callable[[sqlite3.Connection], object]


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work for one transaction; `run` bears the loss if it fails, `reply` (if any) is told the result."""

    work: Work
    run: str | None = None
    reply: "Future[Any] | None" = None  # Any: as many types as there are kinds of work


class Writer:
    """Do jobs in order in a thread of its own, which the first job starts.

    `opened` gives the connection, `explain` words for what went wrong, `pulse` runs every `every` seconds while the
    set `watched` is not empty.
    """

    def __init__(
        self,
        opened: Callable[[], sqlite3.Connection],
        *,
        explain: Callable[[BaseException], ConfigurationError],
        pulse: Work,
        every: float,
    ) -> None:
        self.watched: set[str] = set()
        self._opened = opened
        self._explain = explain
        self._pulse = pulse
        self._every = every
        self._lost: dict[str | None, ConfigurationError] = {}
        self._connection: sqlite3.Connection | None = None
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()  # a garbage collection inside may finalise a run, which writes its end
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()  # None ends the thread
        self._thread: threading.Thread | None = None
        self._closed = False
        self._finished: Future[None] = Future()
        self._finished.set_running_or_notify_cancel()  # from here on no waiter can cancel it for the others
        self._beaten = time.monotonic()

    def submit(self, work: Work, *, run: str) -> None:
        """Queue work and return at once; what goes wrong is kept for `loss`."""
        if not self._put(Job(work=work, run=run)):
            self._lost.setdefault(run, _closed())

    def ask(self, work: Work) -> "Future[Any]":
        """Queue work and give its result, once committed, as a future."""
        reply: Future[Any] = Future()
        if not self._put(Job(work=work, reply=reply)):
            reply.set_exception(_closed())
        return reply

    def settled(self) -> "Future[Any]":
        """Give a future that is done once everything queued by now has been committed or lost."""
        with self._lock:
            reply: Future[Any] = Future()
            if self.idle:
                reply.set_result(None)
            elif self._closed:
                reply = self._finished
            else:
                self._jobs.put(Job(work=_nothing, reply=reply))
            return reply

    @property
    def idle(self) -> bool:
        """Tell whether no thread runs, so that nothing can be waiting to be written."""
        return self._thread is None or not self._thread.is_alive()

    def loss(self, run: str | None) -> ConfigurationError | None:
        """Take the remembered failure of one run, or of any."""
        if run is None:
            losses, self._lost = self._lost, {}
            return next(iter(losses.values()), None)
        return self._lost.pop(run, None)

    def stop(self) -> None:
        """Take no more jobs; the thread ends once the queued ones are done."""
        with self._lock:
            self._closed = True
            self._jobs.put(None)

    def join(self) -> None:
        """Wait for the thread to end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _put(self, job: Job) -> bool:
        with self._lock:
            if self._closed:
                return False
            self._jobs.put(job)
            return self._thread is not None or self._start()

    def _start(self) -> bool:
        _guard_process()
        thread = threading.Thread(target=self._serve, name="symposium-ledger", daemon=True)
        if self._thread is None:  # still: a collection may have come in between
            self._thread = thread
            _RUNNING.add(self)
            try:
                thread.start()
            except RuntimeError:  # out of threads, or the process is ending
                self._thread = None
                _RUNNING.discard(self)
        return self._thread is not None

    def _serve(self) -> None:
        try:
            while self._turn():
                pass
        finally:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            with self._lock:
                _RUNNING.discard(self)
            self._finished.set_result(None)

    def _turn(self) -> bool:
        batch = self._batch()
        jobs = [job for job in batch if job is not None]
        if jobs:
            self._commit(jobs)
        if self.watched and time.monotonic() - self._beaten >= self._every:
            self._beaten = time.monotonic()
            self._commit([Job(work=self._pulse)])
        return len(jobs) == len(batch)

    def _batch(self) -> list[Job | None]:
        batch: list[Job | None] = []
        try:
            batch.append(self._jobs.get(timeout=self._every if self.watched else None))
            while batch[-1] is not None and len(batch) < BATCH:
                batch.append(self._jobs.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _commit(self, jobs: list[Job]) -> None:
        try:
            results = self._persist(jobs)
        except Exception as error:  # whatever it is: a dead thread would leave every later flush waiting for ever
            results = [error] * len(jobs)
        for job, result in zip(jobs, results, strict=True):
            self._settle(job, result)

    def _settle(self, job: Job, result: object) -> None:
        failure = self._explain(result) if isinstance(result, Exception) else None
        if job.reply is None:
            if failure is not None:
                self._lost.setdefault(job.run, failure)
        elif job.reply.set_running_or_notify_cancel():
            if failure is not None:
                job.reply.set_exception(failure)
            else:
                job.reply.set_result(result)

    def _persist(self, jobs: list[Job]) -> list[object]:
        deadline = time.monotonic() + STUBBORN
        while True:
            try:
                return self._transact(jobs)
            except sqlite3.OperationalError as error:
                if primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0.005, 0.05))  # some kinds of BUSY come at once, whatever the busy timeout

    def _transact(self, jobs: list[Job]) -> list[object]:
        connection = self._connection = self._connection or self._opened()
        connection.execute("BEGIN IMMEDIATE")
        try:
            results = [_attempt(job.work, connection) for job in jobs]
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
        return results


def _nothing(connection: sqlite3.Connection) -> None:
    """Mark a place in the queue."""


def _closed() -> ConfigurationError:
    return ConfigurationError("the ledger takes no more entries: it was closed, or the process is ending")


def _attempt(work: Work, connection: sqlite3.Connection) -> object:
    """Do one job; what is wrong with itself, and not with the file, is its own failure and not its neighbours'."""
    try:
        return work(connection)
    except (sqlite3.OperationalError, sqlite3.InternalError):
        raise
    except Exception as error:
        if type(error) is sqlite3.DatabaseError:  # a damaged file
            raise
        return error


_RUNNING: set[Writer] = set()
_INHERITED: list[object] = []


@cache
def _guard_process() -> None:
    """Drain every writer at the end of the process, and begin anew in a forked child."""
    atexit.register(_drain)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forget)


def _drain() -> None:
    for writer in tuple(_RUNNING):
        writer.stop()
        writer.join()


def _forget() -> None:
    for writer in tuple(_RUNNING):
        # Closing a connection in a child would break the parent's locks: it is kept, unused.
        # https://www.sqlite.org/howtocorrupt.html, section 2.6
        _INHERITED.append(writer._connection)
        writer._connection = None
        writer.watched.clear()
        writer._begin()
    _RUNNING.clear()
