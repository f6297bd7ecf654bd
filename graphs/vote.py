"""Members answer in parallel, several times each; equivalent answers are counted.

START -> open -> (sample, one per seat, all at once) -> close -> END

The samples share a window, so that a few run at a time and the next one starts when one ends. As soon as the ballots
still out cannot change the outcome, the rest is stopped.
"""

from collections.abc import Sequence

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from symposium.graphs.agenda import Planned
from symposium.graphs.compiled import deliberative
from symposium.graphs.counting import Count, ballots_of, counted, in_order, voice
from symposium.graphs.endings import best_first, ended, exit_of, in_words, quorum, slips, who, without_answer
from symposium.graphs.family import Input, Output, Seating, State, Update, fresh, node, question, ready, spoken
from symposium.graphs.forms import VoteContext
from symposium.ledger.records import Draft, ExitReason, First
from symposium.models.fanout import Fanout
from symposium.models.member import Member
from symposium.models.run import Ending
from symposium.models.scope import Stopped
from symposium.tools.confidence import DECISIVE
from symposium.tools.measures import asked_unit
from symposium.tools.votes import RULES, Outstanding, Rule, settled

NODE = "sample"


class SampleState(State):
    """The state of one branch: the shared channels it needs, and its own seat."""

    seat: Seating


@node("vote")
async def open_turn(state: Input, context: VoteContext) -> Update:
    """Seat every sample of every member, first samples first."""
    await ready(context)
    return fresh(context.run, seats(context))


def seats(context: VoteContext) -> list[Seating]:
    """Who speaks, in order: the first sample of each member, then the second, and so on."""
    samples = context.settings.choices.samples_of(len(context.cast))
    return [Seating(member=member.name, index=index) for index in range(samples) for member in context.cast]


def agenda(context: VoteContext) -> list[Planned]:
    """Every sample; those that a settled vote stops are counted as well."""
    by_name, window = {member.name: member for member in context.cast}, context.settings.choices.window
    return [Planned(member=by_name[seat["member"]], window=window) for seat in seats(context)]


def fan_out(state: State) -> list[Send]:
    """One branch per seat."""
    shared = {"messages": state["messages"], "lineage": state["lineage"], "seats": state["seats"]}
    return [Send(NODE, {**shared, "seat": seat}) for seat in state["seats"]]


@node("vote")
async def sample(state: SampleState, context: VoteContext) -> Update:
    """Let one seat answer, count it, and stop the rest if that settles the vote."""
    fanout = context.run.fanout(context.place(NODE), window=context.settings.choices.window)
    seat = state["seat"]
    try:
        update = await fanout.run(lambda: spoken(context, state, seat, node=NODE))
    except Stopped:
        return {"stopped": [seat]}
    _count(context, fanout, state, update)
    return update


def _count(context: VoteContext, fanout: Fanout, state: SampleState, update: Update) -> None:
    fanout.arrived += update.get("drafts", [])
    fanout.over.append(state["seat"])
    out = [seat for seat in state["seats"] if seat not in fanout.over]
    rule, ballots = _rule(context), ballots_of(fanout.arrived, context.cast, asked_unit(question(state)))
    decided = settled(ballots, [_outstanding(seat, context.cast) for seat in out], rule=rule)
    context.run.bus.emit(
        "vote",
        rule=rule.name,
        voices=[voice(candidate) for candidate in rule(ballots).candidates],
        counted=len(ballots),
        outstanding=len(out),
        settled=decided,
    )
    if decided and out:
        context.run.bus.emit("quorum", asked=len(state["seats"]), counted=len(ballots), stopped=len(out))
        fanout.scope.stop("settled")


@node("vote")
async def close(state: State, context: VoteContext) -> Update:
    """Count what came in and end."""
    drafts = in_order(state["drafts"])
    ballots = ballots_of(drafts, context.cast, asked_unit(question(state)))
    count = counted(drafts, ballots, _rule(context))
    if count:
        return await ended(context, _ending(context, state, drafts, count))
    if drafts and context.run.open_ended:
        return await ended(context, _uncounted(context, state, drafts))
    return await ended(context, without_answer(context, state))


def _outstanding(seat: Seating, cast: Sequence[Member]) -> Outstanding:
    member = next(member for member in cast if member.name == seat["member"])
    fitted = DECISIVE in member.calibration
    return Outstanding(member=member.name, index=seat["index"], reliability=member.reliability, fitted=fitted)


def _rule(context: VoteContext) -> Rule:
    return RULES[context.settings.choices.rule]


def _ending(context: VoteContext, state: State, drafts: Sequence[Draft], count: Count) -> Ending:
    exit = _exit(context, state)
    return Ending(
        status="answered" if exit in ("complete", "settled") else "partial",
        method="vote",
        answer=count.spokesman["text"],
        extracted=count.winner.answer,
        exit=exit,
        words=in_words(context, exit),
        answered=who(drafts, context.cast),
        failures=state["failures"],
        quorum=quorum(state),
        agreed=who([draft for draft in drafts if draft["member"] in count.winner.members], context.cast),
        dissent=count.dissent,
        tie=count.tally.tie,
        signals=count.signals,
        first=best_first(drafts, context.cast),
        notes=[*count.notes, *slips(count.spokesman["text"])],
    )


def _uncounted(context: VoteContext, state: State, drafts: Sequence[Draft]) -> Ending:
    """The ending where prose was asked for, and prose came: the most reliable member's words stand, and it says so."""
    first = best_first(drafts, context.cast) or First(member=drafts[0]["member"], answer=None, text=drafts[0]["text"])
    reason = f"prose cannot be counted; what {first['member']} wrote stands"
    return {
        **without_answer(context, state),
        "status": "partial",
        "method": "selection",
        "answer": first["text"],
        "words": in_words(context, exit_of(context), reason=reason),
        "agreed": [first["member"]],
        "notes": ["the graph moa makes one answer of several that are prose: -g moa"],
    }


def _exit(context: VoteContext, state: State) -> ExitReason:
    """A vote whose last samples were stopped, because it was fixed before anything else ended it, is settled."""
    fanout = context.run.fanout(context.place(NODE), window=context.settings.choices.window)
    return "settled" if fanout.scope.stopped == "settled" and state["stopped"] else exit_of(context)


def build() -> "StateGraph[State, VoteContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(State, context_schema=VoteContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node(NODE, sample)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_conditional_edges("open", fan_out, [NODE])
    builder.add_edge(NODE, "close")
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="vote")
