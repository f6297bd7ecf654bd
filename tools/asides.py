"""What a fused answer leaves out because it does not go with the rest: a list in it, under a line of its own."""

import re
from dataclasses import dataclass

_HEADING = re.compile(
    r"^[ \t#*_>-]*(?:not combined|함께 담지 않은 것)[ \t]*[*_]*[ \t]*[:：][ \t]*[*_]*[ \t]*(?P<first>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM = re.compile(r"[ \t]*(?:[-*•·]|\d{1,2}[.)])[ \t]+(?P<text>\S.*)")
_INDENTED = re.compile(r"[ \t]{2,}\S.*")
_NOTHING = frozenset(("", "none", "nothing", "n/a", "na", "없음", "없습니다"))


@dataclass(frozen=True)
class Parted:
    """An answer without the list, and what the list holds."""

    text: str
    asides: tuple[str, ...]


def parted(text: str) -> Parted:
    """Take the list `Not combined:` out of an answer; without one the answer stays as it is."""
    heading = next(reversed([*_HEADING.finditer(text)]), None)
    if heading is None:
        return Parted(text, ())
    items, rest = _items(text[heading.end() :].split("\n")[1:])
    found = tuple(item for item in (heading["first"].strip(), *items) if item.strip(" -*•.").casefold() not in _NOTHING)
    kept = (text[: heading.start()].rstrip(), "\n".join(rest).strip())
    return Parted("\n\n".join(part for part in kept if part), found)


def _items(lines: list[str]) -> tuple[list[str], list[str]]:
    """The items at the beginning of some lines, and the lines behind them."""
    items: list[str] = []
    for place, line in enumerate(lines):
        item = _ITEM.fullmatch(line)
        if item:
            items.append(item["text"].strip())
        elif items and _INDENTED.fullmatch(line):
            items[-1] += f" {line.strip()}"
        elif line.strip():
            return items, lines[place:]
    return items, []
