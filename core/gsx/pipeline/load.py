"""From a file, flags and ``--set`` to a validated recipe whose components fit: everything before torch is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gsx.contracts.plan import Plan, make_plan
from gsx.plugins import installed_catalog
from gsx.recipe import Recipe, resolve
from gsx.recipe.defaults import COMPONENT_SECTIONS, LIST_SECTIONS, defaults, training_defaults
from gsx.recipe.merge import apply_set, choose, choose_list, merge_file
from gsx.recipe.toml import read_toml
from gsx.specs.chosen import Catalog
from gsx.weights.choose import check_trained, settle_generator
from gsx.weights.header import GeneratorHeader


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
    catalog: Catalog | None = None,
    training: bool = False,
) -> Loaded:
    """Merge, settle ``auto``, validate, and check the contracts.

    Args:
        file: a TOML recipe.
        tables: the same as a dict; laid over the file.
        flags: ``section=name`` for components, a list of names for list sections, ``run.size=512`` and the like.
        sets: ``section.option=value`` texts, last.
        training: the generator is to be trained, so it needs no checkpoint.

    Raises:
        RecipeError, PluginError, WeightsError, ContractError: with what to do.
    """
    catalog = catalog or installed_catalog()
    raw = training_defaults() if training else defaults()
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
    if training:
        return Loaded(recipe, make_plan(recipe.parts))
    notes = (note, _training_only(recipe), _strength_of_one(recipe))
    return _stylising(recipe, tuple(text for text in notes if text))


def _stylising(recipe: Recipe, notes: tuple[str, ...] = ()) -> Loaded:
    checkpoint = check_trained(recipe.parts.generator)
    judged = checkpoint is not None and checkpoint.discriminator is not None
    return Loaded(recipe, make_plan(recipe.parts, trained_discriminator=judged), notes, checkpoint)


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
    elif isinstance(value, (list, tuple)):
        choose_list(raw, key, value)
    elif "." in key:
        section, option = key.split(".")
        raw[section][option] = value
    else:
        choose(raw, key, value)


def load_recipe(recipe: Any = None, *, training: bool = False, **flags: Any) -> Loaded:
    """What :meth:`Pipeline.from_recipe` takes: a Recipe, a TOML path, a dict of tables, and flags as keywords."""
    if isinstance(recipe, Loaded):
        return recipe
    if isinstance(recipe, Recipe):
        return _stylising(recipe)
    sections = (*COMPONENT_SECTIONS, *LIST_SECTIONS)
    names = {key if key in sections or "." in key else f"run.{key}": value for key, value in flags.items()}
    for key in ("explainer", "metric"):
        if isinstance(names.get(key), str):
            names[key] = [names[key]]
    file = Path(recipe) if isinstance(recipe, (str, Path)) else None
    return load(file, tables=recipe if isinstance(recipe, Mapping) else None, flags=names, training=training)
