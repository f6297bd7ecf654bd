"""Settings: `symposium.toml`, environment and flags, read at the start of a run, each value with its origin."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_config_path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from symposium.ledger.records import ConfigurationError, UsageError, nearest
from symposium.models.budget import Price
from symposium.models.member import Member
from symposium.tools.calibration import Isotonic

FILE = "symposium.toml"
PREFIX = "SYMPOSIUM_"
RuleName = Literal["plurality", "probability", "reliability", "confidence"]
ScorerName = Literal["agreement", "confidence", "judge", "verifier"]
AggregationName = Literal["synthesis", "selection", "voting", "fusion"]
PanelName = Literal["quality_band", "diverse", "all", "cheapest"]


def items(text: str) -> list[str]:
    """Take a list with commas apart; a comma within parentheses belongs to its item."""
    return [item.strip() for item in re.split(r",(?![^()]*\))", text)]


def _several(value: object) -> object:
    """A list as the environment or a person writes it, and a single number for a list of one."""
    if isinstance(value, bool):
        raise ValueError("must be a list")
    if isinstance(value, str):
        return items(value)
    return (value,) if isinstance(value, int | float) else value


Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Stages = Annotated[tuple[str, ...], BeforeValidator(_several)]
Thresholds = Annotated[tuple[Chance, ...], BeforeValidator(_several)]


FEW_SAMPLES, MANY_MEMBERS = 3, 3  # one member's samples differ less than three members do


class Choices(BaseModel):
    """What a run may be asked with; every surface and every preset sets some of these."""

    model_config = ConfigDict(extra="forbid", strict=False)

    graph: str = Field("vote", description="which graph answers")
    members: tuple[str, ...] = Field(
        (), description="who is asked; empty: the members configured below, else the bundled minds"
    )
    samples: int | None = Field(
        None, ge=1, le=64, description="answers per member in a vote; none: 3, or 1 of each where three or more vote"
    )
    rule: RuleName = Field("confidence", description="how ballots are weighted")
    window: int = Field(4, ge=1, le=64, description="samples of a vote in flight at once")
    stages: Stages = Field(
        (), description="of a cascade, from cheap to strong: members, or graphs as in vote(a,b); empty: by cost"
    )
    thresholds: Thresholds = Field(
        (), description="up to which score a cascade asks on: one, or one per stage but the last; empty: 0.9"
    )
    scorer: ScorerName = Field("confidence", description="what a cascade goes by")
    judge: str | None = Field(None, description="the member that judges the stages of a cascade; none: the strongest")
    critic: str = Field("symbolic:arithmetic", description="the member that criticises a draft under repair")
    rounds: int = Field(4, ge=1, le=16, description="revisions of a draft under repair at most")
    proposer_models: tuple[str, ...] = Field(
        (), description="who drafts in a mixture of agents; empty: the panel, chosen from the members"
    )
    aggregator_model: str | None = Field(None, description="who makes one answer of the drafts; none: the strongest")
    num_proposals_per_model: int = Field(1, ge=1, le=64, description="drafts of each proposer in each layer")
    aggregation_strategy: AggregationName = Field("synthesis", description="how drafts become one answer")
    use_specialized_prompts: bool = Field(False, description="tell each proposer its own instructions or strengths")
    layers: int = Field(1, ge=1, le=4, description="layers of a mixture of agents; the next one reads the last one")
    panel: PanelName = Field("quality_band", description="which members propose where none are named")
    panel_size: int = Field(4, ge=1, le=16, description="how many members propose at most where none are named")
    aggregation_window: int | None = Field(
        None, ge=2, le=64, description="drafts that the aggregator reads at once, sliding on; none: all"
    )
    fuse_top_k: int | None = Field(None, ge=1, le=64, description="of a fusion: rank first, and fuse the best so many")
    fusion_prompt: str | None = Field(None, description="of a fusion: your own instructions to the aggregator")
    analyse: bool = Field(False, description="find out where the drafts disagree before they are aggregated")
    keep_best: bool = Field(False, description="let a judge keep the best draft where the aggregate is not better")
    quorum: int | None = Field(None, ge=1, le=64, description="drafts after which the others are not waited for")
    patience: float | None = Field(
        None, ge=1, le=100, allow_inf_nan=False, description="wait at most so many times the second fastest; none: all"
    )
    fallbacks: tuple[str, ...] = Field(
        (), description="who stands in where a judge or aggregator fails; empty: the other members, strongest first"
    )
    hedge: bool = Field(False, description="ask again where a call takes longer than nine of ten of that member's")
    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False, description="overrides every member's own")
    seed: int | None = Field(None, ge=0, lt=2**31, description="makes scripted and local members repeatable")
    budget: float | None = Field(None, ge=0, allow_inf_nan=False, description="US dollars at most")
    max_calls: int | None = Field(None, ge=0, description="wire attempts at most")
    max_tokens: int | None = Field(None, ge=0, description="tokens in and out at most")
    timeout: float | None = Field(120.0, gt=0, allow_inf_nan=False, description="seconds at most")
    allow_unpriced: bool = Field(False, description="let members without a known price run under a money budget")
    record_prompts: bool = Field(False, description="write prompts into the ledger")

    def samples_of(self, members: int) -> int:
        """How often each of so many members is asked in a vote."""
        return self.samples or (FEW_SAMPLES if members < MANY_MEMBERS else 1)


class MemberEntry(BaseModel):
    """`[member.NAME]` of the file; prices are US dollars per million tokens."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(pattern=r"^[a-z][a-z0-9_-]*:.+$")
    family: str = ""
    base_url: str | None = None
    context: int | None = Field(None, gt=0)
    reliability: float | None = Field(None, gt=0, lt=1, allow_inf_nan=False)
    good_at: tuple[str, ...] = ()
    prompt: str | None = None
    temperature: float = Field(0.7, ge=0, le=2, allow_inf_nan=False)
    first_greedy: bool = True
    top_p: float = Field(1.0, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int = Field(1024, gt=0)
    timeout: float | None = Field(None, gt=0, allow_inf_nan=False)
    instructions: str = ""
    key: str | None = Field(None, pattern=r"^[A-Z][A-Z0-9_]*$")
    at_once: int | None = Field(None, gt=0)
    options: dict[str, Any] = Field(default_factory=dict)
    price_input: float | None = Field(None, ge=0, allow_inf_nan=False)
    price_output: float | None = Field(None, ge=0, allow_inf_nan=False)

    def member(self, name: str) -> Member:
        """Build the member of that name."""
        values = self.model_dump(exclude={"price_input", "price_output"})
        return Member(name=name, price=self._price(), **values)

    def _price(self) -> Price | None:
        if self.price_input is None or self.price_output is None:
            return _price_of(self.model)
        return Price(input=self.price_input, output=self.price_output, source=FILE)


HERE = ("asked for", "default")  # origins that are no file, preset or variable
LOCAL = Price(input=0.0, output=0.0, source="runs on this machine")


def _price_of(model: str) -> Price | None:
    return LOCAL if model.startswith(("gguf:", "symbolic:")) else None


@dataclass(frozen=True)
class Settings:
    """The merged settings of a run: choices, members by name, presets, and where each choice came from.

    `members` are the bundled minds and those that the files configure; `configured` names the latter.
    """

    choices: Choices
    members: Mapping[str, Member]
    presets: Mapping[str, Mapping[str, Any]]
    origins: Mapping[str, str]
    configured: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    ledger: Path | None = None


@dataclass
class _Layers:
    """Choices as they pile up, the later layer winning."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def lay(self, values: Mapping[str, Any], origin: str) -> None:
        for key, value in values.items():
            self.values[key] = value
            self.origins[key] = origin


def load(*, preset: str | None = None, flags: Mapping[str, Any] | None = None, folder: Path | None = None) -> Settings:
    """Read and merge defaults, the user's file, the project's file, environment, preset and flags, in that order.

    Raises:
        ConfigurationError: a file or environment variable holds something that cannot be used.
        UsageError: the preset or a flag's value is not a valid choice.
    """
    layers, configured, ledger = _Layers(), dict[str, Member](), None
    presets: dict[str, Mapping[str, Any]] = {}
    files = tuple(path for path in _places(folder or Path()) if path.is_file())
    for path in files:
        table = _read(path)
        configured |= {name: _entry(name, entry, path).member(name) for name, entry in _tables(table, "member", path)}
        presets |= dict(_tables(table, "preset", path))
        ledger = _ledger(table, path) or ledger
        layers.lay(_checked(table, str(path)), str(path))
    for name, values in presets.items():
        _checked(values, f"preset '{name}'")
    layers.lay(_from_environment(), "environment")
    if preset is not None:
        layers.lay(_preset(preset, presets), f"preset '{preset}'")
    choices = _choices(layers, {k: v for k, v in (flags or {}).items() if v is not None})
    origins = {name: layers.origins.get(name, "default") for name in Choices.model_fields}
    members = _bundled_members() | configured
    return Settings(choices, members, presets, origins, tuple(configured), files, ledger)


def cast(settings: Settings, names: tuple[str, ...] = (), *, lineup: str = "team") -> tuple[Member, ...]:
    """Say who is asked: the named members, else the chosen ones, else all configured ones, else a bundled line-up.

    A name with a colon, such as `gguf:/models/a.gguf`, is a model of its own.

    Raises:
        UsageError: a name is unknown or stands twice.
        ConfigurationError: nobody is there to be asked.
    """
    asked = names or settings.choices.members or _default_cast(settings, lineup)
    if not asked:
        raise ConfigurationError("no member to ask: the bundled minds are missing and symposium.toml names none")
    if len(set(asked)) < len(asked):
        raise UsageError(f"a member stands twice in '{','.join(asked)}'; ask it more often with --samples")
    return tuple(_named(name, settings) for name in asked)


def _named(name: str, settings: Settings) -> Member:
    if name in settings.members:
        return settings.members[name]
    if ":" in name:
        return _of_model(name)
    raise UsageError(f"unknown member '{name}'; {nearest(name, settings.members)}")


def _of_model(model: str) -> Member:
    from symposium.models.endpoints import check_provider

    family = "symbolic" if model.startswith("symbolic:") else ""
    member = Member(name=model, model=model, family=family, price=_price_of(model))
    try:
        check_provider(member)
    except ConfigurationError as error:
        raise UsageError(str(error)) from error
    return member


@contextmanager
def traced(settings: Settings, choice: str) -> Iterator[None]:
    """Within it a choice that cannot be used is blamed on the place that made it.

    Raises:
        UsageError: it was asked for, or is the default.
        ConfigurationError: it is configured; names the place.
    """
    try:
        yield
    except UsageError as error:
        origin = settings.origins[choice]
        if origin in HERE:
            raise
        raise ConfigurationError(f"{origin}: {error}") from error


def _default_cast(settings: Settings, lineup: str) -> tuple[str, ...]:
    """The members of the files, as they stand there; without any those bundled minds that play together so."""
    from symposium.models import zoo

    return settings.configured or zoo.cast(lineup) or zoo.strongest_first()


def _bundled_members() -> dict[str, Member]:
    from symposium.models.zoo import about, bundled, calibration

    return {name: _bundled(name, about(name), calibration(name)) for name in bundled()}


def _bundled(name: str, facts: Mapping[str, Any], calibration: Mapping[str, Isotonic]) -> Member:
    return Member(
        name=name,
        model=f"gguf:{name}",
        family="zoo",
        prompt="bare",
        context=facts.get("context"),
        reliability=facts.get("reliability"),
        good_at=tuple(facts.get("good_at", ())),
        max_tokens=facts.get("max_tokens", 128),
        price=LOCAL,
        calibration=calibration,
    )


def _places(folder: Path) -> tuple[Path, ...]:
    named = os.environ.get(f"{PREFIX}CONFIG")
    user = user_config_path("symposium") / FILE
    if named and not Path(named).is_file():
        raise ConfigurationError(f"{PREFIX}CONFIG: there is no file '{named}'")
    return (user, Path(named) if named else folder / FILE)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _ledger(table: dict[str, Any], path: Path) -> Path | None:
    """The file's ledger, unless the environment names one, which wins."""
    place = table.pop("ledger", None)
    if place is not None and not isinstance(place, str):
        raise ConfigurationError(f"{path}: 'ledger' = {place!r}: must be a path in quotes")
    return Path(place).expanduser() if place and not os.environ.get(f"{PREFIX}LEDGER") else None


def _tables(table: dict[str, Any], kind: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    entries = table.pop(kind, {})
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ConfigurationError(f"{path}: '{kind}' must be tables such as [{kind}.name]")
    return list(entries.items())


def _entry(name: str, values: dict[str, Any], path: Path) -> MemberEntry:
    try:
        return MemberEntry.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: [member.{name}] {_told(error, MemberEntry)}") from error


def _checked(values: Mapping[str, Any], origin: str) -> Mapping[str, Any]:
    try:
        Choices.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"{origin}: {_told(error, Choices, extra=('member', 'preset', 'ledger'))}") from error
    return values


def _preset(name: str, presets: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if name not in presets:
        raise UsageError(f"unknown preset '{name}'; {nearest(name, presets)}")
    return presets[name]


def _from_environment() -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for name in Choices.model_fields:
        text = os.environ.get(PREFIX + name.upper())
        if text:
            values[name] = tuple(part.strip() for part in text.split(",")) if name == "members" else text
    return _checked(values, "environment")


def _choices(layers: _Layers, flags: Mapping[str, Any]) -> Choices:
    try:
        Choices.model_validate(flags)
    except ValidationError as error:
        raise UsageError(_told(error, Choices)) from error
    layers.lay(flags, "asked for")
    return Choices.model_validate(layers.values)


def _told(error: ValidationError, model: type[BaseModel], extra: tuple[str, ...] = ()) -> str:
    """One line for the first thing wrong: the key, the value and what is allowed."""
    first = min(
        error.errors(), key=lambda found: found["type"] != "extra_forbidden"
    )  # a misspelt key explains the rest
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key '{key}'; {nearest(key, (*model.model_fields, *extra))}"
    if first["type"] == "missing":
        return f"'{key}' is missing"
    return f"'{key}' = {_written(first['input'])}: {_demanded(first)}"


DEMANDS = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "literal_error": "must be one of {expected}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list of names",
    "list_type": "must be a list of names",
    "string_type": "must be a text",
    "string_pattern_mismatch": "must be provider:model, such as gguf:~/models/a.gguf",  # the one pattern is a model's
}


def _demanded(found: ErrorDetails) -> str:
    """What is allowed, by pydantic's name for what is wrong."""
    if found["type"] not in DEMANDS:
        return found["msg"].removeprefix("Value error, ")
    facts = {name: _written(value) for name, value in found.get("ctx", {}).items()}
    if found["type"] == "literal_error":  # pydantic lists them as 'a', 'b' or 'c'
        facts["expected"] = facts["expected"].strip('"').replace(" or ", ", ").replace("'", "")
    return DEMANDS[found["type"]].format_map(facts)


def _written(value: object) -> str:
    """The value as a person writes it: -1 for -1.0."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else repr(value)
