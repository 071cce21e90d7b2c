"""Rules for extractors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gsx.ops.feature_maps import FeatureMaps
from gsx.specs.interfaces import Skip
from gsx.specs.kinds import ExtractorSpec
from gsx.specs.layout import FeatureLayout
from gsx.testing.checks.sizes import SIZES, SMALLEST
from gsx.testing.compare import require, require_close, require_finite, require_gradient
from gsx.testing.pictures import picture
from gsx.testing.subject import Subject


def _of(subject: Subject) -> tuple[Any, FeatureLayout]:
    spec = subject.spec
    assert isinstance(spec, ExtractorSpec)
    return subject.component(), spec.layout(subject.options)


def _maps(extractor: Any, image: Tensor, layers: tuple[str, ...]) -> FeatureMaps:
    with torch.no_grad():
        maps = extractor(image, layers)
    require(isinstance(maps, dict), f"it returns a {type(maps).__name__}, expected a dict of maps by layer")
    return dict(maps)


def declared_layout(subject: Subject) -> None:
    """The maps have the declared names, order, channels and strides, at several sizes and batch sizes."""
    extractor, layout = _of(subject)
    for count, size in zip((1, 2, 3), SIZES, strict=True):
        _require_layout(_maps(extractor, picture(count, size), tuple(layout)), layout, count, size)


def smallest_picture(subject: Subject) -> None:
    """Pictures of 16 px, the smallest that GSX takes, give the declared layout too."""
    extractor, layout = _of(subject)
    _require_layout(_maps(extractor, picture(1, SMALLEST), tuple(layout)), layout, 1, SMALLEST)


def _require_layout(maps: FeatureMaps, layout: FeatureLayout, count: int, size: tuple[int, int]) -> None:
    here = f"for a picture of {size[0]}×{size[1]} px"
    require(list(maps) == list(layout), f"declared are {', '.join(layout)}; {here} it gives {', '.join(maps)}")
    for name, layer in layout.items():
        value = maps[name]
        require(value.ndim == 4 and len(value) == count, f"{name} is {tuple(value.shape)} for {count} pictures")
        require(
            value.shape[1] == layer.channels,
            f"{name} is declared with {layer.channels} channels and has {value.shape[1]}",
        )
        require(
            tuple(value.shape[2:]) == layer.size(size),
            f"{name} is declared with stride {layer.stride}, rounding to the {layer.rounding}, "
            f"and is {value.shape[2]}×{value.shape[3]} {here}",
        )
        require_finite(value, name)


def any_subset_of_layers(subject: Subject) -> None:
    """Any subset of layers, asked for in any order, is given alone, in layout order, with the same maps."""
    extractor, layout = _of(subject)
    names, image = tuple(layout), picture(1, SIZES[1])
    whole = _maps(extractor, image, names)
    for subset in {(names[0],), (names[-1],), names[::2], names[::-1]}:
        part = _maps(extractor, image, subset)
        wanted = [name for name in names if name in subset]
        require(list(part) == wanted, f"asked for {', '.join(subset)} it gives {', '.join(part)}")
        for name in part:
            require_close(part[name], whole[name], f"{name}, asked for with {', '.join(subset)} and with all")


def stops_at_deepest(subject: Subject) -> None:
    """Asked for its shallowest layer, it runs fewer of its modules than for all."""
    extractor, layout = _of(subject)
    if not isinstance(extractor, nn.Module) or len(layout) < 2:
        raise Skip("it is no module of several layers")
    names = tuple(layout)
    shallow, deep = (_modules_run(extractor, part) for part in ((names[0],), names))
    require(shallow < deep, f"{shallow} modules run for {names[0]}, and {deep} for all layers")


def _modules_run(extractor: nn.Module, layers: tuple[str, ...]) -> int:
    seen: list[str] = []
    leaves = [module for module in extractor.modules() if not list(module.children())]
    handles = [leaf.register_forward_hook(lambda *_: seen.append("run")) for leaf in leaves]
    try:
        _maps(extractor, picture(1, (32, 32)), layers)
    finally:
        for handle in handles:
            handle.remove()
    return len(seen)


def layer_modules_give_maps(subject: Subject) -> None:
    """Each entry of ``layer_modules`` is the submodule whose output is that layer's map."""
    extractor, layout = _of(subject)
    paths = dict(getattr(extractor, "layer_modules", {}))
    if not paths:
        raise Skip("it names no layer_modules: its maps are edited where they leave it")
    stray = sorted(set(paths) - set(layout))
    require(not stray, f"layer_modules names layers that are not declared: {', '.join(stray)}")
    modules, seen = dict(extractor.named_modules()), dict[str, Tensor]()
    for layer, path in paths.items():
        require(path in modules, f"layer_modules[{layer!r}] = {path!r} is no submodule")

    def keep(layer: str) -> Any:
        return lambda module, inputs, output: seen.__setitem__(layer, output)

    handles = [modules[path].register_forward_hook(keep(layer)) for layer, path in paths.items()]
    try:
        maps = _maps(extractor, picture(1, (64, 48)), tuple(layout))
    finally:
        for handle in handles:
            handle.remove()
    for layer in paths:
        require(layer in seen, f"the module of {layer} does not run")
        require(torch.equal(seen[layer], maps[layer]), f"the module of {layer} gives something else than its map")


def batch_independent(subject: Subject) -> None:
    """A picture's maps are the same alone and in a batch."""
    extractor, layout = _of(subject)
    images, names = picture(3, (64, 48)), tuple(layout)
    together = _maps(extractor, images, names)
    for index in range(len(images)):
        alone = _maps(extractor, images[index : index + 1], names)
        for name in names:
            one = together[name][index : index + 1]
            require_close(one, alone[name], f"{name} of picture {index} in a batch and alone")


def gradient_reaches_image(subject: Subject) -> None:
    """From every layer, a finite gradient reaches the picture, and the picture itself is not changed."""
    extractor, layout = _of(subject)
    for name in layout:
        image = picture(1, (64, 48))
        leaf = image.clone().requires_grad_()
        value = extractor(leaf, (name,))[name]
        require(value.requires_grad, f"{name} is cut off from the picture")
        (value * torch.randn_like(value)).sum().backward()
        require_gradient(leaf.grad, f"the picture from {name}")
        require(torch.equal(leaf.detach(), image), "it changed the picture in place")


CHECKS = (
    declared_layout,
    smallest_picture,
    any_subset_of_layers,
    stops_at_deepest,
    layer_modules_give_maps,
    batch_independent,
    gradient_reaches_image,
)
