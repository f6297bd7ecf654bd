"""The decoder of the bundled minds: RMSNorm, SwiGLU, rotary positions, QK-norm, tied embeddings (GGUF arch `qwen3`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EMBEDDING_STD = 0.1
NORM_EPSILON = 1e-6


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The dimensions of a mind; matrix rows are multiples of 32 wide, as the blocks of Q8_0 need."""

    width: int
    layers: int
    heads: int
    hidden: int
    vocabulary: int = 1024
    context: int = 512
    rope_base: float = 10_000.0

    def __post_init__(self) -> None:
        if self.width % 32 or self.hidden % 32:
            raise ValueError(f"width {self.width} and hidden {self.hidden} must be multiples of 32")
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} does not divide into {self.heads} heads of even size")

    @property
    def head(self) -> int:
        return self.width // self.heads


@dataclass(frozen=True)
class Rotation:
    """Cosines and sines of the rotary angles, (positions, head) each."""

    cosines: Tensor
    sines: Tensor

    def turned(self, x: Tensor) -> Tensor:
        """Rotate the halves of each head against each other (the NeoX layout); x is (rows, heads, positions, head)."""
        first, second = x.chunk(2, dim=-1)
        return x * self.cosines + torch.cat((-second, first), dim=-1) * self.sines


def rotation(shape: Shape) -> Rotation:
    """Tabulate the rotary angles of every position (Su et al. 2021, arXiv:2104.09864, equation 15)."""
    frequencies = shape.rope_base ** (-torch.arange(0, shape.head, 2, dtype=torch.float32) / shape.head)
    angles = torch.outer(torch.arange(shape.context, dtype=torch.float32), frequencies).repeat(1, 2)
    return Rotation(angles.cos(), angles.sin())


class Memory:
    """The keys and values one layer has seen while decoding, (rows, heads, positions, head) each."""

    def __init__(self) -> None:
        self._seen: tuple[Tensor, Tensor] | None = None

    def with_new(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        if self._seen is not None:
            key, value = torch.cat((self._seen[0], key), dim=2), torch.cat((self._seen[1], value), dim=2)
        self._seen = key, value
        return self._seen


def attended(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Mix values by the softmax of scaled products, (rows, heads, positions, head); the mask says where to look.

    Written out because torch's fused attention took half of a training step on these short rows (CPU, bfloat16).
    """
    scores = (query * query.shape[-1] ** -0.5) @ key.mT
    mixed: Tensor = scores.masked_fill(~mask, -1e4).softmax(dim=-1) @ value
    return mixed


class Norm(nn.Module):
    """Root-mean-square norm over the last dimension (Zhang & Sennrich 2019, arXiv:1910.07467)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), NORM_EPSILON)


class Attention(nn.Module):
    """Attention with normed queries and keys (Henry et al. 2020, arXiv:2010.04245), before its output's projection."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query_key_value = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.query_norm = Norm(shape.head)
        self.key_norm = Norm(shape.head)

    def forward(self, x: Tensor, turns: Rotation, mask: Tensor, memory: Memory | None) -> Tensor:
        rows, positions, width = x.shape
        stacked = self.query_key_value(x).view(rows, positions, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key = turns.turned(self.query_norm(stacked[0])), turns.turned(self.key_norm(stacked[1]))
        value = stacked[2]
        if memory is not None:
            key, value = memory.with_new(key, value)
        return attended(query, key, value, mask).transpose(1, 2).reshape(rows, positions, width)


class FeedForward(nn.Module):
    """SwiGLU (Shazeer 2020, arXiv:2002.05202, equation 6)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_up = nn.Linear(shape.width, 2 * shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        narrowed: Tensor = self.down(F.silu(gate) * up)
        return narrowed


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention_norm = Norm(shape.width)
        self.attention = Attention(shape)
        self.attention_output = nn.Linear(shape.width, shape.width, bias=False)
        self.feed_forward_norm = Norm(shape.width)
        self.feed_forward = FeedForward(shape)

    def looked(self, x: Tensor, turns: Rotation, mask: Tensor, memory: Memory | None = None) -> Tensor:
        """Gather what each position finds at the others."""
        mixed: Tensor = self.attention(self.attention_norm(x), turns, mask, memory)
        return mixed

    def thought(self, x: Tensor, mixed: Tensor) -> Tensor:
        """Work on each position alone, with what it has found."""
        x = x + self.attention_output(mixed)
        changed: Tensor = x + self.feed_forward(self.feed_forward_norm(x))
        return changed


class Mind(nn.Module):
    """A decoder over token ids (rows, positions)."""

    cosines: Tensor
    sines: Tensor

    def __init__(self, shape: Shape, *, seed: int) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width)
        turns = rotation(shape)
        self.register_buffer("cosines", turns.cosines, persistent=False)
        self.register_buffer("sines", turns.sines, persistent=False)
        self._initialise(torch.Generator().manual_seed(seed))

    def _initialise(self, generator: torch.Generator) -> None:
        nn.init.normal_(self.embedding.weight, std=EMBEDDING_STD, generator=generator)
        for matrix, _ in self.matrices():
            nn.init.normal_(matrix, std=matrix.shape[1] ** -0.5, generator=generator)
        for layer in self.decoders():  # every layer starts as the identity
            nn.init.zeros_(layer.attention_output.weight)
            nn.init.zeros_(layer.feed_forward.down.weight)

    def decoders(self) -> Iterator[Layer]:
        for layer in self.layers:
            assert isinstance(layer, Layer)
            yield layer

    def matrices(self) -> Iterator[tuple[Tensor, int]]:
        """Yield the weight matrices inside the layers, each with how many it holds one below the other."""
        for layer in self.decoders():
            yield layer.attention.query_key_value.weight, 3
            yield layer.attention_output.weight, 1
            yield layer.feed_forward.gate_up.weight, 2
            yield layer.feed_forward.down.weight, 1

    def forward(self, tokens: Tensor, wanted: Tensor) -> Tensor:
        """Predict what follows each of the flat positions `wanted`: logits (wanted, vocabulary).

        Rows are padded on the right; the padding is behind every wanted position, so that no mask is needed for it.
        """
        positions = tokens.shape[1]
        turns = Rotation(self.cosines[:positions], self.sines[:positions])
        mask = torch.ones(positions, positions, dtype=torch.bool, device=tokens.device).tril()
        x: Tensor = self.embedding(tokens)
        *earlier, last = self.decoders()
        for layer in earlier:
            x = layer.thought(x, layer.looked(x, turns, mask))
        mixed = last.looked(x, turns, mask)  # from here on only the wanted positions matter
        return self._logits(last.thought(x.flatten(0, 1)[wanted], mixed.flatten(0, 1)[wanted]))

    def next_logits(self, tokens: Tensor, *, start: int, mask: Tensor, memories: Sequence[Memory]) -> Tensor:
        """Decode tokens (rows, new) that begin at position `start`: logits of the last, (rows, vocabulary).

        The mask (rows, 1, new, start + new) is true where a position may look.
        """
        turns = Rotation(*(table[start : start + tokens.shape[1]] for table in (self.cosines, self.sines)))
        x: Tensor = self.embedding(tokens)
        for layer, memory in zip(self.decoders(), memories, strict=True):
            x = layer.thought(x, layer.looked(x, turns, mask, memory))
        return self._logits(x[:, -1])

    def _logits(self, hidden: Tensor) -> Tensor:
        return F.linear(self.norm(hidden), self.embedding.weight)


def parameter_count(mind: Mind) -> int:
    return sum(parameter.numel() for parameter in mind.parameters())
