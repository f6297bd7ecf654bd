"""The one call gate: every model call of the house passes here.

reserve budget -> admit -> call with a deadline -> check the reply -> count -> retry or give up, an event for each.
"""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from symposium.ledger.records import (
    CallFailed,
    ConfigurationError,
    Draft,
    FailureKind,
    LimitReached,
    Message,
    Signal,
    Usage,
    UsageError,
)
from symposium.models.budget import Reservation
from symposium.models.endpoints import connect, features
from symposium.models.member import Member, estimated_tokens
from symposium.models.provider import Chunk, Feature, Request, Token
from symposium.models.run import Run
from symposium.tools.answers import extract
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import FORCED, Evidence, measured
from symposium.tools.steps import weakest

ATTEMPTS = 3
RETRYABLE: frozenset[FailureKind] = frozenset({"rate", "server", "network", "timeout"})
# Refused before a token was read: nothing is billed unless the provider says so or something came.
UNBILLED: frozenset[FailureKind] = frozenset(
    {"auth", "billing", "rate", "network", "context", "refused", "missing-model"}
)
Hear = Callable[[str], None]
FIRST_PAUSE = 0.25  # seconds; doubles with each attempt
LONGEST_PAUSE = 10.0  # seconds; a provider that asks for more is given up for this call
AT_ONCE = 16  # calls in flight per endpoint
CANDIDATES = 5  # likeliest tokens asked for at each place, for the margin and the entropy

