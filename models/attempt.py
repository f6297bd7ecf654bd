"""One attempt on the wire: a place, the budget, a deadline, the reply, its check and its account."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from symposium.ledger.records import CallFailed, ConfigurationError, Draft, FailureKind, Signal
from symposium.models.budget import Reservation
from symposium.models.call import Call
from symposium.models.circuit import DECISIVE, TRIPPING
from symposium.models.endpoints import connect, key_variable
from symposium.models.keys import secret
from symposium.models.member import Member
from symposium.models.provider import Feature, Lacking, Request, Token
from symposium.models.reply import Reply
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import FORCED, Evidence, measured
from symposium.tools.steps import weakest

# Refused before a token was read: nothing is billed unless the provider says so or something came.
UNBILLED: frozenset[FailureKind] = frozenset(
    {"auth", "billing", "rate", "server", "network", "context", "refused", "missing-model"}
)
UNTOLD = TRIPPING | DECISIVE | {"rate", "cancelled", "missing-model"}  # failures that do not show an endpoint at work


class Unsupported(CallFailed):
    """The endpoint turned the request down for a feature, and knows better now; the call can be made again at once."""

    def __init__(self, feature: Feature) -> None:
        super().__init__("refused", f"the endpoint does not support '{feature}'")
        self.feature: Feature = feature


class Attempt:
    """An attempt of a call: `number` is 0 until it goes out, `reply` what has come of it.

    With `after` it is a hedge: the attempt before it has taken so many seconds. Whatever happens, what it used is
    settled with the budget. It tells of its start, and of being cancelled; the rest is told by who made it.
    """

    def __init__(self, call: Call, *, after: float | None = None) -> None:
        self.number = 0
        self.reply = Reply()
        self.failure: CallFailed | None = None
        self._call, self._after = call, after
        self._loop = asyncio.get_running_loop()
        self._started = 0.0

    async def run(self) -> "Attempt":
        """Make it; done when the reply is whole and good.

        Raises:
            CallFailed: there is none; its `attempts` is the number of this attempt.
            LimitReached: the budget does not allow it.
        """
        call = self._call
        try:
            self._check_time()
            call.lane.circuit.check(self._loop.time())
            reservation = await self._reserved()
            try:
                await self._enter()
                try:
                    return await self._admitted(reservation)
                finally:
                    call.lane.leave()
            finally:
                call.run.budget.release(reservation)
        except CallFailed as failure:
            failure.attempts = self.number
            self.failure = failure
            raise

    def draft(self) -> Draft:
        """What the member said."""
        call, text = self._call, (self._call.request.prefix + self.reply.text).strip()
        return self._drafted(
            text,
            answer=call.run.answer_in(text) if self.reply.answers else None,
            signals=_signals(self.reply.tokens, text, call.member, call.request),
        )

    def _check_time(self) -> None:
        if self._call.until is not None and self._loop.time() >= self._call.until:
            raise self._too_late("it had not been asked")

    async def _reserved(self) -> Reservation:
        call, budget = self._call, self._call.run.budget
        read, most, price = call.tokens, call.request.max_tokens, call.member.price
        if not budget.limited:
            return budget.reserve(input_tokens=read, max_output=most, price=price)
        try:
            async with asyncio.timeout_at(call.until):
                return await budget.room(input_tokens=read, max_output=most, price=price)
        except TimeoutError as error:
            raise self._too_late("the budget had no room") from error

    async def _enter(self) -> None:
        try:
            await self._call.lane.enter(self._call.until)
        except TimeoutError as error:
            raise self._too_late("there was no place at its endpoint") from error

    async def _admitted(self, reservation: Reservation) -> "Attempt":
        call, reply = self._call, self.reply
        self._started = self._loop.time()
        call.lane.circuit.enter(self._started)
        call.attempts += 1
        self.number = call.attempts
        self._tell_start()
        billed = True
        try:
            await self._collect()
            reply.check()
        except CallFailed as failure:
            billed = failure.kind not in UNBILLED or bool(reply.pieces or reply.usage)
            failure.usage = reply.used(call.tokens, most=call.request.max_tokens) if billed else None
            self._learn(failure)
            raise
        except asyncio.CancelledError:
            reply.latency = self._loop.time() - self._started
            call.lane.pace.cut_off(reply.latency)
            self.tell_stopped()
            raise
        finally:
            self._account(reservation, billed=billed)
        self._learn(None)
        return self

    async def _collect(self) -> None:
        call, started = self._call, self._started
        limit = call.member.timeout or call.lane.pace.deadline
        whole = call.until is None or started + limit < call.until
        timer = asyncio.timeout_at(started + limit if whole else call.until)
        try:
            async with timer:
                await self._listen()
        except TimeoutError as error:
            if not timer.expired():
                raise CallFailed("timeout", str(error) or "the endpoint gave up waiting") from error
            if whole:
                call.lane.pace.took(limit)
                raise CallFailed("timeout", f"no full reply within {limit:.3g} s") from error
            call.lane.pace.cut_off(self._loop.time() - started)
            raise self._too_late("the reply was not complete") from error
        except ConfigurationError as error:
            raise CallFailed("missing-model", str(error)) from error
        except Lacking as lacking:
            raise Unsupported(lacking.feature) from lacking
        except CallFailed:
            raise
        except Exception as error:  # a member that breaks is a member that failed, never the end of the others
            raise CallFailed("server", _words(error, call.member)) from error
        self.reply.latency = self._loop.time() - started

    async def _listen(self) -> None:
        call, reply, clock = self._call, self.reply, self._loop.time
        endpoint = await connect(call.member)
        reply.answers = "checks" not in endpoint.features
        watched = call.run.watched
        async with aclosing(endpoint.stream(call.request)) as chunks:
            async for chunk in chunks:
                text = chunk.text if reply.begun or not chunk.text else call.request.prefix + chunk.text
                reply.add(chunk, after=clock() - self._started)
                if watched and not call.quiet:
                    call.run.bus.delta(call.id, text=text, reasoning=chunk.reasoning)
                if text and call.hear is not None:
                    call.hear(text)
                    call.heard = True

    def _learn(self, failure: CallFailed | None) -> None:
        """Tell pace, bucket and circuit how it went; that somebody had little time says nothing of the endpoint."""
        lane, now = self._call.lane, self._loop.time()
        if failure is None:
            lane.pace.took(self.reply.latency)
        elif failure.kind == "rate":
            lane.bucket.refused(sent=self._started, now=now, retry_after=failure.retry_after)
        if failure is None or failure.kind not in UNTOLD:
            lane.circuit.succeeded()
        elif not isinstance(failure, TooLate) or lane.pace.stuck(now - self._started):
            lane.circuit.failed(failure, asked=self._started, now=now)

    def _too_late(self, words: str) -> CallFailed:
        call = self._call
        call.run.late = call.run.late or call.bounded
        ended = "the request's time was used up" if call.bounded else "the time for this call was used up"
        return TooLate("timeout", f"{words} when {ended}")

    def _account(self, reservation: Reservation, *, billed: bool) -> None:
        call, budget = self._call, self._call.run.budget
        used = self.reply.used(call.tokens, most=call.request.max_tokens)
        tokens, money = (used["input"] + used["output"], call.cost(used) or 0.0) if billed else (0, 0.0)
        budget.settle(reservation, tokens=tokens, money=money)
        if budget.limited:
            call.run.bus.emit("budget", **budget.snapshot())

    def _tell_start(self) -> None:
        call, told = self._call, dict[str, object]()
        if call.lane.address is not None:
            told["address"] = call.lane.address
        if call.cut is not None:
            told["cut"] = vars(call.cut)
        if call.run.record_prompts:
            told["messages"] = list(call.request.messages)
            if call.request.prefix:
                told["prefix"] = call.request.prefix
        if self._after is not None:
            call.emit("hedge", attempt=self.number, after=self._after)
        call.emit("call.start", attempt=self.number, prompt=call.prompt.name, target=call.member.model, **told)

    def tell_end(self, draft: Draft, *, cancelled: bool = False) -> None:
        """Tell that it has ended, with what came of it."""
        self._call.emit("call.end", attempt=self.number, cancelled=cancelled, **told(draft))

    def tell_stopped(self) -> None:
        """Tell that nobody wants it any more, and what had come of it."""
        text = (self._call.request.prefix + self.reply.text).strip()
        self.tell_end({**self._drafted(text, answer=None, signals={}), "finish": "cancelled"}, cancelled=True)

    def _drafted(self, text: str, *, answer: str | None, signals: dict[str, Signal]) -> Draft:
        call, reply, price = self._call, self.reply, self._call.member.price
        used = reply.used(call.tokens, most=call.request.max_tokens)
        return Draft(
            call=call.id,
            member=call.member.name,
            role=call.seat.role,
            round=call.seat.round,
            index=call.seat.index,
            text=text,
            reasoning=reply.reasoning,
            answer=answer,
            finish=reply.finish or "stop",
            latency=reply.latency,
            ttft=reply.ttft,
            attempts=call.attempts,
            signals=signals,
            weakest=weakest(text, [(token.text, token.logprob) for token in reply.tokens]) if reply.tokens else [],
            cached=False,
            usage=used,
            cost=call.cost(used),
            cost_source=price.source if price else "unknown",
        )


class TooLate(CallFailed):
    """There was no more time for the call."""


def _words(error: Exception, member: Member) -> str:
    """What broke; nobody knows whose words these are, so that the member's key may stand in them."""
    from symposium.models.providers.failures import plain

    variable = key_variable(member)
    return plain(f"{type(error).__name__}: {error}", secret=secret(variable) if variable else None)


def told(draft: Draft) -> dict[str, object]:
    """The draft's part of a `call.end`, less what every event of a call carries anyway."""
    return {k: v for k, v in draft.items() if k not in _CARRIED}


_CARRIED = frozenset({"call", "role", "member", "round", "index", "attempts"})


def _signals(tokens: Sequence[Token], text: str, member: Member, request: Request) -> dict[str, Signal]:
    if not tokens:
        return {}
    try:
        evidence = Evidence(
            logprobs=[token.logprob for token in tokens],
            top=[[logprob for _, logprob in token.top] for token in tokens],
            broken=broken(text),
        )
    except ValueError:  # no log-probabilities at all, whatever the provider calls them; the reply is good without
        return {}
    if request.prefix:  # what is calibrated are whole replies
        return measured(evidence)
    return measured(evidence, member.calibration, kind=FORCED if request.forced else "")
