"""Muon for matrices, AdamW for embeddings and norms, and the course of the learning rate."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from symposium.training.model import Mind

# Muon and the coefficients of its quintic iteration: Keller Jordan et al., "Muon: An optimizer for hidden layers in
# neural networks", https://kellerjordan.github.io/posts/muon/ (2024).
QUINTIC = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
MOMENTUM = 0.95
ADAM_BETAS = (0.9, 0.95)


def orthogonalised(matrices: Tensor) -> Tensor:
    """Push the singular values of every matrix of a stack (stack, rows, columns) towards 1, in bfloat16.

    The iteration leaves them between about .7 and 1.2, which trains as well as exact ones (Jordan).
    """
    a, b, c = QUINTIC
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = (matrices.mT if tall else matrices).bfloat16().contiguous()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Nesterov momentum whose update is orthogonalised, matrix by matrix.

    A parameter group holds parameters of one size, each of which stacks `parts` matrices one below the other; all
    matrices of a group are worked on at once. Updates are scaled by sqrt(max(1, rows / columns)) as in the source.
    """

    def __init__(self, groups: list[dict[str, Any]], *, lr: float) -> None:  # torch's own type of parameter groups
        super().__init__(groups, {"lr": lr, "parts": 1})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # torch's closure is of no use here
        for group in self.param_groups:
            parameters: list[Tensor] = group["params"]
            columns = parameters[0].shape[1]
            rows = parameters[0].shape[0] // group["parts"]
            update = orthogonalised(self._momentum(parameters).view(-1, rows, columns))
            scale = group["lr"] * max(1.0, rows / columns) ** 0.5
            for parameter, change in zip(parameters, update.chunk(len(parameters)), strict=True):
                parameter.sub_(change.reshape(parameter.shape), alpha=scale)

    def _momentum(self, parameters: list[Tensor]) -> Tensor:
        """Advance the velocity of a whole group, kept with its first parameter, and look one step ahead."""
        gradient = torch.cat([parameter.grad for parameter in parameters if parameter.grad is not None])
        state = self.state[parameters[0]]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(gradient)
        velocity: Tensor = state["velocity"]
        velocity.lerp_(gradient, 1 - MOMENTUM)
        return gradient.lerp(velocity, MOMENTUM)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Peak learning rates."""

    muon: float = 0.02
    adam: float = 3e-3


class Optimizers:
    """Both optimizers of a mind, stepped together."""

    def __init__(self, mind: Mind, rates: Rates) -> None:
        self._mind = mind
        self._rates = rates
        self._muon = Muon(_matrix_groups(mind), lr=rates.muon)
        self._adam = torch.optim.AdamW(_others(mind), lr=rates.adam, betas=ADAM_BETAS, weight_decay=0.0, fused=True)

    def step(self, *, share: float) -> None:
        """Clip the gradient's norm to 1, step at `share` of the peak rates, and clear the gradients."""
        nn.utils.clip_grad_norm_(self._mind.parameters(), 1.0)
        for optimizer, rate in ((self._muon, self._rates.muon), (self._adam, self._rates.adam)):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:  # torch's own type of optimizer states
        return {"muon": self._muon.state_dict(), "adam": self._adam.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._muon.load_state_dict(state["muon"])
        self._adam.load_state_dict(state["adam"])


def _matrix_groups(mind: Mind) -> list[dict[str, Any]]:
    sizes: dict[tuple[torch.Size, int], list[Tensor]] = defaultdict(list)
    for matrix, parts in mind.matrices():
        sizes[(matrix.shape, parts)].append(matrix)
    return [{"params": matrices, "parts": parts} for (_, parts), matrices in sizes.items()]


def _others(mind: Mind) -> list[Tensor]:
    matrices = {id(matrix) for matrix, _ in mind.matrices()}
    return [parameter for parameter in mind.parameters() if id(parameter) not in matrices]


def rate_share(progress: float, *, warm_up: float = 0.01, floor: float = 0.0) -> float:
    """Return the share of the peak rate at `progress` (0 to 1): linear warm-up, then half a cosine."""
    if progress < warm_up:
        return progress / warm_up
    turned = min(1.0, (progress - warm_up) / (1 - warm_up))
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * turned))
