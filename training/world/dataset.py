"""Endless questions of a split, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from symposium.training.world.problem import KINDS, Language, Problem, Reach, sample
from symposium.training.world.render import Patterns, choose, render_as
from symposium.training.world.splits import Split, split_of
from symposium.training.world.styles import Style, restyled

# Words are what strangers type most and what is hardest to read; English is asked more often than Korean.
FAMILY_SHARES: Final[Mapping[str, float]] = {
    "word": 0.45, "arithmetic": 0.2, "time": 0.09, "calendar": 0.09, "units": 0.08, "lists": 0.09,
}  # fmt: skip
ENGLISH_SHARE: Final = 0.6
# Within a family all kinds weigh 1, but for these.
KIND_WEIGHTS: Final[Mapping[str, float]] = {
    "w_mul_sub": 2.5, "w_mul": 2, "w_add": 2, "w_sub": 2, "w_div": 2, "w_buy": 2, "w_change": 1.8, "w_rate": 2.2,
    "w_mul_add": 1.8, "w_add_sub": 1.6, "w_sub_add": 1.6, "w_sub_sub": 1.3, "w_rest_days": 1.5, "w_buy_two": 1.3, "w_rate_time": 1.3,
    "add": 2, "sub": 2, "mul": 3, "div": 2, "double": 0.4, "triple": 0.4, "half": 0.5,
    "t_add": 2.2, "t_sub": 1.8, "t_diff": 1.6, "t_diff_min": 1.6, "t_h2m": 0.6,
    "d_after": 2.2, "d_before": 1.6, "d_date": 1.6, "d_months": 0.7, "u_down": 1.5, "u_up": 1.5, "u_dozen": 0.5,
    "l_sort": 1.5, "l_sum": 1.5, "l_len": 0.5,
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """Hold a question as typed, its bare answer and its full solution, and where both come from."""

    text: str
    answer: str
    solution: str
    family: str
    kind: str
    language: Language
    pattern: str


def questions(
    split: Split,
    *,
    seed: int,
    patterns: Patterns = "known",
    language: Language | None = None,
    family: str | None = None,
    reach: Reach = "usual",
    style: Style = "direct",
) -> Iterator[Question]:
    """Yield questions of a split without end; `held_out` wordings are those that training never shows.

    The style says how their solutions are written; the questions are the same in every style.
    """
    rng = random.Random(f"{split} {seed} {patterns} {language} {family} {reach}")
    kinds = tuple(kind for kind, entry in KINDS.items() if family in (None, entry.family))
    if not kinds:
        raise ValueError(f"unknown family {family!r}; known are {', '.join(FAMILY_SHARES)}")
    thresholds = tuple(accumulate(map(_share, kinds)))
    while True:
        kind = rng.choices(kinds, cum_weights=thresholds)[0]
        tongue: Language = language or ("en" if rng.random() < ENGLISH_SHARE else "ko")
        yield question(_of_split(split, kind, tongue, rng, reach), tongue, rng, patterns=patterns, style=style)


def question(
    problem: Problem, language: Language, rng: random.Random, *, patterns: Patterns, style: Style = "direct"
) -> Question:
    """Put one problem into words as a question."""
    index = choose(problem.kind, language, rng, patterns=patterns)
    text = render_as(problem, language, index, rng)
    source = f"{language}/{problem.kind}/{index}"
    return Question(text, problem.answer, restyled(problem.text, style), problem.family, problem.kind, language, source)


def _of_split(split: Split, kind: str, language: Language, rng: random.Random, reach: Reach) -> Problem:
    while True:
        problem = sample(kind, rng, language=language, reach=reach)
        if split_of(problem) == split:
            return problem


def _share(kind: str) -> float:
    family = KINDS[kind].family
    total = sum(KIND_WEIGHTS.get(name, 1) for name, entry in KINDS.items() if entry.family == family)
    return FAMILY_SHARES[family] * KIND_WEIGHTS.get(kind, 1) / total
