"""What the budget left over covers of the calls that a stage would make."""

import heapq
from collections.abc import Iterable, Sequence

from symposium.graphs.agenda import Planned
from symposium.models.pace import pace_of
from symposium.models.run import Run


def shortfall(run: Run, calls: Sequence[Planned], question: str) -> str | None:
    """Say what of the budget does not cover the calls that are surely made; None: it does.

    Calls that are only possible, as those of an election or of whoever stands in, rule nobody out: a stage that the
    budget ends before them still answers. Replies count at their longest, every call with one attempt, and as long as
    its model usually takes where that is known.
    """
    planned = [call for call in calls if call.surely and not call.spare]
    left = run.budget.snapshot()["left"]
    found = (_calls(planned, left["calls"]), _tokens(planned, question, left["tokens"]))
    return next(filter(None, (*found, _money(run, planned, question, left["money"]), _seconds(run, planned))), None)


def _calls(planned: Sequence[Planned], left: float | None) -> str | None:
    if left is None or len(planned) <= left:
        return None
    return f"it takes {len(planned)} {'call' if len(planned) == 1 else 'calls'}, and {left:g} are left"


def _tokens(planned: Iterable[Planned], question: str, left: float | None) -> str | None:
    if left is None:
        return None
    needed = sum(call.prompt_tokens(question) + call.member.max_tokens for call in planned)
    return f"it may use {needed:,} tokens of {max(0, left):,.0f} left" if needed > left else None


def _money(run: Run, planned: Sequence[Planned], question: str, left: float | None) -> str | None:
    if left is None:
        return None
    unpriced = [call.member.name for call in planned if call.member.price is None]
    if unpriced and not run.budget.allow_unpriced:
        return f"the price of {', '.join(dict.fromkeys(unpriced))} is not known"
    needed = sum(_price(call, question) for call in planned)
    return f"it may cost ${needed:.6f} of ${max(0.0, left):.6f} left" if needed > left else None


def _price(call: Planned, question: str) -> float:
    member = call.member
    if member.price is None:
        return 0.0
    return member.price.cost(input_tokens=call.prompt_tokens(question), output_tokens=member.max_tokens)


def _seconds(run: Run, planned: Sequence[Planned]) -> str | None:
    left = run.seconds_left
    if left is None:
        return None
    steps = {call.step for call in planned}
    needed = sum(_lasting([call for call in planned if call.step == step]) for step in steps)
    return f"it usually takes {needed:.1f} s of {left:.1f} s left" if needed > left else None


def _lasting(step: Sequence[Planned]) -> float:
    """How long the calls of a step usually take, in seconds, so many at a time as its window allows."""
    lanes = [0.0] * min(call.window or len(step) for call in step)
    for call in step:
        heapq.heapreplace(lanes, lanes[0] + _usual(call))
    return max(lanes)


def _usual(call: Planned) -> float:
    """How long the call's model usually takes, in seconds; 0 where that is not known."""
    return pace_of(call.member.model, call.member.base_url).p50 or 0.0
