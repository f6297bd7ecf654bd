"""The providers, one entry each, and the endpoints opened through them in this process."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module

from symposium.ledger.records import ConfigurationError, nearest
from symposium.models.member import Member
from symposium.models.provider import Endpoint, Feature


def _gguf(member: Member) -> Endpoint:
    from symposium.models.zoo import bundled

    # xllamacpp loads only when a GGUF member is called
    if member.target in bundled():
        mind: Endpoint = import_module("symposium.models.zoo.mind").BundledMind(member.target)
        return mind
    endpoint: Endpoint = import_module("symposium.models.gguf").GgufEndpoint(member.target)
    return endpoint


def _symbolic(member: Member) -> Endpoint:
    from symposium.models import symbolic

    return symbolic.mind(member.target)


PROVIDERS: dict[str, Callable[[Member], Endpoint]] = {
    "gguf": _gguf,
    "symbolic": _symbolic,
}

Wrap = Callable[[Member, Endpoint], Endpoint]

_open: dict[tuple[str, str | None], Endpoint] = {}
_opening = threading.Lock()
_wraps: list[Wrap] = []


def check_provider(member: Member) -> None:
    """Check that the member's provider exists, and its rules where it is a symbolic one.

    Raises:
        ConfigurationError: names the provider and the known ones.
    """
    if member.provider not in PROVIDERS:
        raise ConfigurationError(
            f"member '{member.name}': unknown provider '{member.provider}' in model '{member.model}'; "
            + nearest(member.provider, PROVIDERS)
        )
    if member.provider == "symbolic":
        _symbolic(member)


async def connect(member: Member) -> Endpoint:
    """Open, or share, the endpoint of a member; opening may read files and happens in a thread.

    Raises:
        ConfigurationError: the provider is unknown, or a model file cannot be used.
    """
    opened = _open.get(_key(member))
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
    with _opening:
        if _key(member) not in _open:
            endpoint = PROVIDERS[member.provider](member)
            for wrap in _wraps:
                endpoint = wrap(member, endpoint)
            _open[_key(member)] = endpoint
        return _open[_key(member)]


def _key(member: Member) -> tuple[str, str | None]:
    return member.model, member.base_url


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
