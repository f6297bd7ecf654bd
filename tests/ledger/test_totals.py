"""Totals are counted from the events, and from nothing else."""

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symposium.ledger.records import Event, Usage
from symposium.ledger.totals import spent, totals


def event(t: float, type: str, call: str, /, **payload: object) -> Event:
    envelope = {"v": 1, "run": "r", "seq": 0, "t": t, "type": type}
    return cast(Event, {**envelope, "call": call, "member": "m", "role": "proposer", **payload})


def start(t: float, call: str, /, **payload: object) -> Event:
    return event(t, "call.start", call, **payload)


def end(t: float, call: str, /, *, cost: float | None = 0.0, tokens: int = 1, **payload: object) -> Event:
    usage = Usage(input=tokens, output=2 * tokens, estimated=False)
    return event(t, "call.end", call, usage=usage, cost=cost, **payload)


def test_a_run_without_events_spent_nothing() -> None:
    counted = totals([])
    assert (counted["calls"], counted["attempts"], counted["cost"], counted["wall"]) == (0, 0, 0, 0)
    assert counted["by_member"] == []


def test_tokens_and_dollars_are_summed_by_member_and_role() -> None:
    counted = totals(
        [
            start(0, "1", member="b"),
            end(1, "1", member="b", tokens=10, cost=0.5),
            start(1, "2", member="a", role="judge"),
            end(2, "2", member="a", role="judge", tokens=5, cost=0.25),
            start(2, "3", member="b"),
            end(3, "3", member="b", tokens=1, cost=0.5),
        ]
    )
    assert (counted["calls"], counted["input"], counted["output"], counted["cost"]) == (3, 16, 32, 1.25)
    assert [(m["member"], m["role"], m["calls"], m["input"], m["cost"]) for m in counted["by_member"]] == [
        ("a", "judge", 1, 5, 0.25),
        ("b", "proposer", 2, 11, 1.0),
    ]


def test_an_unknown_price_makes_the_cost_unknown_and_names_the_member() -> None:
    events = [start(0, "1", member="a"), end(1, "1", member="a", cost=0.5)]
    events += [start(0, "2", member="b"), end(1, "2", member="b", cost=None)]
    counted = totals(events)
    assert counted["cost"] is None
    assert counted["unpriced"] == ["b"]
    assert [m["cost"] for m in counted["by_member"]] == [0.5, None]
    assert spent(events)["money"] == 0.5


@pytest.mark.parametrize(
    ("events", "attempts"),
    [
        ([start(0, "1")], 1),
        ([start(0, "1"), end(1, "1")], 1),
        ([start(0, "1"), event(1, "call.error", "1", attempt=1), end(2, "1", attempt=2)], 2),
        ([start(0, "1", attempt=1), event(1, "call.error", "1"), start(2, "1", attempt=2), end(3, "1", attempt=2)], 2),
        ([start(0, "1"), event(1, "call.error", "1"), start(2, "1"), event(3, "call.error", "1"), start(4, "1")], 3),
        ([start(0, "1"), end(1, "1"), start(0, "2"), end(1, "2", cancelled=True)], 2),
        ([start(0, "1", cached=True), end(0, "1", cached=True)], 0),
    ],
)
def test_every_wire_attempt_counts_once_and_cached_calls_never(events: list[Event], attempts: int) -> None:
    assert totals(events)["attempts"] == attempts
    assert spent(events)["calls"] == attempts


def test_a_cached_call_costs_nothing_again() -> None:
    counted = totals([start(0, "1"), end(0, "1", cached=True, tokens=100, cost=None)])
    assert (counted["calls"], counted["input"], counted["cost"], counted["unpriced"]) == (0, 0, 0, [])
    assert counted["by_member"] == []


def test_a_failed_attempt_is_billed_only_if_the_provider_counted() -> None:
    usage = Usage(input=7, output=1, estimated=True)
    failed = event(1, "call.error", "1", usage=usage, cost=0.125)
    counted = totals([start(0, "1"), failed, event(2, "call.error", "1", usage=None, cost=None), end(3, "1", cost=0.5)])
    assert (counted["input"], counted["cost"]) == (8, 0.625)
    assert counted["by_member"][0]["estimated"]


def test_the_wall_runs_from_the_first_event_to_the_last_and_an_ended_run_tells_its_own() -> None:
    events = [start(10.1, "1"), end(10.4, "1")]
    live = totals(events)
    assert live["wall"] == 0.3
    finish = cast(Event, {**event(99, "run.end", ""), "outcome": {"totals": live}})
    assert totals([*events, finish]) == live
    assert totals([*events, event(99, "run.end", "")]) == live


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ([start(0, "1"), end(3, "1")], 3),
        # side by side: the longest counts
        ([start(0, "1"), start(0, "2"), end(3, "1"), end(5, "2")], 5),
        # one after the other, with a pause between
        ([start(0, "1"), end(3, "1"), start(10, "2"), end(12, "2")], 5),
        # a round of two, then a judge
        ([start(0, "1"), start(0, "2"), end(3, "1"), end(5, "2"), start(5, "3"), end(6, "3")], 6),
        # the second began after the first by chance; it depended on nothing
        ([start(0, "1"), end(3, "1"), start(4, "2", after=[]), end(6, "2")], 3),
        # a judge that waited for the shorter of two only
        ([start(0, "1"), start(0, "2"), end(3, "1"), end(5, "2"), start(5, "3", after=["1"]), end(7, "3")], 5),
        (
            [start(0, "1"), start(0, "2"), end(3, "1"), end(5, "2"), start(5, "3", after=["1", "2", "?"]), end(7, "3")],
            7,
        ),
        # a retry belongs to its call
        ([start(0, "1"), event(2, "call.error", "1"), start(3, "1"), end(4, "1")], 4),
        # the run broke off: a call without an end lasts until the last event
        ([start(0, "1"), start(1, "2"), end(6, "2")], 6),
    ],
)
def test_the_critical_path_is_the_longest_chain_of_calls_that_waited_for_one_another(
    events: list[Event], seconds: float
) -> None:
    assert totals(events)["critical_path"] == seconds


def slow_critical_path(calls: list[tuple[int, int]]) -> int:
    """The longest chain over intervals, by trying every predecessor."""
    longest: dict[int, int] = {}
    order = sorted(range(len(calls)), key=lambda i: calls[i])
    for i in order:
        before = [longest[j] for j in longest if calls[j][1] <= calls[i][0]]
        longest[i] = calls[i][1] - calls[i][0] + max(before, default=0)
    return max(longest.values(), default=0)


INTERVAL = st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@settings(deadline=None)
@given(calls=st.lists(INTERVAL, max_size=12), members=st.lists(st.sampled_from("abc"), min_size=12, max_size=12))
def test_the_path_agrees_with_a_slow_search_and_the_parts_with_the_whole(
    calls: list[tuple[int, int]], members: list[str]
) -> None:
    told = []
    for number, (begin, finish) in enumerate(calls):
        told.append((begin, 1, start(begin, str(number), member=members[number])))
        told.append((finish, 0, end(finish, str(number), member=members[number], cost=0.5)))
    events = [event for *_, event in sorted(told, key=lambda entry: entry[:2])]
    counted = totals(events)
    assert counted["critical_path"] == slow_critical_path(calls) <= counted["wall"]
    assert sum(m["calls"] for m in counted["by_member"]) == counted["calls"] == len(calls)
    assert sum(m["input"] for m in counted["by_member"]) == counted["input"]
    assert sum(m["cost"] or 0 for m in counted["by_member"]) == counted["cost"] == spent(events)["money"]
