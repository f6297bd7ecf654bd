"""What a debate would ask of whom: drafts, and each round's critiques, revisions and ruling, if all are needed."""

from collections.abc import Sequence

from symposium.agents.casting import follows_instructions
from symposium.graphs.agenda import Planned, one_after_another, standing_in
from symposium.graphs.debate_state import part_of
from symposium.graphs.forms import DebateContext
from symposium.graphs.panel import family
from symposium.models.member import Member

BOTH = 2  # texts, before and after
DEBATE = ("proposer", "debate")  # the prompts of everyone who reads the debate


def agenda(context: DebateContext) -> list[Planned]:
    """Every round, as if nothing ended the debate before; the drafts are surely made, and a critique without a gate."""
    parts = [[_planned_draft(context, member) for member in context.cast]]
    for round in range(1, context.settings.choices.max_rounds + 1):
        surely = round == 1 and context.settings.choices.gate == "never"
        parts += [_critiques(context, round, surely=surely), _revisions(context, round), _weighings(context)]
        parts.append(_ruling(context, round))
    return one_after_another([*parts, _comparison(context), _weighed_at_last(context), _comparison(context)])


def _planned_draft(context: DebateContext, member: Member) -> Planned:
    own = part_of(context, member.name, "")
    return Planned(member=member, prompts=("proposer", *(("own",) if own else ())), own=own)


def _critiques(context: DebateContext, round: int, *, surely: bool) -> list[Planned]:
    """One call of each debater that reads, one for each of the others' drafts of who does not, and all exact checks."""
    drafts, calls = len(context.cast), list[Planned]()
    for member in context.cast:
        reads = follows_instructions(member)
        call = _turn(context, member, "critic", ("objection", "form"), 2 * round - 1, surely=surely and reads)
        calls += [call] * (1 if reads else drafts - 1)
    check = Planned(member=context.checker, role="critic", prompts=(), reads=context.cast[:1], surely=surely)
    checks = 0 if context.checker.name in {member.name for member in context.cast} else drafts
    return [*calls, *[check] * checks]


def _revisions(context: DebateContext, round: int) -> list[Planned]:
    return [_turn(context, member, "reviser", ("reconsideration",), 2 * round) for member in context.cast]


def _weighings(context: DebateContext) -> list[Planned]:
    """What tells whether it is likelier, of who only goes on from a text: all these minds read both texts, at once."""
    call = _weighed_at_last(context)
    return call * (len(call) // BOTH)


def _weighed_at_last(context: DebateContext) -> list[Planned]:
    """Likewise the draft of the first vote and that of the last one."""
    bare = [member for member in context.cast if not follows_instructions(member)]
    return [Planned(member=member, role="judge", prompts=(), surely=False) for member in bare] * BOTH


def _turn(
    context: DebateContext, member: Member, role: str, prompts: Sequence[str], texts: int, *, surely: bool = False
) -> Planned:
    """A debater's turn behind so many texts of each debater."""
    own = part_of(context, member.name, "")
    told = (*DEBATE, *prompts, *(("own",) if own else ()))
    return Planned(member=member, role=role, prompts=told, own=own, reads=context.cast * texts, surely=surely)


def _judges(context: DebateContext) -> list[Member]:
    if not context.settings.choices.moderated:
        return []
    families = {family(member) for member in context.cast}
    return [one for one in context.table.judges if family(one) not in families and follows_instructions(one)]


def _ruling(context: DebateContext, round: int) -> list[Planned]:
    """One call of a judge of another family, and whoever stands in."""
    reads, found = context.cast * (2 * round + 1), _judges(context)
    calls = [
        Planned(member=member, role="judge", prompts=(*DEBATE, "moderator", "form"), reads=reads, surely=False)
        for member in found[:1]
    ]
    return [*calls, *(spare for call in calls for spare in standing_in(call, found[1:]))]


def _comparison(context: DebateContext) -> list[Planned]:
    """Two calls of the judge: to break a tie, or where the answer would be another one than that of the first vote."""
    reads, found = context.cast[:2], _judges(context)
    calls = [
        Planned(
            member=member, role="judge", prompts=("reader", "drafts", "comparison", "form"), reads=reads, surely=False
        )
        for member in found[:1]
    ]
    return [*calls, *calls, *(spare for call in calls * 2 for spare in standing_in(call, found[1:]))]
