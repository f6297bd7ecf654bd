"""Who can play which role, and in which way, the preferred one first."""

from typing import Any

import pytest

from symposium.agents.casting import NEEDS, PLAYERS, check_role, way
from symposium.ledger.records import UsageError

GGUF, BUNDLED = ("forced", "prefix", "chat", "logprobs"), ("forced", "prefix", "logprobs")


@pytest.mark.parametrize(
    ("role", "features", "how"),
    [
        ("judge", ("checks", "chat"), "checks"),
        ("judge", GGUF, "chat"),
        ("judge", BUNDLED, "forced"),
        ("judge", ("chat", "schema"), "chat"),
        ("critic", ("checks",), "checks"),
        ("critic", GGUF, "chat"),
        ("critic", BUNDLED, "forced"),
        ("weigher", GGUF, "forced"),
        ("weigher", ("chat",), None),
        ("comparer", GGUF, "chat"),
        ("comparer", BUNDLED, None),
        ("comparer", ("checks",), None),
        ("aggregator", ("chat",), "chat"),
        ("aggregator", BUNDLED, None),
        ("analyst", ("chat",), "chat"),
        ("analyst", ("checks",), None),
        ("reviser", GGUF, "prefix"),
        ("reviser", ("chat",), None),
        ("debater", GGUF, "chat"),
        ("debater", BUNDLED, "prefix"),
        ("debater", ("checks",), None),
        ("moderator", GGUF, "chat"),
        ("moderator", BUNDLED, None),
    ],
)
async def test_a_role_is_played_in_the_first_way_that_the_endpoint_has(
    stage: Any, house: Any, role: Any, features: tuple[str, ...], how: str | None
) -> None:
    stage.cast("eve", "fine", features=features)
    if how:
        assert await way(house.mind("eve"), role) == how
        return
    with pytest.raises(UsageError, match=rf"member 'eve' \(scripted:eve\) cannot be {role}; that takes "):
        await check_role(house.mind("eve"), role)


@pytest.mark.parametrize(
    ("role", "how"),
    [("judge", "forced"), ("critic", "forced"), ("debater", "prefix"), ("moderator", None), ("aggregator", None)],
)
async def test_a_member_without_instructions_plays_by_its_weights_or_not_at_all(
    stage: Any, house: Any, role: Any, how: str | None
) -> None:
    stage.cast("eve", "fine", features=GGUF, prompt="bare")
    if how:
        assert await way(house.mind("eve"), role) == how
        return
    with pytest.raises(UsageError, match=f"cannot be {role}"):
        await way(house.mind("eve"), role)


def test_whoever_can_play_a_role_is_named() -> None:
    assert {feature for needs in NEEDS.values() for feature in needs} == set(PLAYERS)
