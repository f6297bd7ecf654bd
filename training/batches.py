"""Batches of rows of like length, padded on the right, with the loss on the answers only."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from symposium.training.stream import Chunk
from symposium.training.tokenizer import PAD_ID


@dataclass(frozen=True)
class Batch:
    """Token ids (rows, positions), the flat positions that are answered from, and the token after each of them."""

    tokens: Tensor
    wanted: Tensor
    targets: Tensor

    @property
    def size(self) -> int:
        return self.tokens.numel()


def batch_of(rows: Sequence[npt.NDArray[np.uint16]], answers: Sequence[int]) -> Batch:
    """Pad rows to the longest; row i is answered from its position answers[i] - 1 on."""
    longest = max(map(len, rows)) - 1  # the last token is only ever predicted
    tokens = np.full((len(rows), longest), PAD_ID, dtype=np.int64)
    for index, row in enumerate(rows):
        tokens[index, : len(row) - 1] = row[:-1]
    spans = [
        (index * longest, start - 1, len(row) - 1) for index, (row, start) in enumerate(zip(rows, answers, strict=True))
    ]
    wanted = np.concatenate([np.arange(base + start, base + stop) for base, start, stop in spans])
    targets = np.concatenate([row[start:] for row, start in zip(rows, answers, strict=True)]).astype(np.int64)
    return Batch(torch.from_numpy(tokens), torch.from_numpy(wanted), torch.from_numpy(targets))


def batches(chunk: Chunk, *, tokens: int, seed: int) -> Iterator[Batch]:
    """Yield a chunk's rows in batches of at most `tokens` tokens, each of like lengths, in a seeded order."""
    rows, answers = chunk.rows(), chunk.answers.tolist()
    draw = random.Random(seed)
    groups = _groups([len(row) for row in rows], tokens=tokens, draw=draw)
    draw.shuffle(groups)
    for group in groups:
        yield batch_of([rows[index] for index in group], [answers[index] for index in group])


def _groups(lengths: Sequence[int], *, tokens: int, draw: random.Random) -> list[list[int]]:
    order = list(range(len(lengths)))
    draw.shuffle(order)
    order.sort(key=lengths.__getitem__)  # stable: rows of one length stay shuffled
    groups: list[list[int]] = [[]]
    for index in order:
        if groups[-1] and (len(groups[-1]) + 1) * (lengths[index] - 1) > tokens:
            groups.append([])
        groups[-1].append(index)
    return groups
