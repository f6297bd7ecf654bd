"""The aggregator: makes one answer of several drafts, or says which is best, which agree and how they rank.

It reads them as anonymous data in an order of its own, and all of them may be wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from symposium.agents.briefing import Briefing, Turn, briefed, malformed, task
from symposium.agents.casting import way
from symposium.agents.structured import filled, structured
from symposium.ledger.records import Analysis, Draft, Message
from symposium.models.mind import Mind
from symposium.prompts.loader import Language, language_of, phrase
from symposium.tools.asides import parted
from symposium.tools.fences import unmarked

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
    """Drafts that take one position, in the order in which they were given; an empty one: they take none, abstain."""

    position: str
    drafts: tuple[Draft, ...]


class Selected(BaseModel):
    """What an aggregator that selects writes: why one draft is the best, and its letter."""

    reason: str
    best: str


class Grouped(BaseModel):
    """A position as an aggregator that groups writes it down, with the letters of its drafts."""

    position: str
    drafts: list[str]


class Grouping(BaseModel):
    """What an aggregator that groups writes, with the letters of the drafts that take no position."""

    groups: list[Grouped]
    undecided: list[str] = Field(default_factory=list)  # many leave it out where there are none


class Ranked(BaseModel):
    """What an aggregator that ranks writes: what decided, and the letters of all drafts, the best one first."""

    reason: str
    ranking: list[str]


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
    told, turn = task(mind, conversation, "synthesis"), _turn(round, within)
    brief = await _briefed(mind, conversation, drafts, told, turn, analysis=analysis, so_far=shown)
    return brief.reply(mind, await mind.say(brief.messages, signals=False, hear=hear, **turn))


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
        CallFailed: no usable reply; `malformed` where it holds nothing beside that.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    steps = instructions or task(mind, conversation, "fusion-steps")
    told, turn = task(mind, conversation, "fusion", instructions=steps), _turn(round, within)
    brief = await _briefed(mind, conversation, drafts, told, turn, analysis=analysis, so_far=shown)
    made = brief.reply(mind, await mind.say(brief.messages, signals=False, hear=hear, **turn))
    if not parted(made["text"]).text:
        raise malformed("the reply holds nothing but what was not combined", made["attempts"])
    return made


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
    turn = _turn(round, within)
    brief = await _briefed(mind, conversation, drafts, task(mind, conversation, "selection"), turn)

    def problem(made: Selected) -> str | None:
        known = ", ".join(brief.drafts)
        return None if brief.label(made.best) else phrase("not-one-of", brief.language, place="best", known=known)

    made = await filled(mind, brief.messages, Selected, check=problem, language=brief.language, **turn)
    (best,) = _named(brief, [made.form.best])
    return Choice(best, brief.named(made.form.reason), made.reply)


async def group(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    round: int = 0,
    within: float | None = None,
) -> list[Group]:
    """Group the drafts by the position they take; every draft stands in exactly one group, the largest one first.

    Drafts that take none stand together in the last group, whose position is empty.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    turn = _turn(round, within)
    brief = await _briefed(mind, conversation, drafts, task(mind, conversation, "grouping"), turn)

    def problem(made: Grouping) -> str | None:
        if any(one.drafts and not unmarked(one.position, brief.data).strip() for one in made.groups):
            return phrase("no-position", brief.language)
        return _each_once([*made.undecided, *(label for one in made.groups for label in one.drafts)], brief)

    made = await structured(mind, brief.messages, Grouping, check=problem, language=brief.language, **turn)
    taken = [(unmarked(one.position, brief.data).strip(), one.drafts) for one in made.groups]
    groups = [Group(position, _of(brief, letters, drafts)) for position, letters in (*taken, ("", made.undecided))]
    found = [one for one in groups if one.drafts]
    return sorted(found, key=lambda one: (not one.position, -len(one.drafts), drafts.index(one.drafts[0])))


async def rank(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    *,
    role: str = "aggregator",
    round: int = 0,
    within: float | None = None,
) -> list[Draft]:
    """Rank the drafts, the best one first; `role` is whose work this is.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot aggregate; names what can.
    """
    turn = Turn(role=role, round=round, index=0, within=within)
    brief = await _briefed(mind, conversation, drafts, task(mind, conversation, "ranking"), turn)

    def problem(made: Ranked) -> str | None:
        return _each_once(made.ranking, brief)

    made = await structured(mind, brief.messages, Ranked, check=problem, language=brief.language, **turn)
    return _named(brief, made.ranking)


def _turn(round: int, within: float | None) -> Turn:
    return Turn(role="aggregator", round=round, index=0, within=within)


async def _briefed(
    mind: Mind,
    conversation: Sequence[Message],
    drafts: Sequence[Draft],
    told: str,
    turn: Turn,
    *,
    analysis: Analysis | None = None,
    so_far: Draft | None = None,
) -> Briefing:
    """Lay drafts before a member that can aggregate, with what was made of earlier ones and how they differ."""
    await way(mind, "aggregator")
    beside, notes = dict[str, str](), list[str]()
    if so_far:
        beside[SO_FAR] = so_far["text"]
        notes.append(task(mind, conversation, "so-far"))
    if analysis:
        beside[DIFFERENCES] = "\n".join(_told(analysis, language_of(conversation[-1]["content"])))
        notes.append(task(mind, conversation, "differences"))
    return briefed(mind, conversation, drafts, task="\n\n".join((*notes, told)), turn=turn, beside=beside)


def _told(analysis: Analysis, language: Language) -> list[str]:
    """An analysis in lines, without the names of those who hold what."""
    opposed = [
        (found["about"], " / ".join(held["text"] for held in found["positions"]))
        for found in analysis["contradictions"]
    ]
    return [
        *(phrase("all-say", language, text=text) for text in analysis["consensus"]),
        *(phrase("opposed", language, about=about, positions=positions) for about, positions in opposed),
        *(phrase("some-say", language, text=found["text"]) for found in analysis["unique"]),
        *(phrase("nobody-says", language, text=text) for text in analysis["blind_spots"]),
    ]


def _each_once(written: Sequence[str], brief: Briefing) -> str | None:
    """What is wrong with labels of which every one should stand there once."""
    named = [brief.label(label) or label for label in written]
    if sorted(named) == sorted(brief.drafts):
        return None
    wrong = sorted({label for label in named if label not in brief.drafts or named.count(label) > 1})
    missing = [label for label in brief.drafts if label not in named]
    told = [phrase("each-once", brief.language, known=", ".join(brief.drafts))]
    told += [phrase("left-out", brief.language, labels=", ".join(missing))] * bool(missing)
    told += [phrase("wrong-or-twice", brief.language, labels=", ".join(wrong))] * bool(wrong)
    return "; ".join(told)


def _named(brief: Briefing, written: Sequence[str]) -> list[Draft]:
    """The drafts under labels, which are known to be right."""
    return [brief.drafts[label] for label in map(brief.label, written) if label]


def _of(brief: Briefing, written: Sequence[str], drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    named = _named(brief, written)
    return tuple(draft for draft in drafts if any(draft is one for one in named))
