"""The compiled graph of the family: a fresh context for every request, and an ended run whatever happens."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Generic, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from symposium.graphs.context import Context
from symposium.graphs.family import Input, Output, State
from symposium.ledger.records import UsageError
from symposium.models.run import Run
from symposium.models.settings import scout

C = TypeVar("C", bound=Context)
S = TypeVar("S", bound=State)


class Deliberative(CompiledStateGraph[State, C, Input, Output], Generic[C]):
    """Every way into a graph leads through `astream`: `ainvoke`, the LangGraph server, Studio.

    A run that is cut off is closed here and not in the nodes, since a cancellation may fall between two of them.
    """

    async def astream(  # every option is handed on as it is
        self, input: Any, config: RunnableConfig | None = None, *, context: Any = None, **options: Any
    ) -> AsyncIterator[Any]:
        """Stream the graph as CompiledStateGraph does; without a context the configured one is taken."""
        if context is None or isinstance(context, dict):
            await scout(**(context or {}))
        fresh = self._fresh(context)
        if not fresh.run.begun:  # else whoever began it knows who listens
            fresh.run.watched = fresh.run.read = "custom" in (options.get("stream_mode") or ())
        try:
            async with aclosing(cast(Any, super().astream(input, config, context=fresh, **options))) as parts:
                async for part in parts:
                    yield part
        except BaseException as error:
            if not fresh.stage:
                _close(fresh.run, error)
            raise

    def _fresh(self, context: Any) -> C:
        if context is None or isinstance(context, dict):
            return cast(C, cast(Any, self.context_schema)(**(context or {})))
        if context.run.outcome is not None:
            raise UsageError("this context has served its request; make a fresh one for each")
        return cast(C, context)


def deliberative(builder: "StateGraph[S, C, Input, Output]", **options: Any) -> Deliberative[C]:
    """Compile a graph of the family; `options` are those of `StateGraph.compile`."""
    return Deliberative(**vars(builder.compile(**options)))


def _close(run: Run, error: BaseException) -> None:
    """End a run that was begun and did not get to its end: cancelled from outside, or broken."""
    if not run.begun:
        return
    if isinstance(error, Exception):
        run.end(status="failed", exit="error", words=f"{type(error).__name__}: {error}")
    else:
        run.end(status="cancelled", exit="cancelled", words="the run was cancelled")
