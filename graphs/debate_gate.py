"""The gate of a debate: whether the first drafts leave anything to debate."""

from collections.abc import Sequence

from symposium.graphs.debate_state import DebateState, Gating, ballots, differ, vote
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Draft
from symposium.tools.gating import traits


def gated(context: DebateContext, state: DebateState, drafts: Sequence[Draft]) -> Gating:
    """Decide by the gate that was chosen, and say what every gate would have decided.

    One draft alone is never debated, nor are any where nobody could revise.
    """
    gate, seen = context.settings.choices.gate, traits(ballots(context, state, drafts))
    would = {"unanimous": differ(state, drafts), "never": True}
    if context.learnt:
        would["trained"] = context.learnt.debates(seen)
    idle = _idle(state, drafts)
    words = idle or _words(context, state, drafts, gate, doubted=would[gate])
    return Gating(gate=gate, debate=would[gate] and not idle, would=would, agreement=seen["agreement"], words=words)


def _idle(state: DebateState, drafts: Sequence[Draft]) -> str:
    """Why there can be no debate; empty where there can."""
    if len(drafts) < 2:
        return "there is but one draft" if drafts else "there is no draft"
    revising = any(draft["member"] in state["plan"]["revisers"] for draft in drafts)
    return "" if revising else "nobody can revise a draft"


def _words(context: DebateContext, state: DebateState, drafts: Sequence[Draft], gate: str, *, doubted: bool) -> str:
    if gate == "trained":
        return "the first vote is doubtful" if doubted else "the first vote is sure enough"
    if gate == "never":
        return "every question is debated"
    if doubted:
        counted = vote(context, state, drafts) is not None
        return "the drafts disagree" if counted else "the drafts differ, and prose cannot be counted"
    came, asked = len(drafts), len(state["seats"])
    return "all drafts agree" if came == asked else f"the {came} drafts that came, of {asked}, agree"
