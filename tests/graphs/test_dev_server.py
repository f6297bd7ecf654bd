"""`langgraph dev` serves every graph: runs, schemas, streaming, cancelling and forking, through langgraph-sdk."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from wire import Wire, obeying

from symposium.ledger.records import Outcome
from symposium.ledger.store import Ledger

ROOT = Path(__file__).parents[2]
GRAPHS = sorted(json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"])
QUESTION = {"messages": [{"role": "user", "content": "What is 12 plus 30?"}]}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"


@pytest.fixture(scope="module")
def writers() -> Iterator[Wire]:
    """Models that write, behind a real socket: two proposers, an aggregator and a judge."""
    wire = Wire()
    for name in ("p1", "p2"):
        wire.model(name, "I counted them.\nAnswer: 42")
    fusing = "It is 42.\n\nAnswer: 42\n\nNot combined:\n- 41: it does not add up"
    wire.model("agg", obeying(fusing, best="A", ranking=["A", "B"], drafts=["A", "B"]))
    wire.model("judge", obeying(better="tie"))
    wire.model("slow", "I counted them.\nAnswer: 42", latency=120.0)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, ledger: Path, writers: Wire) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "symposium.toml").write_text(configured(writers))
    config = folder / "langgraph.json"
    config.write_text(json.dumps({"dependencies": ["."], "graphs": {n: f"symposium.graphs.{n}:graph" for n in GRAPHS}}))
    port = free_port()
    command = [str(Path(sys.executable).parent / "langgraph"), "dev", "--config", str(config), "--port", str(port)]
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true", "LANGSMITH_TRACING": "false"}
    env = {**os.environ, **quiet, "SYMPOSIUM_LEDGER": str(ledger)}
    options = ["--no-browser", "--no-reload", "--n-jobs-per-worker", "10"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, *options], cwd=folder, env=env, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, folder / "log")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def configured(writers: Wire) -> str:
    """A file that asks the bundled team as usual, and knows the writers."""
    tables = [
        f'[member.{name}]\nmodel = "openai:{name}"\nfamily = "{name}"\nbase_url = "{writers.openai}"\n'
        for name in writers.models
    ]
    return "\n".join(['members = ["large", "numbers", "measures", "ada"]', *tables])


@pytest.fixture
async def client(server: str) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=server) as opened:
        yield opened


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=60), timeout=60) as client:
        for _ in range(240):
            if process.poll() is not None:
                break
            try:
                if client.get(f"{url}/ok").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            process_wait(process)
    raise AssertionError(log.read_text())


def process_wait(process: "subprocess.Popen[bytes]") -> None:
    """Give the starting server half a second, or less if it dies."""
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return


@pytest.mark.parametrize("name", GRAPHS)
async def test_a_graph_runs_on_the_server_with_an_untouched_form(client: LangGraphClient, name: str) -> None:
    result = await client.runs.wait(None, name, input=QUESTION)
    assert result["outcome"]["status"] == "answered"
    assert [message["type"] for message in result["messages"]] == ["human", "ai"]


@pytest.mark.parametrize("name", GRAPHS)
async def test_a_graph_streams_its_events(client: LangGraphClient, name: str) -> None:
    run = client.runs.stream(None, name, input=QUESTION, stream_mode="custom", context={"seed": 7})
    events = [part.data async for part in run if part.event == "custom"]
    assert [events[0]["type"], events[-1]["type"]] == ["run.start", "run.end"]
    assert events[0]["seed"] == 7
    assert "call.delta" in {event["type"] for event in events}
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


STAGES: dict[str, object] = {"stages": ["small", "large"], "thresholds": [1.0]}
MENDING: dict[str, object] = {"members": ["small", "large"], "rounds": 2}


@pytest.mark.parametrize(
    ("name", "choices", "told"),
    [
        ("cascade", {**STAGES, "scorer": "agreement"}, {"vote", "cascade"}),
        ("cascade", {**STAGES, "scorer": "confidence"}, {"cascade"}),
        ("cascade", {**STAGES, "scorer": "judge", "judge": "numbers"}, {"judge.verdict", "cascade"}),
        ("cascade", {**STAGES, "scorer": "verifier"}, {"judge.verdict", "cascade"}),
        ("moa", {}, {"round.start"}),
        ("moa", {"aggregation_strategy": "selection"}, {"round.start"}),
        ("moa", {"aggregation_strategy": "voting"}, {"round.start"}),
        ("moa", {"aggregation_strategy": "fusion", "layers": 2}, {"round.start"}),
        ("moa", {"aggregator_model": "symbolic:arithmetic"}, {"judge.verdict"}),
        ("repair", MENDING, {"critique", "revision"}),
        ("repair", {**MENDING, "critic": "numbers"}, {"critique", "judge.verdict", "revision"}),
    ],
)
async def test_every_role_and_score_works_on_the_server(
    client: LangGraphClient, name: str, choices: dict[str, object], told: set[str]
) -> None:
    hard = {"messages": [{"role": "user", "content": "What is 94 times 85?"}]}
    run = client.runs.stream(None, name, input=hard, stream_mode="custom", context=choices)
    events = [part.data async for part in run if part.event == "custom"]
    assert told <= {event["type"] for event in events}
    outcome = events[-1]["outcome"]
    assert (outcome["status"], outcome["failures"]) == ("answered", [])
    signals = {name for event in events if event["type"] == "call.end" for name in event["signals"]}
    assert {"sum_logprob", "checked_logprob", "mean_logprob", "min_logprob", "token_entropy", "margin"} <= signals
    assert "checked_logprob.calibrated" in signals


@pytest.mark.parametrize("way", ["synthesis", "selection", "voting", "fusion"])
async def test_a_mixture_of_models_that_write_works_on_the_server(client: LangGraphClient, way: str) -> None:
    named = {"proposer_models": ["p1", "p2"], "aggregator_model": "agg", "judge": "judge"}
    steps = {"layers": 2, "num_proposals_per_model": 2, "analyse": True, "keep_best": True, "aggregation_window": 2}
    context = {**named, **steps, "aggregation_strategy": way}
    run = client.runs.stream(None, "moa", input=QUESTION, stream_mode=["custom", "updates"], context=context)
    parts = [part async for part in run]
    (end,) = [part.data for part in parts if part.event == "custom" and part.data["type"] == "run.end"]
    outcome = end["outcome"]
    method = {"voting": "vote"}.get(way, way)
    assert (outcome["status"], outcome["failures"], outcome["method"]) == ("answered", [], method)
    assert (outcome["extracted"], len(outcome["metadata"]["all_proposals"])) == ("42", 8)
    nodes = [name for part in parts if part.event == "updates" for name in part.data]
    assert nodes[:5] == ["open", *["propose"] * 4]
    assert nodes[5:] == ["aggregate", *["propose"] * 4, "analyse", "aggregate", "keep", "close"]


@pytest.mark.parametrize("name", GRAPHS)
async def test_the_published_schemas_are_narrow(client: LangGraphClient, name: str) -> None:
    schemas = await client.assistants.get_schemas(await assistant(client, name))
    assert set(schemas["input_schema"]["properties"]) == {"messages"}
    assert set(schemas["output_schema"]["properties"]) == {"messages", "outcome"}
    form = schemas["context_schema"]["properties"]
    assert {"members", "seed", "timeout", "max_calls"} <= set(form)
    assert all(entry.get("title") and entry.get("description") for entry in form.values())


async def test_the_vote_form_offers_its_rules(client: LangGraphClient) -> None:
    schemas = await client.assistants.get_schemas(await assistant(client, "vote"))
    assert "reliability" in json.dumps(schemas["context_schema"]["properties"]["rule"])


async def test_a_run_on_the_server_can_be_cancelled(client: LangGraphClient, ledger: Path) -> None:
    thread = (await client.threads.create())["thread_id"]
    context = {"samples": 64, "rule": "plurality", "window": 1, "temperature": 2.0}
    run = await client.runs.create(thread, "vote", input=QUESTION, context=context, stream_mode="custom")
    async for part in client.runs.join_stream(thread, run["run_id"]):
        if part.event == "custom" and part.data["type"] == "call.end":
            started = part.data["run"]
            break
    await client.runs.cancel(thread, run["run_id"], wait=True)
    assert (await client.runs.get(thread, run["run_id"]))["status"] == "interrupted"
    outcome = await written(Ledger(ledger), started)
    assert outcome["status"] == "cancelled"
    assert outcome["quorum"]["answered"] < 128


CALLING: dict[str, dict[str, object]] = {
    "debate": {"members": ["p1", "slow"]},
    "route": {"members": ["slow"], "router": "rules", "default_member": "slow"},
}


@pytest.mark.parametrize("name", CALLING)
async def test_cancelling_a_run_hangs_up_on_whoever_is_speaking(
    client: LangGraphClient, ledger: Path, writers: Wire, name: str
) -> None:
    thread = (await client.threads.create())["thread_id"]
    run = await client.runs.create(thread, name, input=QUESTION, context=CALLING[name], stream_mode="custom")
    async for part in client.runs.join_stream(thread, run["run_id"]):
        if part.event == "custom" and part.data["type"] == "call.start" and part.data["member"] == "slow":
            started = part.data["run"]
            break
    await client.runs.cancel(thread, run["run_id"], wait=True)
    assert (await client.runs.get(thread, run["run_id"]))["status"] == "interrupted"
    assert (await written(Ledger(ledger), started))["status"] == "cancelled"
    assert await writers.until(lambda: writers.in_flight == 0)


@pytest.mark.parametrize("name", GRAPHS)
async def test_a_run_is_forked_from_a_checkpoint_without_paying_twice(client: LangGraphClient, name: str) -> None:
    thread = (await client.threads.create())["thread_id"]
    first = await client.runs.wait(thread, name, input=QUESTION, context={"seed": 7})
    history = await client.threads.get_history(thread, limit=100)
    seated = next(point for point in reversed(history) if point["values"].get("seats"))
    forked = await client.runs.wait(thread, name, input=None, checkpoint=seated["checkpoint"], context={"seed": 7})
    before, after = first["outcome"], forked["outcome"]
    assert (after["status"], after["extracted"]) == ("answered", before["extracted"])
    assert after["run"] != before["run"]
    stopped = before["quorum"]["cancelled"]  # whom nobody has heard to the end may be asked again
    assert after["totals"]["attempts"] <= stopped < before["totals"]["attempts"]


async def written(kept: Ledger, run: str) -> Outcome:
    """The outcome, as soon as the server's writer has put it into the ledger; at most ten seconds."""
    async with asyncio.timeout(10):
        while (outcome := kept.outcome(run)) is None:
            await asyncio.sleep(0.05)
    return outcome


async def test_two_turns_on_one_thread_give_one_message_each(client: LangGraphClient) -> None:
    thread = await client.threads.create()
    first = await client.runs.wait(thread["thread_id"], "vote", input=QUESTION)
    second = await client.runs.wait(
        thread["thread_id"], "vote", input={"messages": [{"role": "user", "content": "What is 40 minus 9?"}]}
    )
    assert [message["type"] for message in second["messages"]] == ["human", "ai", "human", "ai"]
    assert first["outcome"]["run"] != second["outcome"]["run"]
    assert second["outcome"]["quorum"]["asked"] == first["outcome"]["quorum"]["asked"]


async def assistant(client: LangGraphClient, name: str) -> str:
    found = await client.assistants.search(graph_id=name)
    return str(found[0]["assistant_id"])
