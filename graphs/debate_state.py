"""The state of a debate: who sits in it, what lies on the table, and how the votes stand."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from typing_extensions import TypedDict

from symposium.agents.personas import played
from symposium.graphs.counting import Count, ballots_of, comparable, counted, spokesman
from symposium.graphs.family import Seating, State, gathered, question
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Critique, Draft, Flip, Round
from symposium.tools.equivalence import canonical
from symposium.tools.measures import asked_unit
from symposium.tools.stopping import STOPS
from symposium.tools.votes import RULES, Ballot, Candidate, Rule


class Plan(TypedDict):
    """What a run of this graph can do: so many rounds, and who can play which part, the judges in turn.

    `critics` and `revisers` are debaters; those who are `bare` follow no instructions, they go on from a given text,
    and `weighers` tell whether that made it likelier. `checker` checks the steps of all drafts, empty if nobody can.
    """

    rounds: int
    critics: list[str]
    revisers: list[str]
    bare: list[str]
    weighers: list[str]
    judges: list[str]
    checker: str


class Gating(TypedDict):
    """What the gate decided, and what every gate would have decided: that there be a debate."""

    gate: str
    debate: bool
    would: dict[str, bool]
    agreement: float
    words: str


class Heard(TypedDict):
    """What one critic objected to in one round."""

    round: int
    critic: str
    critiques: list[Critique]


class Trial(TypedDict):
    """What became of a debater's turn to revise: the draft before it, what came of it, whether that stands, and why."""

    round: int
    before: Draft
    revision: Draft
    stands: bool
    words: str


class Finding(TypedDict):
    """Why a draft is the answer, or may be: the call of the draft, who or what says so, and in words."""

    call: str
    by: str
    words: str


class DebateState(State):
    """The state of a debate; `heard` and `trials` are written by parallel nodes.

    `tables` hold what lay on the table after the first drafts and after each round since: every debater's draft as it
    stands, in the order of the debaters. `rounds` are those that have begun, `asked` who has something to revise in the
    last one, `flips` all changes of mind. `stop` names the rule that ended the debate, empty while it goes on; `halted`
    says that the run was stopped. `preferred` is the draft that a judge names in place of the vote's winner, and `kept`
    why the answer is not, or need not be, that of the first drafts; empty where that was no question.
    """

    plan: Plan
    gating: Gating
    heard: Annotated[list[Heard], gathered]
    trials: Annotated[list[Trial], gathered]
    tables: list[list[Draft]]
    rounds: list[Round]
    asked: list[str]
    flips: list[Flip]
    stop: str
    halted: bool
    preferred: Finding | None
    kept: Finding | None


class Turn(TypedDict):
    """One debater's turn, or the checker's, who has no draft of its own: in which round, and in what part of the time.

    `rounds` are what it may read.
    """

    seat: Seating
    own: Draft | None
    round: int
    rounds: list[Round]
    share: float


class TurnState(State):
    """The state of one branch: the shared channels it needs, and its own task."""

    plan: Plan
    turn: Turn


# The table


def table(state: DebateState) -> list[Draft]:
    """The drafts as they stand."""
    return state["tables"][-1] if state["tables"] else []


def laid_down(state: DebateState) -> list[Draft]:
    """The first drafts, in the order of the debaters."""
    found = {draft["member"]: draft for draft in state["drafts"] if draft["round"] == 0}
    return [found[seat["member"]] for seat in state["seats"] if seat["member"] in found]


def begun(state: DebateState) -> int:
    """The number of the last round that has begun; 0 before the first."""
    return len(state["rounds"])


def on_the_table(state: DebateState) -> list[Round]:
    """The rounds so far, and the drafts as they stand as the beginning of another one."""
    following = Round(round=begun(state) + 1, drafts=table(state), critiques=[], ruling=None)
    return [*state["rounds"], following]


def rounds_left(state: DebateState) -> int:
    return state["plan"]["rounds"] - begun(state)


def is_running(state: DebateState) -> bool:
    """A round has begun whose revisions do not lie on the table yet."""
    return 0 < len(state["tables"]) == len(state["rounds"])


def awaits_judge(state: DebateState, stop: str) -> bool:
    """The round that is over leaves something to a judge, and there is one."""
    final = stop in STOPS and STOPS[stop].final
    return bool(state["plan"]["judges"]) and not state["halted"] and not final and differ(state, table(state))


def movable(state: DebateState) -> list[str]:
    """The debaters that could still change their answer: who failed to revise once is not asked again."""
    failed = {one["member"] for one in state["failures"] if one["role"] == "reviser"}
    able = state["plan"]["revisers"]
    return [draft["member"] for draft in table(state) if draft["member"] in able and draft["member"] not in failed]


