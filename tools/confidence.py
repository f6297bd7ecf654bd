"""Confidence signals of one answer: each a pure function of the evidence, None where it is missing; raw or calibrated.

Probabilities are the model's own, of its sampled tokens t = 1..T; logarithms are natural.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symposium.ledger import records
from symposium.tools.calibration import Isotonic


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Hold what is known about one answer.

    `logprobs`: one natural log-probability per answer token. `top`: per token the log-probabilities of the likeliest
    candidates at that place, in any order. `broken`: a written step was checked and is wrong. `agreeing` of `votes`
    ballots gave this answer. Raises ValueError for a positive or undefined log-probability and for more agreeing than
    votes.
    """

    logprobs: Sequence[float] = ()
    top: Sequence[Sequence[float]] = ()
    broken: bool = False
    agreeing: int | None = None
    votes: int | None = None

    def __post_init__(self) -> None:
        for value in (*self.logprobs, *(value for place in self.top for value in place)):
            if math.isnan(value) or value > ROUNDING:
                raise ValueError(f"a log-probability must be at most 0, not {value}")
        if self.votes is not None and not 0 <= (self.agreeing or 0) <= self.votes:
            raise ValueError(f"agreeing must lie between 0 and {self.votes} votes, not {self.agreeing}")


ROUNDING = 1e-4
"""How far above 0 a runtime may round a log-probability in single precision."""

Signal = Callable[[Evidence], float | None]


def sum_logprob(evidence: Evidence) -> float | None:
    """Add the log-probabilities: log p(answer) = sum of log p(t); at most 0, lower for longer answers."""
    return math.fsum(evidence.logprobs) if evidence.logprobs else None


BROKEN = 30.0
"""How many nats a wrong step costs: more than any answer of sound steps lies behind another that is worth its words."""


def checked_logprob(evidence: Evidence) -> float | None:
    """Add the log-probabilities and let a wrong step count for more than all of them."""
    total = sum_logprob(evidence)
    return None if total is None else total - BROKEN * evidence.broken


def mean_logprob(evidence: Evidence) -> float | None:
    """Average the log-probabilities: (1/T) log p(answer), the length-normalised score (Malinin & Gales, 2002.07650)."""
    return math.fsum(evidence.logprobs) / len(evidence.logprobs) if evidence.logprobs else None


def min_logprob(evidence: Evidence) -> float | None:
    """Find the least likely token: min over t of log p(t)."""
    return min(evidence.logprobs, default=None)


def token_entropy(evidence: Evidence) -> float | None:
    """Average the entropy over the places: H = -sum of p log p, in nats; lower is surer.

    The candidates that are not listed count together as one, so that with a short list H is a lower bound.
    """
    entropies = [_entropy(place) for place in evidence.top if place]
    return math.fsum(entropies) / len(entropies) if entropies else None


def _entropy(place: Sequence[float]) -> float:
    probabilities = [probability(value) for value in place]
    rest = max(0.0, 1.0 - math.fsum(probabilities))
    return -math.fsum(p * math.log(p) for p in (*probabilities, rest) if p > 0)


def margin(evidence: Evidence) -> float | None:
    """Find the closest call: min over t of p(first) - p(second), in 0..1; places with one candidate say nothing."""
    gaps = [_gap(place) for place in evidence.top if len(place) > 1]
    return min(gaps, default=None)


def _gap(place: Sequence[float]) -> float:
    first, second = sorted(map(probability, place), reverse=True)[:2]
    return first - second


def agreement(evidence: Evidence) -> float | None:
    """Divide the ballots for this answer by all that gave one (self-consistency, Wang et al., 2203.11171)."""
    if evidence.agreeing is None or not evidence.votes:
        return None
    return evidence.agreeing / evidence.votes


SIGNALS: Mapping[str, Signal] = {
    "sum_logprob": sum_logprob,
    "checked_logprob": checked_logprob,
    "mean_logprob": mean_logprob,
    "min_logprob": min_logprob,
    "token_entropy": token_entropy,
    "margin": margin,
    "agreement": agreement,
}

FALLING = frozenset({"token_entropy"})
"""The signals that are lower the surer an answer is."""
DECISIVE = "checked_logprob"
"""The signal by which the chance of an answer is told: of all the one that tells right from wrong best."""
CHANCE = "chance"
"""The name of the chance that the answer of several is right."""
CALIBRATED = ".calibrated"
"""What is put after a signal's name to name the chance of being right that follows from it."""
FORCED = "forced."
"""What is put before a signal's name to name the calibrator for replies that a model was given to score."""


def signals(evidence: Evidence) -> dict[str, float]:
    """Compute every signal that the evidence allows; what is unknown is absent."""
    found = {name: signal(evidence) for name, signal in SIGNALS.items()}
    return {name: value for name, value in found.items() if value is not None}


def as_chance(name: str, value: float) -> float:
    """Read a raw signal as if it were a chance (0..1): exp of a log-probability, exp(-H) of an entropy, else itself."""
    if name.endswith("_logprob"):
        return probability(value)
    return probability(-value) if name in FALLING else min(1.0, max(0.0, value))


def probability(logprob: float) -> float:
    """Turn a log-probability into a probability in 0..1, whatever the runtime's rounding."""
    return math.exp(min(0.0, logprob))


def measured(
    evidence: Evidence, calibration: Mapping[str, Isotonic] | None = None, *, kind: str = ""
) -> dict[str, records.Signal]:
    """Compute every signal that the evidence allows, and beside it its calibrated chance where one was fitted.

    `kind` stands before the names of the calibrators that apply.
    """
    raw, fitted = signals(evidence), calibration or {}
    chances = {name: fitted[kind + name](value) for name, value in raw.items() if kind + name in fitted}
    return {
        **{name: records.Signal(value=value, calibrated=False) for name, value in raw.items()},
        **{name + CALIBRATED: records.Signal(value=value, calibrated=True) for name, value in chances.items()},
    }


def answer_probability(held: Mapping[str, records.Signal]) -> float | None:
    """Give the chance that an answer is right, from its signals; None where it is unknown.

    That is the calibrated one, else the probability that the model itself gives the whole answer, exp(sum of
    log p(t)), which a wrong step brings to nothing.
    """
    calibrated, total = held.get(DECISIVE + CALIBRATED), held.get(DECISIVE) or held.get("sum_logprob")
    if calibrated is not None:
        return calibrated["value"]
    return None if total is None else probability(total["value"])
