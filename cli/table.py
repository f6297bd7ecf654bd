"""Printing on stdout for the commands that list things: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from symposium.cli.terminal import clean, hung

GAP = "  "
NARROWEST = 8  # cells below which no column is squeezed


@dataclass(frozen=True)
class Column:
    """A column of a table; where the terminal is narrow it stays whole, or its cells are cut or wrapped."""

    title: str
    justify: Literal["left", "right"] = "left"
    squeezed: Literal["never", "cut", "wrap"] = "never"


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their titles; off a terminal each row is one whole line."""
    from rich.text import Text

    from symposium.cli.terminal import console

    paper = console(sys.stdout)
    folded = [[" ".join(clean(cell).split()) for cell in row] for row in rows]
    widths = fitted(columns, folded, room=paper.width)
    (titles,) = laid_out(columns, widths, [column.title for column in columns])
    paper.print(Text(titles, style="bold"), soft_wrap=True)
    for row in folded:
        for line in laid_out(columns, widths, row):
            print(line)


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, room: int) -> list[int]:
    """The columns' widths in cells: what they need, and less where they can be squeezed and must."""
    from rich.cells import cell_len

    lengths = [[cell_len(row[place]) for row in rows] for place in range(len(columns))]
    widths = [max([cell_len(c.title), *needed]) for c, needed in zip(columns, lengths, strict=True)]
    excess = sum(widths) + len(GAP) * (len(columns) - 1) - room
    for _ in range(excess):
        soft = [p for p, c in enumerate(columns) if c.squeezed != "never" and widths[p] > NARROWEST]
        if not soft:
            break
        widths[max(soft, key=widths.__getitem__)] -= 1
    return widths


def laid_out(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> Iterator[str]:
    """The lines of one row; more than one where a cell is wrapped."""
    from symposium.cli.cells import cut, wrapped

    cells = [
        wrapped(text, width, cutting=False) if column.squeezed == "wrap" else [cut(text, width)]
        for column, width, text in zip(columns, widths, row, strict=True)
    ]
    for line in zip_longest(*cells, fillvalue=""):
        padded = [_padded(text, column, width) for text, column, width in zip(line, columns, widths, strict=True)]
        yield GAP.join(padded).rstrip()


def _padded(text: str, column: Column, width: int) -> str:
    from rich.cells import cell_len

    space = " " * (width - cell_len(text))
    return space + text if column.justify == "right" else text + space


def print_lines(*lines: str) -> None:
    """Print lines without what could steer the terminal, which wraps none of them inside a word."""
    for line in lines:
        print_hung("", line)


def print_hung(heading: str, text: str) -> None:
    """Print a text beside its heading, and on a terminal below itself where it takes more than a line."""
    for line in hung(clean(text), stream=sys.stdout, heading=clean(heading)):
        print(line)


def print_json(value: object) -> None:
    """Print a JSON-like value."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
