"""How drafts become one answer: a function for each strategy, and what is done where no member can aggregate."""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from typing_extensions import TypedDict

from symposium.agents.aggregator import Group, fuse, group, rank, select, synthesise
from symposium.agents.judge import judge
from symposium.graphs.agenda import Planned, one_by_one, standing_in
from symposium.graphs.context import Context
from symposium.graphs.counting import ballots_of, countable, counted
from symposium.graphs.dissent import weighed
from symposium.graphs.endings import strongest
from symposium.graphs.relay import Attempt, Hear, Relay
from symposium.ledger.records import Analysis, Draft, Message, Method, Signal, Verdict, Voice
from symposium.models.member import Member
from symposium.models.settings import AggregationName, Choices
from symposium.tools.asides import parted
from symposium.tools.marks import REFUSAL
from symposium.tools.measures import asked_unit
from symposium.tools.merge import Merge, merged
from symposium.tools.votes import RULES, Ballot, Rule


class Aggregate(TypedDict):
    """What became of the drafts of one layer.

    `draft` holds the words as a draft, None where they are nobody's; `by` names the aggregator, empty where none was
    needed or none could; `notes` say what a reader should know, first of all why it is not what was asked for. `cut`
    tells that some were not waited for, `streamed` that the words have gone out as the run's answer.
    """

    round: int
    method: Method
    text: str
    draft: Draft | None
    extracted: str | None
    by: str
    agreed: list[str]
    dissent: list[Voice]
    tie: str | None
    signals: dict[str, Signal]
    notes: list[str]
    cut: bool
    streamed: bool


@dataclass(frozen=True, kw_only=True)
class Material:
    """What an aggregation works on: the conversation, the drafts in order, and who aggregates them.

    `asked` drafts were to be made in this `round`, which is the layer. `exact` says that those who aggregate are exact
    checkers, which select by what they find wrong; `hear` gets the answer as it comes.
    """

    context: Context
    turns: Sequence[Message]
    drafts: Sequence[Draft]
    asked: int
    round: int
    relay: Relay
    exact: bool = False
    analysis: Analysis | None = None
    hear: Hear | None = None

    @property
    def choices(self) -> Choices:
        return self.context.settings.choices

    @property
    def unit(self) -> str | None:
        """The unit that the question asks for."""
        return asked_unit(self.turns[-1]["content"])

    @property
    def rule(self) -> Rule:
        return RULES[self.choices.rule]

    def answer_in(self, text: str) -> str | None:
        """The answer that a text gives to the question."""
        return self.context.run.answer_in(text)

    @property
    def cut_short(self) -> bool:
        """The run was ended, or the budget, before everybody was heard."""
        run = self.context.run
        return run.scope.stopped is not None or bool(run.limits_reached) or run.late


Aggregation = Callable[[Material], Coroutine[Any, Any, Aggregate | None]]


async def aggregated(at: Material) -> Aggregate | None:
    """Make one answer of one draft or more; what the strategy cannot give is counted, or else chosen by reliability.

    None where a later layer was cut short before anything was made of all its drafts: what was made before stands.
    """
    strategy = at.choices.aggregation_strategy
    found = await (checked if at.exact else AGGREGATIONS[strategy])(at)
    whole = found is not None and (found["by"] or len(at.drafts) == at.asked)
    if at.round > 1 and at.cut_short and not whole:
        return None
    return found or _by_rule(at)


# The strategies


async def synthesis(at: Material) -> Aggregate | None:
    """Let the aggregator write an answer of its own from the drafts."""

    async def write(part: Sequence[Draft], so_far: Draft | None, attempt: Attempt) -> Draft:
        return await synthesise(
            attempt.mind,
            at.turns,
            part,
            analysis=at.analysis,
            shown=so_far,
            round=at.round,
            within=attempt.within,
            hear=attempt.hear,
        )

    return _written(at, "synthesis", await _slid(at, at.drafts, write))


