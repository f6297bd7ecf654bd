"""What the terminal can take: whether it is one, its console, and text that is safe to print on it."""

import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

ENDLESS = 100_000  # columns off a terminal: whoever reads a pipe wants whole lines
NARROWEST = 20  # columns below which no text is wrapped

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def lively(stream: TextIO) -> bool:
    """Say whether the stream is a terminal that wants colours and moving lines."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and _able()


def _able() -> bool:
    return os.name == "nt" or os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def console(stream: TextIO) -> "Console":
    """Make the console of a stream; where it is not lively it writes no escape byte."""
    from rich.console import Console

    lives = lively(stream)
    return Console(
        file=stream,
        force_terminal=lives,
        color_system="auto" if lives else None,
        width=None if stream.isatty() else ENDLESS,
        highlight=False,
        markup=False,
        emoji=False,
    )


def hung(text: str, *, stream: TextIO, heading: str = "") -> list[str]:
    """Wrap a text between words beside its heading where the stream is a terminal; elsewhere its lines stay whole."""
    if not stream.isatty():
        return f"{heading}{text}".split("\n")
    from symposium.cli.cells import wrapped

    room = max(NARROWEST, console(stream).width - len(heading))
    lines = [piece for line in text.split("\n") for piece in wrapped(line, room, cutting=False) or [""]]
    return [(" " * len(heading) if place else heading) + line for place, line in enumerate(lines)]


def clean(text: str) -> str:
    """Drop control characters, so that what a model says cannot steer the terminal; line ends and tabs stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n"))


def forgiving() -> None:
    """Let both streams replace what their encoding cannot write instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
