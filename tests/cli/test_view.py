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
        (decided("revision", member="bob", stands=False, words="no"), "bob's revision does not stand: no"),
    ],
)
def test_decisions_between_the_calls_are_told_in_words(steps: tuple[str, ...], words: str) -> None:
    assert steps == (words,)


@pytest.mark.parametrize(
    ("role", "label", "answers"),
    [("proposer", "ann 1", True), ("reviser", "ann reviser", True), ("judge", "ann judge", False)],
)
def test_a_seat_tells_its_role_and_whether_its_words_may_be_the_answer(role: str, label: str, answers: bool) -> None:
    seat = seat_after(event("call.start", call="c1", attempt=1, role=role))
    assert (seat.label, seat.answers) == (label, answers)


def test_events_of_a_later_version_change_nothing_but_the_time() -> None:
    view = viewed([START])
    later = seen(view, event("hologram", call="c1", text="?"))
    assert later.seats == view.seats


def test_a_view_is_never_changed_in_place() -> None:
    before = viewed([START])
    seen(before, event("call.delta", call="c1", text="42"))
    assert before.seats["c1"].text == ""
    assert View().seats == {}
