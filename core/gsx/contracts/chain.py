"""The shape table: what flows from image to image, from the specs alone."""

from __future__ import annotations

from dataclasses import dataclass

from gsx.contracts.plan import Parts, Plan
from gsx.errors import ContractError


@dataclass(frozen=True)
class ShapeRow:
    """One stage of the chain: who, what it gives, its shape as text, and who reads it."""

    stage: str
    gives: str
    shape: str
    readers: str = ""


def shape_table(parts: Parts, plan: Plan, content: tuple[int, int], style: tuple[int, int]) -> list[ShapeRow]:
    """Rows from the two pictures to the stylised one.

    Args:
        content, style: ``(height, width)`` in pixels after resizing.

    Raises:
        ContractError: a picture so small, or so elongated, that nothing of it is left at a layer that is read.
    """
    for role, size in (("content", content), ("style", style)):
        _check_size(role, size, parts, plan)
    padded = _pad(content, plan.multiple)
    rows = [
        ShapeRow("content", "image", _shape(3, content)),
        ShapeRow("style", "image", _shape(3, style)),
    ]
    for name in plan.layers:
        layer = plan.layout[name]
        rows.append(
            ShapeRow(
                f"extractor {parts.extractor.name}",
                name,
                f"{_shape(layer.channels, layer.size(padded))}, style {_shape(layer.channels, layer.size(style))}",
                ", ".join(plan.readers[name]),
            )
        )
    for name in plan.levels:
        layer = plan.layout[name]
        rows.append(
            ShapeRow(
                f"fusion {parts.fusion.name}",
                f"fused {name}",
                _shape(layer.channels, layer.size(padded)),
                f"generator '{parts.generator.name}'",
            )
        )
    shown = _shape(3, content)
    if padded != content:
        shown += f" (padded to {padded[0]}×{padded[1]}, cropped back)"
    rows.append(ShapeRow(f"generator {parts.generator.name}", "stylised image", shown))
    if parts.discriminator is not None:
        chosen = parts.discriminator
        grids = chosen.spec.logit_grids(chosen.options, content)
        rows.append(ShapeRow(f"discriminator {chosen.name}", "logits", ", ".join(_shape(1, grid) for grid in grids)))
    return rows


def _check_size(role: str, size: tuple[int, int], parts: Parts, plan: Plan) -> None:
    for name in plan.layers:
        stride = plan.layout[name].stride
        if min(plan.layout[name].size(size)) < 1:
            raise ContractError(
                f"the {role} picture is {size[1]} x {size[0]} pixels after resizing, and nothing of it is left at "
                f"layer {name!r} of extractor {parts.extractor.name!r}, whose stride is {stride}.",
                hint=f"Try --size {-(-max(size) * stride // min(size))} or more, or a less elongated picture.",
            )


def _pad(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    height, width = (-(-side // multiple) * multiple for side in size)
    return height, width


def _shape(channels: int, size: tuple[int, int]) -> str:
    return f"{channels}×{size[0]}×{size[1]}"
