"""What a fused answer leaves out because it does not go with the rest: a list in it, under a heading of its own."""

import re
from dataclasses import dataclass

_RULE = r"(?:^[ \t]*[-*_]{3,}[ \t]*\n\s*)?"
_HEADING = re.compile(
    rf"{_RULE}^[ \t]*(?:#{{1,6}}[ \t]+)?(?:[*_]{{1,3}})?(?:not combined|함께 담지 않은 것)[ \t]*[:：]?(?:[*_]{{1,3}})?"
    r"[ \t]*[:：]?[ \t]*(?:(?:none|nothing|n/a|없음|없습니다)\.?[ \t]*)?$",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM = re.compile(r"[ \t]*(?:[-*•·]|\d{1,2}[.)])[ \t]+(?P<text>\S.*)")
_INDENTED = re.compile(r"(?:\t| {2,})\S.*")
_END = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]|(?:[*_]{1,3})?(?:final answer|answer|(?:최종[ \t]?)?답|정답)(?:[*_]{1,3})?[ \t]*[:：])",
    re.IGNORECASE,
)
_NOTHING = frozenset(("", "none", "nothing", "n/a", "na", "없음", "없습니다"))


@dataclass(frozen=True)
class Parted:
    """An answer without the list, and what the list holds."""

    text: str
    asides: tuple[str, ...]


def parted(text: str) -> Parted:
    """Take the list `Not combined:` out of an answer, which may be all of it; without one it stays as it is.

    The list reaches to the line of the result, to another heading, or to an empty line with other text behind it.
    """
    heading = next(reversed([*_HEADING.finditer(text)]), None)
    if heading is None:
        return Parted(text, ())
    lines = text[heading.end() :].split("\n")[1:]
    end = _end(lines)
    kept = (text[: heading.start()].rstrip(), "\n".join(lines[end:]).strip())
    found = tuple(item for item in _items(lines[:end]) if item.strip(" -*•.").casefold() not in _NOTHING)
    return Parted("\n\n".join(part for part in kept if part), found)


def _end(lines: list[str]) -> int:
    """How many of the lines behind a heading are its list."""
    begun = False
    for place, line in enumerate(lines):
        apart = begun and not lines[place - 1].strip()
        if _END.match(line) or (apart and line.strip() and not (_ITEM.fullmatch(line) or _INDENTED.fullmatch(line))):
            return place
        begun = begun or bool(line.strip())
    return len(lines)


def _items(lines: list[str]) -> list[str]:
    """The items of a list: those with a mark and what is wrapped behind them, or each line where none has a mark."""
    items: list[str] = []
    marked = any(_ITEM.fullmatch(line) for line in lines)
    for line in filter(str.strip, lines):
        item = _ITEM.fullmatch(line)
        if item or not (marked and items):
            items.append(item["text"].strip() if item else line.strip())
        else:
            items[-1] += f" {line.strip()}"
    return items
