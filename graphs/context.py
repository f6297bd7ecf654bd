"""What a caller may choose: a flat form per graph, and the run that belongs to one request."""

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field

from symposium.ledger.records import UsageError
from symposium.models.budget import Limits
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.models.settings import (
    Settings,
    cast,
    load,
    traced,
    why,
)

if TYPE_CHECKING:
    pass

AS_CONFIGURED = "Empty: as configured"


@dataclass(kw_only=True)
class Context:
    """Choices that every graph has. A Context belongs to one request: make a fresh one for each.

    Beside its fields it holds `run` (budget, scope, events, clock), `settings`, `cast` (who answers) and `helpers` (who
    else is called), which are no choices and therefore no fields. None means: as configured in symposium.toml, the
    environment or the defaults.

    Raises:
        UsageError: a choice names something unknown or lies out of range.
        ConfigurationError: symposium.toml or the environment cannot be used.
    """

    preset: Annotated[str | None, Field(title="Preset", description="A [preset.NAME] of symposium.toml.")] = None
    members: Annotated[
        list[str] | None,
        Field(title="Members", description=f"Who is asked, by name or as provider:model. {AS_CONFIGURED}."),
    ] = None
    temperature: Annotated[
        float | None,
        Field(title="Temperature", description="For every sample, instead of each member's own habit.", ge=0, le=2),
    ] = None
    seed: Annotated[
        int | None, Field(title="Seed", description="Makes scripted and local members repeatable.", ge=0, lt=2**31)
    ] = None
    budget: Annotated[float | None, Field(title="Budget", description="US dollars at most.", ge=0)] = None
    max_calls: Annotated[int | None, Field(title="Calls", description="Wire attempts at most.", ge=0)] = None
    max_tokens: Annotated[int | None, Field(title="Tokens", description="Tokens in and out at most.", ge=0)] = None
    timeout: Annotated[
        float | None, Field(title="Time", description=f"Seconds at most. {AS_CONFIGURED} (120).", gt=0)
    ] = None
    allow_unpriced: Annotated[
        bool | None,
        Field(title="Allow unpriced", description="Let members without a known price run under a money budget."),
    ] = None
    hedge: Annotated[
        bool | None,
        Field(
            title="Hedge",
            description=f"Ask again where a call takes longer than nine of ten of its member's. {AS_CONFIGURED} (off).",
        ),
    ] = None

    lineup: ClassVar[str] = "team"  # which of the bundled minds are asked where nobody is named or configured

    def __post_init__(self) -> None:
        """Validate the choices against the settings and make the run."""
        self.settings: Settings = load(
            preset=self.preset, flags={k: v for k, v in self.chosen().items() if k != "preset"}
        )
        with traced(self.settings, "members"):
            self.cast: tuple[Member, ...] = cast(self.settings, lineup=self.lineup)
        choices = self.settings.choices
        limits = Limits(
            calls=choices.max_calls, tokens=choices.max_tokens, money=choices.budget, seconds=choices.timeout
        )
        self.run = Run(
            limits=limits,
            allow_unpriced=choices.allow_unpriced,
            seed=choices.seed,
            ledger=self.settings.ledger,
            record_prompts=choices.record_prompts,
        )
        self.run.hedge = choices.hedge
        self.helpers: tuple[Member, ...] = ()
        self.warmed: set[str] = set()  # names of those who are ready to speak
        self.stage = self.graph = ""

    def as_stage(self, stage: str, graph: str, within: "Context") -> Self:
        """Make this the context of a stage, the graph of that name, inside another request's run."""
        within.run.open_stage(stage)
        self.stage, self.graph, self.run, self.warmed = stage, graph, within.run, within.warmed
        return self

    @property
    def everyone(self) -> tuple[Member, ...]:
        """Cast and helpers, each once."""
        return tuple({member.name: member for member in (*self.cast, *self.helpers)}.values())

    @property
    def writers(self) -> tuple[Member, ...]:
        """Who makes one answer of what the cast says, where that is a member's work."""
        return ()

    @property
    def sampling(self) -> float | None:
        """The temperature asked for in place of every member's own."""
        return self.settings.choices.temperature

    def mind(self, member: str, *, path: str) -> Mind:
        """Bind a member, by name, to this run, at a node of this stage."""
        found = next((one for one in self.everyone if one.name == member), None)
        if found is None:  # a run that goes on from a checkpoint may have been given other members
            known = ", ".join(one.name for one in self.everyone)
            raise UsageError(f"'{member}' had a part in what is gone on from, and is not here now; here are: {known}")
        return Mind(self.run, found, self.place(path))

    def place(self, node: str) -> str:
        """The path of a node within the run: its stage and its name."""
        return f"{self.stage}/{node}" if self.stage else node

    def chosen(self) -> dict[str, Any]:
        """What the caller chose, by name; what was left as configured is absent."""
        named = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in named.items() if value is not None}

    def introduction(self) -> dict[str, Any]:
        """What `run.start` tells of the choices: who is asked, and every choice made or configured."""
        choices = self.settings.choices.model_dump(mode="json", exclude={"graph", "members"})
        cast = [{"member": member.name, "target": member.model} for member in self.cast]
        return {"cast": cast, "why": why(self.settings), "choices": choices, "config": self._config_hash()}

    def _config_hash(self) -> str:
        """Name the configuration without telling it: 16 hex digits over choices and cast."""
        told = f"{self.settings.choices.model_dump(exclude={'seed'})!r} {self.cast!r}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
