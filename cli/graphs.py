"""`symposium graphs`: the strategies, what may be chosen with each, and their drawings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symposium.cli import options
from symposium.cli.table import Column, print_json, print_lines, print_table
from symposium.ledger.records import UsageError

if TYPE_CHECKING:
    from symposium.graphs.catalogue import Strategy

HELP = "List the ways in which members answer together."
SHOW_HELP = "Show one graph: what may be chosen with it, or its drawing."

Choice = Mapping[str, Any]  # a JSON schema


def graphs(context: typer.Context, as_json: options.Json = False) -> None:
    if context.invoked_subcommand is not None:
        return
    from symposium.graphs.catalogue import GRAPHS

    if as_json:
        return print_json([told(strategy) for strategy in GRAPHS.values()])
    columns = (Column("name"), Column("what it does", squeezed="wrap"))
    print_table(columns, [[strategy.name, strategy.summary] for strategy in GRAPHS.values()])


def show(
    name: Annotated[str, typer.Argument(help="The graph's name.", metavar="NAME")],
    mermaid: Annotated[bool, typer.Option("--mermaid", help="The drawing in Mermaid's language.")] = False,
    as_json: options.Json = False,
) -> None:
    from symposium.graphs.catalogue import strategy

    if mermaid and as_json:
        raise UsageError("--mermaid and --json exclude each other")
    found = strategy(name)
    if mermaid:
        return print_lines(found.graph().get_graph().draw_mermaid().rstrip())
    if as_json:
        return print_json(told(found))
    print_lines(f"{found.name}: {found.summary}", "")
    print_table(COLUMNS, [row for choice, schema in choices(found).items() for row in _rows(choice, schema)])


COLUMNS = (Column("choice"), Column("what it may be, and what it does", squeezed="wrap"))


def told(strategy: "Strategy") -> dict[str, Any]:
    """What is told of a graph: name, summary and a JSON schema per choice."""
    return {"name": strategy.name, "summary": strategy.summary, "choices": choices(strategy)}


def choices(strategy: "Strategy") -> dict[str, Choice]:
    """The choices of a graph's form as JSON schemas, each with the default it has when nothing is configured."""
    from pydantic import TypeAdapter

    from symposium.models.settings import Choices

    schema = TypeAdapter(strategy.context).json_schema()
    defaults = {name: field.default for name, field in Choices.model_fields.items()}
    return {name: _choice(entry, defaults.get(name)) for name, entry in schema["properties"].items()}


def _choice(entry: Choice, default: object) -> Choice:
    """One schema without the null that stands for "as configured"."""
    kinds = [kind for kind in entry.get("anyOf", ()) if kind.get("type") != "null"]
    merged = {**entry, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})}
    return {**{key: value for key, value in merged.items() if key != "anyOf" or len(kinds) > 1}, "default": default}


def _rows(name: str, schema: Choice) -> list[list[str]]:
    default = schema["default"]
    otherwise = "" if default in (None, ()) else f", {default} unless chosen"
    return [[name, f"{_type(schema)}{otherwise}"], ["", schema["description"]]]


def _type(schema: Choice) -> str:
    return "|".join(schema["enum"]) if "enum" in schema else str(schema.get("type", "")) + _range(schema)


def _range(schema: Choice) -> str:
    above, most = schema.get("exclusiveMinimum"), schema.get("maximum")
    least, below = schema.get("minimum"), schema.get("exclusiveMaximum")
    parts = [
        f" >{above}" if above is not None else "",
        f" {least}.." if least is not None else "",
        f"{most}" if most is not None else "",
        f"{below - 1}" if below is not None else "",
    ]
    return "".join(parts)
