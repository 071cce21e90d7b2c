"""Rules for generators."""

from __future__ import annotations

import torch

from gsx.errors import ContractError
from gsx.explaining.displaced import TOLERANCE
from gsx.ops.feature_maps import FeatureMaps
from gsx.ops.statistics import Statistics, mean_std
from gsx.pipeline.context import PassContext
from gsx.specs.interfaces import Skip
from gsx.specs.kinds import GeneratorSpec
from gsx.testing.checks.stylising import fitting, scaled_by_style, stylise
from gsx.testing.compare import require, require_close, require_finite, require_gradient, require_shape
from gsx.testing.pictures import noise, picture
from gsx.testing.subject import CANDIDATES, Subject
from gsx.testing.toy import toy_layout


def _spec(subject: Subject) -> GeneratorSpec:
    assert isinstance(subject.spec, GeneratorSpec)
    return subject.spec


def declared_levels(subject: Subject) -> None:
    """For every layout it chooses levels and reads among the layers there are, or refuses with a ContractError."""
    spec, options = _spec(subject), subject.options
    accepted = 0
    for strides in CANDIDATES:
        layout = toy_layout(strides)
        try:
            levels, reads = spec.levels(options, layout), spec.reads(options, layout)
        except ContractError as refusal:
            require(bool(refusal.hint), f"it refuses strides {list(strides)} without a hint what to try")
            continue
        accepted += 1
        require(bool(levels), f"it wants no level of strides {list(strides)}")
        stray = [name for name in (*levels, *reads) if name not in layout]
        require(not stray, f"it wants layers that are not there: {', '.join(stray)}")
        multiple = spec.multiple(options, layout)
        require(isinstance(multiple, int) and multiple >= 1, f"its size multiple is {multiple!r}")
    require(accepted > 0, "it accepts none of the layouts tried")
    require(spec.passes(options) >= 1, f"it declares {spec.passes(options)} passes per picture")


def keeps_size(subject: Subject) -> None:
    """The picture has the content's size: at the declared multiple directly, at odd sizes through padding."""
    for size in (fitting(subject, (64, 48)), fitting(subject, (33, 65)), (50, 37)):
        content = picture(1, size, seed=1)
        made = stylise(subject, subject.component(), content=content, style=picture(1, (40, 56), seed=2)).stylized
        require_shape(made, (1, 3, *size), f"the picture made of one of {size[0]}×{size[1]} px")


def stays_in_range(subject: Subject) -> None:
    """Pixels are finite and in [0, 1], also where the fused maps are far from any picture's."""

    def extreme(content: FeatureMaps, style: FeatureMaps, level: str) -> torch.Tensor:
        return (content[level] - 0.5) * 20

    size = fitting(subject, (48, 40))
    for content, fused in ((picture(2, size), "usual"), (noise(2, size), "extreme")):
        more = {"fuse": extreme} if fused == "extreme" else {}
        made = stylise(subject, subject.component(), content=content, **more).stylized  # type: ignore[arg-type]
        require_finite(made, f"the picture from {fused} maps")
        low, high = made.min().item(), made.max().item()
        require(low >= 0 and high <= 1, f"pixels from {fused} maps lie in [{low:.4g}, {high:.4g}], expected [0, 1]")


def batch_independent(subject: Subject) -> None:
    """A picture is the same alone and in a batch."""
    size = fitting(subject, (48, 40))
    content, style = picture(2, size, seed=1), picture(2, size, seed=2)
    generator = subject.component()
    together = stylise(subject, generator, content=content, style=style).stylized
    tolerance = 0.02 if "iterative" in _spec(subject).traits else 1e-4
    for index in range(2):
        one = slice(index, index + 1)
        alone = stylise(subject, generator, content=content[one], style=style[one]).stylized
        require_close(together[one], alone, f"picture {index} in a batch and alone", tolerance=tolerance)


def declared_gradient(subject: Subject) -> None:
    """Where *differentiable* is declared, finite gradients reach content and style; else the result has none."""
    size = fitting(subject, (48, 40))
    content, style = picture(1, size, seed=1).requires_grad_(), picture(1, size, seed=2).requires_grad_()
    made = stylise(subject, subject.component(), content=content, style=style).stylized
    if "differentiable" not in _spec(subject).traits:
        require(not made.requires_grad, "it does not declare 'differentiable', and its result carries a gradient")
        return
    require(made.requires_grad, "it declares 'differentiable', and its result is cut off from the pictures")
    (made * torch.randn_like(made)).sum().backward()  # type: ignore[no-untyped-call]
    require_gradient(content.grad, "the content")
    require_gradient(style.grad, "the style")


def depends_on_fused_maps(subject: Subject) -> None:
    """Other fused maps make another picture."""

    def inverted(content: FeatureMaps, style: FeatureMaps, level: str) -> torch.Tensor:
        return content[level].mean() * 2 - content[level]

    plain = stylise(subject, subject.component()).stylized
    other = stylise(subject, subject.component(), fuse=inverted).stylized
    require(not torch.allclose(plain, other, atol=1e-6), "the fused maps do not change the picture")


def tileable_is_local(subject: Subject) -> None:
    """Where *tileable* is declared, a pixel does not depend on a corner 250 px away, the statistics given."""
    traits = _spec(subject).traits
    if "tileable" not in traits:
        raise Skip("it does not declare 'tileable', so every pixel may depend on the whole picture")
    require("global_norm" not in traits, "it declares 'tileable' and 'global_norm', which exclude each other")
    size = fitting(subject, (16, 288))
    content = picture(1, size, seed=1)
    other = content.clone()
    other[..., -16:] = 1 - other[..., -16:]
    whole: dict[str, Statistics] = {}

    def given_statistics(context: PassContext) -> None:
        context.whole = whole

    def noted(maps: FeatureMaps, style: FeatureMaps, level: str) -> torch.Tensor:
        fused = scaled_by_style(maps, style, level)
        whole.setdefault(level, mean_std(fused))
        return fused

    first, second = (
        stylise(subject, subject.component(), content=one, fuse=noted, context_ready=given_statistics).stylized[
            ..., :16
        ]
        for one in (content, other)
    )
    require_close(first, second, "the left end of two pictures that differ at the right end", tolerance=1e-6)


def displacements_add_up(subject: Subject) -> None:
    """Where it says what its terms moved, the content and all of them are its picture, alone and in a batch."""
    generator = subject.component()
    says = hasattr(generator, "displacements")
    require(says or "terms" not in _spec(subject).traits, "it declares 'terms' and has no displacements()")
    if not says:
        raise Skip("it does not say what its terms moved")
    size = fitting(subject, (48, 40))
    for count in (1, 2):
        content, seen = picture(count, size, seed=1), list[PassContext]()
        made = stylise(subject, generator, content=content, context_ready=seen.append)
        moved = generator.displacements(made.fused, seen[0].content, seen[0])
        for name, part in moved.items():
            require_shape(part, tuple(content.shape), f"the displacement {name!r}")
            require(not part.requires_grad, f"the displacement {name!r} still carries a gradient")
        off = (content + sum(moved.values()) - made.stylized).abs().max().item()
        require(off <= TOLERANCE, f"content and displacements miss the picture by up to {off:.2g}")


CHECKS = (
    declared_levels,
    keeps_size,
    stays_in_range,
    batch_independent,
    declared_gradient,
    depends_on_fused_maps,
    tileable_is_local,
    displacements_add_up,
)
