"""Votes over equivalent answers: ballots in, a tally out, the same whatever order they arrive in.

A tie is broken by summed probability, then by summed reliability (each only where it is known for every tied ballot),
then by the order of the members (by their names where none is given), then by the text; how is said in words.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, product

from symposium.tools.equivalence import canonical

# Value types


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """Hold one sample's vote; `answer` is None where it abstained, for the `reason` given.

    `key` is `equivalence.Canonical.key` of the answer; equal keys are one answer. `probability` (0..1) is the sample's
    own for its answer, `chance` (0..1) the fitted one that the answer is right, `reliability` (0..1) the member's known
    share of right answers; None is unknown.
    """

    member: str
    index: int = 0
    answer: str | None = None
    key: str | None = None
    probability: float | None = None
    chance: float | None = None
    reliability: float | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if (self.answer is None) != (self.key is None):
            raise ValueError(f"{self.member}'s ballot must give answer and key together, or neither")
        for name in ("probability", "chance", "reliability"):
            value: float | None = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{self.member}'s {name} must lie between 0 and 1, not {value}")


@dataclass(frozen=True, kw_only=True)
class Outstanding:
    """Hold a sample that is still to vote, or may abstain; `fitted`: its chance of being right will be known."""

    member: str
    index: int = 0
    reliability: float | None = None
    fitted: bool = True


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Hold one answer with everyone who gave it; `weight` is in the rule's unit, `share` of all weight
    (0..1; of all ballots where none has any weight)."""

    answer: str
    key: str
    ballots: tuple[Ballot, ...]
    weight: float
    share: float

    @property
    def count(self) -> int:
        return len(self.ballots)

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ballot.member for ballot in self.ballots))


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Hold the result of a vote: the candidates best first, who abstained, and how a tie was broken.

    `assumed` counts the ballots that were weighed without knowing what the rule weighs by.
    """

    rule: str
    candidates: tuple[Candidate, ...]
    abstentions: tuple[Ballot, ...]
    tie: str | None
    assumed: int

    @property
    def winner(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    @property
    def dissent(self) -> tuple[Candidate, ...]:
        """The minority's answers with who gave them; none is ever dropped."""
        return self.candidates[1:]

    @property
    def margin(self) -> float:
        """The winner's share less the runner-up's (0..1); 0 without a winner."""
        shares = [candidate.share for candidate in self.candidates[:2]]
        return shares[0] - shares[1] if len(shares) > 1 else sum(shares)

    @property
    def shares(self) -> dict[str, float]:
        return {candidate.answer: candidate.share for candidate in self.candidates}

    @property
    def counts(self) -> dict[str, int]:
        return {candidate.answer: candidate.count for candidate in self.candidates}


