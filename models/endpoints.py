"""The providers, one entry each, and the endpoints opened through them in this process."""

import asyncio
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from symposium.ledger.records import ConfigurationError, nearest
from symposium.models.keys import CREDENTIALS, secret
from symposium.models.member import Member
from symposium.models.provider import Endpoint, Feature


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that speaks OpenAI's format: its base URL, and the environment variable with its key where it has one.

    Where the variable `address` is set, in the environment or in .env like a key, that is its base URL.
    """

    base_url: str
    key: str | None = None
    address: str | None = None


SERVICES: dict[str, Service] = {
    "openai": Service(base_url="https://api.openai.com/v1", key="OPENAI_API_KEY", address="OPENAI_BASE_URL"),
    "openrouter": Service(base_url="https://openrouter.ai/api/v1", key="OPENROUTER_API_KEY"),
    "groq": Service(base_url="https://api.groq.com/openai/v1", key="GROQ_API_KEY"),
    "deepseek": Service(base_url="https://api.deepseek.com/v1", key="DEEPSEEK_API_KEY"),
    "mistralai": Service(base_url="https://api.mistral.ai/v1", key="MISTRAL_API_KEY"),
    "together": Service(base_url="https://api.together.xyz/v1", key="TOGETHER_API_KEY"),
    "xai": Service(base_url="https://api.x.ai/v1", key="XAI_API_KEY"),
    "fireworks": Service(base_url="https://api.fireworks.ai/inference/v1", key="FIREWORKS_API_KEY"),
    "nvidia": Service(base_url="https://integrate.api.nvidia.com/v1", key="NVIDIA_API_KEY"),
    "vllm": Service(base_url="http://127.0.0.1:8000/v1"),
    "lmstudio": Service(base_url="http://127.0.0.1:1234/v1"),
    "llamacpp": Service(base_url="http://127.0.0.1:8080/v1"),
}


@dataclass(frozen=True, kw_only=True)
class Integration:
    """A provider of langchain's `init_chat_model`: its package, and the variable with its key where one is needed."""

    package: str
    key: str | None = None

    @property
    def module(self) -> str:
        """What is imported of the package."""
        return self.package.replace("-", "_")


INTEGRATIONS: dict[str, Integration] = {
    "anthropic": Integration(package="langchain-anthropic", key="ANTHROPIC_API_KEY"),
    "anthropic_bedrock": Integration(package="langchain-aws"),
    "azure_ai": Integration(package="langchain-azure-ai"),
    "azure_openai": Integration(package="langchain-openai", key="AZURE_OPENAI_API_KEY"),
    "baseten": Integration(package="langchain-baseten"),
    "bedrock": Integration(package="langchain-aws"),
    "bedrock_converse": Integration(package="langchain-aws"),
    "bedrock_mantle_anthropic": Integration(package="langchain-aws"),
    "bedrock_mantle_openai": Integration(package="langchain-aws"),
    "cohere": Integration(package="langchain-cohere"),
    "google_anthropic_vertex": Integration(package="langchain-google-vertexai"),
    "google_genai": Integration(package="langchain-google-genai", key="GOOGLE_API_KEY"),
    "google_vertexai": Integration(package="langchain-google-vertexai"),
    "huggingface": Integration(package="langchain-huggingface"),
    "ibm": Integration(package="langchain-ibm"),
    "langsmith": Integration(package="langchain-openai"),
    "litellm": Integration(package="langchain-litellm"),
    "meta": Integration(package="langchain-meta"),
    "perplexity": Integration(package="langchain-perplexity"),
    "upstage": Integration(package="langchain-upstage", key="UPSTAGE_API_KEY"),
}
EXTRA = "symposium[providers]"


def _gguf(member: Member) -> Endpoint:
    from symposium.models.zoo import bundled

    # xllamacpp loads only when a GGUF member is called
    if member.target in bundled():
        mind: Endpoint = import_module("symposium.models.zoo.mind").BundledMind(member.target)
        return mind
    endpoint: Endpoint = import_module("symposium.models.providers.gguf").GgufEndpoint(member.target)
    return endpoint


