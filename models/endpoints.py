"""The providers, one entry each, and the endpoints opened through them in this process."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

from symposium.ledger.records import ConfigurationError, nearest
from symposium.models.member import Member
from symposium.models.provider import Endpoint


def _gguf(member: Member) -> Endpoint:
    module = import_module("symposium.models.gguf")  # xllamacpp loads only when a GGUF member is called
    endpoint: Endpoint = module.GgufEndpoint(member.target)
    return endpoint


PROVIDERS: dict[str, Callable[[Member], Endpoint]] = {
    "gguf": _gguf,
}

_open: dict[tuple[str, str | None], Endpoint] = {}
_opening = threading.Lock()


def check_provider(member: Member) -> None:
    """Check that the member's provider exists.

    Raises:
        ConfigurationError: names the provider and the known ones.
    """
    if member.provider not in PROVIDERS:
        raise ConfigurationError(
            f"member '{member.name}': unknown provider '{member.provider}' in model '{member.model}'; "
            + nearest(member.provider, PROVIDERS)
        )


async def connect(member: Member) -> Endpoint:
    """Open, or share, the endpoint of a member; opening may read files and happens in a thread.

    Raises:
        ConfigurationError: the provider is unknown, or a model file cannot be used.
    """
    opened = _open.get(_key(member))
    return await asyncio.to_thread(_connect, member) if opened is None else opened


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
    with _opening:
        if _key(member) not in _open:
            _open[_key(member)] = PROVIDERS[member.provider](member)
        return _open[_key(member)]


def _key(member: Member) -> tuple[str, str | None]:
    return member.model, member.base_url


async def disconnect() -> None:
    """Close every endpoint that this process opened."""
    while _open:
        _, endpoint = _open.popitem()
        await endpoint.aclose()
