"""The endless training text in numbered chunks: made once, kept on disk, fully determined by mix, seed and number."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from symposium.training import tokenizer as vocabulary
from symposium.training.recipe import Mix

CHUNK_QUESTIONS = 8192
AHEAD = 3  # chunks


class Asked(Protocol):
    """What training needs of a question of the world."""

    @property
    def text(self) -> str: ...
    @property
    def solution(self) -> str: ...


Source = Callable[[Mix, int], Iterable[Asked]]


@dataclass(frozen=True)
class Chunk:
    """Rows of tokens, end to end: row i is tokens[ends[i-1]:ends[i]]; its answer begins at its token answers[i]."""

    tokens: npt.NDArray[np.uint16]
    ends: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]

    def rows(self) -> list[npt.NDArray[np.uint16]]:
        return np.split(self.tokens, self.ends[:-1])


def chunk_of(questions: Iterable[Asked], tokenizer_path: Path) -> Chunk:
    tokenizer = vocabulary.loaded(tokenizer_path)
    asked = list(questions)
    prompts = vocabulary.encoded(tokenizer, [vocabulary.prompt(question.text) for question in asked])
    solutions = vocabulary.encoded(tokenizer, [question.solution + vocabulary.EOS for question in asked])
    rows = [first + second for first, second in zip(prompts, solutions, strict=True)]
    return Chunk(
        np.array([token for row in rows for token in row], dtype=np.uint16),
        np.cumsum([len(row) for row in rows], dtype=np.int64),
        np.array([len(first) for first in prompts], dtype=np.int64),
    )


def world_questions(mix: Mix, seed: int) -> Iterator[Asked]:
    """Draw training questions of the bundled world without end, each part of the mix by its share."""
    from symposium.training.world.dataset import questions

    parts = [
        iter(questions("train", seed=seed + index, family=part.family, language=part.language, style=part.style))
        for index, part in enumerate(mix)
    ]
    shares = [part.share for part in mix]
    draw = random.Random(seed)
    while True:
        yield next(draw.choices(parts, shares)[0])


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Where the chunks of one mix and seed are found, and how a missing one is made."""

    folder: Path
    tokenizer: Path
    mix: Mix
    seed: int
    source: Source = world_questions
    size: int = CHUNK_QUESTIONS
    ahead: int = AHEAD

    def path(self, number: int) -> Path:
        return self.folder / self._name() / f"{number:05d}.npz"

    def _name(self) -> str:
        told = f"{self.mix}|{self.size}|{self.tokenizer.read_bytes()!r}"
        return f"{hashlib.sha256(told.encode()).hexdigest()[:12]}-{self.seed}"

    def chunk(self, number: int) -> Chunk:
        """Read a chunk, making it first where it is missing; of several processes that want it, one makes it."""
        path = self.path(number)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not path.exists():
                    self._make(number, path)
        with np.load(path) as arrays:
            return Chunk(arrays["tokens"], arrays["ends"], arrays["answers"])

    def _make(self, number: int, path: Path) -> None:
        asked = islice(self.source(self.mix, chunk_seed(self.seed, number)), self.size)
        made = chunk_of(asked, self.tokenizer)
        draft = path.with_suffix(".draft.npz")
        np.savez(draft, tokens=made.tokens, ends=made.ends, answers=made.answers)
        draft.rename(path)

    def chunks(self, first: int) -> Iterator[tuple[int, Chunk]]:
        """Yield chunks from number `first` on, while a process of its own makes the `ahead` following ones."""
        if not self.ahead:
            yield from ((number, self.chunk(number)) for number in count(first))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_step_back) as maker:
            coming = deque(maker.submit(_prepare, self, first + ahead) for ahead in range(self.ahead))
            for number in count(first):
                coming.popleft().result()
                coming.append(maker.submit(_prepare, self, number + self.ahead))
                yield number, self.chunk(number)


def chunk_seed(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"chunk {seed} {number}".encode()).digest()[:6], "big")


def _prepare(stream: Stream, number: int) -> None:
    """Make a chunk without sending it between processes."""
    stream.chunk(number)


def _step_back() -> None:
    """Leave the core to the trainer: run anywhere, at a lower priority."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    os.nice(5)
