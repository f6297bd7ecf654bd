"""Elections that a judge decides: by comparing the answers of a vote two by two, by grading or by checking them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import combinations

from symposium.agents.casting import Role
from symposium.agents.judge import SCORE, compare, judge
from symposium.graphs.family import able
from symposium.graphs.panel import by_strength, family
from symposium.graphs.vote_contest import NODE, Contest, Held, at_once, best_placed, nobody
from symposium.ledger.records import Draft, Failure, Verdict
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.tools.confidence import probability
from symposium.tools.ranking import COUNTS, HALF, Preference, ranked

MOST_JUDGED = 8  # candidates that a judge compares or grades: the pairs of more would cost more than all samples did


async def by_comparison(contest: Contest) -> Held:
    """Let a judge compare every pair of candidates in both orders; where it fails, the next one goes on."""
    standing, judges = contest.spokesmen(MOST_JUDGED), await _judges(contest, "comparer")
    waiting = {f"{one} | {other}": (one, other) for one, other in combinations(standing, 2)}
    found, failures, asked = list[Preference](), list[Failure](), list[Member]()
    for mind in judges:
        works = {
            name: (mind, partial(_compared, mind, contest, standing[one], standing[other], place))
            for place, (name, (one, other)) in enumerate(waiting.items())
        }
        made, failed = await at_once(contest, works, role="judge")
        found += made.values()
        failures += failed
        asked += [mind.member] * bool(made)
        waiting = {name: pair for name, pair in waiting.items() if name not in made}
        if not waiting or contest.context.run.scope.stopped:
            break
    if not found:
        return Held(election=None, failures=failures, why=nobody(judges, failures, "compare two drafts"))
    by_call = COUNTS["pairwise"](found)
    points = {key: by_call.get(draft["call"], Fraction(0)) for key, draft in standing.items()}
    election = contest.election(points, voters=len(asked), notes=[*_left_out(contest), *_related(contest, asked)])
    return Held(election=election, failures=failures)


async def _compared(mind: Mind, contest: Contest, one: Draft, other: Draft, place: int) -> Preference:
    made = await compare(mind, contest.turns, one, other, index=place, within=contest.context.run.seconds_left)
    if made.winner is None:
        return Preference(voter=mind.member.name, levels=((one["call"], other["call"]),))
    loser = other if made.winner is one else one
    return ranked(mind.member.name, (made.winner["call"], loser["call"]))


async def by_grade(contest: Contest) -> Held:
    """Let a judge grade the spokesman of every candidate; one that cannot grade all of them is followed by the next."""
    standing, failures = contest.spokesmen(MOST_JUDGED), list[Failure]()
    judges = await _judges(contest, "judge")
    for mind in judges:
        verdicts, failed = await _judged(contest, mind, standing)
        failures += failed
        if len(verdicts) == len(standing) and any(found["score"] is not None for found in verdicts.values()):
            points = {key: _grade(found) for key, found in verdicts.items()}
            notes = [*_left_out(contest), *_related(contest, [mind.member])]
            return Held(election=contest.election(points, voters=1, notes=notes), failures=failures)
        if contest.context.run.scope.stopped:
            break
    return Held(election=None, failures=failures, why=nobody(judges, failures, "judge the drafts"))


def _grade(verdict: Verdict) -> float:
    """A verdict as a grade (0..1), a log-probability as a probability; where a judge cannot tell, in the middle."""
    score = verdict["score"]
    if score is None:
        return 0.5
    return probability(score) if SCORE in verdict["signals"] and not verdict["calibrated"] else score


async def by_check(contest: Contest) -> Held:
    """Let the verifier check every draft: what it finds right comes before what it cannot tell, and that before wrong.

    Of each kind the count decides.
    """
    mind = contest.context.mind(contest.context.helpers[0].name, path=NODE)
    verdicts, failures = await _judged(contest, mind, {draft["call"]: draft for draft in contest.standing})
    if not verdicts:
        return Held(election=None, failures=failures, why=nobody([mind], failures, "check the drafts"))
    right = {call: found["right"] for call, found in verdicts.items()}
    found = {draft["call"]: _found(right.get(draft["call"])) for draft in contest.standing}
    points = {key: max(found[draft["call"]] for draft in drafts) for key, drafts in contest.behind.items()}
    return Held(election=contest.election(points, voters=1, speaking=best_placed(contest, found)), failures=failures)


def _found(right: bool | None) -> Fraction:
    return HALF if right is None else Fraction(right)


async def _judged(
    contest: Contest, mind: Mind, drafts: Mapping[str, Draft]
) -> tuple[dict[str, Verdict], list[Failure]]:
    """The verdicts on drafts by their names, all at once."""
    within = contest.context.run.seconds_left
    works = {
        name: (mind, partial(judge, mind, contest.turns, draft, index=place, within=within))
        for place, (name, draft) in enumerate(drafts.items())
    }
    return await at_once(contest, works, role="judge")


async def _judges(contest: Contest, role: Role) -> list[Mind]:
    """Who can judge, in turn: who was named, then the strongest, those first whose family is not judged."""
    named, families = contest.context.helpers, _families(contest)
    others = [one for one in by_strength(contest.context.cast) if one not in named]
    order = [*named, *sorted(others, key=lambda one: family(one) in families)]
    minds = [contest.context.mind(one.name, path=NODE) for one in order]
    return [mind for mind in minds if await able(mind, role)]


def _families(contest: Contest) -> set[str]:
    authors = {draft["member"] for draft in contest.standing}
    return {family(one) for one in contest.context.cast if one.name in authors}


def _left_out(contest: Contest) -> list[str]:
    over = len(contest.candidates) - MOST_JUDGED
    return [f"of {len(contest.candidates)} answers the {MOST_JUDGED} that count most were judged"] * (over > 0)


def _related(contest: Contest, judges: Sequence[Member]) -> list[str]:
    """What to know of judges that have judged drafts of their own family."""
    families = _families(contest)
    return [
        f"{one.name} has judged drafts of its own family; name another judge"
        for one in judges
        if family(one) in families
    ]
