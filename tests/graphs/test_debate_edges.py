"""What a debate makes of prose, of failures, of judges that say little, and of going on under other choices."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from disputants import REDIRECTING, Disputant, Part, objecting, preferring, ruling, said, standing
from langgraph.checkpoint.memory import InMemorySaver

from symposium.graphs import start
from symposium.graphs.catalogue import strategy
from symposium.graphs.compiled import deliberative
from symposium.graphs.debate import build
from symposium.ledger.records import Outcome, UsageError

Lines = Mapping[Part, Sequence[Any]]
Casting = Callable[..., Disputant]
FIRST = '{"reason": "it is first", "better": "A"}'  # of a judge that prefers whatever stands first
WHY = "Why does a bridge stand?"


def prose(*texts: str) -> Lines:
    return {"draft": texts[:1], "objections": [objecting()], "revision": texts[1:] or texts}


def answering(*answers: str, wrong: Sequence[str] = ()) -> Lines:
    texts = [said(answer) for answer in answers]
    return {"draft": texts[:1], "objections": [objecting(*wrong)], "revision": texts[1:] or texts}


@pytest.fixture
def seat(stage: Any) -> Casting:
    """Adds a debater or judge of a family of its own."""

    def cast(name: str, lines: Lines, **entry: object) -> Disputant:
        stage.cast(name, "", **{"family": name, **entry})
        made = stage.actors[name] = Disputant(lines)
        return made

    return cast


async def heard(question: str = "17+25?", **choices: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    deliberation = start(question, graph="debate", **{"members": ["ann", "bob", "eve"], **choices})
    events = [dict(event) async for event in deliberation.events()]
    return await deliberation.outcome(), events


def of(events: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [event for event in events if event["type"] == kind]


# Prose


@pytest.mark.parametrize("rounds", [1, 2, 3])
async def test_prose_is_debated_until_the_rounds_are_used(seat: Casting, rounds: int) -> None:
    for name in ("ann", "bob", "eve"):
        objections = [
            lambda texts, turn=turn: json.dumps(
                {
                    "objections": [
                        {"draft": b, "quote": text, "reason": str(turn)} for b, text in standing(texts).items()
                    ]
                }
            )
            for turn in range(3)
        ]
        texts = [f"Arches press outwards, says {name} for the time {turn}." for turn in range(4)]
        seat(name, {"draft": texts[:1], "objections": objections, "revision": texts[1:]})
    outcome, events = await heard(WHY, max_rounds=rounds)
    assert (outcome["metadata"]["rounds"], outcome["metadata"]["stopped_by"]) == (rounds, "cap")
    assert (outcome["status"], outcome["exit"]) == ("answered", "complete")
    assert of(events, "gate")[0]["words"] == "the drafts differ, and prose cannot be counted"


async def test_a_judge_may_let_prose_go_on(seat: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        seat(name, prose(f"Arches press outwards, says {name}."))
    seat("judge", {"ruling": [ruling("continue"), ruling("conclude")]})
    outcome, _ = await heard(WHY, judge="judge", max_rounds=3)
    assert [one["decision"] for one in outcome["metadata"]["rulings"]] == ["continue", "conclude"]


@pytest.mark.parametrize("gate", ["unanimous", "never"])
async def test_one_and_the_same_text_agrees_with_itself(seat: Casting, gate: str) -> None:
    for name in ("ann", "bob", "eve"):
        seat(name, prose("Arches press outwards."))
    outcome, _ = await heard(WHY, gate=gate, max_rounds=2)
    assert outcome["metadata"]["gate"]["would"]["unanimous"] is False
    assert outcome["exit"] == ("unanimous" if gate == "unanimous" else "unopposed")
    assert (outcome["status"], outcome["answer"]) == ("answered", "Arches press outwards.")
    assert outcome["agreed"] == ["ann", "bob", "eve"]


async def test_prose_that_comes_to_be_one_text_has_converged(seat: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        seat(name, prose(f"Arches, says {name}.", "Arches press outwards."))
    outcome, _ = await heard(WHY, max_rounds=3)
    assert (outcome["exit"], outcome["metadata"]["rounds"]) == ("converged", 1)


COIN = "Which landmark is on the coin?"
PHRASES = {"ann": "the tall tower over there", "bob": "the old stone bridge", "eve": "a very big red house"}


async def test_an_answer_that_could_be_read_goes_before_a_stronger_debaters_silence(seat: Casting) -> None:
    seat("ann", prose("I do not know."), reliability=0.9)
    for name, known in (("bob", 0.6), ("eve", 0.5)):
        seat(name, answering(PHRASES[name]), reliability=known)
    outcome, _ = await heard(COIN)
    assert (outcome["status"], outcome["extracted"]) == ("answered", PHRASES["bob"])
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [(PHRASES["eve"], ["eve"])]


async def test_no_judge_makes_an_answer_of_a_draft_that_gives_none(seat: Casting) -> None:
    seat("ann", prose("I do not know."), reliability=0.9)
    for name in ("bob", "eve"):
        seat(name, answering(PHRASES[name]))
    seat("judge", {"ruling": [lambda texts: ruling("conclude", winner=_letter(texts, "I do not know."))(texts)]})
    outcome, _ = await heard(COIN, judge="judge")
    assert (outcome["status"], outcome["extracted"]) == ("answered", PHRASES["bob"])


def _letter(texts: Mapping[str, str], text: str) -> str:
    return next(letter for letter, draft in standing(texts).items() if draft == text)


async def test_phrases_that_cannot_be_counted_are_all_reported(seat: Casting) -> None:
    for name, answer in PHRASES.items():
        seat(name, answering(answer))
    outcome, _ = await heard(COIN)
    told = {voice["answer"] for voice in outcome["dissent"]}
    assert told | {outcome["extracted"]} == {*PHRASES.values()}


# The first vote


SLIP, SOUND = "as 1+1=3", "17+24=41"


@pytest.mark.parametrize(
    ("behind", "last", "kept"),
    [
        ((said("42", SLIP), said("42", SLIP)), said("41", SOUND), "check"),
        ((said("42", SLIP), said("42")), said("41", SOUND), "first vote"),
        ((said("42", SLIP), said("42", SLIP)), said("41"), "first vote"),
        ((said("42", SLIP), said("42", SLIP)), said("41", "17+24=40"), "first vote"),
    ],
    ids=["all broken", "one is sound", "no step", "a wrong step"],
)
async def test_the_check_leaves_the_first_vote_only_for_checked_steps(
    seat: Casting, behind: Sequence[str], last: str, kept: str
) -> None:
    for name, draft in zip(("ann", "bob"), behind, strict=True):
        seat(name, {"draft": [draft], "objections": [objecting()], "revision": [last]})
    seat("eve", {"draft": [last], "objections": [objecting()], "revision": [last]})
    outcome, _ = await heard(rule="plurality")
    assert outcome["metadata"]["kept"]["by"] == kept
    assert outcome["extracted"] == ("41" if kept == "check" else "42")


async def test_who_left_the_first_votes_answer_is_not_said_to_agree_with_it(seat: Casting) -> None:
    for name, answers in (("ann", ("42", "41")), ("bob", ("42", "41")), ("eve", ("41",))):
        seat(name, answering(*answers))
    outcome, _ = await heard()
    assert (outcome["extracted"], outcome["agreed"]) == ("42", [])
    assert "another answer" in outcome["words"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({"ruling": [ruling("conclude")], "comparison": [FIRST]}, "nobody gave a reason to leave it"),
        (None, "nobody could be asked for a reason to leave it"),
        ({}, "nobody could be asked for a reason to leave it"),
    ],
    ids=["asked in vain", "nobody there", "failed"],
)
async def test_why_the_first_vote_stands_is_told(seat: Casting, lines: Lines | None, words: str) -> None:
    for name, answers in (("ann", ("42",)), ("bob", ("42", "41")), ("eve", ("41",))):
        seat(name, answering(*answers))
    if lines is not None:
        seat("judge", lines)
    choices: dict[str, Any] = {"judge": "judge"} if lines is not None else {"moderated": False}
    outcome, _ = await heard(**choices)
    assert (outcome["extracted"], outcome["metadata"]["kept"]["words"]) == ("42", words)


# The judge


def moved(seat: Casting, **lines: Any) -> Disputant:
    """A judge of a debate in which the majority went from 42 to 41."""
    for name, answers in (("ann", ("42",)), ("bob", ("42", "41")), ("eve", ("41",))):
        seat(name, answering(*answers))
    return seat("judge", lines)


async def test_a_judge_that_names_the_first_votes_answer_is_not_asked_to_compare(seat: Casting) -> None:
    judge = moved(seat, ruling=[ruling("conclude", names="42")], comparison=[preferring("41")])
    outcome, _ = await heard(judge="judge")
    assert (outcome["extracted"], judge.asked("comparison")) == ("42", [])


async def test_a_judge_that_failed_to_rule_is_not_asked_again(seat: Casting) -> None:
    judge = moved(seat, comparison=[preferring("41")])
    outcome, _ = await heard(judge="judge")
    assert (outcome["extracted"], len(judge.asked("ruling")), judge.asked("comparison")) == ("42", 1, [])


async def test_that_no_judge_answered_is_not_said_where_one_decided(seat: Casting) -> None:
    moved(seat)
    seat("other", {"comparison": [preferring("41")]})
    outcome, _ = await heard(judge="judge", fallbacks=["other"])
    assert not [note for note in outcome["notes"] if "no judge answered" in note and "differs" in note]
    assert ("no judge answered" in " ".join(outcome["notes"])) is (outcome["metadata"]["kept"]["by"] != "other")


async def test_a_tie_that_the_judge_leaves_open_is_compared_once(seat: Casting) -> None:
    for name, answers in (("ann", ("42", "41")), ("bob", ("41", "42"))):
        seat(name, answering(*answers), reliability={"ann": 0.9, "bob": 0.6}[name])
    judge = seat("judge", {"ruling": [ruling("tie", names="41")], "comparison": [FIRST]})
    outcome, _ = await heard(members=["ann", "bob"], judge="judge", rule="reliability")
    assert (len(judge.asked("comparison")), outcome["metadata"]["kept"]["by"]) == (2, "first vote")
    assert outcome["extracted"] == outcome["metadata"]["first_vote"]["answer"]


async def test_a_tie_is_offered_only_where_the_votes_are_even(seat: Casting) -> None:
    for name, answer in (("ann", "42"), ("bob", "42"), ("eve", "41")):
        seat(name, answering(answer))
    judge = seat("judge", {"ruling": [ruling("tie")], "comparison": [preferring("41")]})
    outcome, _ = await heard(judge="judge")
    assert (outcome["extracted"], judge.asked("comparison")) == ("42", [])
    assert "`tie`" not in judge.heard[0].messages[-1]["content"]


async def test_a_judge_cannot_name_an_answer_with_fewer_votes_or_less_weight(seat: Casting) -> None:
    voting = {"ann": ("42", 0.97), "bob": ("41", 0.55), "eve": ("41", 0.55), "cho": ("40", 0.55), "dan": ("40", 0.55)}
    for name, (answer, known) in voting.items():
        seat(name, answering(answer), reliability=known)
    seat("judge", {"ruling": [ruling("conclude", names="40")]})
    for members in (["ann", "bob", "cho", "dan"], [*voting]):
        outcome, _ = await heard(members=members, judge="judge", rule="reliability")
        assert outcome["extracted"] == "42"


@pytest.mark.parametrize("decision", ["continue", "redirect"])
async def test_a_judge_may_go_on_though_nobody_changed_the_answer(seat: Casting, decision: str) -> None:
    for name, answer in (("ann", "42"), ("bob", "42"), ("eve", "41")):
        seat(name, answering(answer))
    seat("judge", {"ruling": [ruling(decision, **REDIRECTING), ruling("conclude")]})
    outcome, _ = await heard(judge="judge", max_rounds=3)
    assert (outcome["metadata"]["rounds"], outcome["extracted"]) == (2, "42")


async def test_a_judge_that_cannot_moderate_is_not_left_out_silently(seat: Casting) -> None:
    for name, answer in (("ann", "42"), ("bob", "42"), ("eve", "41")):
        seat(name, answering(answer))
    outcome, _ = await heard(judge="symbolic:arithmetic")
    assert any("'symbolic:arithmetic' cannot moderate" in note for note in outcome["notes"])


@pytest.mark.parametrize(
    ("eve", "choices", "told"),
    [("41", {}, True), ("41", {"moderated": False}, False), ("42", {}, False), ("42", {"gate": "never"}, False)],
)
async def test_that_nobody_was_there_to_judge_is_told_where_there_was_something_to_judge(
    seat: Casting, eve: str, choices: Mapping[str, Any], told: bool
) -> None:
    for name, answer in (("ann", "42"), ("bob", "42"), ("eve", eve)):
        seat(name, answering(answer))
    outcome, _ = await heard(**choices)
    assert any(note.startswith("no judge of another family was there") for note in outcome["notes"]) is told


# Debaters


async def test_a_debater_that_is_named_as_the_critic_is_asked_once(seat: Casting) -> None:
    ann = seat("ann", answering("42", wrong=["41"]))
    seat("bob", answering("42", wrong=["41"]))
    seat("eve", answering("41", "42"))
    outcome, _ = await heard(critic="ann")
    assert len(ann.asked("objections")) == 1
    assert outcome["metadata"]["flips"][0]["critics"] == ["ann", "bob"]
    assert "nobody checks all drafts: 'ann', who was named for that, debates" in outcome["notes"]


async def test_a_critic_without_a_draft_is_not_told_how_readily_to_agree(seat: Casting) -> None:
    for name, answer in (("ann", "42"), ("bob", "41"), ("eve", "40")):
        seat(name, answering(answer))
    checker = seat("checker", {"objections": [objecting("41")]})
    asked = []
    told: list[dict[str, Any]] = [{"agreement": 0.0}, {}]
    for choices in told:
        await heard(critic="checker", seed=1, moderated=False, **choices)
        asked.append(checker.heard[-1].messages)
    assert asked[0] == asked[1]


async def test_a_flip_after_a_redirection_names_it(seat: Casting) -> None:
    for name, answers in (("ann", ("42", "41", "42")), ("bob", ("41", "42", "42")), ("eve", ("40", "43", "42"))):
        seat(name, answering(*answers))
    seat("judge", {"ruling": [ruling("redirect", **REDIRECTING)]})
    outcome, _ = await heard(judge="judge", max_rounds=2)
    flips = {(flip["round"], flip["member"]): flip for flip in outcome["metadata"]["flips"]}
    assert (flips[1, "ann"]["argument"], flips[1, "ann"]["critics"]) == ("the others' drafts", [])
    assert flips[2, "ann"]["argument"] == "the judge's redirection: How much is it?"
    assert flips[2, "ann"]["critics"] == ["judge"]


async def test_where_nobody_could_criticise_that_is_what_ends_the_debate(seat: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        seat(name, {"draft": [said("42")], "revision": [said("42")]})
    outcome, _ = await heard(gate="never")
    assert (outcome["exit"], outcome["words"]) == ("stalled", "nobody could criticise the drafts")


async def test_who_failed_to_criticise_is_not_asked_in_the_next_round(seat: Casting) -> None:
    for name, answers in (("ann", ("42", "43", "44")), ("bob", ("41", "44", "45"))):
        seat(name, answering(*answers, wrong=["42", "43"]))
    eve = seat("eve", {"draft": [said("40")], "revision": [said("46"), said("47")]})
    outcome, _ = await heard(max_rounds=2)
    assert (outcome["metadata"]["rounds"], len(eve.asked("objections"))) == (2, 1)


async def test_the_same_objection_to_a_line_that_stayed_is_no_new_argument(seat: Casting) -> None:
    def turns(*answers: str) -> Lines:
        texts = [said(answer, "It is so.") for answer in answers]
        held = {"quote": "It is so.", "reason": "it is not"}

        def objections(told: Mapping[str, str]) -> str:
            return json.dumps({"objections": [{"draft": letter, **held} for letter in standing(told)]})

        return {"draft": texts[:1], "objections": [objections], "revision": texts[1:]}

    for name, answers in (("ann", ("1", "2", "3")), ("bob", ("2", "3", "1")), ("eve", ("3", "1", "1"))):
        seat(name, turns(*answers))
    outcome, _ = await heard(max_rounds=3)
    assert (outcome["metadata"]["stopped_by"], outcome["metadata"]["rounds"]) == ("no_new_argument", 2)


@pytest.mark.parametrize(
    ("families", "told"),
    [
        ("xxy", ["ann and bob are of one family (x)"]),
        ("xxx", ["ann and bob and eve are of one family (x)"]),
        ("xyz", []),
    ],
)
async def test_debaters_that_share_a_family_are_named(seat: Casting, families: str, told: list[str]) -> None:
    for name, family in zip(("ann", "bob", "eve"), families, strict=True):
        seat(name, answering("42"), family=family)
    outcome, _ = await heard()
    assert [note.split(":")[0] for note in outcome["notes"] if "of one family" in note] == told


@pytest.mark.parametrize(
    ("came", "gate", "words"),
    [(2, "the 2 drafts that came, of 3, agree", "unanimous"), (1, "there is but one draft", "complete")],
)
async def test_drafts_that_did_not_come_are_not_said_to_agree(seat: Casting, came: int, gate: str, words: str) -> None:
    for place, name in enumerate(("ann", "bob", "eve")):
        seat(name, answering("42") if place < came else {})
    outcome, _ = await heard()
    assert (outcome["metadata"]["gate"]["words"], outcome["exit"]) == (gate, words)
    assert gate in outcome["words"]


async def test_without_any_draft_the_gate_says_so(seat: Casting) -> None:
    for name in ("ann", "bob", "eve"):
        seat(name, {})
    outcome, _ = await heard()
    assert outcome["metadata"]["gate"]["words"] == "there is no draft"


@pytest.mark.parametrize("calls", [10, 6])
async def test_a_budget_that_ends_a_debate_is_told_as_its_stop(seat: Casting, calls: int) -> None:
    for name, answers in (("ann", ("42", "43")), ("bob", ("41", "44")), ("eve", ("40", "45"))):
        seat(name, answering(*answers))
    outcome, events = await heard(max_calls=calls, max_rounds=2)
    assert outcome["exit"] == "budget"
    assert [event["rule"] for event in of(events, "stop")] == ["budget"]


# Minds that only go on from a text

GUESS, BETTER = "94*85; answer 8000", "94*85; answer 7990"


async def test_whoever_weighs_reads_a_text_once_and_all_at_once(stage: Any, lines: Any) -> None:
    bare = {"prompt": "bare", "features": ("forced", "prefix")}
    texts = {
        "ann": (GUESS, "", GUESS),
        "bob": (BETTER, "", "", "94*85; so; answer 7990"),
        "eve": (BETTER, "", "", BETTER),
    }
    for name, spoken in texts.items():
        stage.cast(name, *(lines(text, probability=0.5, ticks=9) for text in spoken), **bare)
    outcome, events = await heard("94*85?")
    assert outcome["metadata"]["rounds"] == 1
    for actor in stage.actors.values():
        forced = [request.forced for request in actor.heard if request.forced]
        assert len(forced) == len({*forced})
    weighing = [event["type"] for event in events if event["type"][:5] == "call." and event.get("role") == "judge"]
    assert weighing == [*["call.start"] * 3, *["call.end"] * 3], "of bob's revision; his draft is known to all"


async def test_a_bare_debaters_flip_names_the_objection_that_it_went_on_from(stage: Any, seat: Casting) -> None:
    wrong = "94*80=7520; 94*5=470; 7520+470=8000; answer 8000"
    bare = {"prompt": "bare", "features": ("forced", "prefix")}
    stage.cast("ann", wrong, " 94*80=7520; 94*5=470; 7520+470=7990; answer 7990", **bare)
    stage.cast("bob", "94*85=7990; answer 7990", **bare)

    def objections(texts: Mapping[str, str]) -> str:
        held = [letter for letter, text in standing(texts).items() if "answer 8000" in text]
        told = {"quote": "answer 8000", "reason": "the weather says so"}
        return json.dumps({"objections": [{"draft": letter, **told} for letter in held]})

    seat("eve", {"draft": [said("7990")], "objections": [objections], "revision": [said("7990")]})
    outcome, _ = await heard("94*85?")
    (flip,) = outcome["metadata"]["flips"]
    assert flip["critics"] == ["symbolic:arithmetic"]
    assert "weather" not in flip["argument"]


@pytest.mark.parametrize(("rounds", "weighings"), [(1, 2 * 9 + 6), (2, 2 * 18 + 6)])
def test_a_plan_counts_every_weighing_and_the_last_one(stage: Any, rounds: int, weighings: int) -> None:
    for name in ("ann", "bob", "eve"):
        stage.cast(name, GUESS, prompt="bare", features=("forced", "prefix"))
    context: Any = strategy("debate").form(members=["ann", "bob", "eve"], max_rounds=rounds)
    assert sum(call.role == "judge" for call in strategy("debate").agenda(context)) == weighings


# Going on under other choices


async def left_before(node: str, seat: Casting) -> Callable[..., Any]:
    """A debate of two rounds, to be gone on with from before a node."""
    for name, answers in (("ann", ("42", "43", "44")), ("bob", ("41", "44", "45")), ("eve", ("40", "46", "47"))):
        seat(name, answering(*answers))
    seat("zed", answering("42"))
    seat("judge", {"ruling": [ruling("continue")]})
    compiled, config = deliberative(build(), checkpointer=InMemorySaver()), {"configurable": {"thread_id": "1"}}
    chosen = {"members": ["ann", "bob", "eve"], "judge": "judge", "max_rounds": 2}

    def context(**choices: Any) -> Any:
        return strategy("debate").form(**{**chosen, **choices})

    await compiled.ainvoke({"messages": [("user", "17+25?")]}, config, context=context())  # type: ignore[arg-type]
    before = [one async for one in compiled.aget_state_history(config) if node in one.next][-1]  # type: ignore[arg-type]

    async def go_on(**choices: Any) -> Outcome:
        made: Outcome = (await compiled.ainvoke(None, before.config, context=context(**choices)))["outcome"]
        return made

    return go_on


@pytest.mark.parametrize("node", ["gate", "settle"])
@pytest.mark.parametrize(
    ("choices", "rounds", "rulings"),
    [({}, 2, 1), ({"max_rounds": 1}, 1, 0), ({"moderated": False}, 2, 0), ({"judge": None}, 2, 0)],
)
async def test_a_debate_goes_on_by_the_choices_that_it_is_given(
    seat: Casting, node: str, choices: Mapping[str, Any], rounds: int, rulings: int
) -> None:
    outcome = await (await left_before(node, seat))(**choices)
    assert outcome["metadata"]["rounds"] == rounds
    assert len(outcome["metadata"]["rulings"]) == rulings


@pytest.mark.parametrize("node", ["gate", "hear", "settle", "moderate", "keep"])
@pytest.mark.parametrize("members", [["ann", "bob", "zed"], ["ann", "bob"]])
async def test_a_debate_does_not_go_on_with_other_debaters(seat: Casting, node: str, members: list[str]) -> None:
    go_on = await left_before(node, seat)
    with pytest.raises(UsageError, match="this debate was begun by ann, bob, eve; it cannot go on with ann, bob"):
        await go_on(members=members)
