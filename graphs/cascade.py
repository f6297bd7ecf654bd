"""Cheap members answer first, others only where those were not sure enough; the best of all answers is kept.

START -> open -> ask -> score -> (ask another stage, or) close -> END

Each stage is a graph of its own, run through `stage`. A score at or below its threshold, a score that is unknown, a
question outside what a stage knows and a stage that failed lead to another stage: the next stronger one, or the one
that is specialised in the question.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import Overwrite

from symposium.agents.casting import check_role
from symposium.graphs import hearing as heard
from symposium.graphs.affording import shortfall
from symposium.graphs.agenda import Planned, one_after_another
from symposium.graphs.cascade_escalation import Step, next_step
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
from symposium.graphs.hearing import ANSWERED, UNKNOWN, Hearing, Score, in_figures, sure
from symposium.graphs.scorers import CALLING, Said, chance_in_domain, path, said_by, scorer, scoring_members
from symposium.graphs.stage import stage as as_stage
from symposium.ledger.records import ExitReason, Outcome, Signal
from symposium.models.run import Ending
from symposium.tools.measures import asked_unit
from symposium.tools.votes import Tally

EVEN = 0.5  # the chance of lying inside a domain below which a question rather lies outside


class CascadeState(State):
    """The state of a cascade: what the last stage said as it waits for its score, and every stage heard so far."""

    latest: Said
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
    stage, name = context.ladder.stages[place], context.ladder.scorer
    scored = context.ladder.threshold([place]) is not None and name in CALLING
    asked = scoring_members(context, stage) if scored else []
    scoring = [Planned(member=member, role=CALLING[name], prompts=(), reads=stage.members[:1]) for member in asked]
    parts = one_after_another([_speaking(context, place), scoring])
    return [replace(call, surely=call.surely and place == 0) for call in parts]


def _speaking(context: CascadeContext, place: int) -> list[Planned]:
    """What is asked in a stage, without its score."""
    stage = context.ladder.stages[place]
    found = strategy(stage.graph)
    return found.agenda(found.within(context.chosen(), **stage.choices))


def _place(state: CascadeState) -> int:
    """The place of the stage whose turn it is; the first one begins."""
    return (state["hearings"][-1]["following"] or 0) if state["hearings"] else 0


@node("cascade")
async def ask(state: CascadeState, context: CascadeContext) -> Update:
    """Let the stage answer whose turn it is."""
    place = _place(state)
    stage = context.ladder.stages[place]
    outcome = await as_stage(stage.graph, state["messages"], within=context, path=path(place), **stage.choices)
    return {"latest": said_by(context, place, outcome), "failures": outcome["failures"]}


@node("cascade")
async def score(state: CascadeState, context: CascadeContext) -> Update:
    """Score the stage's answer and decide whether another one is asked; what cannot be read is not scored."""
    place, said, before = _place(state), state["latest"], state["hearings"]
    outcome = said["outcome"]
    asked = [*(hearing["place"] for hearing in before), place]
    skipped = [each for hearing in before for each in hearing["skipped"]]
    threshold = context.ladder.threshold(asked, skipped)
    measured, trouble = UNKNOWN, Update()
    if threshold is not None and outcome["extracted"] is not None:
        measured, trouble = await scorer(context.ladder.scorer)(context, conversation(state["messages"]), place, said)
    inside = await chance_in_domain(context.ladder.stages[place], question(state))
    hearing = Hearing(
        stage=context.ladder.stages[place].name,
        place=place,
        outcome=outcome,
        score=measured,
        threshold=threshold,
        following=None,
        why="",
        skipped=[],
        inside=inside,
        outside=_outside(measured, inside, threshold),
    )
    if threshold is not None and _unsure(hearing, threshold) and not _halted(context, outcome):
        hearing = _led_on(context, hearing, _next(context, state, asked, skipped))
    _tell(context, hearing)
    return {"hearings": [hearing], **trouble}


def _outside(measured: Score, inside: float | None, threshold: float | None) -> bool:
    """The question lies rather outside what the stage knows than inside, or is scored as such."""
    if measured["about"] == "question" and threshold is not None:
        return not sure(measured, threshold) and measured["value"] is not None
    return inside is not None and inside < EVEN


def _unsure(hearing: Hearing, threshold: float) -> bool:
    return hearing["outside"] or not sure(hearing["score"], threshold)


def _next(context: CascadeContext, state: CascadeState, asked: Sequence[int], skipped: Sequence[int]) -> Step:
    """Choose among the stages to come, by the budget that is left now."""
    conversed = "\n".join(turn["content"] for turn in conversation(state["messages"]))
    return next_step(
        context.ladder,
        context.ladder.to_come(asked, skipped),
        question(state),
        lacking=lambda place: shortfall(context.run, _speaking(context, place), conversed),
        router=context.router,
    )


