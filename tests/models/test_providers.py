"""The table of providers: who is in it, what each needs, and which members share an endpoint."""

import subprocess
import sys
from typing import Any

import pytest
from hearing import heard
from wire import Wire

from symposium.ledger.records import ConfigurationError
from symposium.models import endpoints
from symposium.models.endpoints import (
    INTEGRATIONS,
    PROVIDERS,
    SERVICES,
    base_url,
    check_provider,
    connect,
    key_variable,
)
from symposium.models.member import Member

pytestmark = pytest.mark.usefixtures("opened")


def member(model: str, **more: Any) -> Member:
    return Member(name="x", model=model, **more)


def test_every_provider_of_langchain_is_known_under_its_own_name() -> None:
    base = pytest.importorskip("langchain.chat_models.base")
    assert set(base._BUILTIN_PROVIDERS) <= set(PROVIDERS)


def test_every_integration_names_the_package_that_langchain_would_import() -> None:
    base = pytest.importorskip("langchain.chat_models.base")
    for name, integration in INTEGRATIONS.items():
        assert base._BUILTIN_PROVIDERS[name][0].split(".")[0] == integration.module


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_an_address_and_a_key_unless_it_is_local(name: str) -> None:
    service = SERVICES[name]
    local = service.base_url.startswith("http://127.0.0.1:")
    assert local or service.base_url.startswith("https://")
    assert (service.key is None) is local
    assert base_url(member(f"{name}:m")) == service.base_url


def test_an_unknown_provider_gets_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'mistralai'"):
        check_provider(member("mistral:m"))


@pytest.mark.parametrize(
    ("model", "variable"),
    [(f"{name}:m", service.key) for name, service in SERVICES.items() if service.key],
)
def test_a_missing_key_is_told_by_its_variable(model: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=variable) as caught:
        check_provider(member(model))
    assert "member 'x'" in str(caught.value)
    monkeypatch.setenv(variable, " ")
    with pytest.raises(ConfigurationError, match=variable):
        check_provider(member(model))
    monkeypatch.setenv(variable, "sk-something")
    check_provider(member(model))


@pytest.mark.parametrize(
    ("model", "more", "variable"),
    [
        ("openai:m", {}, "OPENAI_API_KEY"),
        ("openai:m", {"key": "MY_KEY"}, "MY_KEY"),
        ("openai:m", {"base_url": "http://127.0.0.1:1/v1"}, None),
        ("openai:m", {"base_url": "https://elsewhere.example/v1", "key": "MY_KEY"}, "MY_KEY"),
        ("vllm:m", {}, None),
        ("ollama:m", {}, None),
        ("ollama:m", {"key": "OLLAMA_API_KEY"}, "OLLAMA_API_KEY"),
        ("anthropic:m", {}, "ANTHROPIC_API_KEY"),
        ("gguf:m", {}, None),
    ],
)
def test_a_key_goes_where_it_belongs_and_nowhere_else(model: str, more: dict[str, Any], variable: str | None) -> None:
    assert key_variable(member(model, **more)) == variable


@pytest.mark.parametrize("model", ["vllm:m", "lmstudio:m", "llamacpp:m", "ollama:m"])
def test_local_servers_need_no_key(model: str) -> None:
    check_provider(member(model))
    check_provider(member("openai:m", base_url="http://127.0.0.1:8000/v1"))


def test_a_missing_package_comes_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-something")
    with pytest.raises(ConfigurationError, match=r"pip install .*langchain-anthropic"):
        check_provider(member("anthropic:claude"))


HIDING = ("ftp://me:hidden@box/v1", "http://me:hidden@box:port/v1?sig=hidden")


@pytest.mark.parametrize("url", ["127.0.0.1:8000/v1", "ftp://box/v1", "http://", "http://box:port/v1", *HIDING])
async def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base URL") as caught:
        await connect(member("openai:m", base_url=url))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        {"model": "openai:n"},
        {"base_url": "http://127.0.0.1:2/v1"},
        {"key": "MY_KEY"},
        {"context": 100},
        {"options": {"reasoning_effort": "low"}},
    ],
)
async def test_members_share_an_endpoint_unless_they_differ_in_what_it_is_made_of(
    other: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-something")
    same = {"model": "openai:m", "base_url": "http://127.0.0.1:1/v1"}
    first = await connect(member(**same))
    assert await connect(Member(name="y", temperature=0.1, **same)) is first
    assert await connect(member(**{**same, **other})) is not first


async def test_a_member_whose_key_or_address_was_corrected_gets_another_endpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-something")
    first = await connect(member("openai:m"))
    assert await connect(member("openai:m")) is first
    monkeypatch.setenv("OPENAI_API_KEY", "sk-something-else")
    second = await connect(member("openai:m"))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    third = await connect(member("openai:m"))
    assert len({first, second, third}) == 3
    assert "sk-something" not in repr(endpoints._open)


async def test_a_new_service_is_one_entry(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    from symposium.models.endpoints import Service

    monkeypatch.setitem(SERVICES, "house", Service(base_url=wire.openai, key="HOUSE_KEY"))
    monkeypatch.setitem(PROVIDERS, "house", PROVIDERS["openai"])
    monkeypatch.setenv("HOUSE_KEY", "sk-of-the-house")
    wire.model("m", "42")
    assert (await heard(member("house:m"))).text == "42"
    assert wire.calls[0].headers["authorization"] == "Bearer sk-of-the-house"


def test_the_table_imports_nothing_heavy() -> None:
    program = (
        "import sys, symposium.models.endpoints as e; e.PROVIDERS['openai']; e.ollama_url('box')\n"
        "print([name for name in ('aiohttp', 'openai', 'ollama', 'langchain', 'langchain_core', 'httpx', 'pydantic')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
