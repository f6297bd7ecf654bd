"""The vote: who wins, by how much, how ties are broken, and when the rest can no longer change it."""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symposium.tools.equivalence import canonical
from symposium.tools.votes import (
    RULES,
    Ballot,
    Outstanding,
    Rule,
    Tally,
    ballot,
    log_odds,
    log_odds_among,
    plurality,
    settled,
)

ORDER = ("ada", "bo", "cy", "di")


def votes(*answers: str | None) -> list[Ballot]:
    """One ballot per member, in the configured order; None abstains."""
    return [
        ballot(answer, member=member, reason=None if answer else "empty")
        for member, answer in zip(ORDER, answers, strict=False)
    ]


def winner(tally: Tally) -> str | None:
    return tally.winner.answer if tally.winner else None


# Plurality


def test_the_answer_most_ballots_give_wins() -> None:
    tally = plurality(votes("350", "340", "350 pens", None), order=ORDER)
    assert winner(tally) == "350"
    assert tally.counts == {"350": 2, "340": 1}
    assert tally.shares == {"350": pytest.approx(2 / 3), "340": pytest.approx(1 / 3)}
    assert tally.margin == pytest.approx(1 / 3)
    assert tally.tie is None


def test_the_minority_is_kept_with_its_names() -> None:
    tally = plurality(votes("350", "340", "350", "12"), order=ORDER)
    assert [(voice.answer, voice.members) for voice in tally.dissent] == [("340", ("bo",)), ("12", ("di",))]


def test_abstentions_are_counted_apart_with_their_reasons() -> None:
    tally = plurality(votes("350", None), order=ORDER)
    assert [(abstention.member, abstention.reason) for abstention in tally.abstentions] == [("bo", "empty")]
    assert tally.shares == {"350": 1.0}
    assert tally.margin == 1.0


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_where_everyone_abstains_nobody_wins(rule: Rule) -> None:
    for cast in ([], votes(None, None)):
        tally = rule(cast)
        assert (tally.winner, tally.dissent, tally.margin, tally.tie) == (None, (), 0, None)


def test_the_winner_is_worded_as_most_of_its_ballots_word_it() -> None:
    assert winner(plurality(votes("350 pens", "350", "350 pens"))) == "350 pens"
    assert winner(plurality(votes("350 pens", "350"))) == "350"


def test_one_sample_cannot_vote_twice() -> None:
    with pytest.raises(ValueError, match="sample 0 of ada voted twice"):
        plurality([*votes("1"), *votes("2")])


@pytest.mark.parametrize(
    "broken",
    [{"probability": 1.5}, {"reliability": -0.1}, {"probability": math.nan}, {"answer": "1"}, {"key": "number:1"}],
)
def test_an_impossible_ballot_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ada's"):
        Ballot(member="ada", **broken)  # type: ignore[arg-type]  # the point of the test


# Ties


def test_a_tie_is_broken_by_summed_probability_first() -> None:
    low, high = votes("340", "350")
    tally = plurality([replace(low, probability=0.5), replace(high, probability=0.9)], order=ORDER)
    assert winner(tally) == "350"
    assert tally.tie == "350 and 340 tied; 350 won by summed probability"


def test_then_by_summed_reliability_where_a_probability_is_unknown() -> None:
    low, high = votes("340", "350")
    tally = plurality([replace(low, probability=0.9, reliability=0.6), replace(high, reliability=0.8)], order=ORDER)
    assert tally.tie == "350 and 340 tied; 350 won by summed reliability"


def test_then_by_the_order_of_the_members() -> None:
    cast = votes("350", "340")
    assert plurality(cast, order=ORDER).tie == "350 and 340 tied; 350 won by the order of the members"
    assert winner(plurality(cast, order=("bo", "ada"))) == "340"


def test_then_by_text_where_the_same_members_said_both() -> None:
    cast = [ballot("9", member="ada", index=0), ballot("12", member="ada", index=1)]
    assert plurality(cast, order=ORDER).tie == "12 and 9 tied; 12 won by the order of their texts"


def test_a_tie_behind_the_winner_is_not_reported() -> None:
    assert plurality(votes("1", "1", "2", "3")).tie is None


# Weights


def test_probability_can_outvote_a_majority() -> None:
    sure, *unsure = votes("350", "340", "340")
    cast = [replace(sure, probability=0.9), *(replace(vote, probability=0.3) for vote in unsure)]
    assert winner(RULES["probability"](cast)) == "350"
    assert winner(RULES["plurality"](cast)) == "340"


def test_log_odds_of_reliability_can_outvote_a_majority() -> None:
    strong, *weak = votes("350", "340", "340")
    cast = [replace(strong, reliability=0.95), *(replace(vote, reliability=0.6) for vote in weak)]
    assert winner(RULES["reliability"](cast)) == "350"


