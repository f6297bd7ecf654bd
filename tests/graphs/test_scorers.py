"""What the stages of a cascade are scored by."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from bringing import bring

from symposium.graphs import ask, start
from symposium.graphs.forms import CascadeContext
from symposium.graphs.scorers import SCORERS
from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.settings import ScorerName

RIGHT = "17+25=42; answer 42"
ZOO = ["small", "large"]


async def scored(question: str = "17+25?", **choices: Any) -> tuple[Any, list[Mapping[str, Any]]]:
    """The outcome of a cascade, and its decisions."""
    deliberation = start(question, graph="cascade", **choices)
    events: Any = [event async for event in deliberation.events()]
    return await deliberation.outcome(), [event for event in events if event["type"] == "cascade"]


def test_every_scorer_that_can_be_chosen_is_there() -> None:
    assert tuple(SCORERS) == get_args(ScorerName)


@pytest.mark.parametrize("name", SCORERS)
async def test_every_scorer_tells_how_sure_a_bundled_mind_is(stage: Any, name: str) -> None:
    stage.configure("")
    outcome, (first, *_) = await scored("What is 73 times 8?", stages=ZOO, scorer=name, thresholds=[0.0], seed=7)
    assert 0 <= first["score"] <= 1
    assert first["calibrated"] is (name not in ("agreement", "semantic_entropy", "verifier"))
    assert (outcome["extracted"], first["scorer"]) == ("584", name)


@pytest.mark.parametrize("name", ["mean_logprob", "min_logprob"])
async def test_a_signal_that_was_not_fitted_is_read_as_a_chance_and_marked_raw(
    stage: Any, lines: Any, name: str
) -> None:
    stage.cast("cheap", lines("yes indeed 42", probability=0.125))
    stage.cast("strong", RIGHT)
    _, (first, _) = await scored(stages=["cheap", "strong"], scorer=name)
    assert (first["score"], first["calibrated"]) == (pytest.approx(0.5), False)  # three words of .5 each


@pytest.mark.parametrize("name", ["mean_logprob", "min_logprob", "token_entropy", "margin", "in_domain"])
async def test_what_is_not_told_is_unknown_and_escalates(stage: Any, lines: Any, name: str) -> None:
    stage.cast("cheap", lines(RIGHT, probability=None))
    stage.cast("strong", RIGHT)
    _, decisions = await scored(stages=["cheap", "strong"], scorer=name, thresholds=[0])
    assert [(one["score"], one["escalated"]) for one in decisions] == [(None, True), (None, False)]


@pytest.mark.parametrize(
    ("said", "samples", "score"),
    [
        (("answer 7", "answer 1/2", "answer 50%", "answer 0.5"), 4, 0.594361),
        (("answer 1", "answer 2", "answer 3"), 3, 0.0),
        (("answer 1", "answer 2"), 2, 0.0),
        (("What?", "answer 2"), 2, None),
        (("answer 1",), 1, None),
    ],
)
async def test_semantic_entropy_tells_how_far_the_samples_scatter(
    stage: Any, said: tuple[str, ...], samples: int, score: float | None
) -> None:
    stage.cast("cheap", *said)
    stage.cast("strong", "answer 1")
    stage.configure('window = 1\nrule = "plurality"')
    _, (first, _) = await scored(stages=["cheap", "strong"], scorer="semantic_entropy", samples=samples)
    assert first["score"] == (None if score is None else pytest.approx(score, abs=1e-6))


CHAT = ("chat", "schema")


async def test_a_member_verifies_its_own_answer(stage: Any, lines: Any) -> None:
    cheap = stage.cast("cheap", lines(RIGHT), lines('{"right":true}', probability=0.95), features=CHAT)
    strong = stage.cast("strong", RIGHT)
    outcome, decisions = await scored(stages=["cheap", "strong"], scorer="self_verification")
    assert [(one["score"], one["escalated"]) for one in decisions] == [(pytest.approx(0.95), False)]
    assert (outcome["exit"], strong.heard, len(cheap.heard)) == ("confident", [], 2)


async def test_whoever_wrote_the_answer_of_several_verifies_it(stage: Any, lines: Any) -> None:
    drafter = stage.cast("drafter", RIGHT, features=CHAT)
    writer = stage.cast("writer", "Answer: 42", '{"right":false}', features=CHAT)
    stage.cast("strong", RIGHT)
    _, decisions = await scored(stages=["moa(drafter;aggregator_model=writer)", "strong"], scorer="self_verification")
    assert [one["escalated"] for one in decisions] == [True, False]
    assert (len(drafter.heard), len(writer.heard)) == (1, 2)


async def test_who_cannot_verify_or_fails_to_leaves_the_score_unknown(stage: Any, lines: Any) -> None:
    stage.cast("mute", RIGHT)
    stage.cast("broken", lines(RIGHT), lines(fails="refused"), features=CHAT)
    stage.cast("strong", RIGHT)
    outcome, decisions = await scored(stages=["mute", "broken", "strong"], scorer="self_verification")
    assert [one["score"] for one in decisions] == [None, None, None]
    assert [(one["member"], one["role"]) for one in outcome["failures"]] == [("broken", "verifier")]


# The domain


async def test_a_question_outside_what_a_stage_knows_is_not_answered_by_it(
    stage: Any,
) -> None:
    stage.cast("strong", "answer 7")
    choices: Any = {"stages": ["small", "strong"], "scorer": "in_domain", "thresholds": [0.999]}
    outcome, decisions = await scored("What is 73 times 8?", **choices)
    assert [one["escalated"] for one in decisions] == [True, False]
    assert "stage 'small' found the question outside what it knows" in decisions[0]["words"]
    assert (outcome["extracted"], outcome["dissent"]) == ("7", [])
    assert outcome["answered"] == ["small", "strong"]


async def test_what_a_stage_said_outside_its_domain_stands_where_nobody_else_answers(stage: Any, lines: Any) -> None:
    stage.cast("strong", lines(fails="auth"))
    choices: Any = {"stages": ["small", "strong"], "scorer": "in_domain", "thresholds": [0.999]}
    outcome, _ = await scored("What is 73 times 8?", **choices)
    assert (outcome["extracted"], outcome["answered"]) == ("584", ["small"])
    assert outcome["signals"]["out_of_domain"]["calibrated"]
    assert 0 < outcome["signals"]["out_of_domain"]["value"] < 0.2


async def test_what_bundled_minds_refuse_goes_to_who_is_good_at_it(stage: Any) -> None:
    strong = stage.cast("strong", "Answer: Berlin")
    stage.cast("historian", "Answer: Paris", good_at=("history",), reliability=0.9)
    chosen: Any = {"stages": ["small", "strong", "historian"], "escalation": "specialist", "thresholds": [0.0]}
    outcome, decisions = await scored("Which city is the capital of France?", **chosen)
    assert (decisions[0]["stage"], decisions[0]["next"]) == ("small", "historian")
    assert "lies outside what the bundled minds know" in decisions[0]["words"]
    assert (outcome["status"], outcome["extracted"], strong.heard) == ("answered", "Paris", [])


async def test_a_chance_of_the_question_is_no_chance_of_the_answer(stage: Any) -> None:
    stage.cast("strong", "answer 7", reliability=0.99)
    outcome, _ = await scored("What is 73 times 8?", stages=["vote(small,strong;samples=1)", "strong"], thresholds=[0])
    assert "out_of_domain" not in outcome["signals"]  # of a stage with others in it nothing is known


# What packages bring along

GROUP = "symposium.scorers"
SOUND = """
import asyncio

