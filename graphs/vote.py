"""Members answer in parallel, several times each; equivalent answers are counted.

START -> open -> (sample, one per seat, all at once) -> [elect ->] close -> END

The samples share a window, so that a few run at a time and the next one starts when one ends. As soon as the ballots
still out cannot change the outcome, or hardly will, the rest is stopped. Where something else than the count is to
decide, an election is held between the answers that differ.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Overwrite, Send

from symposium.agents.casting import check_role, way
from symposium.graphs.compiled import deliberative
from symposium.graphs.counting import Count, ballots_of, comparable, counted, in_order, voice
from symposium.graphs.dissent import weighed
from symposium.graphs.endings import best_first, ended, exit_of, in_words, quorum, slips, who, without_answer
from symposium.graphs.family import (
    Input,
    Output,
    Seating,
    State,
    Update,
    conversation,
    fresh,
    gathered,
    node,
    question,
    ready,
    spoken,
)
from symposium.graphs.forms import VoteContext
from symposium.graphs.vote_agenda import agenda, seats
from symposium.graphs.vote_contest import NODE as ELECT
from symposium.graphs.vote_contest import Contest, Election, contest_of_prose
from symposium.graphs.vote_election import READERS, elect, how_chosen
from symposium.ledger.records import Draft, ExitReason, First, Signal, UsageError
from symposium.models.fanout import Fanout
from symposium.models.member import Member
from symposium.models.run import Ending
from symposium.models.scope import Stopped
from symposium.tools.adaptive import UNCOUNTED, flat, leads, sure
from symposium.tools.confidence import CHANCE, DECISIVE
from symposium.tools.measures import asked_unit
from symposium.tools.votes import RULES, Ballot, Outstanding, Rule, settled

__all__ = ["agenda", "graph", "seats"]

NODE = "sample"
SAMPLING_SHARE = 2 / 3  # of the time left, for the samples where an election may follow
EARLY: Mapping[str, tuple[ExitReason, str]] = {
    "settled": ("settled", ""),
    "confident": ("confident", "the lead will hardly turn"),
    "stalled": ("stalled", "the answers go on differing, so that further samples would not have settled it"),
    "uncounted": ("stalled", "nothing of what was said can be counted, so that further samples would settle nothing"),
}
"""Why the samples that are still out are not waited for: the exit, and words for it where the usual ones do not fit."""
DECIDED = ("complete", *(exit for exit, _ in EARLY.values()))  # the exits with which a vote is whole


class VoteState(State):
    """The state of a vote: why the last samples were stopped, if it did so (`EARLY`), and what an election came to.

    `election` is None where there was none.
    """

    early: Annotated[list[str], gathered]
    election: Election | None


class SampleState(State):
    """The state of one branch: the shared channels it needs, and its own seat."""

    seat: Seating


# Samples


@node("vote")
async def open_turn(state: Input, context: VoteContext) -> Update:
    """Seat every sample of every member, first samples first."""
    await _check_helpers(context)
    await ready(context)
    return {**fresh(context.run, seats(context)), "early": Overwrite([]), "election": None}


async def _check_helpers(context: VoteContext) -> None:
    """Check that the judge or verifier that is to decide can do so.

    Raises:
        UsageError: it cannot.
    """
    ballots = context.settings.choices.ballots
    for member in context.helpers:
        mind = context.mind(member.name, path=ELECT)
        await check_role(mind, "comparer" if ballots == "pairwise" else "judge")
        if ballots == "verifier" and await way(mind, "judge") == "forced":
            raise UsageError(
                f"member '{member.name}' ({member.model}) cannot verify: it only estimates; "
                "that takes a symbolic mind (symbolic:arithmetic) or a chat model"
            )


def fan_out(state: VoteState) -> list[Send]:
    """One branch per seat."""
    shared = {"messages": state["messages"], "lineage": state["lineage"], "seats": state["seats"]}
    return [Send(NODE, {**shared, "seat": seat}) for seat in state["seats"]]


@node("vote")
async def sample(state: SampleState, context: VoteContext) -> Command[Literal["elect", "close"]]:
    """Let one seat answer, and lead on by itself: a router would read the whole state again after every sample."""
    then: Literal["elect", "close"] = "elect" if _elects(context) else "close"
    return Command(update=await _heard(context, state), goto=then)


async def _heard(context: VoteContext, state: SampleState) -> Update:
    """Let one seat answer, count it, and stop the rest if nothing more is to be expected of it."""
    fanout, seat = _fanout(context), state["seat"]
    try:
        update = await fanout.run(lambda: spoken(context, state, seat, node=NODE, within=_seconds(context)))
    except Stopped:
        return {"stopped": [seat]}
    return {**update, "early": _count(context, fanout, state, update)}


def _fanout(context: VoteContext) -> Fanout:
    return context.run.fanout(context.place(NODE), window=context.settings.choices.window)


def _seconds(context: VoteContext) -> float | None:
    """What a sample may take, in seconds: where an election may follow, not all that is left."""
    left = context.run.seconds_left
    return left * SAMPLING_SHARE if left is not None and _elects(context) else None


def _elects(context: VoteContext) -> bool:
    return context.settings.choices.ballots != "answers"


def _count(context: VoteContext, fanout: Fanout, state: SampleState, update: Update) -> list[str]:
    """Count what has come in so far, and stop the rest if that is enough; give why it did."""
    fanout.arrived += update.get("drafts", [])
    fanout.over.append(state["seat"])
    out = [seat for seat in state["seats"] if seat not in fanout.over]
    unit, rule = asked_unit(question(state)), _rule(context)
    ballots = ballots_of(fanout.arrived, context.cast, unit)
    enough = _enough(context, ballots, out) or _nothing_to_count(context, fanout, unit)
    context.run.bus.emit(
        "vote",
        rule=rule.name,
        voices=[voice(candidate) for candidate in rule(ballots).candidates],
        counted=len(ballots),
        outstanding=len(out),
        settled=enough is not None,
    )
    if not enough or not out:
        return []
    told = {"asked": len(state["seats"]), "counted": len(ballots), "stopped": len(out), "reason": EARLY[enough][0]}
    context.run.bus.emit("quorum", **told)
    fanout.scope.stop(enough)
    return [enough] if fanout.scope.stopped == enough else []


def _enough(context: VoteContext, ballots: Sequence[Ballot], out: Sequence[Seating]) -> str | None:
    """Why those who are still out need not be heard; None where they must be."""
    choices, rule = context.settings.choices, _rule(context)
    if not _elects(context) and settled(ballots, [_outstanding(seat, context.cast) for seat in out], rule=rule):
        return "settled"
    if not choices.adaptive:
        return None
    if sure(ballots, rule, certainty=choices.certainty):
        return "confident"
    return "stalled" if flat(leads(vote.key for vote in ballots)) else None


def _nothing_to_count(context: VoteContext, fanout: Fanout, unit: str | None) -> str | None:
    """Say so of an adaptive vote where everyone was asked, and no answer can be read, or none compared with another."""
    if not context.settings.choices.adaptive or len(fanout.arrived) < UNCOUNTED or len(fanout.over) < len(context.cast):
        return None
    answers = [draft["answer"] for draft in fanout.arrived if draft["answer"] is not None]
    return None if answers and comparable(answers, unit) else "uncounted"


def _outstanding(seat: Seating, cast: Sequence[Member]) -> Outstanding:
    member = next(member for member in cast if member.name == seat["member"])
    fitted = DECISIVE in member.calibration
    return Outstanding(member=member.name, index=seat["index"], reliability=member.reliability, fitted=fitted)


def _rule(context: VoteContext) -> Rule:
    return RULES[context.settings.choices.rule]


# The election


@node("vote")
async def elect_answer(state: VoteState, context: VoteContext) -> Update:
    """Hold an election between the answers that differ; where there is nothing to choose nobody is asked."""
    contest = _contest(context, state)
    if len(contest.candidates) < 2 or (contest.prose and context.settings.choices.ballots not in READERS):
        return {}
    held = await elect(contest)
    if held.election is None:
        context.run.note(f"{held.why}: {'no draft was chosen by it' if contest.prose else 'the answers were counted'}")
        return {"failures": held.failures}
    voices = [voice(candidate) for candidate in contest.elected(held.election).tally.candidates]
    told = {"rule": held.election["by"], "voices": voices, "counted": len(contest.ballots), "outstanding": 0}
    context.run.bus.emit("vote", **told, settled=True)
    return {"election": held.election, "failures": held.failures}


def _contest(context: VoteContext, state: VoteState) -> Contest:
    """What stands for election: the answers where it can be told which are the same, else the drafts themselves."""
    drafts, turns, unit = in_order(state["drafts"]), conversation(state["messages"]), asked_unit(question(state))
    answers = [draft["answer"] for draft in drafts if draft["answer"] or context.run.open_ended]
    if answers and not comparable(answers, unit):
        return contest_of_prose(context, turns, drafts, _rule(context))
    ballots = ballots_of(drafts, context.cast, unit)
    return Contest(context=context, turns=turns, drafts=drafts, ballots=ballots, rule=_rule(context))


# The end


@node("vote")
async def close(state: VoteState, context: VoteContext) -> Update:
    """Count what came in, or take what the election came to, and end."""
    if state["election"]:
        return await ended(context, _elected(context, state, state["election"]))
    drafts = in_order(state["drafts"])
    ballots = ballots_of(drafts, context.cast, asked_unit(question(state)))
    count = counted(drafts, ballots, _rule(context))
    if count:
        return await ended(context, _ending(context, state, drafts, count))
    if drafts and context.run.open_ended:
        return await ended(context, _uncounted(context, state, drafts))
    return await ended(context, without_answer(context, state))


def _ending(context: VoteContext, state: VoteState, drafts: Sequence[Draft], count: Count) -> Ending:
    exit, reason = _exit(context, state)
    return Ending(
        status="answered" if exit in DECIDED else "partial",
        method="vote",
        answer=count.spokesman["text"],
        extracted=count.winner.answer,
        exit=exit,
        words=in_words(context, exit, reason=reason),
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


def _elected(context: VoteContext, state: VoteState, election: Election) -> Ending:
    """The ending where the election was held: of prose, whose words stand is all that it decides."""
    contest = _contest(context, state)
    count = contest.elected(election)
    ending = _ending(context, state, contest.drafts, count)
    how = [how_chosen(election), *election["notes"]]
    notes = [*how, *ending.get("notes", [])]
    if election["chances"]:
        chance = Signal(value=election["points"][count.winner.key], calibrated=True)
        return {**ending, "notes": notes, "signals": {**count.signals, CHANCE: chance}}
    if not contest.prose:
        return {**ending, "notes": notes}
    draft, unit = count.spokesman, asked_unit(question(state))
    found = weighed(draft["answer"], contest.drafts, context.cast, unit=unit, draft=draft)
    notes = [f"the draft of {draft['member']} was selected", *notes]
    return {**ending, **found, "method": "selection", "notes": notes}


def _uncounted(context: VoteContext, state: VoteState, drafts: Sequence[Draft]) -> Ending:
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


def _exit(context: VoteContext, state: VoteState) -> tuple[ExitReason, str]:
    """Why it ended, in words where the usual ones do not fit: what stopped the last samples first, if that did so."""
    return EARLY[state["early"][0]] if state["early"] and state["stopped"] else (exit_of(context), "")


def build() -> "StateGraph[VoteState, VoteContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(VoteState, context_schema=VoteContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node(NODE, sample, destinations=(ELECT, "close"))
    builder.add_node(ELECT, elect_answer)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_conditional_edges("open", fan_out, [NODE])
    builder.add_edge(ELECT, "close")
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="vote")
