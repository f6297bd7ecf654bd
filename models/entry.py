"""The tables of symposium.toml: `[member.NAME]` with the member that it makes, and `[persona.NAME]`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from symposium.models.budget import Price
from symposium.models.demands import HOW_KEYS, SECRET, WRONG
from symposium.models.families import family_of
from symposium.models.keys import carries_secret, looks_secret, names_secret
from symposium.models.member import Member

FILE = "symposium.toml"


def _variable(name: str) -> str:
    """A name of an environment variable, and no key."""
    if looks_secret(name) or not (name.isidentifier() and name == name.upper()):
        raise PydanticCustomError(SECRET, f"must be the name of an environment variable; {HOW_KEYS}")
    return name


def _address(url: str) -> str:
    if carries_secret(url):
        raise PydanticCustomError(SECRET, f"holds a secret; {HOW_KEYS}")
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url


def _harmless(options: dict[str, Any]) -> dict[str, Any]:
    for name, value in _leaves(options):
        if isinstance(value, str) and (names_secret(name) or looks_secret(value)):
            raise PydanticCustomError(SECRET, "'{name}' holds a secret; {how}", {"name": name, "how": HOW_KEYS})
    return options


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """What a table holds at any depth, each with the name it stands under."""
    if isinstance(value, Mapping):
        for key, held in value.items():
            yield from _leaves(held, str(key))
    elif isinstance(value, list):
        for held in value:
            yield from _leaves(held, name)
    else:
        yield name, value


class MemberEntry(BaseModel):
    """`[member.NAME]` of the file; prices are US dollars per million tokens."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(pattern=r"^[a-z][a-z0-9_-]*:.+$")
    family: str | None = None
    base_url: Annotated[str, AfterValidator(_address)] | None = None
    key: Annotated[str, AfterValidator(_variable)] | None = None
    context: int | None = Field(None, gt=0)
    reliability: float | None = Field(None, gt=0, lt=1, allow_inf_nan=False)
    good_at: tuple[str, ...] = ()
    instructions: str = ""
    prompt: str | None = None
    temperature: float = Field(0.7, ge=0, le=2, allow_inf_nan=False)
    first_greedy: bool = True
    top_p: float = Field(1.0, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int = Field(1024, gt=0)
    timeout: float | None = Field(None, gt=0, allow_inf_nan=False)
    at_once: int | None = Field(None, gt=0)
    options: Annotated[dict[str, Any], AfterValidator(_harmless)] = Field(default_factory=dict)
    price_input: float | None = Field(None, ge=0, allow_inf_nan=False)
    price_output: float | None = Field(None, ge=0, allow_inf_nan=False)
    price_cached: float | None = Field(None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _priced_whole(self) -> Self:
        if (self.price_input is None) != (self.price_output is None):
            raise PydanticCustomError(WRONG, "'price_input' and 'price_output' go together")
        if self.price_cached is not None and self.price_input is None:
            raise PydanticCustomError(WRONG, "'price_cached' goes with 'price_input' and 'price_output'")
        return self

    def member(self, name: str) -> Member:
        """Build the member of that name; what its model alone tells is filled in."""
        values = self.model_dump(exclude={"family", "price_input", "price_output", "price_cached"})
        family = family_of(self.model) if self.family is None else self.family
        return Member(name=name, family=family, price=self._price(), **values)

    def _price(self) -> Price | None:
        """The price that stands in the file; what is known elsewhere is looked up for those who are asked."""
        if self.price_input is None or self.price_output is None:
            return None
        return Price(input=self.price_input, output=self.price_output, cached=self.price_cached, source=FILE)


class PersonaEntry(BaseModel):
    """`[persona.NAME]` of the file: a part to play in a debate, by what is told to whoever plays it."""

    model_config = ConfigDict(extra="forbid")

    instructions: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
