"""The forms of the graphs: what a caller may choose for each, beside what every graph has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from symposium.graphs.context import AS_CONFIGURED, Context
from symposium.ledger.records import UsageError
from symposium.models.member import Member
from symposium.models.settings import AggregationName, PanelName, RuleName, ScorerName, cast, traced

if TYPE_CHECKING:
    from symposium.graphs.ladder import Ladder
    from symposium.graphs.panel import Panel


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