async def selection(at: Material) -> Aggregate | None:
    """Let the aggregator choose a draft, which is the answer word for word."""
    reasons: list[str] = []

    async def choose(part: Sequence[Draft], so_far: Draft | None, attempt: Attempt) -> Draft:
        standing = [so_far] if so_far else []
        choice = await select(attempt.mind, at.turns, [*standing, *part], round=at.round, within=attempt.within)
        reasons.append(choice.reason)
        return choice.draft

    if len(at.drafts) == 1:
        return _chosen(at, at.drafts[0], "it is the only draft")
    draft = await _slid(at, at.drafts, choose)
    return _chosen(at, draft, reasons[-1], by=at.relay.asked) if draft else None


async def voting(at: Material) -> Aggregate | None:
    """Count the answers; where they are free texts, the aggregator says first which take the same position."""
    if len(at.drafts) == 1 or countable([draft["answer"] for draft in at.drafts], at.unit):
        return _voted(at, _answers(at))
    groups = await at.relay.run(lambda one: group(one.mind, at.turns, at.drafts, round=at.round, within=one.within))
    return _voted(at, _positions(at, groups), by=at.relay.asked) if groups else None


async def fusion(at: Material) -> Aggregate | None:
    """Let the aggregator combine the strengths of the drafts, the best so many where that is asked for."""
    asides: list[str] = []

    async def write(part: Sequence[Draft], so_far: Draft | None, attempt: Attempt) -> Draft:
        fused = await fuse(
            attempt.mind,
            at.turns,
            part,
            analysis=at.analysis,
            instructions=at.choices.fusion_prompt,
            shown=so_far,
            round=at.round,
            within=attempt.within,
        )
        kept = parted(fused["text"])
        asides.extend(kept.asides)
        return {**fused, "text": kept.text, "answer": at.answer_in(kept.text)}

    best, notes = await _best(at)
    found = _written(at, "fusion", await _slid(at, best, write))
    return {**found, "dissent": [*found["dissent"], *map(_aside, asides)], "notes": notes} if found else None


AGGREGATIONS: Mapping[AggregationName, Aggregation] = {
    "synthesis": synthesis,
    "selection": selection,
    "voting": voting,
    "fusion": fusion,
}


async def checked(at: Material) -> Aggregate | None:
    """Let an exact checker look at every draft; of those in which it finds least wrong the majority is chosen."""
    verdicts = [await _verdict(at, draft, index) for index, draft in enumerate(at.drafts)]
    if None in verdicts:
        return None
    scores = [_standing(verdict) for verdict in verdicts if verdict]
    best = [draft for draft, score in zip(at.drafts, scores, strict=True) if score == max(scores)]
    count = counted(*_answers(at, best), at.rule)
    draft = count.spokesman if count else best[0]
    return _chosen(at, draft, WHAT_STANDS[max(scores)], by=at.relay.asked)


WHAT_STANDS = {
    1.0: "every step of it that can be checked is right",
    0.5: "nothing in it was found wrong, and nothing could be checked",
    0.0: "every draft has a wrong step",
}


def _standing(verdict: Verdict) -> float:
    return 0.5 if verdict["right"] is None else float(verdict["right"])


async def _verdict(at: Material, draft: Draft, index: int) -> Verdict | None:
    return await at.relay.run(
        lambda one: judge(one.mind, at.turns, draft, round=at.round, index=index, within=one.within)
    )


async def _best(at: Material) -> tuple[Sequence[Draft], list[str]]:
    """The drafts that are fused: all, or the best so many as the aggregator ranks them; a note where it could not."""
    most = at.choices.fuse_top_k
    if most is None or most >= len(at.drafts):
        return at.drafts, []
    relay = at.relay.beside()  # who cannot rank may well fuse
    ranked = await relay.run(lambda one: rank(one.mind, at.turns, at.drafts, round=at.round, within=one.within))
    return (ranked[:most], []) if ranked else (at.drafts, ["the drafts could not be ranked: all of them were fused"])


async def _slid(
    at: Material,
    drafts: Sequence[Draft],
    work: Callable[[Sequence[Draft], Draft | None, Attempt], Coroutine[Any, Any, Draft]],
) -> Draft | None:
    """Work window by window: what comes of one takes the first place in the next. Only the last one is heard."""
    waiting, room, made = list(drafts), at.choices.aggregation_window or len(drafts), None
    while waiting:
        free = room - (made is not None)
        part, waiting = waiting[:free], waiting[free:]
        made = await at.relay.run(partial(work, part, made), hear=None if waiting else at.hear)
        if made is None:
            return None
    return made


