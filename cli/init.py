"""`symposium init`: write down who is asked here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symposium.cli import options
from symposium.cli.table import print_lines
from symposium.ledger.records import UsageError

if TYPE_CHECKING:
    from symposium.models.settings import Settings

HELP = """Write symposium.toml in this folder: who would be asked here without one, with comments to go on from.

These are models of the providers whose keys are in the environment or .env, else the models of Ollama, else the bundled
minds. No key is written down. A file that is there already is left alone.
"""


def init(
    preset: options.Preset = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a symposium.toml that is there.")] = False,
) -> None:
    from symposium.models.entry import FILE
    from symposium.models.settings import cast, why

    path = Path(FILE)
    if path.exists() and not force:
        raise UsageError(f"{path.absolute()} is there already; --force overwrites it")
    settings = _without_file(preset)
    members, whose = cast(settings), why(settings).rpartition(": ")[0]
    told = f"{', '.join(member.name for member in members)}{' ' if whose else ''}{whose}"
    _write(path, _content(settings, preset, told))
    print_lines(f"wrote {path.absolute()}: {told}", "to see whether they answer: symposium doctor")


def _without_file(preset: str | None) -> "Settings":
    """The settings as they would be without a file in this folder."""
    from tempfile import TemporaryDirectory

    from symposium.models.settings import load

    with TemporaryDirectory() as elsewhere:
        return load(preset=preset, folder=Path(elsewhere))


def _content(settings: "Settings", preset: str | None, told: str) -> str:
    import time

    from symposium.cli.starter import written
    from symposium.models.settings import cast, casts_bundled

    chosen = {name: value for name, value in settings.presets.get(preset or "", {}).items() if name != "members"}
    headline = f"Written by `symposium init` on {time.strftime('%Y-%m-%d')}: {told}."
    return written(headline, chosen, cast(settings), bundled=casts_bundled(settings))


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write '{path.absolute()}': {error.strerror}") from error
