"""The bundled minds: GGUF files and what is known of them."""

import json
import os
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from symposium.ledger.records import ModelFileError, nearest
from symposium.tools.calibration import Isotonic

FOLDER = Path(__file__).parent


def bundled() -> dict[str, Path]:
    """List the bundled GGUF files by name."""
    names = sorted(os.listdir(FOLDER))  # not a scan of entries, which the development server takes for blocking
    return {name.removesuffix(".gguf"): FOLDER / name for name in names if name.endswith(".gguf")}


def about(name: str) -> dict[str, Any]:
    """Tell what is known of a bundled mind (`zoo.json`); empty where nothing is."""
    known: dict[str, dict[str, Any]] = _figures().get("minds", {})
    return known.get(name, {})


def cast(name: str) -> tuple[str, ...]:
    """Name the bundled minds that play together.

    `team` answers by default, `repair` drafts and mends, `debate` drafts and debates, `peers` are of like strength with
    errors of their own.

    Empty where no list of that name is known.
    """
    return tuple(_figures().get(name, ()))


def strongest_first() -> tuple[str, ...]:
    """Name all bundled minds, the most reliable first."""
    return tuple(sorted(bundled(), key=lambda mind: (-about(mind).get("reliability", 0.0), mind)))


def cascade() -> dict[str, Any]:
    """Tell the cascade of the bundled minds: `stages`, `thresholds` and `scorer`; empty where none was measured."""
    known: dict[str, Any] = _figures().get("cascade", {})
    return known


def calibration(name: str) -> Mapping[str, Isotonic]:
    """Give the calibrators of a bundled mind by signal (`calibration.json`); empty where none is fitted on its file."""
    return _calibrations(FOLDER).get(name, {})


@cache
def _calibrations(folder: Path) -> dict[str, dict[str, Isotonic]]:
    fitted = folder / "calibration.json"
    if not fitted.exists():
        return {}
    minds = json.loads(fitted.read_text(encoding="utf-8"))["minds"]
    known = _figures().get("minds", {})
    return {
        name: {signal: Isotonic.of(knots) for signal, knots in mind["signals"].items()}
        for name, mind in minds.items()
        if mind["sha256"] == known.get(name, {}).get("sha256")
    }


def _figures() -> dict[str, Any]:
    catalogue = FOLDER / "zoo.json"
    if not catalogue.exists():
        return {}
    found = catalogue.stat()
    return _read(catalogue, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)  # every context reads it, several times, and it seldom changes
def _read(catalogue: Path, written: int, size: int) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(catalogue.read_text(encoding="utf-8"))
    return figures


def find(target: str) -> Path:
    """Find the file that a bundled name or a path means; `~` is the home folder.

    Raises:
        ModelFileError: there is no such file ("missing"); names the bundled ones.
    """
    minds = bundled()
    if target in minds:
        return minds[target]
    path = Path(target).expanduser()
    if path.exists():
        return path.resolve()
    raise ModelFileError(
        f"no model file '{path}' and no bundled mind of that name: {nearest(target, minds)}", problem="missing"
    )
