"""Drafts as ballots: what each weighs, whose words stand for an answer, and what a count tells of itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from symposium.ledger.records import Draft, Signal, Voice
from symposium.models.member import Member
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import CALIBRATED, CHANCE, DECISIVE, answer_probability
from symposium.tools.equivalence import canonical
from symposium.tools.votes import Ballot, Candidate, Rule, Tally, ballot

TERM = 2  # words of a name or a term at most


@dataclass(frozen=True, kw_only=True)
class Count:
    """A vote that somebody won: the rule, the tally, its winner, and the draft that speaks for it."""

    rule: Rule
    tally: Tally
    winner: Candidate
    spokesman: Draft
    asked: int  # drafts that came in, those that abstained included

    @property
    def dissent(self) -> list[Voice]:
        """Every other answer, none dropped."""
        return [voice(candidate) for candidate in self.tally.dissent]

    @property
    def signals(self) -> dict[str, Signal]:
        """How far the drafts agree, the fitted chance where there is one, and what the spokesman's draft tells."""
        return {
            "agreement": Signal(value=self.winner.count / self.asked, calibrated=False),
            "share": Signal(value=self.winner.share, calibrated=False),
            "margin": Signal(value=self.tally.margin, calibrated=False),
            **_chance(self.rule, self.winner, self.spokesman),
            **{f"answer.{name}": signal for name, signal in self.spokesman["signals"].items()},
        }

    @property
    def notes(self) -> list[str]:
        """What a reader should know of the ballots."""
        said, tally = [], self.tally
        if tally.assumed:
            said.append(f"{tally.assumed} ballots were weighed by an assumed {tally.rule}: their own is unknown")
        if tally.abstentions:
            said.append(f"{len(tally.abstentions)} replies gave no answer that could be read")
        return said


def counted(drafts: Sequence[Draft], ballots: Sequence[Ballot], rule: Rule) -> Count | None:
    """Count one ballot per draft, in the order of the drafts; None where nobody gave an answer."""
    tally = rule(ballots)
    if tally.winner is None:
        return None
    won = {(vote.member, vote.index) for vote in tally.winner.ballots}
    speaking = spokesman([draft for draft in drafts if (draft["member"], draft["index"]) in won])
    return Count(rule=rule, tally=tally, winner=tally.winner, spokesman=speaking, asked=len(drafts))


def countable(answers: Sequence[str | None], unit: str | None) -> bool:
    """Tell whether code can count answers: most are values, or most are the very same; free texts it cannot compare."""
    forms = [canonical(answer, unit=unit) for answer in answers if answer is not None]
    values, alike = sum(form.kind != "text" for form in forms), max(Counter(forms).values(), default=0)
    return 2 * max(values, alike) > len(answers)


def comparable(answers: Sequence[str | None], unit: str | None) -> bool:
    """Tell whether answers of different wording are different answers: they can be counted, or most are terse."""
    brief = sum(answer is not None and terse(answer, unit) for answer in answers)
    return countable(answers, unit) or 2 * brief > len(answers)


def terse(answer: str, unit: str | None) -> bool:
    """Tell whether an answer is a value, a name or a term, and no prose."""
    return len(answer.split()) <= TERM or canonical(answer, unit=unit).kind != "text"


def in_order(drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts by round, member and sample, whatever order they came in."""
    return sorted(drafts, key=lambda draft: (draft["round"], draft["member"], draft["index"]))


def ballots_of(drafts: Sequence[Draft], cast: Sequence[Member], unit: str | None) -> list[Ballot]:
    """A ballot per draft; a draft whose answer could not be read abstains, a bare number is in the unit asked for."""
    reliability = {member.name: member.reliability for member in cast}
    return [
        ballot(
            draft["answer"],
            member=draft["member"],
            index=draft["index"],
            unit=unit,
            probability=answer_probability(draft["signals"]),
            chance=_chance_of(draft),
            reliability=reliability[draft["member"]],
            reason="no answer could be read",
        )
        for draft in drafts
    ]


def voice(candidate: Candidate) -> Voice:
    """An answer that was voted for, and by whom."""
    names = sorted(candidate.members)
    return Voice(answer=candidate.answer, share=candidate.share, votes=candidate.count, members=names)


def spokesman(drafts: Sequence[Draft]) -> Draft:
    """Whose words are shown: the surest draft of the winning answer; among equals the first by member and sample."""
    return max(drafts, key=lambda draft: answer_probability(draft["signals"]) or 0.0)


def _chance_of(draft: Draft) -> float | None:
    """The fitted chance that a draft is right; without one next to none where a written step is wrong, else unknown."""
    fitted = draft["signals"].get(DECISIVE + CALIBRATED)
    if fitted:
        return fitted["value"]
    return 0.0 if broken(draft["text"]) else None


def _chance(rule: Rule, winner: Candidate, spokesman: Draft) -> dict[str, Signal]:
    """The fitted chance of the surest draft times the weight behind it, where chances are what ballots weigh.

    It tells right winners from wrong ones better than either factor, and needs no fit of its own to a cast.
    """
    fitted = spokesman["signals"].get(DECISIVE + CALIBRATED)
    if fitted is None or not rule.by_chance:
        return {}
    return {CHANCE: Signal(value=winner.share * fitted["value"], calibrated=True)}
