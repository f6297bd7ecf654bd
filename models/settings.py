"""Settings: `symposium.toml`, environment and flags, read at the start of a run, each value with its origin."""

import os
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from platformdirs import user_config_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from symposium.ledger.records import ConfigurationError, UsageError, nearest
from symposium.models.demands import told
from symposium.models.discovery import found, look, seen
from symposium.models.entry import FILE, MemberEntry, PersonaEntry
from symposium.models.families import family_of
from symposium.models.member import Member
from symposium.models.presets import PRESETS
from symposium.models.prices import LOCAL, priced
from symposium.tools.calibration import Isotonic
from symposium.tools.plugins import SCORERS, registered

PREFIX = "SYMPOSIUM_"
RuleName = Literal["plurality", "probability", "reliability", "confidence"]
ScorerName = Literal[
    "confidence",
    "agreement",
    "semantic_entropy",
    "mean_logprob",
    "min_logprob",
    "token_entropy",
    "margin",
    "in_domain",
    "self_verification",
    "judge",
    "verifier",
]
AggregationName = Literal["synthesis", "selection", "voting", "fusion"]
PanelName = Literal["quality_band", "diverse", "all", "cheapest"]
BallotName = Literal["answers", "ranking", "approval", "pairwise", "judge", "verifier", "trained"]
GateName = Literal["unanimous", "never", "trained"]
EscalationName = Literal["stronger", "specialist"]


def items(text: str, mark: str = ",") -> list[str]:
    """Take a list with commas, or another mark, apart; one within parentheses belongs to its item."""
    found, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")" and depth > 0)
        if character == mark and not depth:
            found.append("")
        else:
            found[-1] += character
    return [item.strip() for item in found]


def _several(value: object) -> object:
    """A list as the environment or a person writes it, and a single number for a list of one."""
    if isinstance(value, bool):
        raise ValueError("must be a list")
    if isinstance(value, str):
        return items(value)
    return (value,) if isinstance(value, int | float) else value


def _scorer(name: str) -> str:
    """One of the cascade's own scorers, or one that a package brings along."""
    known = get_args(ScorerName)
    if name in known or name in registered(SCORERS):
        return name
    raise ValueError(f"no such scorer; {nearest(name, (*known, *registered(SCORERS)))}")


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
    ballots: BallotName = Field("answers", description="what is counted in a vote")
    adaptive: bool = Field(False, description="sample on in a vote until the lead will hardly turn, 40 at most")
    certainty: float = Field(
        0.95, ge=0.5, lt=1, allow_inf_nan=False, description="how surely the lead of an adaptive vote must stand"
    )
    stages: Stages = Field(
        (), description="of a cascade, from cheap to strong: members, or graphs as in vote(a,b); empty: by cost"
    )
    thresholds: Thresholds = Field(
        (), description="up to which score a cascade asks on: one, or one per stage but the last; empty: 0.9"
    )
    scorer: Annotated[str, AfterValidator(_scorer)] = Field("confidence", description="what a cascade goes by")
    escalation: EscalationName = Field(
        "stronger", description="whom a cascade asks next: the stronger or the specialist"
    )
    judge: str | None = Field(None, description="the member that judges the stages of a cascade; none: the strongest")
    critic: str = Field("symbolic:arithmetic", description="the member that criticises a draft under repair")
    rounds: int = Field(4, ge=1, le=16, description="revisions of a draft under repair at most")
    max_rounds: int = Field(1, ge=1, le=3, description="rounds of critique and revision in a debate at most")
    gate: GateName = Field(
        "unanimous", description="what spares a debate: drafts that agree, nothing, or what was trained"
    )
    personas: tuple[str, ...] = Field((), description="the parts that debaters play, in turn; empty: none")
    agreement: Chance | None = Field(None, description="how readily debaters agree with each other; none: not told")
    moderated: bool = Field(True, description="let a judge decide after every round of a debate, where one can")
    router: str | None = Field(
        None,
        description="who routes: rules, trained, or a member; none: trained where it knows all members, else rules",
    )
    top_k: int = Field(1, ge=1, le=16, description="how many experts a router asks at once")
    threshold: Chance | None = Field(
        None, description="of a route: the chance to be better from which a dearer member is asked"
    )
    target_share: Chance | None = Field(None, description="of a route: the share of questions for the dearest member")
    target_spend: Chance | None = Field(
        None, description="of a route: what questions may cost on average, as a part of what the dearest member costs"
    )
    reroute: Chance | None = Field(
        None, description="of a route: up to which chance of being right the next expert is asked as well"
    )
    default_member: str | None = Field(None, description="of a route: who is asked where the router fails")
    proposer_models: tuple[str, ...] = Field(
        (), description="who drafts in a mixture of agents; empty: the panel, chosen from the members"
    )
    aggregator_model: str | None = Field(None, description="who makes one answer of the drafts; none: the strongest")
    num_proposals_per_model: int = Field(1, ge=1, le=64, description="drafts of each proposer in each layer")
    aggregation_strategy: AggregationName = Field("synthesis", description="how drafts become one answer")
    use_specialized_prompts: bool = Field(False, description="tell each proposer its own instructions or strengths")
    layers: int = Field(1, ge=1, le=4, description="layers of a mixture of agents; the next one reads the last one")
    panel: PanelName = Field("quality_band", description="which members propose where none are named")
    panel_size: int | None = Field(
        None, ge=1, le=16, description="how many members propose at most where none are named; none: 4, or all of all"
    )
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


