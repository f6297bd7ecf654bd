"""A debate: who is heard, what ends it, and which answer is left."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from disputants import REDIRECTING, Disputant, Part, objecting, preferring, ruling, said
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from symposium.graphs import ask, start
from symposium.graphs.catalogue import strategy
from symposium.graphs.compiled import deliberative
from symposium.graphs.debate import build
from symposium.graphs.stage import stage as as_stage
from symposium.ledger.records import ConfigurationError, Outcome, UsageError
from symposium.models.member import turn_tokens

QUESTION = "17+25?"
Casting = Callable[..., Disputant]


@pytest.fixture
def disputes(stage: Any) -> Casting:
    """Adds a debater or judge of a family of its own; `lines` are what it says in each part."""

    def cast(name: str, lines: Mapping[Part, Sequence[Any]], **entry: object) -> Disputant:
        stage.cast(name, "", **{"family": name, **entry})
        made = stage.actors[name] = Disputant(lines)
        return made

    return cast


@pytest.fixture
def debaters(disputes: Casting) -> Callable[..., dict[str, Disputant]]:
    """Adds debaters by what they answer, now and later; each objects to `wrong` answers."""

    def cast(wrong: Sequence[str] = (), **answers: str) -> dict[str, Disputant]:
        return {
            name: disputes(
                name,
                {
                    "draft": [said(told.split()[0])],
                    "objections": [objecting(*wrong)],
                    "revision": [said(answer) for answer in told.split()[1:] or told.split()],
                },
            )
            for name, told in answers.items()
        }

    return cast


def judging(disputes: Casting, *rulings: Any, name: str = "judge", prefers: str = "", **entry: object) -> Disputant:
    lines: dict[Part, Sequence[Any]] = {"ruling": rulings}
    if prefers:
        lines["comparison"] = [preferring(prefers)]
    return disputes(name, lines, **entry)


async def heard(question: str = QUESTION, **choices: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    """The outcome and the events of a debate of ann, bob and eve unless others are named."""
    deliberation = start(question, graph="debate", **{"members": ["ann", "bob", "eve"], **choices})
    events = [dict(event) async for event in deliberation.events()]
    return await deliberation.outcome(), events


async def debated(question: str = QUESTION, **choices: Any) -> Outcome:
    return (await heard(question, **choices))[0]


def of(events: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [event for event in events if event["type"] == kind]


def writing(disputes: Casting, **drafts: Sequence[str]) -> None:
    """Adds debaters that object to nobody, by their whole draft and what they write when they reconsider it."""
    for name, (first, *later) in drafts.items():
        lines: dict[Part, Sequence[Any]] = {"draft": [first], "objections": [objecting()], "revision": later or [first]}
        disputes(name, lines, reliability={"ann": 0.9, "bob": 0.7}.get(name, 0.6))


# The gate


async def test_drafts_that_agree_are_not_debated(debaters: Any) -> None:
    cast = debaters(ann="42", bob="42", eve="42")
    outcome, events = await heard()
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("answered", "unanimous", "42")
    assert (outcome["words"], outcome["totals"]["calls"]) == ("all drafts agreed, so that nothing was debated", 3)
    assert [len(one.heard) for one in cast.values()] == [1, 1, 1]
    (gate,) = of(events, "gate")
    assert (gate["gate"], gate["debate"], gate["agreement"]) == ("unanimous", False, 1.0)
    assert gate["would"] == {"unanimous": False, "never": True}
    assert (outcome["metadata"]["rounds"], outcome["metadata"]["transcript"]) == (0, [])


@pytest.mark.parametrize(
    ("gate", "answers", "rounds"),
    [
        ("unanimous", ("42", "42", "42"), 0),
        ("unanimous", ("42", "42", "41"), 1),
        ("never", ("42", "42", "42"), 1),
        ("never", ("42", "42", "41"), 1),
    ],
)
async def test_a_gate_spares_what_it_says(debaters: Any, gate: str, answers: Sequence[str], rounds: int) -> None:
    debaters(**dict(zip(("ann", "bob", "eve"), answers, strict=True)))
    outcome = await debated(gate=gate)
    assert outcome["metadata"]["rounds"] == rounds
    assert outcome["metadata"]["gate"]["would"] == {"unanimous": len({*answers}) > 1, "never": True}


async def test_one_draft_alone_is_not_debated(debaters: Any, disputes: Casting) -> None:
    debaters(ann="42")
    for name in ("bob", "eve"):
        disputes(name, {})
    outcome = await debated(gate="never")
    assert (outcome["status"], outcome["extracted"], outcome["answered"]) == ("answered", "42", ["ann"])
    assert outcome["words"] == "nothing was debated: there is but one draft"
    assert outcome["quorum"] == {"asked": 3, "answered": 1, "failed": 2, "cancelled": 0}


async def test_members_that_cannot_revise_have_nothing_to_debate(stage: Any) -> None:
    for name, answer in (("ann", "1"), ("bob", "2")):
        stage.cast(name, f"answer {answer}", prompt="bare")
    outcome = await debated(members=["ann", "bob"])
    assert outcome["words"] == "nothing was debated: nobody can revise a draft"
    assert (outcome["exit"], outcome["totals"]["calls"]) == ("complete", 2)


async def test_agreement_saves_more_than_a_third_of_the_calls(debaters: Any) -> None:
    """Four questions of five are agreed on."""
    cast = debaters(wrong=["41"], ann="42", bob="42", eve="41 42")
    cast["eve"].lines = {**cast["eve"].lines, "draft": [said(answer) for answer in ["41", "42", "42", "42", "42"] * 4]}
    calls = dict[str, int]()
    for gate in ("unanimous", "never"):
        outcomes = [await debated(gate=gate) for _ in range(10)]
        assert {outcome["extracted"] for outcome in outcomes} == {"42"}
        calls[gate] = sum(outcome["totals"]["calls"] for outcome in outcomes)
    assert calls["unanimous"] <= 0.65 * calls["never"]


# A round


async def test_who_is_shown_the_error_changes_its_mind_and_that_is_told_with_the_argument(debaters: Any) -> None:
    cast = debaters(wrong=["41"], ann="42", bob="42", eve="41 42")
    outcome, events = await heard()
    assert (outcome["exit"], outcome["extracted"], outcome["method"]) == ("converged", "42", "vote")
    (flip,) = outcome["metadata"]["flips"]
    assert (flip["member"], flip["round"], flip["before"], flip["after"], flip["stands"]) == (
        "eve",
        1,
        "41",
        "42",
        True,
    )
    assert flip["critics"] == ["ann", "bob"]
    assert flip["argument"] == "“Answer: 41”: that is not so; “Answer: 41”: that is not so"
    assert [{key: event[key] for key in flip} for event in of(events, "flip")] == [flip]
    assert [len(one.asked("revision")) for one in cast.values()] == [1, 1, 1], "all differ from somebody"
    assert (outcome["metadata"]["rounds"], outcome["metadata"]["stopped_by"]) == (1, "agreement")


async def test_the_events_tell_drafts_gate_critique_revision_vote_and_stop_in_this_order(debaters: Any) -> None:
    debaters(wrong=["41"], ann="42", bob="42", eve="41 42")
    _, events = await heard()
    told = [event["type"] for event in events if not event["type"].startswith(("call", "run", "answer"))]
    assert told == [
        *("round.start", "vote", "gate", "round.start", "critique", "critique", "round.start"),
        *("revision", "revision", "revision", "flip", "vote", "stop"),
    ]
    assert [(event["round"], event["what"]) for event in of(events, "round.start")] == [
        (0, "drafts"),
        (1, "critique"),
        (1, "revision"),
    ]


async def test_a_debater_without_anything_to_revise_is_not_asked_again(debaters: Any) -> None:
    cast = debaters(ann="42", bob="42", eve="42")
    outcome = await debated(gate="never")
    assert (outcome["exit"], outcome["metadata"]["stopped_by"]) == ("unopposed", "nothing_to_revise")
    assert [one.asked("revision") for one in cast.values()] == [[], [], []]


async def test_the_exact_check_objects_to_a_wrong_step_whoever_agrees_with_it(disputes: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        disputes(
            name,
            {"draft": [said("41", "17+25=41")], "objections": [objecting()], "revision": [said("42", "17+25=42")]},
        )
    outcome, events = await heard(gate="never")
    assert {event["critic"] for event in of(events, "critique")} == {"symbolic:arithmetic"}
    assert (outcome["extracted"], outcome["exit"]) == ("42", "converged")
    assert outcome["metadata"]["kept"]["by"] == "check"


async def test_a_revision_with_a_new_wrong_step_does_not_stand(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42")
    disputes("eve", {"draft": [said("41")], "objections": [objecting()], "revision": [said("42", "17+25=43")]})
    outcome, events = await heard()
    assert [event["stands"] for event in of(events, "revision") if event["member"] == "eve"] == [False]
    (flip,) = outcome["metadata"]["flips"]
    assert (flip["stands"], flip["words"]) == (False, "a written step is wrong that was right before")
    assert outcome["metadata"]["transcript"][-1]["drafts"][-1]["answer"] == "41"


async def test_a_revision_without_an_answer_does_not_stand(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42")
    disputes("eve", {"draft": [said("41")], "objections": [objecting()], "revision": ["I do not know any more."]})
    outcome = await debated()
    assert outcome["metadata"]["transcript"][-1]["drafts"][-1]["answer"] == "41"


async def test_no_debater_reads_the_name_of_another(debaters: Any) -> None:
    cast = debaters(wrong=["41"], ann="42", bob="42", eve="41 42")
    await debated()
    for name, one in cast.items():
        told = "\n".join(message["content"] for request in one.heard for message in request.messages)
        assert not [other for other in cast if other != name and re.search(rf"\b{other}\b", told)]


# What ends it


@pytest.mark.parametrize(
    ("answers", "rule", "exit", "rounds"),
    [
        ({"ann": "42", "bob": "42", "eve": "41 42"}, "agreement", "converged", 1),
        ({"ann": "42", "bob": "42", "eve": "41"}, "stable_votes", "stalled", 1),
        ({"ann": "1 2 3", "bob": "2 3 1", "eve": "3 1 2"}, "flat_signal", "stalled", 2),
        ({"ann": "1 2 2 1", "bob": "2 1 1 2", "eve": "3 1 2 9"}, "cap", "complete", 3),
    ],
)
async def test_a_debate_ends_by_the_rule_that_holds(
    disputes: Casting, answers: Mapping[str, str], rule: str, exit: str, rounds: int
) -> None:
    for name, told in answers.items():
        texts = [said(answer) for answer in told.split()]
        objections = [objecting(*"123", reason=f"argument {place}") for place in range(3)]
        disputes(name, {"draft": texts[:1], "objections": objections, "revision": texts[1:] or texts})
    outcome, events = await heard(max_rounds=3, rule="plurality")
    assert (outcome["metadata"]["stopped_by"], outcome["exit"]) == (rule, exit)
    assert (outcome["metadata"]["rounds"], outcome["status"]) == (rounds, "answered")
    (stop,) = of(events, "stop")
    assert (stop["rule"], stop["round"]) == (rule, rounds)


@pytest.mark.parametrize("rounds", [1, 2, 3])
@pytest.mark.parametrize(
    "line",
    [
        ruling("continue"),
        ruling("redirect", **REDIRECTING),
        ruling("whatever"),
        "I would rather not say.",
    ],
    ids=["continue", "redirect", "nonsense", "prose"],
)
async def test_a_judge_that_never_ends_a_debate_does_not_prolong_it(disputes: Casting, line: Any, rounds: int) -> None:
    for place, name in enumerate(("ann", "bob", "eve")):
        answers = [said(str(10 * place + turn)) for turn in range(9)]
        disputes(name, {"draft": answers[:1], "objections": [objecting()], "revision": answers[1:]})
    judging(disputes, line)
    outcome = await debated(max_rounds=rounds, judge="judge")
    assert outcome["status"] == "answered"
    assert outcome["metadata"]["rounds"] <= rounds


# The judge


async def test_a_judge_ends_the_debate_while_there_are_rounds_left(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42 43", eve="41")
    judge = judging(disputes, ruling("conclude", names="42"))
    outcome, events = await heard(max_rounds=3, judge="judge")
    assert (outcome["exit"], outcome["metadata"]["stopped_by"], len(judge.heard)) == ("judged", "judge", 1)
    (decision,) = of(events, "judge.decision")
    assert outcome["metadata"]["rulings"] == [{key: decision[key] for key in outcome["metadata"]["rulings"][0]}]


async def test_the_judge_decides_where_the_votes_are_even(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="41")
    judging(disputes, ruling("conclude", names="41"))
    outcome = await debated(members=["ann", "bob"], judge="judge")
    assert (outcome["extracted"], outcome["exit"], outcome["method"]) == ("41", "judged", "selection")
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("42", ["ann"])]


async def test_the_judge_does_not_overrule_a_majority(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42", eve="41")
    judging(disputes, ruling("conclude", names="41"))
    outcome = await debated(judge="judge")
    assert (outcome["extracted"], outcome["metadata"]["rulings"][0]["reason"]) == ("42", "so it is")


async def test_a_tie_is_broken_in_both_orders(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="41")
    judge = judging(disputes, ruling("tie"), prefers="41")
    outcome, events = await heard(members=["ann", "bob"], judge="judge")
    assert (outcome["extracted"], outcome["exit"], len(judge.asked("comparison"))) == ("41", "judged", 2)
    assert [event["consistent"] for event in of(events, "comparison")] == [True]
    assert any("the tie was broken by judge" in note or "judge: 41 is right" in note for note in outcome["notes"])


async def test_a_judge_that_prefers_whatever_stands_first_breaks_no_tie(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="41")
    first = '{"reason": "it is first", "better": "A"}'
    disputes("judge", {"ruling": [ruling("tie")], "comparison": [first]})
    outcome = await debated(members=["ann", "bob"], judge="judge")
    assert (outcome["extracted"], outcome["exit"]) == ("42", "stalled"), "the vote stands"


async def test_a_redirection_costs_a_round_and_everybody_hears_it(disputes: Casting, debaters: Any) -> None:
    cast = debaters(ann="42 42 42", bob="41 43 42", eve="40 44 42")
    judging(disputes, ruling("redirect", **REDIRECTING))
    outcome = await debated(max_rounds=2, judge="judge")
    assert (outcome["metadata"]["rounds"], outcome["exit"], outcome["extracted"]) == (2, "converged", "42")
    for one in cast.values():
        assert "How much is it?" in one.asked("objections")[1].messages[-1]["content"]
        assert "How much is it?" not in one.asked("objections")[0].messages[-1]["content"]


async def test_after_the_last_round_a_judge_may_only_conclude_or_break_a_tie(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="41")
    judge = judging(disputes, ruling("conclude"))
    await debated(members=["ann", "bob"], judge="judge")
    asked = judge.heard[0].messages[-1]["content"]
    assert "`conclude`" in asked
    assert "`continue`" not in asked


async def test_a_judge_of_a_debaters_family_is_left_out(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42", eve="41")
    judge = judging(disputes, ruling("conclude"), family="ann")
    outcome = await debated(judge="judge")
    assert (judge.heard, outcome["metadata"]["rulings"]) == ([], [])
    assert "the judge that was named was left out: 'judge' is of the family of a debater" in outcome["notes"]


async def test_where_nothing_is_moderated_no_judge_is_asked(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42", eve="41")
    judge = judging(disputes, ruling("conclude"))
    await debated(judge="judge", moderated=False)
    assert judge.heard == []


async def test_a_judge_that_fails_hands_on_to_the_next(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42", eve="41")
    disputes("judge", {})
    other = judging(disputes, ruling("conclude"), name="other")
    outcome, events = await heard(judge="judge", fallbacks=["other"])
    assert [(one["member"], one["role"]) for one in outcome["failures"]] == [("judge", "judge")]
    assert [(event["from"], event["to"], event["role"]) for event in of(events, "fallback")] == [
        ("judge", "other", "judge")
    ]
    assert (len(other.heard), outcome["status"]) == (1, "answered")


# Keep best


async def test_a_majority_that_was_talked_round_without_a_reason_is_not_followed(debaters: Any) -> None:
    debaters(ann="42", bob="42 41", eve="41")
    outcome = await debated()
    assert (outcome["extracted"], outcome["method"], outcome["metadata"]["kept"]["by"]) == (
        "42",
        "selection",
        "first vote",
    )
    assert outcome["metadata"]["first_vote"] == {
        "answer": "42",
        "members": ["ann", "bob"],
        "share": pytest.approx(2 / 3),
    }
    assert any("the answer of the first vote stands" in note for note in outcome["notes"])
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("41", ["bob", "eve"])]


@pytest.mark.parametrize("how", ["it names the answer", "it prefers it in both orders"])
async def test_a_judge_lets_the_last_vote_stand(disputes: Casting, debaters: Any, how: str) -> None:
    debaters(ann="42", bob="42 41", eve="41")
    if how == "it names the answer":
        judging(disputes, ruling("conclude", names="41"))
    else:
        judging(disputes, ruling("conclude"), prefers="41")
    outcome = await debated(judge="judge")
    assert (outcome["extracted"], outcome["metadata"]["kept"]["by"]) == ("41", "judge")
    assert any(note.startswith("the answer differs from that of the first vote: judge: ") for note in outcome["notes"])


async def test_a_judge_that_prefers_the_first_draft_brings_the_first_vote_back(
    disputes: Casting, debaters: Any
) -> None:
    debaters(ann="42", bob="42 41", eve="41")
    judging(disputes, ruling("conclude"), prefers="42")
    outcome = await debated(judge="judge")
    assert (outcome["extracted"], outcome["metadata"]["kept"]["by"]) == ("42", "first vote")


async def test_the_minority_report_tells_answers_that_were_given_up(debaters: Any) -> None:
    debaters(wrong=["41", "40"], ann="42", bob="41 42", eve="40 42")
    outcome = await debated(rule="plurality")
    assert {(voice["answer"], *voice["members"], voice["share"]) for voice in outcome["dissent"]} | {("42",)} >= {
        ("40", "eve", 0.0)
    }
    assert {voice["answer"] for voice in outcome["dissent"]} == {"40", "41", "42"} - {outcome["extracted"]}


# Failures and limits


async def test_a_debater_that_fails_to_draft_drops_out(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="41 42")
    eve = disputes("eve", {})
    outcome = await debated()
    assert (outcome["status"], outcome["answered"], len(eve.heard)) == ("answered", ["ann", "bob"], 1)
    assert [(one["member"], one["role"], one["kind"]) for one in outcome["failures"]] == [
        ("eve", "proposer", "refused")
    ]


@pytest.mark.parametrize(("missing", "role"), [("objections", "critic"), ("revision", "reviser")])
async def test_a_debater_that_fails_later_keeps_its_draft_and_its_vote(
    disputes: Casting, debaters: Any, missing: Part, role: str
) -> None:
    debaters(ann="42", bob="42")
    lines: dict[Part, Sequence[Any]] = {"draft": [said("41")], "objections": [objecting()], "revision": [said("41")]}
    del lines[missing]
    disputes("eve", lines)
    outcome = await debated()
    assert [(one["member"], one["role"]) for one in outcome["failures"]] == [("eve", role)]
    assert (outcome["extracted"], [voice["members"] for voice in outcome["dissent"]]) == ("42", [["eve"]])


async def test_who_failed_to_revise_is_not_asked_in_the_next_round(disputes: Casting, debaters: Any) -> None:
    debaters(wrong=["41"], ann="42 43 44 42", bob="42 45 46 42")
    eve = disputes("eve", {"draft": [said("41")], "objections": [objecting()]})
    await debated(max_rounds=3)
    assert len(eve.asked("revision")) == 1


async def test_when_every_debater_fails_nothing_is_debated_and_every_cause_is_told(disputes: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        disputes(name, {})
    outcome = await debated()
    assert (outcome["status"], outcome["exit"], len(outcome["failures"])) == ("failed", "error", 3)


@pytest.mark.parametrize(("calls", "rounds"), [(3, 0), (5, 0), (10, 1)])
async def test_a_budget_ends_the_debate_with_what_there_is(debaters: Any, calls: int, rounds: int) -> None:
    debaters(ann="42", bob="42", eve="41 42")
    outcome = await debated(max_calls=calls)
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "budget", "42")
    assert outcome["metadata"]["rounds"] == rounds


async def test_a_debate_that_is_asked_to_conclude_ends_with_what_there_is(
    stage: Any, debaters: Any, lines: Any
) -> None:
    debaters(ann="42", bob="41")
    stage.cast("eve", lines(hangs=True), family="eve")
    deliberation = start(QUESTION, graph="debate", members=["ann", "bob", "eve"])
    async for event in deliberation.events():
        if event["type"] == "call.end" and len(deliberation.run.totals()["by_member"]) >= 2:
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["metadata"]["rounds"]) == ("partial", "concluded", 0)
    assert outcome["extracted"] in {"41", "42"}
    assert outcome["quorum"]["cancelled"] == 1


async def test_prose_that_cannot_be_counted_is_left_to_the_judge(disputes: Casting) -> None:
    for name in ("ann", "bob"):
        text = f"Arches press outwards, as {name} says, and so a bridge holds."
        disputes(name, {"draft": [text], "objections": [objecting()], "revision": [text]})
    names_b = '{"reason": "it is clearer", "decision": "conclude", "winner": "B", "off_topic": "", "restated": ""}'
    judging(disputes, names_b)
    outcome = await debated("Why does a bridge stand?", members=["ann", "bob"], judge="judge")
    assert (outcome["status"], outcome["exit"], outcome["method"]) == ("answered", "judged", "selection")
    assert (outcome["answer"].startswith("Arches"), outcome["extracted"]) == (True, None)
    assert "prose cannot be counted: judge chose this draft" in outcome["notes"]


async def test_without_a_judge_the_most_reliable_debaters_prose_stands(disputes: Casting) -> None:
    for name, known in (("ann", 0.6), ("bob", 0.9)):
        text = f"Arches press outwards, as {name} says, and so a bridge holds."
        disputes(name, {"draft": [text], "objections": [objecting()], "revision": [text]}, reliability=known)
    outcome = await debated("Why does a bridge stand?", members=["ann", "bob"])
    assert (outcome["status"], "bob" in outcome["answer"]) == ("answered", True)


# Who debates


async def test_three_of_different_families_debate_where_nobody_is_named(disputes: Casting) -> None:
    for name, family, known in (("a1", "a", 0.9), ("a2", "a", 0.8), ("b1", "b", 0.7), ("c1", "c", 0.6)):
        disputes(name, {"draft": [said("42")]}, family=family, reliability=known)
    outcome = await ask(QUESTION, graph="debate")
    assert outcome["metadata"]["panel"] == {"by": "diverse", "debaters": ["a1", "b1", "c1"], "left_out": ["a2"]}


async def test_a_panel_is_filled_up_and_one_family_is_warned_about(disputes: Casting) -> None:
    for name in ("a1", "a2", "a3", "a4"):
        disputes(name, {"draft": [said("42")]}, family="a")
    outcome = await ask(QUESTION, graph="debate")
    assert outcome["metadata"]["panel"]["debaters"] == ["a1", "a2", "a3"]
    assert any(note.startswith("a1 and a2 and a3 are of one family (a)") for note in outcome["notes"])


async def test_two_of_one_family_are_warned_about_as_well(disputes: Casting) -> None:
    for name, kind in (("ann", "x"), ("bob", "x"), ("eve", "y")):
        disputes(name, {"draft": [said("42")]}, family=kind)
    assert any(note.startswith("ann and bob are of one family (x)") for note in (await debated())["notes"])


async def test_debaters_play_their_parts_in_turn(stage: Any, debaters: Any) -> None:
    stage.configure('personas = ["expert", "sailor"]')
    with stage.file.open("a", encoding="utf-8") as file:
        file.write('[persona.sailor]\ninstructions = "Speak like a sailor."\n')
    cast = debaters(ann="42", bob="41", eve="40")
    with stage.file.open("a", encoding="utf-8") as file:
        file.write('[persona.sailor]\ninstructions = "Speak like a sailor."\n')
    await debated()
    told = {
        name: all("sailor" in request.messages[-1]["content"] for request in one.heard) for name, one in cast.items()
    }
    assert told == {"ann": False, "bob": True, "eve": False}


async def test_how_readily_debaters_agree_is_told_to_all_of_them_behind_everything_else(debaters: Any) -> None:
    cast = debaters(ann="42", bob="41", eve="40")
    await debated(agreement=0.9, seed=1)
    await debated(seed=1)
    for one in cast.values():
        (draft, plain), (revision, other) = one.asked("draft"), one.asked("revision")
        assert draft.messages == plain.messages
        assert revision.messages[:-1] == other.messages[:-1]
        assert revision.messages[-1]["content"] != other.messages[-1]["content"]


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"members": ["ann"]}, "a debate takes two members or more; there is only ann"),
        ({"panel_size": 1, "members": None}, "a debate takes two members or more; there is only ann"),
        ({"personas": ["expert", "pirate"]}, "unknown persona 'pirate'; known: critic, expert, novice"),
        ({"gate": "trained"}, "none was trained on a debate of scripted:ann, scripted:bob, scripted:eve"),
        ({"gate": "open"}, "'gate'"),
        ({"max_rounds": 4}, "'max_rounds'"),
        ({"agreement": 1.5}, "'agreement'"),
        ({"judge": "nobody"}, "unknown member 'nobody'"),
        ({"critic": "nobody"}, "unknown member 'nobody'"),
    ],
)
async def test_what_cannot_be_done_is_said_before_anyone_is_asked(
    debaters: Any, choices: dict[str, Any], told: str
) -> None:
    cast = debaters(ann="42", bob="41", eve="40")
    with pytest.raises((UsageError, ConfigurationError)) as failed:
        strategy("debate").form(**{"members": ["ann", "bob", "eve"], **choices})
    assert told in str(failed.value)
    assert not any(one.heard for one in cast.values())


# Minds that only go on from a text

WRONG = "94*80=7530; 94*5=470; 7530+470=8000; answer 8000"
RIGHT = "94*80=7520; 94*5=470; 7520+470=7990; answer 7990"
SOUND = "94*85=7990; answer 7990"
GUESS = "94*85; answer 8000"
BARE = {"prompt": "bare", "features": ("forced", "prefix")}


async def test_who_cannot_read_goes_on_from_before_the_wrong_step_and_that_stands(stage: Any) -> None:
    ann = stage.cast("ann", WRONG, " 94*80=7520; 94*5=470; 7520+470=7990; answer 7990", **BARE)
    stage.cast("bob", SOUND, **BARE)
    outcome, events = await heard("94*85?", members=["ann", "bob"])
    assert [request.prefix for request in ann.heard if not request.forced] == ["", ""]
    assert [request.temperature for request in ann.heard if not request.forced] == [0.0, 0.7]
    assert {event["critic"] for event in of(events, "critique")} == {"symbolic:arithmetic"}
    (revision,) = of(events, "revision")
    assert (revision["member"], revision["stands"], revision["words"]) == ("ann", True, "no wrong step is left")
    assert (outcome["extracted"], outcome["exit"]) == ("7990", "converged")


@pytest.mark.parametrize(("after", "stands"), [(0.9, True), (0.1, False)])
async def test_a_revision_of_an_unlikely_step_stands_only_if_the_joint_score_rises(
    stage: Any, lines: Any, after: float, stands: bool
) -> None:
    for name, text in (("ann", GUESS), ("bob", SOUND)):
        stage.cast(name, *(lines(text, probability=0.5),), **BARE)
    stage.actors["ann"].lines = [
        lines(GUESS, probability=0.5),
        lines("", probability=0.5),  # it weighs bob's draft
        lines(" 94*85; answer 7990", probability=0.5),
        lines("", probability=after),
        lines("", probability=0.5),
    ]
    outcome, events = await heard("94*85?", members=["ann", "bob"])
    fates = {event["member"]: event["stands"] for event in of(events, "revision")}
    assert fates["ann"] is stands
    assert (outcome["exit"] == "converged") is stands


# What is planned


async def test_a_plan_bounds_the_calls_and_the_prompts_of_a_debate_that_goes_all_its_way(
    disputes: Casting, debaters: Any
) -> None:
    cast = debaters(wrong=["1", "2", "3", "4"], ann="1 2 3 4", bob="2 1 4 3", eve="3 4 1 2")
    cast["judge"] = judging(disputes, ruling("continue"), ruling("tie"), prefers="1")
    choices = {
        "members": ["ann", "bob", "eve"],
        "judge": "judge",
        "gate": "never",
        "max_rounds": 2,
        "personas": ["expert"],
    }
    context = strategy("debate").form(**choices)
    planned = [call for call in strategy("debate").agenda(context) if not call.spare]
    outcome = await debated(**choices)
    assert outcome["metadata"]["rounds"] == 2
    spent = {(total["member"], total["role"]): total["calls"] for total in outcome["totals"]["by_member"]}
    counts = Counter((call.member.name, call.role) for call in planned)
    assert all(counts[seat] >= calls for seat, calls in spent.items())
    assert sum(call.surely for call in planned) <= outcome["totals"]["calls"] <= len(planned)
    for name, one in cast.items():
        longest = max(call.prompt_tokens(QUESTION) for call in planned if call.member.name == name)
        asked = [sum(turn_tokens(turn["content"]) for turn in request.messages) for request in one.heard]
        assert max(asked) <= longest


# A stage, a checkpoint


async def test_a_debate_as_a_stage_tells_its_outcome_and_nothing_else(debaters: Any) -> None:
    debaters(wrong=["41"], ann="42", bob="42", eve="41 42")
    context = strategy("vote").form(members=["ann", "bob", "eve"])
    context.run.begin("vote", QUESTION)
    outcome = await as_stage("debate", [("user", QUESTION)], within=context, path="first")  # type: ignore[list-item]
    assert (outcome["graph"], outcome["extracted"], outcome["exit"]) == ("debate", "42", "converged")
    context.run.end()


async def test_its_whole_state_survives_a_checkpoint(disputes: Casting, debaters: Any) -> None:
    debaters(wrong=["41"], ann="42", bob="42 43", eve="41 44")
    judging(disputes, ruling("conclude", names="42"))
    serde = JsonPlusSerializer()
    compiled = deliberative(build(), checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    context: Any = strategy("debate").form(members=["ann", "bob", "eve"], judge="judge", max_rounds=2)
    asked: Any = {"messages": [("user", QUESTION)]}
    await compiled.ainvoke(asked, config, context=context)
    state = (await compiled.aget_state(config)).values
    for channel in ("rounds", "tables", "trials", "heard", "flips", "gating", "plan"):
        assert serde.loads_typed(serde.dumps_typed(state[channel])) == state[channel]


async def test_cancelling_ends_the_run_at_once(debaters: Any, stage: Any, lines: Any) -> None:
    debaters(ann="42", bob="41")
    stage.cast("eve", lines(hangs=True), family="eve")
    deliberation = start(QUESTION, graph="debate", members=["ann", "bob", "eve"])
    await asyncio.sleep(0)
    outcome = await deliberation.cancel()
    assert outcome["status"] == "cancelled"


# Prose, phrases and what cannot be counted

PROSE = "Why does a bridge stand?"


async def test_prose_that_is_rewritten_is_not_said_to_stand_still(disputes: Casting) -> None:
    writing(
        disputes,
        **{
            name: [f"{name} says arches.", *(f"{name} says {n}" for n in ("cables", "stone", "steel"))]
            for name in ("ann", "bob", "eve")
        },
    )
    judge = judging(disputes, ruling("continue"))
    outcome = await debated(PROSE, max_rounds=3, judge="judge")
    assert (outcome["metadata"]["rounds"], outcome["words"]) != (1, "nobody changed the answer")
    assert outcome["metadata"]["rounds"] == 3
    assert len(judge.asked("ruling")) >= 2


async def test_prose_in_the_same_words_is_not_debated_and_other_prose_is_not_said_to_disagree(
    disputes: Casting,
) -> None:
    writing(disputes, ann=["Arches press."], bob=["Arches press."])
    assert (await debated(PROSE, members=["ann", "bob"]))["metadata"]["rounds"] == 0
    writing(disputes, cyd=["Arches press."], dan=["Cables pull."])
    gate = (await debated(PROSE, members=["cyd", "dan"]))["metadata"]["gate"]
    assert gate["words"] == "the drafts differ, and prose cannot be counted"


async def test_answers_in_phrases_are_all_reported_and_win_against_a_draft_without_one(disputes: Casting) -> None:
    writing(
        disputes,
        ann=["I do not know."],
        bob=[said("the old stone bridge over there")],
        eve=[said("a big red house behind it")],
    )
    outcome = await debated("Where is it?")
    assert outcome["extracted"] == "the old stone bridge over there"
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [
        ("a big red house behind it", ["eve"])
    ]


# The judge and the first vote, once more


async def test_a_tie_is_no_choice_where_one_answer_is_ahead(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="42", eve="41")
    judge = judging(disputes, ruling("tie"), prefers="41")
    outcome = await debated(judge="judge")
    assert outcome["extracted"] == "42"
    assert not judge.asked("comparison")


async def test_the_judge_cannot_crown_the_answer_with_the_fewest_votes(disputes: Casting) -> None:
    for name, answer, reliability in (("ann", "42", 0.95), ("bob", "41", 0.6), ("cyd", "41", 0.6), ("eve", "40", 0.6)):
        lines: dict[Part, Sequence[Any]] = {
            "draft": [said(answer)],
            "objections": [objecting()],
            "revision": [said(answer)],
        }
        disputes(name, lines, reliability=reliability)
    judging(disputes, ruling("conclude", names="40"))
    outcome = await debated(members=["ann", "bob", "cyd", "eve"], judge="judge", rule="reliability")
    assert outcome["extracted"] != "40"


async def test_a_judge_may_redirect_a_debate_that_does_not_move(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42", bob="41", eve="40")
    judging(disputes, ruling("redirect", **REDIRECTING), ruling("conclude", names="41"))
    outcome = await debated(max_rounds=3, judge="judge")
    assert [one["decision"] for one in outcome["metadata"]["rulings"]] == ["redirect", "conclude"]
    assert (outcome["extracted"], outcome["exit"]) == ("41", "judged")


async def test_a_slip_beside_the_point_does_not_bring_the_first_vote_down(disputes: Casting) -> None:
    for name, first, then in (
        ("ann", said("42", "17+25=42, as 1+1=3"), said("41")),
        ("bob", said("42", "17+25=42"), said("41")),
        ("eve", said("41"), said("41")),
    ):
        disputes(name, {"draft": [first], "objections": [objecting("42")], "revision": [then]}, reliability=0.7)
    outcome = await debated(rule="plurality")
    assert outcome["extracted"] == "42"
    assert (outcome["agreed"], outcome["metadata"]["kept"]["by"]) == ([], "first vote")
    assert outcome["words"] == "all debaters came to another answer, for which nothing speaks but that"


async def test_an_inconsistent_comparison_is_not_paid_for_twice(disputes: Casting, debaters: Any) -> None:
    debaters(ann="42 41", bob="42 40", eve="41")
    first = lambda texts: '{"reason": "it stands first", "better": "A"}'  # noqa: E731
    judge = disputes("judge", {"ruling": [ruling("tie")], "comparison": [first]})
    await debated(judge="judge")
    assert len(judge.asked("comparison")) <= 2


async def test_a_debater_that_is_named_as_the_checker_is_asked_once(disputes: Casting, debaters: Any) -> None:
    cast = debaters(("41",), ann="42", bob="42", eve="41 42")
    outcome = await debated(critic="ann")
    assert len(cast["ann"].asked("objections")) == 1
    assert [flip["critics"] for flip in outcome["metadata"]["flips"]] == [["ann", "bob"]]


async def test_that_nobody_could_criticise_is_not_told_as_nobody_objecting(disputes: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        disputes(name, {"draft": [said("42")], "revision": [said("42")]})
    outcome = await debated(gate="never", critic="ann")
    assert outcome["words"] == "nobody could criticise the drafts"
    assert {failure["role"] for failure in outcome["failures"]} == {"critic"}


async def test_a_named_judge_that_cannot_moderate_is_noted(debaters: Any) -> None:
    debaters(ann="42", bob="42", eve="42")
    outcome = await debated(judge="symbolic:arithmetic")
    assert any("'symbolic:arithmetic' cannot moderate a debate" in note for note in outcome["notes"])
