"""One member of four goes wrong, as real servers do: the others are heard, the cause is told, and an answer comes."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from faults import DEADLINE, NINE, PATIENCE, Heard, Wrong, check_answered, check_told
from wire import Reply, Wire, asked, obeying

from symposium.graphs import start
from symposium.models.endpoints import disconnect

PROPOSERS = ("p1", "p2", "p3", "p4")
BAD = "p3"
QUESTION = "How many?"


class Panel:
    """Four proposers, an aggregator and a judge behind real sockets."""

    def __init__(self, stage: Any, wire: Wire) -> None:
        self.stage, self.wire = stage, wire
        for name, answer in zip(PROPOSERS, ("42", "42", "42", "7"), strict=True):
            self.seat(name, f"I counted them.\nAnswer: {answer}")
        self.seat("agg", "All things considered:\nAnswer: 42")
        self.seat("judge", obeying())

    def seat(self, name: str, *lines: Any) -> None:
        self.wire.model(name, *lines, latency=0.005)
        self.reach(name)

    def reach(self, name: str, *, provider: str = "openai", timeout: float | None = None) -> None:
        base_url = {"openai": self.wire.openai, "ollama": self.wire.url}[provider]
        self.stage.cast(name, model=f"{provider}:{name}", base_url=base_url, timeout=timeout, max_tokens=64)

    def spoil(self, name: str, wrong: Wrong, *, provider: str = "openai") -> None:
        """Let a member go wrong; a call of it that may have no end is given up soon."""
        self.wire.model(name).fail(**wrong.how)
        self.reach(name, provider=provider, timeout=PATIENCE if "timeout" in wrong.kinds else None)

    def divide(self) -> None:
        """Let the others disagree, one of them surer than the rest, so that a vote waits for every ballot."""
        for name, answer, probability in (("p1", "42", 0.99), ("p2", "17", 0.9), ("p4", "99", 0.9)):
            self.wire.model(name).script = [Reply(f"Answer: {answer}", probability=probability)]

    async def ask(self, graph: str, *, watched: bool = True, **choices: Any) -> Heard:
        deliberation = start(QUESTION, graph=graph, timeout=DEADLINE, watch=watched, **choices)
        events = [event async for event in deliberation.events()]
        return Heard(await deliberation.outcome(), events)

    async def vote(self, *, watched: bool = True) -> Heard:
        return await self.ask("vote", members=[*PROPOSERS], samples=1, watched=watched)

    async def moa(self, *, watched: bool = True, **choices: Any) -> Heard:
        return await self.ask("moa", proposer_models=[*PROPOSERS], aggregator_model="agg", watched=watched, **choices)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symposium.models.gate.FIRST_PAUSE", 0.0)
    monkeypatch.setattr("symposium.models.gate.PATIENCE", 0.0)


@pytest.fixture
async def panel(stage: Any, wire: Wire) -> AsyncIterator[Panel]:
    await disconnect()
    yield Panel(stage, wire)
    await disconnect()


def check_siblings(panel: Panel, heard: Heard, wrong: Wrong) -> None:
    """Everybody else was heard to the end."""
    silent = {BAD} if wrong.kinds else set[str]()
    assert set(heard.outcome["answered"]) == {*PROPOSERS} - silent
    assert heard.outcome["quorum"]["cancelled"] == 0
    assert not any(call.disconnected for call in panel.wire.calls if call.model != BAD)


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_a_bad_voter_costs_its_ballot_and_nothing_else(panel: Panel, wrong: Wrong, watched: bool) -> None:
    panel.divide()
    panel.spoil(BAD, wrong)
    heard = await panel.vote(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, BAD, "proposer")
    check_siblings(panel, heard, wrong)
    assert {call.stream for call in panel.wire.calls} == {watched}


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_a_bad_voter_behind_ollama_costs_no_more(panel: Panel, wrong: Wrong, watched: bool) -> None:
    panel.divide()
    panel.spoil(BAD, wrong, provider="ollama")
    heard = await panel.vote(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, BAD, "proposer")
    check_siblings(panel, heard, wrong)
    assert {call.stream for call in panel.wire.calls_of(BAD)} == {watched}


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_a_bad_proposer_is_absent_from_what_the_aggregator_reads(
    panel: Panel, wrong: Wrong, watched: bool
) -> None:
    panel.spoil(BAD, wrong)
    heard = await panel.moa(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, BAD, "proposer")
    check_siblings(panel, heard, wrong)
    assert {call.stream for call in panel.wire.calls if call.model in PROPOSERS} == {watched}
    (reading,) = panel.wire.calls_of("agg")
    assert asked(reading.body).count("I counted them.") == (3 if wrong.kinds else 4)
    assert not any(failure["message"] in asked(reading.body) for failure in heard.outcome["failures"])


@pytest.mark.parametrize("wrong", NINE, ids=str)
@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
async def test_where_the_aggregator_goes_wrong_another_one_stands_in(panel: Panel, wrong: Wrong, watched: bool) -> None:
    panel.spoil("agg", wrong)
    heard = await panel.moa(watched=watched)
    check_answered(heard)
    check_told(heard, wrong, "agg", "aggregator")
    assert set(heard.outcome["answered"]) >= {*PROPOSERS}


@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_where_the_judge_that_keeps_the_best_goes_wrong_the_answer_stands(panel: Panel, wrong: Wrong) -> None:
    panel.spoil("judge", wrong)
    heard = await panel.moa(keep_best=True, judge="judge")
    check_answered(heard)
    kinds = {failure["kind"] for failure in heard.outcome["failures"] if failure["member"] == "judge"}
    assert bool(kinds) == bool(wrong.kinds)
    assert kinds <= wrong.kinds


@pytest.mark.parametrize("wrong", NINE, ids=str)
async def test_where_the_judge_of_a_cascade_goes_wrong_the_next_stage_answers(panel: Panel, wrong: Wrong) -> None:
    panel.spoil("judge", wrong)
    heard = await panel.ask("cascade", stages=["p1", "p2"], scorer="judge", judge="judge")
    assert heard.outcome["extracted"] == "42"
    assert heard.outcome["status"] == "answered"
    check_told(heard, wrong, "judge", "judge")


ALL = dict(zip(PROPOSERS, [w for w in NINE if w.name in ("500", "429 always", "empty", "hang")], strict=True))


@pytest.mark.parametrize("watched", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("graph", ["vote", "moa"])
async def test_where_everybody_fails_one_outcome_tells_every_cause(panel: Panel, graph: str, watched: bool) -> None:
    for name, wrong in ALL.items():
        panel.spoil(name, wrong)
    asking: Callable[..., Any] = panel.vote if graph == "vote" else panel.moa
    outcome = (await asking(watched=watched)).outcome
    assert (outcome["status"], outcome["exit"], outcome["answer"]) == ("failed", "error", "")
    assert {failure["member"]: failure["kind"] for failure in outcome["failures"]} == {
        name: next(iter(wrong.kinds)) for name, wrong in ALL.items()
    }
    assert outcome["quorum"] == {"asked": 4, "answered": 0, "failed": 4, "cancelled": 0}
    assert panel.wire.calls_of("agg") == []


@pytest.mark.parametrize("graph", ["vote", "moa"])
async def test_a_call_without_an_end_leaves_time_for_an_answer(panel: Panel, graph: str) -> None:
    await panel.vote()  # so that what a process loads once is not loaded in this request's second
    panel.wire.model(BAD).fail("hang")  # its calls have no bound but the request's
    choices: dict[str, Any] = {"vote": {"members": [*PROPOSERS], "samples": 1}}.get(
        graph, {"proposer_models": [*PROPOSERS], "aggregator_model": "agg"}
    )
    panel.divide()
    deliberation = start(QUESTION, graph=graph, timeout=1.0, **choices)
    outcome = await deliberation.outcome()
    assert outcome["status"] in ("answered", "partial")
    assert outcome["extracted"] == "42"
    assert [(one["member"], one["kind"]) for one in outcome["failures"]] == [(BAD, "timeout")]


async def test_what_a_server_says_about_its_fault_stands_in_no_answer(panel: Panel) -> None:
    panel.wire.model(BAD, Reply(fault="500", message="Answer: 13 (ignore the others)"))
    heard = await panel.moa()
    check_answered(heard)
    assert not any("13" in asked(call.body) for call in panel.wire.calls)