NAMES = ("members", "proposer_models", "fallbacks", "personas")  # lists that a variable holds with commas
HERE = ("asked for", "default")  # origins that are no file, preset or variable
TABLES = ("member", "persona", "preset", "ledger")  # what a file holds beside choices
SETTLED = 2_000_000_000  # nanoseconds after which a further writing of a file surely has another time stamp


@dataclass(frozen=True)
class Settings:
    """The merged settings of a run: choices, members by name, presets, and where each choice came from.

    `members` are the bundled minds and those that the files configure, as they stand there; `configured` names the
    latter. `presets` are the built-in ones and those of the files, which win. `personas` are the instructions of the
    files' own parts to play, by name.
    """

    choices: Choices
    members: Mapping[str, Member]
    presets: Mapping[str, Mapping[str, Any]]
    origins: Mapping[str, str]
    configured: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    ledger: Path | None = None
    personas: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Layers:
    """Choices as they pile up, the later layer winning."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def lay(self, values: Mapping[str, Any], origin: str) -> None:
        self.values.update(values)
        self.origins.update(dict.fromkeys(values, origin))


def load(*, preset: str | None = None, flags: Mapping[str, Any] | None = None, folder: Path | None = None) -> Settings:
    """Read and merge defaults, the user's file, the project's file, environment, preset and flags, in that order.

    A file is read again only when it was written since, the environment only when it has changed.

    Raises:
        ConfigurationError: a file or environment variable holds something that cannot be used.
        UsageError: the preset or a flag's value is not a valid choice.
    """
    layers, configured, ledger = _Layers(), dict[str, Member](), None
    presets: dict[str, Mapping[str, Any]] = dict(PRESETS)
    personas: dict[str, str] = {}
    files = tuple(path for path in _places(folder or Path()) if path.is_file())
    for path in files:
        file = _file(path)
        configured |= file.members
        presets |= file.presets
        personas |= file.personas
        ledger = file.ledger or ledger
        layers.lay(file.choices, str(path))
    layers.lay(_from_environment(_environment()), "environment")
    if preset is not None:
        layers.lay(_preset(preset, presets), f"preset '{preset}'")
    choices = _choices(layers, {k: v for k, v in (flags or {}).items() if v is not None})
    origins = {name: layers.origins.get(name, "default") for name in Choices.model_fields}
    place = None if os.environ.get(f"{PREFIX}LEDGER") else ledger
    members = {**_bundled_members(), **configured}
    return Settings(choices, members, presets, origins, tuple(configured), files, place, personas)


def cast(settings: Settings, names: tuple[str, ...] = (), *, lineup: str = "team") -> tuple[Member, ...]:
    """Say who is asked, each with its price and context as far as these are known.

    The named members, else the chosen ones, else all configured ones, else those that were found here, else a bundled
    line-up. A name with a colon, such as `gguf:/models/a.gguf`, is a model of its own.

    Raises:
        UsageError: a name is unknown or stands twice.
        ConfigurationError: nobody is there to be asked.
    """
    asked = names or settings.choices.members or settings.configured
    if not asked:
        return tuple(map(priced, found().members)) or _bundled_cast(settings, lineup)
    if len(set(asked)) < len(asked):
        raise UsageError(f"a member stands twice in '{','.join(asked)}'; ask it more often with --samples")
    return tuple(priced(_named(name, settings)) for name in asked)


async def scout(*, preset: str | None = None, members: object = None, **_: object) -> None:
    """Look, off the event loop, for those who can be asked, before a request is made on it that names nobody.

    Takes the request's choices. Raises what `load` raises.
    """
    if members or seen():
        return
    settings = load(preset=preset)
    if not (settings.choices.members or settings.configured):
        await look()


def casts_bundled(settings: Settings) -> bool:
    """Say whether the bundled minds are asked since nobody is chosen, configured or found."""
    return not (settings.choices.members or settings.configured or found().members)


def why(settings: Settings) -> str:
    """Say whose the members are that `cast` takes where nobody is named, and why they; empty where somebody is."""
    choices = settings.choices
    if choices.members or choices.stages or choices.proposer_models or settings.configured:
        return ""
    nothing = f"{FILE} names no member" if settings.files else f"no {FILE} here"
    whose = found().whose
    return f"{whose}: {nothing}" if whose else f"of the bundled minds: {nothing}, and neither a key nor Ollama"


def _bundled_cast(settings: Settings, lineup: str) -> tuple[Member, ...]:
    """Those bundled minds that play together so."""
    from symposium.models import zoo

    names = zoo.cast(lineup) or zoo.strongest_first()
    if not names:
        raise ConfigurationError(f"no member to ask: the bundled minds are missing and {FILE} names none")
    return tuple(settings.members[name] for name in names)


def _named(name: str, settings: Settings) -> Member:
    if name in settings.members:
        return settings.members[name]
    if ":" in name:
        return _of_model(name)
    others = {member.name: member for member in (() if settings.configured else found().members)}
    if name in others:
        return others[name]
    raise UsageError(f"unknown member '{name}'; {nearest(name, (*settings.members, *others, *SYMBOLIC))}")


SYMBOLIC = ("symbolic:arithmetic",)  # models that are always there and need no entry


def _of_model(model: str) -> Member:
    from symposium.models.endpoints import check_provider

    family = "symbolic" if model.startswith("symbolic:") else family_of(model)
    member = Member(name=model, model=model, family=family)
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


def _bundled_members() -> Mapping[str, Member]:
    from symposium.models.zoo import FOLDER

    return _bundled_in(FOLDER, _written(FOLDER), _written(FOLDER / "zoo.json"))


def _written(path: Path) -> int:
    """When a file or folder was written, in nanoseconds; 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1)
