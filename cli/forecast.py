"""What a request may cost, before anything is spent: calls, tokens, money and time, from its agenda and the ledger."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, cast

from symposium.graphs.agenda import Planned
from symposium.ledger.records import Event
from symposium.models.member import Member

AGAIN = 64  # tokens of what a reply lacks


@dataclass(frozen=True, kw_only=True)
class Share:
    """One member's part of a `Forecast` in one role; `latency` is the median of the `recorded` calls, in seconds.

    `prompt_tokens` are those of its longest prompt, where they differ.
    """

    member: str
    role: str
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
    """What a request plans to do and may do at most, retries included; None is unknown, money in US dollars.

    `path` are the members of the slowest call of each step that is planned, in order; `seconds` is how long it takes.
    """

    graph: str
    calls: int
    calls_at_least: int
    attempts_at_most: int
    tokens_at_most: int
    cost_at_most: float | None
    seconds: float | None
    path: tuple[str, ...]
    unpriced: tuple[str, ...]
    refused: tuple[str, ...]
    members: tuple[Share, ...]


def forecast(
    graph: str,
    question: str,
    *,
    agenda: Sequence[Planned],
    latencies: Mapping[str, Sequence[float]],
    attempts: int,
    limits: Mapping[str, float | None],
    allow_unpriced: bool,
) -> Forecast:
    """Add up what the planned calls may spend, each over that many wire attempts, within the limits of the budget."""
    shares = [
        share(calls, question, attempts=attempts, latencies=latencies.get(calls[0].member.name, ()))
        for calls in _by_seat(agenda)
    ]
    unpriced = tuple(dict.fromkeys(s.member for s in shares if s.cost_at_most is None))
    costs = [s.cost_at_most for s in shares if s.cost_at_most is not None]
    refuses = limits["money"] is not None and not allow_unpriced
    known = not unpriced or refuses  # a refused member spends nothing
    took = {s.member: s.latency for s in shares}
    return Forecast(
        graph=graph,
        calls=sum(not call.spare for call in agenda),
        calls_at_least=sum(call.surely for call in agenda),
        attempts_at_most=int(_capped(sum(s.attempts_at_most for s in shares), limits["calls"])),
        tokens_at_most=int(_capped(sum(s.tokens_at_most for s in shares), limits["tokens"])),
        cost_at_most=_capped(sum(costs), limits["money"]) if known else None,
        seconds=_seconds(agenda, took, limit=limits["seconds"]),
        path=tuple(_slowest(step, took) for step in _steps(agenda)),
        unpriced=unpriced,
        refused=unpriced if refuses else (),
        members=tuple(shares),
    )


def share(calls: Sequence[Planned], question: str, *, attempts: int, latencies: Sequence[float]) -> Share:
    """Forecast one member's part in one role; what is asked for in a form may be asked for twice."""
    member = calls[0].member
    prompts = [tokens for call in calls for tokens in _prompts(call, question)]
    price, reply = member.price, member.max_tokens
    costs = [price.cost(input_tokens=tokens, output_tokens=reply) for tokens in prompts] if price else []
    return Share(
        member=member.name,
        role=calls[0].role,
        calls=sum(not call.spare for call in calls),
        prompt_tokens=max(call.prompt_tokens(question) for call in calls),
        reply_tokens_at_most=reply,
        attempts_at_most=attempts * len(prompts),
        tokens_at_most=attempts * (sum(prompts) + reply * len(prompts)),
        cost_at_most=attempts * sum(costs) if price else None,
        latency=median(latencies) if latencies else None,
        recorded=len(latencies),
    )


def _prompts(call: Planned, question: str) -> list[int]:
    """The tokens of a call's prompt, and of the second one where the first reply did not hold its form."""
    first = call.prompt_tokens(question)
    return [first, first + call.member.max_tokens + AGAIN] if "form" in call.prompts else [first]


def recorded_latencies(events: Iterable[Event]) -> dict[str, list[float]]:
    """Collect the seconds of every call that was answered, by member."""
    found: dict[str, list[float]] = {}
    for event in events:
        call = cast(Mapping[str, Any], event)  # an event's payload depends on its type
        if call["type"] == "call.end" and not call.get("cancelled") and not call.get("cached"):
            found.setdefault(call["member"], []).append(call["latency"])
    return found


def _by_seat(agenda: Sequence[Planned]) -> list[list[Planned]]:
    seats: dict[tuple[str, str], list[Planned]] = {}
    for call in agenda:
        seats.setdefault((call.member.name, call.role), []).append(call)
    return list(seats.values())


def _steps(agenda: Sequence[Planned]) -> list[list[Planned]]:
    calls = [call for call in agenda if not call.spare]
    return [[call for call in calls if call.step == step] for step in sorted({call.step for call in calls})]


def _capped(value: float, limit: float | None) -> float:
    return value if limit is None else min(value, limit)


# The critical path


def _slowest(step: Sequence[Planned], took: Mapping[str, float | None]) -> str:
    """The member that a step waits for; one whose latency is not known may take any time."""
    return max((call.member for call in step), key=lambda member: _latency(member, took)).name


def _latency(member: Member, took: Mapping[str, float | None]) -> float:
    known = took[member.name]
    return float("inf") if known is None else known


def _seconds(agenda: Sequence[Planned], took: Mapping[str, float | None], *, limit: float | None) -> float | None:
    """The steps one after the other; a vote that is settled earlier takes less."""
    if None in took.values():
        return None
    return _capped(sum(_lasting(step, took) for step in _steps(agenda)), limit)


def _lasting(step: Sequence[Planned], took: Mapping[str, float | None]) -> float:
    """The end of the last call of a step, when so many run at a time as its window allows."""
    lanes = [0.0] * min(call.window or len(step) for call in step)
    for call in step:
        heapq.heapreplace(lanes, lanes[0] + _latency(call.member, took))
    return max(lanes)
