"""PipelineProbe: one pipeline, batch, score, unit and baseline, bound together for an explainer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from gsx.errors import ContractError, PluginError
from gsx.images.resize import pad_to_multiple
from gsx.ops.statistics import match_statistics, mean_std
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.pipeline.taps import Edit
from gsx.specs.interfaces import PICTURE, Activation, Address, Evaluation, Unit
from gsx.specs.kinds import Baseline

Progress = Callable[[int, int], None]
"""Called with (evaluations done, evaluations in all)."""


class PipelineProbe:
    """See :class:`gsx.api.Probe`.

    A unit of the stylised picture's pass is edited while that picture is read again; a unit of the content's or
    style's pass, while the picture is made again. Either way the score compares with the true content and style.

    Args:
        outputs: the pass to explain.
        score: Outputs -> ``(N,)``.
        higher: what a larger score means, in words.
        baseline: ``content`` (the content's map at the same place; for a unit of the style's pass, where places do
            not correspond, the activation with the content's mean and deviation per channel), ``zero``, or ``mean``
            (its own mean over positions).

    Raises:
        ContractError: a path that is not there, or a baseline that is the unit itself.
        PluginError: a score that gives the wrong shape or is not finite.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        outputs: PassOutputs,
        score: Callable[[PassOutputs], Tensor],
        unit: Unit,
        *,
        higher: str = "larger",
        baseline: Baseline = "content",
        progress: Progress | None = None,
    ) -> None:
        self._pipeline, self._outputs, self._score, self._unit = pipeline, outputs, score, unit
        self._baseline, self._progress = baseline, progress or (lambda done, total: None)
        self.layout, self.score_higher = outputs.layout, higher
        self._addresses = tuple(unit.addresses(outputs.layout))
        self.remakes = any(
            address.component != "discriminator" and address.role != "stylized" for address in self._addresses
        )
        if baseline == "content" and any(address.role == "content" for address in self._addresses):
            raise ContractError(
                "the unit lies in the content's own pass, so the content's statistics would replace it by itself.",
                hint="Try baseline zero or mean.",
            )
        if any(address.role == "style" for address in self._addresses) and len(outputs.style) < len(outputs.stylized):
            self._outputs = outputs = _one_style_each(outputs)
        with self._untouched(), torch.no_grad():
            self._values = self._record(self._addresses)
            self._baselines = self._make_baselines()
            self.base = self._checked(outputs)
        self.space = unit.space(self._values)

    def values(self, coefficients: Tensor) -> Evaluation:
        """Score each row of coefficients.

        Shape:
            coefficients ``(M, *space.shape)`` -> scores ``(M, N)``, image_change ``(M, N)`` in [0, 1] or None.
        """
        scores, changes = [], []
        with self._untouched(), torch.no_grad():
            for done, row in enumerate(coefficients):
                self._progress(done, len(coefficients))
                outputs = self._run(self._edits(row.to(self._pipeline.device)))
                scores.append(self._checked(outputs))
                changes.append((outputs.stylized - self._outputs.stylized).abs().mean(dim=(1, 2, 3)))
            self._progress(len(coefficients), len(coefficients))
        return Evaluation(torch.stack(scores), torch.stack(changes) if self.remakes else None)

    def gradient(self, coefficients: Tensor | None = None) -> Tensor:
        """Gradient of each sample's score with respect to the coefficients (default: all 1, the pass as it is).

        Shape:
            coefficients ``(*space.shape)`` -> ``(N, *space.shape)``.
        """
        ones = torch.ones(self.space.shape) if coefficients is None else coefficients
        count = len(self._outputs.stylized)
        with self._untouched(), torch.enable_grad():
            point = ones.to(self._pipeline.device).expand(count, *ones.shape).clone().requires_grad_()
            total = self._checked(self._run(self._edits(point, per_sample=True))).sum()
            return _gradients(total, [point])[0]

    def activations(self) -> Sequence[Activation]:
        """Each edited activation and the gradient of the summed scores there; zeros where nothing reads it."""
        leaves: dict[Address, Tensor] = {}

        def leaf(address: Address) -> Edit:
            def cut(activation: Tensor) -> Tensor:
                leaves[address] = activation.detach().clone().requires_grad_()
                return leaves[address].clone()  # an in-place ReLU behind it may not change a leaf

            return cut

        with self._untouched(), torch.enable_grad():
            total = self._checked(self._run({address: leaf(address) for address in self._addresses})).sum()
            gradients = _gradients(total, [leaves[address] for address in self._addresses])
        return [
            Activation(address, leaves[address].detach(), self._baselines[address], gradient)
            for address, gradient in zip(self._addresses, gradients, strict=True)
        ]

    @contextmanager
    def _untouched(self) -> Iterator[None]:
        """Leave the global random state as it was, also after an error. Taps remove their own hooks.

        A caller's inference mode is suspended, for under it every gradient would be missing, hence null.
        """
        devices = [self._pipeline.device] if self._pipeline.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices), torch.inference_mode(False):
            torch.manual_seed(self._pipeline.seed)
            yield

    def _run(self, edits: Mapping[Address, Edit]) -> PassOutputs:
        pipeline, base = self._pipeline, self._outputs
        with pipeline.taps.installed(edits):
            stylized = pipeline(base.content, base.style).stylized if self.remakes else base.stylized
            stylized = pipeline.enter(stylized, "stylized")
            result = pipeline.outputs(
                base.content, base.style, stylized, base.content_maps, base.style_maps, base.fused
            )
            result.stylized_maps  # noqa: B018 - read inside, so that edits of this pass act
        return result

    def _record(self, addresses: Sequence[Address], *, padded: bool = True) -> dict[Address, Tensor]:
        """The activations at ``addresses``, in that order; the content ``padded`` as where the picture is made."""
        seen: dict[Address, Tensor] = {}

        def reader(address: Address) -> Edit:
            def read(activation: Tensor) -> None:
                seen[address] = activation.detach().clone()  # an in-place ReLU behind it would change what was seen

            return read

        pipeline, base = self._pipeline, self._outputs
        pictures = {"content": base.content, "style": base.style, "stylized": base.stylized}
        entering = [address for address in addresses if address.component == "input"]
        for address in entering:
            if address.path == PICTURE and address.role in pictures:
                seen[address] = pictures[str(address.role)]
        content = pad_to_multiple(base.content, pipeline.multiple)[0] if padded else base.content
        with pipeline.taps.installed({address: reader(address) for address in addresses}):
            made = [
                address for address in addresses if address.component != "extractor" or isinstance(address.role, int)
            ]
            if set(made) - set(entering):
                pipeline(base.content, base.style).stylized_maps  # noqa: B018 - the whole pass, for what it runs
            roles = {address.role for address in addresses if address.component == "extractor"}
            for role, image in (("content", content), ("style", base.style), ("stylized", base.stylized)):
                if role in roles:
                    pipeline.extract(image, pipeline.layers, role)
        missing = [address for address in addresses if address not in seen]
        if missing:
            raise ContractError(
                f"nothing at {missing[0].component} {missing[0].path!r} runs for the {missing[0].role} picture.",
                hint=f"The layers read here are: {', '.join(pipeline.layers)}.",
            )
        return {address: seen[address] for address in addresses}

    def _make_baselines(self) -> dict[Address, Tensor]:
        if self._baseline == "zero":
            return {address: torch.zeros_like(value) for address, value in self._values.items()}
        if self._baseline == "mean":
            return {
                address: value.mean(dim=(2, 3), keepdim=True).expand_as(value)
                for address, value in self._values.items()
            }
        twins = {address: replace(address, role="content") for address in self._addresses}
        content = self._record(tuple(twins.values()), padded=False)
        return {
            address: content[twins[address]]
            if address.role == "stylized"
            else match_statistics(value, *mean_std(content[twins[address]]))
            for address, value in self._values.items()
        }

    def _edits(self, coefficients: Tensor, *, per_sample: bool = False) -> dict[Address, Edit]:
        def editor(place: int, address: Address) -> Edit:
            def edit(activation: Tensor) -> Tensor:
                rows = coefficients if per_sample else coefficients.expand(len(activation), *coefficients.shape)
                return self._unit.edit(place, activation, self._baselines[address], rows)

            return edit

        return {address: editor(place, address) for place, address in enumerate(self._addresses)}

    def _checked(self, outputs: PassOutputs) -> Tensor:
        score: object = self._score(outputs)
        count = len(outputs.stylized)
        if not isinstance(score, Tensor) or score.shape != (count,):
            given = tuple(score.shape) if isinstance(score, Tensor) else type(score).__name__
            raise PluginError(f"the score has to give one number per picture, shape ({count},); it gave {given}.")
        if not torch.isfinite(score).all():
            raise PluginError("the score is NaN or infinite here.", hint="Try another score, layer or picture.")
        return score


def _one_style_each(outputs: PassOutputs) -> PassOutputs:
    """The same pass with a common style repeated, so that each sample's style can be edited for itself."""
    count = len(outputs.stylized)

    def repeated(tensor: Tensor) -> Tensor:
        return tensor.expand(count, *tensor.shape[1:])

    return replace(
        outputs,
        style=repeated(outputs.style),
        style_maps={name: repeated(maps) for name, maps in outputs.style_maps.items()},
    )


def _gradients(total: Tensor, points: Sequence[Tensor]) -> list[Tensor]:
    if not total.requires_grad:
        return [torch.zeros_like(point) for point in points]
    found = torch.autograd.grad(total, points, allow_unused=True)
    return [torch.zeros_like(point) if one is None else one for point, one in zip(points, found, strict=True)]