# Counting


Cast = tuple[Sequence[Draft], Sequence[Ballot]]
"""Drafts and the ballot of each."""


def _positions(at: Material, groups: Sequence[Group]) -> Cast:
    """A ballot for its group from every draft: what a group is called does not tell whether it is another one."""
    reliability = {member.name: member.reliability for member in at.context.cast}
    return [draft for found in groups for draft in found.drafts], [
        Ballot(
            member=draft["member"],
            index=draft["index"],
            answer=found.position if _takes_position(found) else None,
            key=f"position {place:03}" if _takes_position(found) else None,
            reliability=reliability[draft["member"]],
        )
        for place, found in enumerate(groups)
        for draft in found.drafts
    ]


def _takes_position(found: Group) -> bool:
    return bool(found.position.strip()) and not REFUSAL.search(found.position)


def _answers(at: Material, drafts: Sequence[Draft] = ()) -> Cast:
    """A ballot for its own answer from every draft, or from those."""
    voting = drafts or at.drafts
    return voting, ballots_of(voting, at.context.cast, at.unit)


def _voted(at: Material, cast: Cast, *, by: str = "") -> Aggregate | None:
    count = counted(*cast, at.rule)
    if count is None:
        return None
    return Aggregate(
        round=at.round,
        method="vote",
        text=count.spokesman["text"],
        draft=count.spokesman,
        extracted=count.winner.answer,
        by=by,
        agreed=[member.name for member in at.context.cast if member.name in count.winner.members],
        dissent=count.dissent,
        tie=count.tally.tie,
        signals=count.signals,
        notes=count.notes,
        cut=False,
        streamed=False,
    )


# What is done where no member can aggregate


def _by_rule(at: Material) -> Aggregate:
    """Merge what is to be fused, else count the answers, else take the most reliable member's draft; say why."""
    found = _merged(at) or _voted(at, _answers(at)) or _most_reliable(at, at.drafts)
    if at.relay.failures:
        failed = at.relay.failures[-1]
        told = {"from": failed["member"], "to": found["method"], "reason": failed["message"], "role": "aggregator"}
        at.context.run.bus.emit("fallback", **told)
    return {**found, "notes": [f"{_why(at)}: {DONE[found['method']]}", *found["notes"]]}


DONE: Mapping[Method, str] = {
    "fusion": "their parts were merged by rule",
    "vote": "their answers were counted",
    "selection": "the draft of the most reliable member stands as it is",
}


def _why(at: Material) -> str:
    if at.relay.failures:
        kinds = ", ".join(f"{failure['member']} ({failure['kind']})" for failure in at.relay.failures)
        return f"nobody could aggregate the drafts, failed: {kinds}"
    if at.relay.manned and at.cut_short:
        return "nothing was left to aggregate the drafts with"
    if at.relay.manned:
        return "no draft takes a position that could be counted"
    if at.choices.aggregation_strategy == "voting":
        return "the drafts are free texts, and no member here can group them"
    return "no member here can write one answer from several drafts"


def _merged(at: Material) -> Aggregate | None:
    if at.choices.aggregation_strategy != "fusion" or at.exact:
        return None
    merge = merged([draft["text"] for draft in at.drafts]) if len(at.drafts) > 1 else None
    if merge is None:
        return None
    found = _result(at, "fusion", merge.text, at.answer_in(merge.text))
    return {**found, "dissent": [*found["dissent"], *_outvoted(at, merge, found["dissent"])]}


def _outvoted(at: Material, merge: Merge, told: Sequence[Voice]) -> list[Voice]:
    """The items for which others stand in a merge, with the members whose drafts hold them, less the answers told."""
    answers = {voice["answer"] for voice in told}
    return [
        Voice(answer=lost.item, share=0.0, votes=len(lost.texts), members=_authors(at, lost.texts))
        for lost in merge.dissent
        if at.answer_in(lost.item) not in answers
    ]


def _authors(at: Material, places: Sequence[int]) -> list[str]:
    return [*dict.fromkeys(at.drafts[place]["member"] for place in places)]


