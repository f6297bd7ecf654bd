"""The public face: start a deliberation, listen to its events, conclude or cancel it, take its Outcome."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from symposium.graphs.catalogue import strategy
from symposium.graphs.context import Context
from symposium.ledger.records import Event, Message, Outcome, UsageError
from symposium.models.run import SETTLING, digest
from symposium.models.scope import Stopped
from symposium.models.settings import load, scout

MOST_CHARACTERS = 8  # per token, on average; no real text exceeds it, so that a longer question surely does not fit


class Deliberation:
    """One request on its way, in a task of its own; whoever stops listening early must `cancel` it.

    Made on a running event loop. `run` and `context` are the request's own. With `watch` its events tell drafts and
    answer as they are written. `repeats` is the id of an earlier run where the request id shows that one to have
    answered this request: its outcome and its events, as they are recorded, are given again, and nothing is asked or
    billed.
    """

    def __init__(
        self,
        conversation: Sequence[Message],
        *,
        graph: str,
        context: Context,
        watch: bool = True,
        request_id: str | None = None,
    ) -> None:
        check_question(conversation[-1]["content"], context)
        if request_id is not None and not request_id.strip():
            raise UsageError("the request id is empty")
        self.context, self.run = context, context.run
        self.repeats: str | None = None
        self._graph, self._conversation, self._request = graph, list(conversation), request_id
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()  # None: nothing more comes
        self.run.watched = self.run.read = watch
        self.run.bus.subscribe(self._queue.put_nowait)
        if request_id is None:
            self._begin()
        self._task = asyncio.create_task(self._deliberate())

    async def events(self) -> AsyncIterator[Event]:
        """Yield every event from `run.start` to `run.end`; for one listener. Raises what `outcome` raises."""
        while (event := await self._queue.get()) is not None:
            yield event
            if event["type"] == "run.end":
                return
        await self.outcome()

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
        await self.run.settled(within=SETTLING)
        return outcome

    def _begin(self) -> None:
        self.run.begin(self._graph, self._conversation[-1]["content"], **self.context.introduction())

    def _cancelled(self) -> Outcome:
        return self.run.end(status="cancelled", exit="cancelled", words="the run was cancelled")

    async def _deliberate(self) -> Outcome:
        within: float | None = None
        try:
            outcome = await self._recorded() or await self._result()
        except asyncio.CancelledError:
            outcome, within = self._cancelled(), SETTLING
        finally:
            self._queue.put_nowait(None)
            await self.run.settled(within=within)
        return outcome

    async def _result(self) -> Outcome:
        found = strategy(self._graph)
        compiled = found.graph() if found.loaded else await asyncio.to_thread(found.graph)  # it imports langgraph
        result = await compiled.ainvoke({"messages": self._conversation}, context=self.context)
        outcome: Outcome = result["outcome"]
        return outcome

    async def _recorded(self) -> Outcome | None:
        """The outcome of the run that has answered this request, once it has; None where that is for this run to do.

        The request's time begins with the waiting.
        """
        if self._request is None:
            return None
        self.run.start_clock()
        try:
            outcome = await self.run.scope.run(partial(self._repeated, self._request))
        except Stopped as stopped:
            return self._given_up(stopped.reason)
        if outcome is None:
            self._begin()
        return outcome

    def _given_up(self, reason: str) -> Outcome:
        words = "another run answers this request, and has not ended"
        return self.run.end(exit="concluded" if reason == "concluded" else "timeout", words=words)

    async def _repeated(self, request: str) -> Outcome | None:
        ledger, asked = self.run.ledger, digest([self._graph, self._conversation])
        question = self._conversation[-1]["content"]
        while held := await self.run.claim(request, asked=asked, graph=self._graph, question=question):
            outcome = await ledger.ending(held)
            if outcome["status"] not in ("cancelled", "interrupted"):  # else it will not answer any more
                self.repeats = held
                for event in await asyncio.to_thread(lambda: list(ledger.events(held))):
                    self._queue.put_nowait(event)
                return outcome
        return None


def start(
    question: str,
    *,
    graph: str | None = None,
    history: Sequence[Message] = (),
    watch: bool = True,
    request_id: str | None = None,
    **choices: Any,
) -> Deliberation:
    """Start answering a question; `choices` are the fields of the graph's context, unknown ones are errors.

    Without `watch` drafts and answer are told when they are whole, which costs less. A `request_id` is answered once:
    asked again, the recorded outcome and events are given and nothing is billed; while the first is still running it is
    waited for. A run that failed, was cancelled or interrupted may be asked for anew. A request id that stands for
    another question or graph is a UsageError, raised where the events or the outcome are taken.

    Without a graph the preset's or the configured one answers. Where nobody is named or configured an Ollama counts
    only if `symposium.models.settings.scout` was awaited before; `ask` and `stream` do that.

    Raises:
        UsageError: the question is empty or too long for everyone, or a graph, member, preset or choice is unknown.
        ConfigurationError: symposium.toml or the environment cannot be used, or nobody is there to be asked.
    """
    name = graph or load(preset=choices.get("preset")).choices.graph
    context = strategy(name).form(**choices)
    conversation = [*history, Message(role="user", content=question)]
    return Deliberation(conversation, graph=name, context=context, watch=watch, request_id=request_id)


async def ask(
    question: str,
    *,
    graph: str | None = None,
    history: Sequence[Message] = (),
    request_id: str | None = None,
    **choices: Any,
) -> Outcome:
    """Answer a question; cancelling the caller stops the run. Raises what `start` raises."""
    await scout(**choices)
    deliberation = start(question, graph=graph, history=history, watch=False, request_id=request_id, **choices)
    try:
        return await deliberation.outcome()
    except asyncio.CancelledError:
        await deliberation.cancel()
        raise


async def stream(
    question: str,
    *,
    graph: str | None = None,
    history: Sequence[Message] = (),
    request_id: str | None = None,
    **choices: Any,
) -> AsyncIterator[Event]:
    """Answer a question and yield its events; closing the iterator stops the run. Raises what `start` raises."""
    await scout(**choices)
    deliberation = start(question, graph=graph, history=history, request_id=request_id, **choices)
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
