"""Which questions lie outside the bundled minds' world: they know nothing of it, and would answer all the same.

`world.json.gz`, made by `training/outside.py`, holds how often characters follow each other in questions of the world
(`order` and `counts`, as `tools/ngrams.py` reads them), and by language the `weights` with which the traits of a
question tell whether it is one of them.
"""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from statistics import fmean
from typing import Final, Literal

from symposium.tools.ngrams import Counts, Ngrams

Language = Literal["en", "ko"]

FILE = Path(__file__).parent / "world.json.gz"
REFUSAL = "the question lies outside its world"
LONGEST = 4000  # characters; what is longer does not fit any bundled mind, which says so itself

_ONES: Final = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
)
_SINO: Final = "(?:[일이삼사오육칠팔구]?[천백십만])+[일이삼사오육칠팔구]?"
_NATIVE: Final = (
    "(?:열|스물|서른|마흔|쉰|예순|일흔|여든|아흔)(?:하나|한|둘|두|셋|세|넷|네|다섯|여섯|일곱|여덟|아홉)?(?=[ 가-힣])"
    "|(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|스무)(?= )"
)
_NUMBER: Final = re.compile(
    rf"\d{{1,3}}(?:,\d{{3}})+|\d+|\b(?:{_ONES})(?:(?:[- ]| and )(?:{_ONES}))*\b|(?<![가-힣])(?:{_SINO}|{_NATIVE})"
)
_VALUE: Final = re.compile(
    "0(?::0)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|[월화수목금토일]요일|"
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b"
)
_HANGUL: Final = re.compile("[가-힣]")
UNKNOWN: Final = -2.0  # natural logarithm: what stands after numbers, where there is none


def normal(question: str) -> str:
    """Write a question in lower case on one line, without closing marks, every number as 0."""
    line = " ".join(question.lower().split())
    return _NUMBER.sub("0", line).rstrip("?.!~ ")


def language_of(question: str) -> Language:
    """Say by whose weights a question is weighed: Korean as soon as there is a syllable of it."""
    return "ko" if _HANGUL.search(question) else "en"


def traits(question: str, ngrams: Ngrams) -> dict[str, float]:
    """Measure a question: mean natural log-probabilities of its characters, here and there, and how many values it has.

    Those of the whole text, its beginning, its end, after its numbers and in its worst stretch tell how far it is put
    like a question of the world; those of shorter contexts, how far it is made of the same words.
    """
    text = normal(question)
    logprobs = ngrams.logprobs(text)
    long, middle, short = ([each[length] for each in logprobs] for length in (-1, 2, 1))
    values = len(_VALUE.findall(text))
    return {
        "whole": fmean(long),
        "stretch": _worst(long, 24),
        "beginning": fmean(long[:10]),
        "end": fmean(long[-10:]),
        "numbers": _after_numbers(text, long),
        "words": fmean(middle),
        "word": _worst(middle, 12),
        "letters": fmean(short),
        "no_value": float(values == 0),
        "one_value": float(values == 1),
        "many_values": float(values >= 3),
    }


def _worst(logprobs: Sequence[float], width: int) -> float:
    """The lowest mean over so many characters in a row."""
    return min(fmean(logprobs[place : place + width]) for place in range(max(1, len(logprobs) - width + 1)))


def _after_numbers(text: str, logprobs: Sequence[float]) -> float:
    near = [fmean(logprobs[place + 1 : place + 7]) for place, character in enumerate(text) if character == "0"]
    return fmean(near) if near else UNKNOWN


Weights = Mapping[Language, Mapping[str, float]]  # of each trait, and the `bias`


@dataclass(frozen=True, kw_only=True)
class Border:
    """Draws the line around the world: what is weighed below zero lies outside."""

    ngrams: Ngrams
    weights: Weights

    def weigh(self, question: str) -> float:
        """Weigh a question, in logits of belonging to the world, shifted so that the border lies at 0."""
        weights = self.weights[language_of(question)]
        return weights["bias"] + sum(weights[name] * value for name, value in traits(question, self.ngrams).items())


_OPERATOR = re.compile(r"(?<=\d)\s*([-+*/×÷x])\s*(?=\d)")


@lru_cache(maxsize=64)  # every sample of every mind asks about the same question
def outside(question: str) -> bool:
    """Say whether a question lies outside the world of the bundled minds, however its sums are spaced."""
    spellings = {question, _OPERATOR.sub(r" \1 ", question)}
    return len(question) <= LONGEST and all(border().weigh(spelling) < 0 for spelling in spellings)


@cache
def border() -> Border:
    """Read the border from its file."""
    return read(FILE)


def read(path: Path) -> Border:
    """Read a border from a file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        told = json.load(file)
    return Border(ngrams=Ngrams(told["counts"], order=told["order"]), weights=told["weights"])


def write(path: Path, counts: Counts, weights: Weights, *, order: int) -> None:
    """Write a border into a file, the same bytes for the same border."""
    told = {"counts": counts, "order": order, "weights": weights}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
