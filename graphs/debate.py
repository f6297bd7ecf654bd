"""Debaters draft alone, criticise each other's drafts and reconsider their own; what is left is a vote (2305.14325).

START -> open -> (draft, one per debater) -> gate -> [(criticise) -> hear -> (reconsider) -> settle -> moderate] -> keep
-> close -> END, with what stands in brackets once per round. Drafts that agree are not debated.
"""

from functools import partial
from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Overwrite, Send

from symposium.agents.debater import criticise as object_to
from symposium.agents.debater import reconsider as think_again
from symposium.agents.proposer import propose
from symposium.graphs.compiled import deliberative
from symposium.graphs.counting import voice
from symposium.graphs.debate_agenda import agenda
from symposium.graphs.debate_ending import ending
from symposium.graphs.debate_gate import gated
from symposium.graphs.debate_judging import KEEP, MODERATE, kept, ruled
from symposium.graphs.debate_plan import CRITICISE, RECONSIDER, by_plan, planned
from symposium.graphs.debate_revision import flips, settled_on
from symposium.graphs.debate_state import (
    DebateState,
    Heard,
    Turn,
    TurnState,
    awaits_judge,
    ballots,
    begun,
    failed,
    having_to_revise,
    is_running,
    laid_down,
    movable,
    part_of,
    rounds_left,
    rule_of,
    seconds,
    share,
    table,
    vote,
)
from symposium.graphs.debate_weighing import scorer
from symposium.graphs.endings import HALTS, WORDS, ended, exit_of, in_words
from symposium.graphs.family import (
    Input,
    Output,
    Seating,
    Update,
    conversation,
    fresh,
    node,
    ready,
    stoppable,
    tried,
)
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Draft, Round
from symposium.tools.arithmetic import broken
from symposium.tools.stopping import STOPS, Progress, stopped_by

__all__ = ["agenda", "graph"]

DRAFT = "draft"  # the node in which debaters first speak


# Who speaks


@node("debate")
async def open_turn(state: Input, context: DebateContext) -> Update:
    """Seat the debaters, and find out who can play which part."""
    plan = await planned(context)
    helping = {*plan["judges"][:1], plan["checker"]}
    await ready(context, [*context.cast, *(member for member in context.helpers if member.name in helping)])
    context.run.bus.emit("round.start", round=0, what="drafts")
    blank: Update = {
        "heard": Overwrite([]),
        "trials": Overwrite([]),
        **{channel: [] for channel in ("tables", "rounds", "asked", "flips")},
        **{"stop": "", "halted": False, "preferred": None, "kept": None},
    }
    return {**fresh(context.run, [Seating(member=one.name, index=0) for one in context.cast]), **blank, "plan": plan}


# Drafts


def fan_out(state: DebateState) -> list[Send]:
    """One branch per debater."""
    return [Send(DRAFT, _branch(state, seat, None, share=share("drafts", state))) for seat in state["seats"]]


def _branch(state: DebateState, seat: Seating, own: Draft | None, *, share: float) -> dict[str, object]:
    turn = Turn(seat=seat, own=own, round=begun(state), rounds=state["rounds"], share=share)
    return {"messages": state["messages"], "lineage": state["lineage"], "plan": state["plan"], "turn": turn}


@node("debate")
@by_plan
async def draft(state: TurnState, context: DebateContext) -> Command[Literal["gate"]]:
    """Let one debater answer alone, and lead on by itself: a router would read the whole state again."""
    seat, turns = state["turn"]["seat"], conversation(state["messages"])
    drafting = partial(
        propose,
        context.mind(seat["member"], path=DRAFT),
        turns,
        temperature=context.sampling,
        own=part_of(context, seat["member"], turns[-1]["content"]),
        within=seconds(context, state),
    )
    made, trouble = await tried(context, seat, stoppable(context, drafting))
    return Command(update={"drafts": [made]} if made else trouble, goto="gate")


@node("debate")
@by_plan
async def gate(state: DebateState, context: DebateContext) -> Update:
    """Count the first drafts, and decide whether there is anything to debate."""
    drafts = laid_down(state)
    found = gated(context, state, drafts)
    if drafts:
        _tell_vote(context, state, drafts)
    context.run.bus.emit("gate", **found)
    return {"tables": [drafts], "gating": found, **(_begin(context, state, drafts) if found["debate"] else {})}


def halted(context: DebateContext) -> bool:
    """The run was stopped, or the budget allows no further call."""
    return context.run.scope.stopped is not None or context.run.late or bool(context.run.limits_reached)


def _begin(context: DebateContext, state: DebateState, drafts: list[Draft]) -> Update:
    """Begin another round, unless the run has come to its end."""
    if halted(context):
        return {"halted": True}
    round = begun(state) + 1
    context.run.bus.emit("round.start", round=round, what="critique")
    return {"rounds": [*state["rounds"], Round(round=round, drafts=drafts, critiques=[], ruling=None)]}


