"""A question goes to the expert that is worth most for it, or to several; an unsure answer leads to the next one.

START -> open -> decide -> (ask, one per expert at once) -> consider -> (ask the next, or) aggregate -> close -> END

Experts that fail are replaced by the next ones in the order of the decision, whose receipt says how it came about.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from symposium.agents.casting import check_role
from symposium.agents.proposer import propose
from symposium.graphs.affording import shortfall
from symposium.graphs.agenda import Planned, one_after_another, standing_in
from symposium.graphs.aggregation import READING, Material, aggregated
from symposium.graphs.compiled import deliberative
from symposium.graphs.endings import ended
from symposium.graphs.family import (
    Input,
    Output,
    Seating,
    Update,
    able,
    conversation,
    fresh,
    node,
    question,
    ready,
    stoppable,
    tried,
)
from symposium.graphs.forms import RouteContext
from symposium.graphs.relay import FIRST_SHARE, Relay
from symposium.graphs.route_decision import decided
from symposium.graphs.route_ending import ending, without
from symposium.graphs.route_experts import is_bundled
from symposium.graphs.route_state import RouteState, Standing, answering, heard, standing, void
from symposium.ledger.records import Receipt
from symposium.models.member import Member
from symposium.models.zoo.outside import REFUSAL

ASK = "ask"
NO_ANSWER = "its reply gave no answer"
MOST = 3.0  # what further experts may bring a question's cost to, in what the dearest costs: see docs/graphs.md


class AskState(RouteState):
    """The state of one branch: the shared channels it needs, and whose turn it is."""

    seat: Seating


# The decision


@node("route")
async def open_turn(state: Input, context: RouteContext) -> Update:
    """Check that a member that was chosen to route can, and make it ready."""
    if context.experts.routes:
        await check_role(context.mind(context.experts.by, path="decide"), "router")
        await ready(context, [context.experts.routes])
    for name in context.checkers:
        context.run.note(f"{name} only checks, and was asked nothing")
    return {**fresh(context.run, []), "batch": [], "waiting": [], "result": None}


@node("route")
async def decide(state: RouteState, context: RouteContext) -> Update:
    """Choose who is asked, and leave a receipt."""
    made = await decided(context, question(state))
    chosen = made.receipt["chosen"]
    _tell(context, made.receipt)
    await ready(context, [member for member in context.cast if member.name in chosen])
    seats = [Seating(member=name, index=0) for name in chosen]
    waiting = made.order[len(chosen) :]
    return {"receipt": made.receipt, "seats": seats, "batch": seats, "waiting": waiting, "failures": made.failures}


def _tell(context: RouteContext, receipt: Receipt) -> None:
    context.run.bus.emit("route.decision", **receipt, graph=context.graph or "route")


# The experts


def fan_out(state: RouteState) -> list[Send]:
    """One branch per expert of this batch."""
    shared = {key: state[key] for key in ("messages", "lineage", "waiting", "seats")}
    return [Send(ASK, {**shared, "seat": seat}) for seat in state["batch"]]


@node("route")
async def ask(state: AskState, context: RouteContext) -> Update:
    """Let one expert answer; alone, and surely the last, it is streamed while it comes."""
    seat, heard_so_far = state["seat"], list[str]()
    drafting = partial(
        propose,
        context.mind(seat["member"], path=ASK),
        conversation(state["messages"]),
        temperature=context.sampling,
        within=_seconds(context, state["waiting"]),
        hear=_listening(context, heard_so_far),
    )
    draft, trouble = await tried(context, seat, stoppable(context, drafting))
    if draft is None and heard_so_far:
        context.run.bus.emit("answer.restart", reason=f"{seat['member']} broke off")
    return {"drafts": [draft]} if draft else trouble


def _seconds(context: RouteContext, waiting: Sequence[str]) -> float | None:
    """What an expert may take: all that is left where nobody could follow, else a share of it."""
    left = context.run.seconds_left
    return None if left is None else left * (FIRST_SHARE if waiting else 1.0)


def streams(context: RouteContext) -> bool:
    """Tell whether an expert's words go out while they come: nobody else is to be heard, if nothing fails."""
    alone = context.experts.reroute is None and context.settings.choices.top_k == 1
    return alone and not context.stage and context.run.hear is not None


def _listening(context: RouteContext, kept: list[str]) -> Callable[[str], None] | None:
    tell = context.run.hear
    if tell is None or not streams(context):
        return None

    def hear(text: str) -> None:
        kept.append(text)
        tell(text)

    return hear


# Who else


@node("route")
async def consider(state: RouteState, context: RouteContext) -> Update:
    """Find out who else is asked: somebody for each expert that failed, or one more where the answer is unsure."""
    found, failed = standing(context, state), _failed(context, state)
    waiting = _within_budget(context, state) if context.run.scope.stopped is None else []
    top_k = context.settings.choices.top_k
    missing = max(top_k - len(_answered(context, state)), 0)
    following = _worth_it(context, state, waiting, most=max(MOST, top_k))[:missing]
    if not following and found.unsure:
        following = _worth_it(context, state, waiting, most=MOST)[:1]
    if not following:
        return {"batch": []}
    _hand_on(context, state, failed, following)
    receipt = _further(state, found, following, failed)
    _tell(context, receipt)
    await ready(context, [member for member in context.cast if member.name in following])
    batch = [Seating(member=name, index=0) for name in following]
    left = [name for name in state["waiting"] if name not in following]
    return {"batch": batch, "seats": [*state["seats"], *batch], "waiting": left, "receipt": receipt}


