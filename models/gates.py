"""The trained gates of debates: of the bundled minds they lie with them, one's own beside the symposium.toml."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from symposium.ledger.records import ConfigurationError
from symposium.models import zoo
from symposium.models.member import Member
from symposium.tools.gating import Fit, Gate

BUNDLED = zoo.FOLDER / "gate.json"
OWN = "symposium.gate.json"


def gate(cast: Sequence[Member], files: Iterable[Path] = ()) -> Gate | None:
    """Find the gate that was fitted to exactly these models; `files` are those that configure members.

    Raises:
        ConfigurationError: a file of gates cannot be used.
    """
    models = sorted(member.model for member in cast)
    return next((Gate.of(fit) for fit in _fits(files) if sorted(fit["members"]) == models), None)


def gated(files: Iterable[Path] = ()) -> list[tuple[str, ...]]:
    """Tell for which casts there is a gate: their models, in order."""
    return [tuple(sorted(fit["members"])) for fit in _fits(files)]


def _fits(files: Iterable[Path]) -> list[Fit]:
    places = [*(path.parent / OWN for path in reversed([*files])), BUNDLED]
    return [fit for place in places if place.is_file() for fit in _of(place)]


def _of(place: Path) -> Sequence[Fit]:
    found = place.stat()
    return _read(place, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)  # a context reads them for every request
def _read(place: Path, written: int, size: int) -> Sequence[Fit]:
    try:
        fits: list[Fit] = json.loads(place.read_text(encoding="utf-8"))["casts"]
        for fit in fits:
            sorted(fit["members"])
            Gate.of(fit)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{place} holds no gates as symposium.training.gate writes them: {error}") from error
    return fits
