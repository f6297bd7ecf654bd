"""Who is asked where nobody is named: by keys, else of an Ollama, else the bundled minds."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from symposium.ledger.records import ConfigurationError
from symposium.models import discovery
from symposium.models.discovery import HOSTED, Tag, found, look, ollama
from symposium.models.endpoints import base_url, check_provider
from symposium.models.families import family_of
from symposium.models.member import Member
from symposium.models.prices import LOCAL, priced
from symposium.models.settings import cast, load, scout, why
from symposium.models.zoo import cast as line_up


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    discovery._seen.clear()
    yield tmp_path
    discovery._seen.clear()


ALLOWED = ("os.stat", "os.listdir", "io.BufferedReader.read", "io.TextIOWrapper.read")  # by `langgraph dev`


def at(wire: Any, monkeypatch: pytest.MonkeyPatch, *models: str) -> str:
    """Let the server be the Ollama that is meant here, with these models."""
    for name in models:
        wire.model(name, "answer 1")
    monkeypatch.setenv("OLLAMA_HOST", wire.url)
    return str(wire.url.removeprefix("http://"))


def names(members: Any) -> list[str]:
    return [member.name for member in members]


def test_without_keys_and_ollama_the_bundled_minds_are_asked(here: Path) -> None:
    settings = load(folder=here)
    assert names(cast(settings)) == list(line_up("team"))
    assert why(settings) == "of the bundled minds: no symposium.toml here, and neither a key nor Ollama"


def test_one_model_of_each_family_of_an_ollama_is_asked(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    models = ("qwen3:4b", "qwen3:8b", "nomic-embed-text", "llama3.1:latest", "gpt-oss:120b-cloud", "mistral", "phi4")
    address = at(wire, monkeypatch, *models)
    settings = load(folder=here)
    members = cast(settings)
    assert [(m.name, m.model, m.family, m.price) for m in members] == [
        ("qwen3-4b", "ollama:qwen3:4b", "qwen", LOCAL),
        ("llama3.1", "ollama:llama3.1", "llama", LOCAL),
        ("mistral", "ollama:mistral", "mistral", LOCAL),
    ]
    assert why(settings) == f"of Ollama at {address}: no symposium.toml here"
    assert names(cast(settings, ("llama3.1",))) == ["llama3.1"]


def test_an_ollama_without_a_model_that_answers_is_none(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(wire, monkeypatch, "nomic-embed-text")
    assert names(cast(load(folder=here))) == list(line_up("team"))


def test_members_of_the_file_are_asked_and_nobody_is_looked_for(
    here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(wire, monkeypatch, "qwen3")
    (here / "symposium.toml").write_text("[member.ann]\nmodel = 'gguf:/x.gguf'\n")
    settings = load(folder=here)
    assert (names(cast(settings)), why(settings)) == (["ann"], "")
    assert discovery._seen == {}


def test_a_file_without_members_says_so(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = at(wire, monkeypatch, "qwen3")
    (here / "symposium.toml").write_text("samples = 2\n")
    assert why(load(folder=here)) == f"of Ollama at {address}: symposium.toml names no member"


def test_the_environment_s_members_win(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(wire, monkeypatch, "qwen3")
    monkeypatch.setenv("SYMPOSIUM_MEMBERS", "large,small")
    settings = load(folder=here)
    assert (names(cast(settings)), why(settings)) == (["large", "small"], "")


def test_one_model_of_each_provider_whose_key_is_here_is_asked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hush")
    (here / ".env").write_text("MISTRAL_API_KEY=hush\nGEMINI_API_KEY=hush\n")
    settings = load(folder=here)
    members = cast(settings)
    assert [member.family for member in members] == ["gpt", "gemini", "mistral"]
    assert why(settings).startswith("by OPENAI_API_KEY, GEMINI_API_KEY, MISTRAL_API_KEY: ")
    assert "hush" not in repr(members)
    for member in members:
        check_provider(member)


def test_of_a_provider_that_stands_alone_all_models_are_asked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "hush")
    assert names(cast(load(folder=here))) == ["claude", "claude-small"]


def test_a_key_that_leads_to_another_address_tells_no_model(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hush")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    assert found().members == ()


def test_the_file_s_addresses_hold_like_its_keys(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.model("qwen3", "answer 1")
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    (here / ".env").write_text(
        f"OPENAI_API_KEY=hush\nOPENAI_BASE_URL=https://proxy.example/v1\nOLLAMA_HOST={wire.url}\n"
    )
    assert names(found().members) == ["qwen3"]
    assert base_url(Member(name="m", model="openai:m")) == "https://proxy.example/v1"
    assert base_url(found().members[0]) == wire.url


@pytest.mark.parametrize("value", ["http://[bad", "localhost:8000", "https://box:99999/v1"])
def test_an_address_that_is_none_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", value)
    with pytest.raises(ConfigurationError, match=r"OPENAI_BASE_URL: .* is no address"):
        priced(Member(name="m", model="openai:m"))


def test_models_of_one_name_are_told_apart(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(wire, monkeypatch, "ann/solar", "bob/solar:7b", "cid/solar:7b")
    assert names(found().members) == ["solar", "bob/solar-7b", "cid/solar-7b"]


def test_keys_come_before_an_ollama(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(wire, monkeypatch, "qwen3")
    monkeypatch.setenv("GROQ_API_KEY", "hush")
    assert names(cast(load(folder=here))) == ["oss", "oss-small"]


@pytest.mark.parametrize(("name", "model"), [pair for hosted in HOSTED for pair in hosted.models])
def test_every_model_of_the_table_has_a_known_price_and_family(name: str, model: str) -> None:
    (hosted,) = [one for one in HOSTED if (name, model) in one.models]
    member = priced(discovery._hosted(hosted, hosted.keys[0], name, model))
    assert member.price is not None
    assert member.family == family_of(model) != ""


def test_the_last_model_of_a_provider_is_its_cheapest() -> None:
    for hosted in HOSTED:
        members = [priced(discovery._hosted(hosted, hosted.keys[0], *pair)) for pair in hosted.models]
        prices = [member.price.output for member in members if member.price]
        assert prices[-1] == min(prices)


def test_no_two_models_of_the_table_share_a_name() -> None:
    listed = [name for hosted in HOSTED for name, _ in hosted.models]
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 404 Not Found\r\n\r\n{}", b"HTTP/1.1 200 OK\r\n\r\nhello", b""])
def test_what_is_no_ollama_is_none(here: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setattr(discovery, "PATIENCE", 0.05)
        assert _against(server, answer) is None


def _against(server: socket.socket, answer: bytes) -> object:
    """Look for an Ollama at a server that takes two connections and answers the second so."""

    def serve() -> None:
        server.accept()[0].close()
        connection = server.accept()[0]
        with connection:
            connection.recv(1024)
            connection.sendall(answer)
            if not answer:
                connection.recv(1024)  # until the client has had enough

    with ThreadPoolExecutor() as threads:
        serving = threads.submit(serve)
        seen = ollama()
        serving.result()
    return seen


def test_an_ollama_that_answers_byte_by_byte_is_not_waited_for(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    def serve() -> None:
        server.accept()[0].close()
        with server.accept()[0] as connection:
            while not given_up.wait(0.02):
                connection.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as threads:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setattr(discovery, "PATIENCE", 0.1)
        serving = threads.submit(serve)
        assert ollama() is None
        given_up.set()
        serving.result()


@pytest.mark.parametrize("size", ["[1]", "null", '"big"', "1e999"])
def test_a_size_that_is_none_costs_nobody_a_model(here: Path, monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    body = f'{{"models": [{{"name": "a", "size": {size}}}]}}'
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.getsockname()[1]}")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        assert _against(server, (head + body).encode()) == (Tag("a"),)


def test_nobody_is_looked_for_twice_within_a_minute(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(wire, monkeypatch, "qwen3")
    assert ollama() == ollama()
    assert wire.connections == 2  # one to see whether it is there, one to ask


@contextmanager
def as_the_server_runs() -> Iterator[None]:
    """What blocks an event loop is an error, as in `langgraph dev`."""
    with blockbuster_ctx() as blocker:
        for name in ALLOWED:
            blocker.functions[name].deactivate()
        yield


async def test_on_an_event_loop_no_key_that_is_read_blocks(here: Path) -> None:
    (here / ".env").write_text("MISTRAL_API_KEY=hush\n")
    with as_the_server_runs():
        assert names(found().members) == ["mistral", "mistral-small"]


async def test_on_an_event_loop_nothing_blocks(here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(wire, monkeypatch, "qwen3")
    with as_the_server_runs():
        assert names(cast(load(folder=here))) == list(line_up("team"))
        await look()
        assert names(cast(load(folder=here))) == ["qwen3"]


async def test_a_request_that_names_somebody_looks_for_nobody(
    here: Path, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(wire, monkeypatch, "qwen3")
    await scout(members=["large"])
    assert discovery._seen == {}
    await scout()
    assert names(cast(load(folder=here))) == ["qwen3"]
