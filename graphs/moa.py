"""A mixture of agents: members draft, an aggregator makes one answer of the drafts, layer upon layer (2406.04692).

START -> open -> (propose, one per draft, all at once) -> [analyse ->] aggregate -> [keep ->] close -> END

After each layer but the last the next one drafts with the drafts and the answer of that layer before it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Overwrite, Send

from symposium.agents.analyst import analyse as find_differences
from symposium.agents.casting import Role, check_role
from symposium.agents.judge import compare
from symposium.agents.proposer import propose as draft
from symposium.graphs.aggregation import Material, aggregated
from symposium.graphs.compiled import deliberative
from symposium.graphs.endings import ended, without_answer
from symposium.graphs.family import Input, Output, Update, able, conversation, fresh, node, ready, tried
from symposium.graphs.forms import MoaContext
from symposium.graphs.mixture import (
    Branch,
    Check,
    MoaState,
    Plan,
    ProposeState,
    best_draft,
    comparers,
    drafts_of,
    own_instructions,
    seats,
)
from symposium.graphs.mixture_agenda import agenda
from symposium.graphs.mixture_ending import ending_kept, ending_with, metadata
from symposium.graphs.relay import Relay
from symposium.ledger.records import Draft, UsageError
from symposium.models.fanout import Fanout, Rule
from symposium.models.member import Member
from symposium.models.scope import Stopped

__all__ = ["agenda", "graph"]

PROPOSE, AGGREGATE, KEEP = "propose", "aggregate", "keep"  # the nodes in which members speak


# Who speaks


@node("moa")
async def open_turn(state: Input, context: MoaContext) -> Update:
    """Seat the panel, and find out who can aggregate and who can judge."""
    choices, (aggregators, exact) = context.settings.choices, await _aggregators(context)
    judges = await _judges(context) if choices.keep_best else []
    needed = {*aggregators[:1], *judges[:1]}
    await ready(context, [*context.cast, *(member for member in context.helpers if member.name in needed)])
    context.run.bus.emit("round.start", round=1, what="drafts")
    plan = Plan(
        layers=choices.layers,
        aggregators=aggregators,
        judges=judges,
        exact=exact,
        analyses=choices.analyse and bool(aggregators) and not exact,
        keeps=bool(judges),
    )
    blank: Update = {"analysis": None, "results": Overwrite([]), "check": None, "halted": False}
    return {**fresh(context.run, seats(context)), **blank, "plan": plan}


async def _aggregators(context: MoaContext) -> tuple[list[str], bool]:
    """Who can aggregate, in turn: those that follow instructions, or the exact checker that is named, and that it is.

    Raises:
        UsageError: the aggregator that is named can be neither.
    """
    chain = context.table.aggregators
    if context.settings.choices.aggregator_model is None:
        return await _able(context, chain, "aggregator"), False
    named = context.mind(chain[0].name, path=AGGREGATE)
    if "checks" in await named.features():
        return [named.member.name], True
    await check_role(named, "aggregator")
    return await _able(context, chain, "aggregator"), False


async def _judges(context: MoaContext) -> list[str]:
    """Who can compare the best draft with the answer, in turn; that the judge who was named cannot is noted."""
    named = context.settings.choices.judge
    if named is not None:
        try:
            await check_role(context.mind(named, path=KEEP), "comparer")
        except UsageError as error:
            context.run.note(f"the judge that was named was left out: {error}")
    return await _able(context, context.table.judges, "comparer")


async def _able(context: MoaContext, members: Sequence[Member], role: Role) -> list[str]:
    return [member.name for member in members if await able(context.mind(member.name, path=AGGREGATE), role)]


# Drafts


def fan_out(state: MoaState) -> list[Send]:
    """One branch per seat of the next layer; what the layer before has brought is there to be read."""
    plan, layer, shown = state["plan"], len(state["results"]) + 1, _shown(state)
    signals, part, then = plan["exact"] or not plan["aggregators"], share("drafts", state), drafted(state)
    shared = {"messages": state["messages"], "lineage": state["lineage"]}
    branches = (
        Branch(seat=seat, layer=layer, shown=shown, signals=signals, share=part, then=then) for seat in state["seats"]
    )
    return [Send(PROPOSE, {**shared, "branch": branch}) for branch in branches]


def drafted(state: MoaState) -> Literal["analyse", "aggregate"]:
    """What comes after the drafts of the next layer: those of the last are analysed, where that is asked for."""
    last = len(state["results"]) + 1 == state["plan"]["layers"]
    return "analyse" if state["plan"]["analyses"] and last else "aggregate"


def _shown(state: MoaState) -> list[Draft]:
    """The drafts of the last layer that is over, and what was made of them where that is none of them."""
    if not state["results"]:
        return []
    last = state["results"][-1]
    drafts, made = drafts_of(state, last["round"]), last["draft"]
    return drafts if made is None or made in drafts else [*drafts, made]


@node("moa")
async def propose(state: ProposeState, context: MoaContext) -> Command[Literal["analyse", "aggregate"]]:
    """Let one seat draft, and lead on by itself: a router would read the whole state again after every draft."""
    return Command(update=await _heard(context, state), goto=state["branch"]["then"])


async def _heard(context: MoaContext, state: ProposeState) -> Update:
    seat, fanout = state["branch"]["seat"], _fanout(context, state["branch"]["layer"])
    try:
        update = await fanout.run(lambda: _drafted(context, state))
    except Stopped:
        return {"stopped": [seat]}
    fanout.ended((seat["member"], seat["index"]), update.get("drafts", []))
    return update


async def _drafted(context: MoaContext, state: ProposeState) -> Update:
    branch, turns = state["branch"], conversation(state["messages"])
    mind = context.mind(branch["seat"]["member"], path=PROPOSE)
    drafting = partial(
        draft,
        mind,
        turns,
        index=branch["seat"]["index"],
        round=branch["layer"],
        temperature=context.sampling,
        shown=branch["shown"],
        own=own_instructions(context, mind.member, turns[-1]["content"]),
        signals=branch["signals"] or context.settings.choices.aggregation_strategy == "voting",
        within=seconds(context, branch["share"]),
    )
    made, trouble = await tried(context, branch["seat"], drafting, round=branch["layer"])
    return {"drafts": [made]} if made else trouble


def _fanout(context: MoaContext, layer: int) -> Fanout:
    drafts = len(context.cast) * context.settings.choices.num_proposals_per_model
    return context.run.fanout(context.place(f"{PROPOSE}/{layer}"), window=drafts, rule=_waiting(context))


def _waiting(context: MoaContext) -> Rule | None:
    """When the other drafts of a layer are not waited for; None: never."""
    choices = context.settings.choices
    if choices.quorum is None and choices.patience is None:
        return None
    known = {member.name: member.reliability for member in context.cast}
    places = {(seat["member"], seat["index"]): known[seat["member"]] for seat in seats(context)}
    return Rule(seats=places, quorum=choices.quorum, patience=choices.patience)


# Time


PARTS = {"drafts": 3, "analysis": 1, "aggregate": 2, "check": 1}  # of the time, what a step gets beside the others


def share(step: Literal["drafts", "analysis", "aggregate", "check"], state: MoaState) -> float:
    """The part (0..1] of the time left that a step of this layer may take, so that those after it have theirs."""
    order = list(PARTS)
    wanted = {"drafts": True, "analysis": state["plan"]["analyses"], "aggregate": True, "check": state["plan"]["keeps"]}
    later = sum(PARTS[name] for name in order[order.index(step) + 1 :] if wanted[name])
    layers = state["plan"]["layers"] - len(state["results"]) - 1
    return PARTS[step] / (PARTS[step] + later + layers * (PARTS["drafts"] + PARTS["aggregate"]))


def seconds(context: MoaContext, part: float) -> float | None:
    """That part of the time left, in seconds; None where nothing limits it."""
    left = context.run.seconds_left
    return None if left is None else left * part


# Aggregation


@node("moa")
async def analyse(state: MoaState, context: MoaContext) -> Update:
    """Find out where the drafts of the last layer agree, contradict each other and stand alone."""
    drafts = _latest(state)
    if len(drafts) < 2:
        return {}
    turns, round, relay = conversation(state["messages"]), _layer(state), _relay(context, state, "analysis")
    found = await relay.run(lambda one: find_differences(one.mind, turns, drafts, round=round, within=one.within))
    return {"analysis": found, "failures": relay.failures}


@node("moa")
async def aggregate(state: MoaState, context: MoaContext) -> Update:
    """Make one answer of the drafts of this layer."""
    drafts, last = _latest(state), _layer(state) == state["plan"]["layers"]
    cut = _was_cut(context, state, drafts)
    halted: Update = {"halted": not drafts or context.run.scope.stopped is not None}
    if not drafts:
        return halted
    relay = _relay(context, state, "aggregate")
    made = await aggregated(
        Material(
            context=context,
            turns=conversation(state["messages"]),
            drafts=drafts,
            asked=len(state["seats"]),
            round=_layer(state),
            relay=relay,
            exact=state["plan"]["exact"],
            analysis=state["analysis"] if last else None,
            hear=context.run.hear if last and not state["plan"]["keeps"] and not context.stage else None,
        )
    )
    if made is None:
        return {"halted": True, "failures": relay.failures}
    if not last and not halted["halted"]:
        context.run.bus.emit("round.start", round=_layer(state) + 1, what="drafts")
    return {**halted, "results": [{**made, "cut": cut}], "failures": relay.failures}


def _latest(state: MoaState) -> list[Draft]:
    return drafts_of(state, _layer(state))


def _layer(state: MoaState) -> int:
    return len(state["results"]) + 1


def _relay(context: MoaContext, state: MoaState, step: Literal["analysis", "aggregate"]) -> Relay:
    left = context.run.seconds_left or 0.0
    return Relay(
        context,
        state["plan"]["aggregators"],
        role="analyst" if step == "analysis" else "aggregator",
        node="analyse" if step == "analysis" else AGGREGATE,
        round=_layer(state),
        reserved=left * (1 - share(step, state)),
    )


def _was_cut(context: MoaContext, state: MoaState, drafts: Sequence[Draft]) -> bool:
    """Some drafts were not waited for; tell of it."""
    reason = _fanout(context, _layer(state)).scope.stopped
    if reason not in ("quorum", "patience"):
        return False
    asked = len(state["seats"])
    failed = sum(one["round"] == _layer(state) and one["role"] == "proposer" for one in state["failures"])
    stopped = asked - len(drafts) - failed
    context.run.bus.emit("quorum", asked=asked, counted=len(drafts), stopped=stopped, reason=reason)
    return stopped > 0


def onward(state: MoaState) -> list[Send] | Literal["keep", "close"]:
    """What comes after an aggregate: the next layer, `layers` of them at most, then the check if there is one."""
    if not state["halted"] and len(state["results"]) < state["plan"]["layers"]:
        return fan_out(state)
    return "keep" if state["plan"]["keeps"] and state["results"] else "close"


# The check


@node("moa")
async def keep(state: MoaState, context: MoaContext) -> Update:
    """Let a judge of another family compare the aggregate with the best draft."""
    made, best = state["results"][-1]["draft"], best_draft(context, state)
    if made is None or made["text"] == best["text"]:
        return {}
    turns, judges, named = conversation(state["messages"]), comparers(context, state), context.settings.choices.judge
    if named in state["plan"]["judges"] and named not in judges:
        context.run.note(f"the judge that was named was left out: '{named}' is of the family of what it would judge")
    relay = Relay(context, judges, role="judge", node=KEEP, round=made["round"])
    found = await relay.run(lambda one: compare(one.mind, turns, made, best, round=made["round"], within=one.within))
    if found is None:
        return {"failures": relay.failures}
    kept = found.winner is not None and found.winner["call"] == best["call"]
    check = Check(judge=relay.asked, draft=best, kept=kept, consistent=found.consistent, reasons=list(found.reasons))
    return {"check": check, "failures": relay.failures}


# The end


@node("moa")
async def close(state: MoaState, context: MoaContext) -> Update:
    """End with the answer of the last layer that has one, or with the draft that the judge keeps."""
    if not state["results"]:
        return await ended(context, {**without_answer(context, state), "metadata": metadata(context, state)})
    result, check = state["results"][-1], state["check"]
    if check and check["kept"]:
        return await ended(context, ending_kept(context, state, check))
    return await ended(context, ending_with(context, state, result), streamed=result["streamed"])


def build() -> "StateGraph[MoaState, MoaContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(MoaState, context_schema=MoaContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node(PROPOSE, propose, destinations=("analyse", AGGREGATE))
    builder.add_node("analyse", analyse)
    builder.add_node(AGGREGATE, aggregate)
    builder.add_node(KEEP, keep)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_conditional_edges("open", fan_out, [PROPOSE])
    builder.add_edge("analyse", AGGREGATE)
    builder.add_conditional_edges(AGGREGATE, onward, [PROPOSE, KEEP, "close"])
    builder.add_edge(KEEP, "close")
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="moa")
