"""Elections in a vote: who reads what, what decides, and what stands where nobody can choose."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader import Reader, shown

from symposium.graphs import ask, start
from symposium.graphs.catalogue import strategy
from symposium.ledger.records import ConfigurationError, Event, Outcome, UsageError
from symposium.models.endpoints import disconnect
from symposium.models.settings import BallotName
from symposium.tools.equivalence import canonical
from symposium.tools.votes import RULES

PLURALITY = {"samples": 1, "rule": "plurality", "seed": 1}
Prefers = Callable[[str], float]
"""How good a reader finds a text."""


def says(actor: Callable[[], Reader], draft: str, prefers: Prefers) -> Callable[[Mapping[str, str]], str]:
    """A member that drafts, and does every reading task by its preference."""

    def reply(drafts: Mapping[str, str]) -> str:
        task = actor().heard[-1].messages[-1]["content"]
        order = sorted(drafts, key=lambda label: -prefers(drafts[label]))
        if '"ranking"' in task:
            return json.dumps({"reason": "so", "ranking": order})
        if '"approved"' in task:
            return json.dumps({"reason": "so", "approved": [one for one in order if prefers(drafts[one]) > 0]})
        if '"better"' in task:
            tie = prefers(drafts["A"]) == prefers(drafts["B"])
            return json.dumps({"reason": "so", "better": "tie" if tie else order[0]})
        if '"grade"' in task:
            (text,) = drafts.values()
            grade = max(1, min(10, round(prefers(text))))
            return json.dumps({"reason": "so", "quote": "", "right": grade > 4, "grade": grade})
        return draft

    return reply


@pytest.fixture
def voters(reads: Callable[..., Any]) -> Callable[..., dict[str, Reader]]:
    """Casts members that say their answers and like texts by one measure."""

    def cast(answers: Mapping[str, str], prefers: Prefers = lambda _: 1.0, **entry: object) -> dict[str, Reader]:
        made: dict[str, Reader] = {}
        for name, text in answers.items():
            made[name] = reads(name, says(lambda name=name: made[name], text, prefers), family=name, **entry)
        return made

    return cast


def likes(word: str) -> Prefers:
    return lambda text: 9.0 if word in text else 0.0


async def events_of(question: str = "17+25?", **choices: Any) -> list[dict[str, Any]]:
    deliberation = start(question, **choices)
    found: list[Event] = [event async for event in deliberation.events()]
    return [dict(event) for event in found]


def of(events: Sequence[Mapping[str, Any]], type: str) -> list[dict[str, Any]]:
    return [dict(event) for event in events if event["type"] == type]


THREE = {"ann": "answer 41", "bob": "17+25=42; answer 42", "eve": "answer 41"}


# Readers


async def test_the_drafts_that_peers_rank_first_win_over_the_majority(voters: Callable[..., Any]) -> None:
    voters(THREE, likes("42"))
    events = await events_of(members=[*THREE], ballots="ranking", **PLURALITY)
    outcome = events[-1]["outcome"]
    assert (outcome["method"], outcome["extracted"], outcome["agreed"]) == ("vote", "42", ["bob"])
    assert [(voice["answer"], voice["members"]) for voice in outcome["dissent"]] == [("41", ["ann", "eve"])]
    assert outcome["signals"]["share"]["value"] == pytest.approx(1 / 1.5)
    assert outcome["notes"][0] == "2 ranked the drafts of the others"
    assert [event["voter"] for event in of(events, "ranking")] == ["ann", "eve"]
    last = of(events, "vote")[-1]
    assert (last["rule"], last["settled"], last["voices"][0]["answer"]) == ("ranking", True, "42")


async def test_nobody_reads_a_draft_of_its_own_and_all_are_anonymous(voters: Callable[..., Any]) -> None:
    cast = voters({**THREE, "dee": "answer 43"}, likes("42"))
    await ask("17+25?", members=[*cast], ballots="ranking", samples=2, rule="plurality", seed=1)
    for name, reader in cast.items():
        (read,) = [request for request in reader.heard if shown(request)]
        own = {**THREE, "dee": "answer 43"}[name]
        others = [text for other, text in {**THREE, "dee": "answer 43"}.items() if other != name for _ in range(2)]
        assert sorted(shown(read).values()) == sorted(others)
        assert own not in shown(read).values() or own in others
        assert not re.search(r"\b(ann|bob|eve|dee)\b", read.messages[-1]["content"])


async def test_who_has_nothing_to_choose_between_is_not_asked_to_rank(voters: Callable[..., Any]) -> None:
    cast = voters(THREE, likes("42"))
    await ask("17+25?", members=[*THREE], ballots="ranking", **PLURALITY)
    assert {name: len(reader.heard) for name, reader in cast.items()} == {"ann": 2, "bob": 1, "eve": 2}


async def test_a_unanimous_vote_is_not_put_to_an_election(voters: Callable[..., Any]) -> None:
    cast = voters({"ann": "answer 42", "bob": "17+25=42; answer 42"})
    for ballots in ("ranking", "approval", "pairwise", "judge", "verifier"):
        before = {name: len(reader.heard) for name, reader in cast.items()}
        outcome = await ask("17+25?", members=["ann", "bob"], ballots=ballots, **PLURALITY)
        assert (outcome["extracted"], outcome["agreed"], outcome["dissent"]) == ("42", ["ann", "bob"], [])
        assert {name: len(reader.heard) - before[name] for name, reader in cast.items()} == {"ann": 1, "bob": 1}


async def test_the_answer_that_most_approve_wins(voters: Callable[..., Any]) -> None:
    voters({"ann": "answer 41", "bob": "answer 42", "eve": "answer 43"}, likes("43"))
    events = await events_of(members=["ann", "bob", "eve"], ballots="approval", **PLURALITY)
    assert events[-1]["outcome"]["extracted"] == "43"
    approvals = {event["voter"]: len(event["approved"]) for event in of(events, "approval")}
    assert approvals == {"ann": 1, "bob": 1, "eve": 0}
    assert events[-1]["outcome"]["signals"]["share"]["value"] == 1.0


async def test_where_nobody_approves_of_anything_the_count_decides(voters: Callable[..., Any]) -> None:
    voters(THREE, lambda _: 0.0)
    outcome = await ask("17+25?", members=[*THREE], ballots="approval", **PLURALITY)
    assert (outcome["extracted"], outcome["tie"]) == ("41", None)
    assert outcome["notes"] == ["no draft was approved: the answers were counted"]
    assert outcome["signals"]["share"]["value"] == pytest.approx(2 / 3)


# Judges


async def test_a_judge_of_another_family_compares_every_two_answers_in_both_orders(
    voters: Callable[..., Any],
) -> None:
    cast = voters({"ann": "answer 41", "bob": "answer 42", "eve": "answer 43", "jim": ""}, likes("43"))
    events = await events_of(members=["ann", "bob", "eve"], ballots="pairwise", judge="jim", **PLURALITY)
    outcome = events[-1]["outcome"]
    assert (outcome["extracted"], len(cast["jim"].heard), len(of(events, "comparison"))) == ("43", 6, 3)
    assert outcome["notes"] == ["a judge compared every two answers in both orders"]
    assert outcome["signals"]["share"]["value"] == pytest.approx(1 / 1.5)


async def test_equivalent_answers_are_one_candidate_of_a_tournament(voters: Callable[..., Any]) -> None:
    cast = voters({"ann": "answer 1/2", "bob": "answer 0.5", "eve": "answer 2", "jim": ""}, likes("2"))
    outcome = await ask("17+25?", members=["ann", "bob", "eve"], ballots="pairwise", judge="jim", **PLURALITY)
    assert len(cast["jim"].heard) == 2
    assert len(outcome["dissent"]) == 1


async def test_a_judge_that_always_takes_the_first_leaves_it_to_the_count(
    voters: Callable[..., Any], reads: Callable[..., Any]
) -> None:
    voters(THREE)
    reads("jim", lambda _: json.dumps({"reason": "so", "better": "A"}), family="jim")
    outcome = await ask("17+25?", members=[*THREE], ballots="pairwise", judge="jim", **PLURALITY)
    assert (outcome["extracted"], outcome["tie"]) == (
        "41",
        "41 and 42 tied by pairwise; 41 won by the count by plurality",
    )


async def test_a_tournament_is_held_between_eight_answers_at_most(voters: Callable[..., Any]) -> None:
    answers = {f"m{place}": f"answer {place}" for place in range(9)}
    cast = voters({**answers, "jim": ""}, likes("answer 7"))
    outcome = await ask("?", members=[*answers], ballots="pairwise", judge="jim", **PLURALITY)
    assert len(cast["jim"].heard) == 8 * 7
    assert (outcome["extracted"], len(outcome["dissent"])) == ("7", 8)
    assert "of 9 answers the 8 that count most were judged" in outcome["notes"]


async def test_the_answer_with_the_best_grade_wins(voters: Callable[..., Any]) -> None:
    voters({**THREE, "jim": ""}, likes("42"))
    events = await events_of(members=[*THREE], ballots="judge", judge="jim", **PLURALITY)
    assert events[-1]["outcome"]["extracted"] == "42"
    assert sorted(event["score"] for event in of(events, "judge.verdict")) == [0.0, pytest.approx(8 / 9)]


async def test_without_a_named_judge_the_strongest_of_a_family_that_is_not_judged_does_it(
    stage: Any, voters: Callable[..., Any], lines: Any
) -> None:
    cast = voters({"ann": "answer 41", "bob": "answer 42"}, likes("42"), reliability=0.9)
    idle = voters({"eve": "What do you mean?"}, likes("42"), reliability=0.6)
    events = await events_of(members=["ann", "bob", "eve"], ballots="judge", **PLURALITY)
    assert {event["judge"] for event in of(events, "judge.verdict")} == {"eve"}
    assert len(idle["eve"].heard) == 3
    assert not any("own family" in note for note in events[-1]["outcome"]["notes"])
    assert sum(len(reader.heard) for reader in cast.values()) == 2


async def test_a_judge_of_its_own_family_is_told(voters: Callable[..., Any]) -> None:
    voters({"ann": "answer 41", "bob": "answer 42"}, likes("42"))
    outcome = await ask("?", members=["ann", "bob"], ballots="judge", judge="ann", **PLURALITY)
    assert (outcome["extracted"], outcome["notes"][1]) == (
        "42",
        "ann has judged drafts of its own family; name another judge",
    )


# The verifier


async def test_what_the_checker_finds_right_comes_before_what_it_cannot_tell_and_that_before_wrong(stage: Any) -> None:
    stage.cast("a", "17+25=43; answer 43")
    stage.cast("b", "17+25=43; answer 43")
    stage.cast("c", "answer 44")
    stage.cast("d", "17+25=42; answer 42")
    outcome = await ask("17+25?", members=["a", "b", "c", "d"], ballots="verifier", **PLURALITY)
    assert [outcome["extracted"], *(voice["answer"] for voice in outcome["dissent"])] == ["42", "44", "43"]


async def test_among_answers_that_are_as_right_the_count_decides(stage: Any) -> None:
    for name, text in {"a": "17+24=41; answer 41", "b": "17+25=42; answer 42", "c": "17+25=42; answer 42"}.items():
        stage.cast(name, text)
    outcome = await ask("17+25?", members=["a", "b", "c"], ballots="verifier", **PLURALITY)
    assert outcome["extracted"] == "42"


# Prose


PROSE = {
    "ann": "Cables pull, and towers carry what they pull.",
    "bob": "Arches press outwards against the ground on both sides.",
    "eve": "Because engineers know what they do, mostly.",
}


@pytest.mark.parametrize("ballots", ["ranking", "approval", "pairwise", "judge"])
async def test_of_prose_the_draft_itself_is_elected(voters: Callable[..., Any], ballots: str) -> None:
    voters({**PROSE, "jim": "x"}, likes("Arches"))
    outcome = await ask("Why does a bridge stand?", members=[*PROSE], ballots=ballots, judge="jim", samples=1, seed=1)
    assert (outcome["status"], outcome["method"], outcome["answer"]) == ("answered", "selection", PROSE["bob"])
    assert (outcome["extracted"], outcome["agreed"]) == (None, ["bob"])
    assert outcome["notes"][0] == "the draft of bob was selected"


@pytest.mark.parametrize("ballots", ["answers", "verifier"])
async def test_prose_that_nobody_reads_stays_the_most_reliable_members(stage: Any, ballots: str) -> None:
    stage.cast("a", PROSE["ann"], reliability=0.6)
    stage.cast("b", PROSE["bob"], reliability=0.8)
    outcome = await ask("Why does a bridge stand?", members=["a", "b"], samples=1, ballots=ballots)
    assert (outcome["status"], outcome["answer"]) == ("partial", PROSE["bob"])


# Faults


async def test_a_voter_that_fails_is_data_and_the_others_vote(voters: Callable[..., Any], reads: Any) -> None:
    made = voters({"ann": "answer 41", "bob": "answer 42", "eve": "answer 41"}, likes("42"))
    mute = reads("dim", lambda drafts: "no JSON" if drafts else "answer 42", family="dim")
    outcome = await ask("?", members=[*made, "dim"], ballots="ranking", **PLURALITY)
    assert (outcome["extracted"], outcome["status"]) == ("42", "answered")
    assert [(one["member"], one["role"], one["kind"]) for one in outcome["failures"]] == [
        ("dim", "elector", "malformed")
    ]
    assert outcome["quorum"] == {"asked": 4, "answered": 4, "failed": 0, "cancelled": 0}
    assert len(mute.heard) == 3


async def test_where_nobody_can_rank_the_count_stands_and_it_says_so(stage: Any) -> None:
    for name, text in THREE.items():
        stage.cast(name, text)
    outcome = await ask("17+25?", members=[*THREE], ballots="ranking", **PLURALITY)
    assert (outcome["extracted"], outcome["status"]) == ("41", "answered")
    assert outcome["notes"] == ["no member here can vote on the others' drafts: the answers were counted"]


async def test_a_judge_that_fails_is_followed_by_the_strongest_that_can(
    voters: Callable[..., Any], reads: Callable[..., Any]
) -> None:
    voters({"ann": "answer 41", "bob": "answer 42", "eve": "answer 41"}, likes("42"))
    reads("jim", lambda _: "no JSON", family="jim")
    for ballots in ("judge", "pairwise"):
        outcome = await ask("?", members=["ann", "bob", "eve"], ballots=ballots, judge="jim", **PLURALITY)
        assert outcome["extracted"] == "42"
        assert {(one["member"], one["kind"]) for one in outcome["failures"]} == {("jim", "malformed")}


async def test_where_every_judge_fails_the_count_stands_and_it_says_so(
    reads: Callable[..., Any],
) -> None:
    for name, text in THREE.items():
        reads(name, lambda drafts, text=text: "no JSON" if drafts else text, family=name)
    outcome = await ask("17+25?", members=[*THREE], ballots="judge", **PLURALITY)
    assert outcome["extracted"] == "41"
    assert outcome["notes"][0].startswith("nobody could judge the drafts, failed: ann (malformed)")


async def test_a_vote_that_is_concluded_before_its_election_is_counted(stage: Any, lines: Any, voters: Any) -> None:
    cast = voters({"ann": "answer 41", "bob": "answer 42"}, likes("42"))
    stage.cast("slow", lines(text="hm", hangs=True))
    deliberation = start("?", members=["ann", "bob", "slow"], ballots="ranking", **PLURALITY)
    async for event in deliberation.events():
        if event["type"] == "vote" and event["counted"] == 2:  # type: ignore[typeddict-item]  # by the event's type
            deliberation.conclude()
    outcome = await deliberation.outcome()
    assert (outcome["status"], outcome["exit"], outcome["extracted"]) == ("partial", "concluded", "41")
    assert all(len(reader.heard) == 1 for reader in cast.values())


async def test_the_budget_ends_an_election_and_the_count_stands(voters: Callable[..., Any]) -> None:
    voters(THREE, likes("42"))
    outcome = await ask("17+25?", members=[*THREE], ballots="ranking", max_calls=3, **PLURALITY)
    assert (outcome["extracted"], outcome["status"], outcome["exit"]) == ("41", "partial", "budget")


# What is asked wrongly


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"members": ["ann"], "ballots": "ranking"}, "name two or more, not only ann"),
        ({"ballots": "rankings"}, "must be one of answers, ranking, approval"),
        ({"ballots": "judge", "judge": "jm"}, "unknown member 'jm'"),
        ({"ballots": "verifier", "critic": "jm"}, "unknown member 'jm'"),
        ({"certainty": 1.0, "adaptive": True}, "certainty"),
        ({"certainty": 0.2, "adaptive": True}, "certainty"),
        ({"ballots": "trained"}, "nothing was learnt of votes by scripted:ann, scripted:bob"),
        ({"ballots": "verifier", "critic": "bob"}, "cannot be judge"),
        ({"ballots": "pairwise", "judge": "bob"}, "cannot be comparer"),
    ],
)
async def test_what_cannot_be_held_is_refused_before_anyone_is_asked(
    stage: Any, choices: dict[str, Any], told: str
) -> None:
    actors = [stage.cast(name, "answer 1") for name in ("ann", "bob")]
    with pytest.raises(UsageError, match=re.escape(told)):
        await ask("?", **{"members": ["ann", "bob"], **choices})
    assert all(actor.heard == [] for actor in actors)


def test_the_bundled_minds_cannot_compare_which_is_told_at_start(stage: Any) -> None:
    stage.configure("")
    with pytest.raises(UsageError, match=r"ballots 'pairwise': none of .*large.* follows instructions"):
        strategy("vote").form(ballots="pairwise")
    assert strategy("vote").form(ballots="pairwise", judge="ollama:qwen3").helpers[0].model == "ollama:qwen3"


async def test_what_is_configured_wrongly_names_the_file(stage: Any) -> None:
    stage.cast("ann", "answer 1")
    stage.configure('ballots = "ranking"')
    with pytest.raises(ConfigurationError, match=r"symposium\.toml"):
        await ask("?", members=["ann"])


# The bundled minds


@pytest.mark.parametrize("ballots", ["ranking", "approval", "judge", "trained", "verifier"])
async def test_the_bundled_minds_elect_as_well(stage: Any, ballots: str) -> None:
    stage.configure("")
    outcome = await ask("What is 17 + 24?", ballots=ballots, seed=1)
    await disconnect()
    assert (outcome["status"], outcome["extracted"]) == ("answered", "41")


# The plan


PLANS: list[dict[str, Any]] = [
    {"ballots": "ranking"},
    {"ballots": "approval"},
    {"ballots": "pairwise", "judge": "jim"},
    {"ballots": "judge", "judge": "jim"},
    {"ballots": "verifier"},
    {"ballots": "verifier", "critic": "jim"},
]


@pytest.mark.parametrize("choices", PLANS, ids=str)
async def test_an_election_between_all_makes_the_calls_that_were_planned(
    voters: Callable[..., Any], choices: dict[str, Any]
) -> None:
    answers = {"ann": "answer 41", "bob": "answer 42", "eve": "answer 43"}
    voters({**answers, "jim": ""}, likes("42"))
    form = strategy("vote").form(members=[*answers], **choices, **PLURALITY)
    planned = [call for call in strategy("vote").agenda(form) if not call.spare]
    outcome = await ask("17+25?", members=[*answers], **choices, **PLURALITY)
    assert outcome["totals"]["calls"] == len(planned)
    assert sum(call.surely for call in planned) == 3


# Laws


def staged(stage: Any, answers: Sequence[str], liking: Sequence[float]) -> list[str]:
    """Members that draft those answers and read by how much each text is liked."""
    liked = dict(zip(answers, liking, strict=True))
    names = [f"m{place}" for place in range(len(answers))]
    for name, answer in zip([*names, "jim"], [*answers, ""], strict=True):
        stage.cast(name, "", reliability=0.7)
        text = f"answer {answer}" if answer else "What do you mean?"
        stage.actors[name] = Reader(
            says(lambda name=name: stage.actors[name], text, lambda text: liked.get(text.removeprefix("answer "), 0.0))
        )
    return names


@given(
    answers=st.lists(st.sampled_from(["1/2", "0.5", "2", "3", ""]), min_size=2, max_size=4),
    liking=st.lists(st.sampled_from([0.0, 5.0, 9.0]), min_size=4, max_size=4),
    rule=st.sampled_from(list(RULES)),
    ballots=st.sampled_from([name for name in get_args(BallotName) if name != "trained"]),
    data=st.data(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_changes_an_election_unanimity_stands_and_no_answer_is_invented(
    staging: Callable[[], Any], answers: list[str], liking: list[float], rule: str, ballots: str, data: st.DataObject
) -> None:
    results: list[Outcome] = []
    for order in (range(len(answers)), data.draw(st.permutations(range(len(answers))))):
        stage = staging()
        names = staged(stage, answers, liking[: len(answers)])
        chosen = {"members": [names[place] for place in order], "ballots": ballots, "judge": "jim", "seed": 1}
        results.append(asyncio.run(ask("?", samples=1, rule=rule, **chosen)))
    first, second = results
    given_keys = {canonical(answer).key for answer in answers if answer}
    for outcome in results:
        told = None if outcome["extracted"] is None else canonical(outcome["extracted"]).key
        assert told in (given_keys or {None})
        if len(given_keys) == 1:
            assert told == next(iter(given_keys))
    assert (first["status"], first["method"]) == (second["status"], second["method"])
    assert canonical(first["extracted"] or "?") == canonical(second["extracted"] or "?")
    voices = [{(voice["answer"], voice["share"]) for voice in outcome["dissent"]} for outcome in results]
    assert voices[0] == voices[1] or ballots == "answers"  # a count is settled before everybody is heard
