"""The ways of answering that a benchmark compares, one row of its table each.

A row is asked question by question, by the real gate and the real graphs; the controls are counted from the answers.
A further way of answering together is one further entry of `TOGETHER`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NotRequired, Protocol

from typing_extensions import TypedDict

from symposium.agents.proposer import propose
from symposium.evals.papers import Paper
from symposium.graphs.catalogue import strategy
from symposium.graphs.deliberation import Deliberation
from symposium.ledger.records import CallFailed, Draft, Message, Outcome, Signal
from symposium.models.measured import classifier
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.settings import Choices
from symposium.tools.equivalence import equivalent
from symposium.tools.measures import asked_unit
from symposium.training.world.dataset import Question

Kind = Literal["mind", "graph", "control", "role"]
SAMPLING = 0.7  # the temperature of the control that samples one mind several times
SAMPLED = "best single sampled"
MOST_SAMPLES = 64  # of a vote
CHECKER = "symbolic:arithmetic"
DEBATERS = 3  # of a cast that is not bundled
USUAL_CALLS = 3  # of other graphs, for the time that is left


class Result(TypedDict):
    """What came of one question; `tokens` read and written by member, those of failed calls included.

    `first_vote` is what a debate's first drafts came to, and `first_right` whether that is right.
    """

    right: bool
    answered: bool
    refused: bool
    answer: str | None
    tokens: dict[str, int]
    signals: dict[str, Signal]
    first_vote: NotRequired[str | None]
    first_right: NotRequired[bool]


@dataclass(frozen=True)
class Answered:
    """What came of one row on one set, in the order of its questions."""

    name: str
    kind: Kind
    paper: str
    results: tuple[Result, ...]
    choices: Mapping[str, object] = field(default_factory=dict)

    @property
    def marks(self) -> list[bool]:
        return [result["right"] for result in self.results]

    @property
    def tokens(self) -> dict[str, int]:
        """What each member read and wrote over all questions."""
        spent: dict[str, int] = {}
        for result in self.results:
            for member, tokens in result["tokens"].items():
                spent[member] = spent.get(member, 0) + tokens
        return spent


def answered_by(found: Sequence[Answered], name: str, paper: Paper) -> Answered:
    """Find what came of a row on a set."""
    return next(one for one in found if (one.name, one.paper) == (name, paper.name))


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Whom the benchmark asks.

    `team` answers by default, `debaters` debate, the first of `menders` drafts and the others mend, `peers` are minds
    of like strength whose errors differ; `cascade` holds the choices of the cascade that was fitted to these members.
    All are empty where nothing is known.
    """

    members: tuple[Member, ...]
    team: tuple[str, ...] = ()
    debaters: tuple[str, ...] = ()
    menders: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    cascade: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Member:
        """The best single mind, by what is known of it from the calibration split and not from these questions."""
        return max(self.members, key=lambda member: member.reliability or 0.0)

    @property
    def names(self) -> list[str]:
        """The members, the best first and else in their own order."""
        return sorted((member.name for member in self.members), key=lambda name: name != self.best.name)


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """What a question is asked with: the run's seed, and the ledger of the benchmark."""

    seed: int
    ledger: Path

    def run(self) -> Run:
        """A run of its own, which no configured limit touches."""
        return Run(seed=self.seed, ledger=self.ledger)


