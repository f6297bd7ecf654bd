"""What a vote would ask of whom: every sample, then the election where one is held."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from symposium.agents.casting import follows_instructions
from symposium.graphs.agenda import Planned, one_after_another, standing_in
from symposium.graphs.family import Seating
from symposium.graphs.forms import VoteContext
from symposium.graphs.panel import by_strength
from symposium.graphs.vote_election import MOST_READ
from symposium.graphs.vote_judges import MOST_JUDGED
from symposium.models.member import Member
from symposium.models.settings import BallotName
from symposium.tools.adaptive import MOST_SAMPLES, fewest

READING = ("reader", "drafts")  # the prompts of whoever reads drafts


def seats(context: VoteContext) -> list[Seating]:
    """Who speaks, in order: the first sample of each member, then the second, and so on."""
    rounds = range(_samples(context))
    places = [Seating(member=member.name, index=index) for index in rounds for member in context.cast]
    return places[:MOST_SAMPLES] if context.settings.choices.adaptive else places


def _samples(context: VoteContext) -> int:
    """How often each member is asked, at most."""
    choices, members = context.settings.choices, len(context.cast)
    if choices.adaptive and choices.samples is None:
        return -(-MOST_SAMPLES // members)
    return choices.samples_of(members)


def agenda(context: VoteContext) -> list[Planned]:
    """Every sample, those that an early end stops as well, and the calls of the election; it is held if answers differ.

    How many candidates there will be nobody knows: it counts as many as there are samples.
    """
    choices, by_name = context.settings.choices, {member.name: member for member in context.cast}
    surely = fewest(choices.certainty) if choices.adaptive else MOST_SAMPLES * len(context.cast)
    authors = [by_name[seat["member"]] for seat in seats(context)]
    samples = [
        Planned(member=author, window=choices.window, surely=place < surely) for place, author in enumerate(authors)
    ]
    election = CALLS[choices.ballots](context, authors) if len(authors) > 1 and choices.ballots in CALLS else []
    return one_after_another([samples, [replace(call, window=choices.window, surely=False) for call in election]])


def _rankings(context: VoteContext, authors: Sequence[Member]) -> list[Planned]:
    return _readings(context, authors, "ranking")


def _approvals(context: VoteContext, authors: Sequence[Member]) -> list[Planned]:
    return _readings(context, authors, "approval")


def _readings(context: VoteContext, authors: Sequence[Member], task: str) -> list[Planned]:
    """One call of each member that follows instructions, with its peers' drafts; of another one for each of those."""
    calls: list[Planned] = []
    for member in context.cast:
        peers = tuple(author for author in authors if author != member)[:MOST_READ]
        if follows_instructions(member):
            calls.append(Planned(member=member, role="elector", prompts=(*READING, task, "form"), reads=peers))
        elif member.provider != "symbolic":
            calls += [Planned(member=member, role="judge", prompts=(), reads=(author,)) for author in peers]
    return calls


def _comparisons(context: VoteContext, authors: Sequence[Member]) -> list[Planned]:
    """Two calls of the judge for each pair."""
    judges = [member for member in _judges(context) if follows_instructions(member)]
    prompts = (*READING, "comparison", "form")
    pairs = [pair for pair in combinations(authors[:MOST_JUDGED], 2) for _ in ("there", "back")]
    calls = [Planned(member=judge, role="judge", prompts=prompts, reads=pair) for judge in judges[:1] for pair in pairs]
    return calls + [spare for call in calls for spare in standing_in(call, judges[1:])]


def _grades(context: VoteContext, authors: Sequence[Member]) -> list[Planned]:
    judges = _judges(context)
    calls = [_graded(judges[0], author) for author in authors[:MOST_JUDGED]]
    return calls + [replace(_graded(other, call.reads[0]), spare=True) for call in calls for other in judges[1:]]


def _checks(context: VoteContext, authors: Sequence[Member]) -> list[Planned]:
    return [_graded(context.helpers[0], author) for author in authors]


def _graded(judge: Member, author: Member) -> Planned:
    prompts = (*READING, "judge", "form") if follows_instructions(judge) else ()
    return Planned(member=judge, role="judge", prompts=prompts, reads=(author,))


def _judges(context: VoteContext) -> list[Member]:
    """Who may judge, in turn, as far as that is known before a run begins."""
    return [*context.helpers, *(member for member in by_strength(context.cast) if member not in context.helpers)]


CALLS: Mapping[BallotName, Callable[[VoteContext, Sequence[Member]], list[Planned]]] = {
    "ranking": _rankings,
    "approval": _approvals,
    "pairwise": _comparisons,
    "judge": _grades,
    "verifier": _checks,
}
"""The calls of an election by what is cast, for drafts of those authors; a trained one asks nobody."""
