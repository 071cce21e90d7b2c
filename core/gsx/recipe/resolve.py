"""Stage one of validation: names to specs; then each spec's own options, giving a :class:`Recipe`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from gsx.contracts.plan import ExplainerPart, Parts
from gsx.errors import RecipeError
from gsx.recipe.bench_section import BenchSection
from gsx.recipe.recipe import Recipe, Weighted
from gsx.recipe.sections import AdversarialWeightSection, InputSection, RunSection, WeightSection
from gsx.recipe.shorthand import expand
from gsx.recipe.train_section import TrainSection
from gsx.recipe.validate import validate
from gsx.specs.chosen import Catalog, Chosen, Offer
from gsx.specs.explanation import CardLevel
from gsx.specs.kinds import Baseline, ExecutorSpec, ExtractorSpec, LossSpec, MetricSpec, ScoreSpec
from gsx.specs.options import Options
from gsx.specs.suggest import did_you_mean

BASELINES: tuple[Baseline, ...] = get_args(Baseline)
CARD_LEVELS: tuple[CardLevel, ...] = get_args(CardLevel)

ID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
"""What an entry of a list section may be called."""


def resolve(raw: Mapping[str, Any], catalog: Catalog) -> Recipe:
    """Validate a merged raw recipe. ``generator = auto`` has to be settled before (``gsx.weights.choose``).

    Raises:
        RecipeError: an unknown component or option (did you mean), or a value out of range.
        PluginError: a component whose plugin is broken or ambiguous.
        ContractError: a metric reads a layer that its judge lacks.
    """
    run = validate(RunSection, raw["run"], where="run")
    parts = Parts(
        extractor=_component(raw["extractor"], "extractor", catalog),
        fusion=_fusion(raw["fusion"], run, catalog),
        generator=_component(raw["generator"], "generator", catalog),
        discriminator=_optional(raw["discriminator"], "discriminator", catalog),
        adversarial=_adversarial(raw["adversarial"], catalog),
        losses=tuple(_term(entry, catalog) for entry in raw["loss"]),
        explainers=tuple(resolve_explainer(entry, catalog) for entry in raw["explainer"]),
        metrics=tuple(_component(entry, "metric", catalog, where=f"metric.{_id(entry)}") for entry in raw["metric"]),
    )
    for section, chosen in (("loss", parts.losses), ("metric", parts.metrics)):
        _unique(section, [item.id for item in chosen])
    _unique("explainer", [part.id for part in parts.explainers])
    for metric in parts.metrics:
        _check_judge(metric, catalog)
    weights = {_id(entry): _weighted(entry, f"loss.{_id(entry)}") for entry in raw["loss"]}
    return Recipe(
        parts,
        validate(InputSection, raw["input"], where="input"),
        run,
        weights,
        _weighted(raw["adversarial"], "adversarial", AdversarialWeightSection),
        validate(TrainSection, raw["train"], where="train"),
        validate(BenchSection, raw.get("bench", {}), where="bench"),
    )


def _id(entry: Mapping[str, Any]) -> str:
    return str(entry.get("id", str(entry["name"]).rpartition(":")[2]))


def _weighted(entry: Mapping[str, Any], where: str, section: type[Options] = WeightSection) -> Weighted:
    given = {key: entry[key] for key in ("weight", "schedule") if key in entry}
    return Weighted(**dict(validate(section, given, where=where)))


def _unique(section: str, ids: list[str]) -> None:
    odd = [name for name in ids if not ID_FORM.fullmatch(name)]
    if odd:
        raise RecipeError(
            f"{section}: id {odd[0]!r} becomes part of a folder's name.", hint="Use letters, digits, dots, _, + and -."
        )
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise RecipeError(
            f"{section}: {', '.join(twice)} occurs more than once.", hint='Give each entry its own id = "...".'
        )


def _component(
    section: Mapping[str, Any], kind: str, catalog: Catalog, *, where: str | None = None, besides: tuple[str, ...] = ()
) -> Chosen[Any]:
    name = section.get("name")
    if not isinstance(name, str):
        raise RecipeError(f"{where or kind}: needs a name, got {name!r}.")
    offer = catalog.find(kind, name)
    chosen = _choose(offer, section, where or kind, besides)
    namesakes = sum(other.spec.name == offer.spec.name for other in catalog.offers(kind))
    return replace(chosen, ambiguous=namesakes > 1)


def _choose(offer: Offer[Any], section: Mapping[str, Any], where: str, besides: tuple[str, ...] = ()) -> Chosen[Any]:
    given = {key: value for key, value in section.items() if key not in ("name", "id", *besides)}
    options = validate(offer.spec.options, given, where=where)
    return Chosen(offer.spec, options, offer.distribution, offer.version, str(section.get("id", offer.spec.name)))


def _absent(section: Mapping[str, Any], where: str) -> bool:
    """Whether an optional section is not there; its options without a name would be dropped in silence."""
    if section.get("name") is not None:
        return False
    options = [key for key in section if key != "name"]
    if options:
        raise RecipeError(f"{where}: has {', '.join(options)}, and no name.", hint=f'Add name = "..." to [{where}].')
    return True


def _optional(section: Mapping[str, Any], kind: str, catalog: Catalog) -> Chosen[Any] | None:
    return None if _absent(section, kind) else _component(section, kind, catalog)


def _fusion(section: Mapping[str, Any], run: RunSection, catalog: Catalog) -> Chosen[Any]:
    chosen = _component(section, "fusion", catalog)
    if run.strength is None:
        return chosen
    implied = dict(chosen.spec.strength(run.strength))
    clash = [name for name in implied if name in section and section[name] != implied[name]]
    if clash:
        raise RecipeError(
            f"run.strength = {run.strength} sets fusion.{clash[0]} = {implied[clash[0]]}, and the recipe says "
            f"{section[clash[0]]}.",
            hint=f"Give either --strength or fusion.{clash[0]}.",
        )
    return _component({**section, **implied}, "fusion", catalog)


def _adversarial(section: Mapping[str, Any], catalog: Catalog) -> Chosen[LossSpec] | None:
    if _absent(section, "adversarial"):
        return None
    chosen = _component(section, "loss", catalog, where="adversarial", besides=("weight", "schedule"))
    if chosen.spec.role != "adversarial":
        raise RecipeError(
            f"adversarial: {chosen.name!r} is a term of the total, not an adversarial loss.",
            hint=f'Write it as [[loss]] name = "{chosen.name}".',
        )
    return chosen


def _term(entry: Mapping[str, Any], catalog: Catalog) -> Chosen[LossSpec]:
    where = f"loss.{_id(entry)}"
    chosen = _component(entry, "loss", catalog, where=where, besides=("weight", "schedule"))
    if chosen.spec.role != "term":
        raise RecipeError(f"{where}: is an adversarial loss.", hint=f'Write [adversarial] name = "{chosen.name}".')
    return chosen


def resolve_explainer(entry: Mapping[str, Any], catalog: Catalog) -> ExplainerPart:
    """One entry of the list section ``explainer``; errors as :func:`resolve`."""
    where = f"explainer.{_id(entry)}"
    explainer = _component(entry, "explainer", catalog, where=where, besides=("score", "unit", "baseline", "card"))
    score = _nested(entry.get("score", explainer.spec.score), f"{where}.score", explainer.spec.score)
    unit = _nested(entry.get("unit", explainer.spec.unit), f"{where}.unit", explainer.spec.unit)
    chosen_score = _score(score, f"{where}.score", catalog)
    baseline = entry.get("baseline", explainer.spec.baseline or chosen_score.spec.baseline)
    if baseline not in BASELINES:
        raise RecipeError(f"{where}.baseline: unknown {baseline!r}.", hint=did_you_mean(str(baseline), BASELINES))
    card = entry.get("card", ExplainerPart.card)
    if card not in CARD_LEVELS:
        raise RecipeError(f"{where}.card: unknown {card!r}.", hint=did_you_mean(str(card), CARD_LEVELS))
    chosen_unit = _component(unit, "unit", catalog, where=f"{where}.unit")
    return ExplainerPart(explainer, chosen_score, chosen_unit, baseline, card)


def resolve_extractor(section: Mapping[str, Any], catalog: Catalog, *, where: str) -> Chosen[ExtractorSpec]:
    """An extractor by itself, such as a metric's judge; ``where`` names it in errors, as :func:`resolve` raises."""
    return _component(section, "extractor", catalog, where=where)


