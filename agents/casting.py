"""Which members can play which role, by what their endpoints can do beside answering."""

from collections.abc import Mapping
from typing import Literal

from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.mind import Mind
from symposium.models.provider import Feature

Role = Literal["judge", "critic", "reviser"]
NEEDS: Mapping[Role, tuple[Feature, ...]] = {
    "judge": ("checks", "forced"),
    "critic": ("checks", "forced"),
    "reviser": ("prefix",),
}
"""Features with which a role can be played, the preferred one first; any of them does."""

PLAYERS: Mapping[Feature, str] = {
    "checks": "a symbolic mind (symbolic:arithmetic)",
    "forced": "a model run in this process (gguf:...)",
    "prefix": "a model run in this process (gguf:...)",
}


async def way(mind: Mind, role: Role) -> Feature:
    """Choose the feature with which a member plays a role.

    Raises:
        UsageError: it cannot play the role; names what can.
        ConfigurationError: the provider is unknown, or a model file cannot be used.
    """
    able = await mind.features()
    for feature in NEEDS[role]:
        if feature in able:
            return feature
    players = " or ".join(PLAYERS[feature] for feature in NEEDS[role])
    raise UsageError(f"member '{mind.member.name}' ({mind.member.model}) cannot be {role}; that takes {players}")


async def check_role(mind: Mind, role: Role) -> None:
    """Check, before a run begins, that a member can play a role; a member that cannot be reached is told by its call.

    Raises:
        UsageError: it cannot play the role; names what can.
    """
    try:
        await way(mind, role)
    except ConfigurationError:
        return
