"""A probe over a plain function of one activation, so that what an explainer says can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from gsx.api import Activation, Address, Evaluation, Space


class FunctionProbe:
    """``score(activation) -> (N,)`` around ``value`` ``(N, C, h, w)``.

    Args:
        unit: ``positions`` ``(h, w)`` or ``channels`` ``(C,)``, named a, b, c, …
        image: how the picture changes, as a function of the activation: ``(N,)``.
        chunk: rows that explainers may build at once.
    """

    def __init__(
        self,
        score: Callable[[Tensor], Tensor],
        value: Tensor,
        baseline: Tensor | float = 0.0,
        *,
        unit: str = "positions",
        image: Callable[[Tensor], Tensor] | None = None,
        mask: Tensor | None = None,
        seed: int = 0,
        chunk: int = 64,
        role: str = "stylized",
        attention: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.score, self.value, self.image, self.unit = score, value, image, unit
        self.baseline = torch.as_tensor(baseline).expand_as(value)
        self.mask, self.seed, self.chunk, self.lies_on, self.score_higher = mask, seed, chunk, role, "larger"
        self.layout, self._attention = None, attention or {}
        self.addresses = (Address("extractor", "deep", role),)
        channels = value.shape[1]
        names = tuple("abcdefghijklmnopqrstuvwxyz"[:channels])
        self.space = Space((channels,), names) if unit == "channels" else Space(tuple(value.shape[2:]))
        self.base = score(value).detach()
        self.rows: list[Tensor] = []
        self.gradients = 0

    def edit(self, coefficients: Tensor) -> Tensor:
        """``(N, *space.shape)`` -> ``(N, C, h, w)``."""
        wide = coefficients[:, :, None, None] if self.unit == "channels" else coefficients[:, None]
        return torch.lerp(self.baseline, self.value, wide.expand_as(self.value))

    def values(self, coefficients: Tensor) -> Evaluation:
        assert len(coefficients) <= self.chunk or self.space.names, "more rows than may be held"
        count = len(self.value)
        scores, images = [], []
        for row in coefficients:
            own = row.expand(count, *self.space.shape) if row.ndim == len(self.space.shape) else row
            self.rows.append(own)
            edited = self.edit(own)
            scores.append(self.score(edited).detach())
            images.append(torch.zeros(count) if self.image is None else self.image(edited))
        return Evaluation(torch.stack(scores), torch.stack(images) if self.image else None)

    def gradient(self, coefficients: Tensor | None = None) -> Tensor:
        self.gradients += 1
        given = torch.ones(self.space.shape) if coefficients is None else coefficients
        point = given.expand(len(self.value), *self.space.shape).clone().requires_grad_()
        return torch.autograd.grad(self.score(self.edit(point)).sum(), point)[0]

    def activations(self, at: Sequence[Tensor] | None = None) -> list[Activation]:
        self.gradients += 1
        point = (self.value if at is None else at[0]).clone().requires_grad_()
        total = self.score(point).sum()
        gradient = torch.autograd.grad(total, point)[0] if total.requires_grad else torch.zeros_like(point)
        return [Activation(self.addresses[0], point.detach(), self.baseline, gradient)]

    def attention(self) -> Mapping[str, Tensor]:
        return self._attention


def game(worth: Callable[[Tensor], Tensor], players: int, **named: object) -> FunctionProbe:
    """A probe of a game: ``worth`` of who takes part, ``(N, players)`` of zeros and ones -> ``(N,)``."""
    return FunctionProbe(
        lambda activation: worth(activation[:, :, 0, 0]),
        torch.ones(1, players, 1, 1),
        unit="channels",
        **named,  # type: ignore[arg-type]
    )


def drawn(*shape: int, seed: int = 0) -> Tensor:
    """Normal numbers of both signs."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def values(explanation) -> dict[str, float]:
    """Unit -> value, of the first sample."""
    return {row.unit: row.score_change for row in explanation.values[0]}
