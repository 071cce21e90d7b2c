"""explain: one explanation of one pass, from names, options or callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gsx.contracts.explaining import GeneratorSide, check_explainer
from gsx.contracts.plan import ExplainerPart
from gsx.errors import ContractError, PluginError
from gsx.explaining.card.again import Again
from gsx.explaining.card.case import Case
from gsx.explaining.card.make import make_card
from gsx.explaining.form import check_form
from gsx.explaining.given import given_pass
from gsx.explaining.guard import buffers_kept, guarded, left_behind
from gsx.explaining.mask import check_mask
from gsx.explaining.other_style import OtherStyle
from gsx.explaining.probe import BUDGET, PipelineProbe, Progress
from gsx.explaining.seeded import seeded
from gsx.explaining.shared import SharedRows
from gsx.explaining.sharing_probe import SharingProbe
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline, check_images
from gsx.plugins import installed_catalog
from gsx.recipe.resolve import resolve_explainer
from gsx.specs.explanation import CardLevel, Explanation
from gsx.specs.kinds import Baseline

NEGLIGIBLE = 0.02
"""A share of a score's natural scale below which there is nothing to explain."""


def explain(
    pipeline: Pipeline,
    content: Tensor,
    style: Tensor,
    *,
    explainer: str = "gradcam",
    score: str | Mapping[str, Any] | Callable[[PassOutputs], Tensor] | None = None,
    unit: str | Mapping[str, Any] | None = None,
    baseline: Baseline | None = None,
    stylized: Tensor | None = None,
    mask: Tensor | None = None,
    seed: int | None = None,
    budget: int = BUDGET,
    card: CardLevel = "quick",
    **options: Any,
) -> Explanation:
    """Explain what ``pipeline`` made of ``content`` and ``style``.

    Args:
        content, style: images ``(N, 3, H, W)`` in [0, 1].
        explainer: its name; further keywords are its options.
        score: what is explained: a name, ``"style@relu3_1"``, ``{"name": ..., option: ...}``, or a callable
            ``Outputs -> (N,)``. Not given: the explainer's own default.
        unit: in terms of what: a name or ``{"name": ..., option: ...}``. Not given: the explainer's default.
        baseline: what stands for a unit's absence: ``content``, ``zero`` or ``mean``. Not given: the explainer's, or
            what the score's 0 stands for (``zero`` for a callable: plain Grad-CAM).
        stylized: the picture, where it was made already.
        mask: a region of the content, ``(N or 1, 1, H, W)`` in [0, 1], for scores and explainers that look at one.
        seed: of what an explainer draws; the pipeline's where not given.
        budget: MiB that perturbed passes may take at a time.
        card: how much of the faithfulness card is made: ``quick``, ``full`` or ``off``.

    Returns:
        Tensors, raw and signed; each map says on which picture it lies.

    Raises:
        RecipeError: an unknown name or option. ContractError: an explanation that cannot be had here.
        PluginError: a score or explainer that gives what it must not.

    Example:
        >>> explanation = gsx.explain(pipeline, content, style, explainer="ablation")  # doctest: +SKIP
    """
    entry: dict[str, Any] = {"name": explainer, "card": card, **options}
    if baseline is not None:
        entry["baseline"] = baseline
    if score is not None and not callable(score):
        entry["score"] = score
    if unit is not None:
        entry["unit"] = unit
    part = resolve_explainer(entry, installed_catalog())
    if callable(score) and baseline is None:
        part = replace(part, baseline=part.explainer.spec.baseline or "zero")
    judged = pipeline.modules["discriminator"] is not None
    side = GeneratorSide("generator", pipeline.traits, pipeline.passes, trained_discriminator=judged)
    known = None if callable(score) else part.score
    check_explainer(
        part.explainer, known, part.unit, side, pipeline.layout, baseline=part.baseline, mask=mask is not None
    )
    check_images(content, style)
    if mask is not None:
        check_mask(mask, content)
    if stylized is not None and stylized.shape != content.shape:
        raise ContractError(
            f"the stylised picture has shape {tuple(stylized.shape)}, and the content {tuple(content.shape)}.",
            hint="Give the picture that was made of this content, in its size.",
        )
    with buffers_kept(pipeline.modules) as own, seeded(pipeline), torch.no_grad():
        # Tensors made under inference mode cannot take part in a gradient; copies can.
        content, style = (image.clone() if image.is_inference() else image for image in (content, style))
        if stylized is None:
            outputs = pipeline(content, style)
        else:
            stylized = stylized.clone() if stylized.is_inference() else stylized
            outputs = given_pass(pipeline, content, style, stylized)
    outputs.mask = None if mask is None else mask.to(pipeline.device, torch.float32)
    pictures = {"content": outputs.content, "style": outputs.style, "stylized": outputs.stylized}
    with guarded(pipeline.modules, pictures) as left:
        found = explain_outputs(
            pipeline, outputs, part, score=score if callable(score) else None, seed=seed, budget=budget
        )
    left = [one for one in left if one not in own]
    if not left:
        return found
    return replace(
        found, notes=(*found.notes, left_behind(part, left)), provenance={**found.provenance, "left_behind": left}
    )


