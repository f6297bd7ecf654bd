"""Where a question goes: the receipt of the decision, and the experts in the order in which they would be asked."""

import asyncio
from dataclasses import dataclass

from symposium.agents.router import Assessment, assess
from symposium.graphs.family import Seating, stoppable, tried
from symposium.graphs.forms import RouteContext
from symposium.graphs.route_experts import DEFAULT, is_bundled
from symposium.ledger.records import Duel, Failure, Intent, Receipt
from symposium.models.domain import chance_inside
from symposium.tools.choosing import Figures, beats, by_worth, gated, levels, worth
from symposium.tools.intents import intent_of

NODE = "decide"
ROUTING_SHARE = 0.25  # of the time left, for a router that is asked


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A receipt, the experts in order, and who failed on the way."""

    receipt: Receipt
    order: list[str]
    failures: list[Failure]


async def decided(context: RouteContext, question: str) -> Decision:
    """Predict how well each expert answers a question, and choose; a router that fails leaves it to the default."""
    experts, failures = context.experts, list[Failure]()
    inside = await asyncio.to_thread(chance_inside, question) if any(map(is_bundled, context.cast)) else None
    predicted, intent = experts.predicted(question, inside=inside), intent_of(question)
    if experts.routes is None:
        return _decision(context, predicted, intent, by=experts.by, failures=failures)
    found, failures = await _assessed(context, question)
    if found is None:
        return _defaulted(context, predicted, intent, failures)
    return _decision(context, found.chances, found.intent, by=experts.by, failures=failures, reason=found.reason)


async def _assessed(context: RouteContext, question: str) -> tuple[Assessment | None, list[Failure]]:
    """Let a member route, in its part of the time."""
    experts, left = context.experts, context.run.seconds_left
    mind, within = context.mind(experts.by, path=NODE), None if left is None else left * ROUTING_SHARE
    routing = stoppable(context, lambda: assess(mind, question, context.cast, costs=dict(experts.costs), within=within))
    found, trouble = await tried(context, Seating(member=experts.by, index=0), routing, role="router")
    return found, trouble.get("failures", [])


def _defaulted(context: RouteContext, predicted: Figures, intent: Intent, failures: list[Failure]) -> Decision:
    """The decision where the router failed; it is told, and rules say who follows the default."""
    experts, reason = context.experts, _reason(context, failures)
    told = {"from": experts.by, "to": experts.default, "reason": reason, "role": "router"}
    context.run.bus.emit("fallback", **told)
    context.run.note(f"the router {experts.by} failed ({reason}): {experts.default} is the default")
    made = _decision(context, predicted, intent, by=DEFAULT, failures=failures)
    order = [experts.default, *(name for name in made.order if name != experts.default)]
    chosen = order[: context.settings.choices.top_k]
    why = f"the router {experts.by} failed, and {experts.default} is the default"
    return Decision(receipt={**made.receipt, "chosen": chosen, "why": why}, order=order, failures=failures)


def _reason(context: RouteContext, failures: list[Failure]) -> str:
    return failures[-1]["message"] if failures else context.run.scope.stopped or "the budget allowed no call"


def _decision(
    context: RouteContext, predicted: Figures, intent: Intent, *, by: str, failures: list[Failure], reason: str = ""
) -> Decision:
    order = ordered(context, predicted)
    chosen = order[: context.settings.choices.top_k]
    receipt = Receipt(
        intent=intent,
        router=by,
        predicted={name: round(predicted[name], 4) for name in sorted(predicted)},
        duel=duel(predicted),
        chosen=chosen,
        why="; ".join(filter(None, (_why(context, predicted, chosen), reason))),
    )
    return Decision(receipt=receipt, order=order, failures=failures)


def ordered(context: RouteContext, predicted: Figures) -> list[str]:
    """The experts in the order in which they would be asked: who passes the threshold first, then by their worth."""
    experts = context.experts
    order = by_worth(predicted, experts.costs)
    if experts.threshold is None:
        return order
    first = gated(predicted, experts.costs, experts.threshold)
    return [first, *(name for name in order if name != first)]


def duel(predicted: Figures) -> Duel | None:
    """The two likeliest experts, and the chance that the first answers better than the second."""
    best = sorted(predicted, key=lambda name: (-predicted[name], name))[:2]
    if len(best) < 2:
        return None
    return Duel(first=best[0], second=best[1], chance=round(beats(predicted[best[0]], predicted[best[1]]), 4))


# Words


def _why(context: RouteContext, predicted: Figures, chosen: list[str]) -> str:
    """The figure that decided, in words."""
    experts, first = context.experts, chosen[0]
    if len(predicted) == 1:
        return f"{first} is the only member"
    if len(chosen) == len(predicted):
        return f"all {len(chosen)} members are asked"
    if experts.threshold is None:
        return _weighed(context, predicted, chosen)
    level = levels(experts.costs)
    rivals = {name: chance for name, chance in predicted.items() if level[name] < level[first]}
    if not rivals:
        return f"a dearest member wins by the threshold of {figure(experts.threshold)}: {first}"
    best = min(rivals, key=lambda name: (-rivals[name], name))
    chance = beats(predicted[best], predicted[first])
    return f"no dearer member beats {first} with {figure(experts.threshold)} or more: {best} with {figure(chance)}"


def _weighed(context: RouteContext, predicted: Figures, chosen: list[str]) -> str:
    costs, worths = context.experts.costs, worth(predicted, context.experts.costs)
    next_best = max((name for name in predicted if name not in chosen), key=lambda name: worths[name])

    def told(name: str) -> str:
        return f"{name} ({figure(predicted[name])} right, {figure(costs[name])} of the dearest's cost)"

    return f"{' and '.join(map(told, chosen))} {'is' if len(chosen) == 1 else 'are'} worth more than {told(next_best)}"


def figure(value: float) -> str:
    """Write a chance or a part as figures: `.97`, `1.00`."""
    return f"{value:.2f}".removeprefix("0")
