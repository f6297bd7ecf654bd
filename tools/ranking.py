"""Votes by preference: what readers prefer in, points for each draft out, the same whatever order they come in.

Points are fractions, so that equal ones are equal and a sum does not hang on its order.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from symposium.tools.votes import Candidate, Tally, parting

HALF = Fraction(1, 2)
Points = dict[str, Fraction]


@dataclass(frozen=True, kw_only=True)
class Preference:
    """What one reader makes of drafts, by their names: the levels from the best down, alike within one.

    A ranking has a draft on each level; an approval has two levels, either of which may be empty: what is approved, and
    the rest; a comparison has two drafts, on one level where neither is better.
    """

    voter: str
    levels: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        twice = [draft for draft, count in Counter(self.drafts).items() if count > 1]
        if twice:
            raise ValueError(f"{self.voter} placed {', '.join(sorted(twice))} twice")

    @property
    def drafts(self) -> tuple[str, ...]:
        """Everything that was placed, the best first."""
        return tuple(draft for level in self.levels for draft in level)


def ranked(voter: str, order: Iterable[str]) -> Preference:
    """A preference for each draft over those behind it."""
    return Preference(voter=voter, levels=tuple((draft,) for draft in order))


# Points


def borda(preferences: Iterable[Preference]) -> Points:
    """Give each draft the share (0..1) of the others before which its readers place it, on average (Borda, 1781).

    A draft beside which nothing else was read has half of it. As readers of more drafts give no more points than those
    of fewer, and a draft is averaged over its own readers, leaving out one's own costs nobody anything.
    """
    shares: dict[str, list[Fraction]] = {}
    for preference in preferences:
        for draft, share in _shares(preference).items():
            shares.setdefault(draft, []).append(share)
    return _averages(shares)


def _shares(preference: Preference) -> Points:
    """Of the others, how many stand behind each draft; those beside it count half."""
    found: Points = {}
    behind, others = len(preference.drafts), len(preference.drafts) - 1
    for level in preference.levels:
        behind -= len(level)
        beside = HALF * (len(level) - 1)
        found |= {draft: (behind + beside) / Fraction(others) if others else HALF for draft in level}
    return found


def approval(preferences: Iterable[Preference]) -> Points:
    """Give each draft the share (0..1) of its readers that place it on their first level (Brams & Fishburn, 1978)."""
    approved: dict[str, list[Fraction]] = {}
    for preference in preferences:
        first = preference.levels[0] if preference.levels else ()
        for draft in preference.drafts:
            approved.setdefault(draft, []).append(Fraction(draft in first))
    return _averages(approved)


def copeland(preferences: Iterable[Preference]) -> Points:
    """Give each draft the share (0..1) of the others that it beats, one by one; a tie is half a victory.

    A draft beats another if more readers of both prefer it (Llull, 1299; Copeland, 1951). Nobody has read both: a tie.
    """
    leads, drafts = Counter[tuple[str, str]](), set[str]()
    for preference in preferences:
        drafts.update(preference.drafts)
        for above, below in combinations(preference.levels, 2):
            leads.update((better, worse) for better in above for worse in below)
    return {
        one: sum((_victory(leads[one, other] - leads[other, one]) for other in drafts - {one}), Fraction(0))
        / max(1, len(drafts) - 1)
        for one in sorted(drafts)
    }


def _victory(lead: int) -> Fraction:
    return HALF if lead == 0 else Fraction(lead > 0)


def _averages(shares: Mapping[str, Sequence[Fraction]]) -> Points:
    return {draft: sum(found, Fraction(0)) / len(found) for draft, found in sorted(shares.items())}


COUNTS: Mapping[str, Callable[[Iterable[Preference]], Points]] = {
    "ranking": borda,
    "approval": approval,
    "pairwise": copeland,
}
"""The ways to count preferences, by the name of what is cast."""


# Candidates


def reordered(tally: Tally, points: Mapping[str, Fraction | float], *, by: str) -> Tally:
    """Order the candidates of a vote by points for their keys, and weigh them so; equal ones stay as they were.

    Where several have most points, `tie` says that the count parted them, and how. Raises KeyError where a candidate
    has no points.
    """
    level = {candidate.key: points[candidate.key] for candidate in tally.candidates}
    ranked = sorted(tally.candidates, key=lambda candidate: -level[candidate.key])
    total = sum(level.values())
    weighed = tuple(_weighed(candidate, level[candidate.key], total, len(level)) for candidate in ranked)
    return replace(tally, rule=by, candidates=weighed, tie=_tie(tally, ranked, level, by), assumed=0)


def _weighed(candidate: Candidate, points: Fraction | float, total: Fraction | float, many: int) -> Candidate:
    """A candidate with its points; where nobody has any, all have the same share."""
    return replace(candidate, weight=float(points), share=float(points / total) if total else 1 / many)


def _tie(tally: Tally, ranked: Sequence[Candidate], points: Mapping[str, Fraction | float], by: str) -> str | None:
    """How a tie for the first place was broken; ties behind it change nothing that is told."""
    level = [candidate for candidate in ranked if points[candidate.key] == points[ranked[0].key]]
    if len(level) < 2:
        return None
    as_heavy = [candidate for candidate in level if candidate.weight == level[0].weight]
    tied = f"{_listed(level)} tied by {by}"
    if len(as_heavy) < 2:
        return f"{tied}; {level[0].answer} won by the count by {tally.rule}"
    counted = f", and by {tally.rule}" if as_heavy == level else f", {_listed(as_heavy)} also by {tally.rule}"
    return f"{tied}{counted}; {level[0].answer} won by {parting(as_heavy)}"


def _listed(candidates: Sequence[Candidate]) -> str:
    *others, last = (candidate.answer for candidate in candidates)
    return f"{', '.join(others)} and {last}"
