"""Cheap members answer first, dearer ones only where those were not sure enough; the best of all answers is kept.

START -> open -> ask -> score -> (ask the next stage, or) close -> END

Each stage is a graph of its own, run through `stage`. A score at or below its threshold, a score that is unknown and a
stage that failed lead to the next stage.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Overwrite

from symposium.agents.casting import check_role
from symposium.graphs import hearing as heard
from symposium.graphs.agenda import Planned, one_after_another
from symposium.graphs.catalogue import strategy
from symposium.graphs.compiled import deliberative
from symposium.graphs.endings import HALTS, chosen_by, ended, exit_of, in_words, without_answer
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
)
from symposium.graphs.forms import CascadeContext
from symposium.graphs.hearing import ANSWERED, UNKNOWN, Hearing, in_figures, sure
from symposium.graphs.scorers import CALLING, SCORERS, judges, path
from symposium.graphs.stage import stage as as_stage
from symposium.ledger.records import ExitReason, Outcome, Signal
from symposium.models.run import Ending
from symposium.tools.measures import asked_unit
from symposium.tools.votes import Tally


class CascadeState(State):
    """The state of a cascade: the last stage's Outcome as it waits for its score, and every stage heard so far."""

    latest: Outcome
    hearings: Annotated[list[Hearing], gathered]


@node("cascade")
async def open_turn(state: Input, context: CascadeContext) -> Update:
    """Make everyone ready, so that none is loaded while another speaks, and check that a chosen judge can be one."""
    await ready(context)
    for helper in context.helpers:
        await check_role(context.mind(helper.name, path="score"), "judge")
    seats = [Seating(member=call.member.name, index=0) for call in agenda(context)]
    return {**fresh(context.run, seats), "hearings": Overwrite([])}


def agenda(context: CascadeContext) -> list[Planned]:
    """What is asked if every stage is needed, scores included; the first stage surely is."""
    return one_after_another(_agenda_of(context, place) for place in range(len(context.ladder.stages)))


def _agenda_of(context: CascadeContext, place: int) -> list[Planned]:
    stage, scored = context.ladder.stages[place], context.ladder.threshold(place) is not None
    found = strategy(stage.graph)
    speaking = found.agenda(found.within(context.chosen(), **stage.choices))
    judging = judges(context, stage)[:1] if scored and context.ladder.scorer in CALLING else []
    scoring = [Planned(member=judge, role="judge", prompts=(), reads=stage.members[:1]) for judge in judging]
    parts = one_after_another([speaking, scoring])
    return [replace(call, surely=call.surely and place == 0) for call in parts]


@node("cascade")
async def ask(state: CascadeState, context: CascadeContext) -> Update:
    """Let the next stage answer."""
    place = len(state["hearings"])
    stage = context.ladder.stages[place]
    outcome = await as_stage(stage.graph, state["messages"], within=context, path=path(place), **stage.choices)
    return {"latest": outcome, "failures": outcome["failures"]}


@node("cascade")
async def score(state: CascadeState, context: CascadeContext) -> Update:
    """Score the stage's answer and decide whether the next one is asked; what cannot be read is not scored."""
    place, outcome = len(state["hearings"]), state["latest"]
    threshold = context.ladder.threshold(place)
    measured, trouble = UNKNOWN, Update()
    if threshold is not None and outcome["extracted"] is not None:
        scorer = SCORERS[context.ladder.scorer]
        measured, trouble = await scorer(context, conversation(state["messages"]), place, outcome)
    hearing = Hearing(
        stage=context.ladder.stages[place].name,
        outcome=outcome,
        score=measured,
        threshold=threshold,
        escalated=threshold is not None and not sure(measured, threshold) and not _halted(context, outcome),
    )
    _tell(context, hearing, place)
    return {"hearings": [hearing], **trouble}


def _halted(context: CascadeContext, outcome: Outcome) -> bool:
    """The run was told to stop, or the budget stopped somebody: the next stage could say nothing."""
    cut = outcome["exit"] in HALTS and outcome["quorum"]["cancelled"] > 0
    return cut or context.run.scope.stopped is not None


