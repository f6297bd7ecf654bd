"""Fitting text into terminal cells, of which a Korean syllable takes two: cut, wrapped, or the end of it."""

from collections.abc import Iterable

from rich.cells import cell_len, get_character_cell_size


def cut(text: str, room: int) -> str:
    """Fold into one line of at most that many cells."""
    folded = " ".join(text.split())
    return folded if cell_len(folded) <= room else "".join(_within(folded, room - 1)) + "…"


def ending(text: str, room: int, lines: int) -> list[str]:
    """The last lines of a text, of at most `room` cells each; where something is cut off before them stands a mark."""
    folded = " ".join(text.split())
    if cell_len(folded) <= room:
        return [folded]
    if lines == 1:  # a running line: no word jumps
        return ["…" + "".join(reversed(list(_within(reversed(folded), room - 1))))]
    late = folded[-(lines + 1) * room :]
    all_lines = wrapped(late, room)
    shown = all_lines[-lines:]
    whole = len(shown) == len(all_lines) and len(late) == len(folded)
    return shown if whole else [_continued(shown[0], room), *shown[1:]]


def _continued(line: str, room: int) -> str:
    """Mark that something came before; the mark takes the place of what it needs."""
    while cell_len(line) > room - 1:
        line = line[1:]
    return f"…{line}"


def _within(characters: Iterable[str], room: int) -> Iterable[str]:
    """The first characters that fit."""
    for character in characters:
        room -= get_character_cell_size(character)
        if room < 0:
            return
        yield character


def wrapped(text: str, room: int, *, cutting: bool = True) -> list[str]:
    """Wrap between words; a word that is longer than half a line is cut, unless that is not wanted and one holds it."""
    lines: list[str] = []
    while text:
        line = "".join(_within(text, room))
        space = line.rfind(" ")
        if len(line) < len(text) and text[len(line)] != " " and space >= (len(line) // 2 if cutting else 1):
            line = line[:space]
        lines.append(line)
        text = text[len(line) :].lstrip(" ")
    return lines
