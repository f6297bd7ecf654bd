"""Every member that is known, with what can be told of it without calling it."""

from collections.abc import Iterable
from typing import Any

from typing_extensions import TypedDict

from symposium.ledger.records import ConfigurationError
from symposium.models.member import Member


class Price(TypedDict):
    """US dollars per million tokens, and where the figures come from."""

    input: float
    output: float
    source: str


class Standing(TypedDict):
    """A member as `symposium models` tells of it; None is unknown, `problem` says why it is not `ready`."""

    name: str
    model: str
    family: str
    parameters: int | None
    bytes: int | None
    context: int | None
    reliability: float | None
    price: Price | None
    good_at: list[str]
    ready: bool
    problem: str | None


def standings(members: Iterable[Member]) -> list[Standing]:
    """Tell of each member."""
    return [standing(member) for member in members]


def standing(member: Member) -> Standing:
    """Tell of one member; a GGUF file's header is read for it."""
    wrong, facts = problem(member), _file_facts(member)
    price = member.price
    return Standing(
        name=member.name,
        model=member.model,
        family=member.family,
        parameters=facts.get("parameters"),
        bytes=facts.get("bytes"),
        context=member.context or facts.get("context"),
        reliability=member.reliability,
        price=Price(input=price.input, output=price.output, source=price.source) if price else None,
        good_at=list(member.good_at),
        ready=wrong is None,
        problem=wrong,
    )


def problem(member: Member) -> str | None:
    """Say why the member cannot be asked; None where nothing speaks against it."""
    from symposium.models.endpoints import check_provider

    try:
        check_provider(member)
        if member.provider == "gguf":
            _file(member)
    except ConfigurationError as error:
        return str(error)
    return None


def _file(member: Member) -> Any:  # the header, whose type would load with the module
    from symposium.models.gguf_file import inspect
    from symposium.models.zoo import find

    return inspect(find(member.target))


def _file_facts(member: Member) -> dict[str, int]:
    if member.provider != "gguf":
        return {}
    try:
        header = _file(member)
    except ConfigurationError:
        return {}
    return {"parameters": header.parameters, "bytes": header.size, "context": header.context}
