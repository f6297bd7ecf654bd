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
    str | None,
    typer.Option(help="How votes are weighted: plurality, probability, reliability, confidence.", metavar="RULE"),
]
Window = Annotated[int | None, typer.Option(help="Samples of a vote in flight at once.", metavar="N")]
Stages = Annotated[
    str | None,
    typer.Option(help="Of a cascade, from cheap to strong: members, or graphs as in vote(a,b).", metavar="A,B"),
]
Thresholds = Annotated[
    str | None,
    typer.Option(help="Of a cascade: up to which score it asks on; one, or one per stage but the last.", metavar="T,T"),
]
Scorer = Annotated[
    str | None,
    typer.Option(help="What a cascade goes by: agreement, confidence, judge, verifier.", metavar="SCORER"),
]
Judge = Annotated[str | None, typer.Option(help="Who judges the stages of a cascade.", metavar="NAME")]
Critic = Annotated[str | None, typer.Option(help="Who criticises a draft under repair.", metavar="NAME")]
Rounds = Annotated[int | None, typer.Option(help="Revisions of a draft under repair at most.", metavar="N")]
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


LISTS = ("members", "stages", "thresholds")


def chosen(**values: object) -> dict[str, Any]:
    """Keep the options that were given, as choices of a run; lists are taken apart."""
    given = {name: value for name, value in values.items() if value is not None}
    return {name: listed(name, str(value)) if name in LISTS else value for name, value in given.items()}


def named(members: str) -> list[str]:
    """Take the names out of a list of members."""
    return listed("members", members)


def listed(option: str, value: str) -> list[str]:
    """Take the items out of a list with commas."""
    from symposium.models.settings import items

    found = items(value)
    if not all(found):
        raise UsageError(f"--{option} '{value}' holds an empty name; write it as a,b,c")
    return found


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
