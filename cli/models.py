"""`symposium models`: who can be asked, what it costs, and what each can do."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from symposium.cli import figures, options
from symposium.cli.table import Column, print_json, print_lines, print_table

if TYPE_CHECKING:
    from symposium.cli.roster import Price, Standing, Together
    from symposium.models.provider import Feature

HELP = """List the members that can be asked.

These are the [member.NAME] tables of symposium.toml, or who is found here without any, and the bundled minds, each with
what is known of it. With --probe those that are ready are tried out, by a few short calls each; what they can do is
remembered.
"""


def models(
    probe: Annotated[
        bool, typer.Option("--probe", help="Try out what each can do; hosted models cost a little.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    from symposium.cli.roster import joined, known, standings, together
    from symposium.models.settings import load

    settings = load()
    members, panel = known(settings), together(settings)
    if probe:
        import asyncio

        from symposium.cli.probing import probed

        found = asyncio.run(probed(members))
    else:
        found = standings(members)
    found = joined(found, panel)
    if as_json:
        return print_json(found)
    if not found:
        return print_lines("no member is known: the bundled minds are missing and symposium.toml names none")
    _print(found)
    if panel and len(panel["members"]) > 1:
        print_lines(_worth(panel))


COLUMNS = (
    Column("", squeezed="never"),
    Column("name", squeezed="cut"),
    Column("model", squeezed="cut"),
    Column("family", squeezed="cut"),
    Column("size", justify="right"),
    Column("context", justify="right"),
    Column("right", justify="right"),
    Column("price", justify="right"),
    Column("can"),
)
LETTERS: "Mapping[Feature, tuple[str, str]]" = {
    "chat": ("c", "follows instructions"),
    "schema": ("j", "JSON after a schema"),
    "logprobs": ("l", "log-probabilities"),
    "sampling": ("s", "sampling"),
    "streaming": ("w", "word by word"),
    "tools": ("t", "tools"),
    "thinking": ("r", "reasoning apart"),
    "n": ("n", "several replies at once"),
    "prefix": ("p", "goes on from a beginning"),
    "forced": ("f", "scores a given text"),
    "checks": ("x", "checks exactly"),
}


def _print(found: "Sequence[Standing]") -> None:
    print_table(COLUMNS, [_row(standing) for standing in found])
    print_lines("", "right: known chance of a right answer; price: US dollars per million tokens in / out, from")
    for source, names in _sources(found).items():
        print_lines(f"  {source}: {', '.join(names)}")
    shown = [f"{letter} {words}" for letter, words in LETTERS.values()]
    print_lines(f"can: {', '.join(shown)}; ? not known yet (--probe)")
    for standing in found:
        if standing["problem"]:
            print_lines(f"{standing['name']} is not ready: {standing['problem']}")


def _worth(panel: "Together") -> str:
    """What those are worth together who are asked where nobody is named."""
    measured = figures.counted(panel["questions"], "question")
    members = len(panel["members"])
    pairs = members * (members - 1) // 2
    known = f", {panel['pairs']} of {pairs} pairs" * (panel["pairs"] < pairs)
    return (
        f"{', '.join(panel['members'])}, asked where nobody is named: {members} members are worth about "
        f"{panel['votes']:.1f} independent votes ({measured}{known})"
    )


def _row(standing: "Standing") -> list[str]:
    reliability = standing["reliability"]
    return [
        "✓" if standing["ready"] else "✗",
        standing["name"],
        standing["model"],
        standing["family"],
        _rounded(standing["parameters"]),
        _rounded(standing["context"]),
        "" if reliability is None else figures.share(reliability),
        _price(standing["price"]),
        _letters(standing["can"]),
    ]


def _rounded(count: int | None) -> str:
    """Write a count of parameters or tokens in three figures."""
    if count is None:
        return ""
    for unit, size in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)


def _price(price: "Price | None") -> str:
    if price is None:
        return "unknown"
    return f"{price['input']:g} / {price['output']:g}" if price["input"] or price["output"] else "0"


def _letters(can: "Mapping[Feature, bool | None]") -> str:
    told = "".join(letter for feature, (letter, _) in LETTERS.items() if can.get(feature))
    return f"{told}?" if None in can.values() else told


def _sources(found: "Sequence[Standing]") -> dict[str, list[str]]:
    """Whose price comes from where."""
    sources: dict[str, list[str]] = {}
    for standing in found:
        price = standing["price"]
        sources.setdefault("unknown" if price is None else price["source"], []).append(standing["name"])
    return sources
