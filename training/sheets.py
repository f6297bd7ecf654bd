"""The answers of a model file to questions of the world, with their signals, kept so that none is asked twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from symposium.ledger.records import Message
from symposium.models.gate import CANDIDATES
from symposium.models.provider import Chunk, Request
from symposium.models.providers.gguf import GgufEndpoint
from symposium.tools.answers import extract
from symposium.tools.arithmetic import broken
from symposium.tools.confidence import SIGNALS, Evidence, signals
from symposium.training.exam import LONGEST_ANSWER, PARALLEL, Marked, Patterns, paper

if TYPE_CHECKING:
    from symposium.training.world.dataset import Question
    from symposium.training.world.splits import Split

TEMPERATURE = 0.7  # of every sample after the first, which is greedy, as the product samples
AT_A_TIME = 250  # questions between two writes
OF_A_REPLY = set(SIGNALS) - {"agreement"}


class Said(TypedDict):
    """One answer with its raw signals; `cut` where it reached its token limit, which the product counts a failure."""

    question: str
    text: str
    answer: str | None
    right: bool
    cut: bool
    tokens: int
    signals: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The questions of a split that a seed draws, in their order."""

    split: Split
    patterns: Patterns = "known"
    seed: int = 20

    @property
    def name(self) -> str:
        return f"{self.split}-{self.patterns}-{self.seed}"

    def questions(self, n: int) -> list[Question]:
        return paper(self.split, n=n, seed=self.seed, patterns=self.patterns)


class Sheets:
    """A model file's answers to papers: a file of JSON lines for each kind of request, named by the model's digest."""

    def __init__(self, file: Path, *, folder: Path) -> None:
        self.digest = hashlib.sha256(file.read_bytes()).hexdigest()
        self._file, self._folder = file.resolve(), folder

    def said(self, paper: Paper, *, n: int, sample: int = 0) -> list[Said]:
        """Give the answers to the first n questions; sample 0 is greedy. What is not kept yet is asked and kept."""
        questions = paper.questions(n)
        return self._kept(f"{paper.name}-{sample}", questions, [_written(q, sample) for q in questions])

    def scored(self, paper: Paper, *, n: int, peer: Sheets) -> list[Said]:
        """Give a peer's greedy answers to the first n questions with the signals under this model's own weights."""
        answers = zip(paper.questions(n), peer.said(paper, n=n), strict=True)
        whole = [(question, said) for question, said in answers if said["text"].strip() and not said["cut"]]
        requests = [_forced(question, said["text"].strip()) for question, said in whole]
        return self._kept(f"{paper.name}-of-{peer.digest[:12]}", [question for question, _ in whole], requests)

    def _kept(self, name: str, questions: Sequence[Question], requests: Sequence[Request]) -> list[Said]:
        place = self._folder / f"{self.digest[:12]}-{name}.jsonl"
        known = _read(place, questions)
        place.parent.mkdir(parents=True, exist_ok=True)
        for start in range(len(known), len(questions), AT_A_TIME):
            part = slice(start, start + AT_A_TIME)
            fresh = asyncio.run(_answers(self._file, questions[part], requests[part]))
            with place.open("a" if known else "w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(said, ensure_ascii=False) + "\n" for said in fresh)
            known += fresh
        return known[: len(questions)]


def _read(place: Path, questions: Sequence[Question]) -> list[Said]:
    """The answers in a file; none where they are not to these questions, or were kept before a signal was known."""
    if not place.exists():
        return []
    said: list[Said] = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
    same = all(kept["question"] == question.text for kept, question in zip(said, questions, strict=False))
    known = {name for kept in said for name in kept["signals"]}
    return said if same and known >= OF_A_REPLY else []


async def _answers(file: Path, questions: Sequence[Question], requests: Sequence[Request]) -> list[Said]:
    endpoint = GgufEndpoint(str(file))
    places = asyncio.Semaphore(PARALLEL)

    async def answer(question: Question, request: Request) -> Said:
        async with places:
            return _said(question, [chunk async for chunk in endpoint.stream(request)])

    try:
        return await asyncio.gather(*map(answer, questions, requests))
    finally:
        await endpoint.aclose()


def _written(question: Question, sample: int) -> Request:
    return _request(question, temperature=TEMPERATURE if sample else 0.0, seed=sample)


def _forced(question: Question, text: str) -> Request:
    return replace(_request(question), forced=text)


def _request(question: Question, *, temperature: float = 0.0, seed: int = 0) -> Request:
    return Request(
        messages=(Message(role="user", content=question.text),),
        max_tokens=LONGEST_ANSWER,
        temperature=temperature,
        seed=seed,
        top_logprobs=CANDIDATES,
    )


def _said(question: Question, chunks: Sequence[Chunk]) -> Said:
    text = "".join(chunk.text for chunk in chunks)
    tokens = [token for chunk in chunks for token in chunk.tokens]
    top = [[logprob for _, logprob in token.top] for token in tokens]
    return Said(
        question=question.text,
        text=text,
        answer=extract(text),
        right=Marked(question, text).right,
        cut=any(chunk.finish == "length" for chunk in chunks),
        tokens=len(tokens),
        signals=signals(Evidence(logprobs=[token.logprob for token in tokens], top=top, broken=broken(text))),
    )