def _tell_vote(context: DebateContext, state: DebateState, drafts: list[Draft]) -> None:
    rule, cast = rule_of(context), ballots(context, state, drafts)
    voices = [voice(candidate) for candidate in rule(cast).candidates]
    context.run.bus.emit("vote", rule=rule.name, voices=voices, counted=len(cast), outstanding=0, settled=False)


def following(state: DebateState) -> list[Send] | Literal["hear", "keep", "close"]:
    """What comes after the gate or the judge: the round that has begun, of `max_rounds` at most, or the end."""
    if is_running(state) and begun(state) <= state["plan"]["rounds"]:
        return _critics(state) or "hear"
    return "keep" if state["rounds"] else "close"


# A round


def _critics(state: DebateState) -> list[Send]:
    """One branch per debater that can criticise, and one for whoever checks all drafts.

    Who only tells likely steps from unlikely ones is not asked where the check finds a wrong one: that is surer.
    """
    last, plan = state["rounds"][-1], state["plan"]
    found = bool(plan["checker"]) and any(broken(draft["text"]) for draft in last["drafts"])
    critics = [name for name in plan["critics"] if not (found and name in plan["bare"])]
    own = {draft["member"]: draft for draft in last["drafts"] if draft["member"] in critics}
    gone = failed(state, "critic")
    speaking = [name for name in (*own, plan["checker"]) if name and name not in gone]
    return [
        Send(CRITICISE, _branch(state, Seating(member=name, index=0), own.get(name), share=share("critique", state)))
        for name in speaking
    ]


@node("debate")
@by_plan
async def criticise(state: TurnState, context: DebateContext) -> Command[Literal["hear"]]:
    """Let one debater, or the checker, object to the drafts on the table."""
    turn, turns = state["turn"], conversation(state["messages"])
    seat, own = turn["seat"], turn["own"]
    objecting = partial(
        object_to,
        scorer(context, seat["member"], path=CRITICISE),
        turns,
        turn["rounds"],
        own,
        round=turn["round"],
        within=seconds(context, state),
        persona=part_of(context, seat["member"], turns[-1]["content"]) if own else "",
        agreement=context.settings.choices.agreement if own else None,
    )
    found, trouble = await tried(context, seat, stoppable(context, objecting), role="critic", round=turn["round"])
    heard = Heard(round=turn["round"], critic=seat["member"], critiques=found or [])
    return Command(update={"heard": [heard], **trouble}, goto="hear")


@node("debate")
@by_plan
async def hear(state: DebateState, context: DebateContext) -> Update:
    """Lay down what was objected, and find out who has something to revise."""
    *before, last = state["rounds"]
    said = {one["critic"]: one["critiques"] for one in state["heard"] if one["round"] == last["round"]}
    order = [name for name in [state["plan"]["checker"], *(seat["member"] for seat in state["seats"])] if name in said]
    current: Round = {**last, "critiques": [held for name in order for held in said[name]]}
    heard: Update = {"rounds": [*before, current], "halted": halted(context)}
    asked = [] if heard["halted"] else having_to_revise(state, current)
    if asked:
        context.run.bus.emit("round.start", round=last["round"], what="revision")
    return {**heard, "asked": asked}


def answering(state: DebateState) -> list[Send] | Literal["settle", "keep"]:
    """One branch per debater that has something to revise; none in a run that has come to its end."""
    if state["halted"]:
        return "keep"
    own = {draft["member"]: draft for draft in table(state)}
    return [
        Send(
            RECONSIDER,
            _branch(state, Seating(member=name, index=0), own[name], share=share("revision", state)),
        )
        for name in state["asked"]
    ] or "settle"


@node("debate")
@by_plan
async def reconsider(state: TurnState, context: DebateContext) -> Command[Literal["settle"]]:
    """Let one debater answer once more; what comes of it stands if it passes its test."""
    turn, turns = state["turn"], conversation(state["messages"])
    seat, own = _sampled(state), turn["own"]
    if own is None:
        return Command(goto="settle")
    thinking = partial(
        think_again,
        context.mind(seat["member"], path=RECONSIDER),
        turns,
        turn["rounds"],
        own,
        round=turn["round"],
        index=seat["index"],
        temperature=context.sampling,
        within=seconds(context, state),
        persona=part_of(context, seat["member"], turns[-1]["content"]),
        agreement=context.settings.choices.agreement,
    )
    made, trouble = await tried(context, seat, stoppable(context, thinking), role="reviser", round=turn["round"])
    if made is None:
        return Command(update=trouble, goto="settle")
    trial, told = await settled_on(context, state, made, own)
    told_of = {"member": seat["member"], "stands": trial["stands"], "words": trial["words"]}
    context.run.bus.emit("revision", call=made["call"], round=turn["round"], **told_of)
    return Command(update={"drafts": [made], "trials": [trial], **told}, goto="settle")


