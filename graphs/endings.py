"""How a graph ends: the reason in words, the best single member's first answer, and the closing step."""

from collections.abc import Sequence
from typing import get_args

from langchain_core.messages import AIMessage

from symposium.graphs.context import Context
from symposium.graphs.family import State, Update
from symposium.ledger.records import Draft, ExitReason, First, Quorum
from symposium.models.member import Member
from symposium.models.run import Ending
from symposium.tools.arithmetic import check_steps

WORDS: dict[ExitReason, str] = {
    "complete": "everyone asked was heard",
    "settled": "the rest could no longer change the outcome",
    "concluded": "asked to conclude with what there was",
    "budget": "the budget allowed no further call",
    "timeout": "the time was used up",
    "no-answer": "nobody gave an answer that could be read",
    "error": "every call failed",
}


def exit_of(context: Context) -> ExitReason:
    """Why the run stopped asking; `complete` if nothing stopped it."""
    stopped = context.run.scope.stopped or ("budget" if context.run.limits_reached else None)
    return next((reason for reason in get_args(ExitReason) if reason == stopped), "complete")


def in_words(context: Context, exit: ExitReason) -> str:
    """The reason for people, with the limit that was reached where there is one."""
    return "; ".join([WORDS[exit], *dict.fromkeys(context.run.limits_reached)])


def quorum(state: State) -> Quorum:
    """How many were asked, answered, failed and were stopped."""
    return Quorum(
        asked=len(state["seats"]),
        answered=len(state["drafts"]),
        failed=len(state["failures"]),
        cancelled=len(state["stopped"]),
    )


def without_answer(context: Context, state: State) -> Ending:
    """The ending of a graph that has no answer to give."""
    exit = exit_of(context)
    if exit == "complete":
        exit = "no-answer" if state["drafts"] else "error"
    return Ending(
        status="abstained" if state["drafts"] else "failed",
        method="none",
        exit=exit,
        words=in_words(context, exit),
        answered=who(state["drafts"], context.cast),
        failures=state["failures"],
        quorum=quorum(state),
        first=best_first(state["drafts"], context.cast),
    )


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


def slips(answer: str) -> list[str]:
    """Notes on the steps of an answer that do not add up, checked exactly; what cannot be checked is not noted."""
    wrong = [step for step in check_steps(answer) if step.right is False]
    return [f"a written step is wrong: {step.expression}={step.claimed} (it is {step.actual})" for step in wrong]


async def ended(context: Context, ending: Ending, *, streamed: bool = False) -> Update:
    """End the graph: the Outcome, and the answer as one AI message where there is one.

    `streamed` says that the answer's text has already gone out piece by piece.
    """
    run = context.run
    if context.stage:
        return {"outcome": run.stage_outcome(context.stage, context.graph, **ending)}
    if not streamed:
        run.bus.answer_delta(ending.get("answer", ""))
    outcome = run.end(**ending)
    await run.settled()
    message = [AIMessage(content=outcome["answer"], id=f"answer-{run.id}")] if outcome["answer"] else []
    return {"messages": message, "outcome": outcome}