Weight = Callable[[Ballot], float | None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Hold one way to weigh ballots; calling it gives the tally.

    `weigh` returns None where it does not know, and the ballot then weighs `unknown`. `bounded` says that a ballot's
    weight grows with its probability up to that of probability 1; a rule without such a bound never settles early.
    `by_chance` says that a ballot weighs by its chance of being right.
    """

    name: str
    weigh: Weight
    unknown: float
    bounded: bool = True
    by_chance: bool = False

    def __call__(self, ballots: Iterable[Ballot], *, order: Sequence[str] = ()) -> Tally:
        """Count the ballots; `order` are the members as configured, which decides a tie nothing else decides.

        Raises ValueError where one sample voted twice.
        """
        cast = _in_order(ballots, order)
        groups: dict[str, list[Ballot]] = {}
        for ballot in cast:
            if ballot.key is not None:
                groups.setdefault(ballot.key, []).append(ballot)
        candidates = self._candidates(groups)
        ranked, tie = _ranked(candidates, order)
        abstentions = tuple(ballot for ballot in cast if ballot.key is None)
        assumed = sum(ballot.key is not None and self.weigh(ballot) is None for ballot in cast)
        return Tally(rule=self.name, candidates=ranked, abstentions=abstentions, tie=tie, assumed=assumed)

    def weight(self, ballot: Ballot) -> float:
        known = self.weigh(ballot)
        return self.unknown if known is None else known

    def _candidates(self, groups: Mapping[str, list[Ballot]]) -> list[Candidate]:
        weights = {key: math.fsum(map(self.weight, group)) for key, group in groups.items()}
        parts = weights if any(weights.values()) else {key: len(group) for key, group in groups.items()}
        total = math.fsum(parts.values())
        return [
            Candidate(
                answer=_representative(group),
                key=key,
                ballots=tuple(group),
                weight=weights[key],
                share=parts[key] / total,
            )
            for key, group in groups.items()
        ]


def _in_order(ballots: Iterable[Ballot], order: Sequence[str]) -> list[Ballot]:
    place = partial(_place, order)
    cast = sorted(ballots, key=lambda ballot: (place(ballot.member), ballot.index))
    for before, after in pairwise(cast):
        if (before.member, before.index) == (after.member, after.index):
            raise ValueError(f"sample {after.index} of {after.member} voted twice")
    return cast


def _place(order: Sequence[str], member: str) -> tuple[int, str]:
    """Rank a member by the configured order; those that are not in it come last, by name."""
    return (order.index(member) if member in order else len(order)), member


def _representative(group: list[Ballot]) -> str:
    """Pick the wording most ballots use; among equals the shortest, then the first by code points."""
    wordings = Counter(ballot.answer for ballot in group if ballot.answer is not None)
    return min(wordings, key=lambda wording: (-wordings[wording], len(wording), wording))


# Ties


def _ranked(candidates: list[Candidate], order: Sequence[str]) -> tuple[tuple[Candidate, ...], str | None]:
    """Order the candidates by weight, breaking every tie; say in words how one for the first place was broken."""
    ranked: list[Candidate] = []
    tie: str | None = None
    for weight in sorted({candidate.weight for candidate in candidates}, reverse=True):
        level = [candidate for candidate in candidates if candidate.weight == weight]
        broken, how = _broken(level, order)
        if not ranked and how:
            tie = f"{' and '.join(candidate.answer for candidate in broken)} tied; {broken[0].answer} won by {how}"
        ranked += broken
    return tuple(ranked), tie


def _broken(level: list[Candidate], order: Sequence[str]) -> tuple[list[Candidate], str | None]:
    """Order candidates of equal weight; name the way that parted the first two."""
    if len(level) == 1:
        return level, None
    ballots = [ballot for candidate in level for ballot in candidate.ballots]
    by_probability = all(ballot.probability is not None for ballot in ballots)
    by_reliability = all(ballot.reliability is not None for ballot in ballots)

    def standing(candidate: Candidate) -> tuple[float, float, list[tuple[int, str]], str]:
        probability = -math.fsum(ballot.probability or 0.0 for ballot in candidate.ballots)
        reliability = -math.fsum(ballot.reliability or 0.0 for ballot in candidate.ballots)
        members = [_place(order, ballot.member) for ballot in candidate.ballots]
        return probability * by_probability, reliability * by_reliability, members, candidate.key

    ranked = sorted(level, key=standing)
    first, second = standing(ranked[0]), standing(ranked[1])
    members = "the order of the members" if order else "the members' names"
    ways = ("summed probability", "summed reliability", members, "the order of their texts")
    return ranked, next(way for way, a, b in zip(ways, first, second, strict=True) if a != b)


def parting(level: Sequence[Candidate]) -> str:
    """Name the way that parts the first two of several candidates of equal weight."""
    return _broken(list(level), ())[1] or "the count"


# Rules

NEUTRAL_PROBABILITY = 0.5
"""The weight of a ballot whose probability is unknown, when ballots are weighed by it."""
LEAST_RELIABLE, MOST_RELIABLE = 0.52, 0.98
"""Where reliability is clipped before taking log-odds, so that weights lie between 0.08 and 3.89.

At or below one half log-odds would make a member's word count against its own answer, which is wrong for open answers:
there even a weak member's agreement is evidence. Above, the clip keeps one member from outvoting any number.
"""
ASSUMED_RELIABILITY = 2 / 3
"""The reliability assumed where none is known: the mean of a uniform prior after one right answer; weight ln 2."""


def log_odds(reliability: float) -> float:
    """Give ln(p / (1 - p)) of a clipped reliability: the best weight of independent voters (Nitzan & Paroush, 1982)."""
    clipped = min(max(reliability, LEAST_RELIABLE), MOST_RELIABLE)
    return math.log(clipped / (1 - clipped))


ALTERNATIVES = 9
"""How many wrong answers are thought to be equally likely, where ballots are weighed by confidence."""
MOST_CONFIDENT = 0.995
"""Where a probability is clipped before taking such odds, so that no weight is above 7.49."""


LEAST_WEIGHT = 0.01
"""What a doubtful ballot weighs: next to nothing, so that among doubtful ones their number decides."""


def log_odds_among(probability: float) -> float:
    """Give ln of how much likelier an answer is to be right than any one of its alternatives; hardly less than 0.

    Among independent voters whose probabilities hold, the answer with the greatest sum is the likeliest.
    """
    clipped = min(probability, MOST_CONFIDENT)
    return max(LEAST_WEIGHT, math.log(max(1.0, ALTERNATIVES * clipped / (1 - clipped))))


def _one_each(ballot: Ballot) -> float | None:
    return 1.0


def _by_probability(ballot: Ballot) -> float | None:
    return ballot.probability


def _by_reliability(ballot: Ballot) -> float | None:
    return None if ballot.reliability is None else log_odds(ballot.reliability)


def _by_confidence(ballot: Ballot) -> float | None:
    # What a model gives its own words is no chance of being right: without a fitted one the member's record counts.
    known = ballot.reliability if ballot.chance is None else ballot.chance
    return None if known is None else log_odds_among(known)


plurality = Rule(name="plurality", weigh=_one_each, unknown=1.0)
weighted_by_probability = Rule(name="probability", weigh=_by_probability, unknown=NEUTRAL_PROBABILITY, by_chance=True)
weighted_by_reliability = Rule(name="reliability", weigh=_by_reliability, unknown=log_odds(ASSUMED_RELIABILITY))
weighted_by_confidence = Rule(
    name="confidence", weigh=_by_confidence, unknown=log_odds_among(NEUTRAL_PROBABILITY), by_chance=True
)

RULES: Mapping[str, Rule] = {
    rule.name: rule for rule in (plurality, weighted_by_probability, weighted_by_reliability, weighted_by_confidence)
}


# Settling


def settled(
    ballots: Iterable[Ballot],
    outstanding: Iterable[Outstanding],
    *,
    rule: Rule = plurality,
    order: Sequence[str] = (),
) -> bool:
    """Tell whether the winner stays the same whatever the outstanding samples vote, ties included.

    Each rival, and an answer nobody has given yet, is tried with every outstanding vote in its favour, with the highest
    probability and chance and with unknown ones: no other completion serves a rival better, since an unknown
    probability takes that way of breaking a tie away.
    """
    cast, pending = tuple(ballots), tuple(outstanding)
    tally = rule(cast, order=order)
    if not pending:
        return True
    if tally.winner is None or not rule.bounded:
        return False
    rivals = [_FRESH, *(candidate.key for candidate in tally.dissent)]
    completions = (
        (*cast, *(_vote(sample, rival, probability, chance) for sample in pending))
        for rival in rivals
        for probability, chance in product((1.0, None), repeat=2)
    )
    return all(_wins(tally.winner.key, rule(completion, order=order)) for completion in completions)


_FRESH = ""
"""The key of an answer nobody has given; no real key sorts before it, so that it also wins a tie by text."""


def _vote(sample: Outstanding, key: str, probability: float | None, chance: float | None) -> Ballot:
    return Ballot(
        member=sample.member,
        index=sample.index,
        answer=key,
        key=key,
        probability=probability,
        chance=chance if sample.fitted else None,
        reliability=sample.reliability,
    )


def _wins(key: str, tally: Tally) -> bool:
    return tally.winner is not None and tally.winner.key == key


def ballot(
    answer: str | None,
    *,
    member: str,
    index: int = 0,
    unit: str | None = None,
    probability: float | None = None,
    chance: float | None = None,
    reliability: float | None = None,
    reason: str | None = None,
) -> Ballot:
    """Make the ballot of an extracted answer, or of an abstention where there is none."""
    cast = Ballot(
        member=member,
        index=index,
        probability=probability,
        chance=chance,
        reliability=reliability,
        reason=reason,
    )
    return cast if answer is None else replace(cast, answer=answer, key=canonical(answer, unit=unit).key, reason=None)
