"""One number per coefficient, as a map where coefficients are positions and as rows where they have names."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from gsx.api import ContractError, Explanation, HeatMap, Probe, UnitValue


def require_names(probe: Probe, explainer: str) -> tuple[str, ...]:
    """The names of the unit's coefficients.

    Raises:
        ContractError: it has none.
    """
    if not probe.space.names:
        raise ContractError(
            f"explainer {explainer!r} explains in terms of named parts; this unit has {probe.space.size} positions.",
            hint="Try unit layers or channels, or --explainer occlusion for positions.",
        )
    return probe.space.names


def require_positions(probe: Probe, explainer: str) -> tuple[int, int]:
    """The grid ``(h, w)`` of the unit's coefficients.

    Raises:
        ContractError: they are no positions.
    """
    shape = probe.space.shape
    if len(shape) != 2:
        raise ContractError(
            f"explainer {explainer!r} explains in terms of positions; this unit's coefficients have shape {shape}.",
            hint="Try unit layer or picture, or --explainer ablation for named parts.",
        )
    return shape[0], shape[1]


def rows(
    names: Sequence[str], changes: Tensor, image_changes: Tensor | None = None
) -> tuple[tuple[UnitValue, ...], ...]:
    """Rows by sample.

    Shape:
        changes and image_changes ``(size, N)``, in the names' order.
    """
    images = [None] * changes.numel() if image_changes is None else image_changes.T.flatten().tolist()
    values = zip(list(names) * changes.shape[1], changes.T.flatten().tolist(), images, strict=True)
    found = [UnitValue(name, change, image) for name, change, image in values]
    return tuple(tuple(found[start : start + len(names)]) for start in range(0, len(found), len(names)))


def shown(
    probe: Probe, key: str, found: Tensor, label: str, notes: Sequence[str], provenance: dict[str, object]
) -> Explanation:
    """An explanation whose numbers add up: ``(N, *space.shape)``.

    Raises:
        ContractError: the unit has neither names nor positions.
    """
    if probe.space.names:
        values = rows(probe.space.names, found.flatten(1).T)
        return Explanation(values=values, notes=tuple(notes), provenance=provenance, additive=True)
    require_positions(probe, key)
    heat = HeatMap(found, probe.lies_on, label, adds_up=True)
    return Explanation(maps={key: heat}, notes=tuple(notes), provenance=provenance, additive=True)
