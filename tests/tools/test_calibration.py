"""Calibration against hand-computed cases, slow references and the laws of a monotone fit."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symposium.tools.calibration import (
    GROUPS,
    Block,
    Isotonic,
    auroc,
    auroc_within,
    brier,
    ece,
    isotonic,
    pooled,
    reliability_bins,
    tied,
)

SCORES = st.one_of(st.integers(-4, 4).map(float), st.floats(-30, 30).map(lambda x: round(x, 3)))
MARKED = st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=150)
Marked = list[tuple[float, bool]]


def fit(marked: Marked, *, falling: bool = False) -> Isotonic:
    scores, right = zip(*marked, strict=True)
    return isotonic(scores, right, falling=falling)


# The fit


@pytest.mark.parametrize(
    ("marked", "levels"),
    [
        ([(1.0, False), (2.0, True)], [(1, 0.0), (1, 1.0)]),
        ([(1.0, True), (2.0, False)], [(2, 0.5)]),
        ([(1.0, False), (2.0, True), (3.0, False), (4.0, True)], [(1, 0.0), (2, 0.5), (1, 1.0)]),
        ([(1.0, True), (2.0, True), (3.0, False), (4.0, False)], [(4, 0.5)]),
        ([(1.0, False), (1.0, True), (1.0, True), (2.0, True)], [(3, 2 / 3), (1, 1.0)]),
        ([(1.0, True), (2.0, False), (2.0, True), (3.0, False)], [(4, 0.5)]),
    ],
)
def test_neighbours_whose_shares_fall_are_pooled(marked: Marked, levels: list[tuple[int, float]]) -> None:
    assert [(len(block.scores), block.share) for block in pooled(tied(sorted(marked)))] == levels


@given(MARKED)
def test_pooling_is_isotonic_regression(marked: Marked) -> None:
    blocks = list(tied(sorted(marked)))
    fast = [block.share for block in pooled(blocks) for _ in block.scores]
    slow = [level for block, level in zip(blocks, least_squares(blocks), strict=True) for _ in block.scores]
    assert fast == pytest.approx(slow)


def least_squares(blocks: list[Block]) -> list[float]:
    """The min-max formula: at each place the highest, over where to begin, of the lowest mean, over where to end."""

    def mean(begin: int, end: int) -> float:
        part = blocks[begin : end + 1]
        return sum(block.right for block in part) / sum(len(block.scores) for block in part)

    places = range(len(blocks))
    return [max(min(mean(a, b) for b in places[i:]) for a in places[: i + 1]) for i in places]


def test_pooling_agrees_with_scikit_learn() -> None:
    regression = pytest.importorskip("sklearn.isotonic").IsotonicRegression()
    marked = [(float(i * 7 % 31), i * i % 5 < 2) for i in range(100)]
    theirs = regression.fit_transform([score for score, _ in marked], [mark for _, mark in marked])
    ours = {score: block.share for block in pooled(tied(sorted(marked))) for score in block.scores}
    assert [ours[score] for score, _ in marked] == pytest.approx(list(theirs))


def test_a_fit_by_hand() -> None:
    # 0 of 2, then 1 of 2 at 3 and 2 of 4 at 4 pooled, then 2 of 2; each with one right and one wrong more.
    marked = [(1.0, False)] * 2 + [(3.0, True), (3.0, False)] + [(4.0, True), (4.0, False)] * 2 + [(6.0, True)] * 2
    # The wide block leans by a twentieth of the way to its neighbours.
    assert fit(marked) == Isotonic((1.0, 3.0, 4.0, 6.0), (0.25, 0.4875, 0.5125, 0.75))


@pytest.mark.parametrize(("mark", "chance"), [(True, 11 / 12), (False, 1 / 12)])
def test_ten_answers_of_one_kind_are_one_block_and_no_certainty(mark: bool, chance: float) -> None:
    calibrator = fit([(float(i), mark) for i in range(10)])
    assert calibrator.xs == (4.5,)
    assert calibrator(-100) == calibrator(100) == pytest.approx(chance, abs=1e-6)


@given(MARKED, st.booleans())
def test_chances_are_monotone_and_never_certain(marked: Marked, falling: bool) -> None:
    calibrator = fit(marked, falling=falling)
    chances = [calibrator(score) for score in (-math.inf, *sorted(score for score, _ in marked), math.inf)]
    assert chances == sorted(chances, reverse=falling)
    assert all(1 / (len(marked) + 2) - 1e-6 <= chance <= 1 - 1 / (len(marked) + 2) + 1e-6 for chance in chances)


@given(MARKED, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_changes_no_fit(marked: Marked, random: object) -> None:
    shuffled = list(marked)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis types its generator as object
    assert fit(shuffled) == fit(marked)


@given(MARKED)
def test_a_falling_score_is_a_rising_one_turned_round(marked: Marked) -> None:
    rising, falling = fit(marked), fit([(-score, mark) for score, mark in marked], falling=True)
    assert [falling(-score) for score, _ in marked] == pytest.approx([rising(score) for score, _ in marked])


@given(MARKED)
def test_a_fit_on_calibrated_chances_keeps_their_order(marked: Marked) -> None:
    once = fit(marked)
    again = fit([(once(score), mark) for score, mark in marked])
    scores = sorted(score for score, _ in marked)
    assert [again(once(score)) for score in scores] == sorted(again(once(score)) for score in scores)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans()), min_size=1, max_size=400))
def test_a_calibrator_stays_small_and_survives_json(marked: Marked) -> None:
    calibrator = fit(marked)
    assert len(calibrator.xs) <= 2 * GROUPS
    assert Isotonic.of(json.loads(json.dumps(calibrator.knots()))) == calibrator


def test_a_large_sample_is_recovered() -> None:
    scores = [i / 5000 for i in range(5000)]
    right = [(i * 2654435761 % 2**32) / 2**32 < score for i, score in enumerate(scores)]  # a share equal to the score
    calibrator = isotonic(scores, right)
    assert 10 < len(calibrator.xs) <= GROUPS
    assert all(abs(calibrator(score) - score) < 0.08 for score in scores)
    assert ece([calibrator(score) for score in scores], right) < 0.02


def test_between_two_knots_the_way_is_straight() -> None:
    calibrator = Isotonic((0.0, 2.0), (0.2, 0.8))
    assert [calibrator(score) for score in (-1, 0, 0.5, 1, 2, 9)] == pytest.approx([0.2, 0.2, 0.35, 0.5, 0.8, 0.8])


@pytest.mark.parametrize(
    ("xs", "ys"),
    [
        ((), ()),
        ((1.0,), ()),
        ((1.0, 1.0), (0.1, 0.2)),
        ((2.0, 1.0), (0.1, 0.2)),
        ((1.0, 2.0, 3.0), (0.1, 0.3, 0.2)),
        ((1.0,), (1.5,)),
        ((math.nan,), (0.5,)),
        ((math.inf,), (0.5,)),
    ],
)
def test_broken_knots_are_refused(xs: tuple[float, ...], ys: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"must|needs"):
        Isotonic(xs, ys)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_without_a_place_cannot_be_fitted(score: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        isotonic([0.0, score], [True, False])


def test_nothing_cannot_be_fitted_or_measured() -> None:
    for measure in (isotonic, ece, brier):
        with pytest.raises(ValueError, match="no answers"):
            measure([], [])


def test_a_wide_level_stretch_is_level_and_still_keeps_the_order() -> None:
    # Far below the rest half of the answers are right; that must not reach up across the gap.
    marked = [(-200.0 + i, i % 2 == 0) for i in range(100)] + [(-1.0 + i / 1000, True) for i in range(100)]
    calibrator = fit(marked)
    assert all(abs(calibrator(score) - 0.5) < 0.03 for score, _ in marked[:96])
    chances = [calibrator(score) for score, _ in marked[3:97]]
    assert all(a < b for a, b in pairwise(chances))


# The measures


def test_bins_by_hand() -> None:
    found = reliability_bins([0.0, 0.05, 0.1, 0.95, 1.0], [False, True, True, True, False])
    assert [(b.low, b.high, b.n) for b in found] == [(0.0, 0.1, 2), (0.1, 0.2, 1), (0.9, 1.0, 2)]
    assert [b.confidence for b in found] == pytest.approx([0.025, 0.1, 0.975])
    assert [b.accuracy for b in found] == [0.5, 1.0, 0.5]


@pytest.mark.parametrize(
    ("chances", "right", "expected"),
    [
        ([0.8] * 5, [True] * 4 + [False], 0.0),
        ([1.0, 1.0], [True, False], 0.5),
        ([0.95, 0.95, 0.15, 0.15], [True, True, False, True], 0.5 * 0.05 + 0.5 * 0.35),
    ],
)
def test_the_calibration_error_by_hand(chances: list[float], right: list[bool], expected: float) -> None:
    assert ece(chances, right) == pytest.approx(expected)


def test_the_brier_score_by_hand() -> None:
    assert brier([1.0, 0.5, 0.0], [True, True, True]) == pytest.approx((0 + 0.25 + 1) / 3)


@pytest.mark.parametrize(
    ("scores", "right", "area"),
    [
        ([1, 2], [False, True], 1.0),
        ([1, 2], [True, False], 0.0),
        ([1, 1], [True, False], 0.5),
        ([1, 2, 3, 4], [False, True, False, True], 0.75),
        ([1, 2, 2, 3], [False, True, False, True], 0.875),
        ([1, 2], [True, True], None),
        ([1, 2], [False, False], None),
        ([], [], None),
    ],
)
def test_the_area_under_the_curve_by_hand(scores: list[float], right: list[bool], area: float | None) -> None:
    assert auroc(scores, right) == area


@given(MARKED)
def test_the_area_counts_pairs(marked: Marked) -> None:
    pairs = [(s > t) + (s == t) / 2 for s, good in marked for t, bad in marked if good and not bad]
    assume(pairs)
    scores, right = zip(*marked, strict=True)
    assert auroc(scores, right) == pytest.approx(sum(pairs) / len(pairs))


@given(MARKED)
def test_a_monotone_map_changes_no_area(marked: Marked) -> None:
    scores, right = zip(*marked, strict=True)
    assert auroc([round(score * 1000) ** 3 for score in scores], right) == auroc(scores, right)


def test_within_groups_only_pairs_of_one_question_count() -> None:
    easy = [(9.0, True), (8.0, False)]  # right above wrong
    hard = [(1.0, True), (2.0, False), (3.0, False)]  # right below both
    alike = [(5.0, True), (5.0, True)]  # no pair
    assert auroc_within([easy, hard, alike]) == pytest.approx(1 / 3)
    assert auroc_within([alike, []]) is None
    assert auroc(*map(list, zip(*easy, *hard, strict=True))) == pytest.approx((3 + 0) / 6)  # type: ignore[arg-type]  # zip forgets the types


@given(st.lists(MARKED, max_size=5))
def test_the_order_within_and_of_groups_changes_nothing(groups: list[Marked]) -> None:
    assert auroc_within([group[::-1] for group in groups[::-1]]) == auroc_within(groups)
