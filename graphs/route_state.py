"""The state of a route, what its experts have answered so far, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from symposium.graphs.aggregation import Aggregate
from symposium.graphs.counting import Count, ballots_of, comparable, counted, in_order
from symposium.graphs.family import Seating, State, question
from symposium.graphs.forms import RouteContext
from symposium.graphs.hearing import by_doubt, compared
from symposium.ledger.records import Draft, Receipt
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, DECISIVE
from symposium.tools.measures import asked_unit
from symposium.tools.questions import closed
from symposium.tools.votes import RULES, Ballot, Tally


class RouteState(State):
    """The state of a route: the receipt, who is asked now, who could be asked next, in order, and what was written of
    several answers."""

    receipt: Receipt
    batch: list[Seating]
    waiting: list[str]
    result: Aggregate | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the answers stand: their count, the chance (0..1) that its winner is right, None where that is unknown.

    `fitted` says that the chance is one reply's own, as it was fitted to data: that of several rests on their errors
    going apart, which they do not quite. `comparable` says that answers of different wording are different answers. It
    is `unsure` where the next expert is to be asked as well, for what `words` say.
    """

    count: Count | None
    chance: float | None
    fitted: bool
    comparable: bool
    unsure: bool
    words: str


def heard(context: RouteContext, state: RouteState) -> list[Draft]:
    """The experts' drafts, in the order in which they were asked."""
    order = [seat["member"] for seat in state["seats"]]
    return sorted(in_order(state["drafts"]), key=lambda draft: order.index(draft["member"]))


def answering(context: RouteContext, state: RouteState) -> list[Draft]:
    """The drafts that count: where one value is asked for, those that hold it, if any does."""
    drafts = heard(context, state)
    return drafts if context.run.open_ended else readable(drafts) or drafts


def readable(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts in which an answer could be read."""
    return [draft for draft in drafts if draft["answer"] is not None]


def void(state: RouteState, draft: Draft) -> bool:
    """Tell whether a reply is none: a value was asked for, and it holds none that can be read."""
    return draft["answer"] is None and closed(question(state))


def standing(context: RouteContext, state: RouteState) -> Standing:
    """Weigh the answers against each other, by how unlikely it is that all who gave one are wrong."""
    drafts, unit = heard(context, state), asked_unit(question(state))
    ballots = [_trusted(context, state, draft, ballot) for draft, ballot in _pairs(context, drafts, unit)]
    several = context.settings.choices.top_k > 1
    count = counted(drafts, ballots, RULES[context.settings.choices.rule] if several else by_doubt)
    chance = _chance(by_doubt(ballots), ballots, count.winner.key) if count else None
    read = readable(drafts)
    return Standing(
        count=count,
        chance=chance,
        fitted=len(read) == 1 and _fitted(read[0]) is not None,
        comparable=comparable([draft["answer"] for draft in answering(context, state)], unit),
        unsure=_is_unsure(context, drafts, chance),
        words=_words(context, chance),
    )


def _pairs(context: RouteContext, drafts: Sequence[Draft], unit: str | None) -> list[tuple[Draft, Ballot]]:
    return list(zip(drafts, ballots_of(drafts, context.cast, unit), strict=True))


def _trusted(context: RouteContext, state: RouteState, draft: Draft, ballot: Ballot) -> Ballot:
    """A ballot with the chance that it is right as its reliability: as fitted, else as predicted for the question.

    Written steps that do not compute leave it none.
    """
    fitted = _fitted(draft)
    if fitted is None:
        receipt = state["receipt"]
        known = context.experts.knows(draft["member"], by=receipt["router"])
        fitted = 0.0 if broken(draft["text"]) else receipt["predicted"].get(draft["member"]) if known else None
    return replace(ballot, reliability=fitted)


def _fitted(draft: Draft) -> float | None:
    signal = draft["signals"].get(DECISIVE + CALIBRATED)
    return signal["value"] if signal else None


def _chance(tally: Tally, ballots: Sequence[Ballot], key: str) -> float | None:
    """The chance that the answer of that key is right, given that at most one of all answers is.

    With the chances p that not all who gave an answer are wrong, that is the part of its odds p / (1 - p) in the odds
    of all answers and 1, which stands for none of them.
    """
    if any(ballot.reliability is None for ballot in ballots if ballot.answer is not None):
        return None
    odds = {candidate.key: math.expm1(candidate.weight) for candidate in tally.candidates}
    return odds[key] / (1 + sum(odds.values()))


def _is_unsure(context: RouteContext, drafts: Sequence[Draft], chance: float | None) -> bool:
    threshold = context.experts.reroute
    return threshold is not None and bool(drafts) and (chance is None or chance <= threshold)


def _words(context: RouteContext, chance: float | None) -> str:
    threshold = context.experts.reroute
    if threshold is None:
        return ""
    return (
        "how sure the answer is is unknown" if chance is None else f"the answer stands at {compared(chance, threshold)}"
    )
