"""The judge of a debate: decides after a round, breaks a tie, and lets an answer differ from that of the first vote."""

from collections.abc import Sequence

from symposium.agents.judge import Comparison, compare
from symposium.agents.moderator import moderate
from symposium.graphs.debate_state import (
    DebateState,
    Finding,
    begun,
    even,
    is_answer,
    judges_left,
    key,
    on_the_table,
    rounds_left,
    share,
    speaker,
    table,
    vote,
)
from symposium.graphs.debate_weighing import joint, verdicts
from symposium.graphs.endings import strongest
from symposium.graphs.family import Update, able, conversation
from symposium.graphs.forms import DebateContext
from symposium.graphs.panel import family
from symposium.graphs.relay import Relay
from symposium.ledger.records import Decision, Draft, Failure, Ruling
from symposium.tools.arithmetic import broken, check_steps

MODERATE, KEEP = "moderate", "keep"  # the nodes in which a judge speaks
JUDGED = "judge"  # what is told to have ended a debate, beside the rules of tools.stopping
FIRST_VOTE = "first vote"
NO_REASON = "nobody gave a reason to leave it"
COMPARED = 2  # answers, to break a tie
GOING_ON: tuple[Decision, ...] = ("continue", "redirect")


async def judges(context: DebateContext) -> list[str]:
    """Who can judge this debate, in turn: of other families than the debaters; that the one named cannot is noted."""
    if not context.settings.choices.moderated:
        return []
    families = {family(member) for member in context.cast}
    apart = [member.name for member in context.table.judges if family(member) not in families]
    fit = [name for name in apart if await able(context.mind(name, path=MODERATE), "moderator")]
    named = context.settings.choices.judge
    if named is not None and named not in fit:
        reason = "cannot moderate a debate" if named in apart else "is of the family of a debater"
        context.run.note(f"the judge that was named was left out: '{named}' {reason}")
    return fit


# After a round


async def ruled(context: DebateContext, state: DebateState) -> Update:
    """Let a judge decide how the debate goes on; where none answers it goes on, or ends, by the rules."""
    turns, relay, round = conversation(state["messages"]), _relay(context, state, MODERATE), begun(state)
    ruling = await relay.run(
        lambda one: moderate(
            one.mind, turns, on_the_table(state), round=round, allowed=allowed(context, state), within=one.within
        )
    )
    if ruling is None:
        return {"failures": relay.failures}
    *before, last = state["rounds"]
    preferred = (
        await _tie_broken(context, state, relay) if ruling["decision"] == "tie" else _named(context, state, ruling)
    )
    goes_on = ruling["decision"] in GOING_ON
    ends = not goes_on and (preferred or not state["stop"])
    return {
        "rounds": [*before, {**last, "ruling": ruling}],
        "preferred": preferred,
        "stop": JUDGED if ends else "" if goes_on else state["stop"],
        "failures": relay.failures,
    }


def allowed(context: DebateContext, state: DebateState) -> tuple[Decision, ...]:
    """What a judge may decide: to go on only while there are rounds left, a tie only where the votes are even.

    It may go on although nothing moved: that is how a debate looks which has drifted.
    """
    count = vote(context, state, table(state))
    tied: tuple[Decision, ...] = ("tie",) if count and even(count) else ()
    return ("conclude", *tied, *(GOING_ON if rounds_left(state) else ()))


def _relay(context: DebateContext, state: DebateState, node: str) -> Relay:
    """The judges in turn, less those that have failed already."""
    left, step = context.run.seconds_left or 0.0, share("ruling" if node == MODERATE else "check", state)
    return Relay(
        context,
        judges_left(state),
        role="judge",
        node=node,
        round=begun(state),
        reserved=left * (1 - step),
    )


async def _tie_broken(context: DebateContext, state: DebateState, relay: Relay) -> Finding | None:
    """The one of the two leading drafts that the judge prefers in both orders; None where the vote stands."""
    count = vote(context, state, table(state))
    leading = even(count) if count else []
    if not leading:
        return None
    first, second = (speaker(candidate, table(state)) for candidate in leading[:COMPARED])
    found = await _compared(state, relay, first, second)
    if found is None or found.winner is None:
        return None
    return Finding(call=found.winner["call"], by=relay.asked, words=found.reasons[0])


async def _compared(state: DebateState, relay: Relay, first: Draft, second: Draft) -> Comparison | None:
    turns, round = conversation(state["messages"]), begun(state)
    return await relay.run(lambda one: compare(one.mind, turns, first, second, round=round, within=one.within))


def _named(context: DebateContext, state: DebateState, ruling: Ruling) -> Finding | None:
    """The draft that the judge holds to be right, where the votes are even or cannot be counted; else they decide."""
    if ruling["decision"] != "conclude" or ruling["winner"] is None:
        return None
    named = next(draft for draft in table(state) if draft["call"] == ruling["winner"])
    found = Finding(call=ruling["winner"], by=ruling["judge"], words=ruling["reason"])
    count = vote(context, state, table(state))
    if count is None:
        return found if is_answer(context, named) else None
    return found if key(state, named) in [candidate.key for candidate in even(count)] else None


