"""The one call gate: every model call of the house passes here.

fit the context -> circuit, budget, place -> call with a deadline -> check the reply -> count -> hedge, retry or give
up, an event for each.
"""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from symposium.ledger.records import (
    CallFailed,
    ConfigurationError,
    Draft,
    FailureKind,
    LimitReached,
    Message,
    UsageError,
)
from symposium.models.attempt import Attempt, Unsupported, told
from symposium.models.call import Call, Hear, Seat
from symposium.models.circuit import LONGEST_PAUSE, TurnedAway
from symposium.models.endpoints import features
from symposium.models.hedging import hedged
from symposium.models.member import Member, estimated_tokens
from symposium.models.preflight import fitted
from symposium.models.provider import Feature, Request
from symposium.models.run import Prompt, Run, digest
from symposium.models.traffic import LOCAL, lane_of

__all__ = ["ATTEMPTS", "CANDIDATES", "MANNERS", "Seat", "ask"]

ATTEMPTS = 3
RETRYABLE: frozenset[FailureKind] = frozenset({"rate", "server", "network", "timeout"})
FIRST_PAUSE = 0.25  # seconds; doubles with each attempt
PATIENCE = 5.0  # seconds that a call which has been out waits for a circuit that opened meanwhile,
TURNS = 3  # times at most
MANNERS = 2  # in which an endpoint may ask for a feature: JSON after a schema, then JSON at all;
SAMPLING = 6  # parameters of a reply's sampling that it may turn down, one at a time
CANDIDATES = 5  # likeliest tokens asked for at each place, for the margin and the entropy


async def ask(
    run: Run,
    member: Member,
    messages: Sequence[Message],
    *,
    seat: Seat,
    temperature: float | None = None,
    prefix: str = "",
    forced: str = "",
    schema: Mapping[str, Any] | None = None,
    signals: bool = True,
    within: float | None = None,
    max_tokens: int | None = None,
    hear: Hear | None = None,
) -> Draft:
    """Ask a member once, within the run's budget; `hear` gets the text as it comes.

    A draft with a `prefix` begins with it, its signals are those of what was added; of a `forced` reply they tell how
    likely the member finds it. What the other options do stands at `Mind.say`.

    Raises:
        CallFailed: the member gave no usable reply; `attempts` says how often it was tried.
        LimitReached: the budget does not allow the (next) attempt.
        UsageError: the member's endpoint lacks the feature "prefix" or "forced" that the request needs.
    """
    request = Request(
        messages=tuple(messages),
        # of a forced reply there are as many tokens as its text needs, a byte each
        max_tokens=len(forced.encode()) + 1 if forced else max_tokens or member.max_tokens,
        temperature=0.0 if forced else _temperature(member, seat) if temperature is None else temperature,
        top_p=member.top_p,
        top_logprobs=CANDIDATES if signals else 0,
        seed=run.seed_for(seat.path, member.name, seat.role, seat.round, seat.index),
        prefix=prefix,
        forced=forced,
        schema=schema,
        live=run.watched or hear is not None,
    )
    if prefix or forced:
        await _check_able(member, request)
    return await _once(run, member, request, seat=seat, within=within, hear=hear)


async def _once(
    run: Run, member: Member, request: Request, *, seat: Seat, within: float | None, hear: Hear | None
) -> Draft:
    """Ask, unless the same was asked at the same place before in this lineage: that has been paid for."""
    prompt = run.prompt(request.messages)
    key = _memo_key(run, member, request, seat, prompt)
    known = await run.recall(key)
    if known is not None:
        return _again(run, known, seat)
    draft = await _answered(_call(run, member, request, prompt, seat=seat, within=within, hear=hear))
    run.remember(key, draft)
    return draft


def _temperature(member: Member, seat: Seat) -> float:
    return 0.0 if member.first_greedy and seat.index == 0 else member.temperature


