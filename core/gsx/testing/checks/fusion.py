"""Rules for fusions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from gsx.errors import ContractError
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import mean_std
from gsx.specs.interfaces import Skip
from gsx.specs.kinds import FusionSpec
from gsx.testing.compare import require, require_close, require_finite, require_gradient, require_shape
from gsx.testing.outputs import DeclaredMaps
from gsx.testing.pictures import picture
from gsx.testing.subject import Subject
from gsx.testing.toy.reference import toy_extractor

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
STYLE_SIZE = (64, 80)
"""Unlike the content's, for nothing may depend on their being the same."""


class SourceMaps(DeclaredMaps):
    """Style maps that a fusion declares to read."""

    by = "sources()"


def _spec(subject: Subject) -> FusionSpec:
    assert isinstance(subject.spec, FusionSpec)
    return subject.spec


def _maps(subject: Subject, image: Tensor) -> FeatureMaps:
    layout = subject.layout()
    with torch.no_grad():
        maps: FeatureMaps = toy_extractor(layout)(image, tuple(layout))
    return maps


def _at(subject: Subject, strength: float) -> Any:
    """The fusion, set to a common strength."""
    return Subject(subject.spec, {**subject.given, **_spec(subject).strength(strength)}).fresh()


def _control(subject: Subject) -> bool:
    """A fusion that no strength changes, such as the identity."""
    return dict(_spec(subject).strength(0.0)) == dict(_spec(subject).strength(1.0))


def _cases(subject: Subject, count: int = 2) -> Iterator[tuple[str, FeatureMaps, FeatureMaps]]:
    """For each level: its content map alone, and the style maps that the spec declares as sources, alone.

    A level without sources is one that the fusion leaves to the content.
    """
    spec, layout = _spec(subject), subject.layout()
    content, style = _maps(subject, picture(count, seed=1)), _maps(subject, picture(count, STYLE_SIZE, seed=2))
    for level in layout:
        sources = spec.sources(subject.options, level, layout)
        if sources:
            layout.select(sources, who="sources()")
        yield (
            level,
            SourceMaps({level: content[level]}),
            SourceMaps({name: style[name] for name in layout if name in sources}),
        )


def keeps_content_shape(subject: Subject) -> None:
    """The fused map has the content map's shape at every level, whatever the style's size and number."""
    fusion = subject.component()
    for level, content, style in _cases(subject):
        one = SourceMaps({name: value[:1] for name, value in style.items()})
        for styles, given in ((style, "a style each"), (one, "one style for all")):
            fused = fusion(content, styles, level)
            require_shape(fused, tuple(content[level].shape), f"the fused map at {level} with {given}")
            require_finite(fused, f"the fused map at {level}")


def declared_sources(subject: Subject) -> None:
    """It reads the content map of its level and the declared style layers, and no other."""
    fusion, layout = subject.component(), subject.layout()
    content, style = _maps(subject, picture(2, seed=1)), _maps(subject, picture(2, STYLE_SIZE, seed=2))
    for level, own, sources in _cases(subject):
        fused = fusion(own, sources, level)
        require_close(fusion(content, style, level), fused, f"{level}, given all layers and given the declared ones")
    require(len(layout) > 0, "no level was tried")


def valid_strengths(subject: Subject) -> None:
    """Every strength from 0 to 1 gives options that its own model accepts."""
    spec = _spec(subject)
    for strength in STRENGTHS:
        given = dict(spec.strength(strength))
        unknown = set(given) - set(spec.options.model_fields)
        require(not unknown, f"strength {strength} sets options that it does not have: {', '.join(sorted(unknown))}")
        spec.options.model_validate({**subject.given, **given})


def strength_zero_is_content(subject: Subject) -> None:
    """At strength 0 the content map comes back to the bit."""
    fusion = _at(subject, 0.0)
    for level, content, style in _cases(subject):
        fused = fusion(content, style, level)
        apart = (fused - content[level]).abs().max().item()
        require(torch.equal(fused, content[level]), f"{level} differs from the content by up to {apart:.3g}")


