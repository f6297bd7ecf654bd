"""Every member that is known, with what can be told of it without calling it."""

from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import TypedDict

from symposium.ledger.records import ConfigurationError, SymposiumError
from symposium.models.member import Member
from symposium.models.provider import Feature
from symposium.models.settings import Settings


class Price(TypedDict):
    """US dollars per million tokens, and where the figures come from; `cached` is None where it is as `input`."""

    input: float
    output: float
    cached: float | None
    source: str


class Together(TypedDict):
    """What members are worth together: about so many independent `votes`, by the `correlation` of their errors.

    That was measured on `questions` with known answers; `pairs` of the `members` are known.
    """

    members: list[str]
    pairs: int
    questions: int
    correlation: float
    votes: float


class Standing(TypedDict):
    """A member as `symposium models` tells of it; None is unknown, `problem` says why it is not `ready`.

    `together` tells of those who are asked where nobody is named, if the member is one of them.
    """

    name: str
    model: str
    provider: str
    family: str
    parameters: int | None
    bytes: int | None
    context: int | None
    reliability: float | None
    price: Price | None
    good_at: list[str]
    can: dict[Feature, bool | None]
    ready: bool
    problem: str | None
    together: Together | None


def known(settings: Settings) -> list[Member]:
    """Everyone who can be named: the configured, those who were found where nobody is, then the bundled minds."""
    from symposium.models.discovery import found
    from symposium.models.prices import priced

    others = {} if settings.configured else {member.name: member for member in found().members}
    first = {name: settings.members[name] for name in settings.configured}
    return [priced(member) for member in (others | first | dict(settings.members)).values()]


def standings(members: Iterable[Member]) -> list[Standing]:
    """Tell of each member."""
    return [standing(member) for member in members]


def standing(member: Member, *, can: Mapping[Feature, bool | None] | None = None, wrong: str | None = None) -> Standing:
    """Tell of one member; a GGUF file's header is read for it. A probe tells what it `can` or what is `wrong`."""
    from symposium.models import capabilities

    wrong, facts, price = wrong or problem(member), _file_facts(member), member.price
    return Standing(
        name=member.name,
        model=member.model,
        provider=member.provider,
        family=member.family,
        parameters=facts.get("parameters"),
        bytes=facts.get("bytes"),
        context=member.context or facts.get("context"),
        reliability=member.reliability,
        price=Price(input=price.input, output=price.output, cached=price.cached, source=price.source)
        if price
        else None,
        good_at=list(member.good_at),
        can=dict(capabilities.known(member) if can is None else can),
        ready=wrong is None,
        problem=wrong,
        together=None,
    )


def together(settings: Settings) -> Together | None:
    """Tell what those are worth together who are asked where nobody is named; None where that is not known."""
    from symposium.models.measured import together as measured
    from symposium.models.settings import cast

    try:
        panel = cast(settings)
    except SymposiumError:  # nobody can be asked so
        return None
    found = measured(panel, settings.files)
    if found is None:
        return None
    return Together(
        members=[member.name for member in panel],
        pairs=found.pairs,
        questions=found.questions,
        correlation=round(found.correlation, 3),
        votes=round(found.votes, 2),
    )


def joined(found: Iterable[Standing], panel: Together | None) -> list[Standing]:
    """Tell of each member of a panel what the panel is worth."""
    return [{**one, "together": panel if panel and one["name"] in panel["members"] else None} for one in found]


def problem(member: Member) -> str | None:
    """Say why the member cannot be asked; None where nothing speaks against it."""
    from symposium.models.endpoints import check_provider

    try:
        check_provider(member)
        if member.provider == "gguf":
            _file(member)
    except ConfigurationError as error:
        return str(error)
    return missing(member) if member.provider == "ollama" and member.base_url is None else None


def missing(member: Member) -> str | None:
    """Say what to do where a model of Ollama, or Ollama itself, is not there."""
    from symposium.models.discovery import ollama, ollama_address

    tags = ollama()
    if tags is None:
        return f"no Ollama at {ollama_address()}: get it from https://ollama.com and start it with `ollama serve`"
    if {member.target, f"{member.target}:latest"} & {tag.name for tag in tags}:
        return None
    return f"Ollama at {ollama_address()} has no model '{member.target}': get it with `ollama pull {member.target}`"


def _file(member: Member) -> Any:  # the header, whose type would load with the module
    from symposium.models.providers.gguf_file import inspect
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
