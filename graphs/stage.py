"""A graph as a stage of another: it gets messages, gives back its Outcome, and shares the run's budget and events."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage

from symposium.graphs.catalogue import strategy
from symposium.graphs.context import Context
from symposium.ledger.records import Outcome


async def stage(name: str, messages: Sequence[AnyMessage], *, within: Context, path: str, **choices: Any) -> Outcome:
    """Run a graph inside another's node; `path` names the stage within the run and must be unique in it.

    Choices that are not given are those of the surrounding context where the stage's graph has them. Nothing but the
    Outcome comes back: no message and no channel of the stage reaches the graph around it.

    Raises:
        UsageError: the graph or a choice is unknown.
        ValueError: the path is taken.
    """
    found = strategy(name)
    context = found.within(within.chosen(), **choices).as_stage(within.place(path), name, within)
    result = await found.graph().ainvoke({"messages": list(messages)}, context=context)
    outcome: Outcome = result["outcome"]
    return outcome