def _symbolic(member: Member) -> Endpoint:
    from symposium.models.providers import symbolic

    return symbolic.mind(member.target)


def _service(member: Member) -> Endpoint:
    module = import_module("symposium.models.providers.openai_wire")
    endpoint: Endpoint = module.OpenAIEndpoint(*_served(member, "chat/completions"))
    return endpoint


def _ollama(member: Member) -> Endpoint:
    module = import_module("symposium.models.providers.ollama_wire")
    endpoint: Endpoint = module.OllamaEndpoint(*_served(member, "api/chat"), context=member.context)
    return endpoint


def _served(member: Member, path: str) -> tuple[Any, ...]:  # Any: aiohttp loads only when such a member is called
    """What every endpoint over HTTP is made of: the model, its server, what is known of it, its own options."""
    wire, learnt = import_module("symposium.models.providers.wire"), import_module("symposium.models.capabilities")
    server = wire.Server(base_url(member), path, secret=_secret(member))
    return member.target, server, learnt.of(member.model, member.base_url), member.options


def _integration(member: Member) -> Endpoint:
    module = import_module("symposium.models.providers.chat_models")
    endpoint: Endpoint = module.ChatModelEndpoint(member, _secret(member))
    return endpoint


PROVIDERS: dict[str, Callable[[Member], Endpoint]] = {
    "gguf": _gguf,
    "symbolic": _symbolic,
    "ollama": _ollama,
    **dict.fromkeys(SERVICES, _service),
    **dict.fromkeys(INTEGRATIONS, _integration),
}

Wrap = Callable[[Member, Endpoint], Endpoint]
Key = tuple[str, str | None, str | None, int | None, str]
USUAL_PORTS = {"http": 80, "https": 443}
OLLAMA_HOST, OLLAMA_PORT = "OLLAMA_HOST", 11434

_open: dict[Key, Endpoint] = {}
_opening = threading.Lock()
_wraps: list[Wrap] = []


def base_url(member: Member) -> str:
    """Where a member's server is: its own base URL, else what the provider's variable says, else the provider's own.

    Raises:
        KeyError: the provider has none.
        ConfigurationError: the variable holds no address, or `.env` cannot be read.
    """
    if member.base_url:
        return member.base_url
    if member.provider == "ollama":
        return ollama_url(secret(OLLAMA_HOST))
    service = SERVICES[member.provider]
    named = secret(service.address) if service.address else None
    if service.address and named:
        _parts(named, service.address)
    return named or service.base_url


def address(member: Member) -> str | None:
    """Where a member's server is, None where its provider alone knows; raises ConfigurationError like `base_url`."""
    return base_url(member) if member.provider in (*SERVICES, "ollama") else member.base_url


def ollama_url(host: str | None = None) -> str:
    """Make a base URL of a host as OLLAMA_HOST gives it, such as `box`, `:8080`, `::1` or `https://box/ollama`.

    Raises:
        ConfigurationError: it is none.
    """
    host = host or ""
    whole = "://" in host
    parts = _parts(host if whole else f"http://{f'[{host}]' if _is_bare(host) else host}", OLLAMA_HOST)
    name = parts.hostname or "127.0.0.1"
    name = "127.0.0.1" if name == "0.0.0.0" else f"[{name}]" if ":" in name else name
    port = parts.port or (USUAL_PORTS[parts.scheme] if whole else OLLAMA_PORT)
    return f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}"


def _is_bare(host: str) -> bool:
    """Whether it is an IPv6 address without the brackets that a URL needs."""
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False


