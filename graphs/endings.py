"""How a graph ends: the reason in words, the best single member's first answer, and the closing step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from langchain_core.messages import AIMessage

from symposium.graphs.context import Context
from symposium.graphs.family import ANSWERING, State, Update
from symposium.ledger.records import WRONG_STEP, Draft, ExitReason, First, Quorum, Signal, Voice
from symposium.models.member import Member
from symposium.models.run import Ending
from symposium.models.zoo.outside import REFUSAL
from symposium.tools.arithmetic import check_steps
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE
from symposium.tools.equivalence import canonical

WORDS: dict[ExitReason, str] = {
    "complete": "every planned step was taken",
    "settled": "the rest could no longer change the outcome",
    "confident": "a stage was sure enough",
    "quorum": "as many had answered as were waited for",
    "unopposed": "the critic had nothing to object",
    "unanimous": "all drafts agreed, so that nothing was debated",
    "converged": "the debaters came to agree",
    "stalled": "another round would have brought nothing new",
    "judged": "the judge ended the debate",
    "concluded": "asked to conclude with what there was",
    "budget": "the budget allowed no further call",
    "timeout": "the time was used up",
    "outside": "the question lies outside what the bundled minds know",
    "no-answer": "nobody gave an answer that could be read",
    "error": "every call failed",
}

# What to tell whoever asks the bundled minds for more; only ways that this version has.
WAYS_OUT = (
    "the bundled minds know sums, word problems, time, dates, units and short lists, in English and Korean",
    "to ask a bigger mind, name any GGUF chat model: -m gguf:~/models/a.gguf, or a member of symposium.toml",
)
HALTS: tuple[ExitReason, ...] = ("budget", "timeout", "concluded")  # what ends a run before its plan does


def exit_of(context: Context) -> ExitReason:
    """Why the run stopped asking; `complete` if nothing stopped it."""
    run = context.run
    stopped = run.scope.stopped or ("timeout" if run.late else "budget" if run.limits_reached else None)
    return next((reason for reason in get_args(ExitReason) if reason == stopped), "complete")


def in_words(context: Context, exit: ExitReason, *details: str, reason: str = "") -> str:
    """The reason for people, in the graph's own words or the usual ones, with details and the limits reached."""
    return "; ".join([reason or WORDS[exit], *details, *dict.fromkeys(context.run.limits_reached)])


def quorum(state: State) -> Quorum:
    """How many were asked, answered, failed and were stopped."""
    return Quorum(
        asked=len(state["seats"]),
        answered=len(state["drafts"]),
        failed=sum(failure["role"] in ANSWERING for failure in state["failures"]),
        cancelled=len(state["stopped"]),
    )


def without_answer(context: Context, state: State) -> Ending:
    """The ending of a graph that has no answer to give."""
    exit = exit_of(context)
    if exit == "complete":
        exit = "no-answer" if state["drafts"] else _blame(context, state)
    return Ending(
        status="abstained" if state["drafts"] or exit == "outside" else "failed",
        method="none",
        exit=exit,
        words=in_words(context, exit),
        answered=who(state["drafts"], context.cast),
        failures=state["failures"],
        quorum=quorum(state),
        first=best_first(state["drafts"], context.cast),
        notes=list(WAYS_OUT) if exit == "outside" else [],
    )


def _blame(context: Context, state: State) -> ExitReason:
    """Why nobody who was to answer did, though nothing stopped the run."""
    failed = [failure for failure in state["failures"] if failure["role"] in ANSWERING]
    if _outside(state):
        return "outside"
    if failed and all(failure["kind"] == "billing" and not failure["attempts"] for failure in failed):
        return "budget"  # refused for want of a price
    own = {member.name for member in context.everyone if member.timeout is not None}
    if failed and all(failure["kind"] == "timeout" and failure["member"] not in own for failure in failed):
        return "timeout"  # each had a share of the request's time
    return "error"


def _outside(state: State) -> bool:
    """The question was refused by bundled minds, and whoever else was asked did not fail for another reason."""
    failed = [failure for failure in state["failures"] if failure["role"] in ANSWERING]
    return bool(failed) and all((one["kind"], one["message"]) == ("refused", REFUSAL) for one in failed)


def who(drafts: Sequence[Draft], cast: Sequence[Member]) -> list[str]:
    """The members behind the drafts, in the order of the cast."""
    spoke = {draft["member"] for draft in drafts}
    return [member.name for member in cast if member.name in spoke]


def strongest(cast: Sequence[Member]) -> list[str]:
    """The members' names, the most reliable first; those of unknown reliability come last, by name."""
    return [m.name for m in sorted(cast, key=lambda m: (m.reliability is None, -(m.reliability or 0), m.name))]


def best_first(drafts: Sequence[Draft], cast: Sequence[Member]) -> First | None:
    """What the most reliable member that answered said first."""
    for name in strongest(cast):
        for draft in drafts:
            if draft["member"] == name and draft["index"] == 0:
                return First(member=name, answer=draft["answer"], text=draft["text"])
    return None


def unweighed(voices: Iterable[Voice], *, besides: Iterable[str], unit: str | None) -> list[Voice]:
    """The answers that had no weight in the end, equivalent ones as one voice; those told elsewhere are left out."""
    kept = {canonical(answer, unit=unit).key for answer in besides}
    groups: dict[str, list[Voice]] = {}
    for voice in voices:
        groups.setdefault(canonical(voice["answer"], unit=unit).key, []).append(voice)
    return [_together(group) for key, group in groups.items() if key not in kept]


def _together(group: Sequence[Voice]) -> Voice:
    names = dict.fromkeys(name for voice in group for name in voice["members"])
    return Voice(answer=group[0]["answer"], share=0.0, votes=sum(voice["votes"] for voice in group), members=[*names])


def chosen_by(signals: Mapping[str, Signal]) -> dict[str, Signal]:
    """The signals of an answer that was chosen for how sure it was, or for its steps.

    A chance that was fitted to replies as they come holds no longer for the chosen ones, but for the one by which they
    were chosen.
    """
    decisive = (CHANCE, f"{DECISIVE}{CALIBRATED}", f"answer.{DECISIVE}{CALIBRATED}")
    return {name: signal for name, signal in signals.items() if not signal["calibrated"] or name in decisive}


def slips(answer: str) -> list[str]:
    """Notes on the steps of an answer that do not add up, checked exactly; what cannot be checked is not noted."""
    wrong = [step for step in check_steps(answer) if step.right is False]
    return [f"{WRONG_STEP}{step.expression}={step.claimed} (it is {step.actual})" for step in wrong]


async def ended(context: Context, ending: Ending, *, streamed: bool = False) -> Update:
    """End the graph: the Outcome, and the answer as one AI message where there is one.

    `streamed` says that the answer's text has already gone out piece by piece.
    """
    run = context.run
    if context.stage:
        return {"outcome": run.stage_outcome(context.stage, context.graph, **ending)}
    if not streamed:
        run.bus.answer_delta(ending.get("answer", ""))
    noted: Ending = {**ending, "notes": [*ending.get("notes", []), *run.notes]}
    outcome = run.end(**noted)
    await run.settled()
    message = [AIMessage(content=outcome["answer"], id=f"answer-{run.id}")] if outcome["answer"] else []
    return {"messages": message, "outcome": outcome}
