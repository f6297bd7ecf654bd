"""The proposer: answers the question itself, alone or with what others have answered before it."""

from collections.abc import Callable, Sequence

from symposium.agents.briefing import Briefing, Turn, briefed, instructed, owned, task
from symposium.ledger.records import Draft, Message
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.prompts.loader import BARE, language_of, prompt


async def propose(
    mind: Mind,
    conversation: Sequence[Message],
    *,
    index: int = 0,
    round: int = 0,
    temperature: float | None = None,
    shown: Sequence[Draft] = (),
    own: str = "",
    signals: bool = True,
    within: float | None = None,
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Answer the last turn of the conversation; `index` numbers the samples of one member.

    `shown` are the drafts of the layer before, laid before the member as anonymous data; `own` are its own
    instructions. A bare mind gets the question alone.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
    """
    turn = Turn(role="proposer", round=round, index=index, within=within)
    if not shown or mind.member.prompt == BARE:
        messages = worded(mind.member, conversation, own)
        return await mind.say(messages, temperature=temperature, signals=signals, hear=hear, **turn)
    brief = _refining(mind, conversation, shown, own, turn)
    made = await mind.say(brief.messages, temperature=temperature, signals=signals, hear=hear, **turn)
    return brief.reply(mind, made)


def own_words(member: Member, question: str) -> str:
    """What a member is told apart from the others: its own instructions, else what it is good at; else nothing."""
    if member.instructions or not member.good_at:
        return member.instructions
    text = prompt("strengths", language=language_of(question), variant=member.prompt)
    return text.substitute(strengths=", ".join(member.good_at))


def worded(member: Member, conversation: Sequence[Message], own: str = "") -> Sequence[Message]:
    """The instruction and the conversation; the last turn alone for members whose prompt variant is `bare`."""
    if member.prompt == BARE:
        return conversation[-1:]
    return instructed(member, conversation, shared="proposer", tail=owned(member, conversation, own))


def _refining(mind: Mind, conversation: Sequence[Message], shown: Sequence[Draft], own: str, turn: Turn) -> Briefing:
    told, last = task(mind, conversation, "refinement"), owned(mind.member, conversation, own)
    return briefed(mind, conversation, shown, task=told, turn=turn, own=last, shared="proposer")