def sure(question, answer, signals):
    return 0.95 if question == "17+25?" and answer.endswith("42") and "sum_logprob" in signals else 0.0

async def slowly(question, answer, signals):
    await asyncio.sleep(0)
    return 0.95

class Object:
    async def __call__(self, question, answer, signals):
        await asyncio.sleep(0)
        return 0.95

called = Object()

def unknown(question, answer, signals):
    return None

def wild(question, answer, signals):
    return 17

def breaks(question, answer, signals):
    raise RuntimeError("out of cheese")

number = 5
"""


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("sure", "slowly", "called", "unknown", "wild", "breaks", "number")
    points = {**{name: f"brought_scorers:{name}" for name in names}, "absent": "brought_scorers:nothing"}
    bring(tmp_path, monkeypatch, modules={"brought_scorers": SOUND}, points={GROUP: points})


@pytest.mark.usefixtures("brought")
@pytest.mark.parametrize(
    ("name", "score", "note"),
    [
        ("sure", 0.95, None),
        ("slowly", 0.95, None),
        ("called", 0.95, None),
        ("unknown", None, None),
        ("wild", None, "scorer 'wild' could not score a stage: ValueError: a score must lie between 0 and 1"),
        ("breaks", None, "scorer 'breaks' could not score a stage: RuntimeError: out of cheese"),
    ],
)
async def test_a_package_may_bring_a_scorer(stage: Any, name: str, score: float | None, note: str | None) -> None:
    stage.cast("cheap", RIGHT)
    strong = stage.cast("strong", RIGHT)
    outcome, (first, *_) = await scored(stages=["cheap", "strong"], scorer=name)
    assert (first["score"], first["calibrated"], len(strong.heard)) == (score, False, 0 if score else 1)
    told = [words for words in outcome["notes"] if words.startswith("scorer")]
    assert [words.startswith(note or "") for words in told] == ([True] if note else [])


@pytest.mark.usefixtures("brought")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("number", r"'number' of symposium\.scorers cannot be used: it is no function"),
        ("absent", r"'absent' of symposium\.scorers cannot be used: brought_scorers:nothing: AttributeError"),
    ],
)
def test_a_scorer_that_is_broken_is_told_before_anybody_is_asked(stage: Any, name: str, words: str) -> None:
    stage.cast("cheap", RIGHT)
    with pytest.raises(ConfigurationError, match=words):
        CascadeContext(stages=["cheap"], scorer=name)


def test_a_package_that_takes_the_name_of_a_scorer_of_ours_is_told_where_that_is_chosen(
    stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {GROUP: {"margin": "brought_margin:sure"}}
    bring(tmp_path, monkeypatch, modules={"brought_margin": SOUND}, points=points)
    stage.cast("cheap", RIGHT)
    with pytest.raises(ConfigurationError, match=r"'margin' of symposium\.scorers has the name of a scorer that is bu"):
        CascadeContext(stages=["cheap"], scorer="margin")
    assert CascadeContext(stages=["cheap"], scorer="agreement").ladder.scorer == "agreement"


@pytest.mark.usefixtures("brought")
def test_an_unknown_scorer_is_told_with_those_that_are_registered(stage: Any) -> None:
    stage.cast("cheap", RIGHT)
    with pytest.raises(UsageError, match=r"'scorer' = 'shure': no such scorer; did you mean 'sure'\? known: absent, "):
        CascadeContext(stages=["cheap"], scorer="shure")


@pytest.mark.usefixtures("brought")
async def test_a_scorer_of_a_package_is_stopped_with_the_run(stage: Any) -> None:
    stage.cast("cheap", RIGHT)
    stage.cast("strong", RIGHT)
    deliberation = start("17+25?", graph="cascade", stages=["cheap", "strong"], scorer="slowly")
    async for event in deliberation.events():
        if event["type"] == "call.end":
            deliberation.conclude()
    outcome = await asyncio.wait_for(deliberation.outcome(), 5)
    assert (outcome["status"], outcome["extracted"]) == ("partial", "42")


async def test_the_scorer_can_be_chosen_in_the_file_and_for_a_request(stage: Any) -> None:
    stage.cast("cheap", RIGHT)
    stage.configure('stages = ["cheap"]\nscorer = "margin"')
    assert CascadeContext().ladder.scorer == "margin"
    assert CascadeContext(scorer="min_logprob").ladder.scorer == "min_logprob"
    assert (await ask("17+25?", graph="cascade"))["extracted"] == "42"
