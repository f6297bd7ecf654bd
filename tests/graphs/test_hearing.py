"""How the answers of a cascade's stages are weighed against each other."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.graphs.hearing import Hearing, Score, confidence, doubt, of_the_answer, spokesman, weighed
from symposium.ledger.records import Signal
from symposium.models.member import Member

CAST = (Member(name="a", model="x:a", reliability=0.7), Member(name="b", model="x:b"))


def heard(
    name: str,
    answer: str | None,
    *,
    text: str = "",
    score: float | None = None,
    calibrated: bool = False,
    refuted: bool = False,
    agreed: tuple[str, ...] = (),
    signals: dict[str, Signal] | None = None,
) -> Hearing:
    outcome: Any = {
        "extracted": answer,
        "answer": text or f"answer {answer}",
        "agreed": list(agreed),
        "signals": signals or {},
    }
    return Hearing(
        stage=name,
        place=0,
        outcome=outcome,
        score=Score(value=score, calibrated=calibrated, refuted=refuted, about="answer"),
        threshold=None,
        following=None,
        why="",
        skipped=[],
        inside=None,
        outside=False,
    )


def fitted(value: float) -> Signal:
    return Signal(value=value, calibrated=True)


@pytest.mark.parametrize(
    ("hearing", "chance"),
    [
        (heard("s", "1", agreed=("a",)), 0.7),
        (heard("s", "1", agreed=("b",)), None),
        (heard("s", "43", agreed=("a",), text="17+25=43; answer 43"), 0.0),
        (heard("s", "1", agreed=("a", "b")), 0.7),
        (heard("s", "1", score=0.99, agreed=("a",)), 0.7),
        (heard("s", "1", score=0.4, calibrated=True, agreed=("a",)), 0.4),
        (heard("s", "1", agreed=("a",), signals={"checked_logprob.calibrated": fitted(0.3)}), 0.3),
        (heard("s", "1", signals={"answer.checked_logprob.calibrated": fitted(0.3)}), 0.3),
        (
            heard("s", "1", signals={"answer.checked_logprob.calibrated": fitted(0.3), "chance": fitted(0.8)}),
            0.8,
        ),
        (heard("s", "1", score=0.0, refuted=True, agreed=("a",)), 0.0),
    ],
)
def test_the_chance_is_a_fitted_one_or_what_is_known_of_the_members(hearing: Hearing, chance: float | None) -> None:
    assert confidence(hearing, CAST) == chance


def sure_of(name: str, answer: str, chance: float) -> Hearing:
    return heard(name, answer, score=chance, calibrated=True)


@pytest.mark.parametrize(
    ("hearings", "winner"),
    [
        ([sure_of("x", "1", 0.6), sure_of("y", "2", 0.8)], "2"),
        ([sure_of("x", "1", 0.9), sure_of("y", "2", 0.8)], "1"),
        ([sure_of("x", "1", 0.6), sure_of("y", "2", 0.8), sure_of("z", "1.0", 0.6)], "1"),  # 1-.4*.4 = .84
        ([sure_of("x", "1", 0.6), sure_of("y", "2", 0.9), sure_of("z", "1", 0.6)], "2"),
        ([sure_of("x", "1", 0.1), sure_of("y", "2", 0.2)], "2"),
        ([sure_of("x", "1", 0.5), sure_of("y", "2", 0.5)], "2"),  # a tie goes to the later stage
        ([heard("x", "1"), heard("y", "2")], "2"),
        ([heard("x", None), heard("y", "2", refuted=True)], "2"),
    ],
)
def test_answers_are_weighed_by_the_chance_that_not_all_who_gave_them_are_wrong(
    hearings: list[Hearing], winner: str
) -> None:
    best = weighed(hearings, CAST, None).winner
    assert best is not None
    assert best.answer == winner


def test_weights_are_the_logarithms_of_doubt() -> None:
    tally = weighed([sure_of("x", "1", 0.6), sure_of("y", "1", 0.5)], CAST, None)
    assert [candidate.weight for candidate in tally.candidates] == [pytest.approx(-math.log(0.4 * 0.5))]
    assert doubt(0.0) == 0.0
    assert math.isfinite(doubt(1.0))


CHANCES = st.sampled_from([0.0, 0.2, 0.5, 0.7, 0.95, 1.0])
HEARINGS = st.lists(st.tuples(st.sampled_from(["1", "2", "1/2", "0.5"]), CHANCES), min_size=1, max_size=4)


@given(HEARINGS)
def test_no_answer_is_invented_and_the_spokesman_is_the_last_who_gave_the_best(voices: list[tuple[str, float]]) -> None:
    hearings = [sure_of(f"s{place}", answer, chance) for place, (answer, chance) in enumerate(voices)]
    tally = weighed(hearings, CAST, None)
    assert tally.winner is not None
    shown = spokesman(hearings, tally.winner)
    assert shown["stage"] in tally.winner.members
    assert not set(tally.winner.members) & {h["stage"] for h in hearings[hearings.index(shown) + 1 :]}


@given(HEARINGS.filter(lambda voices: len({chance for _, chance in voices}) == len(voices)))
def test_the_order_of_stages_matters_in_ties_only(voices: list[tuple[str, float]]) -> None:
    hearings = [sure_of(f"s{place}", answer, chance) for place, (answer, chance) in enumerate(voices)]
    shares = [
        {c.key: pytest.approx(c.share) for c in weighed(order, CAST, None).candidates}
        for order in itertools.permutations(hearings)
    ]
    assert all(found == shares[0] for found in shares)


def test_where_nothing_could_be_read_the_last_words_stand() -> None:
    hearings = [heard("x", None), heard("y", None)]
    tally = weighed(hearings, CAST, None)
    assert tally.winner is None
    assert spokesman(hearings, tally.winner)["stage"] == "y"


def test_the_signals_of_a_votes_spokesman_are_those_of_the_answer() -> None:
    own, of_spokesman = fitted(0.1), fitted(0.2)
    assert of_the_answer({"agreement": own, "answer.margin": of_spokesman}) == {
        "agreement": own,
        "margin": of_spokesman,
    }
