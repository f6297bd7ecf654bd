"""What a run spent, counted from its events: one function for the outcome, the receipts and a restored budget."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NotRequired, cast

from typing_extensions import TypedDict

from symposium.ledger.records import Event, MemberTotal, Outcome, Totals, Usage


class CallEvent(Event):
    """The keys of `call.start`, `call.end` and `call.error` that are counted.

    `usage` and `cost` are those of the attempt which the event ends; `after` lists the calls this one waited for.
    """

    call: str
    member: NotRequired[str]
    role: NotRequired[str]
    usage: NotRequired[Usage | None]
    cost: NotRequired[float | None]
    attempt: NotRequired[int]
    cached: NotRequired[bool]
    cancelled: NotRequired[bool]
    after: NotRequired[list[str]]


class EndEvent(Event):
    """The event `run.end` with the run's outcome."""

    outcome: NotRequired[Outcome]


class Spent(TypedDict):
    """What counts against a budget: wire attempts, tokens in and out, and US dollars as far as prices are known."""

    calls: int
    tokens: int
    money: float


CALLS = ("call.start", "call.end", "call.error")


def totals(events: Iterable[Event]) -> Totals:
    """Count calls, wire attempts, tokens, US dollars and seconds of one run's events, in the order of `seq`.

    Cached calls were paid for earlier and count nowhere. The cost is None as soon as one priced reply is unknown;
    `unpriced` then names the members. The wall time of an ended run is the one its outcome tells.
    """
    count = _Count()
    for event in events:
        count.add(event)
    return count.totals()


def spent(events: Iterable[Event]) -> Spent:
    """Count what one run's events took from its budget."""
    count = _Count()
    for event in events:
        count.add(event)
    paid = count.paid
    return Spent(
        calls=sum(call.attempts for call in paid),
        tokens=sum(call.input + call.output for call in paid),
        money=sum(call.cost for call in paid),
    )


@dataclass
class _Call:
    """One call so far: wire attempts, tokens, dollars, and its place in time."""

    member: str
    role: str
    base: float  # the longest chain of calls it had to wait for, in seconds
    start: float
    attempts: int = 0
    input: int = 0
    output: int = 0
    cost: float = 0.0
    priced: bool = True
    estimated: bool = False
    cached: bool = False
    ended: bool = False
    chain: float = 0.0  # base and its own duration

    def charge(self, event: CallEvent) -> None:
        usage = event.get("usage")
        if usage is None and event["type"] == "call.error":
            return  # a failed attempt without usage was not billed
        if usage is not None:
            self.input += usage["input"]
            self.output += usage["output"]
            self.estimated = self.estimated or usage["estimated"]
        cost = event.get("cost")
        self.cost += cost or 0.0
        self.priced = self.priced and cost is not None


@dataclass
class _Count:
    """One pass over the events."""

    calls: dict[str, _Call] = field(default_factory=dict)
    first: float | None = None
    last: float = 0.0
    told_wall: float | None = None
    longest: float = 0.0  # the longest chain among the calls that have ended

    def add(self, event: Event) -> None:
        self.first = event["t"] if self.first is None else self.first
        if event["type"] == "run.end":
            outcome = cast(EndEvent, event).get("outcome")
            self.told_wall = outcome["totals"]["wall"] if outcome else None
            return
        self.last = event["t"]
        if event["type"] in CALLS:
            self._call(cast(CallEvent, event))

    def _call(self, event: CallEvent) -> None:
        call = self.calls.get(event["call"]) or self._begin(event)
        started = event["type"] == "call.start"
        call.cached = call.cached or event.get("cached", False)
        call.attempts = max(call.attempts + started, event.get("attempt", 1))
        if not started:
            call.charge(event)
        call.ended = not started
        call.chain = call.base + max(0.0, event["t"] - call.start)
        self.longest = max(self.longest, call.chain if call.ended else 0.0)

    def _begin(self, event: CallEvent) -> _Call:
        after = event.get("after")
        waited = [self.calls[name].chain for name in after if name in self.calls] if after is not None else None
        base = self.longest if waited is None else max(waited, default=0.0)
        call = _Call(event.get("member", ""), event.get("role", ""), base, event["t"])
        self.calls[event["call"]] = call
        return call

    @property
    def paid(self) -> list[_Call]:
        """What was on the wire: neither calls paid for earlier nor those that were turned away before an attempt."""
        return [call for call in self.calls.values() if call.attempts and not call.cached]

    def totals(self) -> Totals:
        paid = self.paid
        unpriced = sorted({call.member for call in paid if not call.priced})
        wall = max(0.0, self.last - self.first) if self.first is not None else 0.0
        return Totals(
            calls=len(paid),
            attempts=sum(call.attempts for call in paid),
            input=sum(call.input for call in paid),
            output=sum(call.output for call in paid),
            cost=_dollars(paid),
            unpriced=unpriced,
            wall=_seconds(wall) if self.told_wall is None else self.told_wall,
            critical_path=_seconds(max((self._chain(call) for call in self.calls.values()), default=0.0)),
            by_member=[_member(member, role, paid) for member, role in sorted({(c.member, c.role) for c in paid})],
        )

    def _chain(self, call: _Call) -> float:
        """A call that never ended lasts until the last event."""
        return call.chain if call.ended else call.base + max(0.0, self.last - call.start)


def _member(member: str, role: str, paid: list[_Call]) -> MemberTotal:
    own = [call for call in paid if (call.member, call.role) == (member, role)]
    return MemberTotal(
        member=member,
        role=role,
        calls=len(own),
        input=sum(call.input for call in own),
        output=sum(call.output for call in own),
        cost=_dollars(own),
        estimated=any(call.estimated for call in own),
    )


def _dollars(calls: list[_Call]) -> float | None:
    return sum(call.cost for call in calls) if all(call.priced for call in calls) else None


def _seconds(value: float) -> float:
    return round(value, 6)  # the clock's own microseconds, not the noise of subtracting two dates
