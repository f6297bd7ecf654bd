"""The aggregator: makes one answer of several drafts, or says which is best, which agree and how they rank.

It reads them as anonymous data in an order of its own, and all of them may be wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from symposium.agents.briefing import Briefing, Turn, briefed, task
from symposium.agents.casting import way
from symposium.agents.structured import filled, structured
from symposium.ledger.records import Analysis, Draft, Message
from symposium.models.mind import Mind

SO_FAR = "SO FAR"  # the label of an answer that was made of earlier drafts
DIFFERENCES = "DIFFERENCES"  # the label of an analysis


@dataclass(frozen=True)
class Choice:
    """The draft that was chosen, why, and the reply that says so."""

    draft: Draft
    reason: str
    reply: Draft


@dataclass(frozen=True)
class Group:
    """Drafts that take one position, in the order in which they were given."""

    position: str
    drafts: tuple[Draft, ...]


class Selected(BaseModel):
    """What an aggregator that selects writes."""

    reason: str = Field(description="why this draft is the best")
    best: str = Field(description="its letter")


class Grouped(BaseModel):
    """A position as an aggregator that groups writes it down."""

    position: str = Field(description="the answer that its drafts give, in a few words")
    drafts: list[str] = Field(description="the letters of its drafts")


class Grouping(BaseModel):
    """What an aggregator that groups writes."""

    groups: list[Grouped]


class Ranked(BaseModel):
    """What an aggregator that ranks writes."""

    reason: str = Field(description="what decided")
    ranking: list[str] = Field(description="the letters of all drafts, the best one first")


async def synthesise(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    analysis: Analysis | None = None,
    shown: Draft | None = None,
    round: int = 0,
    within: float | None = None,
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Write one answer out of drafts; `shown` is the answer that was made of earlier ones, where they come in windows.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    await way(mind, "aggregator")
    told, turn = task(mind, conversation, "synthesis"), _turn(round, within)
    brief = _briefed(mind, conversation, drafts, told, turn, analysis=analysis, so_far=shown)
    return await mind.say(brief.messages, signals=False, hear=hear, **turn)


async def fuse(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    analysis: Analysis | None = None,
    instructions: str | None = None,
    shown: Draft | None = None,
    round: int = 0,
    within: float | None = None,
    hear: Callable[[str], None] | None = None,
) -> Draft:
    """Write one answer that combines the drafts' strengths by explicit instructions, or by the caller's own.

    What did not go together with it stands in the reply as `tools.asides` reads it.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    await way(mind, "aggregator")
    steps = instructions or task(mind, conversation, "fusion-steps")
    told, turn = task(mind, conversation, "fusion", instructions=steps), _turn(round, within)
    brief = _briefed(mind, conversation, drafts, told, turn, analysis=analysis, so_far=shown)
    return await mind.say(brief.messages, signals=False, hear=hear, **turn)


async def select(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    round: int = 0,
    within: float | None = None,
) -> Choice:
    """Choose the best of the drafts.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    await way(mind, "aggregator")
    turn = _turn(round, within)
    brief = _briefed(mind, conversation, drafts, task(mind, conversation, "selection"), turn)

    def problem(made: Selected) -> str | None:
        return None if brief.label(made.best) else f"'best' must be one of {', '.join(brief.drafts)}"

    made = await filled(mind, brief.messages, Selected, check=problem, language=brief.language, **turn)
    (best,) = _named(brief, [made.form.best])
    return Choice(best, made.form.reason, made.reply)


async def group(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    round: int = 0,
    within: float | None = None,
) -> list[Group]:
    """Group the drafts by the position they take; every draft stands in exactly one group, the largest one first.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    await way(mind, "aggregator")
    turn = _turn(round, within)
    brief = _briefed(mind, conversation, drafts, task(mind, conversation, "grouping"), turn)

    def problem(made: Grouping) -> str | None:
        return _each_once([label for one in made.groups for label in one.drafts], brief)

    made = await structured(mind, brief.messages, Grouping, check=problem, language=brief.language, **turn)
    groups = [Group(one.position, _of(brief, one.drafts, drafts)) for one in made.groups if one.drafts]
    return sorted(groups, key=lambda one: (-len(one.drafts), drafts.index(one.drafts[0])))


async def rank(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    round: int = 0,
    within: float | None = None,
) -> list[Draft]:
    """Rank the drafts, the best one first.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    await way(mind, "aggregator")
    turn = _turn(round, within)
    brief = _briefed(mind, conversation, drafts, task(mind, conversation, "ranking"), turn)

    def problem(made: Ranked) -> str | None:
        return _each_once(made.ranking, brief)

    made = await structured(mind, brief.messages, Ranked, check=problem, language=brief.language, **turn)
    return _named(brief, made.ranking)


def _turn(round: int, within: float | None) -> Turn:
    return Turn(role="aggregator", round=round, index=0, within=within)


def _briefed(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    told: str,
    turn: Turn,
    *,
    analysis: Analysis | None = None,
    so_far: Draft | None = None,
) -> Briefing:
    beside, notes = dict[str, str](), list[str]()
    if so_far:
        beside[SO_FAR] = so_far["text"]
        notes.append(task(mind, conversation, "so-far"))
    if analysis:
        beside[DIFFERENCES] = "\n".join(_told(analysis))
        notes.append(task(mind, conversation, "differences"))
    return briefed(mind, conversation, drafts, task="\n\n".join((*notes, told)), turn=turn, beside=beside)


def _told(analysis: Analysis) -> list[str]:
    """An analysis in lines, without the names of those who hold what."""
    opposed = [
        (found["about"], " / ".join(held["text"] for held in found["positions"]))
        for found in analysis["contradictions"]
    ]
    return [
        *(f"all say: {text}" for text in analysis["consensus"]),
        *(f"they contradict each other about {about}: {positions}" for about, positions in opposed),
        *(f"only some say: {found['text']}" for found in analysis["unique"]),
        *(f"nobody considers: {text}" for text in analysis["blind_spots"]),
    ]


def _each_once(written: Sequence[str], brief: Briefing) -> str | None:
    """What is wrong with labels of which every one should stand there once."""
    named = [brief.label(label) or label for label in written]
    if sorted(named) == sorted(brief.drafts):
        return None
    wrong = sorted({label for label in named if label not in brief.drafts or named.count(label) > 1})
    missing = [label for label in brief.drafts if label not in named]
    told = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"wrong or twice: {', '.join(wrong)}"] * bool(wrong)
    return f"each of {', '.join(brief.drafts)} must stand there once; {'; '.join(told)}"


def _named(brief: Briefing, written: Sequence[str]) -> list[Draft]:
    """The drafts under labels, which are known to be right."""
    return [brief.drafts[label] for label in map(brief.label, written) if label]


def _of(brief: Briefing, written: Sequence[str], drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    named = _named(brief, written)
    return tuple(draft for draft in drafts if any(draft is one for one in named))
