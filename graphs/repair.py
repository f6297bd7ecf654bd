"""A critic quotes the step of a draft that is wrong, a member goes on from before it, and the better text stands.

START -> open -> draft -> critique -> revise -> weigh -> (critique or revise again, or) close -> END

The first member of the cast drafts; the next ones revise in turn, or it does so itself. A revision stands only if an
exact critic finds its first wrong step later or none, or, with a model as critic, if the joint score rises: the
log-probability of the whole text under the weights of drafter and critic together.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from symposium.agents.casting import check_role
from symposium.agents.critic import critique as criticise
from symposium.agents.judge import weigh as weigh_up
from symposium.agents.reviser import revise as go_on
from symposium.graphs.agenda import Planned, one_by_one
from symposium.graphs.compiled import deliberative
from symposium.graphs.endings import (
    HALTS,
    chosen_by,
    ended,
    exit_of,
    in_words,
    quorum,
    slips,
    unweighed,
    who,
    without_answer,
)
from symposium.graphs.family import (
    Input,
    Output,
    Seating,
    State,
    Update,
    able,
    alone,
    conversation,
    fresh,
    node,
    question,
    ready,
    stoppable,
    tried,
)
from symposium.graphs.forms import RepairContext
from symposium.ledger.records import Critique, Draft, ExitReason, Failure, First, Signal, Voice
from symposium.models.run import Ending
from symposium.tools.measures import asked_unit


class Trial(TypedDict):
    """One attempt at a revision: whose, whether it stands, and why, in words."""

    member: str
    stands: bool
    words: str


class RepairState(State):
    """The state of a repair, whose `drafts` are the first one and every revision, in order.

    `standing` is the best of them so far, absent before the first; `joint` its joint score, where that was asked for;
    `objections` is what the critic holds against the draft of the call `criticised`, at most one thing. While
    `pending` the last draft waits to be weighed. `trials` are all attempts, at most `rounds`; `stuck` says why no more
    can be made.
    """

    rounds: int
    standing: Draft
    joint: float | None
    criticised: str
    objections: list[Critique]
    pending: bool
    trials: list[Trial]
    stuck: str


@node("repair")
async def open_turn(state: Input, context: RepairContext) -> Update:
    """Seat the drafter, and check that the critic can be one; the revisers take their seats in turn."""
    await ready(context)
    critic = context.mind(_critic(context), path="critique")
    await check_role(critic, "critic")
    if not exact(context):
        await check_role(critic, "weigher")  # its objections are opinions: what stands is weighed
    blank: Update = {"joint": None, "criticised": "", "objections": [], "pending": False, "trials": [], "stuck": ""}
    drafter = Seating(member=_drafter(context), index=0)
    return {**fresh(context.run, [drafter]), **blank, "rounds": context.settings.choices.rounds}


def agenda(context: RepairContext) -> list[Planned]:
    """Who drafts, criticises, revises and weighs if every round is needed; draft and critique surely are."""
    names, critic = [member.name for member in context.cast[1:]], _critic(context)
    calls = [_planned(context, _drafter(context), "proposer"), _planned(context, critic, "critic")]
    for place in range(context.settings.choices.rounds):
        panel = [*(_panel(context) if place == 0 else ()), *_panel(context)]
        reviser = turn(names, _drafter(context), place)["member"]
        checks = [(critic, "critic")] if exact(context) else [(name, "judge") for name in panel]
        calls += [_planned(context, name, role, surely=False) for name, role in [(reviser, "reviser"), *checks]]
    return one_by_one(calls)


def _planned(context: RepairContext, name: str, role: str, *, surely: bool = True) -> Planned:
    member = next(one for one in context.everyone if one.name == name)
    drafter = () if role == "proposer" else context.cast[:1]
    return Planned(member=member, role=role, prompts=PROMPTS.get(role, ()), reads=drafter, surely=surely)


PROMPTS: dict[str, tuple[str, ...]] = {"proposer": ("proposer",), "reviser": ("proposer",)}


def exact(context: RepairContext) -> bool:
    """The critic checks steps by rule, so that its findings decide."""
    return context.helpers[0].provider == "symbolic"


def turn(others: Sequence[str], drafter: str, place: int) -> Seating:
    """Whose attempt comes at that place: the others' in turn, or else the drafter's; never the same sample twice."""
    revisers = others or [drafter]
    sample = place // len(revisers)
    return Seating(member=revisers[place % len(revisers)], index=sample if others else sample + 1)


@node("repair")
async def draft(state: RepairState, context: RepairContext) -> Update:
    """Let the first member answer, or the next one where it fails."""
    seats, failures, update = list[Seating](), list[Failure](), Update()
    for member in context.cast:
        seats.append(Seating(member=member.name, index=0))
        update = await alone(context, state, seats[-1], node="draft")
        failures += update.get("failures", [])
        if "failures" not in update:
            break
    standing: Update = {"standing": update["drafts"][0]} if "drafts" in update else {}
    return {**update, **standing, "seats": seats, "failures": failures}


@node("repair")
async def critique(state: RepairState, context: RepairContext) -> Update:
    """Let the critic look at the draft that stands."""
    found, trouble = await _objections(context, state, state["standing"])
    if found is None:
        return {**trouble, "stuck": f"{_critic(context)} could not criticise"}
    return {"criticised": state["standing"]["call"], "objections": found}


@node("repair")
async def revise(state: RepairState, context: RepairContext) -> Update:
    """Let the next member go on from before the quoted step."""
    seat, round = await _next(context, len(state["trials"])), len(state["trials"]) + 1
    if seat is None:
        return {"stuck": "no member can go on from a given text"}
    mind, turns, how = context.mind(seat["member"], path="revise"), conversation(state["messages"]), context.sampling
    standing, objection = state["standing"], state["objections"][0]
    going_on = partial(go_on, mind, turns, standing, objection, round=round, index=seat["index"], temperature=how)
    revision, trouble = await tried(context, seat, stoppable(context, going_on), role="reviser", round=round)
    seated: Update = {"seats": [*state["seats"], seat]}
    if revision:
        return {**seated, "drafts": [revision], "pending": True}
    stopped = "the revision was stopped" if "failures" not in trouble else ""
    return {**seated, **trouble, "trials": [*state["trials"], _trial(seat["member"], "it failed")], "stuck": stopped}


async def _next(context: RepairContext, place: int) -> Seating | None:
    others = [member.name for member in context.cast[1:] if await _can_revise(context, member.name)]
    seat = turn(others, _drafter(context), place)
    return seat if others or await _can_revise(context, seat["member"]) else None


async def _can_revise(context: RepairContext, name: str) -> bool:
    return await able(context.mind(name, path="revise"), "reviser")


@node("repair")
async def weigh(state: RepairState, context: RepairContext) -> Update:
    """Let the last draft stand if the check likes it better than what it was made from."""
    revision, check = state["drafts"][-1], _checked if exact(context) else _rescored
    unread = _trial(revision["member"], "it gives no answer that could be read"), Update()
    trial, update = await check(context, state) if _readable(state) else unread
    context.run.bus.emit("revision", call=revision["call"], round=revision["round"], **trial)
    kept: Update = {"standing": revision} if trial["stands"] else {}
    return {**update, **kept, "pending": False, "trials": [*state["trials"], trial]}


def onward(state: RepairState) -> Literal["critique", "revise", "weigh", "close"]:
    """What comes next: a critique of what stands, a revision of what is objected to, `rounds` times at most."""
    if not state["drafts"] or state["stuck"]:
        return "close"
    if state["pending"]:
        return "weigh"
    if len(state["trials"]) >= state["rounds"]:
        return "close"
    if state["criticised"] != state["standing"]["call"]:
        return "critique"
    return "revise" if state["objections"] else "close"


# The check


async def _checked(context: RepairContext, state: RepairState) -> tuple[Trial, Update]:
    """By rule: the first wrong step must come later, or be gone."""
    revision, before = state["drafts"][-1], state["objections"][0]
    found, trouble = await _objections(context, state, revision)
    if found is None:
        return _trial(revision["member"], "it could not be checked"), trouble
    later = not found or _reached(revision, found[0]) > _reached(state["standing"], before)
    words = f"its first wrong step, {found[0]['step']}, comes {'later' if later else 'no later'}" if found else CLEAN
    trial = _trial(revision["member"], words, stands=later)
    return trial, {"criticised": revision["call"], "objections": found} if trial["stands"] else {}


CLEAN = "no wrong step is left"


def _reached(text: Draft, objection: Critique) -> int:
    """How many characters stand before a quoted step; blanks and line breaks bring nobody further."""
    return len("".join(text["text"][: objection["start"]].split()))


async def _objections(context: RepairContext, state: RepairState, text: Draft) -> tuple[list[Critique] | None, Update]:
    """What the critic objects to, at most one thing; None where it failed."""
    mind, turns, round = context.mind(_critic(context), path="critique"), conversation(state["messages"]), text["round"]

    async def objected() -> list[Critique]:
        found = await criticise(mind, turns, text, round=round)
        return [found] if found else []

    seat = Seating(member=mind.member.name, index=0)
    return await tried(context, seat, stoppable(context, objected), role="critic", round=round)


async def _rescored(context: RepairContext, state: RepairState) -> tuple[Trial, Update]:
    """By the panel: the joint score must rise."""
    revision, before, trouble = state["drafts"][-1], state["joint"], Update()
    if before is None:
        before, trouble = await _joint(context, state, state["standing"])
    after, more = await _joint(context, state, revision)
    failed = {"failures": [*trouble.get("failures", []), *more.get("failures", [])]}
    if before is None or after is None:
        return _trial(revision["member"], "it could not be weighed"), {"joint": before, **failed}
    words = f"joint log-probability {after:.2f}, before {before:.2f}"
    trial = _trial(revision["member"], words, stands=after > before)
    return trial, {"joint": after if trial["stands"] else before, **failed}


async def _joint(context: RepairContext, state: RepairState, text: Draft) -> tuple[float | None, Update]:
    """The log-probability of a whole text, summed over the panel; None where a part of it is unknown."""
    turns, joint = conversation(state["messages"]), 0.0
    for name in _panel(context):
        mind, seat, round = context.mind(name, path="weigh"), Seating(member=name, index=0), text["round"]
        if not await able(mind, "weigher"):
            continue  # a drafter that cannot tell; the critic always can
        weighing = stoppable(context, partial(weigh_up, mind, turns, text, round=round))
        verdict, trouble = await tried(context, seat, weighing, role="judge", round=round)
        part = verdict["signals"].get("sum_logprob") if verdict else None
        if part is None:
            return None, trouble
        joint += part["value"]
    return joint, {}


def _panel(context: RepairContext) -> list[str]:
    return [*dict.fromkeys((_drafter(context), _critic(context)))]


def _readable(state: RepairState) -> bool:
    """The last draft gives an answer if the one that stands does."""
    return state["drafts"][-1]["answer"] is not None or state["standing"]["answer"] is None


def _trial(member: str, words: str, *, stands: bool = False) -> Trial:
    return Trial(member=member, stands=stands, words=words)


def _drafter(context: RepairContext) -> str:
    return context.cast[0].name


def _critic(context: RepairContext) -> str:
    return context.helpers[0].name


# The end


@node("repair")
async def close(state: RepairState, context: RepairContext) -> Update:
    """End with the draft that stands."""
    if not state["drafts"]:
        return await ended(context, without_answer(context, state))
    return await ended(context, _ending(context, state))


def _ending(context: RepairContext, state: RepairState) -> Ending:
    exit, standing, first = _exit(context, state), state["standing"], state["drafts"][0]
    return Ending(
        status="partial" if exit in HALTS else "answered",
        method="selection" if state["trials"] else "single",
        answer=standing["text"],
        extracted=standing["answer"],
        exit=exit,
        words=_words(context, state, exit),
        answered=who(state["drafts"], context.cast),
        failures=state["failures"],
        quorum=quorum(state),
        agreed=[standing["member"]],
        dissent=_dissent(state),
        signals=_signals(state),
        first=First(member=first["member"], answer=first["answer"], text=first["text"]),
        notes=[*(_told(trial, place) for place, trial in enumerate(state["trials"])), *slips(standing["text"])],
    )


def _exit(context: RepairContext, state: RepairState) -> ExitReason:
    content = state["criticised"] == state["standing"]["call"] and not state["objections"]
    stopped = exit_of(context)
    return "unopposed" if stopped == "complete" and content else stopped


def _words(context: RepairContext, state: RepairState, exit: ExitReason) -> str:
    reason = (state["stuck"] or "every round was used") if exit == "complete" else ""
    kept = f"revisions kept: {sum(trial['stands'] for trial in state['trials'])} of {len(state['trials'])}"
    return in_words(context, exit, *([kept] if state["trials"] else []), reason=reason)


def _told(trial: Trial, place: int) -> str:
    fate = "stands" if trial["stands"] else "does not stand"
    return f"revision {place + 1} by {trial['member']} {fate}: {trial['words']}"


def _dissent(state: RepairState) -> list[Voice]:
    """The answers of the drafts that do not stand; nobody voted, so that none has weight."""
    kept = state["standing"]["answer"]
    voices = [
        Voice(answer=one["answer"], share=0.0, votes=1, members=[one["member"]])
        for one in state["drafts"]
        if one["answer"] is not None
    ]
    return unweighed(voices, besides=[kept] if kept else [], unit=asked_unit(question(state)))


def _signals(state: RepairState) -> dict[str, Signal]:
    """Those of the first draft while it stands; a revision's own are of its new part only."""
    standing = state["standing"]
    return chosen_by(standing["signals"]) if standing["call"] == state["drafts"][0]["call"] else {}


def build() -> "StateGraph[RepairState, RepairContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(RepairState, context_schema=RepairContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node("draft", draft)
    builder.add_node("critique", critique)
    builder.add_node("revise", revise)
    builder.add_node("weigh", weigh)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_edge("open", "draft")
    builder.add_conditional_edges("draft", onward, ["critique", "close"])
    builder.add_conditional_edges("critique", onward, ["revise", "close"])
    builder.add_conditional_edges("revise", onward, ["weigh", "revise", "close"])
    builder.add_conditional_edges("weigh", onward, ["critique", "revise", "close"])
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="repair")
