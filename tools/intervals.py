"""How far a measured share can be trusted."""

import math

NORMAL_95 = 1.959964
"""The normal distribution's quantile of a two-sided 95 % interval."""


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22:209); (0, 1) of nothing."""
    if n == 0:
        return 0.0, 1.0
    z2 = NORMAL_95**2
    share, widened = right / n, 1 + z2 / n
    middle = (share + z2 / (2 * n)) / widened
    reach = NORMAL_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / widened
    return max(0.0, middle - reach), min(1.0, middle + reach)
