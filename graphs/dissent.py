"""An answer beside the drafts that it comes from: who says the same, and what it does not take up."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from symposium.graphs.counting import comparable, terse
from symposium.graphs.endings import chosen_by, unweighed, who
from symposium.ledger.records import Analysis, Draft, Signal, Voice
from symposium.models.member import Member
from symposium.tools.equivalence import equivalent


class Weighed(TypedDict):
    """What an answer's bare result is, who says the same, what is not taken up, and what tells how sure it is."""

    extracted: str | None
    agreed: list[str]
    dissent: list[Voice]
    signals: dict[str, Signal]


def weighed(
    final: str | None,
    drafts: Sequence[Draft],
    cast: Sequence[Member],
    *,
    unit: str | None,
    draft: Draft | None = None,
    analysis: Analysis | None = None,
    overruled: Sequence[Draft] = (),
) -> Weighed:
    """Compare the result of an answer with the drafts it comes from.

    `draft` are the words that it was given in, where they are somebody's; `overruled` are further texts that it was
    preferred to. Of prose nobody can tell by its wording who agrees: it only agrees with itself, and has no dissent
    but the positions of an analysis.
    """
    same = [one for one in drafts if _same(one["answer"], final, unit)]
    clear = final is not None and (bool(same) or terse(final, unit))
    told = clear and comparable([one["answer"] for one in drafts], unit)
    agreeing = [one for one in drafts if (told and one in same) or (draft and one["call"] == draft["call"])]
    agreement = {"agreement": Signal(value=len(agreeing) / len(drafts), calibrated=False)} if told else {}
    others = unweighed(_voices([*drafts, *overruled]), besides=[final], unit=unit) if final and told else []
    positions = _opposed(analysis, agreeing, besides=[voice["answer"] for voice in others])
    signals = chosen_by(draft["signals"]) if draft else {}
    return Weighed(
        extracted=final,
        agreed=who(agreeing, cast),
        dissent=[*others, *positions],
        signals={**agreement, **{f"answer.{name}": signal for name, signal in signals.items()}},
    )


def _same(answer: str | None, final: str | None, unit: str | None) -> bool:
    return answer is not None and final is not None and equivalent(answer, final, unit=unit)


def _voices(drafts: Sequence[Draft]) -> list[Voice]:
    return [
        Voice(answer=one["answer"], share=0.0, votes=1, members=[one["member"]])
        for one in drafts
        if one["answer"] is not None
    ]


def _opposed(analysis: Analysis | None, agreeing: Sequence[Draft], *, besides: Sequence[str]) -> list[Voice]:
    """The positions in contradictions that none of those who agree holds; none where nobody is known to agree."""
    agreed = {draft["member"] for draft in agreeing}
    return [
        Voice(answer=position["text"], share=0.0, votes=len(position["members"]), members=position["members"])
        for contradiction in (analysis["contradictions"] if analysis and agreed else [])
        for position in contradiction["positions"]
        if position["members"] and agreed.isdisjoint(position["members"]) and position["text"] not in besides
    ]