class Row(Protocol):
    """One way of answering; `members` are those that may speak, `calls` about how many calls a question takes."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def members(self) -> tuple[Member, ...]: ...
    @property
    def calls(self) -> int: ...

    async def ask(self, question: Question, sitting: Sitting) -> Any:
        """Ask one question; what comes of it is JSON-like."""
        ...


@dataclass(frozen=True)
class MindRow:
    """One mind alone and greedy, through the gate but without a graph around it."""

    member: Member
    kind: Kind = "mind"
    calls: int = 1

    @property
    def name(self) -> str:
        return self.member.name

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.member,)

    async def ask(self, question: Question, sitting: Sitting) -> Result:
        """Ask the mind."""
        try:
            draft = await propose(Mind(sitting.run(), self.member, "answer"), asked(question))
        except CallFailed as failure:
            return _failed(self.member, failure)
        return _drafted(question, draft)


@dataclass(frozen=True, kw_only=True)
class GraphRow:
    """A graph with its choices; those it leaves open have the product's defaults, whatever is configured."""

    name: str
    graph: str
    members: tuple[Member, ...]
    choices: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind = "graph"

    @property
    def calls(self) -> int:
        choices = self.all_choices
        if self.graph == "moa":
            return len(choices["members"]) * int(choices["num_proposals_per_model"])
        if self.graph != "vote":
            return USUAL_CALLS
        voices = len(choices["members"])
        return voices * int(choices.get("samples") or Choices.model_validate({}).samples_of(voices))

    @property
    def all_choices(self) -> dict[str, Any]:
        """Every choice of the graph's form that is not empty."""
        usual = {name: entry.default for name, entry in Choices.model_fields.items() if entry.default}
        chosen = {**usual, "members": [member.name for member in self.members], **self.choices}
        form = strategy(self.graph).choices
        return {name: value for name, value in chosen.items() if name in form and value}

    async def ask(self, question: Question, sitting: Sitting) -> Result:
        """Ask the graph as its public face does."""
        context = strategy(self.graph).form(**self.all_choices)
        context.run = sitting.run()
        outcome = await Deliberation(asked(question), graph=self.graph, context=context).outcome()
        return _ended(question, outcome)


def asked(question: Question) -> list[Message]:
    """The question as a conversation."""
    return [Message(role="user", content=question.text)]


def is_right(question: Question, answer: str | None) -> bool:
    """Compare an answer with the right one, in the unit that was asked for."""
    return answer is not None and equivalent(answer, question.answer, unit=asked_unit(question.text))


def _drafted(question: Question, draft: Draft) -> Result:
    return Result(
        right=is_right(question, draft["answer"]),
        answered=draft["answer"] is not None,
        refused=False,
        answer=draft["answer"],
        tokens={draft["member"]: draft["usage"]["input"] + draft["usage"]["output"]},
        signals=draft["signals"],
    )


def _failed(member: Member, failure: CallFailed) -> Result:
    spent = failure.usage["input"] + failure.usage["output"] if failure.usage else 0
    refused = failure.kind == "refused"
    return Result(right=False, answered=False, refused=refused, answer=None, tokens={member.name: spent}, signals={})


def _ended(question: Question, outcome: Outcome) -> Result:
    tokens: dict[str, int] = {}
    for total in outcome["totals"]["by_member"]:
        tokens[total["member"]] = tokens.get(total["member"], 0) + total["input"] + total["output"]
    kinds = {failure["kind"] for failure in outcome["failures"]}
    answered = outcome["extracted"] is not None
    made = Result(
        right=is_right(question, outcome["extracted"]),
        answered=answered,
        refused=not answered and kinds == {"refused"},
        answer=outcome["extracted"],
        tokens=tokens,
        signals=outcome["signals"],
    )
    if "first_vote" in outcome["metadata"]:
        first = outcome["metadata"]["first_vote"]["answer"]
        made["first_vote"], made["first_right"] = first, is_right(question, first)
    return made


# The table

