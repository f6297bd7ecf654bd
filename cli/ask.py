"""`symposium ask`: put a question and get the answer."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symposium.cli import options
from symposium.ledger.records import UsageError

if TYPE_CHECKING:
    from symposium.cli.screen import Screen

HELP = """Put a question to the members and print their answer.

The answer goes to stdout, everything else to stderr. On a terminal you see live who says what; otherwise one line per
finished step. The whole text of the answer is printed; with -q it is the short answer alone (such as 350) where one
could be read. With --json stdout holds the run's events, one JSON object a line; the last, `run.end`, has the outcome.

Ctrl-C concludes with what there is, a second one stops at once.

Exit codes: 0 answer, 1 no answer, 2 asked wrongly, 3 configured wrongly, 4 budget used up and 5 time used up
(the best answer so far is printed), 6 dissent under --require-consensus, 130 Ctrl-C.
"""


SHOWN = "What is shown"


@options.choosing
def ask(
    *,
    question: options.Question = None,
    choices: dict[str, Any],
    as_json: Annotated[
        bool, typer.Option("--json", help="The run's events as NDJSON, nothing else.", rich_help_panel=SHOWN)
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Plain lines, also on a terminal.", rich_help_panel=SHOWN)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print the short answer and nothing else.", rich_help_panel=SHOWN)
    ] = False,
    request_id: Annotated[
        str | None,
        typer.Option(
            help="Names this request: asked again, it is answered from the ledger and costs nothing.", metavar="ID"
        ),
    ] = None,
    require_consensus: Annotated[
        bool, typer.Option("--require-consensus", help="Exit with 6 if any answer that was given differs.")
    ] = False,
) -> int:
    screen = screen_for(as_json=as_json, plain=plain, quiet=quiet)
    text = options.asked(question)

    import asyncio

    from symposium.cli.exits import exit_of
    from symposium.cli.form import filled_in, usable
    from symposium.cli.session import converse

    name, context = filled_in(choices)
    usable(context)
    outcome, signalled = asyncio.run(converse(text, graph=name, context=context, screen=screen, request_id=request_id))
    screen.finish(outcome)
    for warning in dict.fromkeys([*context.run.warnings, *context.run.bus.warnings]):
        print(f"symposium: warning: {warning}", file=sys.stderr)
    return signalled or exit_of(outcome, require_consensus=require_consensus)


def screen_for(*, as_json: bool, plain: bool, quiet: bool) -> "Screen":
    """Choose how the run is shown."""
    if as_json + plain + quiet > 1:
        raise UsageError("--json, --plain and --quiet exclude each other")
    from symposium.cli.terminal import lively

    if as_json or quiet:
        from symposium.cli.screen import BareAnswer, EventLines

        return EventLines() if as_json else BareAnswer()
    if plain or not lively(sys.stderr):
        from symposium.cli.plain import PlainLines

        return PlainLines()
    from symposium.cli.live import LiveView

    return LiveView()
