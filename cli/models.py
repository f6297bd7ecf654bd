"""`symposium models`: who can be asked."""

from symposium.cli import figures, options
from symposium.cli.table import Column, print_json, print_lines, print_table

HELP = """List the members that can be asked.

These are the bundled minds and the [member.NAME] tables of symposium.toml, each with what is known of it.
"""


def models(as_json: options.Json = False) -> None:
    from symposium.cli.roster import Standing, standings
    from symposium.models.settings import load

    known = standings(load().members.values())
    if as_json:
        return print_json(known)
    if not known:
        return print_lines("no member is known: the bundled minds are missing and symposium.toml names none")

    def row(standing: Standing) -> list[str]:
        return [
            standing["name"],
            standing["model"],
            standing["family"],
            _size(standing["parameters"]),
            _number(standing["context"]),
            "" if standing["reliability"] is None else figures.share(standing["reliability"]),
            _price(standing["price"]),
            "ready" if standing["ready"] else "not ready",
        ]

    print_table(COLUMNS, [row(standing) for standing in known])
    for standing in known:
        if standing["problem"]:
            print_lines(f"{standing['name']} is not ready: {standing['problem']}")


COLUMNS = (
    Column("name"),
    Column("model", squeezed="cut"),
    Column("family"),
    Column("size", justify="right"),
    Column("context", justify="right"),
    Column("reliable", justify="right"),
    Column("price", squeezed="cut"),
    Column("state"),
)


def _size(parameters: int | None) -> str:
    if parameters is None:
        return ""
    for unit, size in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if parameters >= size:
            return f"{parameters / size:.3g}{unit}"
    return str(parameters)


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _price(price: object) -> str:
    if not isinstance(price, dict):
        return "unknown"
    if not price["input"] and not price["output"]:
        return f"$0, {price['source']}"
    return f"${price['input']:g} / ${price['output']:g} per M tokens, {price['source']}"
