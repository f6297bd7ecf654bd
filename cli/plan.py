"""`symposium plan`: what a question would cost, before it is asked."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from symposium.cli import figures, options
from symposium.cli.table import Column, print_json, print_lines, print_table

if TYPE_CHECKING:
    from symposium.cli.forecast import Forecast, Share
    from symposium.graphs.catalogue import Strategy
    from symposium.graphs.context import Context
    from symposium.models.member import Member

HELP = """Forecast what a question would cost. No call is made.

The calls are what the graph plans; at most means with every retry. Seconds come from the latencies of earlier runs in
the ledger. What is not known is shown as unknown.
"""
RUNS = 30  # earlier runs whose latencies count


def plan(
    *,
    question: options.Question = None,
    graph: options.Graph = None,
    members: options.Members = None,
    preset: options.Preset = None,
    samples: options.Samples = None,
    rule: options.Rule = None,
    window: options.Window = None,
    stages: options.Stages = None,
    thresholds: options.Thresholds = None,
    scorer: options.Scorer = None,
    judge: options.Judge = None,
    critic: options.Critic = None,
    rounds: options.Rounds = None,
    temperature: options.Temperature = None,
    seed: options.Seed = None,
    budget: options.Budget = None,
    max_calls: options.MaxCalls = None,
    max_tokens: options.MaxTokens = None,
    timeout: options.Timeout = None,
    allow_unpriced: options.AllowUnpriced = None,
    as_json: options.Json = False,
) -> None:
    from symposium.cli.form import filled_in, usable
    from symposium.graphs.deliberation import check_question

    text = options.asked(question)
    choices = options.chosen(
        members=members,
        preset=preset,
        samples=samples,
        rule=rule,
        window=window,
        stages=stages,
        thresholds=thresholds,
        scorer=scorer,
        judge=judge,
        critic=critic,
        rounds=rounds,
        temperature=temperature,
        seed=seed,
        budget=budget,
        max_calls=max_calls,
        max_tokens=max_tokens,
        timeout=timeout,
        allow_unpriced=allow_unpriced,
    )
    name, context = filled_in(graph, choices)
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

    ledger, found = context.run.ledger, strategy(graph)
    events = (event for row in ledger.runs(limit=RUNS) for event in ledger.events(row["run"]))
    return forecast(
        graph,
        question,
        seats=seated(found, context),
        surely=len(found.seats(context, at_least=True)),
        latencies=recorded_latencies(events),
        attempts=ATTEMPTS,
        window=context.settings.choices.window if "window" in found.choices else 1,
        limits=vars(context.run.budget.limits),
        allow_unpriced=context.run.budget.allow_unpriced,
    )


def seated(strategy: "Strategy", context: "Context") -> list["Member"]:
    """Who would be called, once per call, if the graph goes all its way."""
    by_name = {member.name: member for member in context.everyone}
    return [by_name[seat["member"]] for seat in strategy.seats(context)]


COLUMNS = (
    Column("member"),
    Column("calls", justify="right"),
    Column("prompt", justify="right"),
    Column("reply at most", justify="right"),
    Column("cost at most", justify="right"),
    Column("a call takes", justify="right"),
)


def _row(share: "Share") -> list[str]:
    took = "unknown" if share.latency is None else f"{figures.seconds(share.latency)} ({share.recorded} recorded)"
    tokens = [f"~{share.prompt_tokens:,} tokens", f"{share.reply_tokens_at_most:,} tokens"]
    return [share.member, str(share.calls), *tokens, figures.money(share.cost_at_most), took]


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
    ]
    if made.refused:
        lines.append(f"refused  {', '.join(made.refused)}: no known price under a money budget; see --allow-unpriced")
    return lines


def _planned(made: "Forecast") -> str:
    return f"{made.calls_at_least} to {made.calls}" if made.calls_at_least < made.calls else str(made.calls)
