"""How many independent votes a panel is worth: members that err on the same questions count for less than their number.

Marks come by member: `marks[name][i]` says whether its answer to question i was right, None where it gave none.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Marks = Mapping[str, Sequence[bool | None]]


@dataclass(frozen=True, kw_only=True)
class Diversity:
    """How far a panel's errors go together.

    `correlation` is the mean phi coefficient over the pairs for which there is one (`pairs` of them), `votes` what the
    `members` are worth together, and `questions` the fewest that any of those pairs has answered both.
    """

    members: int
    pairs: int
    questions: int
    correlation: float
    votes: float


def phi(one: Sequence[bool | None], other: Sequence[bool | None]) -> float | None:
    """Correlate two members' errors over the questions that both have answered: Pearson's r of marks, in -1..1.

    None where it is undefined: no such question, or one of them was always right, or always wrong, there.
    """
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    n, first, second = len(both), sum(a for a, _ in both), sum(b for _, b in both)
    spread = first * (n - first) * second * (n - second)
    return (n * sum(a and b for a, b in both) - first * second) / math.sqrt(spread) if spread else None


def effective(members: int, correlation: float) -> float:
    """Give how many independent votes so many are worth whose errors correlate so: n / (1 + (n - 1) rho).

    Kish's design effect; within 1..n, as errors that go apart do not make more votes of them.

    Raises:
        ValueError: there is no member, or the correlation lies outside -1..1.
    """
    if members < 1 or not -1 <= correlation <= 1:
        raise ValueError(f"{members} members with a correlation of {correlation} are no panel")
    return members / (1 + (members - 1) * max(0.0, correlation))


def pairwise(marks: Marks) -> dict[tuple[str, str], tuple[float, int]]:
    """Correlate the errors of every pair of members, and say over how many questions; undefined pairs are left out."""
    found: dict[tuple[str, str], tuple[float, int]] = {}
    for one, other in combinations(sorted(marks), 2):
        r = phi(marks[one], marks[other])
        if r is not None:
            both = zip(marks[one], marks[other], strict=True)
            found[one, other] = r, sum(a is not None and b is not None for a, b in both)
    return found


def diversity(members: Sequence[str], known: Mapping[tuple[str, str], tuple[float, int]]) -> Diversity | None:
    """Sum up a panel by the correlations of its pairs, named in either order; None where no pair is known."""
    pairs = [found for pair in _pairs(members) if (found := known.get(pair))]
    if not pairs:
        return None
    mean = math.fsum(r for r, _ in pairs) / len(pairs)
    return Diversity(
        members=len(set(members)),
        pairs=len(pairs),
        questions=min(n for _, n in pairs),
        correlation=mean,
        votes=effective(len(set(members)), mean),
    )


def _pairs(members: Sequence[str]) -> Iterable[tuple[str, str]]:
    return combinations(sorted(set(members)), 2)
