"""From a file, flags and ``--set`` to a validated recipe whose components fit: everything before torch is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gsx.contracts.plan import Plan, make_plan
from gsx.errors import ContractError, RecipeError, WeightsError
from gsx.plugins import installed_catalog
from gsx.recipe import Recipe, resolve
from gsx.recipe.defaults import COMPONENT_SECTIONS, LIST_SECTIONS, defaults, training_defaults
from gsx.recipe.merge import (
    apply_set,
    apply_value,
    choose,
    choose_card,
    choose_list,
    choose_unit,
    cross_scores,
    merge_file,
)
from gsx.recipe.sections import RunSection
from gsx.recipe.shorthand import component_names
from gsx.recipe.toml import read_recipe
from gsx.specs.chosen import Catalog
from gsx.specs.suggest import did_you_mean
from gsx.weights.choose import SHIPPED, fill_generator, find_trained, fitting_checkpoint
from gsx.weights.header import GeneratorHeader

FALLBACK_GENERATOR = "pixels"
"""Needs no training and takes any extractor."""


@dataclass(frozen=True)
class Loaded:
    """A recipe with what was decided on the way to it."""

    recipe: Recipe
    plan: Plan
    notes: tuple[str, ...] = ()
    checkpoint: GeneratorHeader | None = None


def load(
    file: Path | None = None,
    *,
    tables: Mapping[str, Any] | None = None,
    flags: Mapping[str, Any] | None = None,
    sets: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    catalog: Catalog | None = None,
    training: bool = False,
) -> Loaded:
    """Merge, settle ``auto``, validate, and check the contracts.

    Args:
        file: a recipe: TOML, or a run's recipe.json.
        tables: the same as a dict; laid over the file.
        flags: ``section=name`` for components (or the whole section, as a table), a list of names for list sections,
            ``run.size=512`` and the like;
            ``explainer.score`` (several: each explainer with each of them), ``explainer.unit`` and ``explainer.card``
            hold for every explainer.
        sets: ``section.option=value`` texts, after the flags.
        values: ``section.option`` -> value, last: the place of a cell in a benchmark's grid.
        training: the generator is to be trained, so it needs no checkpoint; one that is named is where it begins.

    Raises:
        RecipeError, PluginError, WeightsError, ContractError: with what to do.
    """
    catalog = catalog or installed_catalog()
    raw = training_defaults() if training else defaults()
    if file is not None:
        merge_file(raw, read_recipe(file), source=str(file))
    if tables is not None:
        merge_file(raw, tables, source="recipe")
    for key, value in (flags or {}).items():
        _apply_flag(raw, key, value, catalog)
    for assignment in sets:
        apply_set(raw, assignment)
    for path, value in (values or {}).items():
        apply_value(raw, path, value, said=f"{path} = {value}")
    if training:
        return _training(raw, catalog)
    recipe, note = _settled(raw, catalog)
    notes = (note, _training_only(recipe), _strength_of_one(recipe))
    return _stylising(recipe, tuple(text for text in notes if text))


def _training(raw: dict[str, Any], catalog: Catalog) -> Loaded:
    """A training begins with fresh weights, or with those of the checkpoint that ``generator.weights`` names."""
    weights = raw["generator"].get("weights", "auto")
    if raw["generator"].get("name") == "auto" and weights in (*SHIPPED, "random"):
        raw["generator"]["name"] = training_defaults()["generator"]["name"]
    if weights not in ("auto", "random"):
        fill_generator(raw, catalog)
    recipe = resolve(raw, catalog)
    plan = make_plan(recipe.parts, mask=recipe.input.mask is not None)
    named = getattr(recipe.parts.generator.options, "weights", "auto") not in ("auto", "random")
    return Loaded(recipe, plan, checkpoint=find_trained(recipe.parts, plan.levels) if named else None)


def _settled(raw: dict[str, Any], catalog: Catalog) -> tuple[Recipe, str | None]:
    """The recipe, and what ``generator = auto`` was taken to be: the first trained one that fits, else the fallback."""
    fill_generator(raw, catalog)
    if raw["generator"].get("name") != "auto":
        return resolve(raw, catalog), None
    usual, weights = training_defaults()["generator"]["name"], raw["generator"].get("weights", "auto")
    if weights == "random":
        raw["generator"]["name"] = usual
        return resolve(raw, catalog), f"generator auto: {usual!r}, untrained, because generator.weights is random."
    given = raw["generator"].keys() - {"name", "weights"}
    for name in _with_checkpoints(catalog):
        if given - catalog.find("generator", name).spec.options.model_fields.keys():
            continue  # options of another generator
        trial = {**raw, "generator": {**raw["generator"], "name": name}}
        fill_generator(trial, catalog)
        recipe = resolve(trial, catalog)
        with contextlib.suppress(ContractError):  # other layers, or an explanation that it cannot give
            if fitting_checkpoint(recipe.parts, _levels(recipe)) is not None:
                return (
                    recipe,
                    f"generator auto: {name!r}, trained on this extractor's maps, makes the picture in one pass.",
                )
    if weights == "bundled":
        raise WeightsError(
            "generator.weights is bundled, and no generator comes with a checkpoint that fits this extractor and "
            "these options.",
            hint=f"Leave it out: {FALLBACK_GENERATOR!r} then optimises the image itself.",
        )
    raw["generator"]["name"] = FALLBACK_GENERATOR
    return resolve(raw, catalog), (
        "generator auto: no trained checkpoint fits this extractor and these options, "
        f"so {FALLBACK_GENERATOR!r} optimises the image itself."
    )


def _with_checkpoints(catalog: Catalog) -> list[str]:
    """Generators that come trained, the usual one first."""
    names = {offer.spec.name for offer in catalog.offers("generator") if offer.spec.checkpoints}
    usual = training_defaults()["generator"]["name"]
    return sorted(names, key=lambda name: (name != usual, name))


def _levels(recipe: Recipe) -> tuple[str, ...]:
    return make_plan(recipe.parts, trained_discriminator=True, mask=True).levels


def _stylising(recipe: Recipe, notes: tuple[str, ...] = ()) -> Loaded:
    # What can be explained depends on the checkpoint, so the levels come first, without the explainers.
    levels = make_plan(replace(recipe.parts, explainers=())).levels
    checkpoint = find_trained(recipe.parts, levels) if recipe.parts.generator.spec.trained else None
    judged = checkpoint is not None and checkpoint.discriminator is not None
    plan = make_plan(recipe.parts, trained_discriminator=judged, mask=recipe.input.mask is not None)
    return Loaded(recipe, plan, notes, checkpoint)


def _training_only(recipe: Recipe) -> str | None:
    """What of the recipe has no part in stylising, said rather than passed over."""
    parts = recipe.parts
    named = [
        f"{section} {chosen.name!r}"
        for section, chosen in (
            ("discriminator", parts.discriminator),
            ("adversarial", parts.adversarial),
            *(("loss", loss) for loss in parts.losses),
        )
        if chosen is not None
    ]
    return f"{', '.join(named)}: checked here, but only training uses it." if named else None


def _strength_of_one(recipe: Recipe) -> str | None:
    """A fusion set weaker beside a generator that reads the style itself: half of what the user may have meant."""
    fusion, generator = recipe.parts.fusion, recipe.parts.generator
    if recipe.run.strength is not None or not generator.spec.sees_style(generator.options):
        return None
    given = fusion.options.model_fields_set
    full = fusion.spec.strength(1.0)
    weaker = [name for name, value in full.items() if name in given and getattr(fusion.options, name) != value]
    if not weaker:
        return None
    return (
        f"fusion.{weaker[0]} sets the fusion alone, and generator {generator.name!r} reads the style besides; "
        "--strength sets both."
    )


def _apply_flag(raw: dict[str, Any], key: str, value: Any, catalog: Catalog) -> None:
    if value is None:
        return
    if key == "loss":
        # --loss names one loss and replaces only the role that it has.
        if catalog.find("loss", value).spec.role == "adversarial":
            choose(raw, "adversarial", value)
        elif value not in [entry["name"] for entry in raw["loss"]]:
            raw["loss"].append({"name": value})
    elif key == "explainer.score":
        cross_scores(raw, value)
    elif key == "explainer.unit":
        choose_unit(raw, value)
    elif key == "explainer.card":
        choose_card(raw, value)
    elif isinstance(value, Mapping):
        raw[key] = dict(value)
    elif isinstance(value, (list, tuple)):
        choose_list(raw, key, value)
    elif "." in key:
        section, option = key.split(".")
        raw[section][option] = value
    else:
        choose(raw, key, value)


def load_recipe(recipe: Any = None, *, training: bool = False, **flags: Any) -> Loaded:
    """What :meth:`Pipeline.from_recipe` takes: a Recipe, a TOML path, a dict of tables, and flags as keywords.

    ``set=["generator.iterations=5"]`` is the command line's ``--set``.

    Raises:
        RecipeError: a keyword that is no flag, besides what :func:`load` raises.
    """
    if isinstance(recipe, (Loaded, Recipe)):
        if flags:
            raise RecipeError(f"the recipe is settled already, so {', '.join(flags)} would come too late.")
        return recipe if isinstance(recipe, Loaded) else _stylising(recipe)
    sets = flags.pop("set", ())
    if isinstance(sets, str):
        sets = [sets]
    return load(
        Path(recipe) if isinstance(recipe, (str, Path)) else None,
        tables=recipe if isinstance(recipe, Mapping) else None,
        flags={_flag(key): _names(key, value) for key, value in flags.items()},
        sets=sets,
        training=training,
    )


def _flag(key: str) -> str:
    """The section or option that a keyword means: ``fusion``, or ``size`` for ``run.size``."""
    known = (*COMPONENT_SECTIONS, *LIST_SECTIONS, *RunSection.model_fields, "set")
    if "." not in key and key not in known:
        raise RecipeError(f"there is no flag called {key!r}.", hint=did_you_mean(key, known))
    return f"run.{key}" if key in RunSection.model_fields else key


def _names(key: str, value: Any) -> Any:
    """Component names as the command line takes them: one, several with commas, or ``none``."""
    if key in ("explainer", "metric") and value is not None:
        return component_names([value] if isinstance(value, str) else value)
    if key in (*COMPONENT_SECTIONS, "loss") and value is not None and not isinstance(value, str):
        raise RecipeError(
            f"{key} takes a name, got {value!r}.", hint="Options go into a recipe's tables, or into set=[...]."
        )
    return value
