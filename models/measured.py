"""What was measured of members together: how their errors correlate, and what was learnt of their votes.

Files of the bundled minds lie with them; those of one's own members beside the symposium.toml that names them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from symposium.ledger.records import ConfigurationError
from symposium.models import zoo
from symposium.models.member import Member
from symposium.tools.diversity import Diversity, diversity
from symposium.tools.meta import Classifier, Fit

CLASSIFIERS = "symposium.meta.json"
ERRORS = "symposium.errors.json"
BUNDLED = {CLASSIFIERS: "meta.json", ERRORS: "errors.json"}

Correlations = Mapping[tuple[str, str], tuple[float, int]]
"""By two models, in order: the phi coefficient of their errors, and how many questions both had answered."""


def classifier(cast: Sequence[Member], files: Iterable[Path] = ()) -> Classifier | None:
    """Find the classifier that was fitted to exactly these models; `files` are those that configure members.

    Raises:
        ConfigurationError: a file of classifiers cannot be used.
    """
    models = sorted(member.model for member in cast)
    for place in _places(CLASSIFIERS, files):
        for fit in _classifiers(place):
            if sorted(fit["members"]) == models:
                return Classifier.of(fit)
    return None


def classified(files: Iterable[Path] = ()) -> list[tuple[str, ...]]:
    """Tell for which casts there is a classifier: their models, in order."""
    return [tuple(sorted(fit["members"])) for place in _places(CLASSIFIERS, files) for fit in _classifiers(place)]


def together(cast: Sequence[Member], files: Iterable[Path] = ()) -> Diversity | None:
    """Say how many independent votes members are worth; None where it was measured for no two of them.

    Raises:
        ConfigurationError: a file of correlations cannot be used.
    """
    known: dict[tuple[str, str], tuple[float, int]] = {}
    for place in reversed(_places(ERRORS, files)):
        known |= _correlations(place)
    return diversity([member.model for member in cast], known)


def _places(name: str, files: Iterable[Path]) -> list[Path]:
    """Where such a file may lie, one's own first."""
    beside = [path.parent / name for path in files]
    return [path for path in (*reversed(beside), zoo.FOLDER / BUNDLED[name]) if path.is_file()]


def _classifiers(place: Path) -> Sequence[Fit]:
    try:
        fits: list[Fit] = _json(place)["casts"]
        for fit in fits:
            Classifier.of(fit)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{place} holds no classifiers as symposium.training.meta writes them: {error}"
        ) from error
    return fits


def _correlations(place: Path) -> Correlations:
    try:
        return {(min(one, other), max(one, other)): (float(r), int(n)) for one, other, r, n in _json(place)["pairs"]}
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{place} holds no correlations as symposium.training.errors writes them: {error}"
        ) from error


def _json(place: Path) -> Any:
    found = place.stat()
    return _read(place, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)  # a context may read them for every request
def _read(place: Path, written: int, size: int) -> Any:
    return json.loads(place.read_text(encoding="utf-8"))