def _within_budget(context: RouteContext, state: RouteState) -> list[str]:
    """The experts that wait, less those that what is left of the budget does not cover, or who would refuse."""
    run, asked = context.run, question(state)
    by_name = {member.name: member for member in context.cast}
    waiting = [by_name[name] for name in state["waiting"] if not (_outside(state) and is_bundled(by_name[name]))]
    return [member.name for member in waiting if not shortfall(run, [Planned(member=member)], asked)]


def _outside(state: RouteState) -> bool:
    """A bundled mind has found the question outside its world, which is that of all of them."""
    return any((failure["kind"], failure["message"]) == ("refused", REFUSAL) for failure in state["failures"])


def _worth_it(context: RouteContext, state: RouteState, waiting: Sequence[str], *, most: float) -> list[str]:
    """The experts with whom the question would still cost no more than it may: nobody may know the answer."""
    costs = context.experts.costs
    spent = math.fsum(costs[draft["member"]] for draft in state["drafts"])
    return [name for name in waiting if spent + costs[name] <= most]


def _answered(context: RouteContext, state: RouteState) -> set[str]:
    """Who gave a reply that is one."""
    return {draft["member"] for draft in heard(context, state) if not void(state, draft)}


def _failed(context: RouteContext, state: RouteState) -> list[str]:
    """Who of the latest batch gave no reply, or none that is an answer."""
    answered = _answered(context, state)
    return [seat["member"] for seat in state["batch"] if seat["member"] not in answered]


def _hand_on(context: RouteContext, state: RouteState, failed: Sequence[str], following: Sequence[str]) -> None:
    """Tell who stands in for whom."""
    reasons = {failure["member"]: failure["message"] for failure in state["failures"]}
    reasons |= {draft["member"]: NO_ANSWER for draft in state["drafts"]}
    for name, instead in zip(failed, following, strict=False):
        reason = reasons.get(name) or next(reversed(context.run.limits_reached), NO_ANSWER)
        context.run.bus.emit("fallback", **{"from": name, "to": instead, "reason": reason, "role": "expert"})
    if streams(context) and any(draft["member"] in failed for draft in state["drafts"]):
        context.run.bus.emit("answer.restart", reason=f"the reply of {' and '.join(failed)} gave no answer")


def _further(state: RouteState, found: Standing, following: Sequence[str], failed: Sequence[str]) -> Receipt:
    receipt, names = state["receipt"], " and ".join(following)
    lost = " and ".join(failed)
    why = f"{names}, since {lost} failed" if failed else f"{names} as well, since {found.words}"
    return {**receipt, "chosen": [*receipt["chosen"], *following], "why": f"{receipt['why']}; {why}"}


def onward(state: RouteState) -> list[Send] | Literal["aggregate"]:
    """The experts of the next batch; each is asked once, so that this ends."""
    return fan_out(state) if state["batch"] else "aggregate"


# The end


@node("route")
async def aggregate(state: RouteState, context: RouteContext) -> Update:
    """Have one answer written of several that are prose; answers that can be compared are weighed."""
    drafts, found = [one for one in answering(context, state) if not void(state, one)], standing(context, state)
    if len(drafts) < 2 or found.comparable or context.run.scope.stopped:
        return {}
    names = [one.name for one in context.experts.aggregators]
    chain = [name for name in names if await able(context.mind(name, path="aggregate"), "aggregator")]
    relay = Relay(context, chain, role="aggregator", node="aggregate", round=1)
    turns = conversation(state["messages"])
    hear = None if context.stage else context.run.hear
    made = await aggregated(
        Material(context=context, turns=turns, drafts=drafts, asked=len(drafts), round=1, relay=relay, hear=hear)
    )
    return {"result": made, "failures": relay.failures}


@node("route")
async def close(state: RouteState, context: RouteContext) -> Update:
    """End with the weighed answer, or with the one that was written of several."""
    if not heard(context, state):
        return await ended(context, without(context, state))
    result, made = state["result"], ending(context, state)
    streamed = result["streamed"] if result else _gone_out(context, state, made.get("answer", ""))
    return await ended(context, made, streamed=streamed)


def _gone_out(context: RouteContext, state: RouteState, answer: str) -> bool:
    """Tell whether an answer is what was streamed last; what was streamed before that was taken back."""
    last = state["seats"][-1]["member"]
    return streams(context) and any(d["member"] == last and d["text"] == answer for d in state["drafts"])


def agenda(context: RouteContext) -> list[Planned]:
    """The router, the dearest experts in place of those that the question will choose, and who else may follow."""
    experts, most = context.experts, context.settings.choices.top_k
    order = sorted(context.cast, key=lambda member: (-experts.costs[member.name], member.name))
    first, others = order[:most], order[most:]
    parts = [_routing(context), [Planned(member=member) for member in first]]
    if experts.reroute is None:
        parts[-1] += standing_in(parts[-1][0], others)
    else:
        parts += [[Planned(member=member, surely=False)] for member in others]
    return one_after_another([*parts, _aggregating(context, first)])


def _routing(context: RouteContext) -> list[Planned]:
    routes = context.experts.routes
    return [Planned(member=routes, role="router", prompts=("router", "form"))] if routes else []


def _aggregating(context: RouteContext, authors: Sequence[Member]) -> list[Planned]:
    prompts = (*READING, "synthesis")
    return [
        Planned(member=one, role="aggregator", prompts=prompts, reads=tuple(authors), surely=False)
        for one in context.writers
    ]


def build() -> "StateGraph[RouteState, RouteContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(RouteState, context_schema=RouteContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node("decide", decide)
    builder.add_node(ASK, ask)
    builder.add_node("consider", consider)
    builder.add_node("aggregate", aggregate)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_edge("open", "decide")
    builder.add_conditional_edges("decide", fan_out, [ASK])
    builder.add_edge(ASK, "consider")
    builder.add_conditional_edges("consider", onward, [ASK, "aggregate"])
    builder.add_edge("aggregate", "close")
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="route")
