"""Outcomes drawn up from events: what can be said of a run before, or instead of, its own ending."""

from collections.abc import Iterable
from typing import cast

from symposium.ledger.records import Event, Outcome, Quorum
from symposium.ledger.totals import CALLS, CallEvent, totals


def outcome_so_far(run: str, *, graph: str, events: Iterable[Event]) -> Outcome:
    """Say what the events tell: who answered, how many failed or were stopped, what was spent; no answer yet."""
    left = list(events)
    ends = _last_words(left)
    answered = [event for event in ends.values() if event["type"] == "call.end" and not event.get("cancelled")]
    return Outcome(
        run=run,
        graph=graph,
        status="failed",
        method="none",
        answer="",
        extracted=None,
        exit="error",
        words="",
        answered=sorted({event.get("member", "") for event in answered}),
        failures=[],
        quorum=_quorum(list(ends.values())),
        agreed=[],
        dissent=[],
        tie=None,
        signals={},
        totals=totals(left),
        first=None,
        notes=[],
        metadata={},
    )


def interrupted(run: str, *, graph: str, events: Iterable[Event], words: str) -> Outcome:
    """Draw up the outcome of a run whose process died before it could write one."""
    return {**outcome_so_far(run, graph=graph, events=events), "status": "interrupted", "words": words}


def _last_words(events: list[Event]) -> dict[str, CallEvent]:
    """Map each call to the last event that counts for it."""
    calls = (cast(CallEvent, e) for e in events if e["type"] in CALLS)
    return {event["call"]: event for event in calls}


def _quorum(ends: list[CallEvent]) -> Quorum:
    ended = [event for event in ends if event["type"] == "call.end"]
    cancelled = sum(bool(event.get("cancelled")) for event in ended)
    failed = sum(event["type"] == "call.error" for event in ends)
    return Quorum(asked=len(ends), answered=len(ended) - cancelled, failed=failed, cancelled=cancelled)
