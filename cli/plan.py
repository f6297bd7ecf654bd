"""`symposium plan`: what a question would cost, before it is asked."""

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from symposium.cli import figures, options
from symposium.cli.table import Column, print_json, print_lines, print_table

if TYPE_CHECKING:
    from symposium.cli.forecast import Forecast, Share
    from symposium.graphs.context import Context

HELP = """Forecast what a question would cost. No call is made.

The calls are what the graph plans; at most means with every retry. Seconds come from the latencies of earlier runs in
the ledger. What is not known is shown as unknown.
"""
RUNS = 30  # earlier runs whose latencies count


@options.choosing
def plan(
    *,
    question: options.Question = None,
    choices: dict[str, Any],
    as_json: options.Json = False,
) -> None:
    from symposium.cli.form import filled_in, usable
    from symposium.graphs.deliberation import check_question

    text = options.asked(question)
    name, context = filled_in(choices)
    usable(context)
    check_question(text, context)
    made = _forecast(name, context, text)
    if as_json:
        return print_json(asdict(made))
    print_table(COLUMNS, [_row(share) for share in made.members])
    print_lines("", *_told(made, context))


def _forecast(graph: str, context: "Context", question: str) -> "Forecast":
    from symposium.cli.forecast import forecast, recorded_latencies
    from symposium.graphs.catalogue import strategy
    from symposium.models.gate import ATTEMPTS

    ledger = context.run.ledger
    events = (event for row in ledger.runs(limit=RUNS) for event in ledger.events(row["run"]))
    return forecast(
        graph,
        question,
        agenda=strategy(graph).agenda(context),
        latencies=recorded_latencies(events),
        attempts=ATTEMPTS,
        limits=vars(context.run.budget.limits),
        allow_unpriced=context.run.budget.allow_unpriced,
    )


COLUMNS = (
    Column("member"),
    Column("role"),
    Column("calls", justify="right"),
    Column("prompt", justify="right"),
    Column("reply at most", justify="right"),
    Column("cost at most", justify="right"),
    Column("a call takes", justify="right"),
)


def _row(share: "Share") -> list[str]:
    took = "unknown" if share.latency is None else f"{figures.seconds(share.latency)} ({share.recorded} recorded)"
    tokens = [f"~{share.prompt_tokens:,} tokens", f"{share.reply_tokens_at_most:,} tokens"]
    return [share.member, share.role, str(share.calls), *tokens, figures.money(share.cost_at_most), took]


def _told(made: "Forecast", context: "Context") -> list[str]:
    limits = context.run.budget.limits
    took = "unknown: nothing recorded yet" if made.seconds is None else f"about {figures.seconds(made.seconds)}"
    unknown = f" (no price for {', '.join(made.unpriced)})" if made.unpriced else ""
    lines = [
        f"graph    {made.graph}",
        f"calls    {_planned(made)} planned, {made.attempts_at_most} attempts at most",
        f"tokens   {made.tokens_at_most:,} at most",
        f"cost     {figures.money(made.cost_at_most)}{' at most' if made.cost_at_most is not None else unknown}",
        f"time     {took}" + ("" if limits.seconds is None else f", {figures.seconds(limits.seconds)} at most"),
        f"path     {_path(made)}",
    ]
    if made.refused:
        lines.append(f"refused  {', '.join(made.refused)}: no known price under a money budget; see --allow-unpriced")
    return lines


def _path(made: "Forecast") -> str:
    """Who is waited for, one after the other: `ann -> agg x2`."""
    runs = [(name, len([*steps])) for name, steps in groupby(made.path)]
    return " -> ".join(f"{name} x{count}" if count > 1 else name for name, count in runs)


def _planned(made: "Forecast") -> str:
    return f"{made.calls_at_least} to {made.calls}" if made.calls_at_least < made.calls else str(made.calls)
