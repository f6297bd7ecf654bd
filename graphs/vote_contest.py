"""What stands for election in a vote: the answers that were given, with the drafts behind them; and how it is held."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeVar

from typing_extensions import TypedDict

from symposium.graphs.counting import Count, spokesman
from symposium.graphs.family import Seating, tried
from symposium.graphs.forms import VoteContext
from symposium.ledger.records import Draft, Failure, Message
from symposium.models.mind import Mind
from symposium.models.settings import BallotName
from symposium.tools.ranking import HALF, Points, reordered
from symposium.tools.votes import Ballot, Candidate, Rule, Tally

NODE = "elect"
T = TypeVar("T")


class Election(TypedDict):
    """What an election came to: points by the key of a candidate, and whose draft speaks for it, by its call.

    `by` names what was cast; `voters` is how many cast it. `chances` says that the points are chances (0..1) of being
    right, which were fitted; `notes` say what a reader should know.
    """

    by: BallotName
    points: dict[str, float]
    speaking: dict[str, str]
    voters: int
    chances: bool
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What stands for election: the drafts in their order, a ballot of each, and the conversation they answer.

    `prose` says that each draft is a candidate of its own, since nobody can tell which say the same.
    """

    context: VoteContext
    turns: Sequence[Message]
    drafts: Sequence[Draft]
    ballots: Sequence[Ballot]
    rule: Rule
    prose: bool = False

    @cached_property
    def tally(self) -> Tally:
        """The count, which parts candidates of equal points."""
        return self.rule(self.ballots)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.tally.candidates

    @cached_property
    def behind(self) -> Mapping[str, Sequence[Draft]]:
        """The drafts behind each candidate, by its key."""
        by_place = {(draft["member"], draft["index"]): draft for draft in self.drafts}
        return {one.key: [by_place[vote.member, vote.index] for vote in one.ballots] for one in self.candidates}

    @property
    def standing(self) -> list[Draft]:
        """The drafts behind all candidates, in their order; those that abstained are not among them."""
        calls = {draft["call"] for drafts in self.behind.values() for draft in drafts}
        return [draft for draft in self.drafts if draft["call"] in calls]

    def spokesmen(self, most: int | None = None) -> dict[str, Draft]:
        """Whose words speak for each candidate, of the first so many by the count."""
        return {one.key: spokesman(self.behind[one.key]) for one in self.candidates[:most]}

    def election(
        self,
        points: Mapping[str, Fraction | float],
        *,
        speaking: Mapping[str, str] | None = None,
        voters: int = 0,
        chances: bool = False,
        notes: Sequence[str] = (),
    ) -> Election:
        """Put down the points of the candidates; those that have none get nothing."""
        usual = {key: draft["call"] for key, draft in self.spokesmen().items()}
        return Election(
            by=self.context.settings.choices.ballots,
            points={one.key: float(points.get(one.key, 0)) for one in self.candidates},
            speaking={**usual, **(speaking or {})},
            voters=voters,
            chances=chances,
            notes=list(notes),
        )

    def elected(self, election: Election) -> Count:
        """The count as the election has changed its order."""
        tally = reordered(self.tally, election["points"], by=election["by"])
        winner = tally.candidates[0]
        call = election["speaking"][winner.key]
        speaking = next(draft for draft in self.behind[winner.key] if draft["call"] == call)
        rule = replace(self.rule, name=election["by"], by_chance=False)  # shares of points are no chances
        return Count(rule=rule, tally=tally, winner=winner, spokesman=speaking, asked=len(self.drafts))


def contest_of_prose(context: VoteContext, turns: Sequence[Message], drafts: Sequence[Draft], rule: Rule) -> Contest:
    """Lay out drafts that are prose for election: a candidate each, but for those that are the same word for word.

    Where a short answer was asked for, those that give none abstain.
    """
    reliability = {member.name: member.reliability for member in context.cast}
    first = {draft["text"].strip(): draft["call"] for draft in reversed(drafts)}

    def standing(draft: Draft) -> Ballot:
        stands = context.run.open_ended or draft["answer"] is not None
        return Ballot(
            member=draft["member"],
            index=draft["index"],
            answer=f"what {draft['member']} wrote" if stands else None,
            key=f"draft {first[draft['text'].strip()]}" if stands else None,
            reliability=reliability[draft["member"]],
            reason="no answer could be read",
        )

    ballots = [standing(draft) for draft in drafts]
    return Contest(context=context, turns=turns, drafts=drafts, ballots=ballots, rule=rule, prose=True)


def best_placed(contest: Contest, points: Points) -> dict[str, str]:
    """The draft of each candidate that has most points speaks for it; of equal ones the surest."""

    def best(drafts: Sequence[Draft]) -> Draft:
        most = max(points.get(draft["call"], HALF) for draft in drafts)
        return spokesman([draft for draft in drafts if points.get(draft["call"], HALF) == most])

    return {key: best(drafts)["call"] for key, drafts in contest.behind.items()}


@dataclass(frozen=True, kw_only=True)
class Held:
    """An election, None where nobody could choose, with who failed in it and why it came to nothing."""

    election: Election | None
    failures: Sequence[Failure] = ()
    why: str = ""


# Calls


Doing = Callable[[], Coroutine[Any, Any, T]]
Work = tuple[Mind, Doing[T]]


async def at_once(contest: Contest, works: Mapping[str, Work[T]], *, role: str) -> tuple[dict[str, T], list[Failure]]:
    """Have all of it done, so much at a time as the window allows; who fails is data."""
    context = contest.context
    fanout = context.run.fanout(context.place(NODE), window=context.settings.choices.window)

    async def done(
        place: int, mind: Mind, work: Callable[[], Coroutine[Any, Any, T]]
    ) -> tuple[T | None, list[Failure]]:
        seat = Seating(member=mind.member.name, index=place)
        made, trouble = await tried(context, seat, lambda: fanout.run(work), role=role)
        failures: list[Failure] = trouble.get("failures", [])
        return made, failures

    async with asyncio.TaskGroup() as group:
        tasks = {
            name: group.create_task(done(place, mind, work)) for place, (name, (mind, work)) in enumerate(works.items())
        }
    results = {name: task.result() for name, task in tasks.items()}
    made = {name: found for name, (found, _) in results.items() if found is not None}
    return made, [failure for _, failures in results.values() for failure in failures]


def nobody(asked: Sequence[Mind], failures: Sequence[Failure], what: str) -> str:
    """Why nobody has chosen."""
    if not asked:
        return f"no member here can {what}"
    kinds = ", ".join(dict.fromkeys(f"{failure['member']} ({failure['kind']})" for failure in failures))
    return f"nobody could {what}{', failed: ' if kinds else ''}{kinds}"
