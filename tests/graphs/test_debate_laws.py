"""What holds for every debate, whoever debates and whoever judges."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from disputants import REDIRECTING, Disputant, Part, objecting, preferring, ruling, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symposium.graphs import ask
from symposium.ledger.records import Outcome

RESULTS = ("1", "2", "3", "")  # "": none that could be read
NAMES: tuple[str, ...] = ("ann", "bob", "cho", "dan")
LINES: Mapping[str, Any] = {
    "continue": ruling("continue"),
    "redirect": ruling("redirect", **REDIRECTING),
    "tie": ruling("tie"),
    "conclude": ruling("conclude", names="1"),
    "nonsense": ruling("nonsense"),
    "prose": "I am not sure.",
}

course = st.lists(st.sampled_from(RESULTS), min_size=4, max_size=4)  # what a debater says first, and in each round
courses = st.integers(2, 4).flatmap(lambda size: st.lists(course, min_size=size, max_size=size))
judges = st.lists(st.sampled_from([*LINES]), min_size=1, max_size=3)
laws = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def written(answer: str) -> str:
    return said(answer) if answer else "I do not know."


def spoken(answers: Sequence[str]) -> dict[Part, Sequence[Any]]:
    first, *later = map(written, answers)
    objections = [objecting("2", "3", reason=f"no, {place}") for place in range(3)]
    return {"draft": [first], "objections": objections, "revision": later}


def debated(
    staging: Callable[[], Any],
    said_by: Mapping[str, Sequence[str]],
    *,
    judge: Sequence[str] = (),
    prefers: str = "1",
    **choices: Any,
) -> Outcome:
    """A debate of those, in that order, with a judge who rules so where there is one."""
    stage = staging()
    for name, answers in said_by.items():
        stage.cast(name, "", family=name)
        stage.actors[name] = Disputant(spoken(answers))
    if judge:
        stage.cast("judge", "", family="judge")
        lines: dict[Part, Sequence[Any]] = {
            "ruling": [LINES[one] for one in judge],
            "comparison": [preferring(prefers)],
        }
        stage.actors["judge"] = Disputant(lines)
        choices["judge"] = "judge"
    return asyncio.run(ask("17+25?", graph="debate", members=[*said_by], seed=1, **choices))


def given_by(outcome: Outcome, said_by: Mapping[str, Sequence[str]]) -> set[str]:
    rounds = outcome["metadata"]["rounds"]
    return {answer for answers in said_by.values() for answer in answers[: rounds + 1] if answer}


def laid_down(outcome: Outcome) -> set[str]:
    """What was given, whether it stands or not: who has nothing to revise does not say what it would have said."""
    drafts = [draft["answer"] for one in outcome["metadata"]["transcript"] for draft in one["drafts"]]
    return {answer for answer in (*drafts, *(flip["after"] for flip in outcome["metadata"]["flips"])) if answer}


@laws
@given(
    spoken_by=courses,
    judge=judges,
    prefers=st.sampled_from(RESULTS[:3]),
    rounds=st.integers(1, 3),
    gate=st.sampled_from(["unanimous", "never"]),
)
def test_every_debate_ends_within_its_rounds_with_an_answer_that_somebody_gave(
    staging: Any, spoken_by: list[list[str]], judge: list[str], prefers: str, rounds: int, gate: str
) -> None:
    said_by = dict(zip(NAMES, spoken_by, strict=False))
    outcome = debated(staging, said_by, judge=judge, prefers=prefers, max_rounds=rounds, gate=gate)
    assert outcome["status"] in ("answered", "partial", "abstained")
    assert outcome["metadata"]["rounds"] <= rounds
    assert len(outcome["metadata"]["rulings"]) <= rounds
    given_answers = given_by(outcome, said_by)
    assert outcome["extracted"] in given_answers | {None}
    assert {voice["answer"] for voice in outcome["dissent"]} <= given_answers
    if outcome["extracted"]:
        assert {voice["answer"] for voice in outcome["dissent"]} | {outcome["extracted"]} >= laid_down(outcome)


@laws
@given(spoken_by=courses, rounds=st.integers(1, 2), order=st.randoms(use_true_random=False))
def test_the_order_in_which_debaters_are_named_changes_nothing(
    staging: Any, spoken_by: list[list[str]], rounds: int, order: Any
) -> None:
    said_by = dict(zip(NAMES, spoken_by, strict=False))
    turned = list(said_by.items())
    order.shuffle(turned)
    one, other = (debated(staging, cast, max_rounds=rounds) for cast in (said_by, dict(turned)))
    for told in ("status", "exit", "extracted", "method", "tie"):
        assert one[told] == other[told]  # type: ignore[literal-required]  # keys of an Outcome
    assert _ordered(one) == _ordered(other)
    assert one["metadata"]["first_vote"] == other["metadata"]["first_vote"]


def _ordered(outcome: Outcome) -> list[tuple[str, float, int, list[str]]]:
    voices = outcome["dissent"]
    return sorted((voice["answer"], voice["share"], voice["votes"], sorted(voice["members"])) for voice in voices)


@laws
@given(answer=st.sampled_from(RESULTS[:3]), size=st.integers(2, 4), gate=st.sampled_from(["unanimous", "never"]))
def test_who_agrees_from_the_first_to_the_last_is_followed(staging: Any, answer: str, size: int, gate: str) -> None:
    outcome = debated(staging, {name: [answer] * 4 for name in NAMES[:size]}, gate=gate)
    assert (outcome["extracted"], outcome["dissent"], outcome["agreed"]) == (answer, [], [*NAMES[:size]])


@laws
@given(spoken_by=courses, judge=st.lists(st.sampled_from([*LINES]), max_size=2), rounds=st.integers(1, 3))
def test_an_answer_other_than_the_first_votes_has_a_recorded_reason(
    staging: Any, spoken_by: list[list[str]], judge: list[str], rounds: int
) -> None:
    outcome = debated(staging, dict(zip(NAMES, spoken_by, strict=False)), judge=judge, max_rounds=rounds)
    first, kept = outcome["metadata"]["first_vote"]["answer"], outcome["metadata"]["kept"]
    if first is not None and outcome["extracted"] != first:
        assert kept["by"] in ("judge", "check", "panel")
        assert any(kept["words"] in note for note in outcome["notes"])


@laws
@given(
    spoken_by=courses, failing=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(["objections", "revision"])))
)
def test_whoever_fails_later_on_an_answer_comes(staging: Any, spoken_by: list[list[str]], failing: Any) -> None:
    said_by = dict(zip(NAMES, spoken_by, strict=False))
    stage = staging()
    for name, answers in said_by.items():
        stage.cast(name, "", family=name)
        lines: dict[Part, Sequence[Any]] = dict(spoken(answers))
        stage.actors[name] = Disputant({part: line for part, line in lines.items() if (name, part) not in failing})
    outcome = asyncio.run(ask("17+25?", graph="debate", members=[*said_by], max_rounds=3, seed=1))
    readable = any(answers[0] for answers in said_by.values())
    assert (outcome["status"] == "answered") or not readable
