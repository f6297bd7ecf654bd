"""Who may be asked about a question, what each would cost, and how well each is thought to answer it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from symposium.agents.casting import follows_instructions
from symposium.graphs.panel import by_strength
from symposium.ledger.records import Intent, UsageError, nearest
from symposium.models import zoo
from symposium.models.member import Member
from symposium.models.routers import known, known_models, router
from symposium.models.settings import Settings, cast, traced
from symposium.tools.choosing import Figures, odds, share_of, shared, spend_of, spent
from symposium.tools.cues import FIELDS, TONGUES, Tongue
from symposium.tools.intents import INTENTS, Strengths, field_of, intent_of, strengths, tongue_of
from symposium.tools.routing import Router

RULES, TRAINED, DEFAULT = "rules", "trained", "default"
USUAL_TOKENS = (300.0, 300.0)  # read and written for a question, where nothing was measured
UNKNOWN = 0.6  # the chance that is assumed of a member of unknown reliability, if it is the cheapest
BY_PRICE = 0.2  # what the dearest of them is assumed to have above it
SPECIAL, STRANGE, FLUENT = 1.0, 0.7, 0.5  # logits for a specialist, for who is good at other things, for a language
LONG = 240  # characters from which a question counts as long; it is harder for the weak
EVEN = 0.5  # the chance of lying inside their world below which a question is hardly one for the bundled minds
HARDER = 0.6  # logits that a long question costs who is never right


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What rules see of a question."""

    intent: Intent
    field: str | None
    tongue: Tongue
    long: bool

    @classmethod
    def of(cls, question: str) -> "Traits":
        intent = intent_of(question)
        return cls(
            intent=intent,
            field=field_of(question) if intent == "maths" else None,
            tongue=tongue_of(question),
            long=len(question) >= LONG,
        )


@dataclass(frozen=True, kw_only=True)
class Experts:
    """Everybody who may be asked and what is known of them.

    `by` is `rules`, `trained`, or the name of the member that `routes`; `trained` is the router for those whom it
    knows, whoever routes. `costs` are parts (0..1) of the dearest's, `threshold` and `reroute` None where they play no
    part, `default` is who is asked where the router fails, and `aggregators` may, in turn, write one answer of several.
    """

    members: tuple[Member, ...]
    by: str
    trained: Router | None
    routes: Member | None
    costs: Mapping[str, float]
    default: str
    threshold: float | None
    reroute: float | None
    aggregators: tuple[Member, ...]

    def knows(self, name: str, *, by: str) -> bool:
        """Tell whether a prediction for that member rests on anything: on training, or on a known reliability.

        `by` is who has routed, which is `default` where the router failed.
        """
        member = next(one for one in self.members if one.name == name)
        trained = self.by != RULES and self.trained is not None and bool(known(self.trained, [member]))
        return trained or by not in (RULES, TRAINED, DEFAULT) or member.reliability is not None

    def predicted(self, question: str, *, inside: float | None = None) -> dict[str, float]:
        """Predict for each member the chance that it answers well: as it was trained, else by rules.

        `inside` is the chance that the question lies inside what the bundled minds know, where that is known: a
        question that rather lies outside is none for them.
        """
        chances = by_rules(Traits.of(question), self.members)
        if self.by != RULES and self.trained is not None:
            chances |= _as_trained(self.trained, self.trained.chances(question), self.members)
        if inside is None or inside >= EVEN:
            return chances
        minds = {member.name for member in self.members if is_bundled(member)}
        return {name: chance * inside if name in minds else chance for name, chance in chances.items()}


def is_bundled(member: Member) -> bool:
    """Tell whether a member is one of the bundled minds, of which alone it is known where what they know ends."""
    return member.provider == "gguf" and member.target in zoo.bundled()


def seated(settings: Settings, members: Sequence[Member]) -> Experts:
    """Find out who routes and what the experts cost, from the settings.

    Raises:
        UsageError: a choice does not fit the members or another choice.
        ConfigurationError: likewise, as configured; a router's file cannot be used.
    """
    choices = settings.choices
    _check(settings, members)
    by, trained, routes = _router(settings, members)
    if routes:
        _check_reading(settings)
    costs = relative(members, trained)
    return Experts(
        members=tuple(members),
        by=by,
        trained=trained,
        routes=routes,
        costs=costs,
        default=choices.default_member or by_strength(members)[0].name,
        threshold=_threshold(settings, members, trained if by != RULES else None, costs),
        reroute=_reroute(settings, members, trained),
        aggregators=tuple(filter(follows_instructions, by_strength(members))) if choices.top_k > 1 else (),
    )


