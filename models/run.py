"""The run: everything one request holds while it lives, reachable from every node as `runtime.context.run`."""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack, cast

from typing_extensions import TypedDict

from symposium.ledger.events import Bus
from symposium.ledger.memory import MEMORY, MemoryLedger
from symposium.ledger.outcomes import outcome_so_far
from symposium.ledger.owner import hold, let_go
from symposium.ledger.records import (
    ConfigurationError,
    Draft,
    Event,
    ExitReason,
    Failure,
    First,
    LimitReached,
    Message,
    Method,
    Outcome,
    Quorum,
    Signal,
    Status,
    Totals,
    Voice,
)
from symposium.ledger.store import Ledger, default_path
from symposium.ledger.totals import totals
from symposium.models.budget import Budget, Limits
from symposium.models.fanout import Fanout, Rule
from symposium.models.member import turn_tokens
from symposium.models.scope import Scope
from symposium.tools.answers import extract
from symposium.tools.questions import open_ended

MARGIN = 0.25  # seconds before the request's end at which calls are ended,
MARGIN_SHARE = 0.02  # or this share of its time where that is less
SETTLING = 0.3  # seconds that whoever has cancelled a run waits for the ledger to have it

_ledgers: dict[Path, Ledger] = {}


def ledger_at(path: Path | None) -> Ledger:
    """Open, or share, the ledger file at a path; None means the user's own, `:memory:` the memory of this process."""
    place = path or default_path()
    if place not in _ledgers:
        _ledgers[place] = MemoryLedger() if place == MEMORY else Ledger(place)
    return _ledgers[place]


class Ending(TypedDict, total=False):
    """What a strategy says of its end; everything else of an Outcome the run knows itself."""

    status: Status
    method: Method
    answer: str
    extracted: str | None
    exit: ExitReason
    words: str
    answered: list[str]
    failures: list[Failure]
    quorum: Quorum
    agreed: list[str]
    dissent: list[Voice]
    tie: str | None
    signals: dict[str, Signal]
    first: First | None
    notes: list[str]
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Prompt:
    """What is known of a prompt: its `name`, which does not tell it (16 hex digits), and its estimated tokens."""

    name: str
    tokens: int


