"""What a reader sees of a run: a pure reduction of its events, the same live and from the ledger."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from symposium.cli import figures
from symposium.cli.steps import Fields, listed, step
from symposium.ledger.records import Event, Outcome, Signal, Voice
from symposium.models.preflight import Cut
from symposium.tools.confidence import answer_probability

DRAFTING = ("", "proposer")  # roles of which a member has several seats
SeatState = Literal["speaking", "retrying", "answered", "failed", "stopped"]


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One call: who speaks, what came so far and how it ended. `began` is seconds since the epoch.

    `reasoning` is what was thought and is no part of the reply; `open` counts the attempts that have not ended.
    """

    call: str
    member: str
    role: str
    round: int
    index: int
    began: float
    state: SeatState = "speaking"
    attempt: int = 1
    open: int = 0
    text: str = ""
    reasoning: str = ""
    answer: str | None = None
    signals: Mapping[str, Signal] = field(default_factory=dict)
    note: str = ""
    output: int = 0
    seconds: float | None = None

    @property
    def answers(self) -> bool:
        """The seat's words may become the answer; those of who judges, votes or routes never do."""
        return self.role not in ("critic", "judge", "analyst", "router", "elector")

    @property
    def label(self) -> str:
        """The member and which of its samples this is, or in which role it speaks."""
        return f"{self.member} {self.index + 1}" if self.role in DRAFTING else f"{self.member} {self.role}"

    @property
    def confidence(self) -> float | None:
        """The chance (0..1) that the member itself gave its reply; None where its provider tells none. Raw."""
        return answer_probability(self.signals)


@dataclass(frozen=True, kw_only=True)
class View:
    """The state of a reader: seats by call in the order they began, the tally, what is spent, the end.

    `why` says whose the cast is where nobody was named; `steps` are the decisions between the calls, in words; `opened`
    holds of every round its title and how many seats and steps there were before it, `objectors` are those of the last.
    """

    run: str = ""
    graph: str = ""
    question: str = ""
    cast: tuple[str, ...] = ()
    why: str = ""
    choices: Fields = field(default_factory=dict)
    limits: Fields = field(default_factory=dict)
    began: float | None = None
    latest: float = 0.0
    seats: Mapping[str, Seat] = field(default_factory=dict)
    tally: tuple[Voice, ...] = ()
    rule: str = ""
    outstanding: int | None = None
    settled: bool = False
    steps: tuple[str, ...] = ()
    opened: tuple[tuple[str, int, int], ...] = ()
    objectors: tuple[str, ...] = ()
    attempts: int = 0
    tokens: int = 0
    cost: float | None = 0.0
    sources: tuple[str, ...] = ()
    answer: str = ""
    outcome: Outcome | None = None

    @property
    def asking(self) -> str:
        """Who is asked, and why they where nobody was named."""
        return f"asking {', '.join(self.cast)}{' ' if self.why else ''}{self.why}"

    @property
    def several(self) -> bool:
        """More than one member, or one that is asked more than once, has spoken."""
        return len(self.seats) > 1

    def named(self, call: str) -> str:
        """Whose call it was; which of their samples only where there are several."""
        seat = self.seats.get(call)
        if seat is None:
            return "an earlier draft"
        place = (seat.member, seat.role)
        samples = {other.index for other in self.seats.values() if (other.member, other.role) == place}
        return seat.label if len(samples) > 1 else seat.member

    @property
    def chapters(self) -> "list[Chapter]":
        """Who spoke and what was decided, round by round; one untitled chapter where there were no rounds."""
        seats, titled = list(self.seats.values()), [bound for bound in self.opened if bound[0]]
        ends = [*((seat, step) for _, seat, step in titled), (len(seats), len(self.steps))]
        return [
            Chapter(title, tuple(seats[seat : ends[place][0]]), self.steps[step + bool(title) : ends[place][1]])
            for place, (title, seat, step) in enumerate([("", 0, 0), *titled])
        ]


@dataclass(frozen=True)
class Chapter:
    """A round of a run: its title, who spoke in it in the order they began, and what was decided."""

    title: str
    seats: tuple[Seat, ...]
    steps: tuple[str, ...]


def seen(view: View, event: Event) -> View:
    """Take one event into the view; types it does not know change nothing but the time."""
    fields = cast(Fields, event)
    take = _TAKEN.get(event["type"])
    now = replace(view, latest=event["t"])
    if take:
        return take(now, fields)
    words = step(fields, now.named)
    return _stepped(now, words) if words else now


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
        why=event.get("why", ""),
        choices=event.get("choices", {}),
        limits=event.get("budget", {}),
        began=event["t"],
    )


