"""Who can be asked where nothing is configured: models of providers whose keys are here, else those of an Ollama."""

import asyncio
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from symposium.models.endpoints import INTEGRATIONS, OLLAMA_HOST, SERVICES, key_variable, ollama_url
from symposium.models.families import family_of
from symposium.models.keys import secret
from symposium.models.member import Member
from symposium.models.prices import ELSEWHERE


@dataclass(frozen=True, kw_only=True)
class Hosted:
    """A provider: the variables that may hold its key, and models by the names given to them here.

    The first model is the one to ask where there are others beside it, the last one is cheap. With a `base_url` its
    models are reached there in OpenAI's format, since its own needs a further package.
    """

    name: str
    provider: str
    keys: tuple[str, ...]
    models: tuple[tuple[str, str], ...]
    base_url: str | None = None


HOSTED = (
    Hosted(
        name="OpenAI",
        provider="openai",
        keys=("OPENAI_API_KEY",),
        models=(("gpt", "gpt-6.1-terra"), ("gpt-small", "gpt-6-luna")),
    ),
    Hosted(
        name="Anthropic",
        provider="openai",
        keys=("ANTHROPIC_API_KEY",),
        models=(("claude", "claude-sonnet-5-5"), ("claude-small", "claude-haiku-5-5")),
        base_url="https://api.anthropic.com/v1",
    ),
    Hosted(
        name="Google",
        provider="openai",
        keys=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        models=(("gemini", "gemini-3.8-flash"), ("gemini-small", "gemini-3.5-flash-lite")),
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
    ),
    Hosted(
        name="Mistral",
        provider="mistralai",
        keys=("MISTRAL_API_KEY",),
        models=(("mistral", "mistral-large-4"), ("mistral-small", "mistral-small-latest")),
    ),
    Hosted(
        name="DeepSeek",
        provider="deepseek",
        keys=("DEEPSEEK_API_KEY",),
        models=(("deepseek", "deepseek-v4-pro"), ("deepseek-small", "deepseek-flash")),
    ),
    Hosted(
        name="xAI",
        provider="xai",
        keys=("XAI_API_KEY",),
        models=(("grok", "grok-4.7"), ("grok-small", "grok-4-1-fast-non-reasoning")),
    ),
    Hosted(
        name="OpenRouter",
        provider="openrouter",
        keys=("OPENROUTER_API_KEY",),
        models=(
            ("router-gpt", "openai/gpt-6.1-terra"),
            ("router-gemini", "google/gemini-3.8-flash"),
            ("router-deepseek", "deepseek/deepseek-v4.1-flash"),
        ),
    ),
    Hosted(
        name="Groq",
        provider="groq",
        keys=("GROQ_API_KEY",),
        models=(("oss", "openai/gpt-oss-120b"), ("oss-small", "openai/gpt-oss-20b")),
    ),
    Hosted(
        name="Together",
        provider="together",
        keys=("TOGETHER_API_KEY",),
        models=(("kimi", "moonshotai/Kimi-K3.1-Pro"), ("qwen", "Qwen/Qwen3.8-Flash")),
    ),
)
"""The best known first. Models looked up in genai-prices 0.2.3 on 2026-11-20."""

MOST = 4  # members: more of them add little
MOST_LOCAL = 3  # models of one machine, which has to hold them
PATIENCE = 0.3  # seconds for an Ollama to take the connection, and again to answer; twice as long in all
LONGEST = 1 << 22  # bytes of an answer
FRESH = 60.0  # seconds for which an Ollama's models are not asked for again
NO_CHAT = re.compile(r"embed|rerank|bge-|minilm|bert", re.I)  # models that answer nothing


@dataclass(frozen=True)
class Found:
    """The members that were found, none or more, and whose they are in words."""

    members: tuple[Member, ...] = ()
    whose: str = ""


@dataclass(frozen=True)
class Tag:
    """A model of an Ollama."""

    name: str
    size: int = 0


_seen: dict[str, tuple[float, tuple[Tag, ...] | None]] = {}


def found() -> Found:
    """Find whom to ask: by the keys that are here, else among an Ollama's models.

    On a running event loop no Ollama is looked for, since that blocks; what `look` saw a while before counts.

    Raises:
        ConfigurationError: `.env` cannot be read, or OLLAMA_HOST is no address.
    """
    return _by_keys() or _of_ollama(ollama()) or Found()


async def look() -> None:
    """Look for an Ollama without blocking the event loop, where no key is here."""
    if not _by_keys():
        await asyncio.to_thread(_look, _ollama_url())


def seen() -> bool:
    """Say whether an Ollama was looked for a short while ago."""
    return _known(_ollama_url())