# Choices that do not fit


PROMISES = ("target_share", "target_spend")
TARGETS = ("threshold", *PROMISES)


def _check(settings: Settings, members: Sequence[Member]) -> None:
    choices, names = settings.choices, [member.name for member in members]
    told = [name for name in TARGETS if getattr(choices, name) is not None]
    if len(told) > 1:
        raise UsageError(f"{' and '.join(told)} exclude each other; give one of {', '.join(TARGETS)}")
    with traced(settings, "top_k"):
        if choices.top_k > len(names):
            raise UsageError(f"top_k is {choices.top_k}, but there are {len(names)} members: {', '.join(names)}")
    with traced(settings, "default_member"):
        if choices.default_member not in (None, *names):
            raise UsageError(
                f"default_member '{choices.default_member}' is not among the members; "
                f"{nearest(str(choices.default_member), names)}"
            )
    for target in PROMISES:
        if getattr(choices, target) is not None:
            _check_alone(settings, target)
    if choices.target_spend is not None:
        _check_prices(settings, members)


def _check_alone(settings: Settings, target: str) -> None:
    """What is promised for one expert a question is not kept with a second one that nobody reckoned with."""
    with traced(settings, target):
        if settings.choices.top_k > 1 or settings.choices.reroute is not None:
            raise UsageError(f"{target} holds for one expert a question; leave out top_k and reroute")


def _check_reading(settings: Settings) -> None:
    """Of a member that reads each question nobody knows beforehand what it will say of them."""
    for target in PROMISES:
        with traced(settings, target):
            if getattr(settings.choices, target) is not None:
                named = settings.choices.router
                raise UsageError(
                    f"{target} cannot be promised where '{named}' routes; choose {RULES} or {TRAINED}, or a threshold"
                )


def _check_prices(settings: Settings, members: Sequence[Member]) -> None:
    """A promised spend takes known prices."""
    with traced(settings, "target_spend"):
        unknown = [member.name for member in members if member.price is None]
        if unknown:
            raise UsageError(f"target_spend needs known prices, and that of {', '.join(unknown)} is not; give price_*")


# Who routes


def _router(settings: Settings, members: Sequence[Member]) -> tuple[str, Router | None, Member | None]:
    named = settings.choices.router
    if named == RULES:
        return RULES, None, None
    trained = router(members, settings.files)
    if named is None:
        return (TRAINED if trained and len(known(trained, members)) == len(members) else RULES), trained, None
    if named != TRAINED:
        with traced(settings, "router"):
            return named, trained, _routing(settings, named)
    if trained is None:
        with traced(settings, "router"):
            raise UsageError(
                f"router 'trained': it knows none of {', '.join(one.model for one in members)}; "
                f"known: {', '.join(known_models(settings.files)) or 'none'}. "
                "Train one with python -m symposium.training.router, or choose 'rules'"
            )
    return TRAINED, trained, None


def _routing(settings: Settings, named: str) -> Member:
    try:
        return cast(settings, (named,))[0]
    except UsageError as error:
        raise UsageError(f"router '{named}' is neither {RULES} nor {TRAINED} nor a member: {error}") from error


def _as_trained(trained: Router, chances: Figures, members: Iterable[Member]) -> dict[str, float]:
    return {member.name: chances[member.model] for member in known(trained, [*members])}


# Costs


def relative(members: Sequence[Member], trained: Router | None) -> dict[str, float]:
    """Tell what a question costs each member as a part (0..1) of what it costs the dearest; an unknown cost is 1.

    That is money, or where all are free of charge the work: tokens times parameters.
    """
    tokens = {member.name: (trained and trained.tokens.get(member.model)) or USUAL_TOKENS for member in members}
    paid = any(_money(member) for member in members)
    costs = {m.name: _price(m, tokens[m.name]) if paid else _work(m, tokens[m.name]) for m in members}
    most = max((cost for cost in costs.values() if cost is not None), default=0.0)
    return {name: 1.0 if cost is None or not most else cost / most for name, cost in costs.items()}


def _money(member: Member) -> float | None:
    return None if member.price is None else member.price.input + member.price.output


def _price(member: Member, tokens: tuple[float, float]) -> float | None:
    if member.price is None:
        return None
    return member.price.input * tokens[0] + member.price.output * tokens[1]


def _work(member: Member, tokens: tuple[float, float]) -> float | None:
    about = zoo.about(member.target) if member.provider == "gguf" else {}
    parameters: int | None = about.get("parameters")
    return None if parameters is None else parameters * sum(tokens)


