"""The steps of a written reply, and those that its model found least likely.

A step is what stands between semicolons (`94*80=7520; 94*5=470; answer 7520`), on a line, or in a sentence of prose.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symposium.ledger.records import Weak

MOST = 3
DOUBT = math.log(0.1)  # a token less likely than this is doubted

_STEP = re.compile(
    r"(?:\(?\d{1,2}[.)][ \t]+|[-*•][ \t]+)?"  # a line's number or bullet
    r"(?P<step>[^\s;][^\n]*?)[ \t]*"
    r"(?:;(?=\s|\Z)|(?<=[.!?。])(?=\s)|(?=\n)|\Z)"
)


@dataclass(frozen=True)
class Passage:
    """A step of a text: its first character, the one behind it, and the one behind what separates it from the next."""

    text: str
    start: int
    end: int
    after: int


def passages(text: str) -> Iterator[Passage]:
    """Cut a text into its steps, in order; a semicolon inside a call, as in `over(20;5,30)`, separates nothing."""
    for found in _STEP.finditer(text):
        yield Passage(found["step"], found.start("step"), found.end("step"), found.end())


def weakest(text: str, tokens: Sequence[tuple[str, float]], *, most: int = MOST) -> list[Weak]:
    """Find the steps with the least likely tokens, the unlikeliest first.

    `tokens` are the texts and natural log-probabilities of the text's end; what they do not cover is not weighed, and
    nothing is where they are not its end. A separator counts with the step before it: ending too early is a slip too.
    """
    said = "".join(token for token, _ in tokens).rstrip()
    if not said or not text.endswith(said.lstrip()):
        return []
    found = _weighed(list(passages(text)), tokens, start=len(text) - len(said))
    return sorted(found, key=lambda step: step["least"])[:most]


def suspect(weak: Sequence[Weak]) -> Weak | None:
    """Choose the step to quote: the first one that holds a doubted token, else the one with the least likely token.

    What follows a slip is unlikely too, and now and then less likely than the slip itself.
    """
    doubted = [step for step in weak if step["least"] <= DOUBT]
    if doubted:
        return min(doubted, key=lambda step: step["start"])
    return min(weak, key=lambda step: step["least"], default=None)


def _weighed(steps: Sequence[Passage], tokens: Sequence[tuple[str, float]], *, start: int) -> Iterator[Weak]:
    """Share the tokens out among the steps; steps without a token are left out."""
    shares: list[list[float]] = [[] for _ in steps]
    for token, logprob in tokens:
        place = start + max(0, len(token) - len(token.lstrip() or " "))  # where it first says something
        number = bisect_right(steps, place, key=lambda step: step.after)
        if number < len(steps):
            shares[number].append(logprob)
        start += len(token)
    for step, share in zip(steps, shares, strict=True):
        if share:
            yield Weak(text=step.text, start=step.start, logprob=math.fsum(share), least=min(share))
