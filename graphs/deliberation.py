"""The public face: start a deliberation, listen to its events, conclude or cancel it, take its Outcome."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from symposium.graphs.catalogue import strategy
from symposium.graphs.context import Context
from symposium.ledger.records import Event, Message, Outcome, UsageError
from symposium.models.settings import load

MOST_CHARACTERS = 8  # per token, on average; no real text exceeds it, so that a longer question surely does not fit


class Deliberation:
    """One request on its way, in a task of its own; whoever stops listening early must `cancel` it.

    Made on a running event loop. `run` and `context` are the request's own.
    """

    def __init__(self, conversation: Sequence[Message], *, graph: str, context: Context) -> None:
        check_question(conversation[-1]["content"], context)
        self.context, self.run = context, context.run
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self.run.bus.subscribe(self._queue.put_nowait)
        self.run.begin(graph, conversation[-1]["content"], **context.introduction())
        self._task = asyncio.create_task(self._deliberate(graph, list(conversation)))

    async def events(self) -> AsyncIterator[Event]:
        """Yield every event from `run.start` to `run.end`; for one listener."""
        while True:
            event = await self._queue.get()
            yield event
            if event["type"] == "run.end":
                return

    def conclude(self) -> None:
        """Ask for an end with what there is."""
        self.run.conclude()

    async def cancel(self) -> Outcome:
        """Stop at once; the Outcome says `cancelled` unless the end had come already."""
        self._task.cancel()
        return await self.outcome()

    async def outcome(self) -> Outcome:
        """Wait for the end; a waiter that is cancelled leaves the deliberation running.

        Raises:
            Exception: the graph itself broke; the ledger has the run as failed.
        """
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            return self._task.result()
        outcome = self._cancelled()  # it was cancelled before its first step, or again while it ended
        await self.run.settled()
        return outcome

    def _cancelled(self) -> Outcome:
        return self.run.end(status="cancelled", exit="cancelled", words="the run was cancelled")

    async def _deliberate(self, graph: str, conversation: list[Message]) -> Outcome:
        try:
            compiled = await asyncio.to_thread(strategy(graph).graph)  # importing langgraph takes most of a second
            result = await compiled.ainvoke({"messages": conversation}, context=self.context)
            outcome: Outcome = result["outcome"]
        except asyncio.CancelledError:
            outcome = self._cancelled()
        finally:
            await self.run.settled()
        return outcome


def start(question: str, *, graph: str | None = None, history: Sequence[Message] = (), **choices: Any) -> Deliberation:
    """Start answering a question; `choices` are the fields of the graph's context, unknown ones are errors.

    Without a graph the preset's or the configured one answers.

    Raises:
        UsageError: the question is empty or too long for everyone, or a graph, member, preset or choice is unknown.
        ConfigurationError: symposium.toml or the environment cannot be used, or nobody is there to be asked.
    """
    name = graph or load(preset=choices.get("preset")).choices.graph
    context = strategy(name).form(**choices)
    return Deliberation([*history, Message(role="user", content=question)], graph=name, context=context)


async def ask(question: str, *, graph: str | None = None, history: Sequence[Message] = (), **choices: Any) -> Outcome:
    """Answer a question; cancelling the caller stops the run. Raises what `start` raises."""
    deliberation = start(question, graph=graph, history=history, **choices)
    try:
        return await deliberation.outcome()
    except asyncio.CancelledError:
        await deliberation.cancel()
        raise


async def stream(
    question: str, *, graph: str | None = None, history: Sequence[Message] = (), **choices: Any
) -> AsyncIterator[Event]:
    """Answer a question and yield its events; closing the iterator stops the run. Raises what `start` raises."""
    deliberation = start(question, graph=graph, history=history, **choices)
    try:
        async for event in deliberation.events():
            yield event
    finally:
        await deliberation.cancel()


def check_question(question: str, context: Context) -> None:
    """Check that a question can be asked of the cast.

    Raises:
        UsageError: it is empty, no valid text, or surely too long for everyone.
    """
    if not question.strip():
        raise UsageError("the question is empty")
    if not question.isprintable() and any("\ud800" <= character <= "\udfff" for character in question):
        raise UsageError("the question is not valid text; it must be UTF-8")
    room = [member.context for member in context.cast]
    largest = max((size for size in room if size is not None), default=0)
    if None not in room and len(question) > MOST_CHARACTERS * largest:
        raise UsageError(
            f"the question is too long: {len(question):,} characters; "
            f"the largest context of {', '.join(m.name for m in context.cast)} is {largest:,} tokens"
        )
