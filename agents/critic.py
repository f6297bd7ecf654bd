"""The critic: quotes the step of a draft that is wrong, or that it finds unlikely itself."""

from collections.abc import Sequence

from symposium.agents.casting import way
from symposium.agents.proposer import worded
from symposium.ledger.records import Critique, Draft, Message, Weak
from symposium.models.mind import Mind
from symposium.tools.confidence import probability
from symposium.tools.findings import read
from symposium.tools.steps import passages, suspect


async def critique(
    mind: Mind, conversation: Sequence[Message], draft: Draft, *, round: int = 0, index: int = 0
) -> Critique | None:
    """Criticise a draft, and emit `critique`; None where there is nothing to say.

    A symbolic mind quotes the first wrong step. A model quotes the first step of which it doubts a token, scored under
    its own weights (teacher forcing), else the step with the least likely token, however likely that is.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot criticise; names what can.
    """
    if await way(mind, "critic") == "checks":
        found = await _wrong(mind, draft, round, index)
    else:
        found = await _unlikely(mind, conversation, draft, round, index)
    if found:
        mind.tell("critique", **found)
    return found


def doubt(draft: Draft) -> Critique | None:
    """Let a draft be its own critic, without a call: quote what its own model doubted while it wrote."""
    return _quoted(draft["member"], draft, suspect(draft["weakest"]))


async def _wrong(mind: Mind, draft: Draft, round: int, index: int) -> Critique | None:
    written = Message(role="user", content=draft["text"])
    reply = await mind.say([written], role="critic", round=round, index=index)
    slip = read(reply["text"]).slip
    if slip is None:
        return None
    return Critique(
        critic=mind.member.name,
        member=draft["member"],
        call=draft["call"],
        step=slip.quote,
        start=_place(draft["text"], slip.quote),
        reason=f"it is {slip.actual}",
        logprob=None,
    )


def _place(text: str, quote: str) -> int:
    """Where a quoted passage begins; what is not found word for word may stand anywhere: 0."""
    places = [passage.start for passage in passages(text) if passage.text == quote]
    return places[0] if places else max(0, text.find(quote))


async def _unlikely(
    mind: Mind, conversation: Sequence[Message], draft: Draft, round: int, index: int
) -> Critique | None:
    messages = worded(mind.member, conversation)
    reply = await mind.say(messages, role="critic", round=round, index=index, forced=draft["text"])
    return _quoted(mind.member.name, draft, suspect(reply["weakest"]))


def _quoted(critic: str, draft: Draft, step: Weak | None) -> Critique | None:
    if step is None:
        return None
    return Critique(
        critic=critic,
        member=draft["member"],
        call=draft["call"],
        step=step["text"],
        start=step["start"],
        reason=f"its least likely token has a probability of {probability(step['least']):.2g}",
        logprob=step["logprob"],
    )
