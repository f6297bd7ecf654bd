"""When a debate ends: each rule by itself, and which of them is named."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.stopping import STOPS, Progress, stopped_by
from symposium.tools.votes import Ballot, ballot, plurality, weighted_by_confidence

NAMES = ("ann", "bob", "eve", "cho", "dan")


def voted(answers: Sequence[str | None], **told: Any) -> tuple[Ballot, ...]:
    return tuple(ballot(answer, member=name, **told) for name, answer in zip(NAMES, answers, strict=False))


def progress(*votes: Sequence[str | None], **told: Any) -> Progress:
    """A debate that goes on: everybody had something to revise and could still change, and rounds are left."""
    usual: dict[str, Any] = {
        "votes": tuple(map(voted, votes)),
        "rule": plurality,
        "quotes": tuple(frozenset({(f"c{place}", "a step")}) for place in range(len(votes) - 1)),
        "movable": frozenset(NAMES),
        "asked": 3,
        "left": 1,
    }
    return Progress(**{**usual, **told})


@pytest.mark.parametrize(
    ("debate", "rule"),
    [
        (progress("112", "121"), None),
        (progress("112", "111"), "agreement"),
        (progress(["1", "1"], ["1", None]), None),
        (progress("112", "112", asked=0), "nothing_to_revise"),
        (progress("112", "112", asked=0, unheard=True), "nobody_criticised"),
        (progress("112", "121", unheard=True), None),
        (progress([None] * 3, [None] * 3, countable=False), None),
        (progress("112", "112", countable=False), None),
        (progress([None] * 3, [None] * 3, countable=False, movable=frozenset()), None),
        (progress([None] * 3, [None] * 3, [None] * 3, countable=False), None),
        (progress([None] * 3, [None] * 3, countable=False, alike=True), "agreement"),
        (progress([None] * 3, [None] * 3, countable=False, left=0), "cap"),
        (progress("112", "121", movable=frozenset({"eve"})), None),
        (progress("11122", "11112", movable=frozenset({"eve"})), "unassailable_lead"),
        (progress("112", "211", movable=frozenset()), "unassailable_lead"),
        (progress("112", "112"), "stable_votes"),
        (progress("123", "231", quotes=(frozenset({("c1", "x")}),)), None),
        (progress("123", "231", "333", "331", quotes=(frozenset({("c1", "x")}),) * 2), "no_new_argument"),
        (progress("123", "122", "112", quotes=(frozenset({("c1", "x")}), frozenset())), "no_new_argument"),
        (progress("123", "231", "312"), "flat_signal"),
        (progress("123", "231"), None),
        (progress("123", "211", "312"), None),
        (progress("112", "121", left=0), "cap"),
    ],
)
def test_a_debate_is_ended_by_the_first_rule_that_holds(debate: Progress, rule: str | None) -> None:
    assert stopped_by(debate) == rule


def test_only_what_leaves_nothing_to_judge_is_final() -> None:
    assert {name for name, stop in STOPS.items() if stop.final} == {
        "agreement",
        "nobody_criticised",
        "nothing_to_revise",
        "unassailable_lead",
    }


answers = st.lists(st.sampled_from(["1", "2", "3", None]), min_size=2, max_size=5)


@given(st.data())
def test_no_order_of_ballots_changes_what_ends_a_debate(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 5))
    same = st.lists(st.sampled_from(["1", "2", "3", None]), min_size=size, max_size=size)
    made = progress(
        *data.draw(st.lists(same, min_size=1, max_size=4)),
        movable=data.draw(st.frozensets(st.sampled_from(NAMES))),
        rule=data.draw(st.sampled_from([plurality, weighted_by_confidence])),
    )
    turned = tuple(tuple(data.draw(st.permutations(ballots))) for ballots in made.votes)
    other = Progress(**{**vars(made), "votes": turned})
    assert stopped_by(made) == stopped_by(other)


@given(st.lists(answers, min_size=1, max_size=4).filter(lambda votes: len({*map(len, votes)}) == 1))
def test_without_rounds_left_every_debate_ends(votes: list[list[str | None]]) -> None:
    assert stopped_by(progress(*votes, left=0)) is not None


@given(answers, answers)
def test_an_unassailable_lead_is_one_that_no_change_overturns(now: list[str | None], after: list[str | None]) -> None:
    size = min(len(now), len(after))
    movable = frozenset(NAMES[1:3])
    made = progress(now[:size], movable=movable)
    if not STOPS["unassailable_lead"].holds(made):
        return
    turned = [new if name in movable else old for name, old, new in zip(NAMES, now[:size], after[:size], strict=False)]
    before, then = plurality([one for one in made.votes[0] if one.member not in movable]), plurality(voted(turned))
    assert before.winner is None or (then.winner is not None and then.winner.key == before.winner.key)
