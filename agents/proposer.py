"""The proposer: answers the question alone, without seeing anyone else's answer."""

from collections.abc import Callable, Sequence

from symposium.ledger.records import Draft, Message
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
    messages = (*_instruction(mind, conversation), *conversation)
    return await mind.say(messages, role="proposer", index=index, temperature=temperature, hear=hear)


def _instruction(mind: Mind, conversation: Sequence[Message]) -> tuple[Message, ...]:
    """The system message; members with the prompt variant `bare` were trained on the question alone."""
    if mind.member.prompt == BARE:
        return ()
    language = language_of(conversation[-1]["content"])
    text = prompt("proposer", language=language, variant=mind.member.prompt).substitute()
    return (Message(role="system", content=text),)