def _parts(url: str, variable: str) -> SplitResult:
    """The parts of the URL that a variable holds; what is wrong with it is told without the credentials in it."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in USUAL_PORTS and (parts.port or 0) >= 0 and not re.search(r"\s", parts.netloc):
            return parts
    shown = CREDENTIALS.sub("", url).removeprefix("http://")
    raise ConfigurationError(f"{variable}: '{shown}' is no address; write one such as http://127.0.0.1:8000")


def key_variable(member: Member) -> str | None:
    """Name the environment variable with a member's key, None where it needs none.

    A service's own key goes to its own address only: a member with another base URL names the variable itself.
    """
    if member.key or member.base_url:
        return member.key
    known: Service | Integration | None = SERVICES.get(member.provider) or INTEGRATIONS.get(member.provider)
    return known.key if known else None


def check_provider(member: Member) -> None:
    """Check that the member's provider exists and can be used here; nothing is called.

    Raises:
        ConfigurationError: names the provider and the known ones, the package or the key's variable that is missing, or
            the rules of a symbolic one.
    """
    if member.provider not in PROVIDERS:
        raise ConfigurationError(
            f"member '{member.name}': unknown provider '{member.provider}' in model '{member.model}'; "
            + nearest(member.provider, PROVIDERS)
        )
    if member.provider == "symbolic":
        _symbolic(member)
    if member.provider in INTEGRATIONS:
        _check_installed(member, INTEGRATIONS[member.provider])
    variable = key_variable(member)
    if variable and not secret(variable):
        raise ConfigurationError(f"member '{member.name}': no key: set {variable} in the environment or in .env")


def _check_installed(member: Member, integration: Integration) -> None:
    missing = [
        name
        for name, module in ((EXTRA, "langchain"), (integration.package, integration.module))
        if not find_spec(module)
    ]
    if missing:
        raise ConfigurationError(
            f"member '{member.name}': provider '{member.provider}' needs more packages: pip install "
            + " ".join(f'"{name}"' if "[" in name else name for name in missing)
        )


def _secret(member: Member) -> str | None:
    variable = key_variable(member)
    return secret(variable) if variable else None


async def connect(member: Member) -> Endpoint:
    """Open, or share, the endpoint of a member; opening may read files and happens in a thread.

    Raises:
        ConfigurationError: the provider is unknown, or a model file cannot be used.
    """
    opened = _open.get(_key(member))  # reads no more than the environment, and whether .env was written since
    return await asyncio.to_thread(_connect, member) if opened is None else opened


async def features(member: Member) -> frozenset[Feature]:
    """Tell what a member's endpoint can do beside answering.

    Raises:
        ConfigurationError: the provider is unknown, or a model file cannot be used.
    """
    return (await connect(member)).features


async def warm(members: Sequence[Member]) -> None:
    """Make the members' endpoints ready, one after the other, before the first of them speaks.

    llama.cpp starts a model by writing to what running requests of other models read. What fails here is told by the
    member's first call.
    """
    for member in members:
        with suppress(Exception):
            await (await connect(member)).warm()


def _connect(member: Member) -> Endpoint:
    check_provider(member)
    key = _key(member)
    with _opening:
        if key not in _open:
            endpoint = PROVIDERS[member.provider](member)
            for wrap in _wraps:
                endpoint = wrap(member, endpoint)
            _open[key] = endpoint
        return _open[key]


def _key(member: Member) -> Key:
    """What tells the endpoints of two members apart, also of one whose key or address has been corrected since.

    What a correction leaves behind may still be answering; `disconnect` closes it with the others.
    """
    options = json.dumps(member.options, sort_keys=True, default=str) if member.options else ""
    held = _secret(member)
    digest = hashlib.sha256(held.encode()).hexdigest() if held else None
    return member.model, address(member), digest, member.context, options


@contextmanager
def wrapped(wrap: Wrap) -> Iterator[None]:
    """Open every endpoint of this process through `wrap` for a while, such as one that records and replays replies.

    Gate, budget and events see no difference. What is open already stays as it is; `disconnect` before and after.
    """
    _wraps.append(wrap)
    try:
        yield
    finally:
        _wraps.remove(wrap)


async def disconnect() -> None:
    """Close every endpoint that this process opened."""
    while _open:
        _, endpoint = _open.popitem()
        await endpoint.aclose()
