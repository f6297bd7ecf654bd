"""Who proposes, who aggregates and who judges: members chosen by what is known of them before anyone speaks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symposium.agents.casting import follows_instructions
from symposium.ledger.records import UsageError
from symposium.models.member import Member
from symposium.models.settings import PanelName, Settings, cast, casts_bundled, traced

BAND = 0.1  # of the known chance of a right answer below the best: synthesis wants quality (arXiv 2502.00674)
MANY = 4  # proposers beyond which each further one adds little
TWO = 2  # members are the fewest that can debate
DEBATERS = 3


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Who may speak: the proposers and how they came to it, and who else of the members was there.

    `aggregators` and `judges` are in the order in which they are asked; who of them can play the role is known when a
    run begins.
    """

    by: str
    proposers: tuple[Member, ...]
    left_out: tuple[Member, ...]
    aggregators: tuple[Member, ...]
    judges: tuple[Member, ...]

    @property
    def others(self) -> tuple[Member, ...]:
        """Everyone but the proposers, each once."""
        proposing = {member.name for member in self.proposers}
        found = {member.name: member for member in (*self.aggregators, *self.judges)}
        return tuple(member for name, member in found.items() if name not in proposing)


def seated(settings: Settings, pool: Sequence[Member]) -> Panel:
    """Choose the panel out of the settings, and of the members that are asked or configured.

    Raises:
        UsageError: a proposer, aggregator, judge or fallback is unknown or stands twice.
        ConfigurationError: likewise, as configured.
    """
    by, proposers = _proposers(settings, pool)
    there = tuple({member.name: member for member in (*proposers, *pool)}.values())
    return Panel(
        by=by,
        proposers=proposers,
        left_out=tuple(member for member in pool if member not in proposers),
        aggregators=_chain(settings, "aggregator_model", there, at_first=1),
        judges=_chain(settings, "judge", there, at_first=len(there)),  # whose family fits is known when it judges
    )


def opposed(settings: Settings, pool: Sequence[Member]) -> Panel:
    """Choose who debates, and who may judge that: whoever is named for the request, else a panel.

    Unless chosen otherwise that is the strongest of each family, and then the next ones, since debaters of one family
    conform to each other (arXiv 2605.00914).

    Raises:
        UsageError: fewer than two are left, or the judge or a fallback is unknown.
        ConfigurationError: likewise, as configured.
    """
    by, debaters = _debaters(settings, pool)
    if len(debaters) < TWO:
        named = ", ".join(member.name for member in debaters) or "nobody"
        with traced(settings, "members"):
            raise UsageError(f"a debate takes two members or more; there is only {named}")
    return Panel(
        by=by,
        proposers=debaters,
        left_out=tuple(member for member in pool if member not in debaters),
        aggregators=(),
        judges=_chain(settings, "judge", pool, at_first=len(pool)),
    )


def _debaters(settings: Settings, pool: Sequence[Member]) -> tuple[str, tuple[Member, ...]]:
    if _named_to_draft(settings):
        return "members", tuple(pool)
    size = settings.choices.panel_size or DEBATERS
    if _measured_together(settings):
        return "line-up", tuple(pool[:size])
    if settings.origins["panel"] != "default":
        return settings.choices.panel, tuple(PANELS[settings.choices.panel](pool)[:size])
    apart = diverse(pool)
    return "diverse", tuple([*apart, *(member for member in by_strength(pool) if member not in apart)][:size])


def _proposers(settings: Settings, pool: Sequence[Member]) -> tuple[str, tuple[Member, ...]]:
    named, choices = settings.choices.proposer_models, settings.choices
    if named and _nearness(settings, "proposer_models") >= _nearness(settings, "members"):
        with traced(settings, "proposer_models"):
            _check_distinct(named)
            return "proposer_models", cast(settings, named)
    if _named_to_draft(settings):
        return "members", tuple(pool)
    size = choices.panel_size or (len(pool) if choices.panel == "all" else MANY)
    if _measured_together(settings):
        return "line-up", tuple(pool[:size])
    return choices.panel, tuple(PANELS[choices.panel](pool)[:size])


def _named_to_draft(settings: Settings) -> bool:
    """The members were named for this request, and no way of choosing among them was."""
    return settings.origins["members"] == "asked for" and all(
        settings.origins[choice] == "default" for choice in ("panel", "panel_size")
    )


def _nearness(settings: Settings, choice: str) -> int:
    """How near to the request a choice was made: by default, in which file, the environment, the preset or itself."""
    places, origin = ("default", *map(str, settings.files), "environment"), settings.origins[choice]
    return places.index(origin) if origin in places else len(places) + (origin == "asked for")


def _check_distinct(names: Sequence[str]) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise UsageError(f"proposer '{twice[0]}' stands twice; let each draft more often with num_proposals_per_model")


def _measured_together(settings: Settings) -> bool:
    """The pool is a line-up of bundled minds that was found by measuring, and no way of choosing from it was named."""
    return casts_bundled(settings) and settings.origins["panel"] == "default"


def _chain(settings: Settings, choice: str, there: Sequence[Member], *, at_first: int) -> tuple[Member, ...]:
    """Who plays a role, in turn: who is named, else so many of the strongest; then the fallbacks, or the others."""
    able = [member for member in by_strength(there) if follows_instructions(member)]
    first = _named(settings, choice, getattr(settings.choices, choice)) or able[:at_first]
    following = _named(settings, "fallbacks", *settings.choices.fallbacks) or able
    return tuple({member.name: member for member in (*first, *following)}.values())


def _named(settings: Settings, choice: str, *names: str | None) -> list[Member]:
    with traced(settings, choice):
        return [cast(settings, (name,))[0] for name in names if name]


def by_strength(members: Sequence[Member]) -> list[Member]:
    """The members from strong to weak: by known reliability, then by price, the dearest first, then by name."""
    return sorted(members, key=lambda m: (m.reliability is None, -(m.reliability or 0.0), -_price(m, 0.0), m.name))


def family(member: Member) -> str:
    """What two members share that are no second opinion to each other; the model where no family is known."""
    return member.family or member.model


# Ways to choose


def quality_band(members: Sequence[Member]) -> list[Member]:
    """Those hardly weaker than the best; who is unknown stays."""
    best = max((member.reliability for member in members if member.reliability is not None), default=0.0)
    return by_strength([m for m in members if m.reliability is None or m.reliability >= best - BAND])


def diverse(members: Sequence[Member]) -> list[Member]:
    """The strongest of each family."""
    first = {family(member): member for member in reversed(by_strength(members))}
    return by_strength(list(first.values()))


def everybody(members: Sequence[Member]) -> list[Member]:
    """All, from strong to weak."""
    return by_strength(members)


def cheapest(members: Sequence[Member]) -> list[Member]:
    """From cheap to dear; an unknown price counts as the highest, and of equal prices the stronger member is first."""
    return sorted(by_strength(members), key=lambda member: _price(member, float("inf")))


PANELS: Mapping[PanelName, Callable[[Sequence[Member]], list[Member]]] = {
    "quality_band": quality_band,
    "diverse": diverse,
    "all": everybody,
    "cheapest": cheapest,
}


def _price(member: Member, unknown: float) -> float:
    return unknown if member.price is None else member.price.input + member.price.output
