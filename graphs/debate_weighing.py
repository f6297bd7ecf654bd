"""How likely a panel of minds finds whole texts: what tells whether who only goes on from a text has bettered it."""

import asyncio
from collections.abc import Sequence
from functools import partial
from statistics import fmean

from symposium.agents.judge import SCORE
from symposium.agents.judge import weigh as weigh_up
from symposium.graphs.debate_state import DebateState, TurnState
from symposium.graphs.family import Seating, Update, conversation, stoppable, tried
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Draft, Failure, Signal, Verdict
from symposium.models.mind import Mind
from symposium.models.scorer import Scorer
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, DECISIVE


def scorer(context: DebateContext, name: str, *, path: str) -> Mind:
    """Bind a member to this run, so that it scores no text twice."""
    mind = context.mind(name, path=path)
    return Scorer(mind.run, mind.member, mind.path, context.scores)


async def verdicts(
    context: DebateContext, state: TurnState | DebateState, *texts: Draft, round: int, within: float | None
) -> tuple[list[list[Verdict]], list[Failure]]:
    """What every mind of the panel that can weigh makes of each of the texts; empty where one of that is unknown.

    All are asked at once, each for at most `within` seconds.
    """
    turns = conversation(state["messages"])

    async def one(name: str, text: Draft) -> tuple[Verdict | None, Update]:
        mind, seat = scorer(context, name, path="weigh"), Seating(member=name, index=0)
        weighing = stoppable(context, partial(weigh_up, mind, turns, text, round=round, within=within))
        return await tried(context, seat, weighing, role="judge", round=round)

    async with asyncio.TaskGroup() as group:
        asked = [[group.create_task(one(name, text)) for name in state["plan"]["weighers"]] for text in texts]
    made = [[task.result() for task in tasks] for tasks in asked]
    failures = [failure for each in made for _, trouble in each for failure in trouble.get("failures", [])]
    found = [[verdict for verdict, _ in each if verdict and SCORE in verdict["signals"]] for each in made]
    known = bool(state["plan"]["weighers"]) and [*map(len, found)] == [*map(len, made)]
    return (found if known else []), failures


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
