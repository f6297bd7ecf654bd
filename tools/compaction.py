"""Makes a conversation fit: the oldest turns go first, then what is left is cut in its middle, saying so.

System messages and the last turn stay. A cut falls between characters as readers see them. Where a turn shows texts as
data, between marks, that turn stays too and nothing is cut: half a mark, or half the rule that it is data, is none.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from symposium.ledger.records import Message
from symposium.tools.cut import middle_cut
from symposium.tools.fences import holds_fences

LEAST = 32  # of the measure: what is left of a turn that is cut

Measure = Callable[[str], int]


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """A conversation that fits: how many earlier turns were left out, and how many characters of the others."""

    messages: tuple[Message, ...]
    turns: int = 0
    characters: int = 0


def compacted(messages: Sequence[Message], *, room: int, measure: Measure) -> Compacted | None:
    """Leave out as little as makes the contents, as `measure` counts each, come to at most `room`.

    `measure` must not shrink as a text grows. None: it cannot be done; less than a few words of a turn would stay.
    """
    sizes = [measure(message["content"]) for message in messages]
    fenced = {place for place, message in enumerate(messages) if holds_fences(message["content"])}
    kept = _kept(messages, sizes, room, fenced)
    most = _most([sizes[place] for place in kept], room)
    if most is None or (fenced and sum(sizes[place] for place in kept) > room):
        return None
    shown = tuple(_cut(messages[place], sizes[place], most, measure) for place in kept)
    before = sum(len(messages[place]["content"]) for place in kept)
    after = sum(len(message["content"]) for message in shown)
    return Compacted(messages=shown, turns=len(messages) - len(kept), characters=before - after)


def _kept(messages: Sequence[Message], sizes: Sequence[int], room: int, fenced: Container[int]) -> list[int]:
    """The places of the messages that stay; no reply stays without the turn that it answers."""
    last, total = len(messages) - 1, sum(sizes)
    turns = [place for place, message in enumerate(messages) if message["role"] != "system" and place != last]
    gone: set[int] = set()
    orphaned = False
    for place in turns:
        orphaned = orphaned and messages[place]["role"] == "assistant"
        if place in fenced:
            continue
        if total <= room and not orphaned:
            break
        gone.add(place)
        total -= sizes[place]
        orphaned = True
    return [place for place in range(len(messages)) if place not in gone]


def _most(sizes: Sequence[int], room: int) -> int | None:
    """The largest size to which longer messages must be cut so that all have room; None where too little would stay."""
    low, high = LEAST - 1, max(sizes, default=0)
    if sum(sizes) <= room:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(min(size, middle) for size in sizes) <= room else (low, middle - 1)
    return low if low >= LEAST else None


def _cut(message: Message, size: int, most: int, measure: Measure) -> Message:
    if size <= most:
        return message
    return Message(role=message["role"], content=middle_cut(message["content"], most, measure=measure))
