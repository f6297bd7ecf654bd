"""What a mixture of agents would ask of whom: drafts, aggregations, analysis and check, with whoever stands in."""

from collections.abc import Sequence

from symposium.agents.casting import follows_instructions
from symposium.graphs.agenda import Planned, one_after_another, standing_in
from symposium.graphs.aggregation import READING, planned
from symposium.graphs.forms import MoaContext
from symposium.graphs.mixture import member_of, own_instructions, seats
from symposium.graphs.panel import family
from symposium.models.member import Member


def agenda(context: MoaContext) -> list[Planned]:
    """Every layer's drafts and aggregation, the analysis and the check, each where it is asked for."""
    choices, drafters = context.settings.choices, _drafters(context)
    chain = _planned_chain(context)
    analysed = choices.analyse and len(drafters) > 1 and bool(chain) and chain[0].provider != "symbolic"
    parts: list[list[Planned]] = []
    for layer in range(1, choices.layers + 1):
        last, shown = layer == choices.layers, (*drafters, *chain[:1]) if layer > 1 else ()
        parts.append([_planned_draft(context, member, shown) for member in drafters])
        parts.append(_planned_analysis(chain, drafters) if analysed and last else [])
        parts.append(planned(choices, chain, drafters, analysed=analysed and last))
    return one_after_another([*parts, _planned_check(context, chain, drafters) if choices.keep_best else []])


def _drafters(context: MoaContext) -> list[Member]:
    return [member_of(context, seat["member"]) for seat in seats(context)]


def _planned_chain(context: MoaContext) -> list[Member]:
    """Who aggregates, in turn, as far as that is known before a run begins."""
    chain = context.table.aggregators
    exact = context.settings.choices.aggregator_model is not None and chain[0].provider == "symbolic"
    return [*chain[:1]] if exact else [member for member in chain if follows_instructions(member)]


def _planned_draft(context: MoaContext, member: Member, shown: Sequence[Member]) -> Planned:
    own = own_instructions(context, member, "")
    prompts = ("proposer", "drafts", "refinement") if shown else ("proposer",)
    return Planned(member=member, prompts=(*prompts, *(("own",) if own else ())), own=own, reads=tuple(shown))


def _planned_analysis(chain: Sequence[Member], drafters: Sequence[Member]) -> list[Planned]:
    prompts = (*READING, "analyst", "form")
    call = Planned(member=chain[0], role="analyst", prompts=prompts, reads=tuple(drafters))
    return [call, *standing_in(call, chain[1:])]


def _planned_check(context: MoaContext, chain: Sequence[Member], drafters: Sequence[Member]) -> list[Planned]:
    """Two calls of a judge of another family; whether there is one may depend on which draft is the best."""
    judges = [member for member in context.table.judges if follows_instructions(member)]
    if not chain or not judges:
        return []
    written = chain[0].provider != "symbolic" and context.settings.choices.aggregation_strategy in WRITTEN
    authors = [family(chain[0])] if written else []
    fit = {family(one): [m for m in judges if family(m) not in (family(one), *authors)] for one in drafters}
    first = next((found for found in fit.values() if found), [])
    longest = max(drafters, key=lambda one: one.max_tokens)
    reads = (chain[0] if written else longest, longest)
    calls = [
        Planned(
            member=member,
            role="judge",
            prompts=(*READING, "comparison", "form"),
            reads=reads,
            surely=written and all(fit.values()),
        )
        for member in first[:1]
    ]
    return [*calls, *calls, *(spare for call in calls for spare in standing_in(call, [*first[1:], *first[1:]]))]


WRITTEN = ("synthesis", "fusion")  # the strategies whose answer is the aggregator's own
