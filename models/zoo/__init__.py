"""The bundled minds: GGUF files and what is known of them."""

import json
import os
from pathlib import Path
from typing import Any

from symposium.ledger.records import ModelFileError, nearest

FOLDER = Path(__file__).parent


def bundled() -> dict[str, Path]:
    """List the bundled GGUF files by name."""
    names = sorted(os.listdir(FOLDER))  # not a scan of entries, which the development server takes for blocking
    return {name.removesuffix(".gguf"): FOLDER / name for name in names if name.endswith(".gguf")}


def about(name: str) -> dict[str, Any]:
    """Tell what is known of a bundled mind (`zoo.json`); empty where nothing is."""
    catalogue = FOLDER / "zoo.json"
    if not catalogue.exists():
        return {}
    known: dict[str, dict[str, Any]] = json.loads(catalogue.read_text(encoding="utf-8"))["minds"]
    return known.get(name, {})


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
