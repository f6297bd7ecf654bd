"""Scholars: scripted members who know some of the world's answers, and a benchmark that asks them."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from symposium.evals.bench import Bench, bundled_cast
from symposium.evals.papers import papers
from symposium.ledger.records import CallFailed, Usage
from symposium.models.provider import Chunk, Feature, Request

SEED = 3


class Scholar:
    """Answers rightly the share of questions that it knows, which a hash of name and question chooses."""

    features: frozenset[Feature] = frozenset()

    def __init__(self, name: str, *, knows: float, answers: Mapping[str, str], refuses: bool = False) -> None:
        self.name, self.knows, self.answers, self.refuses = name, knows, answers, refuses
        self.asked = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.asked += 1
        question = request.messages[-1]["content"]
        if self.refuses:
            raise CallFailed("refused", "not of this world")
        drawn = int(hashlib.sha256(f"{self.name}{question}".encode()).hexdigest(), 16) % 1000
        said = self.answers[question] if drawn < 1000 * self.knows else f"{self.name} does not know"
        yield Chunk(text=f"answer {said}", finish="stop", usage=Usage(input=30, output=10, estimated=False))

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.fixture
def scholars(stage: Any) -> Callable[..., dict[str, Scholar]]:
    """Casts scholars by the share that they know; their reliability says the same."""

    def cast(*, limit: int, refusing: tuple[str, ...] = (), **knows: float) -> dict[str, Scholar]:
        drawn = papers(split="development", seed=SEED, limit=limit)
        answers = {question.text: question.answer for paper in drawn for question in paper.questions}
        for name, share in knows.items():
            stage.cast(name, "", reliability=min(max(share, 0.01), 0.99), prompt="bare")
            stage.actors[name] = Scholar(name, knows=share, answers=answers, refuses=name in refusing)
        return dict(stage.actors)

    return cast


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    """Makes a benchmark of members by name, in this process."""

    def make(
        *names: str, limit: int, seed: int = SEED, folder: Path = tmp_path / "record", graph: str | None = None
    ) -> Bench:
        drawn = papers(split="development", seed=SEED, limit=limit)
        return Bench(bundled_cast(names), drawn, seed=seed, folder=folder, graph=graph)

    return make


class Silent:
    """A watcher that keeps what it is told."""

    def __init__(self) -> None:
        self.left, self.done, self.rows = 0, 0, list[tuple[str, str]]()

    def expect(self, steps: int) -> None:
        self.left = steps

    def advance(self, steps: int) -> None:
        self.done += steps
        self.left -= steps

    def finished(self, row: str, paper: str) -> None:
        self.rows.append((row, paper))


@pytest.fixture
def watcher() -> Silent:
    """A watcher."""
    return Silent()
