"""`symposium runs` and `symposium show`: what the ledger remembers."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symposium.cli import figures, options
from symposium.cli.table import Column, print_json, print_lines, print_table
from symposium.ledger.records import ConfigurationError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from symposium.cli.view import Seat, View
    from symposium.ledger.store import Ledger, RunRow

RUNS_HELP = "List the latest runs of the ledger."
SHOW_HELP = "Show a run: who said what, and how the answer came about."
WIDE = 110  # columns from which the whole list has room


def runs(
    as_json: options.Json = False,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many.", metavar="N")] = 20,
) -> None:
    ledger = opened()
    found = [summary(ledger, row) for row in ledger.runs(limit=limit)]
    if as_json:
        return print_json(found)
    if not found:
        return print_lines(_nothing(ledger))
    shown = [name for name in COLUMNS if name not in _left_out()]
    print_table([COLUMNS[name] for name in shown], [[_cell(run, name) for name in shown] for run in found])


def show(
    run: Annotated[str, typer.Argument(help="A run's id, the beginning of it, or 'last'.", metavar="ID")] = "last",
    as_json: options.Json = False,
) -> None:
    from symposium.cli.view import viewed

    ledger = opened()
    row = found_run(ledger, run)
    view = viewed(ledger.events(row["run"]))
    if as_json:
        return print_json(
            {"run": row, "outcome": ledger.outcome(row["run"]), "said": [told(s) for s in view.seats.values()]}
        )
    _print(row, view)


def opened() -> "Ledger":
    """Open the ledger that the settings name; where they cannot be read, that of the environment or the usual one."""
    from symposium.models.settings import load

    try:
        return _at(load().ledger)
    except ConfigurationError as error:
        ledger = _at(None)
        told = " ".join(str(error).split())
        print(f"symposium: warning: {told}; looking into {ledger.path}", file=sys.stderr)
        return ledger


def _at(place: "Path | None") -> "Ledger":
    from symposium.ledger.memory import MEMORY, MemoryLedger
    from symposium.ledger.store import Ledger, default_path

    path = place or default_path()
    return MemoryLedger() if path == MEMORY else Ledger(path)


def found_run(ledger: "Ledger", wanted: str) -> "RunRow":
    """Find a run by its id, the beginning of it, or as the `last` one.

    Raises:
        UsageError: there is no such run, or none at all.
    """
    newest = ledger.runs(limit=1)
    if not newest and (wanted == "last" or _forgets(ledger)):
        raise UsageError(_nothing(ledger))
    return newest[0] if wanted == "last" else ledger.run(wanted)


def _nothing(ledger: "Ledger") -> str:
    """Why there is no run."""
    if _forgets(ledger):
        return "the ledger is in memory: nothing is kept of a run once its command has ended"
    return f'no runs yet in {ledger.path}; make one: symposium ask "What is 17*24?"'


def _forgets(ledger: "Ledger") -> bool:
    from symposium.ledger.memory import MEMORY

    return ledger.path == MEMORY


def summary(ledger: "Ledger", row: "RunRow") -> dict[str, Any]:
    """A run at a glance; what an open run cannot tell yet is None."""
    outcome = ledger.outcome(row["run"])
    totals = outcome["totals"] if outcome else None
    return {
        **row,
        "answer": (outcome["extracted"] or outcome["answer"] or None) if outcome else None,
        "exit": outcome["exit"] if outcome else None,
        "calls": totals["calls"] if totals else None,
        "tokens": totals["input"] + totals["output"] if totals else None,
        "cost": totals["cost"] if totals else None,
        "seconds": totals["wall"] if totals else None,
    }


COLUMNS = {
    "run": Column("run"),
    "started": Column("when"),
    "graph": Column("graph"),
    "status": Column("status"),
    "answer": Column("answer", squeezed="cut"),
    "question": Column("question", squeezed="cut"),
    "calls": Column("calls", justify="right"),
    "tokens": Column("tokens", justify="right"),
    "cost": Column("cost", justify="right"),
    "seconds": Column("time", justify="right"),
}


def _left_out() -> tuple[str, ...]:
    """What a narrow terminal has no room for; the id tells the time, too."""
    from symposium.cli.terminal import console

    return ("started", "graph", "calls", "tokens") if console(sys.stdout).width < WIDE else ()


def _cell(run: dict[str, Any], name: str) -> str:
    value = run[name]
    if name == "cost":
        return figures.money(value) if run["calls"] is not None else ""
    if value is None:
        return ""
    match name:
        case "started":
            return figures.moment(value)
        case "seconds":
            return figures.seconds(value)
        case "calls" | "tokens":
            return f"{value:,}"
    return figures.one_line(str(value), limit=24 if name == "answer" else 80)


def told(seat: "Seat") -> dict[str, Any]:
    """A seat as JSON."""
    from dataclasses import asdict

    return {name: value for name, value in asdict(seat).items() if name != "open"}


def _print(row: "RunRow", view: "View") -> None:
    """In colours on a terminal, else in plain lines; the seats in the order in which they began."""
    from symposium.cli.terminal import lively

    if lively(sys.stdout):
        from symposium.cli import frame
        from symposium.cli.terminal import console

        return console(sys.stdout).print(frame.report(view))
    from symposium.cli.plain import report

    print(*report(row["question"], row["status"], view), sep="\n")
