"""The reviser: cuts a draft before the step that was criticised and goes on from there."""

from collections.abc import Callable, Sequence

from symposium.agents.briefing import Turn
from symposium.agents.casting import way
from symposium.agents.proposer import worded
from symposium.ledger.records import Critique, Draft, Message
from symposium.models.mind import Mind


async def revise(
    mind: Mind,
    conversation: Sequence[Message],
    draft: Draft,
    critique: Critique,
    *,
    round: int = 0,
    index: int = 0,
    temperature: float | None = None,
    within: float | None = None,
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Keep a draft up to right before the quoted step and let the mind go on from there.

    The revised draft's text is whole, its signals are those of what is new. Where the first step is quoted nothing is
    kept and the mind answers anew.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot revise; names what can.
    """
    await way(mind, "reviser")
    kept = draft["text"][: critique["start"]].rstrip()
    messages = worded(mind.member, conversation)
    turn = Turn(role="reviser", round=round, index=index, within=within)
    return await mind.say(messages, temperature=temperature, prefix=kept, hear=hear, **turn)