def having_to_revise(state: DebateState, last: Round) -> list[str]:
    """The debaters that have something to revise: an objection, another's answer, or a judge's word to all.

    Who cannot read the others has nothing but objections.
    """
    accused = {held["call"] for held in last["critiques"]}
    urged = differ(state, last["drafts"]) or redirected(state)
    own = {draft["member"]: draft["call"] for draft in last["drafts"]}
    return [name for name in movable(state) if own[name] in accused or (urged and name not in state["plan"]["bare"])]


def redirected(state: DebateState) -> bool:
    """The judge redirected the debate before the round that runs."""
    before = state["rounds"][-2]["ruling"] if len(state["rounds"]) > 1 else None
    return before is not None and before["decision"] == "redirect"


def stop_words(state: DebateState, stop: str) -> str:
    """Why the debate ends, in words; that nobody objected says nothing where nobody could."""
    here = {*(draft["member"] for draft in table(state)), state["plan"]["checker"]}
    critics = here & {*state["plan"]["critics"], state["plan"]["checker"]} - {""}
    failed = [one for one in state["failures"] if one["role"] == "critic" and one["round"] == begun(state)]
    silenced = stop == "nothing_to_revise" and critics <= {one["member"] for one in failed}
    return "nobody could criticise the drafts" if silenced else STOPS[stop].words


# Votes


def rule_of(context: DebateContext) -> Rule:
    return RULES[context.settings.choices.rule]


def unit_of(state: State) -> str | None:
    return asked_unit(question(state))


def ballots(context: DebateContext, state: State, drafts: Sequence[Draft]) -> tuple[Ballot, ...]:
    """One ballot per draft."""
    return tuple(ballots_of(drafts, context.cast, unit_of(state)))


def vote(context: DebateContext, state: State, drafts: Sequence[Draft]) -> Count | None:
    """Count drafts; None where none gives an answer, or they are prose that code cannot compare."""
    if not comparable([draft["answer"] for draft in drafts if draft["answer"] is not None], unit_of(state)):
        return None
    return counted(drafts, ballots(context, state, drafts), rule_of(context))


def key(state: State, draft: Draft) -> str | None:
    """What two drafts share that give one answer; None where none could be read."""
    return None if draft["answer"] is None else canonical(draft["answer"], unit=unit_of(state)).key


def differ(state: State, drafts: Sequence[Draft]) -> bool:
    """Not all drafts give one answer; where none could be read it is the same one in the same words only."""
    return len({key(state, draft) or f"in words: {draft['text'].strip()}" for draft in drafts}) != 1


def even(count: Count) -> list[Candidate]:
    """The answers with the most votes where they are several, or with equal weight; none where one is ahead."""
    candidates = count.tally.candidates
    most = max(candidate.count for candidate in candidates)
    level = [candidate for candidate in candidates if candidate.count == most]
    return level if len(level) > 1 else [*candidates[:2]] if count.tally.tie else []


def speaker(candidate: Candidate, drafts: Sequence[Draft]) -> Draft:
    """The draft that speaks for an answer."""
    voted = {(ballot.member, ballot.index) for ballot in candidate.ballots}
    return spokesman([draft for draft in drafts if (draft["member"], draft["index"]) in voted])


# Parts and shares


def part_of(context: DebateContext, name: str, asked: str) -> str:
    """The instructions of the part that a debater plays; empty where none is played."""
    personas, names = context.settings.choices.personas, [member.name for member in context.cast]
    if not personas:
        return ""
    return played(personas[names.index(name) % len(personas)], asked, context.settings.personas)


Step = Literal["drafts", "critique", "revision", "ruling", "check"]
PARTS: Mapping[Step, int] = {"drafts": 3, "critique": 2, "revision": 3, "ruling": 1, "check": 2}
"""Of the time, what a step gets beside the others; the check comes once, at the end."""
ROUND: tuple[Step, ...] = ("critique", "revision", "ruling")  # the last one where there is a judge
LAST: tuple[Step, ...] = ("check",)  # where there is a judge


def share(step: Step, state: DebateState) -> float:
    """The part (0..1] of the time left that a step may take, so that those after it have theirs."""
    judging = bool(state["plan"]["judges"])
    wanted = ROUND[: len(ROUND) if judging else -1]
    later = wanted[wanted.index(step) + 1 :] if step in wanted else ()
    if step == "check":
        return 1.0
    more: list[Step] = [*later, *wanted * rounds_left(state), *LAST[: int(judging)]]
    return PARTS[step] / (PARTS[step] + sum(PARTS[name] for name in more))
