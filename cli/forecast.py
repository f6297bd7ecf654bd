"""What a request may cost, before anything is spent: calls, tokens, money and time, from its form and the ledger."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, cast

from symposium.agents.proposer import worded
from symposium.ledger.records import Event, Message
from symposium.models.member import Member, estimated_tokens


@dataclass(frozen=True, kw_only=True)
class Share:
    """One member's part of a `Forecast`; `latency` is the median of the `recorded` calls, in seconds."""

    member: str
    calls: int
    prompt_tokens: int
    reply_tokens_at_most: int
    attempts_at_most: int
    tokens_at_most: int
    cost_at_most: float | None
    latency: float | None
    recorded: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a request plans to do and may do at most, retries included; None is unknown, money in US dollars."""

    graph: str
    calls: int
    calls_at_least: int
    attempts_at_most: int
    tokens_at_most: int
    cost_at_most: float | None
    seconds: float | None
    unpriced: tuple[str, ...]
    refused: tuple[str, ...]
    members: tuple[Share, ...]


def forecast(
    graph: str,
    question: str,
    *,
    seats: Sequence[Member],
    surely: int,
    latencies: Mapping[str, Sequence[float]],
    attempts: int,
    window: int,
    limits: Mapping[str, float | None],
    allow_unpriced: bool,
) -> Forecast:
    """Add up what the seats may spend, each over that many wire attempts, within the limits of the budget.

    `surely` of them are called however the run goes; `window` are called at once.
    """
    shares = [
        share(member, question, calls=seats.count(member), attempts=attempts, latencies=latencies.get(member.name, ()))
        for member in dict.fromkeys(seats)
    ]
    unpriced = tuple(s.member for s in shares if s.cost_at_most is None)
    costs = [s.cost_at_most for s in shares if s.cost_at_most is not None]
    refuses = limits["money"] is not None and not allow_unpriced
    known = not unpriced or refuses  # a refused member spends nothing
    return Forecast(
        graph=graph,
        calls=len(seats),
        calls_at_least=surely,
        attempts_at_most=int(_capped(sum(s.attempts_at_most for s in shares), limits["calls"])),
        tokens_at_most=int(_capped(sum(s.tokens_at_most for s in shares), limits["tokens"])),
        cost_at_most=_capped(sum(costs), limits["money"]) if known else None,
        seconds=_seconds(seats, shares, window=window, limit=limits["seconds"]),
        unpriced=unpriced,
        refused=unpriced if refuses else (),
        members=tuple(shares),
    )


def share(member: Member, question: str, *, calls: int, attempts: int, latencies: Sequence[float]) -> Share:
    """Forecast one member's part."""
    prompted, most = prompt_tokens(member, question), calls * attempts
    price = member.price
    return Share(
        member=member.name,
        calls=calls,
        prompt_tokens=prompted,
        reply_tokens_at_most=member.max_tokens,
        attempts_at_most=most,
        tokens_at_most=most * (prompted + member.max_tokens),
        cost_at_most=most * price.cost(input_tokens=prompted, output_tokens=member.max_tokens) if price else None,
        latency=median(latencies) if latencies else None,
        recorded=len(latencies),
    )


def prompt_tokens(member: Member, question: str) -> int:
    """Estimate a proposer's prompt, as the gate reserves it."""
    messages = worded(member, [Message(role="user", content=question)])
    return sum(estimated_tokens(message["content"]) for message in messages)


def recorded_latencies(events: Iterable[Event]) -> dict[str, list[float]]:
    """Collect the seconds of every call that was answered, by member."""
    found: dict[str, list[float]] = {}
    for event in events:
        call = cast(Mapping[str, Any], event)  # an event's payload depends on its type
        if call["type"] == "call.end" and not call.get("cancelled") and not call.get("cached"):
            found.setdefault(call["member"], []).append(call["latency"])
    return found


def _capped(value: float, limit: float | None) -> float:
    return value if limit is None else min(value, limit)


def _seconds(seats: Sequence[Member], shares: Sequence[Share], *, window: int, limit: float | None) -> float | None:
    """The end of the last seat when `window` of them run at a time; a vote that is settled earlier takes less."""
    latency = {share.member: share.latency for share in shares}
    lanes = [0.0] * window
    for seat in seats:
        needed = latency[seat.name]
        if needed is None:
            return None
        heapq.heapreplace(lanes, lanes[0] + needed)
    return _capped(max(lanes), limit)