Choosing = Callable[[Cast], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Together:
    """How a cast answers together: a graph, and its choices for a cast, None where the cast cannot fill the row."""

    name: str
    graph: str
    choices: Choosing

    def row(self, cast: Cast) -> GraphRow | None:
        """Make the row for a cast."""
        choices = self.choices(cast)
        if choices is None:
            return None
        return GraphRow(name=self.name, graph=self.graph, members=cast.members, choices=choices)


def everyone(cast: Cast) -> Mapping[str, Any]:
    """The whole cast, the best first, by the product's defaults."""
    return {"members": cast.names}


def best_alone(cast: Cast) -> Mapping[str, Any]:
    """The best single mind."""
    return {"members": [cast.best.name]}


def usual(cast: Cast) -> Mapping[str, Any] | None:
    """Those who answer where nobody is named, by the product's defaults."""
    return {"members": list(cast.team)} if cast.team else None


def usual_with(**choices: Any) -> Choosing:
    """Those who answer where nobody is named, with choices of their own."""

    def chosen(cast: Cast) -> Mapping[str, Any] | None:
        return {"members": list(cast.team), **choices} if cast.team else None

    return chosen


def learnt_of(cast: Cast) -> Mapping[str, Any] | None:
    """Those who answer where nobody is named, counted as was learnt of their votes."""
    team = [member for member in cast.members if member.name in cast.team]
    return {"members": list(cast.team), "ballots": "trained"} if team and classifier(team) else None


def like_minds(cast: Cast) -> Mapping[str, Any] | None:
    """The minds of like strength, one voice and one vote each."""
    return {"members": list(cast.peers), "rule": "plurality", "samples": 1} if len(cast.peers) > 1 else None


def debating(cast: Cast) -> Mapping[str, Any] | None:
    """Those who debate best where they are known, else the best three."""
    named = list(cast.debaters or cast.names[:DEBATERS])
    return {"members": named, "panel": "all", "panel_size": len(named)} if len(cast.members) > 1 else None


def drafter_and_menders(cast: Cast) -> Mapping[str, Any]:
    """Those who mend best where they are known, else the whole cast."""
    return {"members": list(cast.menders)} if cast.menders else everyone(cast)


def drafting(cast: Cast) -> Mapping[str, Any]:
    """Those who draft where nobody is named, else the whole cast."""
    return {**(usual(cast) or everyone(cast)), "panel": "all"}


def checked(cast: Cast) -> Mapping[str, Any]:
    """Those who draft, with the exact checker to choose among the drafts."""
    return {**drafting(cast), "aggregator_model": CHECKER}


def the_best_two(cast: Cast) -> Mapping[str, Any] | None:
    """The two experts of the whole cast that are worth most for a question."""
    return {**everyone(cast), "top_k": 2} if len(cast.members) > 1 else None


def from_cheap_to_strong(cast: Cast) -> Mapping[str, Any]:
    """The cascade that was fitted to the cast, else its members by cost."""
    return {**cast.cascade, "members": None} if cast.cascade else everyone(cast)


TOGETHER: tuple[Together, ...] = (
    Together("single", "single", best_alone),
    Together("vote", "vote", everyone),
    Together("vote of team", "vote", usual),
    Together("vote of peers", "vote", like_minds),
    Together("vote, ranked", "vote", usual_with(ballots="ranking")),
    Together("vote, trained", "vote", learnt_of),
    Together("vote, adaptive", "vote", usual_with(adaptive=True)),
    Together("moa", "moa", drafting),
    Together("moa, checked", "moa", checked),
    Together("debate", "debate", debating),
    Together("cascade", "cascade", from_cheap_to_strong),
    Together("route", "route", everyone),
    Together("route, top 2", "route", the_best_two),
    Together("repair", "repair", drafter_and_menders),
)


def together(cast: Cast, graph: str | None = None) -> list[GraphRow]:
    """The rows of answering together that this cast can fill; with `graph` those of that graph.

    Raises:
        UsageError: the graph is unknown.
    """
    if graph is not None:
        strategy(graph)
    return [row for entry in TOGETHER if graph in (None, entry.graph) and (row := entry.row(cast))]


def sampled(member: Member, samples: int) -> list[GraphRow]:
    """The controls that ask one mind again and again.

    The majority of its samples (self-consistency, arXiv 2203.11171), and its greedy answer with such samples, weighed
    as the product weighs the votes of several.
    """
    asked: dict[str, Any] = {"samples": min(max(samples, 1), MOST_SAMPLES)}
    ways = {SAMPLED: {**asked, "rule": "plurality", "temperature": SAMPLING}, f"{SAMPLED}, weighed": asked}
    return [
        GraphRow(name=name, graph="vote", members=(member,), choices=choices, kind="control")
        for name, choices in ways.items()
    ]
