"""Whether a debate is worth its price: what the first vote shows, and a gate that was trained on such votes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import TypedDict

from symposium.tools.votes import Ballot, weighted_by_confidence

TRAITS: tuple[str, ...] = ("agreement", "share", "margin", "chance", "abstained")


def traits(ballots: Sequence[Ballot]) -> dict[str, float]:
    """Say what first drafts show of how sure their vote is, each from 0 to 1.

    `agreement` is the part of the drafts that give the winning answer, `share` and `margin` are those of the weight by
    confidence, `chance` is the share times the greatest fitted chance among the winner's ballots (0 where none is
    known), and `abstained` the part of the drafts without an answer.
    """
    tally, asked = weighted_by_confidence(ballots), max(1, len(ballots))
    winner = tally.winner
    share = winner.share if winner else 0.0
    chances = [ballot.chance or 0.0 for ballot in winner.ballots] if winner else [0.0]
    return {
        "agreement": winner.count / asked if winner else 0.0,
        "share": share,
        "margin": tally.margin,
        "chance": share * max(chances),
        "abstained": len(tally.abstentions) / asked,
    }


class Fit(TypedDict):
    """A gate as JSON: the models that debate, the regression with its threshold, and on how many questions it rests.

    Of `questions` the first vote was wrong in `wrong`; the gate has the part `debated` (0..1) of them debated.
    """

    members: list[str]
    weights: dict[str, float]
    intercept: float
    threshold: float
    questions: int
    wrong: int
    debated: float


@dataclass(frozen=True)
class Gate:
    """A trained gate: a logistic regression over `TRAITS`; there is a debate where it doubts the first vote enough."""

    weights: Mapping[str, float]
    intercept: float
    threshold: float

    def doubt(self, seen: Mapping[str, float]) -> float:
        """Give the chance (0..1) that the first vote is wrong."""
        x = self.intercept + math.fsum(self.weights[name] * seen[name] for name in TRAITS)
        return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

    def debates(self, seen: Mapping[str, float]) -> bool:
        """Tell whether the first vote is doubted by the threshold or more."""
        return self.doubt(seen) >= self.threshold

    @classmethod
    def of(cls, fit: Fit) -> "Gate":
        """Read the gate that was written.

        Raises:
            ValueError: a trait is missing or unknown.
        """
        if set(fit["weights"]) != set(TRAITS):
            raise ValueError(f"a gate weighs {', '.join(TRAITS)}, not {', '.join(sorted(fit['weights']))}")
        return cls(dict(fit["weights"]), float(fit["intercept"]), float(fit["threshold"]))


# Fitting

ROUNDS = 25  # of Newton's method, which has long come to rest then
STEEPEST = 30.0  # log-odds beyond which a chance is taken for certain


def fitted(seen: Sequence[Mapping[str, float]], wrong: Sequence[bool], *, kept: float, ridge: float = 1.0) -> Gate:
    """Fit a gate to votes of which is known whether they were wrong: iteratively reweighted least squares.

    Its threshold is the highest at which the part `kept` (0..1) of the wrong ones is still debated; `ridge` holds the
    weights, but not the intercept, back.

    Raises:
        ValueError: nothing to fit, or the votes are all right, or all wrong.
    """
    if len(set(wrong)) < 2:
        raise ValueError(f"a gate needs right votes and wrong ones; these {len(wrong)} are all alike")
    import numpy as np  # only whoever fits needs it

    rows = np.array([[*(one[name] for name in TRAITS), 1.0] for one in seen])
    marks, held = np.array(wrong, dtype=float), np.diag([ridge] * len(TRAITS) + [0.0])
    weights = np.zeros(len(TRAITS) + 1)
    for _ in range(ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(rows @ weights, -STEEPEST, STEEPEST)))
        slope = rows.T @ (marks - chances) - held @ weights
        bend = (rows * (chances * (1 - chances))[:, None]).T @ rows + held
        weights += np.linalg.solve(bend, slope)
    *found, intercept = (round(float(weight), 6) for weight in weights)
    gate = Gate(dict(zip(TRAITS, found, strict=True)), intercept, 0.0)
    doubts = sorted((gate.doubt(one) for one, mark in zip(seen, wrong, strict=True) if mark), reverse=True)
    threshold = doubts[max(0, math.ceil(kept * len(doubts)) - 1)]
    return Gate(gate.weights, intercept, math.floor(threshold * 1e6) / 1e6)
