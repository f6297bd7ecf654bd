"""A model of texts by their characters: how likely each one is after those before it, learned by counting."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Counts = Mapping[str, str]
"""What followed each context, of every length up to the order less one: characters, and how often each of them came.

A count c is told by one hexadecimal digit, the whole part of log2 c: "a0b5" is one a (1) and many b (32 to 63).
"""

BEGIN, END = "\x02", "\n"
CHARACTERS = 12_000  # among which an unseen one is a guess: Latin, Hangul and marks
ESCAPE = 1 / CHARACTERS


class Ngrams:
    """Tells the probabilities of a text's characters, smoothed from short contexts to long ones.

    Witten-Bell interpolation (Bell, Cleary, Witten, "Text compression", 1990, method C): where n characters of t kinds
    followed a context, one's probability is (count + t p) / (n + t), with p its probability after a shorter context.
    """

    def __init__(self, counts: Counts, *, order: int) -> None:
        self.order = order
        self._counts = counts
        self._read: dict[str, _After] = {}

    def logprobs(self, text: str) -> list[tuple[float, ...]]:
        """Tell the natural log-probability of each character and of the end, after 0, 1, ... order-1 characters."""
        padded = BEGIN * (self.order - 1) + text + END
        return [self._logprobs(padded, place) for place in range(self.order - 1, len(padded))]

    def _logprobs(self, text: str, place: int) -> tuple[float, ...]:
        probability, told = ESCAPE, list[float]()
        for length in range(self.order):
            context = text[place - length : place]
            if context not in self._counts:  # neither are longer ones
                return (*told, *[math.log(probability)] * (self.order - length))
            probability = self._after(context).probability(text[place], probability)
            told.append(math.log(probability))
        return tuple(told)

    def _after(self, context: str) -> "_After":
        if context not in self._read:
            self._read[context] = _After.read(self._counts[context])
        return self._read[context]


@dataclass(frozen=True)
class _After:
    """What followed a context."""

    counts: Mapping[str, int]
    total: int

    @classmethod
    def read(cls, told: str) -> "_After":
        counts = {told[place]: 1 << int(told[place + 1], 16) for place in range(0, len(told), 2)}
        return cls(counts, sum(counts.values()))

    def probability(self, character: str, shorter: float) -> float:
        kinds = len(self.counts)
        return (self.counts.get(character, 0) + kinds * shorter) / (self.total + kinds)


def counted(texts: Iterable[str], *, least: Sequence[int]) -> dict[str, str]:
    """Count characters after contexts of 0, 1, ... characters, keeping at each length what came at least so often."""
    order = len(least)
    padded = [BEGIN * (order - 1) + text + END for text in texts]
    kept: dict[str, str] = {}
    for length, enough in enumerate(least):
        grams = Counter(gram for text in padded for gram in _grams(text, length + 1, order))
        for gram, count in sorted(grams.items()):
            if count >= enough:
                kept[gram[:-1]] = f"{kept.get(gram[:-1], '')}{gram[-1]}{min(count.bit_length() - 1, 15):x}"
    return kept


def _grams(text: str, size: int, order: int) -> list[str]:
    return [text[place - size : place] for place in range(order, len(text) + 1)]
