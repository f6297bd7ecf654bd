"""The judge: tells how good a peer's draft is, by checking its steps or by how likely it finds the draft itself."""

from collections.abc import Sequence

from symposium.agents.casting import way
from symposium.agents.proposer import worded
from symposium.ledger.records import Draft, Message, Verdict
from symposium.models.mind import Mind
from symposium.tools.confidence import CALIBRATED
from symposium.tools.findings import read

SCORE = "sum_logprob"


async def judge(
    mind: Mind, conversation: Sequence[Message], draft: Draft, *, round: int = 0, index: int = 0
) -> Verdict:
    """Judge a draft of the last turn's answer, and emit `judge.verdict`.

    A symbolic mind gives 1 if every step that it can check is right, 0 if one is wrong, None if there is none. A model
    gives the log-probability of the draft under its own weights (teacher forcing), as a fitted probability where it has
    a calibration.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot judge; names what can.
    """
    if await way(mind, "judge") == "checks":
        verdict = await _checked(mind, draft, round, index)
    else:
        verdict = await _weighed(mind, conversation, draft, round, index)
    mind.tell("judge.verdict", **verdict)
    return verdict


async def _checked(mind: Mind, draft: Draft, round: int, index: int) -> Verdict:
    written = Message(role="user", content=draft["text"])
    reply = await mind.say([written], role="judge", round=round, index=index)
    right = read(reply["text"]).right
    return Verdict(
        judge=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        score=None if right is None else float(right),
        calibrated=False,
        right=right,
        reason=reply["text"],
        signals={},
    )


async def _weighed(mind: Mind, conversation: Sequence[Message], draft: Draft, round: int, index: int) -> Verdict:
    messages = worded(mind.member, conversation)
    reply = await mind.say(messages, role="judge", round=round, index=index, forced=draft["text"])
    signals = reply["signals"]
    score = signals.get(SCORE + CALIBRATED) or signals.get(SCORE)
    return Verdict(
        judge=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        score=score["value"] if score else None,
        calibrated=bool(score and score["calibrated"]),
        right=None,
        reason="how likely the draft is under its own weights",
        signals=signals,
    )
