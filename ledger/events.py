"""The event stream of one run: its canonical line, and the bus that gives out `seq` and feeds every sink."""

import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from symposium.ledger.records import EVENTS_VERSION, Event, UsageError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle

ENVELOPE = ("v", "run", "seq", "t", "type")
COALESCE = 0.025  # seconds between two deltas of one call: smooth to the eye, cheap for the sinks

Sink = Callable[[Event], None]


def encode(event: Event) -> str:
    """Write an event as its one canonical NDJSON line, without the line end.

    Envelope keys come first, then the payload in emission order. `encode(decode(line)) == line` for every line made
    here. What JSON cannot say is made sayable: non-finite numbers become null, lone surrogates U+FFFD.
    """
    keys = [*ENVELOPE, *(key for key in event if key not in ENVELOPE)]
    fields = cast(Mapping[str, object], event)
    return compact({key: fields[key] for key in keys if key in fields})


def compact(value: object) -> str:
    """Write a JSON-like value on one line that every reader of lines and of UTF-8 accepts."""
    try:
        text = _dump(value)
    except (TypeError, ValueError):
        text = _dump(_sayable(value))
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").translate(_LINE_ENDS)
    return text


# Line ends to str.splitlines and to JavaScript, but not to JSON; they occur inside strings only, so escaping is safe.
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}

_dump = partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _sayable(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _sayable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_sayable(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else str(value)


def decode(line: str) -> Event:
    """Read one line of the stream.

    Raises:
        UsageError: the line is not an event of this version.
    """
    try:
        event = json.loads(line)
    except ValueError as error:
        raise UsageError(f"not an event: {line[:80]!r} is not JSON ({error})") from error
    if not isinstance(event, dict) or any(key not in event for key in ENVELOPE):
        raise UsageError(f"not an event: {line[:80]!r} lacks one of {', '.join(ENVELOPE)}")
    if event["v"] != EVENTS_VERSION:
        raise UsageError(f"an event of version {event['v']!r}; this program reads version {EVENTS_VERSION}")
    return cast(Event, event)


@dataclass
class _Pending:
    """Text of one call that waits for its next delta."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    timer: "TimerHandle | None" = None


class Bus:
    """Give every event of one run its place and hand it to every sink.

    Everything but `post` belongs to the thread of the event loop, as long as that runs. `warnings` tells which sinks
    were dropped.
    """

    def __init__(self, run: str, *, clock: Callable[[], float] = time.time) -> None:
        self.run = run
        self.warnings: list[str] = []
        self.ended = False
        self._clock = clock
        self._seq = 0
        self._sinks: dict[object, Sink] = {}
        self._queue: deque[Event] = deque()
        self._sending = False
        self._loop: AbstractEventLoop | None = None
        self._pending: dict[str | None, _Pending] = {}  # by call; None is the run's answer
        self._answering = False  # a piece of the answer has gone out
        self._worded, self._blanks = False, ""  # words of the answer have come, and the blanks behind them

    def bind(self, loop: "AbstractEventLoop") -> None:
        """Tie the bus to the loop of its run; `post` and the timers of deltas need it."""
        self._loop = loop

    def subscribe(self, sink: Sink) -> Callable[[], None]:
        """Hand every later event to `sink`, synchronously; return what ends that.

        A sink that raises is dropped and noted in `warnings`.
        """
        token = object()
        self._sinks[token] = sink

        def unsubscribe() -> None:
            self._sinks.pop(token, None)

        return unsubscribe

    def emit(self, type: str, **payload: object) -> Event:
        """Give the event the next `seq` and send it; after `run.end` it is returned with `seq` 0 and not sent."""
        if clash := [key for key in ENVELOPE if key in payload]:
            raise ValueError(f"the payload of '{type}' uses names of the envelope: {', '.join(clash)}")
        if not self.ended:
            self._flush_before(type, payload)
        self._seq += not self.ended
        event = self._event(type, payload, seq=0 if self.ended else self._seq)
        if not self.ended:
            self.ended = type == "run.end"
            self._queue.append(event)
            self._send()
        return event

    def post(self, type: str, **payload: object) -> None:
        """Emit from another thread, in the order of the posts of that thread; dropped once the loop is closed."""
        if self._loop is None:
            raise RuntimeError("a bus must be bound to its loop before other threads post to it")
        try:
            self._loop.call_soon_threadsafe(partial(self.emit, type, **payload))
        except RuntimeError:  # the loop is closed: the run is over, and with it its stream
            self._warn("events were posted after the event loop had closed")

    def delta(self, call: str, *, text: str = "", reasoning: str = "") -> None:
        """Add a piece of a call's reply; it goes out within 25 ms, or before the call's next other event."""
        self._add(call, text=text, reasoning=reasoning)

    def answer_delta(self, text: str) -> None:
        """Add a piece of the run's answer; it goes out within 25 ms, or before `answer.restart` or `run.end`.

        The first piece goes out at once: it is what a reader waits for. Blanks at the beginning and the end are left
        out, as they are of the answer.
        """
        whole = f"{self._blanks}{text}" if self._worded else text.lstrip()
        said = whole.rstrip()
        self._worded = self._worded or bool(said)
        self._blanks = whole[len(said) :]
        self._add(None, text=said, reasoning="")

    def _event(self, type: str, payload: Mapping[str, object], *, seq: int) -> Event:
        envelope = {"v": EVENTS_VERSION, "run": self.run, "seq": seq, "t": self._clock(), "type": type}
        return cast(Event, {**envelope, **payload})

    def _send(self) -> None:
        if self._sending:  # a sink emitted: every sink gets this event after the one being sent
            return
        self._sending = True
        try:
            while self._queue:
                self._feed(self._queue.popleft())
        finally:
            self._sending = False

    def _feed(self, event: Event) -> None:
        for token, sink in tuple(self._sinks.items()):
            try:
                sink(event)
            except Exception as error:
                self._sinks.pop(token, None)
                self._warn(f"a listener was dropped at event {event['seq']} ({event['type']}): {error!r}")

    def _warn(self, words: str) -> None:
        if words not in self.warnings:
            self.warnings.append(words)

    def _add(self, call: str | None, *, text: str, reasoning: str) -> None:
        if self.ended or not (text or reasoning):
            return
        pending = self._pending.setdefault(call, _Pending())
        pending.text.append(text)
        pending.reasoning.append(reasoning)
        if self._loop is None or (call is None and not self._answering):
            self._flush(call)
        elif pending.timer is None:
            pending.timer = self._loop.call_later(COALESCE, self._flush, call)

    def _flush_before(self, type: str, payload: Mapping[str, object]) -> None:
        if type == "run.end":
            for call in tuple(self._pending):
                self._flush(call)
        elif type == "answer.restart":
            self._flush(None)
            self._worded, self._blanks = False, ""
        elif type == "answer.delta":
            self._flush(None)
        else:
            about = payload.get("call")
            if isinstance(about, str):
                self._flush(about)

    def _flush(self, call: str | None) -> None:
        pending = self._pending.pop(call, None)
        if pending is None:
            return
        if pending.timer is not None:
            pending.timer.cancel()
        parts = {"text": "".join(pending.text), "reasoning": "".join(pending.reasoning)}
        said = {key: part for key, part in parts.items() if part}
        if call is None:
            self._answering = True
            self.emit("answer.delta", **said)
        else:
            self.emit("call.delta", call=call, **said)
