"""How far several answers scatter: their entropy over what they say, however each of them is worded."""

import math
from collections import Counter
from collections.abc import Sequence

from symposium.tools.equivalence import canonical


def semantic_entropy(answers: Sequence[str], *, unit: str | None = None) -> float | None:
    """Give the entropy, in nats, of the shares of answers that say the same; None without an answer.

    H = -sum of p(c) log p(c) over the clusters c of equivalent answers, each p(c) its share: the discrete semantic
    entropy (Farquhar et al., Nature 630, 2024), with canonical forms in place of a model of entailment.
    """
    if not answers:
        return None
    sizes = Counter(canonical(answer, unit=unit).key for answer in answers).values()
    return -math.fsum(size / len(answers) * math.log(size / len(answers)) for size in sizes)


def semantic_certainty(answers: Sequence[str], *, unit: str | None = None) -> float | None:
    """Give 1 - H / log n for n answers: 1 where all say the same, 0 where no two do; None for fewer than two."""
    entropy = semantic_entropy(answers, unit=unit)
    return None if entropy is None or len(answers) < 2 else min(1.0, max(0.0, 1.0 - entropy / math.log(len(answers))))
