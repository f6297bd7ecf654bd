"""Votes by preference: rankings, approvals and comparisons become points, and points an order of the candidates."""

import random
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.tools.ranking import COUNTS, Preference, approval, borda, copeland, ranked, reordered
from symposium.tools.votes import RULES, Rule, ballot, plurality

HALF = Fraction(1, 2)


def rankings(*orders: str) -> list[Preference]:
    """One voter per order; a letter is a draft."""
    return [ranked(f"v{place}", order) for place, order in enumerate(orders)]


def approvals(*approved: tuple[str, str]) -> list[Preference]:
    """One voter per pair: what is approved, and the rest."""
    return [Preference(voter=f"v{place}", levels=(tuple(yes), tuple(no))) for place, (yes, no) in enumerate(approved)]


def as_table(points: dict[str, Fraction]) -> dict[str, str]:
    return {draft: str(share) for draft, share in points.items()}


# By hand


@pytest.mark.parametrize(
    ("preferences", "points"),
    [
        (rankings("abc"), {"a": "1", "b": "1/2", "c": "0"}),
        (rankings("abc", "cba"), {"a": "1/2", "b": "1/2", "c": "1/2"}),
        (rankings("abcd", "ab"), {"a": "1", "b": "1/3", "c": "1/3", "d": "0"}),  # two thirds and 0 for b
        (rankings("a"), {"a": "1/2"}),
        ([Preference(voter="v", levels=(("a", "b"), ("c",)))], {"a": "3/4", "b": "3/4", "c": "0"}),
        ([Preference(voter="v", levels=(("a", "b"),))], {"a": "1/2", "b": "1/2"}),
        ([], {}),
    ],
)
def test_borda_gives_the_share_of_the_others_that_stand_behind(
    preferences: list[Preference], points: dict[str, str]
) -> None:
    assert as_table(borda(preferences)) == points


def test_a_reader_of_many_drafts_weighs_no_more_than_one_of_few() -> None:
    points = borda(rankings("abcdef", "ba"))
    assert points["a"] == (1 + 0) * HALF
    assert points["b"] == (Fraction(4, 5) + 1) * HALF


@pytest.mark.parametrize(
    ("preferences", "points"),
    [
        (approvals(("ab", "c"), ("a", "bc")), {"a": "1", "b": "1/2", "c": "0"}),
        (approvals(("", "ab")), {"a": "0", "b": "0"}),
        (approvals(("ab", "")), {"a": "1", "b": "1"}),
        (approvals(("a", ""), ("", "ab")), {"a": "1/2", "b": "0"}),
        ([], {}),
    ],
)
def test_approval_gives_the_share_of_a_draft_s_readers_that_approve(
    preferences: list[Preference], points: dict[str, str]
) -> None:
    assert as_table(approval(preferences)) == points


@pytest.mark.parametrize(
    ("preferences", "points"),
    [
        (rankings("ab", "bc", "ac"), {"a": "1", "b": "1/2", "c": "0"}),
        (rankings("ab", "bc", "ca"), {"a": "1/2", "b": "1/2", "c": "1/2"}),  # a circle
        ([Preference(voter="v", levels=(("a", "b"),))], {"a": "1/2", "b": "1/2"}),
        (rankings("ab", "ba", "ab"), {"a": "1", "b": "0"}),
        (rankings("ab"), {"a": "1", "b": "0"}),
        ([*rankings("ab"), *rankings("cd")], {"a": "2/3", "b": "1/3", "c": "2/3", "d": "1/3"}),  # unread pairs tie
        (rankings("a"), {"a": "0"}),
        ([], {}),
    ],
)
def test_copeland_gives_the_share_of_the_others_that_are_beaten(
    preferences: list[Preference], points: dict[str, str]
) -> None:
    assert as_table(copeland(preferences)) == points


def test_nobody_places_a_draft_twice() -> None:
    with pytest.raises(ValueError, match="ada placed b twice"):
        ranked("ada", "abb")


# Laws

DRAFTS = "abcde"


@st.composite
def preferences(draw: st.DrawFn) -> list[Preference]:
    made = []
    for place in range(draw(st.integers(0, 5))):
        read = draw(st.lists(st.sampled_from(DRAFTS), unique=True, min_size=1))
        cuts = sorted(draw(st.sets(st.integers(1, len(read)))) | {0, len(read)})
        levels = tuple(tuple(read[start:end]) for start, end in pairwise(cuts))
        made.append(Preference(voter=f"v{place}", levels=levels))
    return made


WAY = st.sampled_from(list(COUNTS))


@given(preferences(), WAY, st.randoms(use_true_random=False))
def test_no_order_of_readers_or_within_a_level_changes_the_points(
    cast: list[Preference], way: str, chance: random.Random
) -> None:
    shuffled = [
        Preference(voter=one.voter, levels=tuple(tuple(chance.sample(level, len(level))) for level in one.levels))
        for one in chance.sample(cast, len(cast))
    ]
    assert COUNTS[way](shuffled) == COUNTS[way](cast)


@given(preferences(), WAY)
def test_points_are_shares_of_what_was_read_and_of_nothing_else(cast: list[Preference], way: str) -> None:
    points = COUNTS[way](cast)
    assert set(points) == {draft for one in cast for draft in one.drafts}
    assert all(0 <= share <= 1 for share in points.values())


