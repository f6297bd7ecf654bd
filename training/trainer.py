"""Training one mind by its recipe: resumable, seeded, with a line of progress."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from symposium.training.batches import Batch, batches
from symposium.training.model import Mind, Shape
from symposium.training.optim import Optimizers, Rates, rate_share
from symposium.training.recipe import Recipe
from symposium.training.stream import Stream, chunk_seed

Loss = Callable[[Batch], Tensor]
Report = Callable[[Mind, "Progress"], None]


def shape_of(recipe: Recipe) -> Shape:
    return Shape(width=recipe.width, layers=recipe.layers, heads=recipe.heads, hidden=recipe.hidden)


@dataclass
class Progress:
    """How far a training has come: tokens and steps done, and the next batch by chunk and place within it."""

    tokens: int = 0
    steps: int = 0
    chunk: int = 0
    batch: int = 0
    loss: float = 0.0  # mean over about the last hundred steps

    def advance(self, size: int, loss: float) -> None:
        self.tokens += size
        self.steps += 1
        self.batch += 1
        self.loss += (loss - self.loss) / min(self.steps, 100)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often to look at a training, in seconds, and where to write; none of it changes what is learned."""

    checkpoint: float = 120.0
    report: float = 300.0
    line: float = 15.0
    clock: Callable[[], float] = time.monotonic
    log: Callable[[str], None] = field(default=lambda text: print(text, flush=True))


class Trainer:
    """A mind in training, with everything a checkpoint must hold."""

    def __init__(self, recipe: Recipe, stream: Stream, *, checkpoint: Path, compiled: bool = False) -> None:
        self.recipe = recipe
        self.stream = stream
        self.checkpoint = checkpoint
        self.mind = Mind(shape_of(recipe), seed=recipe.seed)
        self.optimizers = Optimizers(self.mind, Rates(muon=recipe.muon_lr, adam=recipe.adam_lr))
        self.progress = Progress()
        self._loss = _loss_of(self.mind, compiled=compiled)

    @property
    def finished(self) -> bool:
        return self.progress.tokens >= self.recipe.tokens

    def step(self, batch: Batch) -> None:
        loss = self._loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.optimizers.step(share=rate_share(self.progress.tokens / self.recipe.rate_course))
        self.progress.advance(batch.size, loss.item())

    def train(self, *, pace: Pace, report: Report | None = None, tokens: int | None = None) -> None:
        """Train to the end of the budget, or until `tokens` have been seen; checkpoint on the way and at the end."""
        limit = min(self.recipe.tokens, tokens or self.recipe.tokens)
        saving, reporting = _Due(pace.checkpoint, pace.clock), _Due(pace.report, pace.clock)
        line = _Line(self, pace)
        for batch in self._batches():
            if self.progress.tokens >= limit:
                break
            self.step(batch)
            line.maybe()
            if saving.now():
                self.save()
            if report and reporting.now():
                report(self.mind, self.progress)
        self.save()

    def _batches(self) -> Iterator[Batch]:
        for number, chunk in self.stream.chunks(self.progress.chunk):
            done = self.progress.batch if number == self.progress.chunk else 0
            self.progress.chunk, self.progress.batch = number, done
            seed = chunk_seed(self.recipe.seed, number)
            for index, batch in enumerate(batches(chunk, tokens=self.recipe.batch, seed=seed)):
                if index >= done:
                    yield batch

    def save(self) -> None:
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        draft = self.checkpoint.with_suffix(".draft")
        torch.save(
            {
                "recipe": asdict(self.recipe),
                "mind": self.mind.state_dict(),
                "optimizers": self.optimizers.state_dict(),
                "progress": asdict(self.progress),
            },
            draft,
        )
        draft.replace(self.checkpoint)

    def start_from(self, checkpoint: Path) -> None:
        """Take another mind's weights to go on from; raises FileNotFoundError where it has not been trained."""
        self.mind.load_state_dict(torch.load(checkpoint, weights_only=True)["mind"])

    def resume(self) -> bool:
        """Continue from the checkpoint where there is one; raises ValueError if it belongs to another recipe."""
        if not self.checkpoint.exists():
            return False
        saved = torch.load(self.checkpoint, weights_only=True)
        if Recipe.from_dict(saved["recipe"]) != self.recipe:
            raise ValueError(
                f"{self.checkpoint} was made by another recipe; remove it to train {self.recipe.name} anew"
            )
        self.mind.load_state_dict(saved["mind"])
        self.optimizers.load_state_dict(saved["optimizers"])
        self.progress = Progress(**saved["progress"])
        return True


def mind_of(checkpoint: Path) -> tuple[Mind, Recipe, Progress]:
    """Load a mind for reading, whatever recipe made it."""
    saved = torch.load(checkpoint, weights_only=True)
    recipe = Recipe.from_dict(saved["recipe"])
    mind = Mind(shape_of(recipe), seed=recipe.seed)
    mind.load_state_dict(saved["mind"])
    return mind.eval(), recipe, Progress(**saved["progress"])


def _loss_of(mind: Mind, *, compiled: bool) -> Loss:
    """Return the mean cross-entropy of a batch, in bfloat16 matrices; compiled it trains about twice as fast."""

    def cross_entropy(tokens: Tensor, wanted: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(mind(tokens, wanted).float(), targets)

    quick = torch.compile(cross_entropy, dynamic=True) if compiled else cross_entropy

    def loss(batch: Batch) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return quick(batch.tokens, batch.wanted, batch.targets)

    return loss


def can_compile() -> bool:
    """Say whether a C++ compiler is at hand, which torch.compile needs."""
    return any(shutil.which(name) for name in ("g++", "clang++"))


class _Due:
    """A moment that comes back every so many seconds."""

    def __init__(self, every: float, clock: Callable[[], float]) -> None:
        self._every, self._clock = every, clock
        self._next = clock() + every

    def now(self) -> bool:
        if self._clock() < self._next:
            return False
        self._next = self._clock() + self._every
        return True


class _Line:
    """The line of progress: tokens, loss, tokens per second, time to go."""

    def __init__(self, trainer: Trainer, pace: Pace) -> None:
        self._trainer, self._pace = trainer, pace
        self._due = _Due(pace.line, pace.clock)
        self._from = trainer.progress.tokens, pace.clock()

    def maybe(self) -> None:
        if not self._due.now():
            return
        progress, recipe = self._trainer.progress, self._trainer.recipe
        before, then = self._from
        self._from = progress.tokens, self._pace.clock()
        rate = (progress.tokens - before) / (self._from[1] - then)
        left = (recipe.tokens - progress.tokens) / rate / 60
        self._pace.log(
            f"{recipe.name}  {progress.tokens / 1e6:6.2f}M of {recipe.tokens / 1e6:.0f}M tokens  step {progress.steps}"
            f"  loss {progress.loss:.4f}  {rate:,.0f} tokens/s  {left:.0f} min to go"
        )
