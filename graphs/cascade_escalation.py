"""Whom a cascade asks next: the stronger stage, or the one whose members are specialised in the question.

Who is specialised is told by a trained router, where one knows all who may be asked, else by the members' `good_at`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from symposium.graphs.ladder import Ladder, Stage
from symposium.ledger.records import Intent
from symposium.models.member import Member
from symposium.models.routers import known
from symposium.tools.cues import Tongue
from symposium.tools.intents import field_of, intent_of, strengths, tongue_of
from symposium.tools.routing import Router

Lacking = Callable[[int], str | None]
LANGUAGES: Mapping[Tongue, str] = {"en": "English", "ko": "Korean"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """The place of the stage that is asked next and why that one, and by place why others before it could not be.

    `place` is None where no stage can be afforded.
    """

    place: int | None
    why: str = ""
    skipped: Mapping[int, str] = field(default_factory=dict)


def next_step(
    ladder: Ladder, to_come: Sequence[int], question: str, *, lacking: Lacking, router: Router | None = None
) -> Step:
    """Choose among the stages to come, of which there is at least one.

    `lacking` says of a place what its stage cannot be afforded for, None where it can: such a one is left out for
    another that can be afforded.
    """
    order = _order(ladder, to_come, question, router)
    skipped: dict[int, str] = {}
    for place, why in order.items():
        short = lacking(place)
        if short is None:
            return Step(place=place, why=why, skipped=skipped)
        skipped[place] = short
    told = "; ".join(f"'{ladder.stages[place].name}': {short}" for place, short in skipped.items())
    return Step(place=None, why=f"no further stage can be afforded: {told}", skipped=skipped)


def _order(ladder: Ladder, to_come: Sequence[int], question: str, router: Router | None) -> dict[int, str]:
    """The places in the order in which they are preferred, each with the reason where it is a special one."""
    if ladder.escalation == "stronger":
        return dict.fromkeys(to_come, "")
    stages = {place: ladder.stages[place] for place in to_come}
    found = router and predicted(router, stages, question)
    why = _by_chance(found) if found else _by_strength(stages, topic_of(question))
    return {place: f"'{stages[place].name}' is asked next: {told}" if told else "" for place, told in why.items()}


# As a router predicts


def predicted(router: Router, stages: Mapping[int, Stage], question: str) -> dict[int, float] | None:
    """By place the predicted chance (0..1) of the best member of a stage; None unless the router knows all members."""
    members = {place: stage.members for place, stage in stages.items()}
    if any(len(known(router, each)) < len(each) for each in members.values()):
        return None
    chances = router.chances(question)
    return {place: max(chances[member.model] for member in each) for place, each in members.items()}


def _by_chance(chances: Mapping[int, float]) -> dict[int, str]:
    order = sorted(chances, key=lambda place: -chances[place])
    return {place: f"right with a predicted chance of {chances[place]:.2f}".replace("0.", ".") for place in order}


# As members are good at something


def _by_strength(stages: Mapping[int, Stage], topic: "Topic") -> dict[int, str]:
    """Specialists first, the narrow before the broad; then of whom nothing is known; last who is good at others."""
    suited = {place: suitability(stage, topic) for place, stage in stages.items()}
    order = sorted(stages, key=lambda place: suited[place].rank)
    return {place: f"good at {suited[place].at}" if suited[place].at else "" for place in order}


@dataclass(frozen=True)
class Topic:
    """What a question is about: its class, its field where that is told apart, and its language."""

    intent: Intent
    field: str | None
    tongue: Tongue


def topic_of(question: str) -> Topic:
    """Say what a question is about."""
    return Topic(intent_of(question), field_of(question), tongue_of(question))


@dataclass(frozen=True)
class Suitability:
    """How well a stage suits a question: what it is good at of that, and in how many things beside; low ranks suit.

    `at` is empty where nothing is known of its members, or they are good at something else.
    """

    rank: tuple[int, int]
    at: str = ""


UNTOLD, ELSEWHERE = Suitability((3, 0)), Suitability((4, 0))
ABROAD = 2  # the rank of who is only said to be good at the language


def suitability(stage: Stage, topic: Topic) -> Suitability:
    """Say how well a stage suits a question: as well as the best suited of its members."""
    return min((_suited(member, topic) for member in stage.members), key=lambda one: one.rank, default=UNTOLD)


def _suited(member: Member, topic: Topic) -> Suitability:
    """A field of maths says more than the class, unless the member names fields and not this one."""
    good = strengths(member.good_at)
    if not good:
        return UNTOLD
    if topic.field in good.fields:
        return Suitability((0, len(good.fields)), topic.field or "")
    if topic.intent in good.intents and not (topic.field and good.fields):
        return Suitability((1, len(good.intents)), topic.intent)
    if topic.tongue in good.tongues and not good.intents:
        return Suitability((ABROAD, 0), LANGUAGES[topic.tongue])
    return ELSEWHERE
