"""The options that `ask` and `plan` share, and how they become the choices of a run."""

import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from symposium.ledger.records import UsageError

LONGEST = 4_000_000  # characters read from stdin: far more than any context holds

Question = Annotated[
    str | None, typer.Argument(help="The question; left out or '-': read from stdin.", show_default=False)
]
Preset = Annotated[str | None, typer.Option(help="A preset, built in or of symposium.toml.", metavar="NAME")]
Members = Annotated[
    str | None,
    typer.Option(
        "-m", "--members", help="Who is asked, by name or as provider:model; see `symposium models`.", metavar="A,B"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, for programs.")]


def _option(kind: Any, help: str, *, metavar: str | None = None, panel: str, flags: tuple[str, ...] = ()) -> Any:
    """An option that may be left out; its flags are told by its name where none are given."""
    return Annotated[kind | None, typer.Option(*flags, help=help, metavar=metavar, rich_help_panel=panel)]


WHO, SPENT, SAMPLING = "Who answers, and how", "What it may take", "Sampling"
VOTE, CASCADE, REPAIR, MOA = "Of a vote", "Of a cascade", "Of a repair", "Of a mixture of agents (moa)"
DEBATE, ROUTE = "Of a debate", "Of a route"
WAITING = "Waiting and failing"

CHOICES: dict[str, Any] = {
    "graph": _option(
        str, "Which graph answers; see `symposium graphs`.", metavar="NAME", panel=WHO, flags=("-g", "--graph")
    ),
    "members": _option(
        str,
        "Who is asked, by name or as provider:model; see `symposium models`.",
        metavar="A,B",
        panel=WHO,
        flags=("-m", "--members"),
    ),
    "preset": _option(
        str, "balanced, quality, budget, local, sizes, or a [preset.NAME] of symposium.toml.", metavar="NAME", panel=WHO
    ),
    "judge": _option(
        str, "Who judges: in a cascade by judge, in a debate, and for --keep-best.", metavar="NAME", panel=WHO
    ),
    "budget": _option(float, "US dollars at most.", metavar="USD", panel=SPENT),
    "max_calls": _option(int, "Wire attempts at most, retries included.", metavar="N", panel=SPENT),
    "max_tokens": _option(int, "Tokens in and out at most.", metavar="N", panel=SPENT),
    "timeout": _option(float, "Seconds at most.", metavar="S", panel=SPENT),
    "allow_unpriced": _option(
        bool, "Let members without a known price run under --budget.", panel=SPENT, flags=("--allow-unpriced",)
    ),
    "temperature": _option(float, "Overrides every member's own (0..2).", metavar="T", panel=SAMPLING),
    "seed": _option(int, "Makes local members repeatable.", metavar="N", panel=SAMPLING),
    "samples": _option(int, "Answers per member.", metavar="N", panel=VOTE),
    "rule": _option(
        str,
        "How votes are weighted: plurality, probability, reliability, confidence.",
        metavar="RULE",
        panel=VOTE,
    ),
    "window": _option(int, "Samples in flight at once.", metavar="N", panel=VOTE),
    "ballots": _option(
        str,
        "What is counted: answers, ranking, approval, pairwise, judge, verifier, trained.",
        metavar="WHAT",
        panel=VOTE,
    ),
    "adaptive": _option(bool, "Sample on until the lead will hardly turn, 40 at most.", panel=VOTE),
    "certainty": _option(float, "How surely the lead of --adaptive must stand.", metavar="P", panel=VOTE),
    "stages": _option(str, "From cheap to strong: members, or graphs as in vote(a,b).", metavar="A,B", panel=CASCADE),
    "thresholds": _option(
        str, "Up to which score it asks on; one, or one per stage but the last.", metavar="T,T", panel=CASCADE
    ),
    "scorer": _option(
        str,
        "What it goes by: confidence, agreement, semantic_entropy, mean_logprob, min_logprob, token_entropy, margin, "
        "in_domain, self_verification, judge, verifier, or one that a package has registered.",
        metavar="SCORER",
        panel=CASCADE,
    ),
    "escalation": _option(str, "Whom it asks next: stronger, specialist.", metavar="WHOM", panel=CASCADE),
    "max_rounds": _option(int, "Rounds of critique and revision at most (1..3).", metavar="N", panel=DEBATE),
    "gate": _option(str, "What spares a debate: unanimous, never, trained.", metavar="GATE", panel=DEBATE),
    "personas": _option(
        str, "Parts to play in turn: expert, novice, critic, or [persona.NAME].", metavar="A,B", panel=DEBATE
    ),
    "agreement": _option(float, "How readily debaters agree (0..1).", metavar="A", panel=DEBATE),
    "moderated": _option(bool, "Let a judge decide after every round.", panel=DEBATE),
    "router": _option(str, "Who routes: rules, trained, or a member.", metavar="NAME", panel=ROUTE),
    "top_k": _option(int, "How many experts are asked at once.", metavar="K", panel=ROUTE),
    "threshold": _option(float, "Chance to be better from which a dearer member is asked.", metavar="P", panel=ROUTE),
    "target_share": _option(float, "Share of questions for the dearest member.", metavar="S", panel=ROUTE),
    "target_spend": _option(
        float, "What questions may cost, as a part of what the dearest member costs.", metavar="S", panel=ROUTE
    ),
    "reroute": _option(float, "Up to which chance of being right the next expert is asked.", metavar="P", panel=ROUTE),
    "default_member": _option(str, "Who is asked where the router fails.", metavar="NAME", panel=ROUTE),
    "critic": _option(str, "Who criticises a draft.", metavar="NAME", panel=REPAIR),
    "rounds": _option(int, "Revisions at most.", metavar="N", panel=REPAIR),
    "proposer_models": _option(str, "Who drafts; otherwise a panel of the members.", metavar="A,B", panel=MOA),
    "aggregator_model": _option(
        str, "Who makes one answer of the drafts; otherwise the strongest.", metavar="NAME", panel=MOA
    ),
    "num_proposals_per_model": _option(int, "Drafts of each proposer in each layer.", metavar="N", panel=MOA),
    "layers": _option(int, "Layers of drafts; the next one reads the last one.", metavar="N", panel=MOA),
    "aggregation_strategy": _option(
        str,
        "How drafts become one answer: synthesis, selection, voting, fusion.",
        metavar="HOW",
        panel=MOA,
    ),
    "panel": _option(str, "Which members draft: quality_band, diverse, all, cheapest.", metavar="PANEL", panel=MOA),
    "panel_size": _option(int, "How many members draft at most.", metavar="N", panel=MOA),
    "use_specialized_prompts": _option(bool, "Tell each proposer its own instructions or strengths.", panel=MOA),
    "analyse": _option(bool, "Find out where the drafts disagree before they are aggregated.", panel=MOA),
    "keep_best": _option(bool, "Let a judge keep the best draft where the aggregate is not better.", panel=MOA),
    "aggregation_window": _option(int, "Drafts that the aggregator reads at once.", metavar="N", panel=MOA),
    "fuse_top_k": _option(int, "Of a fusion: rank first, and fuse the best so many.", metavar="N", panel=MOA),
    "fusion_prompt": _option(str, "Of a fusion: your own instructions.", metavar="TEXT", panel=MOA),
    "quorum": _option(int, "Drafts after which the others are not waited for.", metavar="N", panel=WAITING),
    "patience": _option(float, "Wait at most so many times the second fastest.", metavar="X", panel=WAITING),
    "fallbacks": _option(str, "Who stands in where a judge or aggregator fails.", metavar="A,B", panel=WAITING),
    "hedge": _option(bool, "Ask again where a call takes longer than nine of ten do.", panel=WAITING),
}
"""The options of all choices, by the choice's name, in the order of the help."""

LISTS = ("members", "stages", "thresholds", "proposer_models", "fallbacks", "personas")


def choosing(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command an option per choice; it gets those that were given as `choices`, lists taken apart."""

    def run(**values: Any) -> int | None:
        choices = chosen(**{name: values.pop(name) for name in CHOICES})
        return command(**values, choices=choices)

    own = [p for name, p in inspect.signature(command).parameters.items() if name != "choices"]
    parameters = [*own[:1], *(_optional(name, kind) for name, kind in CHOICES.items()), *own[1:]]
    run.__dict__["__signature__"] = inspect.Signature(parameters)  # what typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _optional(name: str, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


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
        raise UsageError(f"--{option.replace('_', '-')} '{value}' holds an empty name; write it as a,b,c")
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
