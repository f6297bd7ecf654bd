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
    AggregationName,
    PanelName,
    RuleName,
    ScorerName,
    Settings,
    cast,
    load,
    traced,
    why,
)

if TYPE_CHECKING:
    from symposium.graphs.ladder import Ladder
    from symposium.graphs.panel import Panel

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
        found = next(one for one in self.everyone if one.name == member)
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


@dataclass(kw_only=True)
class SingleContext(Context):
    """Choices of the graph `single`: of the configured cast it asks the first, unless one is named."""

    def __post_init__(self) -> None:
        """Validate the choices and leave one member in the cast."""
        super().__post_init__()
        if len(self.members or ()) > 1:
            raise UsageError(
                f"graph 'single' asks one member; {len(self.cast)} were named: {', '.join(self.members or ())}"
            )
        self.cast = self.cast[:1]


@dataclass(kw_only=True)
class VoteContext(Context):
    """Choices of the graph `vote`."""

    samples: Annotated[
        int | None,
        Field(
            title="Samples",
            description=f"Answers per member. {AS_CONFIGURED} (3; 1 of each of three or more).",
            ge=1,
            le=64,
        ),
    ] = None
    rule: Annotated[
        RuleName | None,
        Field(title="Rule", description=f"How ballots are weighted. {AS_CONFIGURED} (confidence)."),
    ] = None
    window: Annotated[
        int | None,
        Field(title="Window", description=f"Samples in flight at once. {AS_CONFIGURED} (4).", ge=1, le=64),
    ] = None


@dataclass(kw_only=True)
class CascadeContext(Context):
    """Choices of the graph `cascade`; `ladder` holds its stages as they were read."""

    stages: Annotated[
        list[str] | None,
        Field(
            title="Stages",
            description="From cheap to strong: members, or graphs as in vote(a,b;samples=2). "
            f"{AS_CONFIGURED} (the bundled cascade, or the members by cost).",
        ),
    ] = None
    thresholds: Annotated[
        list[float] | None,
        Field(
            title="Thresholds",
            description="Up to which score (0..1) the next stage is asked: one for all, or one per stage but the last. "
            f"{AS_CONFIGURED} (those of the bundled cascade, else 0.9).",
        ),
    ] = None
    scorer: Annotated[
        ScorerName | None,
        Field(title="Scorer", description=f"What a stage's answer is scored by. {AS_CONFIGURED} (confidence)."),
    ] = None
    judge: Annotated[
        str | None,
        Field(title="Judge", description="For the scorer judge: who judges. Empty: the strongest of another model."),
    ] = None
    samples: Annotated[
        int | None,
        Field(
            title="Samples",
            description=f"For the scorer agreement and for votes: answers per member. {AS_CONFIGURED} (3).",
            ge=1,
            le=64,
        ),
    ] = None

    def __post_init__(self) -> None:
        """Validate the choices, read the stages and take their members as the cast."""
        super().__post_init__()
        from symposium.graphs.ladder import laid, scoring  # it reads the catalogue, which lists this form

        self.ladder: Ladder = laid(self.settings, self.cast, self.chosen())
        self.cast = self.ladder.members
        self.helpers = scoring(self.settings, self.ladder.scorer)


@dataclass(kw_only=True)
class RepairContext(Context):
    """Choices of the graph `repair`: the first member of the cast drafts, the next ones revise."""

    lineup: ClassVar[str] = "repair"
    critic: Annotated[
        str | None,
        Field(
            title="Critic", description=f"Who looks for the wrong step. {AS_CONFIGURED} (symbolic:arithmetic, exactly)."
        ),
    ] = None
    rounds: Annotated[
        int | None, Field(title="Rounds", description=f"Revisions at most. {AS_CONFIGURED} (4).", ge=1, le=16)
    ] = None

    def __post_init__(self) -> None:
        """Validate the choices and find the critic."""
        super().__post_init__()
        with traced(self.settings, "critic"):
            self.helpers = cast(self.settings, (self.settings.choices.critic,))


