"""The form of a request: the graph that was chosen, its context, and whether anyone in its cast can be asked at all."""

from collections.abc import Callable, Mapping
from typing import Any

from symposium.cli.roster import problem
from symposium.graphs.catalogue import strategy
from symposium.graphs.context import Context
from symposium.ledger.records import ConfigurationError
from symposium.models.settings import HERE, Settings, cast, load, traced


def filled_in(choices: Mapping[str, Any]) -> tuple[str, Context]:
    """Fill in the form of the graph among the choices, else of the one that preset, environment or file names.

    Raises:
        UsageError: graph, preset, member or another choice is unknown or out of range.
        ConfigurationError: symposium.toml or the environment cannot be used, or names an unknown graph or member.
    """
    asked = {name: choices[name] for name in ("members", "graph") if name in choices}
    settings = load(preset=choices.get("preset"), flags=asked)
    check_configured(settings)
    name = settings.choices.graph
    return name, strategy(name).form(**{choice: value for choice, value in choices.items() if choice != "graph"})


def check_configured(settings: Settings) -> None:
    """Check that the graph and the members that are configured, rather than asked for, exist.

    Raises:
        ConfigurationError: names the place, the value and the known ones.
    """
    checks: dict[str, Callable[[], object]] = {
        "graph": lambda: strategy(settings.choices.graph),
        "members": lambda: cast(settings),
    }
    for name, check in checks.items():
        if settings.origins[name] in HERE:
            continue
        with traced(settings, name):
            check()


def usable(context: Context) -> None:
    """Refuse a cast of which nobody can be asked, before anything starts.

    Raises:
        ConfigurationError: says of each member why.
    """
    problems = [problem(member) for member in context.cast]
    if all(problems):
        raise ConfigurationError("; ".join(dict.fromkeys(p for p in problems if p)))
