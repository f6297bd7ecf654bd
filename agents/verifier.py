"""The verifier: tells how likely a member's own answer is to be right, by asking that member itself.

It is weaker than another one's judgement, since what a model overlooks once it tends to overlook again, but it needs
nobody else.
"""

from collections.abc import Sequence

from pydantic import BaseModel

from symposium.agents.briefing import Turn, briefed, task
from symposium.agents.casting import way
from symposium.agents.judge import judge, weigh
from symposium.agents.structured import filled
from symposium.ledger.records import Draft, Message, Signal, Verdict
from symposium.models.mind import Mind
from symposium.tools.confidence import probability

TOTAL = "sum_logprob"


class Check(BaseModel):
    """What a member writes about its own answer: whether the result is right."""

    right: bool


async def verify(
    mind: Mind,
    conversation: Sequence[Message],
    draft: Draft,
    *,
    round: int = 0,
    index: int = 0,
    within: float | None = None,
) -> Verdict:
    """Ask a mind whether its own draft is right, and emit `judge.verdict`.

    A chat model says true or false; the score (0..1) is the probability that it gives to `true`, P(True) of Kadavath et
    al., arXiv 2207.05221, where its endpoint tells log-probabilities, else 1 or 0. A symbolic mind checks the written
    steps. Another model gives the draft's log-probability under its own weights, or the chance that was fitted to it.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot verify; names what can.
    """
    how = await way(mind, "verifier")
    if how == "checks":
        return await judge(mind, conversation, draft, round=round, index=index, within=within)
    if how == "forced":
        return await weigh(mind, conversation, draft, round=round, index=index, within=within)
    turn = Turn(role="verifier", round=round, index=index, within=within)
    verdict = await _checked(mind, conversation, draft, turn)
    mind.tell("judge.verdict", **verdict)
    return verdict


async def _checked(mind: Mind, conversation: Sequence[Message], draft: Draft, turn: Turn) -> Verdict:
    brief = briefed(mind, conversation, [draft], task=task(mind, conversation, "verification"), turn=turn)
    made = await filled(mind, brief.messages, Check, language=brief.language, signals=True, **turn)
    chance = _chance(made.form.right, made.reply["signals"])
    return Verdict(
        judge=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        score=chance["value"],
        calibrated=False,
        right=made.form.right,
        reason="it holds its own answer to be right" if made.form.right else "it holds its own answer to be wrong",
        signals={"p_true": chance},
    )


def _chance(right: bool, signals: dict[str, Signal]) -> Signal:
    """The probability of `true`: that of the reply, which says little else, or of what is left beside it."""
    said = probability(signals[TOTAL]["value"]) if TOTAL in signals else 1.0
    return Signal(value=said if right else 1.0 - said, calibrated=False)
