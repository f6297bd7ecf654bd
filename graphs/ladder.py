"""The stages of a cascade: how they are written, what each means, and which are taken where none are named.

`small` is a member, `vote(ada,ben,cho)` a graph with its members, `vote(small;samples=5;rule=plurality)` one with
choices of its own. A member whose name holds such brackets needs a name of its own in symposium.toml.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from symposium.graphs.catalogue import GRAPHS, Strategy, strategy
from symposium.graphs.context import Context
from symposium.ledger.records import UsageError, nearest
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.settings import NAMES, ScorerName, Settings, cast, casts_bundled, items, traced

THRESHOLD = 0.9
VERIFIER = "symbolic:arithmetic"
NO_STAGE = ("cascade",)
OWN = frozenset({"temperature"})  # of the choices that all graphs have, those that are not the whole run's

_CALL = re.compile(r"(?P<graph>\w+)\((?P<members>[^;]*)(?P<choices>(?:;[^;]*)*)\)")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: its name as it was written, the graph that it runs, that graph's choices, and its members.

    `writers` are those who write its answer from what the members say, as far as that is known beforehand.
    """

    name: str
    graph: str
    choices: Mapping[str, Any]
    members: tuple[Member, ...]
    writers: tuple[Member, ...] = ()

    @property
    def models(self) -> frozenset[str]:
        """What its members and writers run on."""
        return frozenset(member.model for member in (*self.members, *self.writers))


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """The stages from cheap to strong, the threshold of each but the last, and what they are scored by."""

    stages: tuple[Stage, ...]
    thresholds: tuple[float, ...]
    scorer: ScorerName

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone who answers in some stage, each once, the cheap ones first."""
        return tuple({member.name: member for stage in self.stages for member in stage.members}.values())

    def threshold(self, place: int) -> float | None:
        """Up to which score the stage behind that place is asked; None for the last stage."""
        return self.thresholds[place] if place < len(self.thresholds) else None


def laid(settings: Settings, members: Sequence[Member], chosen: Mapping[str, Any]) -> Ladder:
    """Lay out the stages that are configured or `chosen` for a request, else the bundled ones or the members by cost.

    Raises:
        UsageError: a stage, or the number of thresholds, cannot be used.
        ConfigurationError: likewise, as configured.
    """
    if {"stages", "members"} <= chosen.keys():
        raise UsageError("the stages name who is asked; leave out the members, or the stages")
    named = () if "members" in chosen else settings.choices.stages  # who is asked for stands above what is configured
    bundled = {} if named else _bundled(settings)
    scorer = _scorer(settings, bundled)
    written = named or bundled.get("stages") or [member.name for member in by_cost(members)]
    with traced(settings, "stages"):
        _check_distinct(written)
        stages = [_read(text, chosen, _samples(settings, scorer)) for text in written[:-1]]
        stages.append(_read(written[-1], chosen))
    fitted = bundled.get("thresholds", ()) if scorer == bundled.get("scorer", "confidence") else ()
    with traced(settings, "thresholds"):
        thresholds = _thresholds(settings.choices.thresholds or fitted or (THRESHOLD,), stages=len(written))
    return Ladder(stages=tuple(stages), thresholds=thresholds, scorer=scorer)


def _bundled(settings: Settings) -> Mapping[str, Any]:
    """What was measured of the bundled cascade; nothing where somebody else is to be asked."""
    return zoo.cascade() if casts_bundled(settings) else {}


def _scorer(settings: Settings, bundled: Mapping[str, Any]) -> ScorerName:
    chosen = settings.choices.scorer
    fitted: ScorerName = bundled.get("scorer", chosen)
    return fitted if settings.origins["scorer"] == "default" else chosen


def _samples(settings: Settings, scorer: ScorerName) -> int:
    """How often a member answers in a stage of its own: by agreement several times."""
    return settings.choices.samples_of(1) if scorer == "agreement" else 1


def _check_distinct(written: Sequence[str]) -> None:
    twice = [text for text in dict.fromkeys(written) if written.count(text) > 1]
    if twice:
        raise UsageError(f"stage '{twice[0]}' stands twice in '{','.join(written)}'")


def _thresholds(given: Sequence[float], *, stages: int) -> tuple[float, ...]:
    needed = stages - 1
    if len(given) == 1:
        return tuple(given) * needed
    if len(given) != needed:
        raise UsageError(
            f"{len(given)} thresholds for {stages} stages; give one for all, or {needed}: one per stage but the last"
        )
    return tuple(given)


def _read(text: str, chosen: Mapping[str, Any], samples: int = 1) -> Stage:
    if not text:
        raise UsageError("a stage is empty; write a member, or a graph with its members as in vote(a,b;samples=2)")
    graph, choices = _called(text) or _alone(text, samples)
    try:
        form = strategy(graph).within(chosen, **choices)
    except UsageError as error:
        raise UsageError(f"stage '{text}': {error}") from error
    return Stage(name=text, graph=graph, choices=choices, members=form.cast, writers=form.writers)


def _alone(member: str, samples: int) -> tuple[str, dict[str, Any]]:
    """The graph and the choices of a stage that is written as a member."""
    if samples > 1:
        return "vote", {"members": [member], "samples": samples}
    return "single", {"members": [member]}


def _called(text: str) -> tuple[str, dict[str, Any]] | None:
    """The graph and the choices of a stage that is written as a graph; None for a member."""
    found = _CALL.fullmatch(text)
    if found is None:
        return None
    graph, members = found["graph"], items(found["members"])
    possible = [name for name in GRAPHS if name not in NO_STAGE]
    if graph not in possible:
        raise UsageError(f"stage '{text}': '{graph}' is no graph for a stage; {nearest(graph, possible)}")
    if not all(members):
        raise UsageError(f"stage '{text}': a member's name is missing; write {graph}(a,b)")
    told = [_choice(text, part, GRAPHS[graph]) for part in found["choices"].split(";")[1:]]
    return graph, {"members": members, **dict(told)}


def _choice(text: str, part: str, graph: Strategy) -> tuple[str, Any]:
    name, _, value = (piece.strip() for piece in part.partition("="))
    common = {field.name for field in fields(Context)} - OWN
    possible = [choice for choice in graph.choices if choice not in common]
    if name not in possible:
        raise UsageError(f"stage '{text}': no choice '{name}' for a stage; {nearest(name, possible)}")
    if not value:
        raise UsageError(f"stage '{text}': '{name}' has no value; write {name}=...")
    return name, items(value) if name in NAMES else value


def by_cost(members: Sequence[Member]) -> list[Member]:
    """The members from cheap to strong: by price, at equal price by parameters, then by reliability.

    Where price or parameters are unknown they count as the highest.
    """
    return sorted(members, key=_cost)


def _cost(member: Member) -> tuple[float, float, float]:
    unknown = float("inf")
    price = unknown if member.price is None else member.price.input + member.price.output
    known = zoo.about(member.target) if member.provider == "gguf" else {}
    return price, known.get("parameters", unknown), member.reliability or 0.0


def scoring(settings: Settings, scorer: ScorerName) -> tuple[Member, ...]:
    """Who is called for the scores: the verifier, or the judge that was chosen.

    Raises:
        UsageError: the judge is unknown.
        ConfigurationError: likewise, as configured.
    """
    judge = settings.choices.judge
    if scorer == "verifier":
        return cast(settings, (VERIFIER,))
    if scorer != "judge" or judge is None:
        return ()
    with traced(settings, "judge"):
        return cast(settings, (judge,))