# Thresholds


def _threshold(
    settings: Settings, members: Sequence[Member], trained: Router | None, costs: Mapping[str, float]
) -> float | None:
    choices = settings.choices
    for target, (solve, measure) in SOLVING.items():
        asked_for: float | None = getattr(choices, target)
        if asked_for is not None:
            sample = _sample(members, trained)
            found = solve(sample, costs, asked_for)
            if trained is None:
                _check_reached(settings, target, measure(sample, costs, found))
            return found
    return choices.threshold


SOLVING = {"target_share": (shared, share_of), "target_spend": (spent, spend_of)}
MISSED = 0.2  # by how much rules may keep below what was asked for


def _check_reached(settings: Settings, target: str, reached: float) -> None:
    """Rules that hardly tell questions apart send all of them one way or the other, and meet no target."""
    asked_for = getattr(settings.choices, target)
    if reached < asked_for - MISSED:
        with traced(settings, target):
            raise UsageError(
                f"{target} {asked_for:g} cannot be met by rules, which hardly tell these members' questions apart: "
                f"it would be {reached:.2f}; choose a threshold, or train a router: "
                "python -m symposium.training.router"
            )


def _sample(members: Sequence[Member], trained: Router | None) -> list[Figures]:
    """Predictions for questions like those to come: those of the training, else one of every kind that rules see."""
    profiles = _profiles(members)
    if trained is None:
        return [by_rules(profile, members) for profile in profiles]
    unseen = by_rules(profiles[0], members)
    return [{**unseen, **_as_trained(trained, row, members)} for row in trained.sample]


def _profiles(members: Sequence[Member]) -> list[Traits]:
    """Questions of every kind that the members are said to be for, of maths in every field; of all kinds, if any."""
    held = [strengths(member.good_at).intents for member in members]
    named = {intent for intents in held for intent in intents}
    kinds: list[Intent] = [intent for intent in INTENTS if intent in named or not all(held)]
    return [
        Traits(intent=intent, field=field, tongue=tongue, long=long)
        for intent, tongue, long in product(kinds, TONGUES, (False, True))
        for field in (FIELDS if intent == "maths" else (None,))
    ]


def _reroute(settings: Settings, members: Sequence[Member], trained: Router | None) -> float | None:
    """Up to which chance the next expert is asked as well: as chosen, else as measured for the bundled minds.

    A share or spend that was asked for is not to be overdrawn by further experts.
    """
    choices = settings.choices
    asked_for = any(getattr(choices, name) is not None for name in TARGETS)
    if choices.reroute is not None or trained is None or choices.top_k > 1 or asked_for:
        return choices.reroute
    return trained.reroute if len(known(trained, members)) == len(members) else None


# Rules


def by_rules(traits: Traits, members: Sequence[Member]) -> dict[str, float]:
    """Predict by rules: from what is known of a member's reliability or its price, and from what it is good at."""
    held = {member.name: strengths(member.good_at) for member in members}
    broadest = max(len(one.fields) for one in held.values())
    usual = _usual(members)
    return {
        name: _chance(usual[name], traits, _fit(traits, good, general=len(good.fields) == broadest))
        for name, good in held.items()
    }


def _usual(members: Sequence[Member]) -> dict[str, float]:
    """The known share of right answers; where it is unknown, one that rises with the price."""
    prices = sorted({_money(member) or 0.0 for member in members})
    steps = max(1, len(prices) - 1)
    return {
        m.name: UNKNOWN + BY_PRICE * prices.index(_money(m) or 0.0) / steps if m.reliability is None else m.reliability
        for m in members
    }


def _chance(usual: float, traits: Traits, fit: float) -> float:
    """Shift a usual chance by how the question fits, and by its length, which the weak feel most."""
    logit = odds(usual) + fit - HARDER * traits.long * (1 - usual)
    return 1 / (1 + math.exp(-logit))


def _fit(traits: Traits, good: Strengths, *, general: bool) -> float:
    """How many logits a question's kind and language add to a member's chance, or take."""
    spoken = FLUENT if traits.tongue in good.tongues else -FLUENT if good.tongues else 0.0
    if not good.intents:
        return spoken
    if traits.intent not in good.intents:
        return spoken - STRANGE
    if traits.field is None or not good.fields or general:
        return spoken + (0.0 if good.fields else SPECIAL)
    return spoken + (SPECIAL if traits.field in good.fields else -STRANGE)
