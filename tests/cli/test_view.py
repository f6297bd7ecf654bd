"""The view is a pure reduction of the events."""

from typing import Any, cast

import pytest

from symposium.cli.view import Seat, View, seen, viewed
from symposium.ledger.records import Event


def event(type: str, **payload: Any) -> Event:
    seat = {"member": "ann", "role": "proposer", "round": 0, "index": 0} if type.startswith("call.") else {}
    return cast(Event, {"v": 1, "run": "r", "seq": 1, "t": 5.0, "type": type, **seat, **payload})


def seat_after(*events: Event) -> Seat:
    return viewed(events).seats["c1"]


START = event("call.start", call="c1", attempt=1)
USAGE = {"input": 7, "output": 3, "estimated": False}


def test_what_a_member_says_piles_up() -> None:
    said = seat_after(START, event("call.delta", call="c1", text="4"), event("call.delta", call="c1", text="2"))
    assert (said.text, said.state, said.label) == ("42", "speaking", "ann 1")


def test_a_retry_begins_with_nothing_said() -> None:
    failed = event("call.error", call="c1", kind="server", message="500", usage=None, retry_in=0.3)
    retried = [START, event("call.delta", call="c1", text="4"), failed]
    assert seat_after(*retried).state == "retrying"
    again = seat_after(*retried, event("call.start", call="c1", attempt=2))
    assert (again.state, again.text, again.note, again.attempt) == ("speaking", "", "", 2)


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (event("call.end", call="c1", text="42", answer="42", usage=USAGE, cost=0.1, cancelled=False), "answered"),
        (event("call.end", call="c1", usage=USAGE, cost=0.1, cancelled=True), "stopped"),
        (event("call.error", call="c1", kind="auth", message="no", usage=None, retry_in=None), "failed"),
    ],
)
def test_a_seat_tells_how_it_ended(ending: Event, state: str) -> None:
    assert seat_after(START, ending).state == state


def test_a_stopped_seat_keeps_what_it_said() -> None:
    said = event("call.delta", call="c1", text="17*2")
    assert seat_after(START, said, event("call.end", call="c1", usage=USAGE, cost=0.0, cancelled=True)).text == "17*2"


def test_spending_adds_up_and_an_unknown_price_makes_the_sum_unknown() -> None:
    paid = event("call.end", call="c1", usage=USAGE, cost=0.25, cost_source="list", cancelled=False)
    unknown = event("call.end", call="c2", usage=USAGE, cost=None, cost_source="unknown", cancelled=False)
    assert (viewed([START, paid]).tokens, viewed([START, paid]).cost) == (10, 0.25)
    assert (viewed([START, paid, unknown]).cost, viewed([START, paid, unknown]).tokens) == (None, 20)


def test_a_call_that_was_paid_for_earlier_costs_nothing_and_has_a_seat() -> None:
    view = viewed([event("call.end", call="c1", text="42", answer="42", usage=USAGE, cost=0.25, cached=True)])
    assert (view.tokens, view.cost, view.seats["c1"].answer) == (0, 0.0, "42")


def test_a_members_own_probability_is_its_confidence() -> None:
    signals = {"sum_logprob": {"value": 0.0, "calibrated": False}}
    ended = event("call.end", call="c1", text="42", usage=USAGE, cost=0.0, signals=signals)
    assert seat_after(START, ended).confidence == 1.0
    assert seat_after(START).confidence is None


def decided(type: str, **payload: Any) -> tuple[str, ...]:
    return viewed([event(type, **payload)]).steps


VERDICT = {"judge": "eve", "member": "ann", "reason": "how likely it is", "right": None}


