"""Teacher and student: chosen by name, checked against each other, built with their weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from gsx.errors import ContractError, WeightsError
from gsx.pipeline.blame import create
from gsx.recipe.validate import validate
from gsx.specs.chosen import Catalog, Chosen
from gsx.specs.kinds import ExtractorSpec
from gsx.specs.layout import FeatureLayout
from gsx.weights.files import WeightsFile, load_into
from gsx.weights.source import extractor_weights


@runtime_checkable
class Exportable(Protocol):
    """A student that ships something else than its training state: batch norms folded, fewer bits.

    The tensors and the strings for the header have to build the same network again through
    ``Class(options, metadata)`` and a strict load.
    """

    def export(self) -> tuple[dict[str, Tensor], dict[str, str]]: ...


def choose_extractor(name: str, settings: Mapping[str, Any], catalog: Catalog, *, who: str) -> Chosen[ExtractorSpec]:
    """The extractor of that name with validated options; ``who`` (teacher, student) is named in errors.

    Raises:
        RecipeError, PluginError: unknown component or option, value out of range, broken plugin.
    """
    offer = catalog.find("extractor", name)
    options = validate(offer.spec.options, settings, where=who)
    return Chosen(offer.spec, options, offer.distribution, offer.version, name)


def common_layout(teacher: Chosen[ExtractorSpec], student: Chosen[ExtractorSpec]) -> FeatureLayout:
    """The layout that both have.

    Raises:
        ContractError: they differ in names, order, channels or strides; every difference is named.
    """
    layouts = {}
    for who, chosen in (("teacher", teacher), ("student", student)):
        layout = chosen.spec.layout(chosen.options)
        layers = getattr(chosen.options, "layers", None)
        layouts[who] = layout.select(layers, who=f"{who}.layers") if layers else layout
    theirs, ours = layouts["teacher"], layouts["student"]
    differences = [
        f"{name}: teacher {_shown(theirs.get(name))}, student {_shown(ours.get(name))}"
        for name in dict.fromkeys([*theirs, *ours])
        if theirs.get(name) != ours.get(name)
    ]
    if not differences and list(theirs) != list(ours):
        differences = [f"order: teacher {', '.join(theirs)}; student {', '.join(ours)}"]
    if differences:
        raise ContractError(
            f"student {student.name!r} cannot follow teacher {teacher.name!r}: their layouts differ.\n  "
            + "\n  ".join(differences),
            hint="Choose two extractors of one layout, or restrict both: --set teacher.layers=[...] "
            "--set student.layers=[...].",
        )
    return ours


def _shown(layer: Any) -> str:
    return "has no such layer" if layer is None else f"{layer.channels} channels at stride {layer.stride}"


def build_extractor(
    chosen: Chosen[ExtractorSpec], device: torch.device, *, seed: int, who: str
) -> tuple[nn.Module, WeightsFile | None]:
    """The network with its weights, and their file; random ones follow ``seed``.

    Raises:
        WeightsError: the weights are not here or do not fit; or the component has no parameters to train or copy.
    """
    file = extractor_weights(chosen)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = create(chosen, dict(file.metadata) if file else {})
    if not isinstance(module, nn.Module):
        raise WeightsError(f"{who} {chosen.name!r} is no torch module, so it has nothing to distil.")
    if file is not None:
        load_into(module, file, who=f"{who} {chosen.name!r}")
    return module.to(device), file


def exported(module: nn.Module) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What to ship of a trained student: its own export, or its state as it is."""
    if isinstance(module, Exportable):
        return module.export()
    return {key: value.detach().cpu().contiguous().clone() for key, value in module.state_dict().items()}, {}


def rebuilt(chosen: Chosen[ExtractorSpec], tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> nn.Module:
    """The network that a user gets from an exported file, in evaluation mode, on the CPU."""
    with torch.random.fork_rng(devices=[]):
        module: nn.Module = create(chosen, dict(metadata))
    module.load_state_dict(dict(tensors))
    return module.eval().requires_grad_(False).to(memory_format=torch.channels_last)