def _led_on(context: CascadeContext, hearing: Hearing, step: Step) -> Hearing:
    """The hearing with what follows it; who is left out for want of budget is noted, or it ends for want of it."""
    for place, why in step.skipped.items() if step.place is not None else ():
        context.run.note(f"stage '{context.ladder.stages[place].name}' was left out: {why}")
    return {**hearing, "following": step.place, "why": step.why, "skipped": [*step.skipped]}


def _halted(context: CascadeContext, outcome: Outcome) -> bool:
    """The run was told to stop, or the budget stopped somebody: the next stage could say nothing."""
    cut = outcome["exit"] in HALTS and outcome["quorum"]["cancelled"] > 0
    return cut or context.run.scope.stopped is not None


def _tell(context: CascadeContext, hearing: Hearing) -> None:
    outcome, measured, following = hearing["outcome"], hearing["score"], hearing["following"]
    onward = None if following is None else context.ladder.stages[following].name
    context.run.bus.emit(
        "cascade",
        stage=hearing["stage"],
        place=hearing["place"],
        answer=outcome["extracted"],
        scorer=context.ladder.scorer,
        score=measured["value"],
        calibrated=measured["calibrated"],
        threshold=hearing["threshold"],
        escalated=onward is not None,
        next=onward,
        words="; ".join(filter(None, (in_figures(hearing), hearing["why"]))),
    )
    if onward is not None and outcome["status"] not in ANSWERED:
        context.run.bus.emit("fallback", **{"from": hearing["stage"], "to": onward, "reason": outcome["words"]})


def onward(state: CascadeState) -> Literal["ask", "close"]:
    """Another stage where the latest one leads to it, which it does to each once at most."""
    return "close" if state["hearings"][-1]["following"] is None else "ask"


@node("cascade")
async def close(state: CascadeState, context: CascadeContext) -> Update:
    """Keep the best of all answers and end."""
    answers = heard.credible(state["hearings"])
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
        answered=heard.members(_answered(state), "answered", context.cast),
        failures=state["failures"],
        quorum=heard.quorum(state["hearings"]),
        agreed=heard.members(agreeing, "agreed", context.cast),
        dissent=heard.dissent(answers, tally, context.cast, asked_unit(question(state))),
        tie=tally.tie,
        signals={**_scored(chosen), **chosen_by(outcome["signals"])},
        first=heard.first(_answered(state), context.cast),
        notes=[f"stage '{chosen['stage']}' answered; {_asked(context, state)}", *_whom(state), *outcome["notes"]],
    )


def _answered(state: CascadeState) -> list[Hearing]:
    return [hearing for hearing in state["hearings"] if hearing["outcome"]["status"] in ANSWERED]


def _whom(state: CascadeState) -> list[str]:
    """Why another stage than the next stronger one was asked."""
    return [hearing["why"] for hearing in state["hearings"] if hearing["why"] and hearing["following"] is not None]


def _unaffordable(state: CascadeState) -> str:
    """Why no stage could be afforded any more, where one was wanted; else empty."""
    last = state["hearings"][-1]
    return last["why"] if last["following"] is None else ""


def _exit(context: CascadeContext, state: CascadeState) -> ExitReason:
    stopped, last = exit_of(context), state["hearings"][-1]
    if stopped == "complete" and _unaffordable(state):
        return "budget"
    return stopped if stopped != "complete" or last["threshold"] is None else "confident"


def _words(context: CascadeContext, state: CascadeState, exit: ExitReason) -> str:
    if exit == "confident":
        return in_figures(state["hearings"][-1])
    wanting = [hearing for hearing in state["hearings"] if hearing["following"] is not None or hearing["why"]]
    return in_words(context, exit, *map(in_figures, wanting), reason=_unaffordable(state) if exit == "budget" else "")


def _asked(context: CascadeContext, state: CascadeState) -> str:
    stages = len(context.ladder.stages)
    return f"{len(state['hearings'])} of {stages} {'stage' if stages == 1 else 'stages'} asked"


def _scored(hearing: Hearing) -> dict[str, Signal]:
    measured, inside = hearing["score"], hearing["inside"]
    scored, outside = measured["value"], None if inside is None else Signal(value=1.0 - inside, calibrated=True)
    told = None if scored is None else Signal(value=scored, calibrated=measured["calibrated"])
    return {name: signal for name, signal in (("score", told), ("out_of_domain", outside)) if signal is not None}


def _nothing(context: CascadeContext, state: CascadeState) -> Ending:
    """The ending without an answer: as the last stage abstained, or else as the calls failed."""
    ending, hearings = without_answer(context, state), state["hearings"]
    abstained = [hearing["outcome"] for hearing in hearings if hearing["outcome"]["status"] == "abstained"]
    if abstained and exit_of(context) == "complete":
        ending |= Ending(status="abstained", exit=abstained[-1]["exit"], words=abstained[-1]["words"])
    if _unaffordable(state) and exit_of(context) == "complete":
        ending |= Ending(exit="budget", words=_words(context, state, "budget"))
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
