"""How well minds judge and criticise what their peers wrote, without having been trained for either."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from typing_extensions import TypedDict

from symposium.agents.critic import critique, doubt
from symposium.agents.judge import judge
from symposium.agents.proposer import propose
from symposium.evals.rows import Kind, Sitting, asked, is_right
from symposium.ledger.records import CallFailed, Critique, Draft
from symposium.models.member import Member
from symposium.models.mind import Mind
from symposium.models.run import Run
from symposium.tools.arithmetic import check_steps
from symposium.tools.calibration import auroc, auroc_within
from symposium.tools.steps import Passage, passages
from symposium.training.world.dataset import Question
from symposium.training.world.styles import STYLES, restyled

VERDICT = "verdict"
SCORES = ("sum_logprob", "mean_logprob", "min_logprob")
ABLE = ("gguf", "symbolic")  # providers whose members can judge and criticise


class Judged(TypedDict):
    """What a judge made of one answer, and whether that is right; `scores` by what it goes by, none if it cannot tell.

    `verdict` is the score that the judge gives; the others are what else it could have gone by.
    """

    member: str
    scores: dict[str, float]
    right: bool


class Criticised(TypedDict):
    """Which step of a wrong answer was quoted, if any, and whether that is the wrong one."""

    member: str
    step: str | None
    hit: bool


@dataclass(frozen=True)
class Judging:
    """A judge that scores what each of its peers answered at once; equal texts count once."""

    judge: Member
    peers: tuple[Member, ...]
    kind: Kind = "role"

    @property
    def name(self) -> str:
        return f"judge {self.judge.name}"

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.judge, *self.peers)

    @property
    def calls(self) -> int:
        return len(self.peers)

    async def ask(self, question: Question, sitting: Sitting) -> list[Judged]:
        """Have one question's answers judged."""
        run = sitting.run()
        drafts = [draft async for draft in _drafts(run, self.peers, question)]
        different = {draft["text"]: draft for draft in drafts}
        return [await self._judged(run, question, draft) for draft in different.values()]

    async def _judged(self, run: Run, question: Question, draft: Draft) -> Judged:
        """A judge that fails is one that cannot tell."""
        scores: dict[str, float] = {}
        with suppress(CallFailed):
            verdict = await judge(Mind(run, self.judge, "judge"), asked(question), draft)
            scores = {name: signal["value"] for name, signal in verdict["signals"].items() if name in SCORES}
            scores |= {} if verdict["score"] is None else {VERDICT: verdict["score"]}
        return Judged(member=draft["member"], scores=scores, right=is_right(question, draft["answer"]))


@dataclass(frozen=True)
class Criticising:
    """A critic that looks at the wrong answers of its peers; with nobody as critic each mind doubts its own."""

    critic: Member | None
    peers: tuple[Member, ...]
    kind: Kind = "role"

    @property
    def name(self) -> str:
        return f"critic {self.critic.name if self.critic else 'of oneself'}"

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.critic, *self.peers) if self.critic else self.peers

    @property
    def calls(self) -> int:
        return len(self.peers)

    async def ask(self, question: Question, sitting: Sitting) -> list[Criticised]:
        """Have one question's wrong answers criticised."""
        run = sitting.run()
        drafts = [draft async for draft in _drafts(run, self.peers, question)]
        wrong = [draft for draft in drafts if draft["answer"] is not None and not is_right(question, draft["answer"])]
        return [_found(draft, await self._quoted(run, question, draft), question) for draft in wrong]

    async def _quoted(self, run: Run, question: Question, draft: Draft) -> Critique | None:
        if self.critic is None:
            return doubt(draft)
        with suppress(CallFailed):  # a critic that fails has nothing to say
            return await critique(Mind(run, self.critic, "critique"), asked(question), draft)
        return None


async def _drafts(run: Run, members: Sequence[Member], question: Question) -> AsyncIterator[Draft]:
    """What the members answer at once; who fails is left out."""
    for member in members:
        with suppress(CallFailed):
            yield await propose(Mind(run, member, "answer"), asked(question))


def _found(draft: Draft, said: Critique | None, question: Question) -> Criticised:
    wrong = wrong_steps(draft["text"], question.solution)
    hit = said is not None and any(step.start <= said["start"] < step.after for step in wrong)
    return Criticised(member=draft["member"], step=said["step"] if said else None, hit=hit)


def wrong_steps(text: str, solution: str) -> list[Passage]:
    """Find the wrong steps of a wrong reply: those that do not compute, else the one where it leaves the solution.

    A solution may be written in any style that the minds were taught; the one that the reply follows longest counts.
    """
    steps = list(passages(text))
    miscomputed = [step for step in steps if any(found.right is False for found in check_steps(step.text))]
    if miscomputed:
        return miscomputed
    written = [_bare(step.text) for step in steps]
    true = [[_bare(step.text) for step in passages(restyled(solution, style))] for style in STYLES]
    followed = max(_shared(written, steps_of) for steps_of in true)
    return steps[followed : followed + 1]


def _bare(step: str) -> str:
    return "".join(step.split()).rstrip(".")


def _shared(steps: Sequence[str], others: Sequence[str]) -> int:
    """How many steps at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(steps, others, strict=False)))


class JudgeFigures(TypedDict):
    """How well a judge tells right from wrong: over all answers, and between the answers to one question."""

    judge: str
    by: str
    questions: int
    answers: int
    silent: int
    auroc: float | None
    auroc_within: float | None


class CriticFigures(TypedDict):
    """How many of so many wrong answers had a step quoted, and how many of those quotes are the wrong step."""

    critic: str
    wrong: int
    quoted: int
    hit: int


def judge_figures(name: str, results: Sequence[Sequence[Judged]]) -> list[JudgeFigures]:
    """Sum up what a judge said, question by question, for each thing that it could go by."""
    ways = dict.fromkeys([VERDICT, *(way for judged in results for one in judged for way in one["scores"])])
    return [_figures(name.removeprefix("judge "), way, results) for way in ways]


def _figures(judge: str, way: str, results: Sequence[Sequence[Judged]]) -> JudgeFigures:
    groups = [[(one["scores"][way], one["right"]) for one in judged if way in one["scores"]] for judged in results]
    told = [pair for group in groups for pair in group]
    return JudgeFigures(
        judge=judge,
        by=way,
        questions=len(results),
        answers=len(told),
        silent=sum(map(len, results)) - len(told),
        auroc=auroc([score for score, _ in told], [right for _, right in told]),
        auroc_within=auroc_within(groups),
    )


def critic_figures(name: str, results: Sequence[Sequence[Criticised]]) -> CriticFigures:
    """Sum up what a critic quoted."""
    found = [one for criticised in results for one in criticised]
    return CriticFigures(
        critic=name.removeprefix("critic "),
        wrong=len(found),
        quoted=sum(one["step"] is not None for one in found),
        hit=sum(one["hit"] for one in found),
    )


Role = Judging | Criticising


def roles(members: Sequence[Member], symbolic: Member) -> list[Role]:
    """The roles to be measured: each mind on itself and on its peers, and the exact check on all."""
    able = tuple(member for member in members if member.provider in ABLE)
    if not able:
        return []
    by_rule: list[Role] = [Judging(symbolic, able), Criticising(symbolic, able), Criticising(None, able)]
    return [role for member in able for role in _over(member, able)] + by_rule


def _over(member: Member, able: Sequence[Member]) -> list[Role]:
    peers = tuple(other for other in able if other != member)
    return [Judging(member, peers), Criticising(member, peers)] if peers else []
