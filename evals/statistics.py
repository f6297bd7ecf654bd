"""The statistics of a benchmark: how two ways of answering the same questions differ, and what a table row is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from symposium.tools.intervals import wilson


@dataclass(frozen=True)
class Difference:
    """A difference of two shares of right answers, with its 95 % interval; in shares, not per cent."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Pairs:
    """How often two answered the same question: both right, only the first, only the second, neither."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.first + self.second + self.neither


def paired(first: Sequence[bool], second: Sequence[bool]) -> Pairs:
    """Count the pairs of marks on the same questions, in the same order."""
    marks = list(zip(first, second, strict=True))
    return Pairs(*(marks.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))))


def paired_difference(first: Sequence[bool], second: Sequence[bool]) -> Difference:
    """Subtract the second's share of right answers from the first's, over the same questions.

    The interval squares and adds both shares' Wilson intervals, less what their correlation takes away (Newcombe 1998,
    Stat. Med. 17:2635, method 10). Of no questions the difference is 0, in -1..1.
    """
    pairs = paired(first, second)
    if not pairs.n:
        return Difference(0.0, -1.0, 1.0)
    right1, right2 = pairs.both + pairs.first, pairs.both + pairs.second
    share1, share2 = right1 / pairs.n, right2 / pairs.n
    (low1, high1), (low2, high2) = wilson(right1, pairs.n), wilson(right2, pairs.n)
    value, phi = (pairs.first - pairs.second) / pairs.n, correlation(pairs)
    below = _distance(share1 - low1, high2 - share2, phi)
    above = _distance(high1 - share1, share2 - low2, phi)
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))


def correlation(pairs: Pairs) -> float:
    """Correlate the two marks (phi), with Newcombe's continuity correction; 0 where either is always the same."""
    right1, right2 = pairs.both + pairs.first, pairs.both + pairs.second
    spread = right1 * (pairs.n - right1) * right2 * (pairs.n - right2)
    if spread == 0:
        return 0.0
    cross = pairs.both * pairs.neither - pairs.first * pairs.second
    corrected = max(cross - pairs.n / 2, 0.0) if cross > 0 else float(cross)
    return corrected / math.sqrt(spread)


def _distance(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
