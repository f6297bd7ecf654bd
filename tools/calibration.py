"""Calibration: from a confidence signal to the chance of being right, and how far such chances can be trusted.

Scores and probabilities come with marks: `right[i]` says whether the answer with `scores[i]` was right.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

from typing_extensions import TypedDict

GROUPS = 40
"""A sample is cut into at most so many groups of about the same size, so that a calibrator has about as many knots."""
TILT = 0.05
"""How far the level of a block leans to its neighbours' levels, so that scores in one block keep their order."""
DIGITS = 6
"""Significant digits of a knot's score, and decimals of its probability."""

# Value types


class Knots(TypedDict):
    """A calibrator as JSON: scores that rise, and the chance of being right at each."""

    xs: list[float]
    ys: list[float]


@dataclass(frozen=True)
class Isotonic:
    """A monotone map from a score to the chance of being right: straight between its knots, level beyond them.

    `xs` rise strictly; `ys` lie in 0..1 and rise, or fall, throughout. Raises ValueError where they do not.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.xs or len(self.xs) != len(self.ys) or not all(map(math.isfinite, self.xs)):
            raise ValueError(f"a calibrator needs as many scores as chances, and finite ones: {self.xs}, {self.ys}")
        if not _rises(self.xs, strictly=True) or not (_rises(self.ys) or _rises(self.ys[::-1])):
            raise ValueError(f"a calibrator's knots must be monotone: {self.xs}, {self.ys}")
        if not all(0 <= y <= 1 for y in self.ys):
            raise ValueError(f"chances must lie between 0 and 1: {self.ys}")

    def __call__(self, score: float) -> float:
        """Give the chance (0..1) that an answer with this score is right."""
        after = bisect_right(self.xs, score)
        if after in (0, len(self.xs)):
            return self.ys[max(0, after - 1)]
        x0, x1 = self.xs[after - 1 : after + 1]
        y0, y1 = self.ys[after - 1 : after + 1]
        chance = y0 + (y1 - y0) * (score - x0) / (x1 - x0)
        return min(max(chance, min(y0, y1)), max(y0, y1))  # rounding must not pass a knot

    @classmethod
    def of(cls, knots: Knots) -> "Isotonic":
        """Read the calibrator that `knots` wrote."""
        return cls(tuple(knots["xs"]), tuple(knots["ys"]))

    def knots(self) -> Knots:
        """Write the calibrator as JSON."""
        return Knots(xs=list(self.xs), ys=list(self.ys))


def _rises(values: Sequence[float], *, strictly: bool = False) -> bool:
    return all(a < b or (a == b and not strictly) for a, b in pairwise(values))


@dataclass(frozen=True)
class Block:
    """Neighbouring scores that are taken together, in rising order, and how many of their answers are right."""

    scores: tuple[float, ...]
    right: int

    @property
    def share(self) -> float:
        return self.right / len(self.scores)

    @property
    def chance(self) -> float:
        """The share with one right and one wrong answer added (Laplace's rule), so that no sample claims certainty."""
        return (self.right + 1) / (len(self.scores) + 2)

    @property
    def middle(self) -> float:
        """The median score."""
        half = len(self.scores) // 2
        return (self.scores[half] + self.scores[~half]) / 2

    def __add__(self, other: "Block") -> "Block":
        return Block(self.scores + other.scores, self.right + other.right)


# Fitting


def isotonic(scores: Sequence[float], right: Sequence[bool], *, falling: bool = False) -> Isotonic:
    """Fit the chance of being right as a monotone function of a score (`falling`: the lower the surer).

    Equal scores stay together. The sample is cut into at most `GROUPS` groups by score, groups whose shares of right
    answers do not rise are pooled (pool adjacent violators: Ayer et al. 1955; Zadrozny & Elkan 2002), then again by
    `Block.chance`. A block's knots lie half a group from its ends; between them the chance is level but for `TILT`.

    Raises:
        ValueError: nothing to fit, or a score that is not finite.
    """
    sign = -1 if falling else 1
    groups = _groups(sorted((sign * score, mark) for score, mark in _pairs(scores, right)))
    blocks = pooled(pooled(groups), level=lambda block: block.chance)
    knots = _knots(blocks, margin=-(-len(scores) // (2 * GROUPS)))
    rounded = {float(f"{sign * score:.{DIGITS}g}"): round(chance, DIGITS) for score, chance in knots}
    return Isotonic(*zip(*sorted(rounded.items()), strict=True))


def pooled(blocks: Iterable[Block], *, level: Callable[[Block], float] = lambda block: block.share) -> list[Block]:
    """Join neighbouring blocks until their levels rise strictly: isotonic regression, least squares for shares."""
    rising: list[Block] = []
    for block in blocks:
        rising.append(block)
        while len(rising) > 1 and level(rising[-2]) >= level(rising[-1]):
            last = rising.pop()
            rising[-1] += last
    return rising


def tied(marked: Sequence[tuple[float, bool]]) -> Iterator[Block]:
    """Make one block of each score, from pairs of score and mark in order."""
    for _, equals in groupby(marked, key=itemgetter(0)):
        pairs = list(equals)
        yield Block(tuple(score for score, _ in pairs), sum(mark for _, mark in pairs))


def _groups(marked: Sequence[tuple[float, bool]]) -> Iterator[Block]:
    """Cut a sorted sample into at most `GROUPS` groups."""
    least = len(marked) / GROUPS
    group = Block((), 0)
    for block in tied(marked):
        group += block
        if len(group.scores) >= least:
            yield group
            group = Block((), 0)
    if group.scores:
        yield group


def _knots(blocks: Sequence[Block], *, margin: int) -> Iterator[tuple[float, float]]:
    """Give the knots of blocks with rising chances: two each, `margin` answers from its ends, or one of a small one."""
    levels = [block.chance for block in blocks]
    neighbours = zip([levels[0], *levels], [*levels[1:], levels[-1]], strict=False)
    for block, level, (below, above) in zip(blocks, levels, neighbours, strict=True):
        wide = len(block.scores) > 2 * margin + 1
        first, last = (block.scores[margin], block.scores[~margin]) if wide else (block.middle, block.middle)
        if first == last or below == above:  # one score, or the only block
            yield block.middle, level
        else:
            yield first, level - TILT * (level - below)
            yield last, level + TILT * (above - level)


def _pairs(scores: Sequence[float], right: Sequence[bool]) -> list[tuple[float, bool]]:
    pairs = list(zip(scores, right, strict=True))
    if not pairs:
        raise ValueError("no answers to calibrate by")
    for score, _ in pairs:
        if not math.isfinite(score):
            raise ValueError(f"a score must be finite, not {score}")
    return pairs


# Measures


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The answers whose probability lies in low..high: how many, how sure they are on average, how many are right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def reliability_bins(probabilities: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> tuple[Bin, ...]:
    """Sort answers into bins of equal width over 0..1, the last one closed; empty bins are left out."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for probability, mark in zip(probabilities, right, strict=True):
        held.setdefault(min(int(probability * bins), bins - 1), []).append((probability, mark))
    return tuple(
        Bin(
            low=place / bins,
            high=(place + 1) / bins,
            n=len(pairs),
            confidence=math.fsum(probability for probability, _ in pairs) / len(pairs),
            accuracy=sum(mark for _, mark in pairs) / len(pairs),
        )
        for place, pairs in sorted(held.items())
    )


def ece(probabilities: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float:
    """Average how far sureness and accuracy lie apart over the bins, by their answers (Naeini et al. 2015).

    Raises:
        ValueError: no answers.
    """
    found = reliability_bins(probabilities, right, bins=bins)
    if not found:
        raise ValueError("no answers to measure by")
    return math.fsum(b.n * abs(b.confidence - b.accuracy) for b in found) / sum(b.n for b in found)


def brier(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """Average the squared distance of a probability from what came, 1 for right and 0 for wrong (Brier 1950).

    Raises:
        ValueError: no answers.
    """
    if not right:
        raise ValueError("no answers to measure by")
    return math.fsum((p - mark) ** 2 for p, mark in zip(probabilities, right, strict=True)) / len(right)


def auroc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """Give the chance that a right answer scores above a wrong one, ties counting half; None where either is missing.

    The area under the ROC curve, as Mann and Whitney's U over its pairs.
    """
    return auroc_within([list(zip(scores, right, strict=True))])


def auroc_within(groups: Iterable[Sequence[tuple[float, bool]]]) -> float | None:
    """Give the same chance for a right and a wrong answer of one group, over all such pairs of all groups.

    A group holds pairs of score and mark, such as the answers to one question; None without any pair of both kinds.
    """
    counted = [_won(group) for group in groups]
    pairs = sum(pairs for _, pairs in counted)
    return math.fsum(won for won, _ in counted) / pairs if pairs else None


def _won(group: Sequence[tuple[float, bool]]) -> tuple[float, int]:
    """How many pairs of a right and a wrong answer the right one wins, and of how many."""
    won, wrong, right = 0.0, 0, 0
    for block in tied(sorted(group)):
        losers = len(block.scores) - block.right
        won += block.right * (wrong + losers / 2)
        wrong, right = wrong + losers, right + block.right
    return won, right * wrong
