"""Greedy decoding of many questions at once in torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from symposium.training import tokenizer as vocabulary
from symposium.training.model import Memory, Mind

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LONGEST_ANSWER = 128  # tokens
ROWS = 100


def answered(mind: Mind, tokenizer: Tokenizer, questions: Sequence[str], *, longest: int = LONGEST_ANSWER) -> list[str]:
    """Write the greedy answer to each question."""
    prompts = vocabulary.encoded(tokenizer, [vocabulary.prompt(question) for question in questions])
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    answers = [""] * len(prompts)
    for group in (order[start : start + ROWS] for start in range(0, len(order), ROWS)):
        tokens = greedy(mind, [prompts[index] for index in group], longest=longest)
        for index, row in zip(group, tokens, strict=True):
            answers[index] = vocabulary.decoded(tokenizer, row)
    return answers


@torch.inference_mode()
def greedy(mind: Mind, prompts: Sequence[Sequence[int]], *, longest: int) -> list[list[int]]:
    """Decode prompts together, padded on the left; returns each row's new tokens, the end token included if reached."""
    width = max(map(len, prompts))
    longest = min(longest, mind.shape.context - width)
    tokens = torch.tensor([[vocabulary.PAD_ID] * (width - len(row)) + list(row) for row in prompts])
    written = list(_next_tokens(mind, tokens, [width - len(row) for row in prompts], longest))
    return torch.stack(written, dim=1).tolist() if written else [[] for _ in prompts]


def _next_tokens(mind: Mind, tokens: Tensor, padding: Sequence[int], longest: int) -> Iterator[Tensor]:
    """Yield the next token of every row until all have ended.

    Rotary positions are relative, so that padding on the left shifts nothing.
    """
    memories = [Memory() for _ in range(mind.shape.layers)]
    rows, start = tokens.shape[0], 0
    ended = torch.zeros(rows, dtype=torch.bool)
    for _ in range(longest):
        mask = _visible(start, tokens.shape[1], torch.tensor(padding))
        logits = mind.next_logits(tokens, start=start, mask=mask, memories=memories)
        start += tokens.shape[1]
        following = logits.argmax(dim=-1)
        yield following
        ended |= following == vocabulary.EOS_ID
        if ended.all():
            return
        tokens = following[:, None]


def _visible(start: int, new: int, padding: Tensor) -> Tensor:
    """Return the mask (rows, 1, new, start + new): causal, and blind to the padding on the left."""
    seen = torch.arange(start + new)
    causal = seen[None, :] <= torch.arange(start, start + new)[:, None]
    return causal[None, None] & (seen >= padding[:, None])[:, None, None]
