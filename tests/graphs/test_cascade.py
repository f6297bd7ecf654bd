"""A cascade: who is asked, when it stops, and which of the answers it keeps."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from symposium.graphs import ask, start
from symposium.graphs.cascade import build, onward
from symposium.graphs.catalogue import strategy
from symposium.graphs.compiled import deliberative
from symposium.graphs.hearing import compared, sure
from symposium.ledger.records import UsageError

WRONG, RIGHT = "17+25=43; answer 43", "17+25=42; answer 42"


async def deliberated(**choices: Any) -> tuple[Any, list[Mapping[str, Any]]]:
    """The outcome and the events of a cascade."""
    deliberation = start("17+25?", graph="cascade", **choices)
    events: Any = [event async for event in deliberation.events()]
    return await deliberation.outcome(), events


def decisions(events: list[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    return [(event["stage"], event["escalated"]) for event in events if event["type"] == "cascade"]


async def test_a_stage_that_is_sure_enough_ends_it(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(RIGHT, probability=0.97))
    strong = stage.cast("strong", RIGHT)
    outcome, events = await deliberated(stages=["cheap", "strong"])
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("answered", "confident", "42")
    assert outcome["words"] == "stage 'cheap' was sure enough: .97 > .90"
    assert outcome["notes"] == ["stage 'cheap' answered; 1 of 2 stages asked"]
    assert outcome["signals"]["score"] == {"value": pytest.approx(0.97), "calibrated": False}
    assert decisions(events) == [("cheap", False)]
    assert strong.heard == []


async def test_an_unsure_stage_leads_to_the_next_whose_answer_is_the_better_one(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines("answer 43", probability=0.5), reliability=0.6)
    stage.cast("strong", RIGHT, reliability=0.9)
    outcome, events = await deliberated(stages=["cheap", "strong"])
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("answered", "complete", "42")
    assert outcome["words"] == "every planned step was taken; stage 'cheap' was not sure enough: .50 <= .90"
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("43", ["cheap"])]
    assert (outcome["answered"], outcome["agreed"]) == (["cheap", "strong"], ["strong"])
    assert outcome["first"]["member"] == "strong"
    assert outcome["quorum"] == {"asked": 2, "answered": 2, "failed": 0, "cancelled": 0}
    assert decisions(events) == [("cheap", True), ("strong", False)]
    decided = next(event for event in events if event["type"] == "cascade")
    assert (decided["score"], decided["threshold"], decided["answer"]) == (pytest.approx(0.5), 0.9, "43")


async def test_a_score_at_the_threshold_escalates(stage: Any) -> None:
    stage.cast("cheap", "answer 1", "answer 2", "answer 1")
    stage.cast("strong", "answer 1")
    stage.configure('window = 1\nrule = "plurality"')
    chosen: Any = {"stages": ["cheap", "strong"], "scorer": "agreement"}
    _, at_it = await deliberated(thresholds=[2 / 3], **chosen)
    stage.cast("cheap", "answer 1", "answer 2", "answer 1")
    _, below_it = await deliberated(thresholds=[0.66], **chosen)
    assert decisions(at_it) == [("cheap", True), ("strong", False)]
    assert decisions(below_it) == [("cheap", False)]


async def test_an_unknown_score_escalates(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(RIGHT, probability=None))
    stage.cast("strong", RIGHT)
    outcome, events = await deliberated(stages=["cheap", "strong"], thresholds=[0])
    assert decisions(events) == [("cheap", True), ("strong", False)]
    assert "stage 'cheap' could not be scored" in outcome["words"]


async def test_a_failed_stage_escalates_and_is_told(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(fails="auth"))
    stage.cast("strong", RIGHT)
    outcome, events = await deliberated(stages=["cheap", "strong"])
    assert (outcome["status"], outcome["extracted"], outcome["answered"]) == ("answered", "42", ["strong"])
    assert [(failure["member"], failure["kind"]) for failure in outcome["failures"]] == [("cheap", "auth")]
    (fallback,) = [event for event in events if event["type"] == "fallback"]
    assert (fallback["from"], fallback["to"], fallback["reason"]) == ("cheap", "strong", "every call failed")
    assert outcome["quorum"] == {"asked": 2, "answered": 1, "failed": 1, "cancelled": 0}


async def test_when_every_stage_fails_the_outcome_says_so(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(fails="auth"))
    stage.cast("strong", lines(text=""))
    outcome, _ = await deliberated(stages=["cheap", "strong"])
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")
    assert [failure["kind"] for failure in outcome["failures"]] == ["auth", "empty"]
    assert outcome["quorum"] == {"asked": 2, "answered": 0, "failed": 2, "cancelled": 0}


async def test_when_no_vote_can_be_read_the_cascade_abstains(stage: Any) -> None:
    stage.cast("ann", "What do you mean?")
    stage.cast("bob", "Pardon?")
    outcome, _ = await deliberated(stages=["vote(ann)", "vote(bob)"])
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("abstained", "no-answer", "none")


async def test_a_reply_without_an_answer_escalates_and_the_last_one_stands(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines("What do you mean?", probability=0.99))
    stage.cast("strong", "What? Which ones?")
    outcome, events = await deliberated(stages=["cheap", "strong"])
    assert decisions(events) == [("cheap", True), ("strong", False)]
    assert (outcome["extracted"], outcome["answer"]) == (None, "What? Which ones?")


async def test_the_best_answer_is_kept_and_not_blindly_the_last(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(RIGHT, probability=0.8), reliability=0.9)
    stage.cast("strong", WRONG, reliability=0.6)
    outcome, _ = await deliberated(stages=["cheap", "strong"])
    assert (outcome["extracted"], outcome["agreed"]) == ("42", ["cheap"])
    assert outcome["notes"][0] == "stage 'cheap' answered; 2 of 2 stages asked"
    assert [voice["members"] for voice in outcome["dissent"]] == [["strong"]]


async def test_equivalent_answers_of_several_stages_add_up(stage: Any, lines: Any) -> None:
    unsure = {"probability": 0.5}
    stage.cast("a", lines("answer 1/2", **unsure), reliability=0.6)
    stage.cast("b", lines("answer 0.7", **unsure), reliability=0.8)
    stage.cast("c", lines("answer 0.5", **unsure), reliability=0.6)
    outcome, _ = await deliberated(stages=["a", "b", "c"])
    assert (outcome["answer"], outcome["agreed"]) == ("answer 0.5", ["a", "c"])
    assert [(voice["answer"], voice["votes"]) for voice in outcome["dissent"]] == [("0.7", 1)]


async def test_what_is_unknown_of_everyone_goes_to_the_later_stage(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.8))
    stage.cast("strong", lines(RIGHT, probability=0.3))
    outcome, _ = await deliberated(stages=["cheap", "strong"])
    assert outcome["extracted"] == "42"


async def test_the_verifier_ends_it_with_right_steps(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(RIGHT, probability=0.1))
    stage.cast("strong", RIGHT)
    outcome, events = await deliberated(stages=["cheap", "strong"], scorer="verifier")
    assert (outcome["exit"], decisions(events)) == ("confident", [("cheap", False)])
    assert {"judge.verdict", "cascade"} <= {event["type"] for event in events}


@pytest.mark.parametrize(("said", "score"), [(WRONG, 0.0), ("answer 42", None)])
async def test_the_verifier_escalates_on_a_wrong_step_and_where_there_is_none(
    stage: Any, said: str, score: float | None
) -> None:
    stage.cast("cheap", said)
    stage.cast("strong", RIGHT)
    _, events = await deliberated(stages=["cheap", "strong"], scorer="verifier")
    assert [event["score"] for event in events if event["type"] == "cascade"] == [score, None]


async def test_an_answer_that_was_found_wrong_weighs_nothing(stage: Any) -> None:
    stage.cast("cheap", WRONG, reliability=0.99)
    stage.cast("strong", RIGHT, reliability=0.6)
    outcome, _ = await deliberated(stages=["cheap", "strong"], scorer="verifier")
    assert outcome["extracted"] == "42"


async def test_the_judge_reads_the_stages_own_words(stage: Any, lines: Any) -> None:
    stage.cast("cheap", RIGHT, features=("forced",))
    strong = stage.cast("strong", lines(probability=0.95), lines(RIGHT), features=("forced",))
    outcome, events = await deliberated(stages=["cheap", "strong"], scorer="judge")
    assert outcome["words"] == "stage 'cheap' was sure enough: .95 > .90"
    assert [request.forced for request in strong.heard] == [RIGHT]
    (verdict,) = [event for event in events if event["type"] == "judge.verdict"]
    said = next(event for event in events if event["type"] == "call.end" and event["member"] == "cheap")
    assert (verdict["judge"], verdict["call"]) == ("strong", said["call"])


@pytest.mark.parametrize(
    ("judge", "judged_by"),
    [(None, "strong"), ("third", "third"), ("cheap", "strong")],
)
async def test_no_model_judges_itself_while_another_can(
    stage: Any, lines: Any, judge: str | None, judged_by: str
) -> None:
    for name in ("cheap", "strong", "third"):
        stage.cast(name, lines(RIGHT, probability=0.95), features=("forced",), reliability=0.5)
    stage.cast("strong", lines(RIGHT, probability=0.95), features=("forced",), reliability=0.9)
    _, events = await deliberated(stages=["cheap", "strong"], scorer="judge", judge=judge)
    assert [event["judge"] for event in events if event["type"] == "judge.verdict"] == [judged_by]


async def test_without_anyone_who_can_judge_the_score_is_unknown(stage: Any) -> None:
    stage.cast("cheap", RIGHT)
    stage.cast("strong", RIGHT)
    _, events = await deliberated(stages=["cheap", "strong"], scorer="judge")
    assert decisions(events) == [("cheap", True), ("strong", False)]


async def test_a_judge_that_was_chosen_and_cannot_judge_is_refused_before_anyone_speaks(stage: Any) -> None:
    cheap = stage.cast("cheap", RIGHT)
    stage.cast("strong", RIGHT)
    with pytest.raises(UsageError, match=r"member 'strong'.*cannot be judge"):
        await ask("?", graph="cascade", stages=["cheap", "strong"], scorer="judge", judge="strong")
    assert cheap.heard == []


async def test_a_judge_that_fails_leaves_the_score_unknown_and_is_told(stage: Any, lines: Any) -> None:
    stage.cast("cheap", RIGHT)
    stage.cast("strong", lines(fails="refused"), lines(RIGHT), features=("forced",))
    outcome, events = await deliberated(stages=["cheap", "strong"], scorer="judge")
    assert decisions(events) == [("cheap", True), ("strong", False)]
    assert [(failure["member"], failure["role"]) for failure in outcome["failures"]] == [("strong", "judge")]
    assert outcome["quorum"]["failed"] == 0


async def test_a_graph_can_be_a_stage_and_its_minority_is_told(stage: Any) -> None:
    stage.cast("ann", "answer 1")
    stage.cast("bob", "answer 2")
    stage.cast("eve", "answer 1")
    last = stage.cast("strong", "answer 1")
    outcome, events = await deliberated(
        stages=["vote(ann,bob,eve;samples=1;rule=plurality)", "strong"], scorer="agreement", thresholds=[0.6]
    )
    stopped = any(event["type"] == "quorum" for event in events)
    assert (outcome["extracted"], last.heard, outcome["exit"]) == ("1", [], "confident")
    told = [(voice["answer"], voice["share"]) for voice in outcome["dissent"]]
    assert told == [("2", 0.0)] or (stopped and told == [])
    assert {event["parent"] for event in events if event["type"] == "call.start"} == {"stage1/sample"}


async def test_a_repair_can_be_a_stage(stage: Any) -> None:
    stage.cast("cheap", WRONG)
    stage.cast("strong", RIGHT, features=("prefix",))
    outcome, _ = await deliberated(stages=["repair(cheap,strong;rounds=1)", "strong"], scorer="verifier")
    assert (outcome["extracted"], outcome["exit"]) == ("42", "confident")


async def test_without_stages_the_members_answer_by_cost(stage: Any, lines: Any) -> None:
    dear = stage.cast("dear", RIGHT, price_input=5.0)
    stage.cast("cheap", lines(RIGHT, probability=0.99))
    stage.cast("unpriced", RIGHT, price_input=None, price_output=None)
    outcome, _ = await deliberated(members=["unpriced", "dear", "cheap"])
    assert (outcome["answered"], dear.heard) == (["cheap"], [])
    assert outcome["notes"] == ["stage 'cheap' answered; 1 of 3 stages asked"]


async def test_the_budget_ends_it_with_the_best_so_far(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5))
    strong = stage.cast("strong", RIGHT)
    outcome, _ = await deliberated(stages=["cheap", "strong"], max_calls=1)
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "budget", "43")
    assert outcome["words"] == (
        "no further stage can be afforded: 'strong': it takes 1 call, and 0 are left; "
        "stage 'cheap' was not sure enough: .00 <= .90"
    )
    assert outcome["notes"][0] == "stage 'cheap' answered; 1 of 2 stages asked"
    assert strong.heard == []


async def test_a_cascade_that_can_afford_no_further_stage_asks_nobody_and_says_so(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5))
    panel, strong = stage.cast("panel", RIGHT), stage.cast("strong", RIGHT)
    chosen: Any = {"stages": ["cheap", "vote(panel;samples=5)", "vote(strong;samples=3)"]}
    outcome, events = await deliberated(max_calls=3, **chosen)
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "budget", "43")
    assert (decisions(events), panel.heard, strong.heard) == ([("cheap", False)], [], [])
    told = next(event["words"] for event in events if event["type"] == "cascade")
    for name, calls in (("vote(panel;samples=5)", 5), ("vote(strong;samples=3)", 3)):
        assert f"'{name}': it takes {calls} calls, and 2 are left" in told
        assert f"'{name}': it takes {calls} calls, and 2 are left" in outcome["words"]


async def test_without_an_answer_and_the_means_for_another_stage_it_says_both(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(fails="auth"))
    strong = stage.cast("strong", RIGHT)
    outcome, _ = await deliberated(stages=["cheap", "strong"], max_calls=1)
    assert (outcome["status"], outcome["exit"], strong.heard) == ("failed", "budget", [])
    assert outcome["words"] == (
        "no further stage can be afforded: 'strong': it takes 1 call, and 0 are left; "
        "stage 'cheap' gave no answer: every call failed"
    )


async def test_a_stage_whose_sure_calls_are_covered_is_asked_even_if_more_are_possible(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5))
    stage.cast("panel", RIGHT, reliability=0.9)
    outcome, _ = await deliberated(stages=["cheap", "vote(panel;adaptive=true;window=1)"], max_calls=6)
    assert (outcome["exit"], outcome["extracted"]) == ("complete", "42")  # four that agree are enough, of 40


@pytest.mark.parametrize(
    "chosen",
    [{"scorer": "semantic_entropy"}, {"scorer": "agreement"}, {"scorer": "self_verification"}, {"scorer": "judge"}],
    ids=str,
)
async def test_a_cascade_that_is_forked_before_its_score_decides_as_it_did(
    stage: Any, lines: Any, chosen: dict[str, Any]
) -> None:
    said = [lines(f"answer {text}", probability=0.95) for text in ("42", "42", "42", '{"right":true}')]
    said = said[2:] if chosen["scorer"] == "self_verification" else said
    stage.cast("cheap", *said, features=("chat", "schema"))
    stage.cast(
        "strong",
        lines('{"reason":"so","quote":"","right":true,"grade":10}', probability=0.95),
        features=("chat", "schema"),
    )
    stage.configure('window = 1\nrule = "plurality"')
    form: Any = partial(strategy("cascade").form, stages=["cheap", "strong"], seed=7, **chosen)
    compiled = deliberative(build(), checkpointer=InMemorySaver())
    place: Any = {"configurable": {"thread_id": "t"}}
    asked: Any = {"messages": [{"role": "user", "content": "17+25?"}]}
    first = (await compiled.ainvoke(asked, place, context=form()))["outcome"]
    (before,) = [one async for one in compiled.aget_state_history(place) if one.next == ("score",)]
    forked = (await compiled.ainvoke(None, before.config, context=form()))["outcome"]
    for key in ("extracted", "exit", "words", "notes", "quorum", "agreed"):
        assert forked[key] == first[key]
    assert (first["exit"], first["signals"]["score"]) == ("confident", forked["signals"]["score"])


async def test_a_budget_that_stops_a_stage_ends_the_cascade(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5))
    outcome, events = await deliberated(stages=["vote(cheap;samples=3)", "cheap"], max_calls=2)
    assert decisions(events) == [("vote(cheap;samples=3)", False)]
    assert (outcome["status"], outcome["exit"], outcome["quorum"]["cancelled"]) == ("partial", "budget", 1)


async def test_conclude_ends_with_what_is_there(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5))
    stage.cast("strong", lines("hm", hangs=True))
    deliberation = start("?", graph="cascade", stages=["cheap", "strong"])
    async for event in deliberation.events():
        if event["type"] == "call.start" and dict(event)["member"] == "strong":
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "concluded", "43")


@pytest.mark.parametrize("probability", [0.5, 0.97])
async def test_only_the_last_word_is_streamed(stage: Any, lines: Any, probability: float) -> None:
    stage.cast("cheap", lines(WRONG, probability=probability))
    stage.cast("strong", RIGHT)
    outcome, events = await deliberated(stages=["cheap", "strong"])
    assert "".join(event["text"] for event in events if event["type"] == "answer.delta") == outcome["answer"]


@pytest.mark.parametrize(("following", "way"), [(1, "ask"), (0, "ask"), (None, "close")])
def test_the_latest_decision_says_where_to_go(following: int | None, way: str) -> None:
    state: Any = {"hearings": [{"following": 2}, {"following": following}]}
    assert onward(state) == way


@pytest.mark.parametrize(("value", "threshold", "claim"), [(0.91, 0.9, True), (0.9, 0.9, False), (None, 0.0, False)])
def test_a_score_is_sure_above_its_threshold(value: float | None, threshold: float, claim: bool) -> None:
    assert sure({"value": value, "calibrated": False, "refuted": False, "about": "answer"}, threshold) is claim


@pytest.mark.parametrize(
    ("score", "threshold", "written"),
    [
        (0.97, 0.9, ".97 > .90"),
        (0.9, 0.9, ".90 <= .90"),
        (1.0, 0.9, "1.00 > .90"),
        (0.0, 0.9, ".00 <= .90"),
        (0.9001, 0.9, ".9001 > .9000"),
    ],
)
def test_figures_are_written_so_that_they_can_be_told_apart(score: float, threshold: float, written: str) -> None:
    assert compared(score, threshold) == written


CALENDAR = "What day of the week is 9 days after Monday?"


async def test_the_specialist_is_asked_next_and_the_notes_say_why(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines("answer Monday", probability=0.3))
    strong = stage.cast("strong", "answer Sunday", good_at=("arithmetic", "calendar", "lists"))
    stage.cast("dates", lines("answer Wednesday", probability=0.97), good_at=("calendar",))
    deliberation = start(CALENDAR, graph="cascade", stages=["cheap", "strong", "dates"], escalation="specialist")
    events: Any = [event async for event in deliberation.events()]
    outcome = await deliberation.outcome()
    why = "'dates' is asked next: good at calendar"
    assert (outcome["extracted"], outcome["exit"], strong.heard) == ("Wednesday", "confident", [])
    assert outcome["notes"] == ["stage 'dates' answered; 2 of 3 stages asked", why]
    told = [event for event in events if event["type"] == "cascade"]
    assert [(event["stage"], event["place"], event["next"]) for event in told] == [
        ("cheap", 0, "dates"),
        ("dates", 2, None),
    ]
    assert told[0]["words"] == f"stage 'cheap' was not sure enough: .30 <= .90; {why}"


async def test_an_unsure_specialist_leads_to_the_stages_that_are_left(stage: Any, lines: Any) -> None:
    unsure = lines("answer Monday", probability=0.3)
    stage.cast("cheap", unsure)
    stage.cast("strong", "answer Wednesday", reliability=0.9)
    stage.cast("dates", lines("answer Wednesday", probability=0.3), good_at=("calendar",))
    deliberation = start(CALENDAR, graph="cascade", stages=["cheap", "strong", "dates"], escalation="specialist")
    events: Any = [event async for event in deliberation.events()]
    assert decisions(events) == [("cheap", True), ("dates", True), ("strong", False)]
    outcome = await deliberation.outcome()
    assert (outcome["extracted"], outcome["agreed"]) == ("Wednesday", ["strong", "dates"])


@pytest.mark.parametrize("escalation", ["stronger", "specialist"])
async def test_a_stage_that_the_budget_does_not_cover_is_left_out_for_one_that_it_does(
    stage: Any, lines: Any, escalation: str
) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5))
    panel = stage.cast("panel", RIGHT)
    stage.cast("strong", lines(RIGHT, probability=0.5), reliability=0.9)
    chosen: Any = {"stages": ["cheap", "vote(panel;samples=3)", "strong"], "escalation": escalation}
    outcome, events = await deliberated(max_calls=3, **chosen)
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("answered", "complete", "42")
    assert decisions(events) == [("cheap", True), ("strong", False)]
    assert "stage 'vote(panel;samples=3)' was left out: it takes 3 calls, and 2 are left" in outcome["notes"]
    assert panel.heard == []


async def test_the_way_on_is_chosen_anew_after_each_answer_by_what_is_left_then(stage: Any, lines: Any) -> None:
    unsure = {"probability": 0.5}
    stage.cast("cheap", lines(WRONG, **unsure))
    stage.cast("panel", lines(WRONG, **unsure))
    stage.cast("strong", RIGHT, reliability=0.9)
    chosen: Any = {"stages": ["cheap", "vote(panel;samples=3)", "vote(cheap;samples=4)", "strong"]}
    outcome, events = await deliberated(max_calls=6, **chosen)
    assert [stage for stage, _ in decisions(events)] == ["cheap", "vote(panel;samples=3)", "strong"]
    assert outcome["notes"][-1] == "stage 'vote(cheap;samples=4)' was left out: it takes 4 calls, and 2 are left"


async def test_money_that_covers_no_dear_stage_still_covers_a_cheap_one(stage: Any, lines: Any) -> None:
    stage.cast("cheap", lines(WRONG, probability=0.5), max_tokens=100, reliability=0.5)
    dear = stage.cast("dear", RIGHT, price_output=1000.0, max_tokens=100)
    stage.cast("middling", RIGHT, max_tokens=100, reliability=0.9)
    outcome, _ = await deliberated(stages=["cheap", "dear", "middling"], budget=0.01)
    assert (outcome["extracted"], outcome["answered"], dear.heard) == ("42", ["cheap", "middling"], [])
    assert any(note.startswith("stage 'dear' was left out: it may cost $0.1") for note in outcome["notes"])


async def test_a_cascade_can_be_a_stage_of_a_cascade(stage: Any, lines: Any) -> None:
    unsure = {"probability": 0.5}
    stage.cast("a", lines(WRONG, **unsure), reliability=0.5)
    stage.cast("b", lines(WRONG, **unsure), reliability=0.5)
    stage.cast("c", lines(RIGHT, probability=0.95), reliability=0.9)
    last = stage.cast("d", WRONG)
    outcome, events = await deliberated(stages=["a", "cascade(b,c,d;thresholds=0.8)", "d"])
    assert (outcome["extracted"], outcome["exit"], last.heard) == ("42", "confident", [])
    assert decisions(events) == [
        ("a", True),
        ("b", True),
        ("c", False),
        ("cascade(b,c,d;thresholds=0.8)", False),
    ]
    assert {event["parent"] for event in events if event["type"] == "call.start"} == {
        "stage1/answer",
        "stage2/stage1/answer",
        "stage2/stage2/answer",
    }


async def test_a_preset_can_be_a_stage(stage: Any, lines: Any) -> None:
    stage.cast("a", lines(WRONG, probability=0.5))
    stage.cast("b", RIGHT)
    stage.file.write_text(stage.file.read_text() + "[preset.careful]\ngraph = 'vote'\nmembers = ['b']\nsamples = 2\n")
    outcome, events = await deliberated(stages=["a", "careful"])
    assert decisions(events) == [("a", True), ("careful", False)]
    assert (outcome["extracted"], outcome["quorum"]["asked"]) == ("42", 3)