def _call(
    run: Run, member: Member, request: Request, prompt: Prompt, *, seat: Seat, within: float | None, hear: Hear | None
) -> Call:
    """The call, and until when it may take: its own time or the request's, whichever ends first."""
    end = run.calls_until
    soon = None if within is None else asyncio.get_running_loop().time() + within
    bounded = end is not None and (soon is None or end <= soon)
    return Call(
        run=run,
        member=member,
        request=request,
        prompt=prompt,
        seat=seat,
        lane=lane_of(member),
        beside=_beside(request),
        until=end if bounded else soon,
        bounded=bounded,
        hear=hear,
    )


def _beside(request: Request) -> int:
    form = "" if request.schema is None else json.dumps(request.schema, ensure_ascii=False)
    return estimated_tokens(request.prefix) + estimated_tokens(form)


async def _answered(call: Call) -> Draft:
    """Attempt until a good reply, a failure that no retry mends, or the last attempt."""
    _fit(call)
    while True:
        try:
            attempt = await _tried(call)
            draft = attempt.draft()
            attempt.tell_end(draft)
            return draft
        except CallFailed as failure:
            pause = _pause(call, failure)
            _tell(call, failure, retry_in=pause)
            if pause is None:
                raise
        except LimitReached as limit:
            if call.failure is None:
                raise
            call.run.limit(limit)  # the retry does not fit the budget: what failed stays the reason
            raise call.failure from limit
        await _rest(call, pause)


def _fit(call: Call) -> None:
    """Make the request fit its member's context, and note what was cut; what is forced must be said as it is."""
    request, member = call.request, call.member
    if member.context is None or request.forced:
        return
    size = {"tokens": call.prompt.tokens, "max_tokens": request.max_tokens, "beside": call.beside}
    try:
        found = fitted(member, request.messages, **size, whole=bool(request.prefix))
    except CallFailed as failure:
        failure.attempts = 0  # none on the wire
        _tell(call, failure, retry_in=None)
        raise
    if found.cut is None:
        return
    call.cut, call.prompt = found.cut, call.run.prompt(found.messages)
    call.request = replace(request, messages=found.messages, max_tokens=found.max_tokens)
    if found.cut.words:
        call.run.note(f"{member.name} was not told {found.cut.words}: its context has {member.context:,} tokens")


async def _tried(call: Call) -> Attempt:
    """Make an attempt, and a second one beside it where it takes unusually long and the run hedges."""
    first, lane, late = Attempt(call), call.lane, await _late(call)
    if late is None:
        return await first.run()
    lane.hedges.called()
    second = Attempt(call, after=late)
    waiting = iter((first, second))

    def allowed() -> bool:
        call.quiet = first.number > 0 and lane.hedges.spend()
        return call.quiet

    def lost(error: Exception) -> None:
        if isinstance(error, CallFailed):
            call.failures += 1
            _tell(call, error, retry_in=0.0)

    try:
        good = await hedged(lambda: next(waiting).run(), after=late, allowed=allowed, lost=lost)
    except asyncio.CancelledError:
        _abandon(call, first, second)
        raise
    _abandon(call, first if good is second else second)
    return good


def _abandon(call: Call, *attempts: Attempt) -> None:
    """Tell of attempts that had ended by themselves before they could be stopped, and that nobody has heard of."""
    for attempt in attempts:
        if attempt.number and attempt.number not in call.told:
            if attempt.failure is not None:
                _tell(call, attempt.failure, retry_in=None)
            else:
                attempt.tell_stopped()


async def _late(call: Call) -> float | None:
    """Seconds after which a second attempt is worth while; None where nothing is known of the member's pace.

    It never is where somebody hears the first attempt, or with a model that runs in this process.
    """
    if not call.run.hedge or call.hear is not None or call.member.provider in LOCAL:
        return None
    pace = call.lane.pace
    if not (pace.known or pace.recalled):
        pace.recalled = True
        for seconds in await call.run.ledger.latencies(call.member.model, address=call.lane.address):
            pace.took(seconds)
    return pace.late


