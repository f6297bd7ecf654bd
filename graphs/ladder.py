"""The stages of a cascade: how they are written, what each means, and which are taken where none are named.

`small` is a member, `vote(ada,ben,cho)` a graph with its members, `vote(small;samples=5;rule=plurality)` one with
choices of its own, and `careful` what the preset of that name chooses. A cascade as a stage names its own stages, as in
`cascade(small,large;thresholds=0.8)`. A member whose name holds such brackets needs another name in symposium.toml.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from symposium.graphs.catalogue import GRAPHS, Strategy, strategy
from symposium.graphs.context import Context
from symposium.ledger.records import ConfigurationError, UsageError, nearest
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.settings import (
    NAMES,
    Choices,
    EscalationName,
    ScorerName,
    Settings,
    cast,
    casts_bundled,
    items,
    traced,
)
from symposium.tools.plugins import SCORERS, plugin, registered

THRESHOLD = 0.9
VERIFIER = "symbolic:arithmetic"
SAMPLING = ("agreement", "semantic_entropy")  # the scorers that take several answers of a member
CASCADE = "cascade"
OWN = frozenset({"temperature"})  # of the choices that all graphs have, those that are not the whole run's

_CALL = re.compile(r"(?P<graph>[\w-]+)\((?P<inside>.*)\)")
_SIZE = re.compile(r"(?<![\d.])(?:(?P<experts>\d+)x)?(?P<size>\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)


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
    """The stages from cheap to strong, the threshold of each but the last, what they are scored by, and who comes next.

    `scorer` is one of `ScorerName`, or what a package has registered.
    """

    stages: tuple[Stage, ...]
    thresholds: tuple[float, ...]
    scorer: str
    escalation: EscalationName

    @property
    def members(self) -> tuple[Member, ...]:
        """Everyone who answers in some stage, each once, the cheap ones first."""
        return tuple({member.name: member for stage in self.stages for member in stage.members}.values())

    def to_come(self, asked: Sequence[int], skipped: Collection[int] = ()) -> tuple[int, ...]:
        """The places of the stages that may follow those: the stronger ones, or any, where the specialist is sought."""
        first = asked[-1] + 1 if self.escalation == "stronger" else 0
        return tuple(place for place in range(first, len(self.stages)) if place not in {*asked, *skipped})

    def threshold(self, asked: Sequence[int], skipped: Collection[int] = ()) -> float | None:
        """Up to which score of the last one of those another stage is asked; None where none is left."""
        return self.thresholds[min(asked[-1], len(self.thresholds) - 1)] if self.to_come(asked, skipped) else None


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
    with traced(settings, "scorer"):
        _check_scorer(scorer)
    with traced(settings, "stages"):
        _check_distinct(written)
        _check_finite(written, settings, _root(settings))
        stages = [_read(text, chosen, settings, _samples(settings, scorer)) for text in written[:-1]]
        stages.append(_read(written[-1], chosen, settings))
    fitted = bundled.get("thresholds", ()) if scorer == bundled.get("scorer", "confidence") else ()
    with traced(settings, "thresholds"):
        thresholds = _thresholds(settings.choices.thresholds or fitted or (THRESHOLD,), stages=len(written))
    return Ladder(stages=tuple(stages), thresholds=thresholds, scorer=scorer, escalation=settings.choices.escalation)


def _bundled(settings: Settings) -> Mapping[str, Any]:
    """What was measured of the bundled cascade; nothing where somebody else is to be asked."""
    return zoo.cascade() if casts_bundled(settings) else {}


def _scorer(settings: Settings, bundled: Mapping[str, Any]) -> str:
    chosen = settings.choices.scorer
    fitted: str = bundled.get("scorer", chosen)
    return fitted if settings.origins["scorer"] == "default" else chosen


def _check_scorer(scorer: str) -> None:
    """Import a scorer that a package brings along, so that a broken one is told before anybody is asked."""
    if scorer in get_args(ScorerName):
        _check_own(scorer)
    elif not callable(plugin(SCORERS, scorer)):
        raise ConfigurationError(f"the entry point '{scorer}' of {SCORERS} cannot be used: it is no function")


def _check_own(scorer: str) -> None:
    if scorer in registered(SCORERS):
        raise ConfigurationError(
            f"the entry point '{scorer}' of {SCORERS} has the name of a scorer that is built in; "
            "which of them is meant cannot be told, so that the package has to register it under another name"
        )


def _samples(settings: Settings, scorer: str) -> int:
    """How often a member answers in a stage of its own: where several answers are compared, several times."""
    return settings.choices.samples_of(1) if scorer in SAMPLING else 1


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


def _root(settings: Settings) -> str:
    """What the stages belong to: the preset that chose them, or the cascade."""
    preset = re.fullmatch(r"preset '(.*)'", settings.origins["stages"])
    return preset[1] if preset else CASCADE


def _check_finite(written: Sequence[str], settings: Settings, *trail: str) -> None:
    """Follow the stages of cascades among the stages; one that leads back to where it stands would never end."""
    for text in written:
        inner = _stages_of(text, settings)
        back = (text,) if text in trail else (text, trail[0]) if inner == () else ()
        if back:
            raise UsageError(f"the stages are a loop: {' -> '.join((*trail, *back))}; give each cascade its own stages")
        _check_finite(inner or (), settings, *trail, text)


def _stages_of(text: str, settings: Settings) -> tuple[str, ...] | None:
    """The stages of a stage that is a cascade, empty where it names none; None for any other."""
    found, preset = _CALL.fullmatch(text), _preset(text, settings)
    if found and found["graph"] == CASCADE:
        return tuple(filter(None, items(items(found["inside"], ";")[0])))
    if preset is not None and preset.get("graph") == CASCADE:
        named = preset.get("stages", ())
        return tuple(items(named) if isinstance(named, str) else named)
    return None


def _preset(text: str, settings: Settings) -> Mapping[str, Any] | None:
    """The preset that a stage names; a member of that name stands above it."""
    return None if text in settings.members else settings.presets.get(text)


def _read(text: str, chosen: Mapping[str, Any], settings: Settings, samples: int = 1) -> Stage:
    if not text:
        raise UsageError("a stage is empty; write a member, or a graph with its members as in vote(a,b;samples=2)")
    graph, choices = _called(text) or _preset_of(text, settings) or _alone(text, samples)
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
    graph, (named, *parts) = found["graph"], items(found["inside"], ";")
    if graph not in GRAPHS:
        raise UsageError(f"stage '{text}': '{graph}' is no graph for a stage; {nearest(graph, GRAPHS)}")
    if not all(items(named)):
        raise UsageError(f"stage '{text}': a member's name is missing; write {graph}(a,b)")
    told = dict(_choice(text, part, GRAPHS[graph]) for part in parts)
    return graph, {**_inner(items(named)), **told} if graph == CASCADE else {"members": items(named), **told}


def _inner(stages: Sequence[str]) -> dict[str, Any]:
    """The choices of a cascade within another: the thresholds of that one are not its own."""
    return {"stages": stages, "thresholds": [THRESHOLD]}


def _preset_of(text: str, settings: Settings) -> tuple[str, dict[str, Any]] | None:
    """The graph and the choices of a stage that is written as a preset; None where it is none."""
    preset = _preset(text, settings)
    if preset is None:
        return None
    graph = strategy(preset.get("graph", Choices.model_fields["graph"].default))
    for name in sorted(set(preset) & _whole()):
        raise UsageError(f"stage '{text}': its '{name}' is the whole run's; choose it for the run and not in a preset")
    own = {name: value for name, value in preset.items() if name in graph.choices}
    return graph.name, {**_inner(_stages_of(text, settings) or ()), **own} if graph.name == CASCADE else own


def _choice(text: str, part: str, graph: Strategy) -> tuple[str, Any]:
    name, _, value = (piece.strip() for piece in part.partition("="))
    possible = [choice for choice in graph.choices if choice not in _whole() | {"members", "preset", "stages"}]
    if name not in possible:
        raise UsageError(f"stage '{text}': no choice '{name}' for a stage; {nearest(name, possible)}")
    if not value:
        raise UsageError(f"stage '{text}': '{name}' has no value; write {name}=...")
    return name, items(value) if name in NAMES else value


def _whole() -> set[str]:
    """The choices that are the whole run's and no stage's."""
    return {field.name for field in fields(Context)} - OWN - {"members", "preset"}


def by_cost(members: Sequence[Member]) -> list[Member]:
    """The members from cheap to strong: by price, at equal price by parameters, then by reliability.

    Where price or parameters are unknown they count as the highest; a name such as `llama2:7b` tells parameters, too.
    """
    return sorted(members, key=_cost)


def _cost(member: Member) -> tuple[float, float, float]:
    unknown = float("inf")
    price = unknown if member.price is None else member.price.input + member.price.output
    known = zoo.about(member.target) if member.provider == "gguf" else {}
    return price, known.get("parameters") or _named_size(member.target) or unknown, member.reliability or 0.0


def _named_size(model: str) -> float | None:
    """The parameters that a model's name tells, as in `qwen3:8b` or `mixtral:8x7b`."""
    found = _SIZE.search(model)
    return None if found is None else int(found["experts"] or 1) * float(found["size"]) * 1e9


def scoring(settings: Settings, scorer: str) -> tuple[Member, ...]:
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
