"""What a reader sees of a run: a pure reduction of its events, the same live and from the ledger."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from symposium.ledger.records import Event, Outcome, Signal, Voice
from symposium.tools.confidence import answer_probability

SeatState = Literal["speaking", "retrying", "answered", "failed", "stopped"]
Fields = Mapping[str, Any]  # an event's payload; its keys depend on its type


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One call: who speaks, what came so far and how it ended. `began` is seconds since the epoch."""

    call: str
    member: str
    role: str
    round: int
    index: int
    began: float
    state: SeatState = "speaking"
    attempt: int = 1
    text: str = ""
    reasoning: str = ""
    answer: str | None = None
    signals: Mapping[str, Signal] = field(default_factory=dict)
    note: str = ""
    output: int = 0
    seconds: float | None = None

    @property
    def answers(self) -> bool:
        """The seat's words may become the answer; a critic's or a judge's never do."""
        return self.role not in ("critic", "judge")

    @property
    def label(self) -> str:
        """The member and which of its samples this is, or in which role it speaks."""
        return f"{self.member} {self.index + 1}" if self.role in ("", "proposer") else f"{self.member} {self.role}"

    @property
    def confidence(self) -> float | None:
        """The chance (0..1) that the member itself gave its reply; None where its provider tells none. Raw."""
        return answer_probability(self.signals)


@dataclass(frozen=True, kw_only=True)
class View:
    """The state of a reader: seats by call in the order they began, the tally, what is spent, the end.

    `steps` are the decisions between the calls, in words.
    """

    run: str = ""
    graph: str = ""
    question: str = ""
    cast: tuple[str, ...] = ()
    choices: Fields = field(default_factory=dict)
    limits: Fields = field(default_factory=dict)
    began: float | None = None
    latest: float = 0.0
    seats: Mapping[str, Seat] = field(default_factory=dict)
    tally: tuple[Voice, ...] = ()
    outstanding: int | None = None
    settled: bool = False
    steps: tuple[str, ...] = ()
    attempts: int = 0
    tokens: int = 0
    cost: float | None = 0.0
    sources: tuple[str, ...] = ()
    answer: str = ""
    outcome: Outcome | None = None

    @property
    def several(self) -> bool:
        """More than one member, or one that is asked more than once, has spoken."""
        return len(self.seats) > 1


def seen(view: View, event: Event) -> View:
    """Take one event into the view; types it does not know change nothing but the time."""
    fields = cast(Fields, event)
    take = _TAKEN.get(event["type"])
    now = replace(view, latest=event["t"])
    return take(now, fields) if take else now


def viewed(events: Iterable[Event]) -> View:
    """Reduce a whole stream."""
    view = View()
    for event in events:
        view = seen(view, event)
    return view


def _start(view: View, event: Fields) -> View:
    return replace(
        view,
        run=event["run"],
        graph=event.get("graph", ""),
        question=event.get("question", ""),
        cast=tuple(entry["member"] for entry in event.get("cast", ())),
        choices=event.get("choices", {}),
        limits=event.get("budget", {}),
        began=event["t"],
    )


def _call_start(view: View, event: Fields) -> View:
    seat = _seat(view, event)
    begun = replace(seat, state="speaking", attempt=event.get("attempt", 1), text="", reasoning="", note="")
    return replace(_seated(view, begun), attempts=view.attempts + 1)


def _call_delta(view: View, event: Fields) -> View:
    seat = view.seats.get(event["call"])
    if seat is None:
        return view
    text, reasoning = seat.text + event.get("text", ""), seat.reasoning + event.get("reasoning", "")
    return _seated(view, replace(seat, text=text, reasoning=reasoning))


def _call_end(view: View, event: Fields) -> View:
    seat, cancelled = _seat(view, event), event.get("cancelled", False)
    usage = event.get("usage") or {}
    ended = replace(
        seat,
        state="stopped" if cancelled else "answered",
        text=event.get("text", seat.text),
        answer=event.get("answer"),
        signals=event.get("signals", {}),
        output=usage.get("output", 0),
        seconds=event.get("latency"),
    )
    return _seated(view if event.get("cached") else _charged(view, event), ended)


def _call_error(view: View, event: Fields) -> View:
    note, again = f"{event['kind']}: {event.get('message', '')}", event.get("retry_in")
    seat = replace(
        _seat(view, event), state="failed" if again is None else "retrying", note=note, seconds=event.get("latency")
    )
    return _seated(_charged(view, event) if event.get("usage") else view, seat)


def _vote(view: View, event: Fields) -> View:
    return replace(
        view,
        tally=tuple(event.get("voices", ())),
        outstanding=event.get("outstanding"),
        settled=event.get("settled", False),
    )


def _cascade(view: View, event: Fields) -> View:
    return _stepped(view, f"{event['words']}{'; the next stage is asked' if event['escalated'] else ''}")


def _critique(view: View, event: Fields) -> View:
    return _stepped(view, f"{event['critic']} objects to {event['member']}'s {event['step']}: {event['reason']}")


def _verdict(view: View, event: Fields) -> View:
    return _stepped(view, f"{event['judge']} judges {event['member']}'s draft: {_judged(event)}")


def _judged(event: Fields) -> str:
    if event["score"] is None:
        return "it cannot tell"
    return event["reason"] if event["right"] is not None else f"{event['reason']}: {event['score']:.2f}"


def _revision(view: View, event: Fields) -> View:
    fate = "stands" if event["stands"] else "does not stand"
    return _stepped(view, f"{event['member']}'s revision {fate}: {event['words']}")


def _stepped(view: View, words: str) -> View:
    return replace(view, steps=(*view.steps, words))


def _answer_delta(view: View, event: Fields) -> View:
    return replace(view, answer=view.answer + event.get("text", ""))


def _end(view: View, event: Fields) -> View:
    outcome: Outcome = event["outcome"]
    return replace(view, outcome=outcome, answer=outcome["answer"])


_TAKEN: Mapping[str, Callable[[View, Fields], View]] = {
    "run.start": _start,
    "call.start": _call_start,
    "call.delta": _call_delta,
    "call.end": _call_end,
    "call.error": _call_error,
    "vote": _vote,
    "cascade": _cascade,
    "critique": _critique,
    "judge.verdict": _verdict,
    "revision": _revision,
    "answer.delta": _answer_delta,
    "run.end": _end,
}


def _seat(view: View, event: Fields) -> Seat:
    """The call's seat, or a new one: a call from an earlier run of the lineage has no start."""
    return view.seats.get(event["call"]) or Seat(
        call=event["call"],
        member=event["member"],
        role=event.get("role", ""),
        round=event.get("round", 0),
        index=event.get("index", 0),
        began=event["t"],
    )


def _seated(view: View, seat: Seat) -> View:
    return replace(view, seats={**view.seats, seat.call: seat})


def _charged(view: View, event: Fields) -> View:
    usage, cost, source = event.get("usage") or {}, event.get("cost"), event.get("cost_source", "")
    return replace(
        view,
        tokens=view.tokens + usage.get("input", 0) + usage.get("output", 0),
        cost=None if view.cost is None or cost is None else view.cost + cost,
        sources=tuple(dict.fromkeys([*view.sources, source])) if source else view.sources,
    )