# At the end


def outcome_of(context: DebateContext, state: DebateState) -> Draft | None:
    """The draft that the debate comes to, whatever the first vote was: the judge's, else that of the vote.

    Where nothing can be counted it is the draft of the most reliable debater.
    """
    drafts, preferred = table(state), state["preferred"]
    if preferred:
        return next(draft for draft in drafts if draft["call"] == preferred["call"])
    if count := vote(context, state, drafts):
        return count.spokesman
    order = strongest(context.cast)
    readable = [draft for draft in drafts if is_answer(context, draft)]
    return min(readable or drafts, key=lambda draft: order.index(draft["member"]), default=None)


async def kept(context: DebateContext, state: DebateState) -> Update:
    """Find a reason for an answer that differs from that of the first vote; where there is none that one stands."""
    first, last = vote(context, state, state["tables"][0]), outcome_of(context, state)
    if first is None or last is None or key(state, first.spokesman) == key(state, last):
        return {}
    behind = [draft for draft in state["tables"][0] if key(state, draft) == key(state, first.spokesman)]
    if found := _said(state, first.spokesman, last) or _checked(behind, last):
        return {"kept": found}
    weighed, failures = await _likelier(context, state, first.spokesman, last)
    if weighed and weighed["by"] != FIRST_VOTE:
        return {"kept": weighed, "failures": failures}
    judged, more = await _better(context, state, first.spokesman, last)
    stands = _stands(first.spokesman, "nobody could be asked for a reason to leave it")
    return {"kept": judged or weighed or stands, "failures": [*failures, *more]}


def _stands(first: Draft, words: str) -> Finding:
    """The first vote's answer is kept, for that reason."""
    return Finding(call=first["call"], by=FIRST_VOTE, words=words)


def _said(state: DebateState, first: Draft, last: Draft) -> Finding | None:
    """A judge has named that answer, or the one of the first vote."""
    if state["preferred"]:
        return state["preferred"]
    given = {draft["call"]: key(state, draft) for draft in state["drafts"]}
    named = [one["ruling"] for one in state["rounds"] if one["ruling"] and one["ruling"]["winner"]]
    for ruling in reversed(named):
        answer = given.get(ruling["winner"] or "")
        if answer == key(state, last):
            return Finding(call=last["call"], by=ruling["judge"], words=ruling["reason"])
        if answer == key(state, first):
            return _stands(first, f"{ruling['judge']} holds it to be right: {ruling['reason']}")
    return None


def _checked(behind: Sequence[Draft], last: Draft) -> Finding | None:
    """The exact check finds a wrong step in every draft of the first vote's answer; in the last one all it can check.

    That must be something: a text without steps is not better checked than one with a slip.
    """
    sound = any(step.right for step in check_steps(last["text"])) and not broken(last["text"])
    if not sound or not all(broken(draft["text"]) for draft in behind):
        return None
    words = "in every draft of the first vote's answer a written step does not compute"
    return Finding(call=last["call"], by="check", words=words)


async def _likelier(
    context: DebateContext, state: DebateState, first: Draft, last: Draft
) -> tuple[Finding | None, list[Failure]]:
    """Whether the panel of minds that can weigh finds the last draft likelier; None where it cannot tell."""
    if {first["member"], last["member"]} - set(state["plan"]["bare"]):
        return None, []
    left = context.run.seconds_left
    within = None if left is None else left / 2  # the other half is for a judge
    found, failures = await verdicts(context, state, first, last, round=begun(state), within=within)
    if not found:
        return None, failures
    before, after = map(joint, found)
    words = f"joint log-probability {after:.2f}, of the first vote's draft {before:.2f}"
    likelier = Finding(call=last["call"], by="panel", words=words)
    return likelier if after > before else _stands(first, NO_REASON), failures


async def _better(
    context: DebateContext, state: DebateState, first: Draft, last: Draft
) -> tuple[Finding | None, list[Failure]]:
    """Whether a judge prefers the last draft, asked unless it has compared the two already; None where none tells."""
    if _tied(context, state, first):
        return _stands(first, NO_REASON), []
    relay = _relay(context, state, KEEP)
    made = await _compared(state, relay, last, first)
    if made is None:
        return None, relay.failures
    better = made.winner is not None and made.winner["call"] == last["call"]
    found = Finding(call=last["call"], by=relay.asked, words=made.reasons[0]) if better else _stands(first, NO_REASON)
    return found, relay.failures


def _tied(context: DebateContext, state: DebateState, first: Draft) -> bool:
    """A judge has compared the last vote's leading answers, that of the first vote among them, and prefers none."""
    ruling, count = state["rounds"][-1]["ruling"], vote(context, state, table(state))
    leading = even(count)[:COMPARED] if count and ruling and ruling["decision"] == "tie" else []
    return key(state, first) in [candidate.key for candidate in leading]
