"""What not waiting and not debating saves, measured against an OpenAI-compatible server.

`python -m symposium.evals.latency --url http://127.0.0.1:9100/v1 --models p1,p2,p3,p4,p5` asks the same questions

- of a vote that ends as soon as nothing can change its outcome, and of one that waits for everybody;
- of the first four models, waiting for the slowest, without a second attempt for late calls and with it (hedging);
- of the first three models, as debaters that always debate, and as ones that do so only where their drafts differ.

What the server's latencies look like is its own matter; a tail, such as 3 % of the calls that take six times as long,
is what the first two are for. What the third saves hangs on how often the models agree. `--right A` tells which answer
is the right one to every question.
"""

import asyncio
import os
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial

from symposium.agents.proposer import propose
from symposium.evals.served import served
from symposium.graphs import ask
from symposium.graphs.catalogue import strategy
from symposium.graphs.context import Context
from symposium.graphs.counting import ballots_of, counted, in_order
from symposium.ledger.records import CallFailed, Draft, Message, SymposiumError
from symposium.models.endpoints import disconnect
from symposium.tools.votes import RULES

QUESTION = "[Q-{}] Which of A, B, C and D is it? End with: Answer: and the letter."
DEBATERS = 3
HEDGED = 4  # models whose slowest one hedging is measured on
HISTORY = 20  # questions asked twice before, so that it is known how long a model usually takes
DEADLINE = 60.0  # seconds of a request


@dataclass(frozen=True)
class Asked:
    """One question as it went: seconds until its answer, wire attempts, and the answer."""

    seconds: float
    calls: int
    answer: str | None


Way = Callable[[str], Awaitable[Asked]]


@dataclass(frozen=True)
class Sample:
    """The same questions, asked one way."""

    name: str
    asked: Sequence[Asked]

    def seconds(self, share: float) -> float:
        """The time that this share of the questions did not exceed."""
        ordered = sorted(one.seconds for one in self.asked)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def calls(self) -> int:
        """Wire attempts in all."""
        return sum(one.calls for one in self.asked)

    def right(self, answer: str) -> float:
        """The share of the questions with that answer."""
        return sum(one.answer == answer for one in self.asked) / len(self.asked)

    def __str__(self) -> str:
        p50, p95 = self.seconds(0.5), self.seconds(0.95)
        load = os.getloadavg()[0]
        return f"{self.name:<28} p50 {p50:.3f} s   p95 {p95:.3f} s   {self.calls} calls   load {load:.2f}"


@dataclass(frozen=True)
class Saving:
    """A way that does less, beside the one that does all; `answer` is the right one to every question, where told."""

    slow: Sample
    quick: Sample
    answer: str | None = None

    @property
    def p95(self) -> float:
        """How much of the waiting way's p95 is saved (1: all of it)."""
        return 1 - self.quick.seconds(0.95) / self.slow.seconds(0.95)

    @property
    def more_calls(self) -> float:
        """Further calls as a share of the waiting way's."""
        return self.quick.calls / self.slow.calls - 1

    @property
    def same(self) -> int:
        """Questions that both ways answer alike."""
        return sum(a.answer == b.answer for a, b in zip(self.slow.asked, self.quick.asked, strict=True))

    def __str__(self) -> str:
        answers = f"same answers to {self.same} of {len(self.slow.asked)}"
        told = f"{self.slow}\n{self.quick}\n  p95 {-self.p95:+.0%}, calls {self.more_calls:+.1%}, {answers}"
        if self.answer is None:
            return told
        return f"{told}, right {self.slow.right(self.answer):.1%} and {self.quick.right(self.answer):.1%}"


async def settling(question: str) -> Asked:
    """Let everybody vote until nothing can change the outcome."""
    started = time.perf_counter()
    outcome = await ask(question, graph="vote")
    return Asked(time.perf_counter() - started, outcome["totals"]["attempts"], outcome["extracted"])


async def waiting(question: str, *, hedge: bool = False) -> Asked:
    """Let everybody vote and wait for all of them."""
    started = time.perf_counter()
    context = strategy("vote").form(hedge=hedge)
    context.run.watched = False
    context.run.begin("vote", question)
    drafts = in_order(await _everyone(context, question))
    count = counted(drafts, ballots_of(drafts, context.cast, None), RULES[context.settings.choices.rule])
    context.run.end(method="vote")
    return Asked(time.perf_counter() - started, context.run.budget.calls, count.winner.answer if count else None)


