"""Which members can play which role, by what their endpoints can do beside answering."""

from collections.abc import Mapping, Sequence
from typing import Literal

from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.provider import Feature
from symposium.prompts.loader import BARE

Role = Literal[
    "judge",
    "verifier",
    "weigher",
    "comparer",
    "elector",
    "critic",
    "reviser",
    "debater",
    "moderator",
    "router",
    "aggregator",
    "analyst",
]
NEEDS: Mapping[Role, tuple[Feature, ...]] = {
    "judge": ("checks", "chat", "forced"),
    "verifier": ("checks", "chat", "forced"),
    "weigher": ("forced",),
    "comparer": ("chat",),
    "elector": ("chat", "forced"),
    "critic": ("checks", "chat", "forced"),
    "reviser": ("prefix",),
    "debater": ("chat", "prefix"),
    "moderator": ("chat",),
    "router": ("chat",),
    "aggregator": ("chat",),
    "analyst": ("chat",),
}
"""Features with which a role can be played, the preferred one first; any of them does."""

PLAYERS: Mapping[Feature, str] = {
    "checks": "a symbolic mind (symbolic:arithmetic)",
    "chat": "a chat model (openai:..., ollama:..., gguf:/path/to/model.gguf)",
    "forced": "a model run in this process (gguf:...)",
    "prefix": "a model run in this process (gguf:...)",
}


async def way(mind: Mind, role: Role) -> Feature:
    """Choose the feature with which a member plays a role, as `way_among` does."""
    return await way_among(mind, role, NEEDS[role])


async def way_among(mind: Mind, role: str, needs: Sequence[Feature]) -> Feature:
    """Choose the feature with which a member plays a role that takes one of these, the preferred one first.

    A member whose prompt variant is `bare` follows no instructions.

    Raises:
        UsageError: it cannot play the role; names what can.
        ConfigurationError: the provider is unknown, or a model file cannot be used.
    """
    able = await mind.features()
    if mind.member.prompt == BARE:
        able -= {"chat"}
    for feature in needs:
        if feature in able:
            return feature
    players = " or ".join(PLAYERS[feature] for feature in needs)
    raise UsageError(f"member '{mind.member.name}' ({mind.member.model}) cannot be {role}; that takes {players}")


def follows_instructions(member: Member) -> bool:
    """Say whether a member follows instructions, as far as that is known without asking its endpoint."""
    return member.provider != "symbolic" and member.prompt != BARE


async def check_role(mind: Mind, role: Role) -> None:
    """Check, before a run begins, that a member can play a role; a member that cannot be reached is told by its call.

    Raises:
        UsageError: it cannot play the role; names what can.
    """
    try:
        await way(mind, role)
    except ConfigurationError:
        return