FLIP = {
    "member": "ann", "round": 1, "before": "41", "after": "42", "call": "c1", "critics": ["bob", "eve"],
    "argument": "2+2=5: it is 4", "stands": True, "words": "",
}  # fmt: skip
RULING = {
    "judge": "eve", "round": 1, "decision": "continue", "winner": None, "reason": "they still differ",
    "off_topic": "", "restated": "",
}  # fmt: skip
ROUTE = {
    "graph": "route", "intent": "maths", "router": "trained", "predicted": {"large": 0.9, "ada": 0.7},
    "duel": None, "chosen": ["large", "ada"], "why": "a sum",
}  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (decided("cascade", words="stage 'ann' was sure", escalated=False), "stage 'ann' was sure"),
        (
            decided("cascade", words="stage 'ann' could not be scored", escalated=True),
            "stage 'ann' could not be scored; the next stage is asked",
        ),
        (decided("judge.verdict", **VERDICT, score=-0.5), "eve judges ann's draft: how likely it is: -0.50"),
        (decided("judge.verdict", **VERDICT, score=None), "eve judges ann's draft: it cannot tell"),
        (
            decided("judge.verdict", **{**VERDICT, "right": True, "reason": "right: 1 step checked"}, score=1.0),
            "eve judges ann's draft: right: 1 step checked",
        ),
        (
            decided("critique", critic="eve", member="ann", step="2+2=5", reason="it is 4"),
            "eve objects to ann's 2+2=5: it is 4",
        ),
        (
            decided("fallback", **{"from": "ann", "to": "bob", "role": "judge", "reason": "no money"}),
            "instead of ann as judge: bob (no money)",
        ),
        (
            decided("fallback", **{"from": "vote(ann)", "to": "bob", "reason": "broke"}),
            "instead of vote(ann): bob (broke)",
        ),
        (
            decided("hedge", call="c1", member="ann", role="proposer", round=0, index=0, attempt=2, after=1.25),
            "ann 1 has not answered after 1.2 s; it is asked a second time",
        ),
        (
            decided("quorum", asked=5, counted=3, stopped=2, reason="quorum"),
            "3 of 5 drafts are in; the rest is not waited for",
        ),
        (decided("round.start", round=2, what="drafts"), "round 2: drafts"),
        (decided("answer.restart", reason="ann broke off"), "the answer begins anew: ann broke off"),
        (
            decided("analysis", analyst="eve", consensus=[], contradictions=[{}], unique=[{}, {}], blind_spots=[]),
            "eve finds 1 contradiction, 2 points of one draft alone in the drafts",
        ),
        (
            decided("comparison", judge="eve", calls=["c1", "c2"], winner=None, consistent=False, reasons=[]),
            "eve compares two answers and prefers neither, since the order in which it reads them decides",
        ),
        (decided("revision", member="bob", stands=False, words="no"), "bob's revision does not stand: no"),
        (
            decided("critique", critic="eve", member="ann", step="the train\nleaves at 5", reason="at\n6"),
            'eve objects to ann\'s "the train leaves at 5": at 6',
        ),
        (
            decided("gate", gate="unanimous", debate=True, would={}, agreement=0.5, words="the drafts differ"),
            "the gate opens: the drafts differ",
        ),
        (
            decided("gate", gate="trained", debate=False, would={}, agreement=0.9, words="it would change nothing"),
            "the gate stays shut: it would change nothing",
        ),
        (decided("stop", round=1, rule="stable", words="nobody moves"), "the debate ends: nobody moves"),
        (decided("flip", **FLIP), "ann changes its mind from 41 to 42, moved by bob and eve: 2+2=5: it is 4"),
        (
            decided("flip", **{**FLIP, "before": None, "critics": [], "argument": "", "stands": False, "words": "no"}),
            "ann changes its mind from no answer to 42; it does not stand: no",
        ),
        (decided("judge.decision", **RULING), "eve rules after round 1: go on: they still differ"),
        (
            decided("judge.decision", **{**RULING, "decision": "conclude", "winner": "c9", "reason": ""}),
            "eve rules after round 1: conclude in favour of an earlier draft",
        ),
        (
            decided(
                "judge.decision",
                **{**RULING, "decision": "redirect", "off_topic": "the weather", "restated": "How many?"},
            ),
            'eve rules after round 1: lead the debate back from "the weather" to "How many?": they still differ',
        ),
        (decided("route.decision", **ROUTE), "trained sends this (maths) to large and ada: a sum"),
        (decided("ranking", voter="eve", order=["c8"]), "eve ranks an earlier draft"),
        (decided("approval", voter="eve", approved=[]), "eve approves of nobody"),
    ],
)
def test_decisions_between_the_calls_are_told_in_words(steps: tuple[str, ...], words: str) -> None:
    assert steps == (words,)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ({"graph": "cascade"}, True),
        ({"graph": "debate"}, False),
        ({"graph": "vote", "choices": {"ballots": "ranking"}}, False),
        ({"graph": "vote", "choices": {"ballots": "judge"}}, True),
    ],
)
def test_estimates_are_told_where_they_decide_by_themselves(start: dict[str, Any], told: bool) -> None:
    estimate = event("judge.verdict", **VERDICT, score=0.5)
    checked = event("judge.verdict", **{**VERDICT, "right": True}, score=1.0)
    assert len(viewed([event("run.start", **start), estimate, checked]).steps) == 1 + told