def explain_outputs(
    pipeline: Pipeline,
    outputs: PassOutputs,
    part: ExplainerPart,
    *,
    score: Callable[[PassOutputs], Tensor] | None = None,
    progress: Progress | None = None,
    seed: int | None = None,
    budget: int = BUDGET,
    card: CardLevel | None = None,
    other_style: Tensor | None = None,
    kept: OtherStyle | None = None,
    rows: SharedRows | None = None,
) -> Explanation:
    """Run one explainer on a pass that exists, check what it returns, and hold it against the faithfulness card.

    Args:
        score: replaces the part's score.
        card: how much of the card is made; what the part says where not given.
        other_style: what the card asks about where it changes the target, ``(N or 1, 3, H, W)``; the style in inverted
            colours where not given.
        kept: the maps of that style, where somebody keeps them.
        rows: what it shares with explanations that differ from it in the score alone; the same comes out.

    Raises:
        PluginError: the explainer returns something else, maps of the wrong shape, or numbers that are not finite.
    """
    probe = (PipelineProbe if rows is None else partial(SharingProbe, rows=rows))(
        pipeline,
        outputs,
        score or part.score.spec.load()(part.score.options),
        part.unit.spec.load()(part.unit.options),
        higher="larger score" if score else part.score.spec.higher,
        baseline=part.baseline,
        progress=progress,
        planned=partial(part.explainer.spec.evaluations, part.explainer.options),
        seed=seed,
        budget=budget,
        batched=score is None,
    )
    try:
        found = part.explainer.spec.load()(part.explainer.options).explain(probe)
    except Exception as error:
        error.add_note(f"while explainer {part.explainer.name!r} (of {part.explainer.distribution}) was at work")
        raise
    same = torch.equal(outputs.stylized, outputs.content)
    scale = None if score else part.score.spec.scale
    explanation = _checked(found, part.explainer.name, probe.base, scale, same=same)
    counts = {"evaluations": probe.evaluations, "gradients": probe.gradients}
    explanation = replace(explanation, card=(), provenance={**explanation.provenance, **counts})
    probe.hush()
    level = card or part.card
    if level == "off":
        return explanation

    def run(other: Pipeline, changed: PassOutputs, drawn: int) -> Explanation:
        return explain_outputs(other, changed, part, score=score, seed=drawn, budget=budget, card="off")

    again = Again(pipeline, outputs, run, seed=probe.seed, remakes=probe.remakes, other_style=other_style, kept=kept)
    optimised = probe.remakes and "iterative" in pipeline.traits
    case = Case(
        explanation,
        probe,
        again,
        part.explainer.spec,
        level,
        evaluations=probe.evaluations + probe.gradients,
        passes=pipeline.passes if optimised else 1,
    )
    checks = make_card(case)
    spent = {
        "card_evaluations": probe.evaluations - counts["evaluations"] + again.evaluations,
        "card_gradients": probe.gradients - counts["gradients"] + again.gradients,
    }
    return replace(explanation, card=checks, provenance={**explanation.provenance, **spent})


def _checked(returned: object, name: str, base: Tensor, scale: float | None, *, same: bool) -> Explanation:
    if not isinstance(returned, Explanation):
        raise PluginError(f"explainer {name!r} returned {type(returned).__name__}, not an Explanation.")
    explanation: Explanation = returned
    check_form(explanation, name, len(base))
    maps = {key: replace(heat, values=_numbers(heat.values)) for key, heat in explanation.maps.items()}
    explanation = replace(explanation, maps=maps, provenance={**explanation.provenance, "score": base.tolist()})
    if not explanation.null and _silent(explanation):
        # Zeros stretched to a colour scale, or ranked, would look like a finding.
        what = "" if explanation.values else " of the map"
        why = " The result is the content itself: nothing was changed that could be explained." if same else ""
        return replace(explanation, null=True, null_reason=f"Every value{what} is exactly zero.{why}")
    if scale and explanation.maps and not explanation.null and _negligible(explanation, base, NEGLIGIBLE * scale):
        largest = base.abs().max().item()
        return replace(
            explanation,
            null=True,
            null_reason=f"The score is {largest:.2g}, and the map sums to no more, on a scale of {scale:g}: next to "
            "nothing happened that could be explained.",
        )
    return explanation


def _numbers(values: Tensor) -> Tensor:
    """Counts and truth values as numbers, without the graph that they came from."""
    values = values.detach()
    return values if values.is_floating_point() else values.float()


def _silent(explanation: Explanation) -> bool:
    """Whether there is nothing in it but zeros; what else a row tells, such as an IoU, may be the finding."""
    rows = [row for sample in explanation.values for row in sample]
    if explanation.beside or explanation.answers or not (explanation.maps or rows):
        return False
    loud = any(heat.values.any() for heat in explanation.maps.values())
    return not loud and not any(row.score_change or row.figures for row in rows)


def _negligible(explanation: Explanation, base: Tensor, least: float) -> bool:
    heats = [heat for heat in explanation.maps.values() if heat.quantity == "score"]
    masses = [heat.values.abs().sum(dim=(1, 2)).max().item() for heat in heats]
    return bool(masses) and base.abs().max().item() < least and max(masses) < least
