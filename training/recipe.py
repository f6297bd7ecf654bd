"""The recipes of the bundled minds; a new mind is one more entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Part:
    """A share of the questions trained on: one family, one language, or all where None."""

    family: str | None = None
    language: Literal["en", "ko"] | None = None
    share: float = 1.0


Mix = tuple[Part, ...]
EVERYTHING: Mix = (Part(),)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that determines a mind: its shape, what it reads, how much and how fast.

    `tokens` is the training budget in padded tokens. The learning rate's course runs over it, or over the longer
    `course` of a training that is ended early. `batch` is in tokens.
    """

    name: str
    width: int
    layers: int
    heads: int
    hidden: int
    tokens: int
    course: int | None = None
    batch: int = 2048
    muon_lr: float = 0.02
    adam_lr: float = 3e-3
    seed: int = 1
    mix: Mix = EVERYTHING

    @property
    def rate_course(self) -> int:
        """Tokens over which the learning rate rises and falls."""
        return self.course or self.tokens

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Recipe:
        """Undo dataclasses.asdict, as checkpoints store it."""
        return cls(**{**fields, "mix": tuple(Part(**part) for part in fields["mix"])})


# `large` is ended where it got 90 % on the development split, so that a team of minds has something left to mend.
RECIPES: tuple[Recipe, ...] = (
    Recipe(name="small", width=64, layers=3, heads=2, hidden=160, tokens=30_000_000, batch=1024),
    Recipe(name="large", width=160, layers=4, heads=5, hidden=416, tokens=46_031_000, course=60_000_000),
)


def recipe(name: str) -> Recipe:
    """Find a recipe by its name; raises KeyError naming the known ones."""
    for known in RECIPES:
        if known.name == name:
            return known
    raise KeyError(f"no recipe {name!r}; known: {', '.join(known.name for known in RECIPES)}")
