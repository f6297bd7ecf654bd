"""What members cost, told offline: the file's own figures, else those of genai-prices; unknown stays unknown."""

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from symposium.models.budget import Price
from symposium.models.endpoints import address
from symposium.models.member import Member

LOCAL = Price(input=0.0, output=0.0, source="runs on this machine")
IN_PROCESS = ("gguf", "symbolic")
NAMES_OF_HERE = ("localhost", "host.docker.internal")
ELSEWHERE = ("-cloud", ":cloud")  # how Ollama marks a model that it passes on to a service
RUNNERS = ("ollama", "vllm", "lmstudio", "llamacpp")  # servers that run models, where others may be proxies


def priced(member: Member) -> Member:
    """Fill in what the model's name tells of price and context and is not configured; nothing where that is unknown."""
    if member.price is not None and member.context is not None:
        return member
    if is_local(member):
        return replace(member, price=member.price or LOCAL)
    price, context = _hosted(member.provider, member.target, address(member))
    return replace(member, price=member.price or price, context=member.context or context)


def is_local(member: Member) -> bool:
    """Say whether the member's model runs on this machine, so that its calls cost nothing.

    What a provider sells under that name is taken to be reached through a proxy here, unless the server is a runner.
    """
    if member.provider in IN_PROCESS:
        return True
    if member.target.endswith(ELSEWHERE):
        return False
    url = address(member)
    return url is not None and _is_here(url) and (member.provider in RUNNERS or not _is_sold(member.target))


def _is_sold(model: str) -> bool:
    """Whether a provider sells a model of that name; routers write the provider's name before it."""
    return any(_hosted(None, name, None) != (None, None) for name in {model, model.rpartition("/")[2]})


@lru_cache(maxsize=256)
def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return (found := ipaddress.ip_address(host)).is_loopback or found.is_unspecified
    except ValueError:
        return host in NAMES_OF_HERE


@cache
def _hosted(provider: str | None, model: str, url: str | None) -> tuple[Price | None, int | None]:
    """Price and context (tokens) of a hosted model, None where genai-prices does not know them."""
    from genai_prices import __version__  # .15 s to import, and nothing without hosted members needs it
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, found = get_snapshot().find_provider_model(model, None, None if url else provider, url)
    except LookupError:
        return None, None
    return _price(found.get_prices(datetime.now(tz=UTC)), f"genai-prices {__version__}"), found.context_window


def _price(figures: Any, source: str) -> Price | None:  # Any: its fields are set by name and declared nowhere
    least, starts = {}, []
    for ours, theirs in (("input", "input_mtok"), ("output", "output_mtok"), ("cached", "cache_read_mtok")):
        figure = getattr(figures, theirs, None)
        starts += [tier.start for tier in getattr(figure, "tiers", ())]
        least[ours] = getattr(figure, "base", figure)
    if least["input"] is None or least["output"] is None:
        return None
    dear = f", for prompts of up to {min(starts):,} tokens" if starts else ""
    cached = None if least["cached"] is None else float(least["cached"])
    return Price(input=float(least["input"]), output=float(least["output"]), cached=cached, source=f"{source}{dear}")
