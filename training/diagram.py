"""Reliability diagrams: how often answers of a stated sureness are right, raw and calibrated, a panel per signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from symposium.tools.calibration import Isotonic, ece, reliability_bins
from symposium.tools.confidence import as_chance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

COLUMNS = 3
COLOURS = 24
INCHES = 3.4  # a panel's side
GREY, BLUE = "0.65", "tab:blue"


def drawn(
    place: Path, title: str, seen: Mapping[str, Sequence[tuple[float, bool]]], calibration: Mapping[str, Isotonic]
) -> Path:
    """Write a PNG with a panel for each signal that was seen and has a calibrator; needs matplotlib.

    `seen` holds by signal the value for each answer and whether it is right.
    """
    from matplotlib.figure import Figure

    names = [name for name in calibration if name in seen]
    lines = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * INCHES, lines * INCHES), layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(lines, COLUMNS, squeeze=False).flat
    for name, panel in zip(names, panels, strict=False):  # names first, so that no panel is lost
        _panel(panel, name, seen[name], calibration[name])
    for panel in panels:  # what is left over
        panel.axis("off")
    place.parent.mkdir(parents=True, exist_ok=True)
    _coloured(figure).save(place, optimize=True)
    return place


def _coloured(figure: Figure) -> Image:
    """The picture in a few colours, which takes a third of the bytes."""
    from PIL import Image as pictures

    held = BytesIO()
    figure.savefig(held, dpi=80)
    return pictures.open(held).convert("RGB").quantize(COLOURS)


def _panel(panel: Axes, name: str, pairs: Sequence[tuple[float, bool]], calibrator: Isotonic) -> None:
    right = [mark for _, mark in pairs]
    raw, fitted = [as_chance(name, value) for value, _ in pairs], [calibrator(value) for value, _ in pairs]
    panel.plot([0, 1], [0, 1], color="0.85", linewidth=1, zorder=0)
    _curve(panel, raw, right, label=f"raw, ECE {ece(raw, right):.3f}", color=GREY)
    _curve(panel, fitted, right, label=f"calibrated, ECE {ece(fitted, right):.3f}", color=BLUE, counted=True)
    panel.set(title=f"{name} (n = {len(pairs):,})", xlim=(0, 1), ylim=(0, 1.3), xlabel="sureness", ylabel="right")
    panel.legend(loc="upper left", fontsize="small", frameon=False)


def _curve(
    panel: Axes, chances: Sequence[float], right: Sequence[bool], *, label: str, color: str, counted: bool = False
) -> None:
    bins = reliability_bins(chances, right)
    panel.plot([b.confidence for b in bins], [b.accuracy for b in bins], marker="o", color=color, label=label)
    for b in bins if counted else ():
        below = (0, -12)  # points, under its marker
        at = (b.confidence, b.accuracy)
        panel.annotate(f"{b.n}", at, xytext=below, textcoords="offset points", ha="center", fontsize="x-small")