@given(st.lists(st.permutations(DRAFTS), min_size=1, max_size=5), st.sampled_from(["ranking", "pairwise", "approval"]))
def test_what_every_reader_places_first_has_most_points(orders: list[list[str]], way: str) -> None:
    lifted = [ranked(f"v{place}", ["a", *(one for one in order if one != "a")]) for place, order in enumerate(orders)]
    points = COUNTS[way](lifted)
    assert all(points["a"] > points[other] for other in DRAFTS[1:])


@given(st.lists(st.permutations(DRAFTS), min_size=1, max_size=5))
def test_what_beats_everything_one_by_one_wins_the_tournament(orders: list[list[str]]) -> None:
    def beats(one: str, other: str) -> bool:
        return 2 * sum(order.index(one) < order.index(other) for order in orders) > len(orders)

    points = copeland([ranked(f"v{place}", order) for place, order in enumerate(orders)])
    for one in DRAFTS:
        if all(beats(one, other) for other in DRAFTS if other != one):
            assert all(points[one] > points[other] for other in DRAFTS if other != one)


@given(st.permutations(DRAFTS), WAY)
def test_renaming_the_drafts_renames_the_points(order: list[str], way: str) -> None:
    cast, named = rankings("abcde", "bcade"), dict(zip(DRAFTS, order, strict=True))
    renamed = [
        Preference(voter=one.voter, levels=tuple(tuple(named[d] for d in level) for level in one.levels))
        for one in cast
    ]
    points = COUNTS[way](cast)
    assert COUNTS[way](renamed) == {named[draft]: share for draft, share in points.items()}


# Candidates

ANSWERS = ["350", "350 pens", "340", "1/2", None]


def test_points_order_the_candidates_and_are_what_they_weigh() -> None:
    tally = plurality([ballot("9", member="a"), ballot("9", member="b"), ballot("12", member="c")])
    made = reordered(tally, {"number:9": Fraction(1, 4), "number:12": Fraction(3, 4)}, by="ranking")
    assert (made.rule, made.winner and made.winner.answer) == ("ranking", "12")
    assert made.shares == {"12": 0.75, "9": 0.25}
    assert (made.counts, made.tie) == ({"12": 1, "9": 2}, None)


@pytest.mark.parametrize(
    ("answers", "tie"),
    [
        (["9", "9", "12"], "9 and 12 tied by ranking; 9 won by the count by plurality"),
        (["9", "12"], "9 and 12 tied by ranking, and by plurality; 9 won by the members' names"),
    ],
)
def test_equal_points_leave_it_to_the_count_and_that_is_told(answers: list[str], tie: str) -> None:
    tally = plurality([ballot(answer, member=f"m{place}") for place, answer in enumerate(answers)])
    made = reordered(tally, dict.fromkeys(("number:9", "number:12"), HALF), by="ranking")
    assert (made.winner and made.winner.answer, made.tie) == ("9", tie)


@pytest.mark.parametrize(
    ("points", "tie"),
    [
        ((1, 1, 1), "9, 12 and 15 tied by ranking, 9 and 12 also by plurality; 9 won by the members' names"),
        ((0, 1, 1), "12 and 15 tied by ranking; 12 won by the count by plurality"),
        ((1, 1, 0), "9 and 12 tied by ranking, and by plurality; 9 won by the members' names"),
        ((1, 0, 0), None),
    ],
)
def test_a_tie_tells_of_those_that_have_the_most_points_and_of_nobody_else(
    points: tuple[int, int, int], tie: str | None
) -> None:
    cast = [ballot(answer, member=f"m{place}") for place, answer in enumerate(["9", "9", "12", "12", "15"])]
    given = dict(zip(("number:9", "number:12", "number:15"), points, strict=True))
    assert reordered(plurality(cast), given, by="ranking").tie == tie


def test_where_nobody_has_points_all_have_the_same_share() -> None:
    tally = plurality([ballot("9", member="a"), ballot("12", member="b")])
    assert reordered(tally, {"number:9": 0, "number:12": 0}, by="approval").shares == {"9": 0.5, "12": 0.5}


@given(
    st.lists(st.sampled_from(ANSWERS), max_size=6),
    st.sampled_from(list(RULES.values())),
    st.lists(st.fractions(0, 1), min_size=3, max_size=3),
    st.randoms(use_true_random=False),
)
def test_reordering_invents_nothing_drops_nothing_and_hangs_on_no_order(
    answers: list[str | None], rule: Rule, share: list[Fraction], chance: random.Random
) -> None:
    cast = [ballot(answer, member=f"m{place}") for place, answer in enumerate(answers)]
    points: dict[str, Fraction] = dict(zip(("number:350", "number:340", "number:1/2"), share, strict=True))
    tally = rule(cast)
    made = reordered(tally, points, by="ranking")
    assert sorted(one.key for one in made.candidates) == sorted(one.key for one in tally.candidates)
    assert {one.answer for one in made.candidates} <= set(answers)
    weights = [points[one.key] for one in made.candidates]
    assert weights == sorted(weights, reverse=True)
    assert reordered(rule(chance.sample(cast, len(cast))), points, by="ranking") == made
    assert (made.tie is not None) == (len(weights) > 1 and weights[0] == weights[1])
    assert sum(one.share for one in made.candidates) == pytest.approx(1.0 if weights else 0.0)


def test_every_pair_of_drafts_is_a_pair_of_a_ranking() -> None:
    one = ranked("v", "abc")
    pairs = [ranked(f"v{place}", pair) for place, pair in enumerate(combinations("abc", 2))]
    assert copeland([one]) == copeland(pairs)
