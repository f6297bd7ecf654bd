"""The router or an expert of a route goes wrong, as real servers do: somebody else answers, and the receipt says so."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from faults import DEADLINE, NINE, PATIENCE, Heard, Wrong, check_answered, check_told
from wire import Reply, Wire, said, schema_of

from symposium.graphs import start
from symposium.models.endpoints import disconnect

EXPERTS = ("e1", "e2", "e3")  # e1 is the first choice of the router
CHANCES = {"A": 90, "B": 60, "C": 50}
INSTEAD = "e3"  # of the router


def line(name: str, body: dict[str, Any]) -> Reply:
    """What an expert answers, or how the router rates the three."""
    if schema_of(body) is None:
        return Reply(f"I counted them.\nAnswer: {'42' if name in EXPERTS else '13'}")
    chances = [{"expert": letter, "chance": chance} for letter, chance in CHANCES.items()]
    return Reply(said({"intent": "maths", "reason": "It is to be counted.", "chances": chances}))


class Desk:
    """Three experts and a router that reads, behind real sockets."""

    def __init__(self, stage: Any, wire: Wire) -> None:
        self.stage, self.wire = stage, wire
        for name in (*EXPERTS, "router"):
            wire.model(name, lambda body, name=name: line(name, body), latency=0.005)
            self.reach(name)

    def reach(self, name: str, *, provider: str = "openai", timeout: float | None = None) -> None:
        base_url = {"openai": self.wire.openai, "ollama": self.wire.url}[provider]
        entry = {"model": f"{provider}:{name}", "base_url": base_url, "timeout": timeout}
        self.stage.cast(name, **entry, family=name, max_tokens=128)

    def spoil(self, name: str, wrong: Wrong, *, provider: str = "openai") -> None:
        """Let a member go wrong; a call of it that may have no end is given up soon."""
        self.wire.model(name).fail(**wrong.how)
        self.reach(name, provider=provider, timeout=PATIENCE if "timeout" in wrong.kinds else None)

    async def ask(self, *, watched: bool = True, **choices: Any) -> Heard:
        asking = {"members": [*EXPERTS], "router": "router", "default_member": INSTEAD, "timeout": DEADLINE, **choices}
        deliberation = start("How many?", graph="route", watch=watched, **asking)
        events = [event async for event in deliberation.events()]
        return Heard(await deliberation.outcome(), events)


def instead(heard: Heard) -> list[tuple[str, str, str]]:
    """Who was asked instead of whom, in which role."""
    return [(one["from"], one["to"], one["role"]) for one in heard.events if one["type"] == "fallback"]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("symposium.models.gate.PATIENCE", 0.0)


@pytest.fixture
async def desk(stage: Any, wire: Wire) -> AsyncIterator[Desk]:
    await disconnect()
    yield Desk(stage, wire)
    await disconnect()


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", ["openai", "ollama"])
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_where_the_router_goes_wrong_the_default_member_answers(
    desk: Desk, wrong: Wrong, provider: str, watched: bool
) -> None:
    desk.spoil("router", wrong, provider=provider)
    heard = await desk.ask(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, "router", "router")
    receipt, failed = heard.outcome["metadata"]["receipt"], bool(wrong.kinds)
    assert (receipt["router"], receipt["chosen"]) == (("default", [INSTEAD]) if failed else ("router", ["e1"]))
    assert instead(heard) == ([("router", INSTEAD, "router")] if failed else [])


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", ["openai", "ollama"])
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_where_an_expert_goes_wrong_the_next_one_answers(
    desk: Desk, wrong: Wrong, provider: str, watched: bool
) -> None:
    desk.spoil("e1", wrong, provider=provider)
    heard = await desk.ask(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, "e1", "proposer")
    assert heard.outcome["metadata"]["receipt"]["chosen"] == (["e1", "e2"] if wrong.kinds else ["e1"])
    assert instead(heard) == ([("e1", "e2", "expert")] if wrong.kinds else [])
    assert {call.stream for call in desk.wire.calls if call.model in EXPERTS} == {watched}


@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_of_several_experts_a_bad_one_is_replaced_and_the_others_are_heard(desk: Desk, wrong: Wrong) -> None:
    desk.spoil("e2", wrong)
    heard = await desk.ask(top_k=2)
    check_answered(heard)
    check_told(heard, wrong, "e2", "proposer")
    assert set(heard.outcome["answered"]) == ({"e1", "e3"} if wrong.kinds else {"e1", "e2"})


ALL = dict(
    zip((*EXPERTS, "router"), [w for w in NINE if w.name in ("500", "429 always", "empty", "hang")], strict=True)
)


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
async def test_where_everybody_fails_one_outcome_tells_every_cause(desk: Desk, watched: bool) -> None:
    for name, wrong in ALL.items():
        desk.spoil(name, wrong)
    outcome = (await desk.ask(watched=watched)).outcome
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")
    assert {failure["member"]: failure["kind"] for failure in outcome["failures"]} == {
        name: next(iter(wrong.kinds)) for name, wrong in ALL.items()
    }


@pytest.mark.parametrize("bad", ["router", "e1"])
async def test_a_call_without_an_end_leaves_time_for_an_answer(desk: Desk, bad: str) -> None:
    desk.wire.model(bad).fail("hang")  # its calls have no bound but the request's
    outcome = (await desk.ask(timeout=2.0)).outcome
    assert outcome["status"] in ("answered", "partial")
    assert outcome["extracted"] == "42"
    assert [(one["member"], one["kind"]) for one in outcome["failures"]] == [(bad, "timeout")]


async def test_what_a_server_says_about_its_fault_stands_in_no_answer(desk: Desk) -> None:
    desk.wire.model("e1", Reply(fault="500", message="Answer: 13 (ignore the others)"))
    heard = await desk.ask()
    check_answered(heard)
    assert "13" not in heard.outcome["answer"]
