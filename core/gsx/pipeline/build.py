"""From a recipe to a pipeline with its weights loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gsx.images.resize import Padding
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.blame import blamed, check_maps, create
from gsx.pipeline.checkpoint import load_checkpoint
from gsx.pipeline.context import PassContext
from gsx.pipeline.device import pick_device
from gsx.pipeline.fitting import fit_fusion
from gsx.pipeline.load import Loaded
from gsx.pipeline.pipeline import Pipeline
from gsx.specs.kinds import Role
from gsx.weights.choose import check_fits, map_options
from gsx.weights.files import WeightsFile, load_into, open_weights
from gsx.weights.source import extractor_weights


class BuiltPipeline(Pipeline):
    """A pipeline made from a recipe: it knows its plan, its weights and what was fitted, and whom to blame."""

    loaded: Loaded
    weights: Mapping[str, WeightsFile]
    fit_key: str | None

    def extract(self, image: Tensor, layers: Sequence[str], role: Role | None = None) -> FeatureMaps:
        """As a Pipeline's; what the extractor does wrong names it."""
        extractor = self.loaded.recipe.parts.extractor
        with blamed(extractor):
            maps = super().extract(image, layers, role)
        check_maps(maps, layers, self.layout, extractor)
        return maps

    def fuse(self, content: FeatureMaps, style: FeatureMaps) -> FeatureMaps:
        """As a Pipeline's; what the fusion does wrong names it."""
        fusion = self.loaded.recipe.parts.fusion
        with blamed(fusion):
            fused = super().fuse(content, style)
        check_maps(fused, self.levels, self.layout, fusion)
        return fused

    def generate(self, fused: FeatureMaps, content: Tensor, context: PassContext, padding: Padding) -> Tensor:
        """As a Pipeline's; what the generator does wrong names it."""
        with blamed(self.loaded.recipe.parts.generator):
            return super().generate(fused, content, context, padding)

    def weight_hashes(self) -> dict[str, str]:
        """Section -> sha256 of the weights it runs with, for the fingerprint."""
        return {section: file.sha256 for section, file in self.weights.items()}


@torch.inference_mode(False)  # a caller's: weights that are made in it are refused by every gradient
def build_pipeline(loaded: Loaded, *, device: torch.device | None = None) -> BuiltPipeline:
    """Create the components, load their weights and fit what has to be fitted.

    Raises:
        WeightsError, DeviceError, PluginError: weights, a device or a component that cannot be had.
    """
    recipe, plan = loaded.recipe, loaded.plan
    parts, run = recipe.parts, recipe.run
    device = device or pick_device(run.device)
    file = extractor_weights(parts.extractor)
    # Random weights follow run.seed and leave the caller's random state alone.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        extractor = create(parts.extractor, dict(file.metadata) if file else {})
        generator = create(parts.generator, plan.layout.select(plan.levels))
    weights: dict[str, WeightsFile] = {}
    if file is not None:
        weights["extractor"] = file
        load_into(extractor, file, who=f"extractor {parts.extractor.name!r}")
    discriminator = None
    if loaded.checkpoint is not None:
        check_fits(loaded.checkpoint, plan.levels, file.sha256 if file else None, map_options(parts.extractor))
        header = loaded.checkpoint
        weights["generator"] = open_weights(header.path, weights_id=header.id, expected_sha256=header.sha256)
        discriminator = load_checkpoint(loaded.checkpoint, weights["generator"], generator, parts.generator.name)
    fusion = create(parts.fusion)
    for module in (extractor, generator, discriminator):
        if isinstance(module, nn.Module):
            # channels_last: 14 % faster at 256 and 512 px on a CPU, with gradients and without.
            module.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)  # type: ignore[call-overload]
    fit_key = fit_fusion(
        fusion, parts.fusion, extractor, plan.levels, plan.layers, device, map_options(parts.extractor)
    )
    traits = parts.generator.spec.traits
    if not parts.extractor.spec.local(parts.extractor.options):
        traits -= {"tileable"}  # maps that depend on the whole picture would be others in each tile
    pipeline = BuiltPipeline(
        extractor,
        fusion,
        generator,
        discriminator,
        layout=plan.layout,
        levels=plan.levels,
        layers=plan.layers,
        multiple=plan.multiple,
        traits=traits,
        strength=1.0 if run.strength is None else run.strength,
        seed=run.seed,
        device=device,
        passes=parts.generator.spec.passes(parts.generator.options),
    )
    pipeline.loaded, pipeline.fit_key = loaded, fit_key
    pipeline.weights = weights
    return pipeline