@pytest.mark.parametrize(
    ("role", "label", "answers"),
    [
        ("proposer", "ann 1", True),
        ("reviser", "ann reviser", True),
        ("judge", "ann judge", False),
        ("router", "ann router", False),
        ("elector", "ann elector", False),
    ],
)
def test_a_seat_tells_its_role_and_whether_its_words_may_be_the_answer(role: str, label: str, answers: bool) -> None:
    seat = seat_after(event("call.start", call="c1", attempt=1, role=role))
    assert (seat.label, seat.answers) == (label, answers)


@pytest.mark.parametrize("type", ["quorum", "round.start"])
def test_what_is_told_elsewhere_is_not_told_twice(type: str) -> None:
    assert decided(type, round=1, what="drafts", asked=5, counted=3, stopped=2) == ()


def seat_of(call: str, role: str = "proposer", **place: Any) -> Event:
    """A call that has ended."""
    said = {"text": "42", "answer": "42", "usage": USAGE, "cost": 0.0, "cancelled": False}
    return event("call.end", call=call, **said) | cast(Event, {"role": role, **place})


def test_who_is_ranked_is_told_by_name_and_by_sample_only_where_there_are_several() -> None:
    ranking = event("ranking", voter="eve", order=["c2", "c1"])
    once = viewed([seat_of("c1"), seat_of("c2", member="bob"), ranking])
    twice = viewed([seat_of("c1"), seat_of("c2", index=1), ranking])
    assert (once.steps, twice.steps) == (("eve ranks bob, ann",), ("eve ranks ann 2, ann 1",))


def rounds_of(*between: Event) -> View:
    """Drafts, a round of critique and revision, and a second one that only begins."""
    return viewed(
        [
            event("round.start", round=0, what="drafts"),
            seat_of("c1"),
            event("gate", gate="never", debate=True, would={}, agreement=0.5, words="they differ"),
            event("round.start", round=1, what="critique"),
            seat_of("c2", role="critic", round=1),
            event("critique", critic="ann", member="bob", step="2+2=5", reason="it is 4"),
            event("round.start", round=1, what="revision"),
            seat_of("c3", role="reviser", round=1),
            *between,
            event("round.start", round=2, what="critique"),
        ]
    )


def test_a_debate_reads_round_by_round() -> None:
    chapters = rounds_of().chapters
    assert [(one.title, [seat.call for seat in one.seats], one.steps) for one in chapters] == [
        ("", ["c1"], ("the gate opens: they differ",)),
        ("round 1: critique", ["c2"], ("ann objects to bob's 2+2=5: it is 4",)),
        ("round 1: revision", ["c3"], ()),
        ("round 2: critique", [], ()),
    ]


def test_critics_that_found_nothing_are_told_when_their_round_is_over() -> None:
    critics = [seat_of(f"c{place}", role="critic", member=name) for place, name in enumerate(("ann", "bob", "eve"))]
    over = event("round.start", round=1, what="revision")
    objection = event("critique", critic="bob", member="ann", step="2+2=5", reason="it is 4")
    told = viewed([event("round.start", round=1, what="critique"), *critics, objection, over]).chapters
    assert told[1].steps[-1] == "ann and eve found nothing to object to"
    assert told[2].title == "round 1: revision"


