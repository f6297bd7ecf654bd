"""Fan-outs that need not wait for everyone: a quorum, patience, and more of it for those known to be better."""

import asyncio
from typing import Any

import pytest
from clock import now, timeless
from hypothesis import given
from hypothesis import strategies as st

from symposium.models.fanout import Fanout, Place, Rule, until
from symposium.models.scope import Scope, Stopped

ALIKE: dict[Place, float | None] = {(name, 0): None for name in "abcde"}
STRONG: dict[Place, float | None] = {**{(name, 0): 0.6 for name in "abcd"}, ("e", 0): 0.9}


def arrived(*seconds: float, names: str = "abcde") -> list[tuple[float, Place]]:
    return [(took, (name, 0)) for took, name in zip(seconds, names, strict=False)]


@pytest.mark.parametrize(
    ("rule", "drafts", "end"),
    [
        (Rule(seats=ALIKE), arrived(1, 2, 3), None),  # no rule: everyone is waited for
        (Rule(seats=ALIKE, quorum=3), arrived(1, 2), None),
        (Rule(seats=ALIKE, quorum=3), arrived(1, 2, 3), (3, "quorum")),
        (Rule(seats=STRONG, quorum=3), arrived(1, 2, 3), (6, "quorum")),  # "e" is better than who is there
        (Rule(seats=STRONG, quorum=3), arrived(1, 2, 3, names="abe"), (3, "quorum")),  # and now it is there
        (Rule(seats={**STRONG, ("a", 0): None}, quorum=1), arrived(1), (2, "quorum")),
        (Rule(seats={**ALIKE, ("e", 0): 0.5}, quorum=1), arrived(1), (2, "quorum")),
        (Rule(seats={**STRONG, ("e", 0): None}, quorum=1), arrived(1), (1, "quorum")),  # unknown is not better
        (Rule(seats=ALIKE, patience=1.5), arrived(1), None),
        (Rule(seats=ALIKE, patience=1.5), arrived(1, 2), (3, "patience")),
        (Rule(seats=ALIKE, patience=1.5), arrived(1, 2, 2.5), (3, "patience")),
        (Rule(seats=STRONG, patience=1.5), arrived(1, 2), (6, "patience")),
        (Rule(seats=ALIKE, quorum=3, patience=1.5), arrived(1, 2, 2.5), (2.5, "quorum")),
        (Rule(seats=ALIKE, quorum=4, patience=1.5), arrived(1, 2, 2.5), (3, "patience")),
        (Rule(seats=ALIKE, quorum=1), [], None),
    ],
)
def test_how_long_the_others_are_waited_for(rule: Rule, drafts: list[tuple[float, Place]], end: Any) -> None:
    assert until(rule, drafts, over=[place for _, place in drafts]) == end


def test_nobody_is_waited_for_when_nobody_is_out() -> None:
    assert until(Rule(seats=ALIKE, quorum=1, patience=1), arrived(1, 2), over=list(ALIKE)) is None


@given(st.permutations(arrived(1, 2, 3, 4)), st.integers(1, 5), st.none() | st.floats(1, 10))
def test_the_order_of_arrival_in_the_list_does_not_matter(drafts: Any, quorum: int, patience: float | None) -> None:
    rule, over = Rule(seats=STRONG, quorum=quorum, patience=patience), [place for _, place in drafts]
    assert until(rule, drafts, over=over) == until(rule, sorted(drafts), over=over)


async def heard(rule: Rule, *seconds: float, failing: str = "") -> tuple[float, str | None, str]:
    """Let members take so long; tell when the last branch ended, why the others were stopped, and who answered."""
    fanout, began, answered = Fanout(Scope(), window=9, rule=rule), now(), list[str]()
    draft: Any = {"text": "answer"}

    async def branch(place: Place, took: float) -> None:
        try:
            await fanout.run(lambda: asyncio.sleep(took))
        except Stopped:
            return
        if place[0] not in failing:
            answered.append(place[0])
        fanout.ended(place, [draft] if place[0] not in failing else [])

    await asyncio.gather(*(branch(place, took) for place, took in zip(rule.seats, seconds, strict=True)))
    assert len(fanout.arrived) == len(answered)
    ended = now() - began, fanout.scope.stopped, "".join(answered)
    await asyncio.sleep(100)
    assert fanout.scope.stopped == ended[1], "no timer is left"
    return ended


@pytest.mark.parametrize(
    ("rule", "seconds", "failing", "ended"),
    [
        (Rule(seats=ALIKE, quorum=3), (0.1, 0.2, 0.3, 5, 9), "", (0.3, "quorum", "abc")),
        (Rule(seats=ALIKE, quorum=3), (0.1, 0.2, 0.3, 5, 9), "b", (5, "quorum", "acd")),  # a failure is no draft
        (Rule(seats=ALIKE, quorum=4), (0.1, 0.2, 0.3, 5, 9), "bd", (9, None, "ace")),  # it cannot come about
        (Rule(seats=STRONG, quorum=3), (1, 2, 3, 9, 5), "", (5, "quorum", "abce")),  # the strong one makes it
        (Rule(seats=STRONG, quorum=3), (1, 2, 3, 9, 50), "", (6, "quorum", "abc")),  # and here it does not
        (Rule(seats=STRONG, quorum=3), (1, 2, 3, 9, 4), "e", (4, "quorum", "abc")),  # it fails: no reason to wait
        (Rule(seats=ALIKE, patience=1.5), (1, 2, 2.9, 3.1, 99), "", (3, "patience", "abc")),
        (Rule(seats=ALIKE, patience=1.5), (1, 2, 2.1, 2.2, 2.3), "", (2.3, None, "abcde")),
        (Rule(seats=ALIKE), (1, 2, 3, 4, 50), "", (50, None, "abcde")),
    ],
)
@timeless
async def test_a_fan_out_ends_when_its_rule_says_so(rule: Rule, seconds: Any, failing: str, ended: Any) -> None:
    assert await heard(rule, *seconds, failing=failing) == (pytest.approx(ended[0]), *ended[1:])
