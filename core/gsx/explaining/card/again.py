"""Again: the same explanation under other conditions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gsx.explaining.given import asked_about, given_pass
from gsx.explaining.other_style import OtherStyle
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.explanation import Explanation
from gsx.specs.interfaces import Skip

Run = Callable[[Pipeline, PassOutputs, int], Explanation]
"""Explains a pass of a pipeline, with a seed."""

LEARNED = ("extractor", "generator", "discriminator")
"""Components whose parameters are what a network has learned."""


class Again:
    """Runs the explainer again with one thing changed.

    Args:
        run: the explainer, score and unit as they were.
        remakes: whether edits make the picture again: it is then also made again of changed pictures and networks,
            so that edits are compared with the picture that they start from.
        other_style: what :meth:`for_style` asks about; the style in inverted colours where not given.
        kept: the maps of that style, where somebody keeps them.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        outputs: PassOutputs,
        run: Run,
        *,
        seed: int,
        remakes: bool,
        other_style: Tensor | None = None,
        kept: OtherStyle | None = None,
    ) -> None:
        self._pipeline, self._outputs, self._run = pipeline, outputs, run
        self._seed, self._remakes, self._kept = seed, remakes, kept
        self.inverted = other_style is None
        """Whether the other style is a stand-in: this one in inverted colours."""
        self._other_style = 1 - outputs.style if other_style is None else other_style
        self.evaluations = self.gradients = 0
        """What explaining again took, all in all."""

    def with_seed(self, seed: int) -> Explanation:
        """With other random numbers."""
        return self._counted(self._pipeline, self._outputs, seed)

    def with_noise(self, radius: float, seed: int) -> Explanation:
        """With uniform noise of ``±radius`` on the three pictures, the same on each sample."""
        drawn = torch.Generator().manual_seed(seed)

        def noisy(image: Tensor) -> Tensor:
            noise = torch.rand(1, *image.shape[1:], generator=drawn).to(image) * 2 - 1
            # A generator of one's own may leave [0, 1]; cutting that off would be no small change.
            low, high = (edge(dim=(1, 2, 3), keepdim=True) for edge in (image.amin, image.amax))
            return (image + radius * noise).clamp(low.clamp(max=0), high.clamp(min=1))

        pictures = self._outputs
        with self._quietly():
            changed = self._pass(
                self._pipeline, noisy(pictures.content), noisy(pictures.style), noisy(pictures.stylized)
            )
        return self._counted(self._pipeline, changed, self._seed)

    def with_random_parameters(self, seed: int) -> Explanation:
        """With the entries of each parameter of copies of the networks in random order.

        Each tensor keeps its distribution, so that activations keep their size, and no initialiser has to be known.

        Raises:
            Skip: nothing here has parameters.
        """
        networks = {name: self._pipeline.modules[name] for name in LEARNED}
        networks = {name: part for name, part in networks.items() if isinstance(part, nn.Module)}
        if not any(True for network in networks.values() for _ in network.parameters()):
            raise Skip("The pipeline has no parameters.")
        shuffled: dict[str, Any] = copy.deepcopy(networks)  # together: what they share stays shared
        drawn = torch.Generator().manual_seed(seed)
        pictures = self._outputs
        with self._quietly():
            for parameter in nn.ModuleDict(shuffled).parameters():
                order = torch.randperm(parameter.numel(), generator=drawn).to(parameter.device)
                parameter.copy_(parameter.flatten()[order].reshape(parameter.shape))
            pipeline = self._pipeline.with_modules(**shuffled)
            changed = self._pass(pipeline, pictures.content, pictures.style, pictures.stylized)
        return self._counted(pipeline, changed, self._seed)

    def for_style(self) -> Explanation:
        """With the score asked about another style, of the same picture."""
        with self._quietly():
            other = asked_about(self._pipeline, self._outputs, self._other_style, self._kept)
        return self._counted(self._pipeline, other, self._seed)

    def _pass(self, pipeline: Pipeline, content: Tensor, style: Tensor, stylized: Tensor) -> PassOutputs:
        if not self._remakes:
            return given_pass(pipeline, content, style, stylized, self._outputs.mask)
        made = pipeline(content, style)
        made.mask = self._outputs.mask
        return made

    def _counted(self, pipeline: Pipeline, outputs: PassOutputs, seed: int) -> Explanation:
        explanation = self._run(pipeline, outputs, seed)
        self.evaluations += _number(explanation.provenance["evaluations"])
        self.gradients += _number(explanation.provenance["gradients"])
        return explanation

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Without gradients, and without a trace in the global random state."""
        devices = [self._pipeline.device] if self._pipeline.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices), torch.inference_mode(False), torch.no_grad():
            torch.manual_seed(self._pipeline.seed)
            yield


def _number(count: object) -> int:
    assert isinstance(count, int)
    return count