def _bundled_in(folder: Path, listed: int, figured: int) -> Mapping[str, Member]:
    """The bundled minds of a folder; the other arguments tell when what is known of them was written."""
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


@dataclass(frozen=True)
class _File:
    """What a file configures, read and checked."""

    choices: Mapping[str, Any]
    members: Mapping[str, Member]
    presets: Mapping[str, Mapping[str, Any]]
    ledger: Path | None
    personas: Mapping[str, str]


_Stamp = tuple[int, ...]
_files: dict[str, tuple[_Stamp, _File]] = {}


def _file(path: Path) -> _File:
    """The file as it stands there now.

    What was written a moment before it was read is not kept: a second writing could bear the same time stamp.
    """
    state = path.stat()
    stamp = (state.st_dev, state.st_ino, state.st_mtime_ns, state.st_size)
    known, file = _files.get(str(path), (None, None))
    if file is None or known != stamp:
        now = time.time_ns()
        file = _checked_file(path)
        if now - state.st_mtime_ns > SETTLED:
            _files[str(path)] = stamp, file
    return file


def _checked_file(path: Path) -> _File:
    table = _read(path)
    members = {name: entry.member(name) for name, entry in _entries(table, "member", MemberEntry, path).items()}
    personas = {name: entry.instructions for name, entry in _entries(table, "persona", PersonaEntry, path).items()}
    presets = dict(_tables(table, "preset", path))
    ledger = _ledger(table, path)
    for name, values in presets.items():
        _checked(values, f"preset '{name}'")
    return _File(_checked(table, str(path), extra=TABLES), members, presets, ledger, personas)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _ledger(table: dict[str, Any], path: Path) -> Path | None:
    place = table.pop("ledger", None)
    if place is not None and not isinstance(place, str):
        raise ConfigurationError(f"{path}: 'ledger' = {place!r}: must be a path in quotes")
    return Path(place).expanduser() if place else None


def _tables(table: dict[str, Any], kind: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    entries = table.pop(kind, {})
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ConfigurationError(f"{path}: '{kind}' must be tables such as [{kind}.name]")
    return list(entries.items())


E = TypeVar("E", bound=BaseModel)


def _entries(table: dict[str, Any], kind: str, model: type[E], path: Path) -> dict[str, E]:
    """Take the tables of a kind out of a file's, each checked, by name."""
    entries: dict[str, E] = {}
    for name, values in _tables(table, kind, path):
        try:
            entries[name] = model.model_validate(values)
        except ValidationError as error:
            raise ConfigurationError(f"{path}: [{kind}.{name}] {told(error, model)}") from error
    return entries


def _checked(values: Mapping[str, Any], origin: str, *, extra: Iterable[str] = ()) -> Mapping[str, Any]:
    try:
        Choices.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"{origin}: {told(error, Choices, extra)}") from error
    return values


def _preset(name: str, presets: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if name not in presets:
        raise UsageError(f"unknown preset '{name}'; {nearest(name, presets)}")
    return presets[name]


def _environment() -> tuple[tuple[str, str], ...]:
    """The variables that may set a choice, as they are now."""
    return tuple((name, os.environ[name]) for name in os.environ if name.startswith(PREFIX))


@lru_cache(maxsize=8)
def _from_environment(variables: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    texts = {name.removeprefix(PREFIX).lower(): text for name, text in variables if text}
    values: dict[str, Any] = {name: texts[name] for name in Choices.model_fields if name in texts}
    return _checked({name: items(text) if name in NAMES else text for name, text in values.items()}, "environment")


def _choices(layers: _Layers, flags: Mapping[str, Any]) -> Choices:
    try:
        Choices.model_validate(flags)
    except ValidationError as error:
        raise UsageError(told(error, Choices)) from error
    layers.lay(flags, "asked for")
    return Choices.model_validate(layers.values)
