"""The analyst: tells how drafts differ, before anybody makes one answer of them."""

from collections.abc import Sequence

from pydantic import BaseModel

from symposium.agents.briefing import Briefing, Turn, briefed, task
from symposium.agents.casting import way
from symposium.agents.structured import structured
from symposium.ledger.records import Analysis, Contradiction, Draft, Message, Position
from symposium.models.mind import Mind
from symposium.prompts.loader import phrase


class Held(BaseModel):
    """A statement and the letters of the drafts that make it, as an analyst writes it down."""

    text: str
    drafts: list[str]


class Opposed(BaseModel):
    """A contradiction as an analyst writes it down."""

    about: str
    positions: list[Held]


class Differences(BaseModel):
    """What an analyst writes: what all say, who contradicts whom, what only some say, and what nobody considers."""

    consensus: list[str]
    contradictions: list[Opposed]
    unique: list[Held]
    blind_spots: list[str]


async def analyse(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    round: int = 0,
    within: float | None = None,
) -> Analysis:
    """Tell what the drafts agree and disagree about, with the names of the members who hold what; emit `analysis`.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot analyse; names what can.
    """
    await way(mind, "analyst")
    turn = Turn(role="analyst", round=round, index=0, within=within)
    brief = briefed(mind, conversation, drafts, task=task(mind, conversation, "analyst"), turn=turn)
    made = await structured(
        mind, brief.messages, Differences, check=lambda form: _problem(form, brief), language=brief.language, **turn
    )
    found = Analysis(
        consensus=made.consensus,
        contradictions=[
            Contradiction(about=one.about, positions=[_position(held, brief) for held in one.positions])
            for one in made.contradictions
        ],
        unique=[_position(held, brief) for held in made.unique],
        blind_spots=made.blind_spots,
    )
    mind.tell("analysis", analyst=mind.member.name, **found)
    return found


def _problem(made: Differences, brief: Briefing) -> str | None:
    held = [*made.unique, *(position for one in made.contradictions for position in one.positions)]
    strangers = sorted({label for one in held for label in one.drafts if brief.label(label) is None})
    if not strangers:
        return None
    return phrase("only-known", brief.language, known=", ".join(brief.drafts), labels=", ".join(strangers))


def _position(held: Held, brief: Briefing) -> Position:
    authors = [brief.drafts[label]["member"] for label in map(brief.label, held.drafts) if label]
    return Position(text=held.text, members=sorted(set(authors)))
