"""Rules for units."""

from __future__ import annotations

from typing import Any

import torch

from gsx.explaining.probe import PipelineProbe
from gsx.specs.interfaces import Activation
from gsx.specs.kinds import UnitSpec
from gsx.testing.checks.probing import unit_probe
from gsx.testing.compare import require, require_close, require_gradient
from gsx.testing.subject import Subject


def _spec(subject: Subject) -> UnitSpec:
    assert isinstance(subject.spec, UnitSpec)
    return subject.spec


def _probe(subject: Subject) -> tuple[Any, PipelineProbe]:
    unit = subject.component()
    return unit, unit_probe(unit, _spec(subject).role(subject.options))


def _activations(probe: PipelineProbe) -> list[Activation]:
    return list(probe.activations())


def declared_place(subject: Subject) -> None:
    """It edits activations of the declared component and role, at layers that its spec declares."""
    spec, options = _spec(subject), subject.options
    _, probe = _probe(subject)
    addresses = [activation.address for activation in _activations(probe)]
    require(bool(addresses), "it edits nothing")
    role, layers, component = spec.role(options), spec.layers(options, probe.layout), spec.component(options)
    for address in addresses:
        require(
            address.component == component, f"it edits what the {address.component} makes; declared is the {component}"
        )
        require(address.role == role, f"it edits the {address.role} picture's pass; declared is {role}")
        undeclared = address.component == "extractor" and address.path in probe.layout and address.path not in layers
        require(not undeclared, f"it edits layer {address.path!r}, which layers() does not declare")


def declared_size(subject: Subject) -> None:
    """Its space has the declared size, and a name for each coefficient or for none."""
    _, probe = _probe(subject)
    space, declared = probe.space, _spec(subject).size(subject.options, probe.layout)
    require(space.size > 0, f"its space {space.shape} is empty")
    require(declared in (None, space.size), f"declared are {declared} coefficients, its space has {space.size}")
    require(len(space.names) in (0, space.size), f"{space.size} coefficients have {len(space.names)} names")
    require(len(set(space.names)) == len(space.names), "two coefficients have the same name")


def ones_change_nothing(subject: Subject) -> None:
    """With every coefficient 1, activations, score and picture are as without the unit."""
    unit, probe = _probe(subject)
    for place, activation in enumerate(_activations(probe)):
        value, ones = activation.value, torch.ones(2, *probe.space.shape)
        edited = unit.edit(place, value, torch.randn_like(value), ones)
        require_close(edited, value, f"{activation.address.path} with every coefficient 1", tolerance=1e-5)
    evaluation = probe.values(torch.ones(1, *probe.space.shape))
    require_close(evaluation.scores[0], probe.base, "the score with every coefficient 1", tolerance=1e-5)
    if evaluation.image_change is not None:
        change = evaluation.image_change.max().item()
        require(change < 1e-5, f"with every coefficient 1 the picture changes by {change:.3g}")


def zeros_give_baseline(subject: Subject) -> None:
    """With every coefficient 0 what it covers is the baseline's alone; a linear one lies halfway at a half."""
    unit, probe = _probe(subject)
    for place, activation in enumerate(_activations(probe)):
        value, baseline = activation.value, torch.randn_like(activation.value)
        if not _spec(subject).linear:
            _require_overwritten(unit, place, activation, probe)
            continue
        for coefficient in (0.0, 0.5):
            given = torch.full((2, *probe.space.shape), coefficient)
            wanted = baseline + coefficient * (value - baseline)
            edited = unit.edit(place, value, baseline, given)
            require_close(edited, wanted, f"{activation.address.path} with every coefficient {coefficient}")


def _require_overwritten(unit: Any, place: int, activation: Activation, probe: PipelineProbe) -> None:
    """Of a unit that covers a part of the map: what stood in its place before leaves no trace, and the baseline does.

    An activation whose coefficients were all 0 against another baseline differs from it in what the unit covers, and
    in nothing else; so both have to give the same.
    """
    value, path = activation.value, activation.address.path
    first, second = 2 * torch.randn_like(value) + 1, 3 * torch.randn_like(value) - 1
    zeros = torch.zeros(2, *probe.space.shape)
    wanted = unit.edit(place, value, second, zeros)
    replaced = unit.edit(place, value, first, zeros)
    again = unit.edit(place, replaced, second, zeros)
    require_close(again, wanted, f"{path} with every coefficient 0, whatever stood there before")
    require(not torch.allclose(replaced, wanted), f"{path} with every coefficient 0 is the same for every baseline")


def each_coefficient_counts(subject: Subject) -> None:
    """Each coefficient changes some activation, and a gradient reaches it."""
    unit, probe = _probe(subject)
    point = torch.full((2, *probe.space.shape), 0.5, requires_grad=True)
    total = torch.zeros(())
    for place, activation in enumerate(_activations(probe)):
        edited = unit.edit(place, activation.value, torch.randn_like(activation.value), point)
        total = total + (edited * torch.randn_like(edited)).sum()
    total.backward()  # type: ignore[no-untyped-call]
    require_gradient(point.grad, "the coefficients")
    assert point.grad is not None
    idle = int((point.grad == 0).sum())
    require(idle == 0, f"{idle} of {point.numel()} coefficients change nothing")


def samples_apart(subject: Subject) -> None:
    """A sample's coefficients edit that sample alone."""
    unit, probe = _probe(subject)
    for place, activation in enumerate(_activations(probe)):
        value, baseline = activation.value, torch.randn_like(activation.value)
        given = torch.stack([torch.ones(probe.space.shape), torch.zeros(probe.space.shape)])
        edited = unit.edit(place, value, baseline, given)
        require_close(edited[:1], value[:1], "sample 0, whose coefficients are 1")
        alone = unit.edit(place, value[1:], baseline[1:], given[1:])
        require_close(edited[1:], alone, "sample 1, whose coefficients are 0")


CHECKS = (
    declared_place,
    declared_size,
    ones_change_nothing,
    zeros_give_baseline,
    each_coefficient_counts,
    samples_apart,
)