def _pause(call: Call, failure: CallFailed) -> float | None:
    """Seconds to wait before the next attempt, None to give up; what a reader has heard is not said again."""
    if isinstance(failure, Unsupported):
        return _without(call, failure.feature)
    if isinstance(failure, TurnedAway):
        return _patience(call, failure)
    call.failures += 1
    attempted = failure.attempts > 0
    if not attempted or failure.kind not in RETRYABLE or call.failures >= ATTEMPTS or call.heard:
        return None
    jitter = random.Random(call.run.seed_for("retry", call.id, call.failures)).uniform(0.5, 1.5)
    pause = max(failure.retry_after or 0.0, FIRST_PAUSE * 2 ** (call.failures - 1) * jitter)
    return pause if pause <= LONGEST_PAUSE and _in_time(call, pause) else None


def _patience(call: Call, turned: TurnedAway) -> float | None:
    """Seconds to wait for a circuit that has opened since the call first went out, None where it stays so for long."""
    call.turns += 1
    wait, out = turned.retry_after or 0.0, call.attempts > 0
    patient = out and turned.kind in RETRYABLE and wait <= PATIENCE and call.turns <= TURNS
    return wait if patient and _in_time(call, wait) else None


def _in_time(call: Call, pause: float) -> bool:
    return call.until is None or asyncio.get_running_loop().time() + pause < call.until


async def _rest(call: Call, pause: float) -> None:
    """Wait; for a circuit only until it is known how its endpoint does."""
    if isinstance(call.failure, TurnedAway):
        await call.lane.circuit.found_out(within=pause)
    else:
        await asyncio.sleep(pause)


def _without(call: Call, feature: Feature) -> float | None:
    """Ask again at once without the feature, once for each way of asking for it that the request can do without."""
    most = SAMPLING if feature == "sampling" else MANNERS
    if call.lacking.count(feature) >= most or feature in ("prefix", "forced") or call.heard:
        return None
    call.lacking.append(feature)
    return 0.0


def _tell(call: Call, failure: CallFailed, *, retry_in: float | None) -> None:
    """Tell of a failed attempt by its number, 0 where nothing went out; who gets the failure learns of all attempts."""
    lacking = {"lacking": failure.feature} if isinstance(failure, Unsupported) else {}
    call.emit(
        "call.error",
        attempt=failure.attempts,
        kind=failure.kind,
        message=str(failure),
        usage=failure.usage,
        cost=call.cost(failure.usage) if failure.usage else 0.0,
        **lacking,
        retry_in=retry_in,
    )
    call.failure = failure
    failure.attempts = call.attempts


def _again(run: Run, known: Draft, seat: Seat) -> Draft:
    """Say again what the lineage has paid for already."""
    draft: Draft = {**known, "call": run.next_call(), "cached": True}
    place = {"role": seat.role, "member": draft["member"], "round": seat.round, "index": seat.index}
    run.bus.emit("call.end", call=draft["call"], **place, parent=seat.path, attempt=0, cancelled=False, **told(draft))
    return draft


async def _check_able(member: Member, request: Request) -> None:
    needed: dict[Feature, str] = {"prefix": request.prefix, "forced": request.forced}
    try:
        able = await features(member)
    except ConfigurationError:
        return  # the call itself says so
    if lacking := [feature for feature, text in needed.items() if text and feature not in able]:
        raise UsageError(f"member '{member.name}' ({member.model}) takes no request with '{lacking[0]}'")


def _memo_key(run: Run, member: Member, request: Request, seat: Seat, prompt: Prompt) -> str:
    """Name an ended call by its place in the run and everything that shapes it."""
    place = [seat.path, seat.role, seat.round, seat.index, member.name, member.model, member.base_url]
    sampling = [request.temperature, request.top_p, request.max_tokens, request.seed if run.seed_chosen else None]
    return digest([*place, *sampling, prompt.name, request.prefix, request.forced, request.schema])