async def _everyone(context: Context, question: str) -> list[Draft]:
    """What everybody says who does not fail."""
    turns = [Message(role="user", content=question)]
    speaking = (propose(context.mind(member.name, path="sample"), turns) for member in context.cast)
    heard = await asyncio.gather(*speaking, return_exceptions=True)
    for one in heard:
        if isinstance(one, BaseException) and not isinstance(one, CallFailed):
            raise one
    return [one for one in heard if not isinstance(one, BaseException)]


async def compared(slow: Way, quick: Way, questions: Sequence[str], *, at_once: int) -> tuple[list[Asked], list[Asked]]:
    """Ask every question both ways, one after the other and in turn first, so many questions at once.

    So both ways meet the same machine and the same server.
    """
    room = asyncio.Semaphore(at_once)

    async def both(place: int, question: str) -> tuple[Asked, Asked]:
        async with room:
            if place % 2:
                later = await quick(question)
                return await slow(question), later
            return await slow(question), await quick(question)

    pairs = await asyncio.gather(*(both(place, question) for place, question in enumerate(questions)))
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


async def quorum_exit(url: str, models: Sequence[str], questions: Sequence[str], *, at_once: int) -> Saving:
    """Measure what a vote saves by ending once it is settled."""
    with members(url, models):
        slow, quick = await compared(waiting, settling, questions, at_once=at_once)
    return Saving(Sample("vote, waiting for all", slow), Sample("vote, until settled", quick))


async def hedging(url: str, models: Sequence[str], questions: Sequence[str], *, at_once: int) -> Saving:
    """Measure what a second attempt for late calls saves where the slowest model is waited for."""
    history = [QUESTION.format(f"h{place}") for place in range(HISTORY)]
    with members(url, models):
        await compared(waiting, waiting, history, at_once=at_once)
        slow, quick = await compared(waiting, partial(waiting, hedge=True), questions, at_once=at_once)
    return Saving(Sample("slowest of all, one attempt", slow), Sample("slowest of all, hedged", quick))


async def debating(question: str, *, gate: str) -> Asked:
    """Let everybody draft, and debate where the gate says so; who checks steps in this process calls nobody."""
    started = time.perf_counter()
    outcome = await ask(question, graph="debate", gate=gate, moderated=False)
    totals = outcome["totals"]
    checks = sum(one["calls"] for one in totals["by_member"] if one["member"].startswith("symbolic:"))
    return Asked(time.perf_counter() - started, totals["attempts"] - checks, outcome["extracted"])


async def debate_exit(url: str, models: Sequence[str], questions: Sequence[str], *, at_once: int) -> Saving:
    """Measure what is saved by debating only where the drafts differ."""
    always, where_they_differ = partial(debating, gate="never"), partial(debating, gate="unanimous")
    with members(url, models):
        slow, quick = await compared(always, where_they_differ, questions, at_once=at_once)
    return Saving(Sample("debate, always", slow), Sample("debate, where drafts differ", quick))


def members(url: str, models: Sequence[str]) -> AbstractContextManager[None]:
    """Within it the models are the members, each asked once, all at the same time."""
    return served(url, models, graph="vote", samples=1, window=len(models), timeout=DEADLINE)


async def measured(url: str, models: Sequence[str], *, questions: int, at_once: int) -> AsyncIterator[Saving]:
    """Measure all three."""
    asked = [QUESTION.format(place) for place in range(questions)]
    try:
        yield await quorum_exit(url, models, asked, at_once=at_once)
        yield await hedging(url, models[:HEDGED], asked, at_once=at_once)
        yield await debate_exit(url, models[:DEBATERS], asked, at_once=at_once)
    finally:
        await disconnect()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = ArgumentParser(prog="python -m symposium.evals.latency", description=__doc__)
    parser.add_argument("--url", required=True, help="of an OpenAI-compatible server, such as http://127.0.0.1:9100/v1")
    parser.add_argument("--models", required=True, help="its models, with commas between: five for a vote of five")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=4, help="questions at the same time")
    parser.add_argument("--right", help="the right answer to every question, such as A")
    chosen = parser.parse_args(arguments)

    async def printed() -> None:
        models = chosen.models.split(",")
        async for saving in measured(chosen.url, models, questions=chosen.questions, at_once=chosen.at_once):
            print(replace(saving, answer=chosen.right), flush=True)

    try:
        asyncio.run(printed())
    except SymposiumError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
