"""Choosing by quality against price: from each expert's predicted chance and relative cost to who is asked, in order.

`predicted` holds by expert the chance (0..1) that it answers well, `costs` its cost as a part (0..1) of the dearest's.
Neither the order of the experts nor anything but these figures, and their names for a tie, plays a part.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

Figures = Mapping[str, float]
Fits = Callable[[Sequence[str]], bool]

PRICE = 0.2
"""What the dearest expert's cost weighs against a chance of 1, where nothing else was asked for.

Measured on the development questions of the bundled minds; see docs/graphs.md, route.
"""
SUREST = 1e-4  # no chance is taken to be nearer to 0 or 1


def odds(chance: float) -> float:
    """Give ln(p / (1 - p)) of a chance that is kept off 0 and 1."""
    kept = min(max(chance, SUREST), 1 - SUREST)
    return math.log(kept / (1 - kept))


def beats(first: float, second: float) -> float:
    """Give the chance that the first of two experts answers better than the second, by the chance that each is right.

    That is its part of the questions which only one of them answers right (Bradley & Terry, 1952).
    """
    return 1 / (1 + math.exp(odds(second) - odds(first)))


def worth(predicted: Figures, costs: Figures) -> dict[str, float]:
    """Tell what asking each expert is worth: its chance less what its cost weighs."""
    return {name: chance - PRICE * costs[name] for name, chance in predicted.items()}


def by_worth(predicted: Figures, costs: Figures) -> list[str]:
    """Order the experts by what asking them is worth, at equal worth the cheaper one first."""
    worths = worth(predicted, costs)
    return sorted(predicted, key=lambda name: (-worths[name], costs[name], name))


def gated(predicted: Figures, costs: Figures, threshold: float) -> str:
    """Choose the cheapest expert that no dearer one beats with at least that chance; of like cost the likeliest.

    A higher threshold never chooses from a dearer level.
    """
    tiers = _tiers(predicted, costs)
    return next(
        name
        for place, name in enumerate(tiers)
        if all(beats(predicted[dearer], predicted[name]) < threshold for dearer in tiers[place + 1 :])
    )


def _tiers(predicted: Figures, costs: Figures) -> list[str]:
    """The likeliest expert of each level of cost, the cheap ones first."""
    level = levels(costs)
    ordered = sorted(predicted, key=lambda name: (-level[name], -predicted[name], costs[name], name))
    return [next(tier) for _, tier in groupby(ordered, key=lambda name: level[name])]


NEAR = 0.75
"""What costs at least that part of a level's dearest is of the same level: nobody chooses for so little."""


def levels(costs: Figures) -> dict[str, int]:
    """Sort the experts into levels of like cost; 0 is the dearest."""
    found, level, top = dict[str, int](), -1, math.inf
    for name in sorted(costs, key=lambda name: (-costs[name], name)):
        if level < 0 or costs[name] < NEAR * top:
            level, top = level + 1, costs[name]
        found[name] = level
    return found


def dearest(costs: Figures) -> float:
    """The highest cost of all."""
    return max(costs.values())


# Targets


def shared(sample: Sequence[Figures], costs: Figures, share: float) -> float:
    """Find the least threshold at which at most that share (0..1) of a sample's questions goes to the dearest level."""
    level = levels(costs)
    return _least(sample, costs, lambda asked: _part(asked, level) <= share)


def spent(sample: Sequence[Figures], costs: Figures, spend: float) -> float:
    """Find the least threshold at which a sample's questions cost at most that part (0..1) of asking the dearest.

    Where not even the cheapest of all costs so little, the highest threshold is given.
    """
    allowed = spend * dearest(costs)
    return _least(sample, costs, lambda asked: _cost(asked, costs) <= allowed)


def share_of(sample: Sequence[Figures], costs: Figures, threshold: float) -> float:
    """Tell which share (0..1) of a sample's questions goes to the dearest level at a threshold."""
    return _part([gated(predicted, costs, threshold) for predicted in sample], levels(costs))


def spend_of(sample: Sequence[Figures], costs: Figures, threshold: float) -> float:
    """Tell what a sample's questions cost at a threshold, as a part of asking the dearest."""
    return _cost([gated(predicted, costs, threshold) for predicted in sample], costs) / dearest(costs)


def _part(asked: Sequence[str], level: Mapping[str, int]) -> float:
    return sum(level[name] == 0 for name in asked) / len(asked)


def _cost(asked: Sequence[str], costs: Figures) -> float:
    return math.fsum(costs[name] for name in asked) / len(asked)


def _least(sample: Sequence[Figures], costs: Figures, fits: Fits) -> float:
    """Find the least of the thresholds that part the sample's duels, since a threshold's choices fall with it."""
    steps = sorted({math.nextafter(chance, 2) for predicted in sample for chance in _duels(predicted)} | {0.0, ABOVE})
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if fits([gated(predicted, costs, steps[middle]) for predicted in sample]):
            high = middle
        else:
            low = middle + 1
    return min(steps[low], ABOVE)


ABOVE = 1.0  # no duel is won with certainty, so that nobody dearer is asked at this threshold


def _duels(predicted: Figures) -> list[float]:
    return [beats(one, other) for one in predicted.values() for other in predicted.values()]
