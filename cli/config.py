"""`symposium config show`: what holds, and where it comes from."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symposium.cli import options
from symposium.cli.table import Column, print_json, print_lines, print_table

if TYPE_CHECKING:
    from symposium.models.member import Member
    from symposium.models.settings import Settings

HELP = "Look at the configuration."
SHOW_HELP = """Show every choice with its value.

Below them stand the members, the personas, the presets, the files that were read and the ledger in use.
"""


def show(
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")] = False,
    preset: options.Preset = None,
    as_json: options.Json = False,
) -> None:
    from symposium.models.settings import load

    settings = load(preset=preset)
    shown = told(settings)
    if as_json:
        return print_json(shown)
    columns = (Column("choice"), Column("value"), *((Column("from", squeezed="cut"),) if origin else ()))
    print_table(columns, [_row(name, entry, origin) for name, entry in shown["choices"].items()])
    print_lines(
        "",
        f"members: {', '.join(shown['members']) or 'none'}",
        *([f"personas: {', '.join(settings.personas)}"] if settings.personas else []),
        f"presets: {', '.join(settings.presets) or 'none'}",
        f"files:   {', '.join(map(str, settings.files)) or 'none; symposium init writes one'}",
        f"ledger:  {ledger_path(settings)}",
    )


def told(settings: "Settings") -> dict[str, Any]:
    """The settings as JSON; no secret is among them."""
    from symposium.cli.roster import known

    values = settings.choices.model_dump(mode="json")
    return {
        "choices": {name: {"value": value, "origin": settings.origins[name]} for name, value in values.items()},
        "members": {member.name: _member(member) for member in known(settings)},
        "personas": dict(settings.personas),
        "presets": {name: dict(values) for name, values in settings.presets.items()},
        "files": [str(path) for path in settings.files],
        "ledger": ledger_path(settings),
    }


def _member(member: "Member") -> dict[str, Any]:
    """A member as it is configured; of its calibrators only the names."""
    return {**asdict(replace(member, calibration={})), "calibration": sorted(member.calibration)}


def ledger_path(settings: "Settings") -> str:
    """The ledger file in use."""
    from symposium.ledger.store import default_path

    return str(settings.ledger or default_path())


def _row(name: str, entry: dict[str, Any], origin: bool) -> list[str]:
    value = entry["value"]
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return [name, text, *([entry["origin"]] if origin else [])]
