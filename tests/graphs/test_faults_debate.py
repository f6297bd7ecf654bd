"""A debater or the judge of a debate goes wrong in one of its roles, as real servers do: an answer comes, labelled."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from faults import DEADLINE, NINE, PATIENCE, Heard, Wrong, check_answered, check_told
from wire import Reply, Wire, asked, said, schema_of

from symposium.graphs import start
from symposium.models.endpoints import disconnect

DEBATERS = ("d1", "d2", "d3")
BAD = "d2"
PARTS = ("proposer", "critic", "reviser")  # of a debater
ANSWERS = {"d1": "42", "d2": "7", "d3": "42"}


def part(body: dict[str, Any]) -> str:
    """In which role a request asks."""
    form = (schema_of(body) or {}).get("properties", {})
    if "objections" in form:
        return "critic"
    return "judge" if form else "reviser" if "<<<BEGIN A " in asked(body) else "proposer"


def line(name: str, body: dict[str, Any]) -> Reply:
    """What somebody says in that role: debaters object to every draft, and stay with their answers."""
    match part(body):
        case "critic":
            held = [{"draft": letter, "quote": "I counted them.", "reason": "Twice, even?"} for letter in "ABC"]
            return Reply(said({"objections": held}))
        case "judge":
            return Reply(said({"reason": "Two of three agree.", "decision": "conclude", "winner": None}))
    return Reply(f"I counted them.\nAnswer: {ANSWERS.get(name, '42')}")


class Table:
    """Three debaters and a judge behind real sockets."""

    def __init__(self, stage: Any, wire: Wire) -> None:
        self.stage, self.wire = stage, wire
        for name in (*DEBATERS, "judge"):
            wire.model(name, lambda body, name=name: line(name, body), latency=0.005)
            self.reach(name)

    def reach(self, name: str, *, provider: str = "openai", timeout: float | None = None) -> None:
        base_url = {"openai": self.wire.openai, "ollama": self.wire.url}[provider]
        self.stage.cast(
            name, model=f"{provider}:{name}", family=name, base_url=base_url, timeout=timeout, max_tokens=64
        )

    def spoil(self, name: str, role: str, wrong: Wrong, *, provider: str = "openai") -> None:
        """Let a member go wrong in one role, as often as it is asked, or the first time only."""
        how, heard = {key: value for key, value in wrong.how.items() if key != "first"}, 0

        def reply(body: dict[str, Any]) -> Reply:
            nonlocal heard
            heard += part(body) == role
            spoilt = part(body) == role and heard <= wrong.how.get("first", heard)
            return replace(line(name, body), **how) if spoilt else line(name, body)

        self.wire.model(name).script = reply
        self.reach(name, provider=provider, timeout=PATIENCE if "timeout" in wrong.kinds else None)

    async def debate(self, *, watched: bool = True, **choices: Any) -> Heard:
        asking = {"members": [*DEBATERS], "judge": "judge", "gate": "never", "timeout": DEADLINE, **choices}
        deliberation = start("How many?", graph="debate", watch=watched, **asking)
        events = [event async for event in deliberation.events()]
        return Heard(await deliberation.outcome(), events)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("symposium.models.gate.PATIENCE", 0.0)


@pytest.fixture
async def table(stage: Any, wire: Wire) -> AsyncIterator[Table]:
    await disconnect()
    yield Table(stage, wire)
    await disconnect()


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", ["openai", "ollama"])
@pytest.mark.parametrize("role", PARTS)
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_a_bad_debater_costs_what_it_would_have_said(
    table: Table, wrong: Wrong, role: str, provider: str, watched: bool
) -> None:
    table.spoil(BAD, role, wrong, provider=provider)
    heard = await table.debate(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, BAD, role)
    assert set(heard.outcome["answered"]) == {*DEBATERS} - ({BAD} if wrong.kinds and role == "proposer" else set())
    drafts = [call for call in table.wire.calls if part(call.body) == "proposer"]
    assert {call.stream for call in drafts} == {watched}


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", ["openai", "ollama"])
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_without_its_judge_a_debate_ends_by_its_own_rules(
    table: Table, wrong: Wrong, provider: str, watched: bool
) -> None:
    table.spoil("judge", "judge", wrong, provider=provider)
    heard = await table.debate(watched=watched, max_rounds=2)
    check_answered(heard)
    check_told(heard, wrong, "judge", "judge")
    assert bool(heard.outcome["metadata"]["rulings"]) is not bool(wrong.kinds)


@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_nothing_that_a_failure_says_reaches_another_debater(table: Table, wrong: Wrong) -> None:
    table.spoil(BAD, "critic", wrong)
    heard = await table.debate()
    shown = "\n".join(asked(call.body) for call in table.wire.calls)
    assert not any(failure["message"] in shown for failure in heard.outcome["failures"])


ALL = dict(zip(DEBATERS, [w for w in NINE if w.name in ("500", "429 always", "hang")], strict=True))


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
async def test_where_every_debater_fails_one_outcome_tells_every_cause(table: Table, watched: bool) -> None:
    for name, wrong in ALL.items():
        table.spoil(name, "proposer", wrong)
    outcome = (await table.debate(watched=watched)).outcome
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")
    assert {failure["member"]: failure["kind"] for failure in outcome["failures"]} == {
        name: next(iter(wrong.kinds)) for name, wrong in ALL.items()
    }
    assert outcome["quorum"] == {"asked": 3, "answered": 0, "failed": 3, "cancelled": 0}
    assert {part(call.body) for call in table.wire.calls} == {"proposer"}


@pytest.mark.parametrize("role", [*PARTS, "judge"])
async def test_a_call_without_an_end_leaves_time_for_an_answer(table: Table, role: str) -> None:
    hanging = next(wrong for wrong in NINE if wrong.name == "hang")
    bad = "judge" if role == "judge" else BAD
    table.spoil(bad, role, hanging)
    table.reach(bad)  # its calls have no bound but the request's
    outcome = (await table.debate(timeout=1.5, max_rounds=2)).outcome
    assert outcome["status"] in ("answered", "partial")
    assert outcome["extracted"] == "42"
    assert {(one["member"], one["role"], one["kind"]) for one in outcome["failures"]} == {(bad, role, "timeout")}
