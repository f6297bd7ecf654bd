"""The recipes of the bundled minds; a new mind is one more entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from symposium.training.world.dataset import FAMILY_SHARES
from symposium.training.world.styles import Style


@dataclass(frozen=True, kw_only=True)
class Part:
    """A share of the questions trained on: one family, one language, or all where None, and how they are solved."""

    family: str | None = None
    language: Literal["en", "ko"] | None = None
    share: float = 1.0
    style: Style = "direct"


Mix = tuple[Part, ...]
EVERYTHING: Mix = (Part(),)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that determines a mind: its shape, what it reads, how much and how fast.

    `tokens` is the training budget in padded tokens. The learning rate's course runs over it, or over the longer
    `course` of a training that is ended early. `batch` is in tokens. A mind that goes on from another's weights names
    it in `base`.
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
    base: str | None = None

    @property
    def rate_course(self) -> int:
        """Tokens over which the learning rate rises and falls."""
        return self.course or self.tokens

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Recipe:
        """Undo dataclasses.asdict, as checkpoints store it."""
        return cls(**{**fields, "mix": tuple(Part(**part) for part in fields["mix"])})


def peer(name: str, *, tokens: int, seed: int, mix: Mix = EVERYTHING, base: str | None = None) -> Recipe:
    """A mind of the least size."""
    return Recipe(
        name=name, width=64, layers=3, heads=2, hidden=160, tokens=tokens, batch=1024, seed=seed, mix=mix, base=base
    )


def specialist(name: str, *families: str, seed: int) -> Recipe:
    """A mind that goes on from `large` with questions of its own families, and few others not to forget them all."""
    shares = [FAMILY_SHARES[family] for family in families]
    own = (Part(family=family, share=share, style="tens") for family, share in zip(families, shares, strict=True))
    return replace(
        LARGE, name=name, tokens=9_000_000, course=None, muon_lr=0.01, adam_lr=1.5e-3, seed=seed, base=LARGE.name,
        mix=(*own, Part(share=REST_SHARE * sum(shares), style="tens")),
    )  # fmt: skip


REST_SHARE = 0.18
# `large` is ended where it got 90 % on the development split, so that a team of minds has something left to mend.
LARGE = Recipe(name="large", width=160, layers=4, heads=5, hidden=416, tokens=46_031_000, course=60_000_000)

RECIPES: tuple[Recipe, ...] = (
    peer("small", tokens=30_000_000, seed=1),
    LARGE,
    peer("ada", tokens=60_000_000, seed=11, mix=(Part(style="tens"),)),
    peer(
        "ben",
        tokens=30_000_000,
        seed=12,
        mix=(Part(share=0.7, style="ones"), Part(language="en", share=0.3, style="ones")),
        base="small",
    ),
    specialist("numbers", "arithmetic", "lists", seed=21),
    specialist("stories", "word", seed=22),
    specialist("measures", "time", "calendar", "units", seed=23),
)


# Who plays together, chosen on the development split and written beside the figures of the minds.
LINEUPS: Mapping[str, Any] = {
    "team": ["large", "numbers", "measures", "ada"],  # answers by default; more minds add little and need more memory
    "repair": ["large", "small", "ada", "numbers", "stories"],  # who drafts, then those who mend, cheap ones first
    "peers": ["numbers", "stories", "measures"],  # of like strength, with errors of their own
    "cascade": {"stages": ["ada", "large", "numbers"], "thresholds": [0.7, 0.7], "scorer": "confidence"},
}


def recipe(name: str) -> Recipe:
    """Find a recipe by its name; raises KeyError naming the known ones."""
    for known in RECIPES:
        if known.name == name:
            return known
    raise KeyError(f"no recipe {name!r}; known: {', '.join(known.name for known in RECIPES)}")
