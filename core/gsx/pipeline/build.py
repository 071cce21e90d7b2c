"""From a recipe to a pipeline with its weights loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gsx.contracts.plan import Plan, make_plan
from gsx.pipeline.device import pick_device
from gsx.pipeline.fitting import fit_fusion
from gsx.pipeline.pipeline import Pipeline
from gsx.plugins import installed_catalog
from gsx.recipe import Recipe, resolve
from gsx.recipe.defaults import defaults
from gsx.recipe.merge import apply_set, choose, choose_list, merge_file
from gsx.recipe.toml import read_toml
from gsx.specs.chosen import Catalog
from gsx.weights.choose import check_trained, settle_generator
from gsx.weights.files import WeightsFile, load_into
from gsx.weights.source import extractor_weights


@dataclass(frozen=True)
class Loaded:
    """A recipe with what was decided on the way to it."""

    recipe: Recipe
    plan: Plan
    notes: tuple[str, ...] = ()


def load(
    file: Path | None = None, *, tables: Mapping[str, Any] | None = None, flags: Mapping[str, Any] | None = None,
    sets: Sequence[str] = (), catalog: Catalog | None = None,
) -> Loaded:
    """Merge, settle ``auto``, validate, and check the contracts.

    Args:
        file: a TOML recipe.
        tables: the same as a dict; laid over the file.
        flags: ``section=name`` for components, a list of names for list sections, ``run.size=512`` and the like.
        sets: ``section.option=value`` texts, last.

    Raises:
        RecipeError, PluginError, WeightsError, ContractError: with what to do.
    """
    catalog = catalog or installed_catalog()
    raw = defaults()
    if file is not None:
        merge_file(raw, read_toml(file), source=str(file))
    if tables is not None:
        merge_file(raw, tables, source="recipe")
    for key, value in (flags or {}).items():
        _apply_flag(raw, key, value, catalog)
    for assignment in sets:
        apply_set(raw, assignment)
    note = settle_generator(raw)
    recipe = resolve(raw, catalog)
    check_trained(recipe.parts.generator)
    notes = (note, _training_only(recipe))
    return Loaded(recipe, make_plan(recipe.parts), tuple(text for text in notes if text))


def _training_only(recipe: Recipe) -> str | None:
    """What of the recipe has no part in stylising, said rather than passed over."""
    parts = recipe.parts
    named = [
        f"{section} {chosen.name!r}"
        for section, chosen in (("discriminator", parts.discriminator), ("adversarial", parts.adversarial),
                                *(("loss", loss) for loss in parts.losses))
        if chosen is not None
    ]
    return f"{', '.join(named)}: checked here, but only training uses it." if named else None


def _apply_flag(raw: dict[str, Any], key: str, value: Any, catalog: Catalog) -> None:
    if value is None:
        return
    if key == "loss":
        # --loss names one loss and replaces only the role that it has.
        if catalog.find("loss", value).spec.role == "adversarial":
            choose(raw, "adversarial", value)
        elif value not in [entry["name"] for entry in raw["loss"]]:
            raw["loss"].append({"name": value})
    elif isinstance(value, (list, tuple)):
        choose_list(raw, key, value)
    elif "." in key:
        section, option = key.split(".")
        raw[section][option] = value
    else:
        choose(raw, key, value)


def load_recipe(recipe: Any = None, **flags: Any) -> Loaded:
    """What :meth:`Pipeline.from_recipe` takes: a Recipe, a TOML path, a dict of tables, and flags as keywords."""
    if isinstance(recipe, Loaded):
        return recipe
    if isinstance(recipe, Recipe):
        return Loaded(recipe, make_plan(recipe.parts))
    names = {key if key in ("extractor", "fusion", "generator", "discriminator", "explainer", "metric", "loss",
                            "adversarial") else f"run.{key}": value for key, value in flags.items()}
    for key in ("explainer", "metric"):
        if isinstance(names.get(key), str):
            names[key] = [names[key]]
    file = Path(recipe) if isinstance(recipe, (str, Path)) else None
    return load(file, tables=recipe if isinstance(recipe, Mapping) else None, flags=names)


class BuiltPipeline(Pipeline):
    """A pipeline made from a recipe: it knows its plan, its weights and what was fitted."""

    loaded: Loaded
    weights: Mapping[str, WeightsFile]
    fit_key: str | None

    def weight_hashes(self) -> dict[str, str]:
        """Section -> sha256 of the weights it runs with, for the fingerprint."""
        return {section: file.sha256 for section, file in self.weights.items()}


def build_pipeline(loaded: Loaded, *, fusion: Any = None, device: torch.device | None = None) -> BuiltPipeline:
    """Create the components, load their weights and fit what has to be fitted.

    Args:
        fusion: replaces the recipe's fusion (a component), for controls.
    """
    recipe, plan = loaded.recipe, loaded.plan
    parts, run = recipe.parts, recipe.run
    device = device or pick_device(run.device)
    file = extractor_weights(parts.extractor)
    extractor_class, generator_class = parts.extractor.spec.load(), parts.generator.spec.load()
    # Random weights follow run.seed and leave the caller's random state alone.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)
        extractor = extractor_class(parts.extractor.options, dict(file.metadata) if file else {})
        generator = generator_class(parts.generator.options, plan.layout.select(plan.levels))
    if file is not None:
        load_into(extractor, file, who=f"extractor {parts.extractor.name!r}")
    fusion = fusion or parts.fusion.spec.load()(parts.fusion.options)
    for module in (extractor, generator):
        if isinstance(module, nn.Module):
            module.to(device).eval().requires_grad_(False)
    fit_key = fit_fusion(fusion, extractor, extractor, plan.levels, plan.layers, device)
    pipeline = BuiltPipeline(
        extractor, fusion, generator, layout=plan.layout, levels=plan.levels, layers=plan.layers,
        multiple=plan.multiple, traits=parts.generator.spec.traits,
        strength=1.0 if run.strength is None else run.strength, seed=run.seed, device=device,
    )
    pipeline.loaded, pipeline.fit_key = loaded, fit_key
    pipeline.weights = {"extractor": file} if file is not None else {}
    return pipeline
