"""What each kind does, run once on fixed input: the tensors that rules about every kind compare."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gsx.pipeline.adapt import adapt_discriminator
from gsx.specs.kinds import DiscriminatorSpec, ExplainerSpec, LossSpec, UnitSpec
from gsx.specs.layout import FeatureLayout
from gsx.testing.checks.probing import explain_toys, unit_probe
from gsx.testing.checks.reading import metric_pictures
from gsx.testing.checks.sizes import logit_sizes
from gsx.testing.checks.stylising import stylise
from gsx.testing.outputs import toy_outputs
from gsx.testing.pictures import noise, picture
from gsx.testing.placing import placed
from gsx.testing.subject import Subject
from gsx.testing.toy.reference import toy_extractor


def exercise(subject: Subject, component: Any, device: str = "cpu") -> dict[str, Tensor]:
    """Name -> tensor of what the component gives on toy input that lies on a device."""
    spec, layout = subject.spec, subject.layout()
    if spec.kind == "extractor":
        return dict(component(picture(2, (64, 48)).to(device), tuple(subject.spec.layout(subject.options))))  # type: ignore[attr-defined]
    if spec.kind == "fusion":
        return _fused(component, layout, device)
    if spec.kind == "generator":
        return {"stylized": stylise(subject, component, device=device).stylized}
    if isinstance(spec, DiscriminatorSpec):
        image = noise(2, logit_sizes(subject)[0]).to(device)
        logits = adapt_discriminator(component)(image, image.flip(-1))
        return {f"logits[{index}]": scale for index, scale in enumerate(logits)}
    if isinstance(spec, LossSpec) and spec.role == "adversarial":
        real, fake = (
            [torch.randn(2, 1, 5, 4, generator=torch.Generator().manual_seed(seed)).to(device)] for seed in (1, 2)
        )
        return {"discriminator": component.discriminator(real, fake), "generator": component.generator(fake)}
    if spec.kind in ("loss", "score"):
        return {"value": component(toy_outputs(2, extractor=layout, device=device))}
    if spec.kind == "metric":
        component.update(toy_outputs(metric_pictures(spec), extractor=layout, device=device))
        return {name: torch.tensor(value) for name, value in component.compute().items()}
    if isinstance(spec, ExplainerSpec):
        explanation = explain_toys(subject, component)
        values = {
            f"row {row}": torch.tensor([unit.score_change for unit in units])
            for row, units in enumerate(explanation.values)
        }
        return {**{name: heat.values for name, heat in explanation.maps.items()}, **values}
    if isinstance(spec, UnitSpec):
        return _edited(subject, component)
    return {}


def _edited(subject: Subject, unit: Any) -> dict[str, Tensor]:
    """What a unit makes of the toy pipeline's activations where half of each is left."""
    assert isinstance(subject.spec, UnitSpec)
    probe = unit_probe(unit, subject.spec.role(subject.options))
    half = torch.full((2, *probe.space.shape), 0.5)
    return {
        activation.address.path: unit.edit(place, activation.value, torch.zeros_like(activation.value), half)
        for place, activation in enumerate(probe.activations())
    }


def _fused(fusion: Any, layout: FeatureLayout, device: str) -> dict[str, Tensor]:
    extractor = placed(toy_extractor(layout), device)
    content = extractor(picture(2, seed=1).to(device), tuple(layout))
    style = extractor(picture(2, (64, 48), seed=2).to(device), tuple(layout))
    return {level: fusion(content, style, level) for level in layout}
