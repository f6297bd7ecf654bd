"""Whom a cascade asks next: the stronger stage or the specialist, as far as the budget left covers it."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symposium.graphs.cascade_escalation import Step, next_step, suitability, topic_of
from symposium.graphs.ladder import Ladder, Stage
from symposium.models.member import Member
from symposium.models.settings import EscalationName
from symposium.tools.calibration import Isotonic
from symposium.tools.routing import Regression, Router

GOOD_AT: dict[str, tuple[str, ...]] = {
    "cheap": (),
    "dates": ("calendar",),
    "sums": ("arithmetic", "lists"),
    "all": ("arithmetic", "calendar", "lists", "time", "units", "word problems"),
    "mathematician": ("mathematics",),
    "poet": ("creative writing",),
    "seoul": ("Korean",),
}
CALENDAR = "What day of the week is 9 days after Monday?"
SUM = "What is 17 + 25?"
POEM = "Write me a short poem about the sea."
KOREAN = "1592년에 시작된 전쟁의 이름은 무엇인가요?"


def stage(*members: str) -> Stage:
    made = tuple(Member(name=name, model=f"x:{name}", good_at=GOOD_AT[name]) for name in members)
    return Stage(name="+".join(members), graph="vote", choices={}, members=made)


def ladder(*names: str, escalation: EscalationName = "specialist") -> Ladder:
    stages = tuple(stage(*name.split("+")) for name in names)
    return Ladder(stages=stages, thresholds=(0.9,) * (len(names) - 1), scorer="confidence", escalation=escalation)


def order(laid: Ladder, question: str) -> list[str]:
    """Who is asked if nobody is ever sure."""
    asked = [0]
    while to_come := laid.to_come(asked):
        place = next_step(laid, to_come, question, lacking=lambda place: None).place
        assert place is not None
        asked.append(place)
    return [laid.stages[place].name for place in asked]


@pytest.mark.parametrize(
    ("stages", "question", "asked"),
    [
        (("cheap", "all", "dates", "sums"), CALENDAR, ["cheap", "dates", "all", "sums"]),
        (("cheap", "all", "dates", "sums"), SUM, ["cheap", "sums", "all", "dates"]),
        (("cheap", "poet", "mathematician"), SUM, ["cheap", "mathematician", "poet"]),
        (("cheap", "mathematician", "poet"), POEM, ["cheap", "poet", "mathematician"]),
        (("cheap", "mathematician", "sums"), CALENDAR, ["cheap", "mathematician", "sums"]),
        (("cheap", "poet", "seoul"), KOREAN, ["cheap", "seoul", "poet"]),
        (("cheap", "poet+dates", "all"), CALENDAR, ["cheap", "poet+dates", "all"]),
        (("dates", "poet", "all"), SUM, ["dates", "all", "poet"]),
    ],
)
def test_the_specialist_is_asked_before_the_stronger_one(
    stages: tuple[str, ...], question: str, asked: list[str]
) -> None:
    assert order(ladder(*stages), question) == asked


def test_who_is_not_known_to_be_good_at_anything_comes_before_who_is_good_at_something_else() -> None:
    unknown = Stage(name="new", graph="single", choices={}, members=(Member(name="new", model="x:new"),))
    laid = ladder("cheap", "poet", "dates")
    laid = Ladder(stages=(*laid.stages, unknown), thresholds=(0.9,) * 3, scorer="confidence", escalation="specialist")
    assert order(laid, CALENDAR) == ["cheap", "dates", "new", "poet"]


@pytest.mark.parametrize("question", [CALENDAR, SUM, POEM, KOREAN])
def test_the_stronger_one_is_asked_in_the_order_of_the_stages(question: str) -> None:
    assert order(ladder("cheap", "all", "dates", escalation="stronger"), question) == ["cheap", "all", "dates"]


def test_why_a_specialist_is_asked_is_told() -> None:
    laid = ladder("cheap", "all", "dates")
    step = next_step(laid, laid.to_come([0]), CALENDAR, lacking=lambda place: None)
    assert step == Step(place=2, why="'dates' is asked next: good at calendar")
    plain = ladder("cheap", "all", "dates", escalation="stronger")
    assert next_step(plain, plain.to_come([0]), CALENDAR, lacking=lambda place: None).why == ""


@pytest.mark.parametrize(
    ("affordable", "place", "skipped"),
    [
        ({1, 2, 3}, 1, []),
        ({2, 3}, 2, [1]),
        ({3}, 3, [1, 2]),
        (set[int](), None, [1, 2, 3]),
    ],
)
def test_what_cannot_be_afforded_is_left_out_for_what_can(
    affordable: set[int], place: int | None, skipped: Sequence[int]
) -> None:
    laid = ladder("cheap", "all", "dates", "sums", escalation="stronger")

    def lacking(place: int) -> str | None:
        return None if place in affordable else f"no money for {place}"

    step = next_step(laid, laid.to_come([0]), SUM, lacking=lacking)
    assert (step.place, dict(step.skipped)) == (place, {each: f"no money for {each}" for each in skipped})


def test_where_nothing_can_be_afforded_nobody_is_asked_and_it_is_told_of_each() -> None:
    laid = ladder("cheap", "all", "dates")
    step = next_step(laid, laid.to_come([0]), SUM, lacking=lambda place: f"no money for {place}")
    assert step.place is None
    assert step.why == "no further stage can be afforded: 'all': no money for 1; 'dates': no money for 2"


NAMES = st.lists(st.sampled_from([name for name in GOOD_AT if name != "cheap"]), unique=True, min_size=1)


@given(NAMES, st.sampled_from([CALENDAR, SUM, POEM, KOREAN]), st.sampled_from(["stronger", "specialist"]))
def test_every_stage_is_asked_once_at_most_and_all_of_them_if_nobody_is_sure(
    names: list[str], question: str, escalation: Any
) -> None:
    assert sorted(order(ladder("cheap", *names, escalation=escalation), question)) == sorted(["cheap", *names])


def test_a_stage_suits_as_well_as_the_best_of_its_members() -> None:
    topic = topic_of(CALENDAR)
    assert suitability(stage("poet", "dates"), topic) == suitability(stage("dates"), topic)


def router(**chances: float) -> Router:
    """A router that predicts the same of every question."""
    level = Isotonic((0.0,), (0.0,))
    return Router(
        buckets=1,
        digests={f"x:{name}": None for name in chances},
        regressions={
            f"x:{name}": Regression(0.0, 1.0, array("b", [0]), replace(level, ys=(chance,)))
            for name, chance in chances.items()
        },
        tokens={},
        sample=[],
        reroute=None,
    )


def test_a_trained_router_that_knows_everybody_chooses_whoever_is_likeliest_to_be_right() -> None:
    laid = ladder("cheap", "all", "dates")
    trained = router(all=0.93, dates=0.6)
    step = next_step(laid, laid.to_come([0]), CALENDAR, lacking=lambda place: None, router=trained)
    assert step == Step(place=1, why="'all' is asked next: right with a predicted chance of .93")


def test_a_trained_router_that_does_not_know_everybody_chooses_nobody() -> None:
    laid = ladder("cheap", "all", "dates")
    step = next_step(laid, laid.to_come([0]), CALENDAR, lacking=lambda place: None, router=router(all=0.93))
    assert step.place == 2
