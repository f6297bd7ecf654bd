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
    gate, plan = context.settings.choices.gate, state["plan"]
    seen = traits(ballots(context, state, drafts))
    would = {"unanimous": differ(state, drafts), "never": True}
    if context.learnt:
        would["trained"] = context.learnt.debates(seen)
    if len(drafts) < 2:
        words, debate = f"there is {'but one' if drafts else 'no'} draft", False
    elif not any(draft["member"] in plan["revisers"] for draft in drafts):
        words, debate = "nobody can revise a draft", False
    else:
        words, debate = _words(gate, would, prose=vote(context, state, drafts) is None), would[gate]
    return Gating(gate=gate, debate=debate, would=would, agreement=seen["agreement"], words=words)


def _words(gate: str, would: dict[str, bool], *, prose: bool) -> str:
    if gate == "trained":
        return "the first vote is doubtful" if would[gate] else "the first vote is sure enough"
    if gate == "never":
        return "every question is debated"
    if would[gate]:
        return "the drafts differ, and prose cannot be counted" if prose else "the drafts disagree"
    return "all drafts agree"
