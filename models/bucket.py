"""A token bucket that learns its rate from refusals: without one, nothing is held back."""

from collections import deque

REMEMBERED = 256  # requests from which the rate before a refusal is told
CUT = 0.5  # of the rate that a refusal leaves
GROWTH = 0.05  # of the rate at the refusal, won back each second
FREE = 2.0  # times the rate at the refusal at which nothing is held back any more
LEAST_CEILING = 10.0  # requests per second taken for the rate at a first refusal, where fewer were sent
LEAST_RATE = 0.2  # requests per second that are always tried
LONGEST = 60.0  # seconds for which a refusal is believed: a server may name a year, or the time since 1970


class Bucket:
    """When the next request may go out; times are seconds of one clock.

    After a refusal nobody sends before the time that the server named, or for a minute where that is less. From then on
    the rate is half of what it was, and grows in a straight line until it is refused again (additive increase,
    multiplicative decrease).
    """

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=REMEMBERED)
        self._ceiling: float | None = None  # requests per second at the last refusal
        self._closed_until = 0.0
        self._cut = 0.0  # when the rate was cut last
        self._tokens = 1.0
        self._counted = 0.0

    def rate(self, now: float) -> float | None:
        """Requests per second that are let through; None: all of them."""
        if self._ceiling is None:
            return None
        grown = CUT + GROWTH * max(0.0, now - self._closed_until)
        if grown >= FREE:
            self._ceiling = None
            return None
        return max(LEAST_RATE, grown * self._ceiling)

    def wait(self, now: float, *, behind: int = 0) -> float:
        """Seconds until the next request may go out that has so many others before it."""
        closed, rate = max(0.0, self._closed_until - now), self.rate(now)
        if rate is None:
            return closed
        missing = 1 + behind - self._level(now, rate)
        return max(closed, missing / rate)

    def take(self, now: float) -> None:
        """Count a request that goes out."""
        rate = self.rate(now)
        if rate is not None:
            self._tokens, self._counted = self._level(now, rate) - 1, now
        self._sent.append(now)

    def refused(self, *, sent: float, now: float, retry_after: float | None) -> None:
        """Learn that a request which went out at `sent` was refused; several of one burst cut the rate once."""
        if sent >= self._cut:
            rate = self.rate(now)
            self._ceiling = max(LEAST_CEILING, self._recent(now)) if rate is None else max(LEAST_RATE / CUT, rate)
            self._cut, self._tokens, self._counted = now, 1.0, now
        self._closed_until = max(self._closed_until, now + min(retry_after or 0.0, LONGEST))

    def _recent(self, now: float) -> float:
        return sum(now - sent <= 1.0 for sent in self._sent)

    def _level(self, now: float, rate: float) -> float:
        """Tokens in the bucket, which holds those of one second."""
        since = max(self._counted, self._closed_until)
        return min(max(1.0, rate), self._tokens + max(0.0, now - since) * rate)