def _tell(context: CascadeContext, hearing: Hearing, place: int) -> None:
    outcome, measured = hearing["outcome"], hearing["score"]
    context.run.bus.emit(
        "cascade",
        stage=hearing["stage"],
        place=place,
        answer=outcome["extracted"],
        scorer=context.ladder.scorer,
        score=measured["value"],
        calibrated=measured["calibrated"],
        threshold=hearing["threshold"],
        escalated=hearing["escalated"],
        words=in_figures(hearing),
    )
    if hearing["escalated"] and outcome["status"] not in ANSWERED:
        following = context.ladder.stages[place + 1].name
        context.run.bus.emit("fallback", **{"from": hearing["stage"], "to": following, "reason": outcome["words"]})


def onward(state: CascadeState) -> Literal["ask", "close"]:
    """The next stage where the latest one escalated; the last of all never does."""
    return "ask" if state["hearings"][-1]["escalated"] else "close"


@node("cascade")
async def close(state: CascadeState, context: CascadeContext) -> Update:
    """Keep the best of all answers and end."""
    answers = [hearing for hearing in state["hearings"] if hearing["outcome"]["status"] in ANSWERED]
    if not answers:
        return await ended(context, _nothing(context, state))
    tally = heard.weighed(answers, context.cast, asked_unit(question(state)))
    return await ended(context, _ending(context, state, answers, tally))


def _ending(context: CascadeContext, state: CascadeState, answers: Sequence[Hearing], tally: Tally) -> Ending:
    exit, chosen = _exit(context, state), heard.spokesman(answers, tally.winner)
    outcome, winners = chosen["outcome"], tally.winner.members if tally.winner else (chosen["stage"],)
    agreeing = [hearing for hearing in answers if hearing["stage"] in winners]
    return Ending(
        status="partial" if exit in HALTS else "answered",
        method="selection",
        answer=outcome["answer"],
        extracted=outcome["extracted"],
        exit=exit,
        words=_words(context, state, exit),
        answered=heard.members(answers, "answered", context.cast),
        failures=state["failures"],
        quorum=heard.quorum(state["hearings"]),
        agreed=heard.members(agreeing, "agreed", context.cast),
        dissent=heard.dissent(answers, tally, context.cast, asked_unit(question(state))),
        tie=tally.tie,
        signals={**_scored(chosen), **chosen_by(outcome["signals"])},
        first=heard.first(answers, context.cast),
        notes=[f"stage '{chosen['stage']}' answered; {_asked(context, state)}", *outcome["notes"]],
    )


def _exit(context: CascadeContext, state: CascadeState) -> ExitReason:
    stopped, last = exit_of(context), state["hearings"][-1]
    return stopped if stopped != "complete" or last["threshold"] is None else "confident"


def _words(context: CascadeContext, state: CascadeState, exit: ExitReason) -> str:
    if exit == "confident":
        return in_figures(state["hearings"][-1])
    return in_words(context, exit, *(in_figures(hearing) for hearing in state["hearings"] if hearing["escalated"]))


def _asked(context: CascadeContext, state: CascadeState) -> str:
    stages = len(context.ladder.stages)
    return f"{len(state['hearings'])} of {stages} {'stage' if stages == 1 else 'stages'} asked"


def _scored(hearing: Hearing) -> dict[str, Signal]:
    value = hearing["score"]["value"]
    return {} if value is None else {"score": Signal(value=value, calibrated=hearing["score"]["calibrated"])}


def _nothing(context: CascadeContext, state: CascadeState) -> Ending:
    """The ending without an answer: as the last stage abstained, or else as the calls failed."""
    ending, hearings = without_answer(context, state), state["hearings"]
    abstained = [hearing["outcome"] for hearing in hearings if hearing["outcome"]["status"] == "abstained"]
    if abstained and exit_of(context) == "complete":
        ending |= Ending(status="abstained", exit=abstained[-1]["exit"], words=abstained[-1]["words"])
    return {
        **ending,
        "answered": heard.members(hearings, "answered", context.cast),
        "quorum": heard.quorum(hearings),
        "first": heard.first(hearings, context.cast),
    }


def build() -> "StateGraph[CascadeState, CascadeContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(CascadeState, context_schema=CascadeContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node("ask", ask)
    builder.add_node("score", score)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_edge("open", "ask")
    builder.add_edge("ask", "score")
    builder.add_conditional_edges("score", onward, ["ask", "close"])
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="cascade")