_places: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str | None], asyncio.Semaphore]]" = (
    WeakKeyDictionary()
)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who speaks where: the role, the round, the sample's index and the node's path in the graph."""

    role: str
    round: int = 0
    index: int = 0
    path: str = ""


@dataclass
class _Reply:
    """What has come in of a reply so far."""

    text: str = ""
    reasoning: str = ""
    tokens: list[Token] = field(default_factory=list)
    usage: Usage | None = None
    finish: str = ""
    ttft: float | None = None
    pieces: int = 0
    answers: bool = True  # False of a verdict on what others wrote

    def add(self, chunk: Chunk, *, after: float) -> None:
        if self.ttft is None and (chunk.text or chunk.reasoning):
            self.ttft = after
        self.pieces += bool(chunk.text or chunk.reasoning)
        self.text += chunk.text
        self.reasoning += chunk.reasoning
        self.tokens += chunk.tokens
        self.usage = chunk.usage or self.usage
        self.finish = chunk.finish or self.finish

    def used(self, prompt_tokens: int) -> Usage:
        """The provider's count, else the prompt's estimate and the pieces that came."""
        output = len(self.tokens) or self.pieces
        return self.usage or Usage(input=prompt_tokens, output=output, estimated=True)


class _Call:
    """One call of one member, over its attempts."""

    def __init__(
        self,
        run: Run,
        member: Member,
        request: Request,
        seat: Seat,
        hear: Callable[[str], None] | None,
        *,
        within: float | None = None,
    ) -> None:
        self.run, self.member, self.request, self.seat, self.hear = run, member, request, seat, hear
        self.within = within  # seconds for the whole call, from now on
        self.id = run.next_call()
        self.attempt = 0
        self.heard = False
        read = [*(message["content"] for message in request.messages), request.prefix]
        self.prompt_tokens = sum(map(estimated_tokens, read))

    async def answer(self) -> Draft:
        """Attempt until a good reply, a failure that no retry mends, or the last attempt."""
        failed: CallFailed | None = None
        while True:
            try:
                return await self._attempt()
            except CallFailed as failure:
                failed = failure
                pause = self._failed(failure)
                if pause is None:
                    raise
            except LimitReached as limit:
                if failed is None:
                    raise
                self.run.limit(limit)  # the retry does not fit the budget: what failed stays the reason
                raise failed from limit
            await asyncio.sleep(pause)

    def _failed(self, failure: CallFailed) -> float | None:
        """Tell of a failed attempt; return the seconds to the next one, None to give up."""
        failure.attempts = self.attempt
        pause = self._pause(failure)
        cost = self._cost(failure.usage) if failure.usage else 0.0
        told = {"kind": failure.kind, "message": str(failure), "usage": failure.usage, "cost": cost}
        self._emit("call.error", **told, retry_in=pause)
        return pause

    async def _attempt(self) -> Draft:
        budget = self.run.budget
        reservation = await budget.room(
            input_tokens=self.prompt_tokens, max_output=self.request.max_tokens, price=self.member.price
        )
        try:
            async with _place(self.member):
                self.attempt += 1
                return await self._admitted(reservation)
        finally:
            budget.release(reservation)

    async def _admitted(self, reservation: Reservation) -> Draft:
        started, reply = time.monotonic(), _Reply()
        self._emit("call.start", prompt=prompt_hash(self.request), target=self.member.model, **self._prompts())
        billed = True
        try:
            await self._collect(reply, started)
            _check(reply)
        except CallFailed as failure:
            billed = failure.kind not in UNBILLED or bool(reply.pieces or reply.usage)
            failure.usage = reply.used(self.prompt_tokens) if billed else None
            raise
        except asyncio.CancelledError:
            cut = self._drafted(reply, latency=time.monotonic() - started)
            self._emit("call.end", cancelled=True, **_told({**cut, "answer": None, "finish": "cancelled"}))
            raise
        finally:
            self._account(reservation, reply, billed=billed)
        return self._draft(reply, latency=time.monotonic() - started)

    async def _collect(self, reply: _Reply, started: float) -> None:
        limit = min(self.member.timeout or 120.0, self.within or 120.0)  # the request's end stops the whole scope
        try:
            async with asyncio.timeout(limit):
                endpoint = await connect(self.member)
                reply.answers = "checks" not in endpoint.features
                async with aclosing(endpoint.stream(self.request)) as chunks:
                    async for chunk in chunks:
                        text = chunk.text if reply.text else self._opening(chunk.text)
                        reply.add(chunk, after=time.monotonic() - started)
                        self.run.bus.delta(self.id, text=text, reasoning=chunk.reasoning)
                        self._tell(text)
        except TimeoutError as error:
            raise CallFailed("timeout", f"no full reply within {limit:.3g} s") from error
        except ConfigurationError as error:
            raise CallFailed("missing-model", str(error)) from error
        except CallFailed:
            raise
        except Exception as error:  # a member that breaks is a member that failed, never the end of the others
            raise CallFailed("server", f"{type(error).__name__}: {error}") from error

    def _opening(self, text: str) -> str:
        """The first piece of a reply, behind the prefix that it goes on from."""
        return self.request.prefix + text if text else ""

    def _tell(self, text: str) -> None:
        if self.hear is not None and text:
            self.hear(text)
            self.heard = True

    def _account(self, reservation: Reservation, reply: _Reply, *, billed: bool) -> None:
        used = reply.used(self.prompt_tokens)
        tokens, money = (used["input"] + used["output"], self._cost(used) or 0.0) if billed else (0, 0.0)
        self.run.budget.settle(reservation, tokens=tokens, money=money)
        if self.run.budget.limited:
            self.run.bus.emit("budget", **self.run.budget.snapshot())

    def _draft(self, reply: _Reply, *, latency: float) -> Draft:
        draft = self._drafted(reply, latency=latency)
        self._emit("call.end", cancelled=False, **_told(draft))
        return draft

    def _drafted(self, reply: _Reply, *, latency: float) -> Draft:
        used, price = reply.used(self.prompt_tokens), self.member.price
        text = (self.request.prefix + reply.text).strip()
        return Draft(
            call=self.id,
            member=self.member.name,
            role=self.seat.role,
            round=self.seat.round,
            index=self.seat.index,
            text=text,
            reasoning=reply.reasoning,
            answer=extract(text) if reply.answers else None,
            finish=reply.finish or "stop",
            latency=latency,
            ttft=reply.ttft,
            attempts=self.attempt,
            signals=_signals(reply.tokens, text, self.member, self.request),
            weakest=weakest(text, [(token.text, token.logprob) for token in reply.tokens]),
            cached=False,
            usage=used,
            cost=self._cost(used),
            cost_source=price.source if price else "unknown",
        )

    def _cost(self, used: Usage) -> float | None:
        price = self.member.price
        return price.cost(input_tokens=used["input"], output_tokens=used["output"]) if price else None

    def _pause(self, failure: CallFailed) -> float | None:
        """Seconds to wait before the next attempt, None to give up; what a reader has heard is not said again."""
        if failure.kind not in RETRYABLE or self.attempt >= ATTEMPTS or self.heard:
            return None
        jitter = random.Random(self.run.seed_for("retry", self.id, self.attempt)).uniform(0.5, 1.5)
        pause = max(failure.retry_after or 0.0, FIRST_PAUSE * 2 ** (self.attempt - 1) * jitter)
        left = self.run.seconds_left
        return None if pause > LONGEST_PAUSE or (left is not None and pause >= left) else pause

    def _prompts(self) -> dict[str, object]:
        if not self.run.record_prompts:
            return {}
        begun = {"prefix": self.request.prefix} if self.request.prefix else {}
        return {"messages": list(self.request.messages), **begun}

    def _emit(self, type: str, **payload: object) -> None:
        seat = self.seat
        self.run.bus.emit(
            type,
            call=self.id,
            role=seat.role,
            member=self.member.name,
            round=seat.round,
            index=seat.index,
            parent=seat.path,
            attempt=self.attempt,
            **payload,
        )


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
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Ask a member once, within the run's budget; `hear` gets the text as it comes.

    A draft with a `prefix` begins with it, its signals are those of what was added; of a `forced` reply they tell how
    likely the member finds it. What the other options do stands at `Mind.say`.

    Raises:
        CallFailed: the member gave no usable reply; `attempts` says how often it was tried.
        LimitReached: the budget does not allow the (next) attempt.
        UsageError: the member's endpoint lacks the feature "prefix" or "forced" that the request needs.
    """
    request = _request(run, member, messages, seat, temperature, signals=signals)
    request = replace(request, schema=schema, live=run.watched or hear is not None)
    if max_tokens is not None:
        request = replace(request, max_tokens=max_tokens)
    if prefix or forced:
        request = _bound(request, prefix, forced)
        await _check_able(member, request)
    key = _memo_key(run, member, request, seat)
    known = await run.recall(key)
    if known is not None:
        return _again(run, known, seat)
    draft = await _Call(run, member, request, seat, hear, within=within).answer()
    run.remember(key, draft)
    return draft


