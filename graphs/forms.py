"""The forms of the graphs: what a caller may choose for each, beside what every graph has."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, get_args

from pydantic import Field

from symposium.graphs.context import AS_CONFIGURED, Context
from symposium.ledger.records import UsageError
from symposium.models.member import Member
from symposium.models.routers import router
from symposium.models.scorer import Scores
from symposium.models.settings import (
    AggregationName,
    BallotName,
    EscalationName,
    GateName,
    PanelName,
    RuleName,
    ScorerName,
    Settings,
    cast,
    traced,
)

if TYPE_CHECKING:
    from symposium.graphs.ladder import Ladder
    from symposium.graphs.panel import Panel
    from symposium.graphs.route_experts import Experts
    from symposium.tools.gating import Gate
    from symposium.tools.meta import Classifier


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
    """Choices of the graph `vote`; `classifier` holds what was learnt of the cast where that decides."""

    samples: Annotated[
        int | None,
        Field(
            title="Samples",
            description=f"Answers per member; with adaptive sampling, at most. {AS_CONFIGURED} "
            "(3; 1 of each of three or more; as many as 40 answers allow).",
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
    ballots: Annotated[
        BallotName | None,
        Field(
            title="Ballots",
            description="What chooses between answers that differ: their count, the members' rankings of each other's "
            "drafts, their approvals, a judge's comparisons or grades, an exact check, or what was learnt of these "
            f"members. {AS_CONFIGURED} (answers).",
        ),
    ] = None
    judge: Annotated[
        str | None,
        Field(
            title="Judge",
            description="For the ballots pairwise and judge: who judges. Empty: the strongest, of another family.",
        ),
    ] = None
    critic: Annotated[
        str | None,
        Field(
            title="Critic",
            description=f"For the ballots verifier: who checks. {AS_CONFIGURED} (symbolic:arithmetic, exactly).",
        ),
    ] = None
    adaptive: Annotated[
        bool | None,
        Field(
            title="Adaptive",
            description=f"Sample on until the lead will hardly turn, 40 at most. {AS_CONFIGURED} (off).",
        ),
    ] = None
    certainty: Annotated[
        float | None,
        Field(
            title="Certainty",
            description=f"How surely the lead of an adaptive vote must stand. {AS_CONFIGURED} (0.95).",
            ge=0.5,
            lt=1,
        ),
    ] = None

    def __post_init__(self) -> None:
        """Validate the choices and find who, or what, decides between the answers."""
        super().__post_init__()
        choices, self.classifier = self.settings.choices, _classifier(self.settings, self.cast)
        if choices.ballots in ("ranking", "approval") and len(self.cast) < 2:
            with traced(self.settings, "ballots"):
                raise UsageError(
                    f"ballots '{choices.ballots}': members vote on each other's drafts; name two or more, "
                    f"not only {', '.join(one.name for one in self.cast)}"
                )
        if choices.ballots == "pairwise":
            _check_comparers(self.settings, self.cast)
        if choices.ballots == "verifier":
            with traced(self.settings, "critic"):
                self.helpers = cast(self.settings, (choices.critic,))
        elif choices.ballots in ("pairwise", "judge") and choices.judge is not None:
            with traced(self.settings, "judge"):
                self.helpers = cast(self.settings, (choices.judge,))


def _check_comparers(settings: Settings, members: tuple[Member, ...]) -> None:
    """Check that somebody can compare drafts, as far as that is known before anyone is reached."""
    from symposium.agents.casting import follows_instructions  # it reads prompts, which no other form needs

    if settings.choices.judge is None and not any(follows_instructions(one) for one in members):
        names = ", ".join(one.name for one in members)
        with traced(settings, "ballots"):
            raise UsageError(
                f"ballots 'pairwise': none of {names} follows instructions, so that nobody can compare two drafts; "
                "name a judge that does, or choose 'judge', 'ranking' or 'verifier'"
            )


def _classifier(settings: Settings, members: tuple[Member, ...]) -> "Classifier | None":
    """What was learnt of these members' votes, where that is to decide."""
    if settings.choices.ballots != "trained":
        return None
    from symposium.models.measured import classified, classifier

    found = classifier(members, settings.files)
    if found is None:
        names = ", ".join(one.model for one in members)
        known = [", ".join(models) for models in classified(settings.files)]
        with traced(settings, "ballots"):
            raise UsageError(
                f"ballots 'trained': nothing was learnt of votes by {names}; known: {'; '.join(known) or 'none'}. "
                "Learn it with python -m symposium.training.meta"
            )
    return found


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
        str | None,
        Field(
            title="Scorer",
            description=f"What a stage's answer is scored by: {', '.join(get_args(ScorerName))}, "
            f"or one that a package has registered. {AS_CONFIGURED} (confidence).",
        ),
    ] = None
    escalation: Annotated[
        EscalationName | None,
        Field(
            title="Escalation",
            description="Whom it asks next: the stronger stage, or the one whose members are good at the question. "
            f"{AS_CONFIGURED} (stronger).",
        ),
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
        self.router = router(self.cast, self.settings.files) if self.ladder.escalation == "specialist" else None


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


@dataclass(kw_only=True)
class DebateContext(Context):
    """Choices of the graph `debate`: members draft alone, criticise each other and reconsider.

    `table` holds who sits there: the debaters are the cast; who may judge, and who checks the steps, are helpers.
    `scores` are what minds that weigh have made of texts.
    """

    lineup: ClassVar[str] = "debate"
    max_rounds: Annotated[
        int | None,
        Field(title="Rounds", description=f"Of critique and revision at most. {AS_CONFIGURED} (1).", ge=1, le=3),
    ] = None
    gate: Annotated[
        GateName | None,
        Field(title="Gate", description=f"What spares a debate. {AS_CONFIGURED} (unanimous)."),
    ] = None
    panel: Annotated[
        PanelName | None,
        Field(title="Panel", description=f"Which members debate where none is named. {AS_CONFIGURED} (diverse)."),
    ] = None
    panel_size: Annotated[
        int | None,
        Field(title="Panel size", description=f"Debaters at most. {AS_CONFIGURED} (3).", ge=1, le=16),
    ] = None
    personas: Annotated[
        list[str] | None,
        Field(
            title="Personas",
            description="Parts to play, in turn: expert, novice, critic, or a [persona.NAME] of symposium.toml. "
            "Empty: none.",
        ),
    ] = None
    agreement: Annotated[
        float | None,
        Field(title="Agreement", description="How readily debaters agree. Empty: they are not told.", ge=0, le=1),
    ] = None
    moderated: Annotated[
        bool | None,
        Field(
            title="Moderated",
            description=f"Let a judge of another family decide after every round. {AS_CONFIGURED} (on).",
        ),
    ] = None
    judge: Annotated[
        str | None, Field(title="Judge", description="Who judges. Empty: the strongest of another family.")
    ] = None
    critic: Annotated[
        str | None,
        Field(title="Critic", description=f"Who checks all drafts. {AS_CONFIGURED} (symbolic:arithmetic, exactly)."),
    ] = None
    rule: Annotated[
        RuleName | None,
        Field(title="Rule", description=f"How answers are weighted. {AS_CONFIGURED} (confidence)."),
    ] = None
    fallbacks: Annotated[
        list[str] | None,
        Field(
            title="Fallbacks", description="Who stands in, in turn, where the judge fails. Empty: the other members."
        ),
    ] = None

    def __post_init__(self) -> None:
        """Validate the choices and seat everyone."""
        super().__post_init__()
        from symposium.agents.personas import persona  # it reads prompts, as what seats the members does
        from symposium.graphs.panel import opposed

        self.scores = Scores()
        with traced(self.settings, "personas"):
            for name in self.settings.choices.personas:
                persona(name, "en", self.settings.personas)
        self.table: Panel = opposed(self.settings, self.cast)
        with traced(self.settings, "critic"):
            self.checker = cast(self.settings, (self.settings.choices.critic,))[0]
        self.cast, self.helpers = self.table.proposers, (*self.table.others, self.checker)
        self.learnt = _learnt_gate(self.settings, self.cast)


def _learnt_gate(settings: Settings, members: tuple[Member, ...]) -> "Gate | None":
    """The gate that was trained on these members; what it would decide is told whether it decides or not."""
    from symposium.models.gates import gate, gated

    found = gate(members, settings.files)
    if found is None and settings.choices.gate == "trained":
        names = ", ".join(one.model for one in members)
        known = "; ".join(", ".join(models) for models in gated(settings.files))
        with traced(settings, "gate"):
            raise UsageError(
                f"gate 'trained': none was trained on a debate of {names}; known: {known or 'none'}. "
                "Train it with python -m symposium.training.gate, or choose 'unanimous' or 'never'"
            )
    return found


@dataclass(kw_only=True)
class RouteContext(Context):
    """Choices of the graph `route`; `experts` holds the cast with all that is known of it, who routes is a helper.

    `checkers` are the names of members that were left out, since they answer nothing.
    """

    lineup: ClassVar[str] = "route"
    router: Annotated[
        str | None,
        Field(
            title="Router",
            description="Who routes: rules, trained, or a member that reads. "
            "Empty: as configured (trained where it knows all members, else rules).",
        ),
    ] = None
    top_k: Annotated[
        int | None,
        Field(title="Top k", description=f"Experts that are asked at once. {AS_CONFIGURED} (1).", ge=1, le=16),
    ] = None
    threshold: Annotated[
        float | None,
        Field(
            title="Threshold",
            description="The chance to beat a cheaper member from which a dearer one is asked. "
            "Empty: as configured, else chances are weighed against costs.",
            ge=0,
            le=1,
        ),
    ] = None
    target_share: Annotated[
        float | None,
        Field(
            title="Target share",
            description="In place of a threshold: the share of questions for the dearest members.",
            ge=0,
            le=1,
        ),
    ] = None
    target_spend: Annotated[
        float | None,
        Field(
            title="Target spend",
            description="In place of a threshold: what questions may cost, as a part of asking the dearest always.",
            ge=0,
            le=1,
        ),
    ] = None
    reroute: Annotated[
        float | None,
        Field(
            title="Reroute",
            description="Up to which chance of being right the next expert is asked as well. "
            "Empty: as configured (as measured for the bundled minds, else never).",
            ge=0,
            le=1,
        ),
    ] = None
    default_member: Annotated[
        str | None,
        Field(title="Default", description=f"Who is asked where the router fails. {AS_CONFIGURED} (the strongest)."),
    ] = None
    rule: Annotated[
        RuleName | None,
        Field(
            title="Rule", description=f"How the answers of several experts are weighted. {AS_CONFIGURED} (confidence)."
        ),
    ] = None

    def __post_init__(self) -> None:
        """Validate the choices and find out who routes."""
        super().__post_init__()
        from symposium.graphs.route_experts import seated  # it reads the trained router, which no other form needs

        self.checkers = tuple(member.name for member in self.cast if member.provider == "symbolic")
        self.cast = tuple(member for member in self.cast if member.name not in self.checkers)
        if not self.cast:
            raise UsageError(f"{', '.join(self.checkers)} only checks; name a member that answers questions")
        self.experts: Experts = seated(self.settings, self.cast)
        self.helpers = (self.experts.routes,) if self.experts.routes else ()

    @property
    def writers(self) -> tuple[Member, ...]:
        """Who would make one answer of what several experts write."""
        return self.experts.aggregators[:1]
