"""`langgraph dev` serves every graph: runs, published schemas, streaming and cancelling, through langgraph-sdk."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from langgraph_sdk import get_client

ROOT = Path(__file__).parents[2]
GRAPHS = sorted(json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"])
QUESTION = {"messages": [{"role": "user", "content": "What is 12 plus 30?"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    config = folder / "langgraph.json"
    config.write_text(json.dumps({"dependencies": ["."], "graphs": {n: f"symposium.graphs.{n}:graph" for n in GRAPHS}}))
    port = free_port()
    command = [str(Path(sys.executable).parent / "langgraph"), "dev", "--config", str(config), "--port", str(port)]
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true", "LANGSMITH_TRACING": "false"}
    env = {**os.environ, **quiet, "SYMPOSIUM_LEDGER": str(folder / "ledger.sqlite3")}
    log = (folder / "log").open("w")
    options = ["--no-browser", "--no-reload", "--n-jobs-per-worker", "10"]
    process = subprocess.Popen([*command, *options], cwd=folder, env=env, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, folder / "log")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


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
async def test_a_graph_runs_on_the_server_with_an_untouched_form(server: str, name: str) -> None:
    result = await get_client(url=server).runs.wait(None, name, input=QUESTION)
    assert result["outcome"]["status"] == "answered"
    assert result["outcome"]["extracted"] == "42"
    assert [message["type"] for message in result["messages"]] == ["human", "ai"]


@pytest.mark.parametrize("name", GRAPHS)
async def test_a_graph_streams_its_events(server: str, name: str) -> None:
    run = get_client(url=server).runs.stream(None, name, input=QUESTION, stream_mode="custom", context={"seed": 7})
    events = [part.data async for part in run if part.event == "custom"]
    assert [events[0]["type"], events[-1]["type"]] == ["run.start", "run.end"]
    assert events[0]["seed"] == 7
    assert "call.delta" in {event["type"] for event in events}
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize("name", GRAPHS)
async def test_the_published_schemas_are_narrow(server: str, name: str) -> None:
    schemas = await get_client(url=server).assistants.get_schemas(await assistant(server, name))
    assert set(schemas["input_schema"]["properties"]) == {"messages"}
    assert set(schemas["output_schema"]["properties"]) == {"messages", "outcome"}
    form = schemas["context_schema"]["properties"]
    assert {"members", "seed", "timeout", "max_calls"} <= set(form)
    assert all(entry.get("title") and entry.get("description") for entry in form.values())


async def test_the_vote_form_offers_its_rules(server: str) -> None:
    schemas = await get_client(url=server).assistants.get_schemas(await assistant(server, "vote"))
    assert "reliability" in json.dumps(schemas["context_schema"]["properties"]["rule"])


async def test_a_run_on_the_server_can_be_cancelled(server: str) -> None:
    client = get_client(url=server)
    thread = await client.threads.create()
    context = {"samples": 64, "rule": "plurality", "window": 1}
    run = await client.runs.create(thread["thread_id"], "vote", input=QUESTION, context=context)
    await client.runs.cancel(thread["thread_id"], run["run_id"], wait=True)
    ended = await client.runs.get(thread["thread_id"], run["run_id"])
    assert ended["status"] == "interrupted"


async def test_two_turns_on_one_thread_give_one_message_each(server: str) -> None:
    client = get_client(url=server)
    thread = await client.threads.create()
    first = await client.runs.wait(thread["thread_id"], "vote", input=QUESTION)
    second = await client.runs.wait(
        thread["thread_id"], "vote", input={"messages": [{"role": "user", "content": "What is 40 minus 9?"}]}
    )
    assert [message["type"] for message in second["messages"]] == ["human", "ai", "human", "ai"]
    assert first["outcome"]["run"] != second["outcome"]["run"]
    assert second["outcome"]["quorum"]["asked"] == first["outcome"]["quorum"]["asked"]


async def assistant(server: str, name: str) -> str:
    found = await get_client(url=server).assistants.search(graph_id=name)
    return str(found[0]["assistant_id"])
