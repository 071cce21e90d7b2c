"""Every rule for units and explainers can fail: a mutant of a toy for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from gsx.api import Address, Explanation, HeatMap, Space, Spec, UnitValue
from gsx.testing import checks_for
from gsx.testing.checks import explainer, unit
from gsx.testing.distributions import judge
from gsx.testing.toy import gsx_explainers, gsx_units
from gsx.testing.toy.explainer import ToyExplainer
from gsx.testing.toy.unit import ToyUnit

(EXPLAINER,), (UNIT,) = gsx_explainers(), gsx_units()


def mutant(spec: Any, target: type | None = None, **changes: Any) -> Any:
    return replace(spec, **({"target": f"{__name__}:{target.__name__}"} if target else {}), **changes)


def extractor_of(probe: Any) -> Any:
    """What no explainer should reach for: the network behind the probe."""
    return getattr(probe, "inner", probe)._pipeline.modules["extractor"]


class DeepUnit(ToyUnit):
    def addresses(self, layout: Any) -> list[Address]:
        return [Address("extractor", "pool4", "stylized")]


class UnnamedHalf(ToyUnit):
    def space(self, activations: Any) -> Space:
        space = super().space(activations)
        return Space(space.shape, space.names[:1])


class Leaky(ToyUnit):
    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        return super().edit(place, activation, baseline, coefficients * 0.9)


class ToZero(ToyUnit):
    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        return activation * coefficients[:, :, None, None]


class Traces(ToyUnit):
    """Keeps a tenth of what it replaces."""

    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        return super().edit(place, activation, baseline, 0.1 + 0.9 * coefficients)


class FirstOnly(ToyUnit):
    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        return super().edit(place, activation, baseline, coefficients[:, :1].expand_as(coefficients))


class SharesSamples(ToyUnit):
    def edit(self, place: int, activation: Tensor, baseline: Tensor, coefficients: Tensor) -> Tensor:
        return super().edit(place, activation, baseline, coefficients[:1].expand_as(coefficients))


class WrongShape(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        found = super().explain(probe)
        return replace(found, maps={"gradient": HeatMap(found.maps["gradient"].values[:, None], "stylized", "")})


class Silent(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        super().explain(probe)
        return Explanation()


class LeaksHook(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        extractor_of(probe).stages["pool4"].register_forward_hook(lambda *_: None)
        return super().explain(probe)


class LeaksGlobalHook(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        self.handle = torch.nn.modules.module.register_module_forward_hook(lambda *_: None)
        return super().explain(probe)


class FlipsTraining(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        extractor_of(probe).train()
        return super().explain(probe)


class WantsGradients(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        extractor_of(probe).requires_grad_()
        return super().explain(probe)


class Reseeds(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        torch.manual_seed(0)
        return super().explain(probe)


class PaintsOver(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        getattr(probe, "inner", probe)._outputs.content.add_(0.1)
        return super().explain(probe)


class TidiesOnlyInSuccess(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        network = extractor_of(probe)
        network.train()
        found = super().explain(probe)
        network.eval()
        return found


class TidiesAfterItsOnlyPass(ToyExplainer):
    """Tidies, unless the first thing that it asks for goes wrong."""

    def explain(self, probe: Any) -> Explanation:
        network = extractor_of(probe)
        network.train()
        (activation,) = probe.activations()
        network.eval()
        return Explanation(maps={"gradient": HeatMap(activation.gradient.sum(1), "stylized", "")})


class KeepsErrors(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        try:
            return super().explain(probe)
        except Exception:  # noqa: BLE001 - what it must not do
            return Explanation(null=True, null_reason="something went wrong")


class StopsGradients(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        torch.set_grad_enabled(False)
        return super().explain(probe)


class SharesScale(ToyExplainer):
    """Scales its maps by the largest of the batch."""

    def explain(self, probe: Any) -> Explanation:
        found = super().explain(probe)
        heat = found.maps["gradient"].values
        return replace(found, maps={"gradient": HeatMap(heat / heat.abs().max().clamp_min(1e-9), "stylized", "")})


class Invents(ToyExplainer):
    """Shows the activation's own pattern, whatever the score is."""

    def explain(self, probe: Any) -> Explanation:
        heat = probe.activations()[0].value.mean(1)
        return Explanation(maps={"pattern": HeatMap(heat - heat.mean((1, 2), keepdim=True), "stylized", "")})