def _again(run: Run, known: Draft, seat: Seat) -> Draft:
    """Say again what the lineage has paid for already."""
    draft: Draft = {**known, "call": run.next_call(), "cached": True}
    place = {"role": seat.role, "member": draft["member"], "round": seat.round, "index": seat.index}
    run.bus.emit("call.end", call=draft["call"], **place, parent=seat.path, attempt=0, cancelled=False, **_told(draft))
    return draft


def prompt_hash(request: Request) -> str:
    """Name a prompt without telling it: 16 hex digits over its messages."""
    return _digest(list(request.messages))


def _request(
    run: Run, member: Member, messages: Sequence[Message], seat: Seat, temperature: float | None, *, signals: bool
) -> Request:
    greedy = member.first_greedy and seat.index == 0
    chosen = temperature if temperature is not None else (0.0 if greedy else member.temperature)
    return Request(
        messages=tuple(messages),
        max_tokens=member.max_tokens,
        temperature=chosen,
        top_p=member.top_p,
        top_logprobs=CANDIDATES if signals else 0,
        seed=run.seed_for(seat.path, member.name, seat.role, seat.round, seat.index),
    )


def _bound(request: Request, prefix: str, forced: str) -> Request:
    """The request whose reply is begun or fixed; a forced one has as many tokens as its text needs, a byte each."""
    if not forced:
        return replace(request, prefix=prefix)
    return replace(request, prefix=prefix, forced=forced, temperature=0.0, max_tokens=len(forced.encode()) + 1)


async def _check_able(member: Member, request: Request) -> None:
    needed: dict[Feature, str] = {"prefix": request.prefix, "forced": request.forced}
    try:
        able = await features(member)
    except ConfigurationError:
        return  # the call itself says so
    if lacking := [feature for feature, text in needed.items() if text and feature not in able]:
        raise UsageError(f"member '{member.name}' ({member.model}) takes no request with '{lacking[0]}'")


def _memo_key(run: Run, member: Member, request: Request, seat: Seat) -> str:
    place = [seat.path, seat.role, seat.round, seat.index, member.name, member.model, member.base_url]
    sampling = [request.temperature, request.top_p, request.max_tokens, request.seed if run.seed_chosen else None]
    return _digest([*place, *sampling, list(request.messages), request.prefix, request.forced, request.schema])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


def _place(member: Member) -> asyncio.Semaphore:
    """The places of the member's endpoint on this event loop."""
    places = _places.setdefault(asyncio.get_running_loop(), {})
    return places.setdefault((member.model, member.base_url), asyncio.Semaphore(AT_ONCE))


def _check(reply: _Reply) -> None:
    if reply.finish == "length":
        raise CallFailed("truncated", "the reply was cut off at its token limit")
    if reply.finish == "content_filter":
        raise CallFailed("content", "the provider's filter stopped the reply")
    if not reply.text.strip():
        raise CallFailed("empty", "the reply was empty")


def _signals(tokens: Sequence[Token], text: str, member: Member, request: Request) -> dict[str, Signal]:
    evidence = Evidence(
        logprobs=[token.logprob for token in tokens],
        top=[[logprob for _, logprob in token.top] for token in tokens],
        broken=bool(tokens) and broken(text),
    )
    if request.prefix:  # what is calibrated are whole replies
        return measured(evidence)
    return measured(evidence, member.calibration, kind=FORCED if request.forced else "")


def _told(draft: Draft) -> dict[str, object]:
    """The draft's part of a `call.end`, less what every call event carries anyway."""
    return {k: v for k, v in draft.items() if k not in ("call", "role", "member", "round", "index", "attempts")}
