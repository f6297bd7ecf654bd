"""Which problems and which wordings a mind may see in training, and which are kept for measuring."""

from __future__ import annotations

import hashlib
from typing import Final, Literal, get_args

from symposium.training.world.problem import Language, Problem

Split = Literal["train", "calibration", "development", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

# Chosen so that the README's example question (word; 17, 24, 58) falls into the test split.
_SALT: Final = "symposium-10"


def split_of(problem: Problem) -> Split:
    """Assign a problem by its family and sorted operands: 70 % train, 10 % for each of the others.

    The order of operands and the language play no part, so 17*24 and 24*17 fall together, in English and Korean.
    """
    operands = ",".join(sorted(map(str, problem.operands)))
    digest = hashlib.sha256(f"{_SALT}|{problem.family}|{operands}".encode()).digest()
    tenth = int.from_bytes(digest[:4], "big") % 10
    return SPLITS[max(0, tenth - 6)]


def held_out(kind: str, language: Language, index: int) -> bool:
    """Say whether the pattern at this index of a kind's patterns is kept out of training: every fifth is."""
    return index % 5 == 4