@pytest.mark.parametrize(
    ("probability", "weight"),
    [(0.5, math.log(9)), (0.9, math.log(81)), (0.1, 0.01), (0.0, 0.01), (1.0, math.log(9 * 199))],
)
def test_confidence_weighs_an_answer_against_each_of_nine_others(probability: float, weight: float) -> None:
    assert log_odds_among(probability) == pytest.approx(weight, abs=1e-12)


@pytest.mark.parametrize(("sureness", "answer"), [(0.9, "350"), (0.7, "340")])
def test_one_ballot_outweighs_two_where_it_is_sure_enough(sureness: float, answer: str) -> None:
    sure, *unsure = votes("350", "340", "340")  # ln 9 p / (1 - p): 4.39 or 3.04 against twice 1.79
    cast = [replace(sure, chance=sureness), *(replace(vote, chance=0.4) for vote in unsure)]
    assert winner(RULES["confidence"](cast)) == answer


def test_among_doubtful_ballots_the_number_decides() -> None:
    cast = [
        replace(vote, chance=0.0, probability=p) for vote, p in zip(votes("350", "350", "340"), (0, 0, 1), strict=True)
    ]
    assert winner(RULES["confidence"](cast)) == "350"


def test_without_a_fitted_chance_a_members_record_counts_and_its_own_probability_does_not() -> None:
    own, known = votes("350", "340")
    cast = [replace(own, probability=0.99, reliability=0.6), replace(known, probability=0.01, reliability=0.9)]
    assert winner(RULES["confidence"](cast)) == "340"


def test_unknown_weights_are_assumed_equal_and_counted() -> None:
    for name in ("probability", "reliability", "confidence"):
        tally = RULES[name](votes("350", "340", "350", None), order=ORDER)
        assert (winner(tally), tally.assumed) == ("350", 3)
    assert RULES["plurality"](votes("350")).assumed == 0


@pytest.mark.parametrize(
    ("reliability", "weight"), [(0.9, math.log(9)), (0.5, log_odds(0.52)), (0.0, log_odds(0.52)), (1.0, math.log(49))]
)
def test_reliability_is_clipped_to_a_bounded_positive_weight(reliability: float, weight: float) -> None:
    assert log_odds(reliability) == pytest.approx(weight)
    assert 0 < log_odds(reliability) < 3.9


def test_ballots_without_any_weight_still_have_shares() -> None:
    tally = RULES["probability"]([replace(vote, probability=0.0) for vote in votes("1", "2")])
    assert tally.shares == {"1": 0.5, "2": 0.5}


# Laws

PROBABILITIES = st.sampled_from([None, 0.0, 0.1, 0.25, 0.5, 1.0]) | st.floats(0, 1)
RELIABILITIES = {"ada": 0.9, "bo": 0.6, "cy": None, "di": 0.4}
ANSWERS = ["350", "350 pens", "340", "1/2", "50%", "Thursday", "목요일", None]


@st.composite
def castings(draw: st.DrawFn, most: int = 7) -> list[Ballot]:
    samples = draw(st.lists(st.tuples(st.sampled_from(ORDER), st.integers(0, 4)), unique=True, max_size=most))
    known = draw(st.booleans())
    return [
        ballot(
            draw(st.sampled_from(ANSWERS)),
            member=member,
            index=index,
            probability=draw(PROBABILITIES),
            chance=draw(PROBABILITIES),
            reliability=RELIABILITIES[member] if known else None,
        )
        for member, index in samples
    ]


RULE = st.sampled_from(list(RULES.values()))


