"""When a debate has nothing more to give: pure rules over what it has come to, asked in one order.

Longer debates degenerate (arXiv 2305.19118), so that each round has to earn the next one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from symposium.ledger.records import ExitReason
from symposium.tools.votes import Ballot, Outstanding, Rule, settled

FLAT = 0.02
"""By how much the lead must move in a round, as a share of all weight, so that it is said to move."""
FLAT_ROUNDS = 2  # rounds in which it did not: then the signal is flat


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Hold what a debate has come to.

    `votes` are the ballots of all debaters after the first drafts and after every round since, to be counted by `rule`;
    `quotes` are the arguments of each round, each as the debater it is about and the passage quoted from it. `movable`
    names the debaters who could still change their answer, `fitted` tells whether the chance of what they would then
    say will be known; `asked` is how many had something to revise in the last round, `left` how many rounds remain.
    What is not `countable`, as prose, is not said to stand still, but to agree where all drafts are `alike`, one text.
    Who was to criticise in the last round and could not is `unheard`: nobody could.
    """

    votes: tuple[tuple[Ballot, ...], ...]
    rule: Rule
    quotes: tuple[frozenset[tuple[str, str]], ...]
    movable: frozenset[str]
    asked: int
    left: int
    fitted: bool = True
    alike: bool = False
    unheard: bool = False
    countable: bool = True


def agreed(progress: Progress) -> bool:
    """Tell whether every debater gives the same answer, or text; one that gives none does not agree."""
    return progress.alike or unanimous(progress.votes[-1])


def unanimous(ballots: tuple[Ballot, ...]) -> bool:
    """Tell whether all ballots are for one answer."""
    return len({ballot.key for ballot in ballots}) == 1 and ballots[0].key is not None


def silenced(progress: Progress) -> bool:
    """Tell whether nobody had anything to revise since nobody could criticise."""
    return progress.asked == 0 and progress.unheard


def content(progress: Progress) -> bool:
    """Tell whether nobody had anything to revise."""
    return progress.asked == 0


def unassailable(progress: Progress) -> bool:
    """Tell whether the winner stays the same whatever those say who could still change their answer."""
    if not progress.countable:
        return False
    ballots = progress.votes[-1]
    fixed = [ballot for ballot in ballots if ballot.member not in progress.movable]
    out = [
        Outstanding(member=ballot.member, index=ballot.index, reliability=ballot.reliability, fitted=progress.fitted)
        for ballot in ballots
        if ballot.member in progress.movable
    ]
    return settled(fixed, out, rule=progress.rule) and bool(fixed)


def stable(progress: Progress) -> bool:
    """Tell whether nobody's answer changed in the last round."""
    return (
        progress.countable and len(progress.votes) > 1 and _answers(progress.votes[-1]) == _answers(progress.votes[-2])
    )


def _answers(ballots: tuple[Ballot, ...]) -> dict[tuple[str, int], str | None]:
    return {(ballot.member, ballot.index): ballot.key for ballot in ballots}


def repeated(progress: Progress) -> bool:
    """Tell whether every argument of the last round was made in an earlier one; the first round has none of those."""
    *before, last = progress.quotes or (frozenset(),)
    return bool(before) and last <= frozenset[tuple[str, str]]().union(*before)


def flat(progress: Progress) -> bool:
    """Tell whether the lead has hardly moved in the last rounds."""
    margins = [progress.rule(ballots).margin for ballots in progress.votes[-1 - FLAT_ROUNDS :]]
    moved = [abs(after - before) for before, after in pairwise(margins)]
    return progress.countable and len(moved) == FLAT_ROUNDS and max(moved) < FLAT


def exhausted(progress: Progress) -> bool:
    """Tell whether every round was used."""
    return progress.left <= 0


@dataclass(frozen=True)
class Stop:
    """A rule that ends a debate: why in the Outcome's word, why in words, and when it holds.

    Where it is `final` nobody needs to judge any more; else a judge may go on, while there are rounds left.
    """

    exit: ExitReason
    words: str
    holds: Callable[[Progress], bool]
    final: bool = False


STOPS: Mapping[str, Stop] = {
    "nobody_criticised": Stop("stalled", "nobody could criticise the drafts", silenced, final=True),
    "nothing_to_revise": Stop("unopposed", "nobody had anything to revise", content, final=True),
    "agreement": Stop("converged", "all debaters give one answer", agreed, final=True),
    "unassailable_lead": Stop("settled", "those who can still change cannot overturn it", unassailable, final=True),
    "stable_votes": Stop("stalled", "nobody changed the answer", stable),
    "no_new_argument": Stop("stalled", "nothing was objected that had not been objected before", repeated),
    "flat_signal": Stop("stalled", "the lead hardly moves any more", flat),
    "cap": Stop("complete", "every round was used", exhausted),
}
"""The rules by name, in the order in which they are asked."""


def stopped_by(progress: Progress) -> str | None:
    """Name the first rule that ends the debate; None where it goes on."""
    return next((name for name, stop in STOPS.items() if stop.holds(progress)), None)
