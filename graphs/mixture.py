"""The state of a mixture of agents, and who sits in it."""

from typing import Annotated, Literal

from typing_extensions import TypedDict

from symposium.agents.proposer import own_words
from symposium.graphs.aggregation import Aggregate
from symposium.graphs.counting import ballots_of, comparable, counted, in_order
from symposium.graphs.endings import strongest
from symposium.graphs.family import Seating, State, gathered, question
from symposium.graphs.forms import MoaContext
from symposium.graphs.panel import family
from symposium.ledger.records import Analysis, Draft
from symposium.models.member import Member
from symposium.tools.measures import asked_unit
from symposium.tools.votes import RULES


class Check(TypedDict):
    """What a judge made of the aggregate beside the best draft: whether the draft is kept, and why."""

    judge: str
    draft: Draft
    kept: bool
    consistent: bool
    reasons: list[str]


class Plan(TypedDict):
    """What a run of this graph will do: so many layers, and the optional steps.

    `aggregators` and `judges` can play their roles, in turn; `exact` says that the aggregator is an exact checker.
    """

    layers: int
    aggregators: list[str]
    judges: list[str]
    exact: bool
    analyses: bool
    keeps: bool


class MoaState(State):
    """The state of a mixture; `results` holds one aggregate for each layer that is over, in order.

    `halted`: no further layer could say anything.
    """

    plan: Plan
    analysis: Analysis | None
    results: Annotated[list[Aggregate], gathered]
    check: Check | None
    halted: bool


class Branch(TypedDict):
    """One draft that is to be made: by whom, in which layer, with what it reads, in what share of the time left.

    `signals` asks for log-probabilities; `then` is the node that comes after the drafts.
    """

    seat: Seating
    layer: int
    shown: list[Draft]
    signals: bool
    share: float
    then: Literal["analyse", "aggregate"]


class ProposeState(State):
    """The state of one branch: the shared channels it needs, and its own task."""

    branch: Branch


def seats(context: MoaContext) -> list[Seating]:
    """Who drafts in a layer: the first draft of every proposer, then the second, and so on."""
    drafts = context.settings.choices.num_proposals_per_model
    return [Seating(member=member.name, index=index) for index in range(drafts) for member in context.cast]


def own_instructions(context: MoaContext, member: Member, asked: str) -> str:
    """What this proposer alone is told; nothing unless that is on."""
    return own_words(member, asked) if context.settings.choices.use_specialized_prompts else ""


def member_of(context: MoaContext, name: str) -> Member:
    return next(member for member in context.everyone if member.name == name)


def drafts_of(state: MoaState, layer: int) -> list[Draft]:
    return [draft for draft in in_order(state["drafts"]) if draft["round"] == layer]


def best_draft(context: MoaContext, state: MoaState) -> Draft:
    """The draft of the last layer that speaks for its majority, else the most reliable member's."""
    drafts, unit = drafts_of(state, state["results"][-1]["round"]), asked_unit(question(state))
    rule, order = RULES[context.settings.choices.rule], strongest(context.cast)
    plain = comparable([draft["answer"] for draft in drafts], unit)
    count = counted(drafts, ballots_of(drafts, context.cast, unit), rule) if plain else None
    return count.spokesman if count else min(drafts, key=lambda one: (order.index(one["member"]), one["index"]))


def comparers(context: MoaContext, state: MoaState) -> list[str]:
    """Who can compare the aggregate with the best draft, in turn: of other families than the authors of both."""
    made, best = state["results"][-1]["draft"], best_draft(context, state)
    families = {family(member_of(context, one["member"])) for one in (made, best) if one}
    return [name for name in state["plan"]["judges"] if family(member_of(context, name)) not in families]
