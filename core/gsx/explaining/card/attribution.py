"""Attribution: the map or the values of an explanation that are on trial."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.specs.explanation import Explanation
from gsx.specs.interfaces import Probe, Skip
from gsx.specs.kinds import Role


@dataclass(frozen=True)
class Attribution:
    """Signed values ``(N, h, w)`` of a map, or ``(N, n)`` of named units.

    Args:
        on: the picture a map lies on; None for values.
        names: of the units; none for a map.
    """

    values: Tensor
    on: Role | None = None
    names: tuple[str, ...] = ()

    @property
    def flat(self) -> Tensor:
        """``(N, n)``."""
        return self.values.flatten(1)

    @property
    def loud(self) -> Tensor:
        """Which samples have anything but zeros, ``(N,)``."""
        return self.flat.any(dim=1)


def attribution(explanation: Explanation, probe: Probe) -> Attribution:
    """What an explanation claims: its values where they are one per unit; else its map, rather one of the score that
    lies on the unit's picture; else its values, whatever they are of.

    Raises:
        Skip: there is neither.
    """
    names = tuple(row.unit for row in explanation.values[0]) if explanation.values else ()
    if explanation.maps and (not names or set(names) != set(probe.space.names)):
        heats = sorted(explanation.maps.values(), key=lambda one: one.quantity != "score")
        heat = next((one for one in heats if one.on == probe.lies_on), heats[0])
        return Attribution(heat.values.detach().to(probe.base), on=heat.on)
    if not names:
        raise Skip("There is neither a map nor a value.")
    return Attribution(_rows(explanation, names).to(probe.base), names=names)


def same_form(again: Explanation, first: Attribution, probe: Probe) -> Tensor:
    """The values of another explanation in the first one's order; zeros where it is null and shows nothing.

    Raises:
        Skip: it is about something else, so that the two cannot be compared.
    """
    if again.null and not again.maps and not again.values:
        return torch.zeros_like(first.values)
    if first.names:
        names = {row.unit for row in again.values[0]} if again.values else set()
        if names != set(first.names):
            raise Skip("Explained again, it names other units.")
        return _rows(again, first.names).to(first.values)
    other = attribution(again, probe)
    if other.values.shape != first.values.shape:
        raise Skip(f"Explained again, its map has shape {tuple(other.values.shape)}, not {tuple(first.values.shape)}.")
    return other.values


def on_unit(found: Attribution, probe: Probe) -> Tensor:
    """One value per coefficient of the probe's unit, ``(N, *space.shape)``: what edits can test.

    A map of another resolution is averaged over areas, or interpolated.

    Raises:
        Skip: values of other units, or a map that does not lie on the unit's picture.
    """
    space = probe.space
    if found.names:
        if set(found.names) != set(space.names) or len(found.names) != space.size:
            raise Skip("Its values are not one for each part of the unit.")
        place = {name: index for index, name in enumerate(found.names)}
        return found.values[:, [place[name] for name in space.names]].reshape(-1, *space.shape)
    if len(space.shape) != 2:
        raise Skip(f"A map says nothing of a unit whose coefficients have shape {space.shape}.")
    if found.on != probe.lies_on:
        on, unit = (one.replace("stylized", "stylised") for one in (found.on or "", probe.lies_on))
        raise Skip(f"The map lies on the {on} picture, and the unit on the {unit} one.")
    if tuple(found.values.shape[-2:]) == space.shape:
        return found.values
    finer = all(own >= wanted for own, wanted in zip(found.values.shape[-2:], space.shape, strict=True))
    return interpolate(found.values[:, None], size=list(space.shape), mode="area" if finer else "bilinear")[:, 0]


def _rows(explanation: Explanation, names: tuple[str, ...]) -> Tensor:
    samples = [{row.unit: row.score_change for row in rows} for rows in explanation.values]
    if any(set(sample) != set(names) for sample in samples):
        raise Skip("Its samples have values of different units.")
    return torch.tensor([[sample[name] for name in names] for sample in samples])
