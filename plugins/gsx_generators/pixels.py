"""The generator that trains nothing: it optimises the image itself towards the fused maps."""

from __future__ import annotations

import contextlib
import math

import torch
from torch import Tensor

from gsx.api import Context, DivergedError, FeatureLayout
from gsx.ops.feature_maps import FeatureMaps
from gsx_generators.lbfgs import Lbfgs
from gsx_generators.options import PixelsOptions
from gsx_generators.pixel_displacements import DisplacementPath
from gsx_generators.pixel_terms import PixelTerms, held, scale_of

CLOSE_ENOUGH = 1e-8
"""A loss below this is rounding: the picture is left alone, so that strength 0 gives the content back untouched."""


class Pixels:
    """L-BFGS with a line search on the pixels, from the content image.

    The terms are those of :class:`PixelTerms`. They see the picture clamped to [0, 1], so that what is scored is what
    is shown, and their gradient passes the clamp. Each sample of a batch is optimised on its own. The best picture
    so far is offered to the context whenever it improves; ``context.step`` may raise ``Cancelled``, which passes.
    No random numbers are drawn.

    Source: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016.
    """

    def __init__(self, options: PixelsOptions, levels: FeatureLayout) -> None:
        self.options = options
        self.levels = levels

    def __call__(self, fused: FeatureMaps, content: Tensor, context: Context) -> Tensor:
        """The picture whose maps come closest to ``fused``; no gradient flows back through it.

        Shape:
            fused ``(N, C, h, w)`` by level, content ``(N, 3, H, W)`` in [0, 1] -> ``(N, 3, H, W)`` in [0, 1].

        Raises:
            DivergedError: a term or the gradient became NaN or infinite.
        """
        return self._run(fused, content, context, None)

    def displacements(self, fused: FeatureMaps, content: Tensor, context: Context) -> dict[str, Tensor]:
        """What each term moved on the way to that picture; see :class:`DisplacementPath`.

        The way is the one that calling takes, bit for bit. Each step's gradients are taken term by term, which
        doubles the time.

        Shape:
            as calling -> ``(N, 3, H, W)`` by term, signed; the content and all of them add up to the picture.

        Raises:
            DivergedError: as calling.
        """
        paths: list[DisplacementPath] = []
        self._run(fused, content, context, paths)
        return {name: torch.cat([path.moved[name] for path in paths]).float() for name in paths[0].moved}

    def _run(
        self, fused: FeatureMaps, content: Tensor, context: Context, paths: list[DisplacementPath] | None
    ) -> Tensor:
        """The picture; ``paths`` gets the displacements of each sample."""
        with torch.inference_mode(False), torch.enable_grad():
            # L-BFGS flattens with view(), which fails on channels_last.
            result = content.detach().clone(memory_format=torch.contiguous_format)
            context.offer(result)
            for sample in range(len(result)):
                terms = PixelTerms(
                    self.options,
                    {name: fused[name][sample : sample + 1] for name in self.levels},
                    {name: maps[sample : sample + 1] for name, maps in context.content_maps.items()},
                    {name: _sample(maps, sample) for name, maps in context.style_maps.items()},
                    context,
                )
                path = None
                if paths is not None:
                    path = DisplacementPath(terms, result[sample : sample + 1])
                    paths.append(path)
                self._optimise(result, sample, terms, context, path)
        return result

    def _optimise(
        self, result: Tensor, sample: int, terms: PixelTerms, context: Context, path: DisplacementPath | None
    ) -> None:
        """Replace ``result[sample]`` by the best picture of its optimisation, each time a better one is found.

        The line search counts too: ``iterations`` are evaluations. Without it, a first step that is too long is never
        taken back, and on coarse textures the loss rises for good.
        """
        budget = self.options.iterations
        done, total = sample * budget, len(result) * budget
        pixels = result[sample : sample + 1].clone().requires_grad_(True)
        best, spent = math.inf, 0

        def evaluate() -> Tensor:
            nonlocal best, spent
            if spent == budget:
                raise _Enough
            spent += 1
            picture, values = pixels.detach().clamp(0, 1), {}
            objective = _evaluate(pixels, terms, values, f"iteration {spent} of {budget}")
            if values["loss"] < best:
                best = values["loss"]
                if path is not None:
                    path.found(pixels)
                result[sample : sample + 1] = picture
                context.offer(result)
            close = best <= CLOSE_ENOUGH
            context.step(done + (budget if close else spent), total, values)
            if close:
                raise _Enough
            return objective

        search = Lbfgs(pixels, evaluate, history=self.options.history, most=budget)
        with contextlib.suppress(_Enough):
            while True:  # where a line search finds nothing, L-BFGS ends early; it begins again from there
                before, moved = spent, True
                while moved:
                    moved = search.step()
                    if path is not None:
                        path.stepped(search)
                if spent <= before + 1:
                    break
        if path is not None:
            path.ended(search)


class _Enough(Exception):  # noqa: N818 - the end of a search, not an error
    """The evaluations are spent, or there is nothing left to gain."""


def _evaluate(pixels: Tensor, terms: PixelTerms, values: dict[str, float], when: str) -> Tensor:
    """The objective; sets ``pixels.grad``, and ``values`` to the terms."""
    tensors, overshoot = held(pixels, terms)
    numbers = torch.stack(list(tensors.values())).tolist()
    values.update(zip(tensors, numbers, strict=True))
    _check(values, when)
    objective = scale_of(pixels) * (tensors["loss"] + overshoot)
    (gradient,) = torch.autograd.grad(objective, pixels)
    _check({"gradient": float(gradient.abs().max())}, when)
    pixels.grad = gradient.contiguous()
    return objective.detach()


def _check(values: dict[str, float], when: str) -> None:
    # The terms before their total, so that the message names the one that broke.
    for name in sorted(values, key=lambda name: name == "loss"):
        if not math.isfinite(values[name]):
            raise DivergedError(
                f"generator 'pixels': {name} became {values[name]} in {when}.",
                hint="In iteration 1 the extractor's weights or the fused maps are broken; later, try a smaller "
                "generator.style_weight or fewer generator.iterations.",
            )


def _sample(maps: Tensor, sample: int) -> Tensor:
    """One sample's map; a single style serves a whole batch."""
    index = min(sample, len(maps) - 1)
    return maps[index : index + 1]