def neutral_to_itself(subject: Subject) -> None:
    """Where *neutral* is declared, a picture fused with itself as its style stays as it is, at every strength."""
    if not _spec(subject).neutral(subject.options):
        raise Skip("it does not declare that a picture is neutral to itself")
    maps = _maps(subject, picture(2, seed=1))
    for strength in STRENGTHS:
        fusion = _at(subject, strength)
        for level in subject.layout():
            fused = fusion({level: maps[level]}, maps, level)
            require_close(fused, maps[level], f"{level} fused with itself at strength {strength}", tolerance=1e-3)


def strength_moves_away(subject: Subject) -> None:
    """More strength never brings the fused map closer to the content; a control stays there at every strength."""
    cases, control = list(_cases(subject)), _control(subject)
    require(control or any(style for _, _, style in cases), "sources() names no style layer for any level")
    ways = []
    for strength in STRENGTHS:
        fusion = _at(subject, strength)
        ways.append([(fusion(content, style, level) - content[level]).norm().item() for level, content, style in cases])
    for at, (level, _, style) in enumerate(cases):
        way = [distances[at] for distances in ways]
        grows = all(later >= sooner * (1 - 1e-4) for sooner, later in pairwise(way))
        shown = f"{level} is {', '.join(f'{distance:.3g}' for distance in way)} away from the content"
        require(grows, f"{shown} at strengths {', '.join(map(str, STRENGTHS))}")
        if style:
            require((way[-1] > 0) != control, f"{shown}; it is {'a' if control else 'no'} control")


def batch_independent(subject: Subject) -> None:
    """A pair's fused map is the same alone and in a batch."""
    fusion = subject.component()
    for level, content, style in _cases(subject, 3):
        together = fusion(content, style, level)
        for index in range(3):
            one = slice(index, index + 1)
            alone = fusion(
                SourceMaps({level: content[level][one]}),
                SourceMaps({name: value[one] for name, value in style.items()}),
                level,
            )
            require_close(together[one], alone, f"{level} of pair {index} in a batch and alone")


def gradient_reaches_style(subject: Subject) -> None:
    """At strength 1 a finite gradient reaches the content map and the style maps."""
    if _control(subject):
        raise Skip("no strength changes it: it is a control, and reads no style")
    fusion = _at(subject, 1.0)
    for level, content, style in _cases(subject):
        if not style:
            continue
        own = content[level].clone().requires_grad_()
        others = {name: value.clone().requires_grad_() for name, value in style.items()}
        fused = fusion({level: own}, others, level)
        (fused * torch.randn_like(fused)).sum().backward()
        if own.grad is not None:
            require_finite(own.grad, f"the gradient with respect to the content map {level}")
        reached = [name for name, value in others.items() if value.grad is not None and bool(value.grad.any())]
        require(bool(reached), f"no gradient reaches the style from {level}")
        for name in reached:
            require_gradient(others[name].grad, f"the style map {name} from {level}")


def parts_make_the_whole(subject: Subject) -> None:
    """Where it can fuse a part of a picture, the parts are those of the whole; or it refuses, with a hint."""
    fusion = subject.component()
    if not hasattr(fusion, "of_parts"):
        raise Skip("it has no method `of_parts`, so it fuses whole pictures only")
    for level, content, style in _cases(subject):
        whole, half = fusion(content, style, level), content[level].shape[-1] // 2
        try:
            fuse = fusion.of_parts(style, {level: mean_std(content[level])})
        except ContractError as refusal:
            require(bool(refusal.hint), "it refuses parts without a hint what to try")
            continue
        parts = [fuse({level: content[level][..., columns]}, level) for columns in (slice(half), slice(half, None))]
        require_close(torch.cat(parts, dim=-1), whole, f"{level} fused in two parts and as a whole")


CHECKS = (
    keeps_content_shape,
    declared_sources,
    valid_strengths,
    strength_zero_is_content,
    neutral_to_itself,
    strength_moves_away,
    batch_independent,
    gradient_reaches_style,
    parts_make_the_whole,
)
