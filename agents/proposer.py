"""The proposer: answers the question alone, without seeing anyone else's answer."""

from collections.abc import Callable, Sequence

from symposium.ledger.records import Draft, Message
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.prompts.loader import BARE, language_of, prompt


async def propose(
    mind: Mind,
    conversation: Sequence[Message],
    *,
    index: int = 0,
    temperature: float | None = None,
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Answer the last turn of the conversation; `index` numbers the samples of one member.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
    """
    messages = worded(mind.member, conversation)
    return await mind.say(messages, role="proposer", index=index, temperature=temperature, hear=hear)


def worded(member: Member, conversation: Sequence[Message]) -> Sequence[Message]:
    """The instruction and the conversation; the last turn alone for members whose prompt variant is `bare`."""
    if member.prompt == BARE:
        return conversation[-1:]
    language = language_of(conversation[-1]["content"])
    text = prompt("proposer", language=language, variant=member.prompt).substitute()
    return (Message(role="system", content=text), *conversation)
