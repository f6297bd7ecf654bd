"""When to stop sampling: the lead will hardly turn, or it no longer rises."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import comb, fsum

from symposium.tools.votes import Ballot, Rule

MOST_SAMPLES = 40
"""How many samples an adaptive vote takes at most, all members together."""
UNCOUNTED = 4
"""After how many samples of which nothing can be counted there is no lead to wait for."""
FLAT = 8
"""Over how many samples a lead must rise in the mean, against as many before them, to be waited for."""


def lead(first: int, second: int) -> float:
    """Give the chance (0..1) that the answer with `first` votes is likelier than the one with `second`.

    The share of the first among the votes for both is Beta(first + 1, second + 1) after a uniform prior
    (Adaptive-Consistency, arXiv 2305.11860, eq. 2); the chance that it is above one half is, for whole numbers, a sum
    of binomial terms: P(Bin(first + second + 1, 1/2) <= first).
    """
    draws = first + second + 1
    return sum(comb(draws, won) for won in range(first + 1)) / (1 << draws)


def leads(keys: Iterable[str | None]) -> list[float]:
    """Give, after each sample, the lead of the answer given most often over the next one; None is an abstention."""
    counts, found = Counter[str](), list[float]()
    for key in keys:
        counts.update(() if key is None else (key,))
        first, second = sorted((0, 0, *counts.values()), reverse=True)[:2]
        found.append(lead(first, second))
    return found


def sure(ballots: Iterable[Ballot], rule: Rule, *, certainty: float) -> bool:
    """Tell whether a vote's winner leads so surely that it will hardly turn.

    Ballots count one each here, whatever they weigh: what is asked is how further samples would fall.
    """
    tally = rule(ballots)
    if tally.winner is None:
        return False
    second = max((candidate.count for candidate in tally.dissent), default=0)
    return lead(tally.winner.count, second) >= certainty


def fewest(certainty: float) -> int:
    """Give how many samples that all agree make a lead as sure as that."""
    samples = 1
    while lead(samples, 0) < certainty:
        samples += 1
    return samples


def flat(risen: Sequence[float]) -> bool:
    """Tell whether a lead, as it stood after each sample, no longer rises: then further samples will not settle it."""
    late, before = risen[-FLAT:], risen[-2 * FLAT : -FLAT]
    return len(before) == FLAT and fsum(late) <= fsum(before)
