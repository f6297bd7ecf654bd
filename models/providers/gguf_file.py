"""What a GGUF file says about itself: its header, read without llama.cpp and without the weights.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from symposium.ledger.records import ModelFileError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
DEFAULT_ALIGNMENT = 32

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_LONGEST_KEPT_ARRAY = 1024  # per-layer numbers are kept; vocabularies are stepped over
_MOST_DIMENSIONS = 4

# Elements and bytes of one block of each ggml tensor type (ggml/src/ggml.c, `type_traits`).
_BLOCKS = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    9: (32, 40),  # Q8_1
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    15: (256, 292),  # Q8_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    24: (1, 1),  # I8
    25: (1, 2),  # I16
    26: (1, 4),  # I32
    27: (1, 8),  # I64
    28: (1, 8),  # F64
    29: (256, 56),  # IQ1_M
    30: (1, 2),  # BF16
    34: (256, 54),  # TQ1_0
    35: (256, 66),  # TQ2_0
    39: (32, 17),  # MXFP4
    40: (64, 36),  # NVFP4
    41: (128, 18),  # Q1_0
}


@dataclass(frozen=True, kw_only=True)
class GgufFile:
    """The header of a model file; `size` and `expected_size` in bytes, `context` in tokens, 0 where not told.

    `cache_bytes` is the key-value cache of one token, in bytes, at 16 bits a number.
    """

    path: Path
    version: int
    architecture: str
    name: str
    context: int
    parameters: int
    tensors: int
    size: int
    expected_size: int
    cache_bytes: int
    has_tokenizer: bool
    has_template: bool


def inspect(path: Path) -> GgufFile:
    """Read a model file's header and check that the whole file is there.

    Raises:
        ModelFileError: "missing" or unreadable, "truncated", "foreign" (not GGUF, or damaged) or "unsupported" (GGUF,
            but no language model that can be run here).
    """
    header = _header(path)
    _check_complete(header)
    _check_usable(header)
    return header


def _header(path: Path) -> GgufFile:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(len(MAGIC))
            if not start or (len(start) < len(MAGIC) and MAGIC.startswith(start)):
                raise _wrong(path, "truncated", f"holds only {size} bytes")
            if start != MAGIC:
                raise _wrong(path, "foreign", f"is not a GGUF file: it begins with {start!r}")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _Reader(path, view, size).header()
    except (TypeError, ValueError, ArithmeticError) as error:  # a number where a text should be, an alignment of zero
        raise _wrong(path, "foreign", f"is damaged: {error}") from error
    except FileNotFoundError as error:
        raise _wrong(path, "missing", "does not exist") from error
    except IsADirectoryError as error:
        raise _wrong(path, "foreign", "is a folder, not a GGUF file") from error
    except OSError as error:
        raise _wrong(path, "missing", f"cannot be read: {error.strerror}") from error


def _check_complete(header: GgufFile) -> None:
    if header.size < header.expected_size:
        raise _wrong(header.path, "truncated", f"holds {header.size:,} of {header.expected_size:,} bytes")


def _check_usable(header: GgufFile) -> None:
    if not header.architecture:
        raise _wrong(header.path, "unsupported", "names no architecture")
    if not header.tensors:
        raise _wrong(header.path, "unsupported", "holds no weights")
    if not header.has_tokenizer:
        raise _wrong(header.path, "unsupported", f"holds no tokenizer (architecture '{header.architecture}')")


def _wrong(path: Path, problem: Literal["missing", "truncated", "foreign", "unsupported"], what: str) -> ModelFileError:
    return ModelFileError(f"model file '{path}' {what}", problem=problem)


class _Reader:
    """A cursor over the header of one file."""

    def __init__(self, path: Path, view: mmap.mmap, size: int) -> None:
        self._path = path
        self._view = view
        self._size = size
        self._at = len(MAGIC)

    def header(self) -> GgufFile:
        version = self._version()
        tensors, pairs = self._number("<Q"), self._number("<Q")
        facts = dict(self._pair() for _ in range(pairs))
        parameters, data = self._tensors(tensors)
        alignment = facts.get("general.alignment", DEFAULT_ALIGNMENT)
        architecture = str(facts.get("general.architecture", ""))
        return GgufFile(
            path=self._path,
            version=version,
            architecture=architecture,
            name=str(facts.get("general.name", self._path.stem)),
            context=int(facts.get(f"{architecture}.context_length", 0)),
            parameters=parameters,
            tensors=tensors,
            size=self._size,
            expected_size=_aligned(self._at, alignment) + data,
            cache_bytes=_cache_bytes(facts, architecture),
            has_tokenizer=facts.get("tokenizer.ggml.model", "no_vocab") != "no_vocab",
            has_template="tokenizer.chat_template" in facts,
        )

    def _version(self) -> int:
        version: int = self._number("<I")
        if version in VERSIONS:
            return version
        swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
        what = f"is big-endian GGUF {swapped}" if swapped in VERSIONS else f"is GGUF version {version}"
        raise _wrong(self._path, "unsupported", f"{what}; known: little-endian, version 2 or 3")

    def _pair(self) -> tuple[str, Any]:  # any: a value's type stands in the file
        key = self._text()
        return key, self._value(self._number("<I"), key)

    def _value(self, kind: int, key: str) -> Any:  # any: as above
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._array(self._number("<I"), self._number("<Q"), key)
        return self._number(self._scalar(kind, key))

    def _scalar(self, kind: int, key: str) -> str:
        if kind not in _SCALARS:
            raise _wrong(self._path, "foreign", f"is damaged: key '{key}' has a value of unknown type {kind}")
        return _SCALARS[kind]

    def _array(self, kind: int, length: int, key: str) -> list[Any] | None:  # any: as above
        if kind == _STRING:
            for _ in range(length):
                self._skip(self._number("<Q"))
            return None
        form = self._scalar(kind, key)
        if length > _LONGEST_KEPT_ARRAY:
            self._skip(length * struct.calcsize(form))
            return None
        return [self._number(form) for _ in range(length)]

    def _tensors(self, count: int) -> tuple[int, int]:
        """The number of parameters, and where the last tensor ends, in bytes from the start of the data."""
        parameters = end = 0
        for _ in range(count):
            elements, last = self._tensor()
            parameters += elements
            end = max(end, last)
        return parameters, end

    def _tensor(self) -> tuple[int, int]:
        name = self._text()
        dimensions = self._number("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise _wrong(self._path, "foreign", f"is damaged: tensor '{name}' has {dimensions} dimensions")
        elements = 1
        for _ in range(dimensions):
            elements *= int(self._number("<Q"))
        # A type that is younger than this table counts as empty: its tensor's place is still checked.
        block, width = _BLOCKS.get(self._number("<I"), (1, 0))
        return elements, self._number("<Q") + elements // block * width

    def _text(self) -> str:
        length = self._number("<Q")
        start = self._at
        self._skip(length)
        return self._view[start : self._at].decode("utf-8", errors="replace")

    def _number(self, form: str) -> Any:  # any: `form` says whether int, float or bool
        start = self._at
        self._skip(struct.calcsize(form))
        (number,) = struct.unpack_from(form, self._view, start)
        return number

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > self._size:
            raise _wrong(self._path, "truncated", f"ends in its header, after {self._size:,} bytes")


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _cache_bytes(facts: dict[str, Any], architecture: str) -> int:
    """Bytes of key-value cache per token, at 2 bytes a number; 0 where the header does not tell."""

    def fact(key: str, otherwise: Any = 0) -> Any:  # any: numbers, or one per layer
        return facts.get(f"{architecture}.{key}", otherwise)

    layers, heads = fact("block_count"), fact("attention.head_count")
    of_layer = fact("attention.head_count_kv", heads)
    key_heads = sum(of_layer) if isinstance(of_layer, list) else layers * of_layer
    most_heads = max(heads) if isinstance(heads, list) else heads
    width = fact("embedding_length") // most_heads if most_heads else 0
    return int(2 * key_heads * (fact("attention.key_length", width) + fact("attention.value_length", width)))
