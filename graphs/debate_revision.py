"""What becomes of a revision: whether it stands, what its ballot then weighs, and whose mind it changed."""

from collections.abc import Sequence
from functools import partial

from symposium.graphs.debate_state import DebateState, Trial, TurnState, key, redirection, seconds
from symposium.graphs.debate_weighing import joint, signals, verdicts
from symposium.graphs.family import Update
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Critique, Draft, Flip, Round
from symposium.tools.arithmetic import broken


async def settled_on(context: DebateContext, state: TurnState, revision: Draft, own: Draft) -> tuple[Trial, Update]:
    """Try a revision: it must be readable, hold no new wrong step and, of who goes on from a text, be likelier.

    How likely a text is tells the panel: the joint score is the sum of what its minds give the whole text. A revision
    that frees the draft of wrong steps stands without it: of a slip that is mended the exact check knows better.
    """
    made = partial(_trial, state["turn"]["round"], own, revision)
    if revision["text"].strip() == own["text"].strip():
        return made("it says the same again"), {}
    if revision["answer"] is None and own["answer"] is not None:
        return made("it gives no answer that could be read"), {}
    if broken(revision["text"]) and not broken(own["text"]):
        return made("a written step is wrong that was right before"), {}
    if own["member"] not in state["plan"]["bare"]:
        return made("the debater has heard the others", stands=True), {}
    return await _weighed(context, state, revision, own)


def _trial(round: int, own: Draft, revision: Draft, words: str, *, stands: bool = False) -> Trial:
    return Trial(round=round, before=own, revision=revision, stands=stands, words=words)


async def _weighed(context: DebateContext, state: TurnState, revision: Draft, own: Draft) -> tuple[Trial, Update]:
    mended = broken(own["text"]) and not broken(revision["text"])
    round, texts = state["turn"]["round"], (revision, *(() if mended else (own,)))
    found, failures = await verdicts(context, state, *texts, round=round, within=seconds(context, state))
    told = {"failures": failures}
    if not found:
        return _trial(round, own, revision, "it could not be weighed"), told
    made = partial(_trial, round, own, {**revision, "signals": signals(revision, found[0])})
    if mended:
        return made("no wrong step is left", stands=True), told
    after, before = map(joint, found)
    return made(f"joint log-probability {after:.2f}, before {before:.2f}", stands=after > before), told


# Changes of mind


def flips(state: DebateState, trials: Sequence[Trial], last: Round) -> list[Flip]:
    """The changes of mind in a round, whether they stand or not, in the order of the debaters."""
    changed = [trial for trial in trials if key(state, trial["before"]) != key(state, trial["revision"])]
    return [_flip(state, trial, _heard(state, trial, last)) for trial in changed]


def _heard(state: DebateState, trial: Trial, last: Round) -> list[Critique]:
    """What a debater was objected to; who goes on from a text hears the objection that comes first in it."""
    held = [one for one in last["critiques"] if one["call"] == trial["before"]["call"]]
    return sorted(held, key=lambda one: one["start"])[:1] if _is_bare(state, trial) else held


def _is_bare(state: DebateState, trial: Trial) -> bool:
    return trial["before"]["member"] in state["plan"]["bare"]


def _flip(state: DebateState, trial: Trial, critiques: Sequence[Critique]) -> Flip:
    before, after = trial["before"], trial["revision"]
    turned = None if _is_bare(state, trial) else redirection(state)
    critics = [*(held["critic"] for held in critiques), *([turned["judge"]] if turned else [])]
    arguments = [f"“{held['step']}”: {held['reason']}" for held in critiques]
    if turned:
        arguments.append(f"the judge's redirection: {turned['restated']}")
    return Flip(
        member=after["member"],
        round=trial["round"],
        before=before["answer"],
        after=after["answer"],
        call=after["call"],
        critics=[*dict.fromkeys(critics)],
        argument="; ".join(arguments) or "the others' drafts",
        stands=trial["stands"],
        words=trial["words"],
    )
