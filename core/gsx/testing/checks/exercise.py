"""What each kind does, run once on fixed input: the tensors that rules about every kind compare."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gsx.pipeline.adapt import adapt_discriminator
from gsx.specs.kinds import DiscriminatorSpec, ExplainerSpec, LossSpec
from gsx.specs.layout import FeatureLayout
from gsx.testing.checks.probing import explain_toys
from gsx.testing.checks.reading import metric_pictures
from gsx.testing.checks.sizes import logit_sizes
from gsx.testing.checks.stylising import stylise
from gsx.testing.outputs import toy_outputs
from gsx.testing.pictures import noise, picture
from gsx.testing.subject import Subject
from gsx.testing.toy.reference import toy_extractor


def exercise(subject: Subject, component: Any) -> dict[str, Tensor]:
    """Name -> tensor of what the component gives on toy input."""
    spec, layout = subject.spec, subject.layout()
    if spec.kind == "extractor":
        return dict(component(picture(2, (64, 48)), tuple(subject.spec.layout(subject.options))))  # type: ignore[attr-defined]
    if spec.kind == "fusion":
        return _fused(component, layout)
    if spec.kind == "generator":
        return {"stylized": stylise(subject, component).stylized}
    if isinstance(spec, DiscriminatorSpec):
        image = noise(2, logit_sizes(subject)[0])
        logits = adapt_discriminator(component)(image, image.flip(-1))
        return {f"logits[{index}]": scale for index, scale in enumerate(logits)}
    if isinstance(spec, LossSpec) and spec.role == "adversarial":
        real, fake = ([torch.randn(2, 1, 5, 4, generator=torch.Generator().manual_seed(seed))] for seed in (1, 2))
        return {"discriminator": component.discriminator(real, fake), "generator": component.generator(fake)}
    if spec.kind in ("loss", "score"):
        return {"value": component(toy_outputs(2, extractor=layout))}
    if spec.kind == "metric":
        component.update(toy_outputs(metric_pictures(spec), extractor=layout))
        return {name: torch.tensor(value) for name, value in component.compute().items()}
    if isinstance(spec, ExplainerSpec):
        explanation = explain_toys(subject, component)
        values = {
            f"row {row}": torch.tensor([unit.score_change for unit in units])
            for row, units in enumerate(explanation.values)
        }
        return {**{name: heat.values for name, heat in explanation.maps.items()}, **values}
    return {}


def _fused(fusion: Any, layout: FeatureLayout) -> dict[str, Tensor]:
    extractor = toy_extractor(layout)
    content = extractor(picture(2, seed=1), tuple(layout))
    style = extractor(picture(2, (64, 48), seed=2), tuple(layout))
    return {level: fusion(content, style, level) for level in layout}
