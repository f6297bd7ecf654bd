"""Merges texts that consist of lists or sections by rule, without a model: everything once, word for word.

Sections are what stands under Markdown headings, or under the line before a list where a text has several lists. Items
and paragraphs are united in order of first appearance. Of items that give one key different values, such as
`Capital: Seoul` and `Capital: Busan`, the majority's stays. Which items stay does not depend on the texts' order.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile
from typing import TypeVar

from symposium.tools import numerals
from symposium.tools.equivalence import canonical
from symposium.tools.glyphs import fold, unmark

T = TypeVar("T")


@dataclass(frozen=True)
class Overruled:
    """An item that did not stay, the one that stays in its place, and which of the texts (from 0) hold it."""

    item: str
    kept: str
    texts: tuple[int, ...]


@dataclass(frozen=True)
class Merge:
    """The merged text, and what it leaves out since a majority says otherwise."""

    text: str
    dissent: tuple[Overruled, ...]


def merged(texts: Sequence[str]) -> Merge | None:
    """Merge texts; None where there are none or one of them has neither a list nor sections."""
    read = [_read(text.strip()) for text in texts]
    if not read or not all(map(_structured, read)):
        return None
    dissent: list[Overruled] = []
    level = min((found for text in texts for found, _, _ in _under_headings(text) if found), default=1)
    return Merge("\n\n".join(_united(list(enumerate(read)), level, dissent)), tuple(dissent))


# Reading


@dataclass(frozen=True)
class _Block:
    """An item of a list, with its mark, or a paragraph, without one."""

    text: str
    mark: str = ""

    @property
    def key(self) -> tuple[bool, str]:
        """Equal of blocks that say the same."""
        return bool(self.mark), _plain(self.text) or self.text


@dataclass
class _Section:
    """A title, with a heading's mark or right above a list, what stands under it, and the sections within it.

    Where it has one list alone, the line right above that is its `lead`.
    """

    title: str = ""
    heading: bool = False
    lead: str = ""
    blocks: list[_Block] = field(default_factory=list)
    sections: list["_Section"] = field(default_factory=list)

    @property
    def key(self) -> tuple[bool, str]:
        """Equal of sections with the same title."""
        return self.heading, _plain(self.title) or self.title


_HEADING = re.compile(r" {0,3}(?P<level>#{1,6})[ \t]+(?P<title>[^\s#].*)")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
_HANGUL, _CIRCLED = "가나다라마바사아자차카타파하", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ORDINAL = rf"(?:\d{{1,3}}|[{_HANGUL}a-z])"
_MARK = rf"(?:[-*+•·‣▪]|\d{{1,3}}\.|[{_HANGUL}]\.|\(?{_ORDINAL}\))(?=[ \t])|[{_CIRCLED}]"
_ITEM = re.compile(rf"(?P<indent>[ \t]*)(?P<mark>{_MARK})[ \t]*(?P<text>\S.*)")


def _read(text: str) -> _Section:
    root = _Section()
    above: list[tuple[int, _Section]] = [(0, root)]
    for level, title, lines in _under_headings(text):
        if level:
            while above[-1][0] >= level:
                above.pop()
            section = _Section(title, heading=True)
            above[-1][1].sections.append(section)
            above.append((level, section))
        _fill(above[-1][1], list(_blocks(lines)))
    return root


def _under_headings(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """The level and title of each heading, 0 before the first one, with the lines under it."""
    level, title, lines = 0, "", list[str]()
    for line, in_code in _lines(text):
        found = None if in_code else _HEADING.fullmatch(line)
        if found:
            yield level, title, lines
            level, title, lines = len(found["level"]), found["title"].rstrip("#").rstrip(), []
        else:
            lines.append(line)
    yield level, title, lines


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, and whether each belongs to a block of code; one that is left open is closed."""
    mark = ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        yield line.rstrip(), bool(mark or fence)
        if fence and (not mark or fence[1] == mark):
            mark = "" if mark else fence[1]
    if mark:
        yield mark, True


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    block, indent, blank = None, 0, False
    for line, in_code in _lines("\n".join(lines)):
        item = None if in_code else _ITEM.fullmatch(line)
        deeper = len(line) - len(line.lstrip()) > indent
        begins = item and not (block and block.mark and deeper)
        goes_on = block and (in_code or not line or (deeper if block.mark else not (blank or begins)))
        if block and goes_on:
            block = replace(block, text=f"{block.text}\n{line}")
        elif line:
            if block:
                yield _trimmed(block)
            indent = len(item["indent"]) if item else 0
            block = _Block(item["text"], item["mark"]) if item else _Block(line)
        blank = not line and not in_code
    if block:
        yield _trimmed(block)


