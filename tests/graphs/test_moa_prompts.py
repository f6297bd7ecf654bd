"""What reaches the models of a mixture over the wire: shared beginnings, so that their prompt caches hit."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from wire import Wire

from symposium.graphs import ask
from symposium.models.endpoints import disconnect

PROPOSERS = ("p1", "p2", "p3", "p4")
MANNERS = "Answer as our house does: name the source of every figure, keep to the metric system, and be brief. " * 20
QUESTION = "Which of these two plans is the better one, and why? " + "Plan one begins with the roof. " * 40
CACHEABLE = 0.55  # of the tokens of the proposers' prompts, at least


@pytest.fixture
async def house(stage: Any, wire: Wire) -> AsyncIterator[Any]:
    """Four proposers of one model behind a prompt cache, each with instructions of its own, and an aggregator."""
    wire.model("m", "The roof first, since rain waits for nobody.\nAnswer: plan one")
    wire.model("agg", "Plan one, all in all.\nAnswer: plan one")
    for place, name in enumerate(PROPOSERS):
        own = {"instructions": f"Look at it as person {place} would.", "base_url": wire.openai}
        stage.cast(name, model="openai:m", **own)
    stage.cast("agg", model="openai:agg", base_url=wire.openai)
    yield stage
    await disconnect()


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"num_proposals_per_model": 2},
        {"layers": 2},
        {"use_specialized_prompts": True},
        {"use_specialized_prompts": True, "layers": 2, "num_proposals_per_model": 2},
    ],
    ids=str,
)
async def test_most_of_what_proposers_read_is_in_their_caches(house: Any, wire: Wire, choices: dict[str, Any]) -> None:
    history = [{"role": "system", "content": MANNERS}]
    named = {"proposer_models": [*PROPOSERS], "aggregator_model": "agg"}
    outcome = await ask(QUESTION, graph="moa", history=history, **named, **choices)
    assert (outcome["method"], outcome["failures"]) == ("synthesis", [])
    assert wire.cacheable("m") >= CACHEABLE


async def test_what_is_one_members_own_comes_last_and_reaches_nobody_else(house: Any, wire: Wire) -> None:
    named = {"proposer_models": [*PROPOSERS], "aggregator_model": "agg"}
    await ask(QUESTION, graph="moa", use_specialized_prompts=True, **named)
    prompts = ["\n".join(message["content"] for message in call.body["messages"]) for call in wire.calls_of("m")]
    ends = {prompt.rpartition("Look at it as ")[2] for prompt in prompts}
    assert ends == {f"person {place} would." for place in range(4)}
    assert len({prompt.rpartition("Look at it as ")[0] for prompt in prompts}) == 1
    (read,) = wire.calls_of("agg")
    assert "Look at it as" not in str(read.body)
