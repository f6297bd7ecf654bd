"""How long the calls of a model take: its last latencies, and what follows for deadlines and hedges."""

import math
from bisect import bisect_left, insort
from collections import deque

KEPT = 256  # latencies; older ones are forgotten
ENOUGH = 8  # latencies from which anything is concluded
LEAST_DEADLINE = 30.0  # seconds
FIRST_DEADLINE = 120.0  # seconds, while nothing is known
SLACK = 2.0  # times its own p95 that a call may take
HOPELESS = 4.0  # times the median after which a call is taken for one that hangs
UNUSUAL = 1.25  # times the median up to which no call is late, where nine of ten take all but the same time


class Pace:
    """The last latencies of one model, in seconds."""

    def __init__(self) -> None:
        self.recalled = False  # what earlier processes measured has been filed
        self._order: deque[float] = deque()
        self._sorted: list[float] = []

    @property
    def known(self) -> bool:
        """Enough has been measured to conclude from."""
        return len(self._sorted) >= ENOUGH

    def took(self, seconds: float) -> None:
        """File how long a call took."""
        self._order.append(seconds)
        insort(self._sorted, seconds)
        if len(self._order) > KEPT:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]

    def cut_off(self, seconds: float) -> None:
        """File a call that was stopped after so long, where that alone is unusual: nothing is known of the others."""
        p90 = self.p90
        if p90 is not None and seconds > p90:
            self.took(seconds)

    def quantile(self, share: float) -> float | None:
        """The latency that this share of the calls (above 0, at most 1) did not exceed; None where too few are known.

        It is a latency that was measured, by the nearest-rank definition.
        """
        if not self.known:
            return None
        return self._sorted[max(0, math.ceil(share * len(self._sorted)) - 1)]

    @property
    def p50(self) -> float | None:
        """The median."""
        return self.quantile(0.5)

    @property
    def p90(self) -> float | None:
        """What nine of ten calls did not exceed."""
        return self.quantile(0.9)

    @property
    def p95(self) -> float | None:
        """What nineteen of twenty calls did not exceed."""
        return self.quantile(0.95)

    def stuck(self, seconds: float) -> bool:
        """Tell whether a call that has taken so long will hardly end: many times the median, or very long."""
        p50 = self.p50
        return seconds >= LEAST_DEADLINE if p50 is None else seconds >= HOPELESS * p50

    @property
    def deadline(self) -> float:
        """Seconds after which a call is given up: twice its p95, but no less than 30; 120 while too little is known."""
        p95 = self.p95
        return FIRST_DEADLINE if p95 is None else max(LEAST_DEADLINE, SLACK * p95)

    @property
    def late(self) -> float | None:
        """Seconds after which a call is worth asking again: its p90, or a little above the median where that is more.

        None while too little is known.
        """
        p50, p90 = self.p50, self.p90
        return None if p50 is None or p90 is None else max(p90, UNUSUAL * p50)


_paces: dict[tuple[str, str | None], Pace] = {}


def pace_of(model: str, base_url: str | None) -> Pace:
    """The pace of a model at an address, as this process has measured it."""
    key = (model, base_url)
    found = _paces.get(key)
    if found is None:
        found = _paces.setdefault(key, Pace())  # another thread may have been quicker
    return found


def forget() -> None:
    """Forget every pace, as if no call had been made."""
    _paces.clear()
