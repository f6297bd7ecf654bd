"""A trained router: from local features of a question to each member's chance of a right answer, in plain Python.

The features are words, pairs of words and runs of characters with every number written by its length in digits, and
length, numbers, language and class of the question; each falls by its hash into one of so many buckets (Weinberger et
al., 0902.2206). Each member has a logistic regression over them and a calibrator behind it.
"""

import base64
import binascii
import gzip
import json
import math
import re
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from typing_extensions import TypedDict

from symposium.ledger.records import ConfigurationError
from symposium.tools.calibration import Isotonic, Knots
from symposium.tools.intents import NUMBER, intent_of, tongue_of

READ = 2_000  # characters of a question, half of them from its end
LONGEST = 8  # digits that are told apart
RUNS = (4,)  # characters of a run
FORMAT = "symposium.router/v1"

_WORD = re.compile(r"[^\W\d_]+|0+|[^\w\s]")


class Expert(TypedDict):
    """What a router file holds of a model: its regression and its calibrator.

    `sha256` is that of its file where it has one; `weights` is one signed byte per bucket, in base64, each times
    `scale`; `tokens` are those that it read and wrote for a question on average.
    """

    sha256: str | None
    bias: float
    scale: float
    weights: str
    calibrator: Knots
    tokens: tuple[float, float]


class RouterFile(TypedDict):
    """A trained router as JSON; `members` are by their model, `provider:name`.

    `sample` holds for questions like those to come the chances by member, in the order of their models' names: by it a
    share or a spend is turned into a threshold. `reroute` is up to which chance the next expert is asked as well, None
    where that was not measured.
    """

    format: str
    buckets: int
    trained_on: int
    members: dict[str, Expert]
    sample: list[list[float]]
    reroute: float | None


@dataclass(frozen=True)
class Regression:
    """One member's logistic regression and its calibrator."""

    bias: float
    scale: float
    weights: "array[int]"
    calibrator: Isotonic

    def chance(self, buckets: Sequence[int]) -> float:
        """Give the calibrated chance (0..1) of a question whose features fell into these buckets."""
        total = sum(map(self.weights.__getitem__, buckets))
        return self.calibrator(self.bias + self.scale * total / math.sqrt(max(1, len(buckets))))


@dataclass(frozen=True, kw_only=True)
class Router:
    """Predicts by model; `digests` are those of the models' files when the router was trained."""

    buckets: int
    digests: Mapping[str, str | None]
    regressions: Mapping[str, Regression]
    tokens: Mapping[str, tuple[float, float]]
    sample: Sequence[Mapping[str, float]]
    reroute: float | None

    def chances(self, question: str) -> dict[str, float]:
        """Predict each model's chance (0..1) to answer a question right."""
        hit = buckets(question, self.buckets)
        return {name: regression.chance(hit) for name, regression in self.regressions.items()}


# Features


def features(question: str) -> Iterator[str]:
    """Yield the features of a question, some of them several times."""
    asked = question if len(question) <= READ else question[: READ // 2] + question[-READ // 2 :]
    text = NUMBER.sub(lambda found: "0" * min(len(found[0].replace(",", "")), LONGEST), " ".join(asked.lower().split()))
    words: list[str] = _WORD.findall(text)
    yield from (f"w{word}" for word in words)
    yield from (f"p{first} {second}" for first, second in pairwise(words))
    padded = f" {text} "
    for size in RUNS:
        yield from (f"r{padded[place : place + size]}" for place in range(len(padded) - size + 1))
    yield from _shape(question, words)


def _shape(question: str, words: Sequence[str]) -> Iterator[str]:
    numbers = [word for word in words if word[0] == "0"]
    yield f"#length {len(question).bit_length()}"
    yield f"#numbers {min(len(numbers), 9)}"
    yield f"#digits {len(max(numbers, key=len, default=''))}"
    yield f"#tongue {tongue_of(question)}"
    yield f"#intent {intent_of(question)}"


def buckets(question: str, count: int) -> list[int]:
    """The buckets into which the features of a question fall, each once, in order."""
    return sorted({zlib.crc32(feature.encode("utf-8", "surrogatepass")) % count for feature in features(question)})


# Files


def write(path: Path, file: RouterFile) -> None:
    """Write a router, compressed where the name ends in .gz; the same bytes for the same router."""
    text = json.dumps(file, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    path.write_bytes(gzip.compress(text, compresslevel=9, mtime=0) if path.suffix == ".gz" else text)


def read(path: Path) -> Router:
    """Read a router from its file.

    Raises:
        ConfigurationError: it cannot be read, or holds no router; names the file.
    """
    try:
        raw = path.read_bytes()
        file: RouterFile = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        return _router(file)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise ConfigurationError(f"'{path}' is no router file ({FORMAT}): {error}") from error


def _router(file: RouterFile) -> Router:
    if file["format"] != FORMAT:
        raise ValueError(f"its format is {file['format']!r}")
    names, experts = sorted(file["members"]), file["members"].items()
    return Router(
        buckets=file["buckets"],
        digests={name: expert["sha256"] for name, expert in experts},
        regressions={name: _regression(expert, file["buckets"]) for name, expert in experts},
        tokens={name: (expert["tokens"][0], expert["tokens"][1]) for name, expert in experts},
        sample=[dict(zip(names, row, strict=True)) for row in file["sample"]],
        reroute=file["reroute"],
    )


def _regression(expert: Expert, count: int) -> Regression:
    weights = array("b", binascii.a2b_base64(expert["weights"]))
    if len(weights) != count:
        raise ValueError(f"{len(weights)} weights for {count} buckets")
    return Regression(expert["bias"], expert["scale"], weights, Isotonic.of(expert["calibrator"]))


def packed(weights: Sequence[float]) -> tuple[float, str]:
    """Write weights as a scale and signed bytes in base64, the largest as 127."""
    scale = max(map(abs, weights), default=0.0) / 127 or 1.0
    steps = array("b", [round(weight / scale) for weight in weights])
    return scale, base64.b64encode(steps.tobytes()).decode()