def _sampled(state: TurnState) -> Seating:
    """Where a debater sits when it revises: who only goes on from a text must sample, or it repeats itself."""
    turn = state["turn"]
    bare = turn["seat"]["member"] in state["plan"]["bare"]
    return Seating(member=turn["seat"]["member"], index=turn["round"] if bare else 0)


@node("debate")
@by_plan
async def settle(state: DebateState, context: DebateContext) -> Update:
    """Lay down the drafts as they now stand, count them, and find out whether another round could matter."""
    last, order = state["rounds"][-1], [draft["member"] for draft in table(state)]
    trials = [trial for trial in state["trials"] if trial["round"] == last["round"]]
    trials.sort(key=lambda trial: order.index(trial["before"]["member"]))
    stands = {trial["before"]["call"]: trial["revision"] for trial in trials if trial["stands"]}
    drafts = [stands.get(draft["call"], draft) for draft in table(state)]
    turned = flips(state, trials, last)
    for flip in turned:
        context.run.bus.emit("flip", **flip)
    _tell_vote(context, state, drafts)
    after = DebateState(**{**state, "tables": [*state["tables"], drafts], "halted": halted(context)})
    stop = stopped_by(_progress(context, after)) or ""
    made: Update = {"tables": after["tables"], "halted": after["halted"], "flips": [*state["flips"], *turned]}
    return {**made, **({"stop": stop} if awaits_judge(after, stop) else _on_or_off(context, after, stop))}


def _progress(context: DebateContext, state: DebateState) -> Progress:
    """What the debate has come to, as the rules that may end it see it."""
    return Progress(
        votes=tuple(ballots(context, state, drafts) for drafts in state["tables"]),
        rule=rule_of(context),
        quotes=tuple(frozenset((held["member"], held["step"]) for held in one["critiques"]) for one in state["rounds"]),
        movable=frozenset(movable(state)),
        asked=len(state["asked"]),
        left=rounds_left(state),
        alike=len({draft["text"].strip() for draft in table(state)}) == 1,
        unheard=_is_unheard(state),
        countable=vote(context, state, table(state)) is not None,
    )


def _is_unheard(state: DebateState) -> bool:
    """Of the debaters that were to criticise nobody could."""
    critics, gone = {*state["plan"]["critics"]}, failed(state, "critic")
    heard = {one["critic"] for one in state["heard"] if one["round"] == begun(state)} - gone
    return bool(critics & gone) and not critics & heard


def _on_or_off(context: DebateContext, state: DebateState, stop: str) -> Update:
    """Begin another round, unless a rule or the judge ends the debate."""
    if not stop:
        return {"stop": stop, **_begin(context, state, table(state))}
    words = STOPS[stop].words if stop in STOPS else WORDS["judged"]
    context.run.bus.emit("stop", round=begun(state), rule=stop, words=words)
    return {"stop": stop}


def settled(state: DebateState) -> list[Send] | Literal["hear", "moderate", "keep", "close"]:
    """What comes after a round: the judge, where there is something to judge, else what follows."""
    waits = not is_running(state) and awaits_judge(state, state["stop"])
    return "moderate" if waits else following(state)


# The judge


@node("debate")
@by_plan
async def moderate(state: DebateState, context: DebateContext) -> Update:
    """Let a judge decide how the debate goes on."""
    found = await ruled(context, state)
    after = DebateState(**{**state, "rounds": found.get("rounds", state["rounds"])})
    return {**found, **_on_or_off(context, after, found.get("stop", state["stop"]))}


@node("debate")
@by_plan
async def keep(state: DebateState, context: DebateContext) -> Update:
    """Keep the answer of the first vote, unless a judge or a check gives a reason for another one."""
    exit = exit_of(context)
    if exit in HALTS and not state["stop"]:
        context.run.bus.emit("stop", round=begun(state), rule=exit, words=in_words(context, exit))
    return await kept(context, state)


# The end


@node("debate")
@by_plan
async def close(state: DebateState, context: DebateContext) -> Update:
    """End with the answer that the debate has come to."""
    return await ended(context, ending(context, state))


def build() -> "StateGraph[DebateState, DebateContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(DebateState, context_schema=DebateContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node(DRAFT, draft, destinations=("gate",))
    builder.add_node("gate", gate)
    builder.add_node(CRITICISE, criticise, destinations=("hear",))
    builder.add_node("hear", hear)
    builder.add_node(RECONSIDER, reconsider, destinations=("settle",))
    builder.add_node("settle", settle)
    builder.add_node(MODERATE, moderate)
    builder.add_node(KEEP, keep)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_conditional_edges("open", fan_out, [DRAFT])
    builder.add_conditional_edges("gate", following, [CRITICISE, "hear", "close"])
    builder.add_conditional_edges("hear", answering, [RECONSIDER, "settle", KEEP])
    builder.add_conditional_edges("settle", settled, [CRITICISE, "hear", MODERATE, KEEP])
    builder.add_conditional_edges(MODERATE, following, [CRITICISE, "hear", KEEP])
    builder.add_edge(KEEP, "close")
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="debate")