def _check_judge(metric: Chosen[MetricSpec], catalog: Catalog) -> None:
    """Refuse a judge that nobody offers, or that lacks the layers to look at, before anything is computed.

    Whether its weights are here is found when it is asked; then the metric is skipped.

    Raises:
        RecipeError, PluginError: as :func:`resolve`. ContractError: it has no such layer.
    """
    section = metric.spec.judge(metric.options)
    if section is not None:
        judge = resolve_extractor(section, catalog, where=f"metric.{metric.id}, judge")
        layout = judge.spec.layout(judge.options)
        layout.select(
            metric.spec.layers(metric.options, layout), who=f"metric {metric.name!r} of its judge {judge.name!r}"
        )


def resolve_score(score: str | Mapping[str, Any], catalog: Catalog) -> Chosen[ScoreSpec]:
    """A score by itself: a name, ``"style@relu3_1"``, or a table; errors as :func:`resolve`."""
    return _score(_nested(score, "score", ""), "score", catalog)


def resolve_executor(entry: Mapping[str, Any], catalog: Catalog) -> Chosen[ExecutorSpec]:
    """The executor that ``[bench]`` names; errors as :func:`resolve`."""
    return _component(entry, "executor", catalog, where="bench.executor")


def _nested(value: Any, where: str, default: str) -> dict[str, Any]:
    """``"gram"`` and ``"gram@relu3_1,relu4_1"`` are short for tables; a table without a name keeps the default."""
    if isinstance(value, str):
        return expand(value)
    if not isinstance(value, Mapping):
        raise RecipeError(f"{where}: needs a name or a table, got {value!r}.")
    return {"name": default, **value}


def _score(section: Mapping[str, Any], where: str, catalog: Catalog) -> Chosen[ScoreSpec]:
    """A distance is written once: every per-sample loss ``gram`` is also the score ``loss:gram``."""
    name = str(section["name"])
    if not name.startswith("loss:"):
        return _component(section, "score", catalog, where=where)
    offer = catalog.find("loss", name.removeprefix("loss:"))
    if offer.spec.role != "term" or not offer.spec.per_sample:
        raise RecipeError(f"{where}: loss {offer.spec.name!r} gives no value per picture, so it is no score.")
    spec = ScoreSpec(
        name=name,
        summary=f"the loss {offer.spec.name}",
        target=offer.spec.target,
        options=offer.spec.options,
        higher=f"larger loss {offer.spec.name}",
        layers=offer.spec.layers,
        requires=offer.spec.requires,
    )
    return _choose(Offer(spec, offer.distribution, offer.version), section, where)