def _call_start(view: View, event: Fields) -> View:
    seat = _seat(view, event)
    if not seat.open:  # a second attempt beside the first changes nothing of what is seen
        seat = replace(seat, text="", reasoning="", note="")
    begun = replace(seat, state="speaking", attempt=event.get("attempt", 1), open=seat.open + 1)
    cut = Cut(**{part: event.get("cut", {}).get(part, 0) for part in ("turns", "characters")}).words
    told = _stepped(view, f"{seat.label} is not told {cut}, for which its context is too small") if cut else view
    return replace(_seated(told, begun), attempts=view.attempts + 1)


def _hedge(view: View, event: Fields) -> View:
    seat, waited = _seat(view, event), figures.seconds(event["after"])
    return _stepped(view, f"{seat.label} has not answered after {waited}; it is asked a second time")


def _call_delta(view: View, event: Fields) -> View:
    seat = view.seats.get(event["call"])
    if seat is None:
        return view
    text, reasoning = seat.text + event.get("text", ""), seat.reasoning + event.get("reasoning", "")
    return _seated(view, replace(seat, text=text, reasoning=reasoning))


def _call_end(view: View, event: Fields) -> View:
    seat, cancelled = _seat(view, event), event.get("cancelled", False)
    usage = event.get("usage") or {}
    if cancelled and (seat.open > 1 or seat.state == "answered"):  # the other attempt is the one that counts
        return _seated(_charged(view, event), replace(seat, open=seat.open - 1))
    ended = replace(
        seat,
        state="stopped" if cancelled else "answered",
        open=max(0, seat.open - 1),
        text=event.get("text", seat.text),
        reasoning=event.get("reasoning", seat.reasoning),
        answer=event.get("answer"),
        signals=event.get("signals", {}),
        output=usage.get("output", 0),
        seconds=event.get("latency"),
    )
    return _seated(view if event.get("cached") else _charged(view, event), ended)


def _call_error(view: View, event: Fields) -> View:
    note, again, seat = f"{event['kind']}: {event.get('message', '')}", event.get("retry_in"), _seat(view, event)
    state: SeatState = "failed" if again is None else "speaking" if seat.open > 1 else "retrying"
    ended = replace(seat, state=state, open=max(0, seat.open - 1), note=note, seconds=event.get("latency"))
    return _seated(_charged(view, event) if event.get("usage") else view, ended)


def _vote(view: View, event: Fields) -> View:
    return replace(
        view,
        tally=tuple(event.get("voices", ())),
        rule=event.get("rule", ""),
        outstanding=event.get("outstanding"),
        settled=event.get("settled", False),
    )


def _round(view: View, event: Fields) -> View:
    """Open a chapter; the first drafts need no title."""
    title = f"round {event['round']}: {event['what']}" if event["round"] > 1 or event["what"] != "drafts" else ""
    before = _stepped(view, f"{listed(quiet)} found nothing to object to") if (quiet := _quiet(view)) else view
    bounds = (*before.opened, (title, len(before.seats), len(before.steps)))
    opened = replace(before, opened=bounds, settled=False, objectors=())
    return _stepped(opened, title) if title else opened


def _quiet(view: View) -> list[str]:
    """The critics of the latest round that have been heard and made no objection."""
    seats = [seat for seat in view.chapters[-1].seats if seat.role == "critic" and seat.state == "answered"]
    return [name for name in dict.fromkeys(seat.member for seat in seats) if name not in view.objectors]


def _critique(view: View, event: Fields) -> View:
    told = replace(view, objectors=(*view.objectors, event["critic"]))
    return _stepped(told, step(event, view.named))


def _verdict(view: View, event: Fields) -> View:
    """Tell what a judge makes of a draft; not what only serves to rank drafts or to weigh a revision, which is told."""
    ranked = view.graph == "debate" or view.choices.get("ballots") in ("ranking", "approval")
    return view if ranked and event["right"] is None else _stepped(view, step(event, view.named))


def _answer_restart(view: View, event: Fields) -> View:
    return replace(_stepped(view, f"the answer begins anew: {event['reason']}"), answer="")


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
    "hedge": _hedge,
    "critique": _critique,
    "judge.verdict": _verdict,
    "round.start": _round,
    "answer.restart": _answer_restart,
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
