"""Members answer in parallel, several times each; equivalent answers are counted.

START -> open -> (sample, one per seat, all at once) -> close -> END

The samples share a window, so that a few run at a time and the next one starts when one ends. As soon as the ballots
still out cannot change the outcome, the rest is stopped.
"""

from collections.abc import Sequence

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from symposium.graphs.compiled import deliberative
from symposium.graphs.context import VoteContext
from symposium.graphs.endings import best_first, ended, exit_of, in_words, quorum, slips, who, without_answer
from symposium.graphs.family import Input, Output, Seating, State, Update, fresh, node, question, ready, spoken
from symposium.ledger.records import Draft, ExitReason, Signal, Voice
from symposium.models.fanout import Fanout
from symposium.models.member import Member
from symposium.models.run import Ending
from symposium.models.scope import Stopped
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE, answer_probability
from symposium.tools.measures import asked_unit
from symposium.tools.votes import RULES, Ballot, Candidate, Outstanding, Rule, Tally, ballot, settled

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
        voices=[_voice(candidate) for candidate in rule(ballots).candidates],
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
    drafts = sorted(state["drafts"], key=lambda draft: (draft["member"], draft["index"]))
    tally = _rule(context)(ballots_of(drafts, context.cast, asked_unit(question(state))))
    if tally.winner is None:
        return await ended(context, without_answer(context, state))
    return await ended(context, _ending(context, state, drafts, tally, tally.winner))


def ballots_of(drafts: Sequence[Draft], cast: Sequence[Member], unit: str | None) -> list[Ballot]:
    """A ballot per draft; a draft whose answer could not be read abstains, a bare number is in the unit asked for."""
    reliability = {member.name: member.reliability for member in cast}
    return [
        ballot(
            draft["answer"],
            member=draft["member"],
            index=draft["index"],
            unit=unit,
            probability=answer_probability(draft["signals"]),
            chance=_chance_of(draft),
            reliability=reliability[draft["member"]],
            reason="no answer could be read",
        )
        for draft in drafts
    ]


def _chance_of(draft: Draft) -> float | None:
    """The fitted chance that a draft is right; without one next to none where a written step is wrong, else unknown."""
    fitted = draft["signals"].get(DECISIVE + CALIBRATED)
    if fitted:
        return fitted["value"]
    return 0.0 if broken(draft["text"]) else None


def _outstanding(seat: Seating, cast: Sequence[Member]) -> Outstanding:
    member = next(member for member in cast if member.name == seat["member"])
    fitted = DECISIVE in member.calibration
    return Outstanding(member=member.name, index=seat["index"], reliability=member.reliability, fitted=fitted)


def _rule(context: VoteContext) -> Rule:
    return RULES[context.settings.choices.rule]


def _voice(candidate: Candidate) -> Voice:
    names = sorted(candidate.members)
    return Voice(answer=candidate.answer, share=candidate.share, votes=candidate.count, members=names)


def _ending(context: VoteContext, state: State, drafts: Sequence[Draft], tally: Tally, winner: Candidate) -> Ending:
    exit = _exit(context, state)
    seats_won = {(vote.member, vote.index) for vote in winner.ballots}
    spokesman = _spokesman([draft for draft in drafts if (draft["member"], draft["index"]) in seats_won])
    agreement = Signal(value=winner.count / len(drafts), calibrated=False)
    return Ending(
        status="answered" if exit in ("complete", "settled") else "partial",
        method="vote",
        answer=spokesman["text"],
        extracted=winner.answer,
        exit=exit,
        words=in_words(context, exit),
        answered=who(drafts, context.cast),
        failures=state["failures"],
        quorum=quorum(state),
        agreed=who([draft for draft in drafts if draft["member"] in winner.members], context.cast),
        dissent=[_voice(candidate) for candidate in tally.dissent],
        tie=tally.tie,
        signals={
            "agreement": agreement,
            "share": Signal(value=winner.share, calibrated=False),
            "margin": Signal(value=tally.margin, calibrated=False),
            **_chance(_rule(context), winner, spokesman),
            **{f"answer.{name}": signal for name, signal in spokesman["signals"].items()},
        },
        first=best_first(drafts, context.cast),
        notes=[*_notes(tally), *slips(spokesman["text"])],
    )


def _chance(rule: Rule, winner: Candidate, spokesman: Draft) -> dict[str, Signal]:
    """The fitted chance of the surest draft times the weight behind it, where chances are what ballots weigh.

    It tells right winners from wrong ones better than either factor, and needs no fit of its own to a cast.
    """
    fitted = spokesman["signals"].get(DECISIVE + CALIBRATED)
    if fitted is None or not rule.by_chance:
        return {}
    return {CHANCE: Signal(value=winner.share * fitted["value"], calibrated=True)}


def _spokesman(drafts: Sequence[Draft]) -> Draft:
    """Whose words are shown: the surest draft of the winning answer; among equals the first by member and sample."""
    return max(drafts, key=lambda draft: answer_probability(draft["signals"]) or 0.0)


def _notes(tally: Tally) -> list[str]:
    said = []
    if tally.assumed:
        said.append(f"{tally.assumed} ballots were weighed by an assumed {tally.rule}: their own is unknown")
    if tally.abstentions:
        said.append(f"{len(tally.abstentions)} replies gave no answer that could be read")
    return said


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
