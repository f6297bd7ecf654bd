"""The chance that an answer of a vote is right, from what speaks for it: a logistic regression fitted to a cast.

It learns from votes whose right answers are known (stacking, Wolpert 1992): how many agree, how sure they are, how long
their replies are and how reliable they are known to be.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from typing_extensions import TypedDict

from symposium.tools.votes import ASSUMED_RELIABILITY, Ballot, Candidate, Tally, log_odds

LEAST, MOST = 0.005, 0.995  # where chances are clipped before their log-odds are taken


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What speaks for one answer of a vote.

    `agreement` is the share (0..1) of ballots that gave it; `confidence` the mean log-odds of its ballots' chances of
    being right, 0 for an unknown one; `length` the logarithm of how much longer its replies are than the average;
    `reliability` the sum of the log-odds of its members' known reliability.
    """

    agreement: float
    confidence: float
    length: float
    reliability: float


Lengths = Mapping[tuple[str, int], int]
"""The characters of the replies, by member and sample."""
FEATURES = tuple(field.name for field in fields(Standing))


class Fit(TypedDict):
    """A classifier as JSON: the models of the cast, how many questions it was fitted on, weights and intercept."""

    members: list[str]
    questions: int
    weights: dict[str, float]
    intercept: float


@dataclass(frozen=True)
class Classifier:
    """A logistic regression over a `Standing`: calling it gives the chance (0..1) that the answer is right."""

    weights: Mapping[str, float]
    intercept: float

    def __call__(self, standing: Standing) -> float:
        told = (self.weights[name] * getattr(standing, name) for name in FEATURES)
        return _logistic(self.intercept + math.fsum(told))

    @classmethod
    def of(cls, fit: Fit) -> "Classifier":
        """Read the classifier that was written.

        Raises:
            ValueError: a feature is missing, or unknown.
        """
        if set(fit["weights"]) != set(FEATURES):
            raise ValueError(f"a classifier weighs {', '.join(FEATURES)}, not {', '.join(sorted(fit['weights']))}")
        return cls(dict(fit["weights"]), fit["intercept"])


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def standings(tally: Tally, lengths: Lengths) -> list[Standing]:
    """Say what speaks for each candidate of a count, in its order."""
    if not tally.candidates:
        return []
    cast = [vote for candidate in tally.candidates for vote in candidate.ballots]
    average = math.fsum(_length(vote, lengths) for vote in cast) / max(1, len(cast))
    return [
        _standing(candidate, lengths, len(cast) + len(tally.abstentions), average) for candidate in tally.candidates
    ]


def _standing(candidate: Candidate, lengths: Lengths, asked: int, average: float) -> Standing:
    length = math.fsum(_length(vote, lengths) for vote in candidate.ballots) / candidate.count
    return Standing(
        agreement=candidate.count / asked,
        confidence=math.fsum(map(_confidence, candidate.ballots)) / candidate.count,
        length=math.log(length / average),
        reliability=math.fsum(map(_reliability, candidate.ballots)),
    )


def _length(vote: Ballot, lengths: Lengths) -> float:
    return max(1, lengths[vote.member, vote.index])


def _confidence(vote: Ballot) -> float:
    known = vote.probability if vote.chance is None else vote.chance
    chance = 0.5 if known is None else min(max(known, LEAST), MOST)
    return math.log(chance / (1 - chance))


def _reliability(vote: Ballot) -> float:
    return log_odds(ASSUMED_RELIABILITY if vote.reliability is None else vote.reliability)


# Fitting


def fitted(standing: Sequence[Standing], right: Sequence[bool], *, ridge: float = 1.0) -> Classifier:
    """Fit a classifier to answers of which is known whether they were right: iteratively reweighted least squares.

    `ridge` holds the weights, but not the intercept, back (Hoerl & Kennard 1970), so that separable answers fit too.

    Raises:
        ValueError: nothing to fit, or the answers are all right, or all wrong.
    """
    if len(set(right)) < 2:
        raise ValueError(f"a classifier needs right answers and wrong ones; these {len(right)} are all alike")
    import numpy as np  # only whoever fits needs it

    rows = np.array([[*(getattr(one, name) for name in FEATURES), 1.0] for one in standing])
    marks, held = np.array(right, dtype=float), np.diag([ridge] * len(FEATURES) + [0.0])
    weights = np.zeros(len(FEATURES) + 1)
    for _ in range(ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(rows @ weights, -STEEPEST, STEEPEST)))
        slope = rows.T @ (marks - chances) - held @ weights
        bend = (rows * (chances * (1 - chances))[:, None]).T @ rows + held
        weights += np.linalg.solve(bend, slope)
    *found, intercept = (round(float(weight), 6) for weight in weights)
    return Classifier(dict(zip(FEATURES, found, strict=True)), intercept)


ROUNDS = 25  # of Newton's method, which has long come to rest then
STEEPEST = 30.0  # log-odds beyond which a chance is taken for certain
