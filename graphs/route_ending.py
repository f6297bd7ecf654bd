"""What a route says at its end: the answer, the dissent, the notes and the receipt."""

from collections.abc import Sequence

from symposium.graphs.aggregation import Aggregate
from symposium.graphs.counting import Count
from symposium.graphs.endings import HALTS, best_first, chosen_by, exit_of, in_words, quorum, slips, who, without_answer
from symposium.graphs.forms import RouteContext
from symposium.graphs.route_state import RouteState, Standing, heard, readable, standing, void
from symposium.ledger.records import Draft, ExitReason, Signal
from symposium.models.run import Ending
from symposium.tools.confidence import CHANCE


def without(context: RouteContext, state: RouteState) -> Ending:
    """The ending without an answer."""
    return {**without_answer(context, state), "metadata": {"receipt": state["receipt"]}}


def ending(context: RouteContext, state: RouteState) -> Ending:
    """The ending with the answer that was written of several, the weighed one, or the words of the first expert."""
    found, result = standing(context, state), state["result"]
    drafts, exit = heard(context, state), _exit(context, state, found)
    if result:
        own = _written(result)
    elif found.count:
        own = _weighed(context, drafts, found, found.count)
    else:
        own = _unread(_shown(context, drafts))
    common = Ending(
        status="partial" if exit in (*HALTS, "no-answer") else "answered",
        exit=exit,
        words=found.words if exit == "confident" else in_words(context, exit, *filter(None, (found.words,))),
        answered=who(drafts, context.cast),
        failures=state["failures"],
        quorum=quorum(state),
        first=best_first(drafts, context.cast),
        metadata={"receipt": state["receipt"]},
    )
    return {**common, **own, "notes": [*own.get("notes", []), *slips(own.get("answer", ""))]}


def _exit(context: RouteContext, state: RouteState, found: Standing) -> ExitReason:
    stopped = exit_of(context)
    if stopped != "complete":
        return stopped
    if all(void(state, draft) for draft in heard(context, state)):
        return "no-answer"
    return "confident" if context.experts.reroute is not None and not found.unsure else stopped


def _shown(context: RouteContext, drafts: Sequence[Draft]) -> Draft:
    """Whose words are shown where none can be read: the last stand-in's; of several asked at once the first's."""
    return drafts[-1 if context.settings.choices.top_k == 1 else 0]


def _written(result: Aggregate) -> Ending:
    return Ending(
        method=result["method"],
        answer=result["text"],
        extracted=result["extracted"],
        agreed=result["agreed"],
        dissent=result["dissent"],
        tie=result["tie"],
        signals=result["signals"],
        notes=result["notes"],
    )


def _weighed(context: RouteContext, drafts: list[Draft], found: Standing, count: Count) -> Ending:
    several = context.settings.choices.top_k > 1
    return Ending(
        method="vote" if several and len(readable(drafts)) > 1 else "selection",
        answer=count.spokesman["text"],
        extracted=count.winner.answer,
        agreed=who([draft for draft in drafts if draft["member"] in count.winner.members], context.cast),
        dissent=count.dissent,
        tie=count.tally.tie,
        signals=_signals(drafts, found, count),
        notes=count.notes if several else [],
    )


def _signals(drafts: list[Draft], found: Standing, count: Count) -> dict[str, Signal]:
    """Those of the one draft with an answer; of several those of the count, and the chance by which one was chosen."""
    read = readable(drafts)
    chance = {} if found.chance is None else {CHANCE: Signal(value=found.chance, calibrated=found.fitted)}
    return {**(read[0]["signals"] if len(read) == 1 else chosen_by(count.signals)), **chance}


def _unread(draft: Draft) -> Ending:
    return Ending(
        method="selection",
        answer=draft["text"],
        extracted=None,
        agreed=[draft["member"]],
        signals=draft["signals"],
        notes=[],
    )
