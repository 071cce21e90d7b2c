"""Subject: the component under test, and how each kind is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gsx.errors import ContractError
from gsx.specs.kinds import ExtractorSpec, FusionSpec, GeneratorSpec, Spec, no_layers
from gsx.specs.layout import FeatureLayout

CANDIDATES = ((1, 2, 4, 8, 16), (4, 8, 16, 32), (2, 4, 8), (8,), (1,))
"""Strides of the layouts that a component is offered, in this order, until it accepts one."""

KNOWN_NAMES = (
    ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    ("layer1", "layer2", "layer3", "layer4"),
)
"""The layers of VGG and of ResNet, for components whose defaults name them."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A spec with the options that it is tested with."""

    spec: Spec
    given: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        inside = ",".join(f"{key}={value}" for key, value in self.given.items())
        return f"{self.spec.kind} {self.spec.name!r}" + (f" [{inside}]" if inside else "")

    @property
    def options(self) -> Any:
        return self.spec.options.model_validate(dict(self.given))

    def layout(self) -> FeatureLayout:
        """The toy layout to test it on: the first that it accepts.

        Raises:
            AssertionError: it refuses all.
        """
        from gsx.testing.toy import toy_layout

        wants: Callable[[Any, FeatureLayout], tuple[str, ...]] = getattr(
            self.spec, "levels", getattr(self.spec, "layers", no_layers)
        )
        refusals = []
        for strides in CANDIDATES:
            for names in (None, *(known[: len(strides)] for known in KNOWN_NAMES if len(known) >= len(strides))):
                layout = toy_layout(strides, names)
                try:
                    wanted = wants(self.options, layout)
                    if wanted:
                        layout.select(wanted, who="it")
                except ContractError as error:
                    refusals.append(error.message)
                else:
                    return layout
        told = " ".join(dict.fromkeys(refusals))
        raise AssertionError(f"it accepts none of the {len(refusals)} layouts tried (strides {CANDIDATES}): {told}")

    def fresh(self, seed: int = 0, device: str = "cpu") -> Any:
        """A new component, its random weights drawn from ``seed``; a module comes in evaluation mode and frozen."""
        import torch
        from torch import nn

        from gsx.testing.placing import placed

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            component = self._create(device)
        if isinstance(component, nn.Module):
            if device != "cpu":
                placed(component, device)
            component.eval().requires_grad_(False)
        return component

    def component(self) -> Any:
        """The component of seed 0, kept until another subject is built: checks share it."""
        if not _last or _last[0][0] is not self:
            _last[:] = [(self, self.fresh())]
        return _last[0][1]

    def _create(self, device: str) -> Any:
        create, options = self.spec.load(), self.options
        if isinstance(self.spec, ExtractorSpec):
            return create(options, {})
        if isinstance(self.spec, GeneratorSpec):
            layout = self.layout()
            return create(options, layout.select(self.spec.levels(options, layout)))
        component = create(options)
        if isinstance(self.spec, FusionSpec) and hasattr(component, "fit"):
            from gsx.testing.toy.reference import reference_maps

            layout = self.layout()
            fit = component.fit(reference_maps(layout), tuple(layout))
            component.load_fit({name: tensor.to(device) for name, tensor in fit.items()})
        return component


_last: list[tuple[Subject, Any]] = []
"""The last component built, with its subject: at most one, for components can be large."""
