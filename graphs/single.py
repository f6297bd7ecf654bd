"""One member answers: the baseline of everything.

START -> open -> answer -> close -> END
"""

from langgraph.graph import END, START, StateGraph

from symposium.graphs.agenda import Planned
from symposium.graphs.compiled import deliberative
from symposium.graphs.endings import best_first, ended, exit_of, in_words, quorum, slips, without_answer
from symposium.graphs.family import Input, Output, Seating, State, Update, alone, fresh, node, ready
from symposium.graphs.forms import SingleContext
from symposium.models.run import Ending


@node("single")
async def open_turn(state: Input, context: SingleContext) -> Update:
    """Seat the one member of the cast."""
    await ready(context)
    return fresh(context.run, seats(context))


def seats(context: SingleContext) -> list[Seating]:
    """Who speaks: one member, once."""
    return [Seating(member=context.cast[0].name, index=0)]


def agenda(context: SingleContext) -> list[Planned]:
    """The member's one call."""
    return [Planned(member=context.cast[0])]


@node("single")
async def answer(state: State, context: SingleContext) -> Update:
    """Ask the member, streaming what it says."""
    return await alone(context, state, state["seats"][0], node="answer", listen=not context.stage)


@node("single")
async def close(state: State, context: SingleContext) -> Update:
    """End with the member's answer, or say why there is none."""
    if not state["drafts"] or context.cast[0].provider == "symbolic":  # a verdict is no answer
        return await ended(context, without_answer(context, state))
    return await ended(context, _ending(context, state), streamed=True)


def _ending(context: SingleContext, state: State) -> Ending:
    draft, exit = state["drafts"][0], exit_of(context)
    return Ending(
        status="answered",
        method="single",
        answer=draft["text"],
        extracted=draft["answer"],
        exit=exit,
        words=in_words(context, exit),
        answered=[draft["member"]],
        quorum=quorum(state),
        agreed=[draft["member"]],
        signals=draft["signals"],
        first=best_first(state["drafts"], context.cast),
        notes=slips(draft["text"]),
    )


def build() -> "StateGraph[State, SingleContext, Input, Output]":
    """Draw the graph."""
    builder = StateGraph(State, context_schema=SingleContext, input_schema=Input, output_schema=Output)
    builder.add_node("open", open_turn)
    builder.add_node("answer", answer)
    builder.add_node("close", close)
    builder.add_edge(START, "open")
    builder.add_edge("open", "answer")
    builder.add_edge("answer", "close")
    builder.add_edge("close", END)
    return builder


graph = deliberative(build(), name="single")