@dataclass(kw_only=True)
class MoaContext(Context):
    """Choices of the graph `moa`, a mixture of agents: proposers draft, an aggregator makes one answer of the drafts.

    `table` holds who sits there; the proposers are the cast, the others are helpers.
    """

    proposer_models: Annotated[
        list[str] | None,
        Field(title="Proposers", description=f"Who drafts. {AS_CONFIGURED} (a panel of the members)."),
    ] = None
    aggregator_model: Annotated[
        str | None,
        Field(title="Aggregator", description=f"Who makes one answer of the drafts. {AS_CONFIGURED} (the strongest)."),
    ] = None
    num_proposals_per_model: Annotated[
        int | None,
        Field(
            title="Proposals per model",
            description=f"Drafts of each proposer in each layer. {AS_CONFIGURED} (1).",
            ge=1,
            le=64,
        ),
    ] = None
    layers: Annotated[
        int | None,
        Field(title="Layers", description=f"Rounds of drafts, each reading the last. {AS_CONFIGURED} (1).", ge=1, le=4),
    ] = None
    aggregation_strategy: Annotated[
        AggregationName | None,
        Field(title="Aggregation", description=f"How drafts become one answer. {AS_CONFIGURED} (synthesis)."),
    ] = None
    panel: Annotated[
        PanelName | None,
        Field(
            title="Panel",
            description=f"Which members draft where no proposer is named. {AS_CONFIGURED} (quality_band).",
        ),
    ] = None
    panel_size: Annotated[
        int | None,
        Field(title="Panel size", description=f"Members on it at most. {AS_CONFIGURED} (4, or all).", ge=1, le=16),
    ] = None
    use_specialized_prompts: Annotated[
        bool | None,
        Field(
            title="Specialized prompts",
            description=f"Tell each proposer its own instructions, or its strengths. {AS_CONFIGURED} (off).",
        ),
    ] = None
    analyse: Annotated[
        bool | None,
        Field(
            title="Analyse",
            description=f"Find out where the drafts disagree before the last aggregation. {AS_CONFIGURED} (off).",
        ),
    ] = None
    keep_best: Annotated[
        bool | None,
        Field(
            title="Keep best",
            description=f"Let a judge of another family keep the best draft where it is better. {AS_CONFIGURED} (off).",
        ),
    ] = None
    judge: Annotated[
        str | None,
        Field(title="Judge", description="Of keep best: who judges. Empty: the strongest of another family."),
    ] = None
    aggregation_window: Annotated[
        int | None,
        Field(
            title="Aggregation window",
            description="Drafts that the aggregator reads at once, sliding on over the others. Empty: all.",
            ge=2,
            le=64,
        ),
    ] = None
    fuse_top_k: Annotated[
        int | None,
        Field(title="Fuse top k", description="Of fusion: rank first, and fuse the best so many.", ge=1, le=64),
    ] = None
    fusion_prompt: Annotated[
        str | None,
        Field(title="Fusion prompt", description="Of fusion: your own instructions in place of the usual ones."),
    ] = None
    rule: Annotated[
        RuleName | None,
        Field(
            title="Rule", description=f"How answers are weighted where they are counted. {AS_CONFIGURED} (confidence)."
        ),
    ] = None
    quorum: Annotated[
        int | None,
        Field(
            title="Quorum", description="Drafts of a layer after which no other is waited for. Empty: all.", ge=1, le=64
        ),
    ] = None
    patience: Annotated[
        float | None,
        Field(
            title="Patience",
            description="Wait at most so many times as long as the second fastest took. Empty: for all.",
            ge=1,
            le=100,
        ),
    ] = None
    fallbacks: Annotated[
        list[str] | None,
        Field(
            title="Fallbacks",
            description="Who stands in, in turn, where the aggregator or judge fails. Empty: the other members.",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Validate the choices and seat everyone."""
        super().__post_init__()
        from symposium.graphs.panel import seated  # it reads prompts, which no other form needs

        named = self.settings.choices.proposer_models
        theirs = self.settings.choices.members or self.settings.configured
        self.table: Panel = seated(self.settings, self.cast if theirs or not named else ())
        self.cast, self.helpers = self.table.proposers, self.table.others

    @property
    def writers(self) -> tuple[Member, ...]:
        """The first of those who aggregate."""
        return self.table.aggregators[:1]
