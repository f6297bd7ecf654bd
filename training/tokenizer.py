"""The vocabulary all bundled minds share: byte-level BPE in which every digit stands alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PAD, BOS, EOS, ANSWER = "<|pad|>", "<|bos|>", "<|eos|>", "<|answer|>"
SPECIALS = (PAD, BOS, EOS, ANSWER)
PAD_ID, BOS_ID, EOS_ID, ANSWER_ID = range(4)
VOCABULARY = 1024

# How llama.cpp splits text for the pre-tokenizer "qwen2" (src/llama-vocab.cpp): every digit is a piece of its own.
QWEN2_PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def prompt(question: str) -> str:
    """Lay out a question as the minds read it; the answer follows."""
    return f"{BOS}{question.strip()}{ANSWER}"


def fit(texts: Iterable[str], *, vocabulary: int = VOCABULARY) -> Tokenizer:
    """Learn the merges from texts; the same texts give the same tokenizer."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def saved(tokenizer: Tokenizer, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
    return path


def loaded(path: Path) -> Tokenizer:
    """Read a saved tokenizer; raises FileNotFoundError when there is none."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(path.read_text(encoding="utf-8"))


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def decoded(tokenizer: Tokenizer, tokens: Sequence[int]) -> str:
    """Turn tokens into text, up to the end of the answer."""
    kept = list(tokens)
    if EOS_ID in kept:
        kept = kept[: kept.index(EOS_ID)]
    return str(tokenizer.decode(kept, skip_special_tokens=True))


@dataclass(frozen=True)
class Table:
    """The vocabulary as GGUF files want it: tokens by id, merges by rank."""

    tokens: tuple[str, ...]
    merges: tuple[str, ...]


def table(tokenizer: Tokenizer) -> Table:
    model = json.loads(tokenizer.to_str())["model"]
    ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    merges = tuple(merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"])
    return Table(tuple(sorted(ids, key=ids.__getitem__)), merges)


ANSWER_PATTERN = re.compile(r"(?:^|;\s*)answer\s+(.+?)\s*$")


def final_answer(text: str) -> str | None:
    """Read what stands behind `answer` at the end of a solution, or None where nothing does."""
    found = ANSWER_PATTERN.search(text)
    return found.group(1) if found else None
