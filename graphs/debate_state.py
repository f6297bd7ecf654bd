"""The state of a debate: who sits in it, what lies on the table, and how the votes stand."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from symposium.agents.personas import played
from symposium.graphs.counting import Count, ballots_of, comparable, counted, spokesman
from symposium.graphs.family import Seating, State, gathered, question
from symposium.graphs.forms import DebateContext
from symposium.ledger.records import Critique, Draft, Flip, Round, Ruling
from symposium.tools.equivalence import canonical
from symposium.tools.measures import asked_unit
from symposium.tools.stopping import STOPS
from symposium.tools.votes import RULES, Ballot, Candidate, Rule


class Plan(TypedDict):
    """What a run of this graph can do: so many rounds, and who can play which part, the judges in turn.

    `critics` and `revisers` are debaters; those who are `bare` follow no instructions, they go on from a given text,
    and `weighers` tell whether that made it likelier. `checker` checks the steps of all drafts, empty if nobody can.
    `choices` are those on which all of that rests.
    """

    debaters: list[str]
    choices: dict[str, Any]
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
    return bool(judges_left(state)) and not state["halted"] and not final and differ(state, table(state))


def judges_left(state: DebateState) -> list[str]:
    """Who may still judge, in turn."""
    return [name for name in state["plan"]["judges"] if name not in failed(state, "judge")]


def failed(state: DebateState, role: str) -> set[str]:
    """Who has failed in a role: it is not asked to play that again."""
    return {one["member"] for one in state["failures"] if one["role"] == role}


def movable(state: DebateState) -> list[str]:
    """The debaters that could still change their answer."""
    able = {*state["plan"]["revisers"]} - failed(state, "reviser")
    return [draft["member"] for draft in table(state) if draft["member"] in able]


def having_to_revise(state: DebateState, last: Round) -> list[str]:
    """The debaters that have something to revise: an objection, another's answer, or a judge's word to all.

    Who cannot read the others has nothing but objections.
    """
    accused = {held["call"] for held in last["critiques"]}
    urged = differ(state, last["drafts"]) or redirection(state) is not None
    own = {draft["member"]: draft["call"] for draft in last["drafts"]}
    return [name for name in movable(state) if own[name] in accused or (urged and name not in state["plan"]["bare"])]


def redirection(state: DebateState) -> Ruling | None:
    """The judge's word by which it redirected the debate before the round that runs."""
    before = state["rounds"][-2]["ruling"] if len(state["rounds"]) > 1 else None
    return before if before and before["decision"] == "redirect" else None


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
    """Not all drafts give one answer, or are one text where none could be read."""
    return not drafts or not all(at_one(state, drafts[0], draft) for draft in drafts)


def at_one(state: State, one: Draft, other: Draft) -> bool:
    """Two drafts give one answer, or are one text where none could be read."""
    given, too = key(state, one), key(state, other)
    return given == too and (given is not None or one["text"].strip() == other["text"].strip())


def is_answer(context: DebateContext, draft: Draft) -> bool:
    """A draft can be the answer: it gives one that could be read, or prose is asked for."""
    return draft["answer"] is not None or context.run.open_ended


def even(count: Count) -> list[Candidate]:
    """The answers that the votes leave open: the winner and those with as many votes, where nobody has more."""
    candidates = count.tally.candidates
    most = max(candidate.count for candidate in candidates)
    level = [candidate for candidate in candidates if candidate.count == most]
    return level if len(level) > 1 and count.winner in level else []


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


def seconds(context: DebateContext, state: TurnState) -> float | None:
    """The part of the time left that a turn may take, in seconds; None where nothing limits it."""
    left = context.run.seconds_left
    return None if left is None else left * state["turn"]["share"]