class Run:
    """Budget, cancel scope, event bus and clock of one request.

    It is made with the Context of the request and begins with `begin`; `end` closes it once. `lineage` is the id of
    the run whose work this one continues (its own id unless it resumes one).
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        allow_unpriced: bool = False,
        seed: int | None = None,
        ledger: Path | None = None,
        record_prompts: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(clock()))}-{secrets.token_hex(4)}"
        self.lineage = self.id
        self.graph = ""
        self.open_ended = False  # the question asks for prose: only an answer that is marked counts as one
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self.seed_chosen = seed is not None
        self.budget = Budget(limits or Limits(), allow_unpriced=allow_unpriced)
        self.scope = Scope()
        self.bus = Bus(self.id, clock=clock)
        self.outcome: Outcome | None = None
        self.limits_reached: list[str] = []
        self.warnings: list[str] = []
        self.record_prompts = record_prompts
        self.watched = True  # somebody watches the drafts as they are written; else calls need not be streamed
        self.read = True  # somebody reads the answer as it is written
        self.hedge = False  # a call that takes longer than nine of ten of its member's is asked a second time
        self.late = False  # a call was ended because the request's time was used up
        self.notes: list[str] = []  # what the Outcome should say of the calls, beside the strategy's own notes
        self._ledger_path = ledger
        self._ledger: Ledger | None = None
        self._opened = False  # the ledger knows this run
        self._calls: list[Event] = []
        self._count = 0
        self._prompts: dict[tuple[tuple[str, str], ...], Prompt] = {}
        self._numbered = ""  # what stands before the numbers of the calls, so that those of a lineage differ
        self._fanouts: dict[str, Fanout] = {}
        self._started: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until: float | None = None  # by the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._restoring: asyncio.Future[None] | None = None
        self._stages: set[str] = set()
        self._clock = clock

    @property
    def hear(self) -> Callable[[str], None] | None:
        """What hears the answer as it is written; None where nobody reads it then, so that it need not be streamed."""
        return self.bus.answer_delta if self.read else None

    @property
    def begun(self) -> bool:
        """The run has emitted its `run.start`."""
        return self._started is not None

    @property
    def lives(self) -> bool:
        """Whether it can still come to its end by itself."""
        return self._loop is None or not self._loop.is_closed()

    @property
    def ledger(self) -> Ledger:
        """The ledger this run writes to."""
        if self._ledger is None:
            self._ledger = ledger_at(self._ledger_path)
        return self._ledger

    def begin(self, graph: str, question: str, **details: Any) -> None:
        """Emit `run.start`, open the run in the ledger and start the clock; later calls change nothing."""
        if self.begun:
            return
        self.graph = graph
        self.open_ended = open_ended(question)
        self._started = self._clock()
        self.bus.bind(self.start_clock())
        if not self._opened:
            self.ledger.open_run(self.id, graph=graph, question=question, lineage=self.lineage)
        self._opened = True
        self.bus.subscribe(self.ledger.append)
        self.bus.subscribe(_Calls(self._calls))
        limits = self.budget.limits
        self.bus.emit("run.start", graph=graph, question=question, seed=self.seed, budget=vars(limits), **details)

    def start_clock(self) -> asyncio.AbstractEventLoop:
        """Tie the run to the running loop, and let its time begin; `begin` does so unless it was done before."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            hold(self.id, self)
            if (seconds := self.budget.limits.seconds) is not None:
                self._until = self._loop.time() + seconds
                self._timer = self._loop.call_at(self._until, self.scope.stop, "timeout")
        return self._loop

    async def claim(self, request: str, *, asked: str, graph: str, question: str) -> str | None:
        """Become the run that answers a request, or give the id of the run which does so already, or has done.

        Raises:
            UsageError: the request asked something else before.
            ConfigurationError: the ledger cannot be used, so that nobody can tell.
        """
        place = {"run": self.id, "graph": graph, "question": question, "lineage": self.lineage}
        claiming = asyncio.ensure_future(self.ledger.claim(request, asked=asked, **place))
        try:
            held = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            claiming.add_done_callback(self._claimed_late)  # a claim that nobody knows of would never end
            await asyncio.wait([claiming], timeout=SETTLING)
            raise
        self._opened = held is None
        return held

    def _claimed_late(self, claiming: "asyncio.Future[str | None]") -> None:
        self._opened = not claiming.cancelled() and claiming.exception() is None and claiming.result() is None
        if self._opened and self.outcome is not None:
            self.ledger.close_run(self.id, self.outcome)

    async def join(self, lineage: str) -> None:
        """Continue the work of an earlier run: its spending counts, its ended calls are not paid again."""
        if lineage == self.id:
            return
        self.lineage, self._numbered = lineage, f"{self.id[-8:]}-"
        if self._restoring is None:  # parallel branches wait for the same account
            self._restoring = asyncio.ensure_future(self._restore())
        await asyncio.shield(self._restoring)

    async def _restore(self) -> None:
        try:
            spent = await self.ledger.spent(self.lineage)
        except ConfigurationError as error:  # a broken ledger costs a second payment, not the answer
            self.warnings.append(str(error))
            return
        self.budget.restore(calls=spent["calls"], tokens=spent["tokens"], money=spent["money"])

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the request's time is used up; None without a limit."""
        limit = self.budget.limits.seconds
        if limit is None or self._until is None:
            return limit
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @property
    def calls_until(self) -> float | None:
        """When calls must end, by the loop's clock, so that they fail for a reason before the run is stopped.

        None without a limit, or before the run has begun.
        """
        limit = self.budget.limits.seconds
        return None if limit is None or self._until is None else self._until - min(MARGIN, limit * MARGIN_SHARE)

    def answer_in(self, text: str) -> str | None:
        """Find the answer that a text gives to the question: where that asks for prose, only one that is marked."""
        return extract(text, marked_only=self.open_ended)

    def conclude(self) -> None:
        """Ask the run to finish with what it has."""
        self.scope.stop("concluded")

    def limit(self, reached: LimitReached) -> None:
        """Note that the budget allowed no further call; those in flight go on."""
        self.limits_reached.append(str(reached))

    def next_call(self) -> str:
        """Give out a call id, unique within the run and its lineage."""
        self._count += 1
        return f"{self._numbered}c{self._count}"

    def prompt(self, messages: Sequence[Message]) -> Prompt:
        """Name and measure a prompt, once for all who are sent the same."""
        key = tuple([(message["role"], message["content"]) for message in messages])
        known = self._prompts.get(key)
        if known is None:
            tokens = sum(turn_tokens(content) for _, content in key)
            known = self._prompts[key] = Prompt(digest(key), tokens)
        return known

    def note(self, words: str) -> None:
        """Note something of the calls that the Outcome should say, once."""
        if words not in self.notes:
            self.notes.append(words)

    def fanout(self, path: str, *, window: int, rule: Rule | None = None) -> Fanout:
        """The fan-out of that node path, made when first asked for."""
        if path not in self._fanouts:
            self._fanouts[path] = Fanout(self.scope.child(), window=window, rule=rule)
        return self._fanouts[path]

    def seed_for(self, *place: str | int) -> int:
        """Derive a seed for a place in the run (member, role, round, index): 31 bits, the same for the same seed."""
        return _derived(self.seed, *place)

    def order_for(self, *place: str | int) -> int:
        """Derive the seed of an order, which the runs of one lineage share, so that they ask what was asked before."""
        return _derived(self.seed if self.seed_chosen else self.lineage, *place)

    async def recall(self, key: str) -> Draft | None:
        """Find an ended call of the same lineage; a run of its own has nothing to recall."""
        if self.lineage == self.id:
            return None
        return await self.ledger.recall(self.lineage, key)

    def said(
        self, path: str, text: str | None = None, *, roles: Collection[str], by: str | None = None
    ) -> Draft | None:
        """Find the draft, of that text or member where told, which was given last in one of the roles below a path."""
        given = reversed(self.drafts(path, roles=roles))
        return next((one for one in given if text in (None, one["text"]) and by in (None, one["member"])), None)

    def drafts(self, path: str, *, roles: Collection[str]) -> list[Draft]:
        """List the drafts that were given in one of the roles below a path, in the order in which they ended."""
        ends = (cast(dict[str, Any], event) for event in self._below(path) if event["type"] == "call.end")
        return [_draft(call) for call in ends if call["role"] in roles and not call["cancelled"]]

    def remember(self, key: str, draft: Draft) -> None:
        """Keep an ended call, so that a resumed run does not pay for it again."""
        self.ledger.remember(self.lineage, key, draft)

    def end(self, **ending: Unpack[Ending]) -> Outcome:
        """Close the run with an Outcome and emit `run.end`; a run ends once, later calls return the first Outcome."""
        if self.outcome is None:
            let_go(self.id)
            self._stop_timers()
            self.outcome = self._outcome(self._calls, ending)
            self.bus.emit("run.end", outcome=self.outcome)
            if self._opened:
                self.ledger.close_run(self.id, self.outcome)
        return self.outcome

    def _stop_timers(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for fanout in self._fanouts.values():
            fanout.close()

    def totals(self, stage: str = "") -> Totals:
        """What was spent so far, in all or below a stage's path."""
        return totals(self._below(stage) if stage else self._calls)

    def open_stage(self, path: str) -> None:
        """Take a stage's path; raises ValueError where another stage of this run has it."""
        if path in self._stages:
            raise ValueError(f"the stage path '{path}' is taken; every stage of a run needs its own")
        self._stages.add(path)

    def stage_outcome(self, stage: str, graph: str, **ending: Unpack[Ending]) -> Outcome:
        """The Outcome of a stage, with what that stage spent; the run goes on."""
        return {**self._outcome(self._below(stage), ending), "graph": graph}

    def _below(self, stage: str) -> list[Event]:
        return [event for event in self._calls if str(event.get("parent", "")).startswith(f"{stage}/")]

    def _outcome(self, calls: list[Event], ending: Ending) -> Outcome:
        so_far = outcome_so_far(self.id, graph=self.graph, events=calls)
        if self._started is not None and calls is self._calls:
            so_far["totals"]["wall"] = self._clock() - self._started
        return Outcome(**{**so_far, **ending})

    async def settled(self, *, within: float | None = None) -> None:
        """Wait until everything of this run lies in the ledger, or so many seconds.

        A ledger that fails, or is late, costs no answer; see `warnings`.
        """
        try:
            async with asyncio.timeout(within):
                await self.ledger.flush(self.id)
        except TimeoutError:
            self.warnings.append(f"the ledger {self.ledger.path} is busy: it does not have the whole run yet")
        except ConfigurationError as error:
            self.warnings.append(str(error))


def _draft(call: dict[str, Any]) -> Draft:
    """The draft that a `call.end` tells of."""
    kept = {key: call[key] for key in Draft.__annotations__ if key in call}
    return cast(Draft, {**kept, "attempts": call["attempt"]})


def _derived(*parts: str | int) -> int:
    text = "|".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def digest(value: object) -> str:
    """Name a JSON-like value by its content: 16 hex digits."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")).hexdigest()[:16]


class _Calls:
    """A sink that keeps the events from which totals are counted."""

    def __init__(self, kept: list[Event]) -> None:
        self._kept = kept

    def __call__(self, event: Event) -> None:
        if event["type"] in ("call.start", "call.end", "call.error"):
            self._kept.append(event)