def _most_reliable(at: Material, drafts: Sequence[Draft]) -> Aggregate:
    order = strongest(at.context.cast)
    draft = min(drafts, key=lambda draft: (order.index(draft["member"]), draft["index"]))
    return _result(at, "selection", draft["text"], draft["answer"], draft=draft)


# Results


def _written(at: Material, method: Method, draft: Draft | None) -> Aggregate | None:
    return _result(at, method, draft["text"], draft["answer"], draft=draft, by=draft["member"]) if draft else None


def _chosen(at: Material, draft: Draft, reason: str, *, by: str = "") -> Aggregate:
    found = _result(at, "selection", draft["text"], draft["answer"], draft=draft, by=by)
    return {**found, "notes": [f"the draft of {draft['member']} was selected: {reason}"], "streamed": False}


def _result(
    at: Material, method: Method, text: str, answer: str | None, *, draft: Draft | None = None, by: str = ""
) -> Aggregate:
    found = weighed(answer, at.drafts, at.context.cast, unit=at.unit, draft=draft, analysis=at.analysis)
    return Aggregate(
        **found,
        round=at.round,
        method=method,
        text=text,
        draft=draft,
        by=by,
        tie=None,
        notes=[],
        cut=False,
        streamed=at.relay.gone_out(text),
    )


def _aside(text: str) -> Voice:
    """What a fusion left out because it did not go with the rest; it does not tell whose it was."""
    return Voice(answer=text, share=0.0, votes=0, members=[])


# Planning


def planned(choices: Choices, chain: Sequence[Member], authors: Sequence[Member], *, analysed: bool) -> list[Planned]:
    """The calls of one aggregation of drafts by those authors, with whoever stands in; none where code decides."""
    if not chain:
        return []
    if chain[0].provider == "symbolic":
        return one_by_one(Planned(member=chain[0], role="judge", prompts=(), reads=(one,)) for one in authors)
    calls = one_by_one(PLANS[choices.aggregation_strategy](choices, chain[0], authors))
    beside = chain[:1] if analysed else ()
    calls = [replace(call, role="aggregator", reads=(*call.reads, *beside)) for call in calls]
    return calls + [spare for call in calls[:1] for spare in standing_in(call, chain[1:])]


def _synthesis_calls(choices: Choices, aggregator: Member, authors: Sequence[Member]) -> Iterator[Planned]:
    return _windows(choices, aggregator, authors, ("synthesis",))


def _selection_calls(choices: Choices, aggregator: Member, authors: Sequence[Member]) -> Iterator[Planned]:
    return _windows(choices, aggregator, authors if len(authors) > 1 else (), ("selection", "form"))


def _voting_calls(choices: Choices, aggregator: Member, authors: Sequence[Member]) -> Iterator[Planned]:
    if len(authors) > 1:
        prompts = (*READING, "grouping", "form")
        yield Planned(member=aggregator, prompts=prompts, reads=tuple(authors), surely=False)


def _fusion_calls(choices: Choices, aggregator: Member, authors: Sequence[Member]) -> Iterator[Planned]:
    most, instructions = choices.fuse_top_k or len(authors), choices.fusion_prompt
    if most < len(authors):
        yield Planned(member=aggregator, prompts=(*READING, "ranking", "form"), reads=tuple(authors))
    for call in _windows(choices, aggregator, authors[:most], ("fusion", *(() if instructions else ("fusion-steps",)))):
        yield replace(call, own=instructions or "")


def _windows(
    choices: Choices, aggregator: Member, authors: Sequence[Member], prompts: tuple[str, ...]
) -> Iterator[Planned]:
    waiting, room, so_far = list(authors), choices.aggregation_window or len(authors), list[Member]()
    while waiting:
        free = room - len(so_far)
        part, waiting = waiting[:free], waiting[free:]
        yield Planned(member=aggregator, prompts=(*READING, *prompts), reads=(*so_far, *part))
        so_far = [aggregator]


READING = ("reader", "drafts")  # the prompts of whoever reads drafts
PLANS: Mapping[AggregationName, Callable[[Choices, Member, Sequence[Member]], Iterator[Planned]]] = {
    "synthesis": _synthesis_calls,
    "selection": _selection_calls,
    "voting": _voting_calls,
    "fusion": _fusion_calls,
}
