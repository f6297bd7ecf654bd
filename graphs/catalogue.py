"""The strategies by name: what each does, its form, and where its graph is."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symposium.graphs import forms
from symposium.graphs.context import Context
from symposium.ledger.records import UsageError, nearest

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from symposium.graphs.agenda import Planned


@dataclass(frozen=True)
class Strategy:
    """One graph of the family: `symposium.graphs.<name>`, imported when it is first used."""

    name: str
    context: type[Context]
    summary: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The names of what a caller may choose."""
        return tuple(field.name for field in fields(self.context))

    def form(self, **choices: Any) -> Context:
        """Fill in the graph's form, for one request.

        Raises:
            UsageError: a choice is not one of this graph's, or its value cannot be used.
            ConfigurationError: what is configured cannot be used.
        """
        for name in choices:
            if name not in self.choices:
                raise UsageError(f"graph '{self.name}' has no choice '{name}'; {nearest(name, self.choices)}")
        return self.context(**choices)

    def within(self, chosen: Mapping[str, Any], **choices: Any) -> Context:
        """Fill in the form of a stage: what is not chosen is as it was for the whole. Raises what `form` does."""
        inherited = {name: value for name, value in chosen.items() if name in self.choices}
        return self.form(**{**inherited, **choices})

    def agenda(self, context: Context) -> "list[Planned]":
        """What would be asked of whom if the graph goes all its way; some of it may turn out to be needless."""
        planned: list[Planned] = import_module(f"symposium.graphs.{self.name}").agenda(context)
        return planned

    @property
    def loaded(self) -> bool:
        """The graph has been imported, which takes most of a second."""
        return f"symposium.graphs.{self.name}" in sys.modules

    def graph(self) -> "CompiledStateGraph[Any, Any, Any, Any]":
        """Import the compiled graph."""
        compiled: CompiledStateGraph[Any, Any, Any, Any] = import_module(f"symposium.graphs.{self.name}").graph
        return compiled


_ENTRIES = (
    Strategy("single", forms.SingleContext, "One member answers; the baseline of everything."),
    Strategy(
        "vote", forms.VoteContext, "Members answer in parallel, several times each; equivalent answers are counted."
    ),
    Strategy(
        "cascade", forms.CascadeContext, "Cheap members answer first; dearer ones where those are not sure enough."
    ),
    Strategy("route", forms.RouteContext, "Each question goes to the expert that is worth most for it, or to several."),
    Strategy("moa", forms.MoaContext, "Members draft in parallel; an aggregator makes one answer of their drafts."),
    Strategy(
        "debate", forms.DebateContext, "Members draft, criticise each other and reconsider, unless they agree at once."
    ),
    Strategy("repair", forms.RepairContext, "A critic quotes a draft's wrong step; a member goes on from before it."),
)

GRAPHS: dict[str, Strategy] = {entry.name: entry for entry in _ENTRIES}


def strategy(name: str) -> Strategy:
    """Find a strategy.

    Raises:
        UsageError: names the graph and the known ones.
    """
    if name not in GRAPHS:
        raise UsageError(f"unknown graph '{name}'; {nearest(name, GRAPHS)}")
    return GRAPHS[name]