def keyed() -> list[str]:
    """Name the variables that hold a key of some provider, the best known first.

    Raises:
        ConfigurationError: `.env` cannot be read.
    """
    known = [service.key for service in SERVICES.values()] + [integration.key for integration in INTEGRATIONS.values()]
    names = dict.fromkeys([*(key for hosted in HOSTED for key in hosted.keys), *filter(None, known)])
    return [name for name in names if secret(name)]


def ollama() -> tuple[Tag, ...] | None:
    """The models of the Ollama that is meant here, the latest first; None where it cannot be reached.

    Raises:
        ConfigurationError: `.env` cannot be read, or OLLAMA_HOST is no address.
    """
    url = _ollama_url()
    if _known(url) or _on_loop():
        return _seen.get(url, (0.0, None))[1]
    return _look(url)


def ollama_address() -> str:
    """Where an Ollama is meant to be, as OLLAMA_HOST says, else on this machine."""
    return _ollama_url().removeprefix("http://")


def _ollama_url() -> str:
    return ollama_url(secret(OLLAMA_HOST))


def _by_keys() -> Found | None:
    """One model of each provider whose key is here; all of one that stands alone."""
    held = [(hosted, key) for hosted in HOSTED if (key := next(filter(_usable, hosted.keys), None))]
    if not held:
        return None
    chosen = [(hosted, key, model) for hosted, key in held for model in hosted.models[: None if len(held) == 1 else 1]]
    members = tuple(_hosted(hosted, key, *model) for hosted, key, model in chosen[:MOST])
    keys = ", ".join(dict.fromkeys(key for _, key, _ in chosen[:MOST]))
    return Found(members, f"by {keys}")


def _usable(key: str) -> bool:
    """Say whether a key is here, and leads where its provider is."""
    return secret(key) is not None and not (key == "OPENAI_API_KEY" and secret("OPENAI_BASE_URL"))


def _hosted(hosted: Hosted, key: str, name: str, model: str) -> Member:
    member = Member(name=name, model=f"{hosted.provider}:{model}", base_url=hosted.base_url, family=family_of(model))
    return member if key_variable(member) == key else replace(member, key=key)


def _of_ollama(tags: Sequence[Tag] | None) -> Found | None:
    """The latest model of each family."""
    latest: dict[str, Tag] = {}
    for tag in tags or ():
        if not (NO_CHAT.search(tag.name) or tag.name.endswith(ELSEWHERE)):
            latest.setdefault(family_of(tag.name) or tag.name, tag)
    targets = [tag.name.removesuffix(":latest") for tag in list(latest.values())[:MOST_LOCAL]]
    common = Counter(map(_short, targets))
    members = [_local(target, _short(target) if common[_short(target)] == 1 else _long(target)) for target in targets]
    return Found(tuple(members), f"of Ollama at {ollama_address()}") if members else None


def _short(target: str) -> str:
    return _long(target.rpartition("/")[2])


def _long(target: str) -> str:
    return target.replace(":", "-")


def _local(target: str, name: str) -> Member:
    return Member(name=name, model=f"ollama:{target}", family=family_of(target))


def _known(url: str) -> bool:
    return url in _seen and time.monotonic() - _seen[url][0] < FRESH


def _on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _look(url: str) -> tuple[Tag, ...] | None:
    """Ask in a thread of its own: nothing else bounds the look-up of a name, or an answer that comes byte by byte."""
    answers: SimpleQueue[tuple[Tag, ...] | None] = SimpleQueue()
    threading.Thread(target=lambda: answers.put(_answer(url)), name="looking for Ollama", daemon=True).start()
    try:
        tags = answers.get(timeout=2 * PATIENCE)
    except Empty:
        tags = None
    _seen[url] = time.monotonic(), tags
    return tags


def _answer(url: str) -> tuple[Tag, ...] | None:
    try:
        return tuple(_tags(_asked(url)))
    except (OSError, ValueError, RecursionError):
        return None


def _asked(url: str) -> Any:  # Any: what a foreign server answers
    parts = urlsplit(url)
    place = (parts.hostname or "", parts.port or 80)
    socket.create_connection(place, timeout=PATIENCE).close()  # mostly there is none, and no client needs loading

    from http import HTTPStatus
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    connection = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(*place, timeout=PATIENCE)
    try:
        connection.request("GET", f"{parts.path}/api/tags", headers={"Connection": "close"})
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            raise ValueError(f"status {response.status}")
        return json.loads(response.read(LONGEST))
    except HTTPException as error:
        raise ValueError(str(error)) from error
    finally:
        connection.close()


def _tags(told: Any) -> Iterable[Tag]:
    """The models in an answer of /api/tags, which lists the latest first; nothing of what is no such answer."""
    listed = told.get("models") if isinstance(told, dict) else None
    for model in listed if isinstance(listed, list) else ():
        name = model.get("model") or model.get("name") if isinstance(model, dict) else None
        if isinstance(name, str) and not model.get("remote_host"):
            size = model.get("size")
            yield Tag(name, size if isinstance(size, int) else 0)
