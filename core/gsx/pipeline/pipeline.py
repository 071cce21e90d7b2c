"""Pipeline: content and style in, one record of everything out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gsx.errors import ContractError
from gsx.images.resize import Padding, crop_back, pad_to_multiple
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.adapt import adapt_discriminator, adapt_extractor, adapt_fusion, adapt_generator
from gsx.pipeline.context import PassContext, StepListener, ignore_step
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.taps import Taps
from gsx.specs.interfaces import PICTURE
from gsx.specs.kinds import Role, Trait
from gsx.specs.layout import FeatureLayout

SLACK = 1e-3
"""How far an image may leave [0, 1]."""


class Pipeline:
    """The chain of section 1 of the architecture, over components or over one's own modules and callables.

    Args:
        extractor: ``extractor(image, layers) -> {layer: map}``; or ``extractor(image)`` giving a dict or a tensor.
        fusion: ``fusion(content_maps, style_maps, level) -> map``; or ``fusion(content_map, style_map)``.
        generator: ``generator(fused, content, context)``, ``generator(fused, content)`` or ``generator(fused)``;
            one with a single argument and a single level gets the tensor itself, as an ``nn.Sequential`` expects.
        discriminator: ``discriminator(image) -> logits``, a tensor or one per scale, or ``discriminator(image, style)``
            for one that judges how well they go together; None where there is none.
        layout: the extractor's layers; found with a trial picture where not given.
        levels: the fused levels that the generator wants; the deepest layer where not given.
        layers: what to ask the extractor for; every layer of the layout where not given.
        multiple: picture sides are padded to a multiple of it, and the result cropped back.
        traits: what the generator can; ``differentiable`` where not given.
        strength: the common strength that the fusion was set to, told to generators.
        passes: network passes that the generator takes for a picture; more than 1 where it optimises.

    Modules are put into evaluation mode and their parameters frozen, for the pipeline explains and stylises.

    Example:
        >>> pipeline = Pipeline(torch.nn.Conv2d(3, 8, 3, padding=1), lambda c, s: c, torch.nn.Conv2d(8, 3, 1))
        >>> pipeline(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 40, 24)).stylized.shape
        torch.Size([1, 3, 32, 32])
    """

    def __init__(
        self,
        extractor: Callable[..., Any],
        fusion: Callable[..., Tensor],
        generator: Callable[..., Tensor],
        discriminator: Callable[..., Any] | None = None,
        *,
        layout: FeatureLayout | None = None,
        levels: Sequence[str] | None = None,
        layers: Sequence[str] | None = None,
        multiple: int = 1,
        traits: frozenset[Trait] = frozenset({"differentiable"}),
        strength: float = 1.0,
        seed: int = 0,
        device: torch.device | str = "cpu",
        passes: int = 1,
    ) -> None:
        self.device = torch.device(device)
        self.modules: dict[str, Any] = {
            "extractor": extractor,
            "fusion": fusion,
            "generator": generator,
            "discriminator": discriminator,
        }
        for module in self.modules.values():
            if isinstance(module, nn.Module):
                module.to(self.device).eval().requires_grad_(False)
        self.layout = adapt_extractor(extractor, layout, self.device)[1]
        self.levels = tuple(self.layout.select(levels, who="the generator")) if levels else (self.layout.deepest.name,)
        self.layout = self.layout.with_levels(self.levels)
        self.taps = Taps(self.modules, self.layout)
        self.layers = tuple(self.layout.select(layers, who="the pipeline")) if layers else tuple(self.layout)
        self.multiple, self.traits, self.strength, self.seed = multiple, traits, strength, seed
        self.passes = passes
        self._adapt()

    @classmethod
    def from_recipe(cls, recipe: Any = None, **overrides: Any) -> Pipeline:
        """Build from a recipe: a :class:`~gsx.recipe.Recipe`, a TOML path, or flags as keywords.

        Example:
            >>> Pipeline.from_recipe(extractor="vgg19", fusion="adain")  # doctest: +SKIP
        """
        from gsx.pipeline.build import build_pipeline
        from gsx.pipeline.load import load_recipe

        return build_pipeline(load_recipe(recipe, **overrides))

    def with_fusion(self, fusion: Callable[..., Tensor]) -> Pipeline:
        """The same pipeline, its other modules shared, with another fusion: for controls."""
        return self.with_modules(fusion=fusion)

    def with_modules(self, **modules: Callable[..., Any]) -> Pipeline:
        """The same pipeline with other modules, by component; the rest is shared, and they are taken as they are."""
        other = copy.copy(self)
        other.modules = {**self.modules, **modules}
        other.taps = Taps(other.modules, self.layout)
        other._adapt()
        return other

    def _adapt(self) -> None:
        extractor, fusion, generator, discriminator = self.modules.values()
        self._extractor = adapt_extractor(extractor, self.layout, self.device)[0]
        self._fusion = adapt_fusion(fusion)
        self._generator = adapt_generator(generator, self.levels)
        self._judge = adapt_discriminator(discriminator) if discriminator is not None else None

    def enter(self, image: Tensor, role: Role) -> Tensor:
        """A picture as it goes into the pipeline, or (stylised) before the scores: where taps edit pictures."""
        return self.taps.leaving("input", role, {PICTURE: image})[PICTURE]

    def extract(self, image: Tensor, layers: Sequence[str], role: Role | None = None) -> FeatureMaps:
        """The maps of an image, in a pass that taps know as ``role``."""
        with self.taps.running("extractor", role):
            maps = self._extractor(image.clone(), layers)  # it may normalise in place
            if torch.is_autocast_enabled(
                image.device.type
            ):  # the caller's; statistics are taken in float32 all the same
                maps = {name: value.float() for name, value in maps.items()}
            return self.taps.leaving("extractor", role, maps)

    def fuse(self, content: FeatureMaps, style: FeatureMaps) -> FeatureMaps:
        """The fused map of each level, in float32: a fusion is statistics, which half precision would overflow."""
        with self.taps.running("fusion", "stylized"), torch.autocast(self.device.type, enabled=False):
            with _only_read("fusion", content, style):
                fused = {level: self._fusion(content, style, level) for level in self.levels}
            return self.taps.leaving("fusion", "stylized", fused)

    def discriminate(self, image: Tensor, style: Tensor) -> Sequence[Tensor]:
        """Raw logits, one map per scale; the style is looked at by a conditional discriminator alone.

        Raises:
            ContractError: this pipeline has no discriminator.
        """
        if self._judge is None:
            raise ContractError(
                "this pipeline has no discriminator, so realism cannot be scored.",
                hint="Choose another score, or a generator checkpoint that carries its discriminator.",
            )
        with self.taps.running("discriminator", "stylized"):
            return self._judge(image.clone(), style)  # it may normalise in place

    def context(
        self,
        content: Tensor,
        style: Tensor,
        content_maps: FeatureMaps,
        style_maps: FeatureMaps,
        listener: StepListener = ignore_step,
    ) -> PassContext:
        """What a generator is offered for one pass."""
        return PassContext(
            content=content,
            style=style,
            layout=self.layout,
            content_maps=content_maps,
            style_maps=style_maps,
            extract=lambda image, layers: self.extract(image, layers),
            strength=self.strength,
            seed=self.seed,
            listener=listener,
        )

    def __call__(
        self,
        content: Tensor,
        style: Tensor,
        *,
        context_ready: Callable[[PassContext], None] | None = None,
        listener: StepListener = ignore_step,
    ) -> PassOutputs:
        """Stylise ``content`` with ``style``.

        Gradients flow to both where the caller asked for them and the generator is differentiable.

        Shape:
            content ``(N, 3, H, W)``, style ``(N, 3, H', W')`` or ``(1, 3, H', W')``, both in [0, 1]
            -> stylized ``(N, 3, H, W)`` in [0, 1].

        Raises:
            ContractError: no images, or as many styles as do not go with the contents.
        """
        check_images(content, style)
        content, style = content.to(self.device), self.enter(style.to(self.device), "style")
        style_maps = self.extract(style, self.layers, "style")
        return self.stylize(content, style, style_maps, context_ready=context_ready, listener=listener)

    def stylize(
        self,
        content: Tensor,
        style: Tensor,
        style_maps: FeatureMaps,
        content_maps: FeatureMaps | None = None,
        *,
        context_ready: Callable[[PassContext], None] | None = None,
        listener: StepListener = ignore_step,
    ) -> PassOutputs:
        """As calling, with style maps that are already there: the part of a pass that depends on the content.

        Args:
            content_maps: those of the content, padded to ``multiple``, where they are there too.
        """
        content = self.enter(content, "content")
        padded, padding = pad_to_multiple(content, self.multiple)
        if content_maps is None:
            content_maps = self.extract(padded, self.layers, "content")
        fused = self.fuse(content_maps, style_maps)
        context = self.context(padded, style, content_maps, style_maps, listener)
        if context_ready is not None:
            context_ready(context)
        stylized = self.generate(fused, padded, context, padding)
        if stylized.shape[-2:] != padded.shape[-2:]:
            # Not the pass that made the picture, so nobody's taps: those of the padded content have acted.
            content_maps = self.extract(content, self.layers)
        return self.outputs(content, style, stylized, content_maps, style_maps, fused)

    def generate(self, fused: FeatureMaps, content: Tensor, context: PassContext, padding: Padding) -> Tensor:
        """The generator's picture, cropped back to the content's own size.

        Raises:
            ContractError: the generator made no picture, or one of another size.
        """
        with self.taps.running("generator", "stylized"):
            # It may begin with an in-place ReLU, or add to the content; the record of the pass keeps what it was given.
            given = {level: value.clone() if isinstance(value, Tensor) else value for level, value in fused.items()}
            image = self._generator(given, content.clone(), context)
            if not isinstance(image, Tensor) or image.ndim != 4 or len(image) != len(content):
                made = tuple(image.shape) if isinstance(image, Tensor) else type(image).__name__
                raise ContractError(
                    f"the generator has to make a picture of shape {tuple(content.shape)}; it made {made}.",
                    hint="Wrap one that gives more than the picture in a function that hands on the picture alone.",
                )
            if torch.is_autocast_enabled(content.device.type):
                image = image.float()
            image = self.taps.leaving("generator", "stylized", {PICTURE: image})[PICTURE]
        if image.shape[-2:] != content.shape[-2:]:
            wanted, made = tuple(content.shape[-2:]), tuple(image.shape[-2:])
            raise ContractError(
                f"the generator made a picture of another size: expected the padded size {wanted} (height, width), "
                f"got {made}.",
                hint="Give gsx.Pipeline(multiple=...) its total stride: pictures are then padded, and cropped back.",
            )
        return crop_back(image, padding)

    def outputs(
        self,
        content: Tensor,
        style: Tensor,
        stylized: Tensor,
        content_maps: FeatureMaps,
        style_maps: FeatureMaps,
        fused: FeatureMaps,
    ) -> PassOutputs:
        """The record of a pass whose picture exists already."""
        return PassOutputs(
            content=content,
            style=style,
            stylized=stylized,
            content_maps=content_maps,
            style_maps=style_maps,
            fused=fused,
            layout=self.layout.select(self.layers),
            extract_stylized=lambda image: self.extract(image, self.layers, "stylized"),
            discriminate=lambda image: self.discriminate(image, style),
        )


@contextmanager
def _only_read(who: str, *given: FeatureMaps) -> Iterator[None]:
    """For a component to run in that may not change maps which others read after it.

    Raises:
        ContractError: it wrote over one of them.
    """
    maps = [value for one in given for value in one.values() if not value.is_inference()]
    before = [value._version for value in maps]
    yield
    if before != [value._version for value in maps]:
        raise ContractError(
            f"the {who} writes over the maps that it is given, which scores and other levels read after it.",
            hint="Let it work on copies: x - y for x.sub_(y), or x.clone() first.",
        )


def check_images(content: object, style: object) -> None:
    """Refuse what is no batch of images, before a network dies of it.

    Raises:
        ContractError: what was needed, and what was given.
    """
    for role, image in (("content", content), ("style", style)):
        problem = _image_problem(image)
        if problem:
            raise ContractError(
                f"the {role} has to be a floating-point image (N, 3, H, W) in [0, 1]; given: {problem}.",
                hint="gsx.stylize reads files; gsx.images.decode(path).image is the tensor of one.",
            )
    assert isinstance(content, Tensor)
    assert isinstance(style, Tensor)
    if len(style) not in (1, len(content)):
        raise ContractError(
            f"{len(content)} contents do not go with {len(style)} styles.",
            hint="Give one style, or one for each content.",
        )


def _image_problem(image: object) -> str:
    if not isinstance(image, Tensor):
        return type(image).__name__
    if image.ndim != 4 or image.shape[1] != 3 or not image.numel() or not image.is_floating_point():
        return f"{image.dtype} {tuple(image.shape)}"
    low, high = (value.item() for value in image.detach().aminmax())
    # A resize or a JPEG may overshoot by rounding; NaN fails every comparison.
    if not (low >= -SLACK and high <= 1 + SLACK):
        return f"values from {low:.3g} to {high:.3g}"
    return ""
