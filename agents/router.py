"""The router: a chat model that tells what a question is about and how well each expert would answer it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from symposium.agents.briefing import CONTEXT, MARKS, SPARE, Turn, malformed
from symposium.agents.casting import way
from symposium.agents.structured import structured
from symposium.ledger.records import Intent, Message
from symposium.models.member import Member, estimated_tokens
from symposium.models.mind import Mind
from symposium.prompts.loader import Language, language_of, phrase, prompt
from symposium.tools.fences import fenced, labels, unmarked

WHOLE = 100  # a chance as it is asked for, in per cent


class Rated(BaseModel):
    """How well an expert would answer, as a router writes it down."""

    expert: str
    chance: int = Field(ge=0, le=WHOLE)


class Rating(BaseModel):
    """What a router writes: the class of the question, what decides, and a chance for every expert."""

    intent: Intent
    reason: str
    chances: list[Rated]


@dataclass(frozen=True)
class Assessment:
    """What a router makes of a question: its class, each expert's chance (0..1) by name, and why."""

    intent: Intent
    chances: dict[str, float]
    reason: str


async def assess(
    mind: Mind,
    question: str,
    experts: Sequence[Member],
    *,
    costs: dict[str, float],
    within: float | None = None,
) -> Assessment:
    """Ask for a question's class and for every expert's chance to answer it well.

    The experts are told by letter, by what they are good at, how often they are right and what they cost (`costs` are
    parts of the dearest's), never by their names. The question is data to the router, and no instruction.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot route; names what can.
    """
    await way(mind, "router")
    language = language_of(question)
    lettered = dict(zip(labels(len(experts)), sorted(experts, key=lambda one: one.name), strict=True))
    messages, shown = _messages(mind.member, question, lettered, costs, language)
    turn = Turn(role="router", round=0, index=0, within=within)
    made = await structured(
        mind, messages, Rating, check=lambda form: _problem(form, list(lettered), language), language=language, **turn
    )
    chances = {lettered[one.expert].name: one.chance / WHOLE for one in made.chances}
    return Assessment(made.intent, chances, unmarked(made.reason, shown))


def _messages(
    member: Member, question: str, lettered: dict[str, Member], costs: dict[str, float], language: Language
) -> tuple[tuple[Message, ...], str]:
    """The instruction that never changes, the experts, and last the question in its fence; and that fence."""
    system = prompt("router", language=language, variant=member.prompt).substitute()
    table = "\n".join(_described(letter, one, costs[one.name], language) for letter, one in lettered.items())
    room = (member.context or CONTEXT) - member.max_tokens - SPARE - MARKS
    room -= estimated_tokens(system) + estimated_tokens(table)
    if room <= 0:
        raise malformed("the experts' descriptions do not fit the router's context", 0)
    note = "\n" + prompt("omission", language=language, variant=member.prompt).substitute(count="{count}") + "\n"
    shown = fenced({_label(language): question}, most=room, measure=estimated_tokens, note=note)
    return (Message(role="system", content=system), Message(role="user", content=f"{table}\n\n{shown}")), shown


def _label(language: Language) -> str:
    return phrase("question", language)


def _described(letter: str, member: Member, cost: float, language: Language) -> str:
    unknown = phrase("not-known", language)
    return phrase(
        "expert",
        language,
        letter=letter,
        strengths=", ".join(member.good_at) or unknown,
        right=unknown if member.reliability is None else f"{WHOLE * member.reliability:.0f} %",
        cost=f"{WHOLE * cost:.0f} %",
    )


def _problem(made: Rating, letters: Sequence[str], language: Language) -> str | None:
    named = [one.expert for one in made.chances]
    if sorted(named) == sorted(letters):
        return None
    return phrase("each-expert-once", language, known=", ".join(letters))
