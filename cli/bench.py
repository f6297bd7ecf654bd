"""`symposium bench`: measurements with controls and intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symposium.cli import options
from symposium.cli.table import Column, print_lines, print_table
from symposium.ledger.records import UsageError

if TYPE_CHECKING:
    from symposium.evals.report import Report

HELP = "Measure how well members answer, alone and together."
ZOO_HELP = """Measure the bundled minds and every way of answering together, with controls, on the same questions.

The questions are made from the seed: 2,000 of the test split, 300 out of range, 500 in wordings kept out of training.
What was answered before is taken from the record, so that an interrupted benchmark goes on where it stopped, and a
second one takes seconds. The tables go to stdout, progress to stderr.
"""
SEED = 2026

Out = Annotated[Path | None, typer.Option("--json", help="Write all figures there as JSON.", metavar="FILE")]


def zoo(
    *,
    limit: Annotated[
        int | None, typer.Option(help="So many questions of the first set, the others in proportion.", metavar="N")
    ] = None,
    split: Annotated[str, typer.Option(help="Which questions: test, or development for tuning.")] = "test",
    seed: Annotated[int, typer.Option(help="Makes the questions and the sampling repeatable.", metavar="N")] = SEED,
    members: options.Members = None,
    graph: Annotated[
        str | None,
        typer.Option("-g", "--graph", help="Only this graph, with controls at its own cost.", metavar="NAME"),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Every row; so it is without --graph.")] = False,
    processes: Annotated[
        int | None, typer.Option(help="Processes that ask; as many as there are cores, up to 4.", metavar="N")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Folder of the record; the user's cache otherwise.", metavar="DIR")
    ] = None,
    json_file: Out = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write the tables there in Markdown.", metavar="FILE")
    ] = None,
) -> None:
    _check(limit=limit, split=split, seed=seed, processes=processes)
    if all and graph is not None:
        raise UsageError(f"--all and --graph {graph} exclude each other: either every row, or those of one graph")
    files = [file for file in (json_file, markdown_file) if file is not None]
    for file in files:
        _check_writable(file)
    told = _measured(
        limit=limit,
        split=split,
        seed=seed,
        members=options.chosen(members=members).get("members", []),
        graph=graph,
        processes=processes,
        record=record,
    )
    _write(told, json_file, markdown_file)
    _print(told)


def _check(*, limit: int | None, split: str, seed: int, processes: int | None) -> None:
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit}: must be 1 or more")
    if split not in SPLITS:
        raise UsageError(f"--split {split}: must be one of {', '.join(SPLITS)}")
    if not 0 <= seed < 2**31:
        raise UsageError(f"--seed {seed}: must be 0 or more, and less than {2**31}")
    if processes is not None and not 1 <= processes <= MOST_PROCESSES:
        raise UsageError(f"--processes {processes}: must be between 1 and {MOST_PROCESSES}")


INTERRUPTED = "what was answered is kept, and the same command goes on from there"
SPLITS = ("test", "development")
MOST_PROCESSES = 64
USUAL_PROCESSES = 4


def _check_writable(file: Path) -> None:
    """Fail before the work and not after it."""
    try:
        file.open("a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(f"cannot write '{file}': {error.strerror}") from error


def _measured(
    *,
    limit: int | None,
    split: str,
    seed: int,
    members: Sequence[str],
    graph: str | None,
    processes: int | None,
    record: Path | None,
) -> "Report":
    import time
    from typing import cast

    from symposium.cli.progress import watching
    from symposium.evals.bench import Bench, bundled_cast
    from symposium.evals.papers import Split, papers
    from symposium.evals.record import default_folder
    from symposium.evals.report import report
    from symposium.models.machine import cores

    began = time.monotonic()
    bench = Bench(
        bundled_cast(tuple(members)),
        papers(split=cast(Split, split), seed=seed, limit=limit),
        seed=seed,
        folder=record or default_folder(),
        processes=processes or min(cores(), USUAL_PROCESSES),
        graph=graph,
    )
    with watching() as watcher:
        try:
            found = bench.findings(watcher)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted; {INTERRUPTED}") from None
    return report(bench, found, seconds=time.monotonic() - began)


def _write(told: "Report", json_file: Path | None, markdown_file: Path | None) -> None:
    import json

    from symposium.evals.report import markdown

    if json_file is not None:
        json_file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if markdown_file is not None:
        markdown_file.write_text(markdown(told), encoding="utf-8")


def _print(told: "Report") -> None:
    from symposium.evals.report import NOTES, provenance, tables

    for heading, (titles, rows) in tables(told).items():
        print_lines(heading)
        print_table([Column(title, "right" if place else "left") for place, title in enumerate(titles)], rows)
        print_lines("")
    print_lines(provenance(told["about"]), *NOTES)
