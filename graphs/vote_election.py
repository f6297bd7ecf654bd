"""The second stage of a vote: the answers that differ stand for election, and readers, a judge or a fit choose.

Nobody can win who was not given; where nobody can choose, the count stands.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from symposium.agents.elector import approved, check_approves, ranked
from symposium.graphs.family import able
from symposium.graphs.vote_contest import NODE, Contest, Election, Held, at_once, best_placed, nobody
from symposium.graphs.vote_judges import by_check, by_comparison, by_grade
from symposium.ledger.records import Draft, UsageError
from symposium.models.mind import Mind
from symposium.models.settings import BallotName
from symposium.tools.meta import standings
from symposium.tools.ranking import COUNTS, HALF, Points, Preference

MOST_READ = 16  # drafts that one voter reads
READERS: tuple[BallotName, ...] = ("ranking", "approval", "pairwise", "judge")
"""What also chooses among drafts that are prose: everything that reads the drafts themselves."""


async def elect(contest: Contest) -> Held:
    """Hold the election that was asked for."""
    return await ELECTIONS[contest.context.settings.choices.ballots](contest)


# Readers: rankings and approvals


async def _by_ranking(contest: Contest) -> Held:
    return await _read(contest, ranked, [one for one in _voters(contest) if await able(one, "elector")])


async def _by_approval(contest: Contest) -> Held:
    return await _read(contest, approved, [one for one in _voters(contest) if await _approves(one)])


async def _approves(mind: Mind) -> bool:
    try:
        await check_approves(mind)
    except UsageError:
        return False
    return await able(mind, "elector")


def _voters(contest: Contest) -> list[Mind]:
    """Everyone who has drafted, in the order of the cast."""
    spoke = {draft["member"] for draft in contest.drafts}
    return [contest.context.mind(one.name, path=NODE) for one in contest.context.cast if one.name in spoke]


Reading = Callable[..., Coroutine[Any, Any, Preference]]


async def _read(contest: Contest, reading: Reading, voters: Sequence[Mind]) -> Held:
    """Let every voter read its peers' drafts; who has nothing to choose between is not asked, and prefers none."""
    by, within = contest.context.settings.choices.ballots, contest.context.run.seconds_left
    peers = {mind.member.name: _peers(contest, mind) for mind in voters}
    idle = [name for name, drafts in peers.items() if by == "ranking" and _alike(contest, drafts)]
    works = {
        mind.member.name: (mind, partial(reading, mind, contest.turns, peers[mind.member.name], within=within))
        for mind in voters
        if peers[mind.member.name] and mind.member.name not in idle
    }
    cast, failures = await at_once(contest, works, role="elector")
    if not cast:
        return Held(election=None, failures=failures, why=nobody(voters, failures, "vote on the others' drafts"))
    equal = [Preference(voter=name, levels=(tuple(draft["call"] for draft in peers[name]),)) for name in idle]
    points = COUNTS[by]([*cast.values(), *equal])
    if by == "approval" and not any(points.values()):  # else it would look as if all of them were approved alike
        return Held(election=None, failures=failures, why="no draft was approved")
    election = contest.election(
        _summed(contest, points), voters=len(cast), speaking=best_placed(contest, points), notes=_unread(contest)
    )
    return Held(election=election, failures=failures)


def _peers(contest: Contest, mind: Mind) -> list[Draft]:
    """What the others have drafted, first samples first, as much as one reads."""
    others = [draft for draft in contest.standing if draft["member"] != mind.member.name]
    return sorted(others, key=lambda draft: (draft["index"], draft["member"]))[:MOST_READ]


def _alike(contest: Contest, drafts: Sequence[Draft]) -> bool:
    """All of them give one answer, so that no ranking of them says anything of the candidates."""
    calls = {draft["call"] for draft in drafts}
    return sum(any(draft["call"] in calls for draft in behind) for behind in contest.behind.values()) <= 1


def _summed(contest: Contest, points: Points) -> Points:
    """What the drafts behind each candidate have together; one that nobody has read has half of what it could."""
    return {
        key: sum((points.get(draft["call"], HALF) for draft in drafts), Fraction(0))
        for key, drafts in contest.behind.items()
    }


def _unread(contest: Contest) -> list[str]:
    most = max((len(contest.standing) - _own(contest, one.name) for one in contest.context.cast), default=0)
    return [f"each voter read {MOST_READ} drafts of its peers at most, of {most}"] * (most > MOST_READ)


def _own(contest: Contest, name: str) -> int:
    return sum(draft["member"] == name for draft in contest.standing)


# A fit


async def _by_fit(contest: Contest) -> Held:
    """Let the classifier that was trained for this cast say how likely each candidate is right."""
    classifier = contest.context.classifier
    if classifier is None:  # the form has seen to that
        raise ValueError("a trained vote takes a classifier")
    lengths = {(draft["member"], draft["index"]): len(draft["text"]) for draft in contest.drafts}
    standing = zip(contest.candidates, standings(contest.tally, lengths), strict=True)
    points = {one.key: classifier(found) for one, found in standing}
    return Held(election=contest.election(points, chances=True))


ELECTIONS: Mapping[BallotName, Callable[[Contest], Awaitable[Held]]] = {
    "ranking": _by_ranking,
    "approval": _by_approval,
    "pairwise": by_comparison,
    "judge": by_grade,
    "verifier": by_check,
    "trained": _by_fit,
}


def how_chosen(election: Election) -> str:
    """How the winner was chosen, for people."""
    return WORDS[election["by"]].format(voters=election["voters"])


WORDS: Mapping[BallotName, str] = {
    "ranking": "{voters} ranked the drafts of the others",
    "approval": "{voters} said of the drafts of the others which are right",
    "pairwise": "a judge compared every two answers in both orders",
    "judge": "a judge graded every answer",
    "verifier": "every draft was checked",
    "trained": "what was learnt of these members decided between the answers",
}
