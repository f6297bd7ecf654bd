"""Preflight: a request is made to fit its member's context before it is sent, saying what was cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from symposium.ledger.records import CallFailed, Message
from symposium.models.member import Member, turn_tokens
from symposium.tools.compaction import compacted

LEAST_REPLY = 64  # tokens, or an eighth of the context where that is more: room for a reply before prompts are cut
REPLY_SHARE = 8


@dataclass(frozen=True)
class Cut:
    """What was cut so that a request fits: earlier turns, characters of the others, and tokens of the reply's bound."""

    turns: int = 0
    characters: int = 0
    reply: int = 0

    @property
    def words(self) -> str:
        """What is missing of the prompt, for people; empty where nothing is."""
        missing = []
        if self.turns:
            missing.append(f"{self.turns} earlier turn{'s' * (self.turns > 1)}")
        if self.characters:
            missing.append(f"{self.characters:,} characters from the middle of a turn")
        return " and ".join(missing)


@dataclass(frozen=True)
class Fitted:
    """Messages and bound of the reply that fit together, and what was cut for that."""

    messages: tuple[Message, ...]
    max_tokens: int
    cut: Cut | None = None


def fitted(
    member: Member, messages: tuple[Message, ...], *, tokens: int, max_tokens: int, beside: int = 0, whole: bool = False
) -> Fitted:
    """Make a prompt of so many `tokens`, what is read `beside` it and the reply fit the member's context.

    The bound of the reply gives way first, down to a floor, then the prompt, unless it must stay `whole`. Tokens are
    estimates that are meant to be high. A member of unknown context is not checked.

    Raises:
        CallFailed: "context" where it cannot be done.
    """
    if member.context is None or tokens + beside + max_tokens <= member.context:
        return Fitted(messages, max_tokens)
    least = min(max_tokens, max(LEAST_REPLY, member.context // REPLY_SHARE))
    room = member.context - beside
    if room - tokens >= least:
        return Fitted(messages, room - tokens, Cut(reply=max_tokens - (room - tokens)))
    found = None if whole else compacted(messages, room=room - least, measure=turn_tokens)
    if found is None:
        raise CallFailed("context", _too_long(member, tokens + beside, least))
    bound = min(max_tokens, room - estimated(found.messages))
    return Fitted(found.messages, bound, Cut(found.turns, found.characters, max_tokens - bound))


def estimated(messages: Sequence[Message]) -> int:
    """Estimate the tokens of a prompt."""
    return sum(turn_tokens(message["content"]) for message in messages)


def _too_long(member: Member, tokens: int, least: int) -> str:
    return (
        f"the prompt, about {tokens:,} tokens, and a reply of {least:,} do not fit"
        f" the context of {member.context:,} tokens"
    )