@given(castings(), RULE, st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_changes_a_tally(cast: list[Ballot], rule: Rule, chance: random.Random) -> None:
    shuffled = cast.copy()
    chance.shuffle(shuffled)
    assert rule(shuffled, order=ORDER) == rule(cast, order=ORDER)


@given(castings(), RULE)
def test_every_ballot_is_in_the_tally_once(cast: list[Ballot], rule: Rule) -> None:
    tally = rule(cast, order=ORDER)
    found = [vote for candidate in tally.candidates for vote in candidate.ballots] + list(tally.abstentions)
    assert sorted(found, key=repr) == sorted(cast, key=repr)


@given(castings(), RULE)
def test_no_answer_is_invented(cast: list[Ballot], rule: Rule) -> None:
    given_answers = {vote.answer for vote in cast if vote.answer is not None}
    tally = rule(cast, order=ORDER)
    assert {candidate.answer for candidate in tally.candidates} <= given_answers
    assert bool(tally.winner) == bool(given_answers)


@given(castings(), RULE)
def test_shares_sum_to_one_and_the_winner_has_the_greatest_weight(cast: list[Ballot], rule: Rule) -> None:
    tally = rule(cast, order=ORDER)
    if tally.winner:
        assert math.fsum(candidate.share for candidate in tally.candidates) == pytest.approx(1)
        assert tally.winner.weight == max(candidate.weight for candidate in tally.candidates)
        assert 0 <= tally.margin <= 1


@given(castings(), RULE, st.sampled_from([answer for answer in ANSWERS if answer]))
def test_a_unanimous_vote_is_won_by_its_answer(cast: list[Ballot], rule: Rule, answer: str) -> None:
    agreed = [
        ballot(answer, member=vote.member, index=vote.index, probability=vote.probability, reliability=vote.reliability)
        for vote in cast
    ]
    tally = rule(agreed, order=ORDER)
    assert [candidate.share for candidate in tally.candidates] == [1.0] * bool(agreed)


@given(castings(), RULE)
def test_a_tie_is_reported_exactly_where_the_first_two_weigh_the_same(cast: list[Ballot], rule: Rule) -> None:
    tally = rule(cast, order=ORDER)
    level = len(tally.candidates) > 1 and tally.candidates[0].weight == tally.candidates[1].weight
    assert (tally.tie is not None) == level


# Settling


def test_three_of_five_equal_votes_settle_a_plurality() -> None:
    pending = [Outstanding(member="late", index=index) for index in range(2)]
    assert settled(votes("350", "350", "350"), pending)
    assert not settled(votes("350", "350", "340"), pending)


def test_a_tie_that_the_member_order_would_break_for_the_leader_is_settled() -> None:
    cast, pending = votes("350", "350", "340"), [Outstanding(member="di")]
    assert settled(cast, pending, order=ORDER)
    assert not settled(cast, pending, order=("cy", "di", "ada", "bo"))


def test_nothing_outstanding_is_settled_even_without_a_winner() -> None:
    assert settled([], [])
    assert settled(votes(None), [])
    assert not settled(votes(None), [Outstanding(member="bo")])


def test_a_reliable_latecomer_keeps_a_weighted_vote_open() -> None:
    cast = [replace(vote, reliability=0.6) for vote in votes("350", "350", "350")]
    rule = RULES["reliability"]
    assert not settled(cast, [Outstanding(member="di", reliability=0.95)], rule=rule)
    assert settled(cast, [Outstanding(member="di", reliability=0.6)], rule=rule)


def test_an_unbounded_rule_never_settles_before_all_are_in() -> None:
    rule = Rule(name="unbounded", weigh=lambda vote: 1 / (1.0001 - (vote.probability or 0)), unknown=1.0, bounded=False)
    cast = votes("1", "1", "1")
    assert not settled(cast, [Outstanding(member="di")], rule=rule)
    assert settled(cast, [], rule=rule)


POSSIBLE = {answer: answer and canonical(answer).key for answer in ("350", "340", "1/2", "Thursday", "(A)", None)}
"""Answers with their keys; nobody has given (A), whose key comes before all the others."""


def completions(
    cast: list[Ballot], pending: list[Outstanding], probabilities: list[float | None]
) -> Iterator[list[Ballot]]:
    """Every way in which the outstanding samples may vote, abstaining and new answers included."""
    crossed = zip(probabilities, reversed(probabilities), strict=True)
    chances = dict.fromkeys((*zip(probabilities, probabilities, strict=True), *crossed))
    ways = [(answer, key, *known) for answer, key in POSSIBLE.items() for known in chances]
    for choice in itertools.product(ways, repeat=len(pending)):
        yield cast + [
            Ballot(
                member=sample.member,
                index=sample.index,
                answer=answer,
                key=key,
                probability=probability,
                chance=chance,
                reliability=sample.reliability,
            )
            for sample, (answer, key, probability, chance) in zip(pending, choice, strict=True)
        ]


@st.composite
def unfinished(draw: st.DrawFn) -> tuple[list[Ballot], list[Outstanding]]:
    cast = draw(castings(most=5))
    used = {(vote.member, vote.index) for vote in cast}
    free = [sample for sample in itertools.product(ORDER, range(5)) if sample not in used]
    late = draw(st.lists(st.sampled_from(free), unique=True, max_size=2))
    known = any(vote.reliability is not None for vote in cast)
    return cast, [Outstanding(member=m, index=i, reliability=RELIABILITIES[m] if known else None) for m, i in late]


@settings(max_examples=60, deadline=None)
@given(unfinished(), RULE)
def test_once_settled_no_completion_changes_the_winner(
    vote: tuple[list[Ballot], list[Outstanding]], rule: Rule
) -> None:
    cast, pending = vote
    if settled(cast, pending, rule=rule, order=ORDER):
        now = rule(cast, order=ORDER).winner
        for full in completions(cast, pending, [None, 0.0, 0.5, 1.0]):
            then = rule(full, order=ORDER).winner
            assert (then and then.key) == (now and now.key)


@settings(max_examples=60, deadline=None)
@given(unfinished(), RULE)
def test_a_vote_is_settled_as_soon_as_no_completion_can_change_it(
    vote: tuple[list[Ballot], list[Outstanding]], rule: Rule
) -> None:
    cast, pending = vote
    now = rule(cast, order=ORDER).winner
    if now is None and pending:
        return
    outcomes = {
        then.key if (then := rule(full, order=ORDER).winner) else None
        for full in completions(cast, pending, [None, 1.0])
    }
    if outcomes == {now.key if now else None}:
        assert settled(cast, pending, rule=rule, order=ORDER)