def _trimmed(block: _Block) -> _Block:
    return replace(block, text=block.text.rstrip())


def _fill(section: _Section, blocks: list[_Block]) -> None:
    """Put blocks into a section, each list with a title right above it into one of its own."""
    into, above, listed = section, list[_Block](), False
    for is_list, run in groupby(blocks, key=lambda block: bool(block.mark)):
        if is_list and above and _is_title(above[-1], after_list=listed):
            into.blocks += above[:-1]
            into, above = _Section(above[-1].text), []
            section.sections.append(into)
        into.blocks += above
        above, listed = [], listed or is_list
        if is_list:
            into.blocks += run
        else:
            above = list(run)
    into.blocks += above


def _is_title(block: _Block, *, after_list: bool = False) -> bool:
    """A short line that ends in a colon or is bold; between two lists any short line."""
    line = block.text
    if block.mark or len(line) > 80 or "\n" in line:
        return False
    return after_list or line.endswith((":", "：")) or bool(re.fullmatch(r"\*\*[^*]+\*\*|__[^_]+__", line))


def _structured(section: _Section) -> bool:
    return bool(section.sections) or any(block.mark for block in section.blocks)


# Uniting


Held = list[tuple[int, T]]
"""What is held, each with the place of the text that holds it."""


def _united(held: "Held[_Section]", level: int, dissent: list[Overruled]) -> list[str]:
    """The parts of sections of one title, less that title; headings within them are of that level."""
    if all(_lists(section) < 2 for _, section in held):
        held = [(place, _with_one_list(section)) for place, section in held]
    lead = _commonest([(place, section.lead) for place, section in held if section.lead])
    own = _chosen([(place, block) for place, section in held for block in section.blocks], dissent, lead)
    parts = _written(own, lead)
    inner = [(place, one) for place, section in held for one in section.sections]
    for same in sorted(_alike(inner, lambda one: one.key), key=lambda same: same[0][1].heading):
        title = _commonest([(place, one.title) for place, one in same])
        if same[0][1].heading:
            parts += [f"{'#' * level} {title}", *_united(same, level + 1, dissent)]
        else:
            first, *others = _united(same, level, dissent)
            parts += [f"{title}\n{first}", *others]
    return parts


def _lists(section: _Section) -> int:
    """How many lists a section has, less those under headings of their own; one title stands above one list."""
    return any(block.mark for block in section.blocks) + len({one.key for one in section.sections if not one.heading})


def _with_one_list(section: _Section) -> _Section:
    """The section with its only list in itself: the title above that is only its lead."""
    titled = [one for one in section.sections if not one.heading]
    below = [one for one in section.sections if one.heading]
    blocks = [*section.blocks, *(block for one in titled for block in one.blocks)]
    return replace(section, blocks=blocks, sections=below, lead=_commonest([(0, one.title) for one in titled]))


def _chosen(held: "Held[_Block]", dissent: list[Overruled], lead: str) -> list[_Block]:
    """The different blocks in their commonest wording, conflicts settled: up to the list, the list, the rest."""
    different = _alike(held, lambda block: block.key)
    overruled = _overruled(different, dissent)
    wordings = [_wording(same) for same in different]
    before = [block for block in takewhile(lambda block: not block.mark, wordings) if block.key not in overruled]
    behind = [block for block in wordings if not block.mark and block.key not in overruled and block not in before]
    items = [block for block in wordings if block.mark and block.key not in overruled]
    while items and not lead and before and _is_title(before[-1]):
        behind.insert(0, before.pop())  # right above the list it would be taken for its title
    return [*before, *items, *behind]


