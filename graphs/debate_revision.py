"""What becomes of a revision: whether it stands, what its ballot then weighs, and whose mind it changed."""

import asyncio
from collections.abc import Sequence
from functools import partial
from statistics import fmean

from symposium.agents.judge import SCORE
from symposium.agents.judge import weigh as weigh_up
from symposium.graphs.debate_state import DebateState, Trial, TurnState, key, redirected
from symposium.graphs.family import Seating, Update, conversation, stoppable, tried
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Critique, Draft, Failure, Flip, Round, Signal, Verdict
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, DECISIVE


async def settled_on(context: DebateContext, state: TurnState, revision: Draft, own: Draft) -> tuple[Trial, Update]:
    """Try a revision: it must be readable, hold no new wrong step and, of who goes on from a text, be likelier.

    How likely a text is tells the panel: the joint score is the sum of what its minds give the whole text. A revision
    that frees the draft of wrong steps stands without it.
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
    round, before, more = state["turn"]["round"], list[Verdict]() or None, list[Failure]()
    if mended:
        (after, failures), before = await verdicts(context, state, revision, round=round), []
    else:
        (after, failures), (before, more) = await asyncio.gather(
            verdicts(context, state, revision, round=round), verdicts(context, state, own, round=round)
        )
    told = {"failures": [*failures, *more]}
    made = partial(_trial, state["turn"]["round"], own)
    if after is None or before is None:
        return made(revision, "it could not be weighed"), told
    rated: Draft = {**revision, "signals": signals(revision, after)}
    if mended:
        return made(rated, "no wrong step is left", stands=True), told
    words = f"joint log-probability {joint(after):.2f}, before {joint(before):.2f}"
    return made(rated, words, stands=joint(after) > joint(before)), told


async def verdicts(
    context: DebateContext, state: TurnState | DebateState, text: Draft, *, round: int
) -> tuple[list[Verdict] | None, list[Failure]]:
    """What every mind of the panel that can weigh makes of a whole text; None where one of them is unknown."""
    turns = conversation(state["messages"])

    async def weighed(name: str) -> tuple[Verdict | None, Update]:
        mind, seat = context.mind(name, path="weigh"), Seating(member=name, index=0)
        weighing = stoppable(context, partial(weigh_up, mind, turns, text, round=round))
        return await tried(context, seat, weighing, role="judge", round=round)

    told = await asyncio.gather(*map(weighed, state["plan"]["weighers"]))
    found = [verdict for verdict, _ in told if verdict and SCORE in verdict["signals"]]
    failures = [failure for _, trouble in told for failure in trouble.get("failures", [])]
    return found if found and len(found) == len(told) else None, failures


def joint(found: Sequence[Verdict]) -> float:
    """The joint score of a text: its log-probabilities, summed over the panel."""
    return sum(verdict["signals"][SCORE]["value"] for verdict in found)


def signals(text: Draft, found: Sequence[Verdict]) -> dict[str, Signal]:
    """The signals of a whole text, by which its ballot weighs: what the panel makes of it on average.

    Those of the call that made it are of its new part only.
    """
    chances = [v["score"] for v in found if v["calibrated"] and v["score"] is not None]
    told = {SCORE: Signal(value=joint(found) / len(found), calibrated=False)}
    if len(chances) == len(found):
        chance = 0.0 if broken(text["text"]) else fmean(chances)
        told[DECISIVE + CALIBRATED] = Signal(value=chance, calibrated=True)
    return told


# Changes of mind


def flips(state: DebateState, trials: Sequence[Trial], last: Round) -> list[Flip]:
    """The changes of mind in a round, whether they stand or not, in the order of the debaters."""
    return [
        _flip(trial, _heeded(state, trial, last), _told(state))
        for trial in trials
        if key(state, trial["before"]) != key(state, trial["revision"])
    ]


def _heeded(state: DebateState, trial: Trial, last: Round) -> list[Critique]:
    """The objections that a debater answered: who goes on from a given text answers the one that comes first there."""
    against = [held for held in last["critiques"] if held["call"] == trial["before"]["call"]]
    if trial["before"]["member"] not in state["plan"]["bare"]:
        return against
    return sorted(against, key=lambda held: held["start"])[:1]


def _told(state: DebateState) -> str:
    """What debaters had to think of in a round beside what was objected to them."""
    before = state["rounds"][-2]["ruling"] if redirected(state) else None
    return f"the judge's redirection: {before['restated']}" if before else "the others' drafts"


def _flip(trial: Trial, critiques: Sequence[Critique], else_told: str) -> Flip:
    before, after = trial["before"], trial["revision"]
    return Flip(
        member=after["member"],
        round=trial["round"],
        before=before["answer"],
        after=after["answer"],
        call=after["call"],
        critics=[held["critic"] for held in critiques],
        argument="; ".join(f"“{held['step']}”: {held['reason']}" for held in critiques) or else_told,
        stands=trial["stands"],
        words=trial["words"],
    )
