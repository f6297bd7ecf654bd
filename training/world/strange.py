"""Strangers' words: questions of the world about names and things that it does not know."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from symposium.training.world import english_words as english
from symposium.training.world import korean_words as korean
from symposium.training.world.problem import Language

_ONSETS: Final = "b c d f g h j k l m n p r s t v w y z br ch cl cr dr fl fr gr kw pl qu sh sk sl sn sp st str th tr wh xi zh".split()
_VOWELS: Final = "a a e e i i o o u u ai ea ee ie oa oo ou y".split()
_CODAS: Final = [
    "",
    "",
    "",
    "b",
    "ck",
    "d",
    "f",
    "g",
    "l",
    "lt",
    "m",
    "n",
    "nd",
    "ng",
    "p",
    "r",
    "rk",
    "rt",
    "s",
    "sh",
    "st",
    "t",
    "th",
    "x",
    "z",
]
_VOWEL_SYLLABLES: Final = 28  # of Hangul that begin alike and end differently
_PARTICLES: Final = "은|는|이|가|을|를|의|에게|에게서|와|과|도|랑|하고|한테"
_TAILS: Final = (1, 4, 8, 16, 17, 19, 21)  # ㄱ ㄴ ㄹ ㅁ ㅂ ㅅ ㅇ

# A known word in lower case, with the name or thing that it stands for, and whether it is the plural.
_NAMES: Final[Mapping[str, tuple[str, bool]]] = {
    name.lower(): (name, False) for name in (*english.SHE, *english.HE, *english.THEY)
}
_THINGS: Final[Mapping[str, tuple[str, bool]]] = {
    word: (one, word == many)
    for entry in (*english.GOODS, *english.FOOD, *(item.replace("_", " ") for item in english.SHOP_THINGS))
    for one, many in [english.pair(entry)]
    for word in (one.lower(), many.lower())
}
_ENGLISH: Final = {**_NAMES, **_THINGS}
_KOREAN: Final = frozenset(
    (
        *korean.GIVEN_NAMES, *korean.FOREIGN_NAMES,
        *(thing for thing, _ in (*korean.FOODS, *korean.GOODS, *korean.ANIMALS, *korean.PLANTS, *korean.STOCK) if len(thing) > 1),
    )
)  # fmt: skip


def _any(words: Mapping[str, object] | frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


_KNOWN: Final[Mapping[Language, re.Pattern[str]]] = {
    "en": re.compile(rf"\b(?:{_any(_ENGLISH)})\b", re.IGNORECASE),
    "ko": re.compile(rf"(?<![가-힣])(?:{_any(_KOREAN)})(?=이?(?:{_PARTICLES})?(?![가-힣]))"),
}


def estranged(question: str, language: Language, rng: random.Random) -> str:
    """Put an invented word for every name and every thing, the same for the same one."""
    invented: dict[str, str] = {}
    swap = partial(_english if language == "en" else _korean, invented=invented, rng=rng)
    return _KNOWN[language].sub(lambda match: swap(match[0]), question)


def _english(word: str, *, invented: dict[str, str], rng: random.Random) -> str:
    meant, plural = _ENGLISH[word.lower()]
    stem = _once(meant, invented, lambda: "".join(_syllable(rng) for _ in range(rng.choice((1, 2, 2, 3)))))
    told = f"{stem}s" if plural else stem
    return told.capitalize() if word[0].isupper() else told


def _syllable(rng: random.Random) -> str:
    return rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)


def _korean(word: str, *, invented: dict[str, str], rng: random.Random) -> str:
    """The last syllable is open where the known word's is, so that particles still agree."""
    closed = (ord(word[-1]) - ord("가")) % _VOWEL_SYLLABLES > 0
    return _once(word, invented, lambda: _hangul(rng, closed=closed))


def _hangul(rng: random.Random, *, closed: bool) -> str:
    open_ones = [chr(ord("가") + _VOWEL_SYLLABLES * rng.randrange(19 * 21)) for _ in range(rng.choice((2, 2, 3, 4)))]
    tails = [rng.choice((0, 0, *_TAILS)) for _ in open_ones[1:]] + [rng.choice(_TAILS) if closed else 0]
    return "".join(chr(ord(syllable) + tail) for syllable, tail in zip(open_ones, tails, strict=True))


def _once(meant: str, invented: dict[str, str], invent: Callable[[], str]) -> str:
    if meant not in invented:
        invented[meant] = invent()
    return invented[meant]