class WantsRegion(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        assert probe.mask is not None, "no region is marked"
        return super().explain(probe)


class Evaluates(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        size = probe.space.size
        changes = probe.base - probe.values((1 - torch.eye(size)).repeat(2, 1)).scores[:size]
        return Explanation(
            values=tuple(
                tuple(UnitValue(name, value) for name, value in zip(probe.space.names, row, strict=True))
                for row in changes.T.tolist()
            )
        )


class Misnames(ToyExplainer):
    """Gives each channel the value of its neighbour."""

    def explain(self, probe: Any) -> Explanation:
        found = super().explain(probe)
        turned = [
            tuple(UnitValue(row[index - 1].unit, row[index].score_change) for index in range(len(row)))
            for row in found.values
        ]
        return replace(found, values=tuple(turned))


def heat_of(probe: Any) -> Tensor:
    (activation,) = probe.activations()
    return (activation.gradient * activation.value).sum(1)


class Mirrors(ToyExplainer):
    """Its map is upside down."""

    def explain(self, probe: Any) -> Explanation:
        return Explanation(maps={"mirrored": HeatMap(heat_of(probe).flip(-2), "stylized", "")})


class Negates(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        return Explanation(maps={"negated": HeatMap(-heat_of(probe), "stylized", "")})


class NegatesValues(ToyExplainer):
    def explain(self, probe: Any) -> Explanation:
        found = super().explain(probe)
        rows = [tuple(replace(value, score_change=-value.score_change) for value in row) for row in found.values]
        return replace(found, values=tuple(rows))


class Levels(ToyExplainer):
    """The same value everywhere."""

    def explain(self, probe: Any) -> Explanation:
        heat = heat_of(probe)
        return Explanation(maps={"level": HeatMap(torch.ones_like(heat), "stylized", "")})


class Bands(ToyExplainer):
    """Honest: one value for each row of the map, so that its largest lies at many places, one of them in the spot."""

    def explain(self, probe: Any) -> Explanation:
        heat = heat_of(probe)
        return Explanation(maps={"bands": HeatMap(heat.sum(2, keepdim=True).expand_as(heat), "stylized", "")})


class Overhears(ToyExplainer):
    """Gives every channel a share of the largest."""

    def explain(self, probe: Any) -> Explanation:
        found = super().explain(probe)
        return replace(
            found,
            values=tuple(
                tuple(UnitValue(value.unit, value.score_change + 0.1 * row[0].score_change) for value in row)
                for row in found.values
            ),
        )


CASES = [
    (mutant(UNIT, role=lambda options: "style"), "declared_place", "the stylized picture's pass; declared is style"),
    (mutant(UNIT, component=lambda options: "fusion"), "declared_place", "the extractor makes; declared is the fusion"),
    (mutant(UNIT, DeepUnit), "declared_place", "it edits layer 'pool4', which"),
    (mutant(UNIT, size=lambda options, layout: 7), "declared_size", "declared are 7 coefficients, its space has 3"),
    (mutant(UNIT, UnnamedHalf), "declared_size", "3 coefficients have 1 names"),
    (mutant(UNIT, Leaky), "ones_change_nothing", "pool1 with every coefficient 1"),
    (mutant(UNIT, ToZero), "zeros_give_baseline", "pool1 with every coefficient 0.0"),
    (mutant(UNIT, Traces, linear=False), "zeros_give_baseline", "pool1 .* whatever stood there before"),
    (mutant(UNIT, ToZero, linear=False), "zeros_give_baseline", "the same for every baseline"),
    (mutant(UNIT, FirstOnly), "each_coefficient_counts", "4 of 6 coefficients change nothing"),
    (mutant(UNIT, SharesSamples), "samples_apart", "sample 1, whose coefficients are 0"),
    (mutant(EXPLAINER, score="no-such-score"), "defaults_exist", "no score is called 'no-such-score'"),
    (mutant(EXPLAINER, units=("layers",)), "defaults_exist", "not among its units"),
    (
        mutant(EXPLAINER, score="change", unit="layer"),
        "defaults_exist",
        "do not go together: score 'change' reads the stylised picture itself, and unit 'layer' edits maps",
    ),
    (mutant(EXPLAINER, WrongShape), "well_formed_explanation", r"expected \(1, h, w\)"),
    (mutant(EXPLAINER, WantsRegion), "well_formed_explanation", "no region is marked"),
    (mutant(EXPLAINER, Silent), "well_formed_explanation", "neither maps nor values nor null"),
    (mutant(EXPLAINER, LeaksHook), "leaves_nothing_behind", "hooks on extractor.stages.pool4"),
    (mutant(EXPLAINER, LeaksGlobalHook), "leaves_nothing_behind", "global module hooks"),
    (mutant(EXPLAINER, FlipsTraining), "leaves_nothing_behind", "training mode of extractor"),
    (mutant(EXPLAINER, WantsGradients), "leaves_nothing_behind", "requires_grad of extractor.stages"),
    (mutant(EXPLAINER, Reseeds), "leaves_nothing_behind", "the random state of torch"),
    (mutant(EXPLAINER, PaintsOver), "leaves_nothing_behind", "values of content"),
    (mutant(EXPLAINER, TidiesAfterItsOnlyPass), "leaves_nothing_behind_on_error", "after an error .* training mode"),
    (mutant(EXPLAINER, KeepsErrors), "leaves_nothing_behind_on_error", "keeps it to itself"),
    (mutant(EXPLAINER, TidiesOnlyInSuccess), "leaves_nothing_behind_on_error", "after an error .* training mode"),
    (mutant(EXPLAINER, SharesScale), "batch_independent", "map 'gradient' in a batch and alone"),
    (mutant(EXPLAINER, Invents), "finds_nothing_in_a_constant", "shows signal in pattern"),
    (mutant(EXPLAINER, Evaluates), "declared_evaluations", "asks for 6 rows and gradients; declared are 2"),
    (
        mutant(EXPLAINER, Evaluates, method="perturbation", evaluations=lambda options, size: size),
        "declared_evaluations",
        "asks for 6 rows and gradients; declared are 3",
    ),
    (
        mutant(EXPLAINER, evaluations=lambda options, size: None),
        "declared_evaluations",
        "no number of evaluations for a unit of size 3",
    ),
    (
        mutant(EXPLAINER, Misnames),
        "finds_a_planted_signal",
        r"largest value is that of pool1\[2\]; .* pool1\[0\] alone",
    ),
    (mutant(EXPLAINER, Overhears), "finds_a_planted_signal", r"gives pool1\[1\], pool1\[2\] a value, which"),
    (mutant(EXPLAINER, NegatesValues), "finds_a_planted_signal", "what raises the score has a positive value"),
    (mutant(EXPLAINER, Mirrors, unit="layer"), "finds_a_planted_signal", "map 'mirrored' is largest at row"),
    (mutant(EXPLAINER, Negates, unit="layer"), "finds_a_planted_signal", "map 'negated' is negative at the spot"),
    (mutant(EXPLAINER, Levels, unit="layer"), "finds_a_planted_signal", "map 'level' is the same everywhere"),
]


@pytest.fixture(autouse=True)
def _no_global_hooks_afterwards():
    hooks = torch.nn.modules.module._global_forward_hooks
    before = dict(hooks)
    yield
    hooks.clear()
    hooks.update(before)


@pytest.mark.parametrize(
    ("spec", "check", "message"), CASES, ids=[f"{spec.target.split(':')[-1]}-{check}" for spec, check, _ in CASES]
)
def test_a_mutant_breaks_it(spec: Spec, check: str, message: str, breaks: Callable[[Spec, str, str], None]):
    breaks(spec, check, message)


@pytest.mark.parametrize("explainer", [Reseeds, StopsGradients])
def test_one_check_hides_nothing_from_the_next(explainer: type):
    """What stays changed after the first check was no change in the second."""
    # A class of this file is no plugin's: its module cannot be imported by itself.
    checks = [one for one in checks_for(mutant(EXPLAINER, explainer)) if one.name != "torch_free_listing"]
    failed = {one.check for one in judge(checks, {}) if one.outcome == "FAIL"}
    assert failed == {"leaves_state_alone", "leaves_nothing_behind", "leaves_nothing_behind_on_error"}
    assert torch.is_grad_enabled()


def test_a_map_of_bands_finds_the_planted_signal():
    (check,) = (
        one for one in checks_for(mutant(EXPLAINER, Bands, unit="layer")) if one.name == "finds_a_planted_signal"
    )
    check()


def test_every_rule_has_a_mutant():
    for kind, module in (("unit", unit), ("explainer", explainer)):
        broken = {check for spec, check, _ in CASES if spec.kind == kind}
        assert broken == {function.__name__ for function in module.CHECKS}
