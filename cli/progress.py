"""How long work is shown: a bar with the time left on a terminal, else one line for each finished part."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from symposium.cli.terminal import console, lively

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from symposium.evals.bench import Watcher


@contextmanager
def watching() -> Iterator["Watcher"]:
    """Show a benchmark on stderr while it runs."""
    if not lively(sys.stderr):
        yield _Lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(sys.stderr), speed_estimate_period=120) as progress:
        yield _Bar(progress, progress.add_task("asking", total=0))


class _Bar:
    """A bar in calls."""

    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress, self._task, self._done = progress, task, 0

    def expect(self, steps: int) -> None:
        self._progress.update(self._task, total=self._done + steps)

    def advance(self, steps: int) -> None:
        self._done += steps
        self._progress.advance(self._task, steps)

    def finished(self, row: str, paper: str) -> None:
        self._progress.update(self._task, description=f"{paper}: {row}")


class _Lines:
    """A line for each row that is through a set, with the share of the known work and the seconds so far."""

    def __init__(self) -> None:
        self._began, self._done, self._total = time.monotonic(), 0, 0

    def expect(self, steps: int) -> None:
        self._total = self._done + steps

    def advance(self, steps: int) -> None:
        self._done += steps

    def finished(self, row: str, paper: str) -> None:
        share = 100 * self._done / self._total if self._total else 100
        print(f"{paper}: {row} ({share:.0f} %, {time.monotonic() - self._began:.0f} s)", file=sys.stderr, flush=True)
