"""The moderator: the judge of a debate, who decides after a round how it goes on."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel

from symposium.agents.briefing import Briefing, Turn, task
from symposium.agents.casting import way
from symposium.agents.structured import structured
from symposium.agents.transcript import laid
from symposium.ledger.records import Decision, Message, Round, Ruling
from symposium.models.mind import Mind
from symposium.prompts.loader import language_of, phrase

DECISIONS: tuple[Decision, ...] = ("continue", "conclude", "tie", "redirect")

_KOREAN: Mapping[str, Decision] = {"계속": "continue", "결론": "conclude", "동률": "tie", "재설정": "redirect"}
_NOBODY = frozenset({"", "none", "null", "nil", "na", "n/a", "n.a", "neither", "nobody", "no one", "no winner"})
_NOBODY |= {"unknown", "unclear", "undecided", "없음", "없다", "없습니다", "해당 없음", "모름", "알 수 없음", "미정"}
_MARKS = " \t\n\"'“”‘’「」`*_.,:;()[]{}<>-–—"  # around a word that is all that is written


class Judged(BaseModel):
    """What a moderator writes: why, what it decides, the letter of the draft that wins, and where to redirect to.

    Many leave out what they have nothing to say in.
    """

    reason: str
    decision: str
    winner: str | None = None
    off_topic: str | None = None
    restated: str | None = None


async def moderate(
    mind: Mind,
    conversation: Sequence[Message],
    rounds: Sequence[Round],
    *,
    round: int,
    allowed: Collection[Decision],
    within: float | None = None,
) -> Ruling:
    """Decide one of what is `allowed` after a round of a debate, and emit `judge.decision`.

    A redirection says what to leave and restates the question. `winner` is the call of a draft of the last round
    where it concludes, and None where it names nobody.

    Raises:
        CallFailed: no usable reply.
        LimitReached: the budget does not allow the call.
        UsageError: the member cannot moderate; names what can.
    """
    await way(mind, "moderator")
    open_to: list[Decision] = [decision for decision in DECISIONS if decision in allowed]
    turn = Turn(role="judge", round=round, index=0, within=within)
    brief = laid(mind, conversation, rounds, told=_told(mind, conversation, open_to), recalled=False)

    def problem(made: Judged) -> str | None:
        return _problem(made, brief, open_to)

    made = await structured(mind, brief.messages, Judged, check=problem, language=brief.language, **turn)
    ruling = _ruling(mind, made, brief, round, open_to)
    mind.tell("judge.decision", **ruling)
    return ruling


def _told(mind: Mind, conversation: Sequence[Message], open_to: Sequence[Decision]) -> str:
    language = language_of(conversation[-1]["content"])
    decisions = "\n".join(phrase(f"may-{decision}", language) for decision in open_to)
    return task(mind, conversation, "moderator", decisions=decisions)


def _problem(made: Judged, brief: Briefing, open_to: Sequence[Decision]) -> str | None:
    """What is wrong with a ruling: what it decides, a winner that nobody knows, or a redirection to nowhere."""
    decision = _decision(made, open_to)
    if decision is None:
        return phrase("not-one-of", brief.language, place="decision", known=", ".join(open_to))
    if decision == "conclude" and _winner(made, brief) is None and not _nobody(made):
        return phrase("not-one-of", brief.language, place="winner", known=", ".join((*brief.drafts, '""')))
    if decision == "redirect" and not all(_redirection(made, brief)):
        return phrase("no-direction", brief.language)
    return None


def _decision(made: Judged, open_to: Sequence[Decision]) -> Decision | None:
    """The decision that is named, in Korean too; None where it is none that is open, or more than one word."""
    written = _bare(made.decision)
    named = _KOREAN.get(written, written)
    return next((decision for decision in open_to if decision == named), None)


def _winner(made: Judged, brief: Briefing) -> str | None:
    """The letter of the draft that is named."""
    return brief.label(made.winner or "")


def _nobody(made: Judged) -> bool:
    """Tell whether it is said in so many words that no draft wins."""
    return _bare(made.winner or "") in _NOBODY


def _bare(written: str) -> str:
    return " ".join(written.lower().strip(_MARKS).split())


def _redirection(made: Judged, brief: Briefing) -> tuple[str, str]:
    off_topic, restated = (brief.named(text or "").strip() for text in (made.off_topic, made.restated))
    return off_topic, restated


def _ruling(mind: Mind, made: Judged, brief: Briefing, round: int, open_to: Sequence[Decision]) -> Ruling:
    decision = _decision(made, open_to)
    assert decision  # a form without one has been sent back
    winner = _winner(made, brief) if decision == "conclude" else None
    off_topic, restated = _redirection(made, brief) if decision == "redirect" else ("", "")
    return Ruling(
        judge=mind.member.name,
        round=round,
        decision=decision,
        winner=brief.drafts[winner]["call"] if winner else None,
        reason=brief.named(made.reason).strip(),
        off_topic=off_topic,
        restated=restated,
    )
