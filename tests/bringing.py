"""A package that brings something along: modules and entry points in a folder on the path."""

from collections.abc import Mapping
from pathlib import Path

import pytest


def bring(
    folder: Path, patch: pytest.MonkeyPatch, *, modules: Mapping[str, str], points: Mapping[str, Mapping[str, str]]
) -> None:
    """Install a package as pip would: `modules` by name, entry points as `module:object` by group and name."""
    information = folder / "brought-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    groups = (f"[{group}]\n" + "".join(f"{n} = {v}\n" for n, v in held.items()) for group, held in points.items())
    (information / "entry_points.txt").write_text("\n".join(groups))
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    patch.syspath_prepend(folder)
