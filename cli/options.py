"""The options that `ask` and `plan` share, and how they become the choices of a run."""

import sys
from typing import Annotated, Any

import typer

from symposium.ledger.records import UsageError

LONGEST = 4_000_000  # characters read from stdin: far more than any context holds

Question = Annotated[
    str | None, typer.Argument(help="The question; left out or '-': read from stdin.", show_default=False)
]
Graph = Annotated[
    str | None, typer.Option("-g", "--graph", help="Which graph answers; see `symposium graphs`.", metavar="NAME")
]
Members = Annotated[
    str | None,
    typer.Option(
        "-m", "--members", help="Who is asked, by name or as provider:model; see `symposium models`.", metavar="A,B"
    ),
]
Preset = Annotated[str | None, typer.Option(help="A [preset.NAME] of symposium.toml.", metavar="NAME")]
Samples = Annotated[int | None, typer.Option(help="Answers per member in a vote.", metavar="N")]
Rule = Annotated[
    str | None, typer.Option(help="How votes are weighted: plurality, probability, reliability.", metavar="RULE")
]
Window = Annotated[int | None, typer.Option(help="Samples of a vote in flight at once.", metavar="N")]
Temperature = Annotated[float | None, typer.Option(help="Overrides every member's own (0..2).", metavar="T")]
Seed = Annotated[int | None, typer.Option(help="Makes local members repeatable.", metavar="N")]
Budget = Annotated[float | None, typer.Option(help="US dollars at most.", metavar="USD")]
MaxCalls = Annotated[int | None, typer.Option(help="Wire attempts at most, retries included.", metavar="N")]
MaxTokens = Annotated[int | None, typer.Option(help="Tokens in and out at most.", metavar="N")]
Timeout = Annotated[float | None, typer.Option(help="Seconds at most.", metavar="S")]
AllowUnpriced = Annotated[
    bool | None, typer.Option("--allow-unpriced", help="Let members without a known price run under --budget.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for programs.")]


def chosen(*, members: str | None, **values: object) -> dict[str, Any]:
    """Keep the options that were given, as choices of a run."""
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    return given if members is None else {**given, "members": named(members)}


def named(members: str) -> list[str]:
    """Take the names out of a list with commas."""
    names = [name.strip() for name in members.split(",")]
    if not all(names):
        raise UsageError(f"--members '{members}' holds an empty name; write it as a,b,c")
    return names


def asked(question: str | None) -> str:
    """The question as given, or what stands on stdin.

    Raises:
        UsageError: there is none, it is empty, or what stands on stdin cannot be read.
    """
    text = question if question is not None and question != "-" else _piped(question)
    if not text.strip():
        raise UsageError("the question is empty")
    return text


def _piped(question: str | None) -> str:
    if sys.stdin is None or (question is None and sys.stdin.isatty()):
        raise UsageError('no question; write it behind the command, as in symposium ask "What is 17*24?", or on stdin')
    try:
        text = sys.stdin.read(LONGEST + 1)
    except UnicodeDecodeError as error:
        raise UsageError(f"the question on stdin is not {error.encoding} text: {error.reason}") from error
    if len(text) > LONGEST:
        raise UsageError(f"the question on stdin is longer than {LONGEST:,} characters")
    return text.strip()
