"""What other packages bring along: objects that they register as entry points of a group, found by their names."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from symposium.ledger.records import ConfigurationError

SCORERS = "symposium.scorers"


def registered(group: str) -> tuple[str, ...]:
    """Name what is registered in a group, in the order of the alphabet; nothing is imported."""
    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


@cache
def plugin(group: str, name: str) -> Any:
    """Import what is registered in a group under a name.

    Raises:
        ConfigurationError: nothing is, two packages register different things, or it cannot be imported.
    """
    found = tuple(dict.fromkeys((entry.value, entry.group) for entry in entry_points(group=group, name=name)))
    told = f"the entry point '{name}' of {group}"
    if len(found) != 1:
        several = " and ".join(value for value, _ in found)
        raise ConfigurationError(f"{told} is {f'registered twice, as {several}' if found else 'not registered'}")
    ((value, _),) = found
    try:
        return EntryPoint(name, value, group).load()
    except Exception as error:
        raise ConfigurationError(f"{told} cannot be used: {value}: {type(error).__name__}: {error}") from error
