"""Outputs records over the toy components, for losses, scores and metrics."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.outputs import PassOutputs
from gsx.specs.layout import FeatureLayout
from gsx.testing.pictures import picture
from gsx.testing.placing import placed
from gsx.testing.toy import TOY_LAYOUT
from gsx.testing.toy.reference import toy_discriminator, toy_extractor

SIZE = (64, 48)
"""Of the toy pictures here: large enough for an 11 px window and four halvings."""


class DeclaredMaps(dict[str, Tensor]):
    """Maps that say, where a layer is asked for that is not there, that nobody declared it."""

    by = "layers()"
    """What of its spec should have declared it."""

    def __missing__(self, name: str) -> Tensor:
        raise AssertionError(
            f"it reads layer {name!r}, which its spec's {self.by} does not declare ({', '.join(self) or 'none'})"
        )


def toy_outputs(
    count: int = 2,
    *,
    content: Tensor | None = None,
    style: Tensor | None = None,
    stylized: Tensor | None = None,
    mask: Tensor | None = None,
    extractor: FeatureLayout = TOY_LAYOUT,
    layers: Iterable[str] | None = None,
    layout: FeatureLayout | None = None,
    device: str = "cpu",
) -> PassOutputs:
    """A record of a pass through the toy components, without running a generator.

    Args:
        content, style, stylized: pictures; three different toy ones where not given. Gradients reach ``stylized``.
        mask: of the content; a soft one where not given.
        extractor: the layout of the toy extractor.
        layers: hold only these maps; all of its layers where not given.
        layout: what the record says the layout is; the extractor's where not given.
        device: where everything lies.

    Example:
        >>> toy_outputs(3).stylized_maps["pool4"].shape
        torch.Size([3, 5, 16, 12])
    """
    names = tuple(extractor) if layers is None else tuple(layers)

    def extract(image: Tensor) -> FeatureMaps:
        return DeclaredMaps(placed(toy_extractor(extractor), device)(image, names))

    content = (picture(count, SIZE, seed=1) if content is None else content).to(device)
    style = (picture(count, SIZE, seed=2) if style is None else style).to(device)
    stylized = (picture(count, SIZE, seed=3) if stylized is None else stylized).to(device)
    mask = (picture(count, SIZE, seed=4)[:, :1] if mask is None else mask).to(device)
    content_maps = extract(content)
    return PassOutputs(
        content=content,
        style=style,
        stylized=stylized,
        content_maps=content_maps,
        style_maps=extract(style),
        fused=content_maps,
        layout=layout or extractor,
        extract_stylized=extract,
        discriminate=placed(toy_discriminator(), device),
        mask=mask,
    )


def sample(outputs: PassOutputs, index: int, extractor: FeatureLayout = TOY_LAYOUT) -> PassOutputs:
    """One sample of a toy record, as a record of its own."""
    one = slice(index, index + 1)
    return toy_outputs(
        1,
        content=outputs.content[one],
        style=outputs.style[one],
        stylized=outputs.stylized[one],
        mask=None if outputs.mask is None else outputs.mask[one],
        extractor=extractor,
        layers=outputs.content_maps,
        layout=outputs.layout,
    )