def _wording(same: "Held[_Block]") -> _Block:
    """The commonest wording of a block, with the mark that it has where it appears first."""
    return replace(same[0][1], text=_commonest([(place, block.text) for place, block in same]))


def _overruled(different: "list[Held[_Block]]", dissent: list[Overruled]) -> set[tuple[bool, str]]:
    """The keys of the blocks that do not stay: other values than the majority's, and its value in other words."""
    lost: set[tuple[bool, str]] = set()
    for rivals in _rivals(different):
        best = min(rivals, key=lambda value: (-len(_places(value)), _first(value)))
        kept = _wording(best)
        for value in rivals:
            lost |= {block.key for _, block in value} - {kept.key}
            if value is not best:
                dissent.append(Overruled(_wording(value).text, kept.text, _places(value)))
    return lost


def _rivals(different: "list[Held[_Block]]") -> "Iterator[list[Held[_Block]]]":
    """The values of each key that has any, unless one text gives it several itself."""
    pairs = [(place, (block, pair)) for same in different for place, block in same if (pair := _keyed(block))]
    for same in _alike(pairs, lambda one: (one[0].key[0], one[1][0])):
        values = [[(place, block) for place, (block, _) in value] for value in _alike(same, lambda one: one[1][1])]
        if sum(len(_places(value)) for value in values) == len({place for place, _ in same}):
            yield values


_PAIR = re.compile(r"(?P<key>[^\W\d_][^:=.!?]{0,39}?)\s*(?::(?!//)|=)\s*(?P<value>\S.{0,59})")


def _keyed(block: _Block) -> tuple[str, str] | None:
    """The key and the value of a block as they are compared; None of what is no short `key: value`."""
    found = _PAIR.fullmatch(unmark(fold(block.text)).strip())
    return (_plain(found["key"]), _value(found["value"])) if found else None


COMPARED = ("number", "quantity", "date", "time", "weekday")


def _value(text: str) -> str:
    """What a value says, however it is written; what is counted counts: 3 eggs are not 3 cups."""
    form = canonical(text)
    bare = form.kind != "number" or numerals.number(_plain(text)) is not None
    return form.key if form.kind in COMPARED and bare else _plain(text)


def _alike(held: Sequence[tuple[int, T]], key: Callable[[T], object]) -> "list[Held[T]]":
    """What has the same key together, in order of first appearance."""
    found: dict[object, Held[T]] = {}
    for place, one in held:
        found.setdefault(key(one), []).append((place, one))
    return list(found.values())


def _places(held: "Held[T]") -> tuple[int, ...]:
    return tuple(sorted({place for place, _ in held}))


def _first(held: "Held[_Block]") -> str:
    return min(block.key[1] for _, block in held)


def _commonest(texts: Sequence[tuple[int, str]]) -> str:
    """The wording in most texts, among those the longest, whatever their order; empty of nothing."""
    wordings = _alike(texts, lambda text: text)
    return min(((-len(_places(same)), -len(same[0][1]), same[0][1]) for same in wordings), default=(0, 0, ""))[2]


def _plain(text: str) -> str:
    return " ".join(unmark(fold(text)).casefold().split()).strip(" .,;:!#*_")


# Writing


def _written(blocks: Sequence[_Block], lead: str) -> list[str]:
    """The parts of a section: its paragraphs, and its list right under the lead."""
    parts: list[str] = []
    for listed, run in groupby(blocks, key=lambda block: bool(block.mark)):
        if listed:
            parts.append("\n".join((*([lead] if lead else []), *_marked(list(run)))))
        else:
            parts += [block.text for block in run]
    return parts


def _marked(items: Sequence[_Block]) -> Iterator[str]:
    """The items with the mark of the first one, counted on where it counts."""
    mark = items[0].mark
    for place, item in enumerate(items):
        yield f"{_counted(mark, place)} {item.text}"


def _counted(mark: str, place: int) -> str:
    inner = mark.strip("().")
    for row in (_HANGUL, _CIRCLED, "abcdefghijklmnopqrstuvwxyz"):
        if inner and inner in row:
            return mark.replace(inner, row[place]) if place < len(row) else f"{place + 1}."
    return mark.replace(inner, str(place + 1)) if inner.isdigit() else mark