def test_a_vote_that_was_settled_in_one_round_is_open_in_the_next() -> None:
    vote = event("vote", voices=[], counted=2, outstanding=0, settled=True)
    assert viewed([vote]).settled
    assert not rounds_of(vote).settled


def test_without_rounds_there_is_one_chapter_of_everything() -> None:
    (chapter,) = viewed([seat_of("c1"), event("stop", round=0, rule="cap", words="so it is")]).chapters
    assert ([seat.call for seat in chapter.seats], chapter.steps) == (["c1"], ("the debate ends: so it is",))


HEDGE = event("hedge", call="c1", attempt=2, after=0.5)
SECOND = event("call.start", call="c1", attempt=2)
LOST = event("call.end", call="c1", attempt=1, usage=USAGE, cost=0.1, cancelled=True)
WON = event("call.end", call="c1", attempt=2, text="42", answer="42", usage=USAGE, cost=0.1, cancelled=False)


@pytest.mark.parametrize("ends", [(LOST, WON), (WON, LOST)])
def test_of_two_attempts_the_one_that_answers_counts_and_both_cost(ends: tuple[Event, ...]) -> None:
    view = viewed([START, event("call.delta", call="c1", text="4"), HEDGE, SECOND, *ends])
    seat = view.seats["c1"]
    assert (seat.state, seat.text, seat.open) == ("answered", "42", 0)
    assert (view.attempts, view.tokens, view.cost) == (2, 20, 0.2)


def test_a_second_attempt_hides_nothing_of_the_first() -> None:
    assert seat_after(START, event("call.delta", call="c1", text="4"), HEDGE, SECOND).text == "4"


def test_one_attempt_that_fails_beside_another_does_not_end_the_seat() -> None:
    failed = event("call.error", call="c1", attempt=1, kind="server", message="500", usage=None, retry_in=0.0)
    assert seat_after(START, HEDGE, SECOND, failed).state == "speaking"
    assert seat_after(START, HEDGE, SECOND, failed, WON).state == "answered"


def test_an_answer_that_begins_anew_is_cleared() -> None:
    said = [event("answer.delta", text="Together"), event("answer.restart", reason="reset")]
    assert viewed(said).answer == ""
    assert viewed([*said, event("answer.delta", text="All")]).answer == "All"


def test_what_was_cut_of_a_prompt_is_told() -> None:
    view = viewed([event("call.start", call="c1", attempt=1, cut={"turns": 2, "characters": 0, "reply": 9, "new": 1})])
    assert view.steps == ("ann 1 is not told 2 earlier turns, for which its context is too small",)
    assert (
        viewed([event("call.start", call="c1", attempt=1, cut={"turns": 0, "characters": 0, "reply": 9})]).steps == ()
    )


def test_thoughts_are_kept_apart_from_the_reply() -> None:
    thought = event("call.delta", call="c1", reasoning="hm")
    ended = event("call.end", call="c1", text="42", reasoning="hm, yes", usage=USAGE, cost=0.0, cancelled=False)
    assert (seat_after(START, thought).text, seat_after(START, thought).reasoning) == ("", "hm")
    assert (seat_after(START, thought, ended).text, seat_after(START, thought, ended).reasoning) == ("42", "hm, yes")


def test_who_is_asked_is_told_with_the_reason_where_nobody_was_named() -> None:
    start = {"graph": "vote", "cast": [{"member": "ann"}, {"member": "bob"}]}
    assert viewed([event("run.start", **start, why="")]).asking == "asking ann, bob"
    found = viewed([event("run.start", **start, why="of Ollama at box: no symposium.toml here")])
    assert found.asking == "asking ann, bob of Ollama at box: no symposium.toml here"


def test_events_of_a_later_version_change_nothing_but_the_time() -> None:
    view = viewed([START])
    later = seen(view, event("hologram", call="c1", text="?"))
    assert later.seats == view.seats


def test_a_view_is_never_changed_in_place() -> None:
    before = viewed([START])
    seen(before, event("call.delta", call="c1", text="42"))
    assert before.seats["c1"].text == ""
    assert View().seats == {}
