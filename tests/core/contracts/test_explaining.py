"""Explanations that can be had, and those that cannot, told before anything is computed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gsx.contracts import make_plan
from gsx.errors import ContractError
from gsx.plugins import installed_catalog
from gsx.specs.chosen import Chosen

PIXELS = {"name": "pixels"}
RESNET = {"name": "resnet", "weights": "random"}


def asked(generator: dict[str, Any], **entry: Any) -> dict[str, Any]:
    return {"generator": generator, "explainer": [entry]}


def refusal(parts, tables: dict[str, Any]) -> ContractError:
    with pytest.raises(ContractError) as refused:
        make_plan(parts(tables))
    return refused.value


def test_gradcam_of_the_style_needs_a_gradient_through_the_generator(parts):
    entry = {"name": "gradcam", "unit": {"role": "style"}}
    error = refusal(parts, asked(PIXELS, **entry))
    assert error.message == (
        "explainer 'gradcam' needs a gradient from the style picture to the score, and generator 'pixels' gives none: "
        "it finds the picture by optimisation."
    )
    assert error.hint == "Try --set explainer.gradcam.unit.role=stylized, or --explainer ablation."
    make_plan(parts(asked(RESNET, **entry)))
    make_plan(parts(asked(PIXELS, name="gradcam")))  # at the result itself


def test_hints_go_by_the_entrys_own_id(parts):
    error = refusal(parts, asked(PIXELS, name="gradcam", id="mine", unit={"role": "style"}))
    assert error.hint.startswith("Try --set explainer.mine.unit.role=stylized")


def test_ablation_through_an_optimising_generator_is_counted(parts):
    entry = {"name": "ablation", "unit": {"name": "channels", "layer": "relu3_1", "role": "style"}}
    error = refusal(parts, asked(PIXELS, **entry))
    assert error.message == (
        "explainer 'ablation' over unit 'channels' of the style picture would run generator 'pixels' 256 times 80 "
        "passes; the limit is 2,000 passes."
    )
    assert "--set explainer.ablation.unit.role=stylized (scored at the result directly)" in error.hint
    assert "--set explainer.ablation.unit=layers" in error.hint
    make_plan(parts(asked({"name": "pixels", "iterations": 7}, **entry)))  # 256 × 7 = 1,792
    refusal(parts, asked({"name": "pixels", "iterations": 8}, **entry))  # 256 × 8 = 2,048
    make_plan(parts(asked(RESNET, **entry)))
    make_plan(parts(asked(PIXELS, name="ablation")))  # 5 layers × 80


def test_an_unsuitable_unit(parts):
    error = refusal(parts, asked(PIXELS, name="ablation", unit="layer"))
    assert error.message == ("explainer 'ablation' explains in terms of named parts; unit 'layer' has positions.")
    assert error.hint == "Try --set explainer.ablation.unit=layers."
    error = refusal(parts, asked(PIXELS, name="occlusion", unit="channels"))
    assert error.message == "explainer 'occlusion' explains in terms of positions; unit 'channels' has names."
    assert error.hint == "Try --set explainer.occlusion.unit=layer."
    error = refusal(parts, asked(PIXELS, name="gradcam", unit="layers"))
    assert error.message == (
        "explainer 'gradcam' explains in terms of layer, fused; the recipe asks for unit 'layers'."
    )


def test_shapley_takes_so_many_parts(parts):
    entry = {"name": "shapley", "unit": {"name": "channels", "layer": "relu1_1", "role": "stylized"}}
    error = refusal(parts, asked(RESNET, **entry))
    assert error.message == "explainer 'shapley' takes a unit of at most 12 parts; unit 'channels' has 64."
    assert error.hint == ("Try --set explainer.shapley.unit=layers, or --explainer ablation, which takes any number.")
    make_plan(parts(asked(RESNET, name="shapley")))
    assert "at most 4 parts; unit 'layers' has 5" in refusal(parts, asked(RESNET, name="shapley", most=4)).message
    # 2⁵ × 80 passes of the optimising generator, where ablation takes 5 × 80
    assert "32 times 80 passes" in refusal(parts, asked(PIXELS, name="shapley")).message


def test_passes_that_do_not_depend_on_the_picture_are_counted(parts):
    """A map's positions are unknown before the picture is; rise takes its masks, counterfactual its readings."""
    unit = {"name": "layer", "role": "style"}
    assert "1,000 times 80 passes" in refusal(parts, asked(PIXELS, name="rise", unit=unit)).message
    assert "once per position" in refusal(parts, asked(PIXELS, name="occlusion", unit=unit)).message
    make_plan(parts(asked(PIXELS, name="counterfactual", unit=unit)))  # (10 + 4) × 80
    assert (
        "17 times 150"
        in refusal(
            parts, asked(PIXELS | {"iterations": 150}, name="counterfactual", unit=unit, precision=0.001)
        ).message
    )


def test_attention_asks_for_neither_gradient_nor_score(parts):
    make_plan(parts(asked(PIXELS, name="attention", unit={"role": "content"}, baseline="content")))


def test_realism_needs_a_trained_discriminator(parts):
    tables = asked(RESNET, name="gradcam", score="realism", unit={"role": "style"}) | {
        "discriminator": {"name": "patchgan"}
    }
    error = refusal(parts, tables)
    assert error.message == ("score 'realism' needs a trained discriminator, and the generator 'resnet' carries none.")
    assert "--set explainer.gradcam.score=style-alignment" in error.hint
    make_plan(parts(tables), trained_discriminator=True)


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "dissection"},
        {"name": "rise", "score": {"name": "region", "where": "mask"}, "unit": "picture"},
    ],
)
def test_what_needs_a_mask(parts, entry):
    error = refusal(parts, asked(RESNET, **entry))
    assert "asks for a region of the content, and no mask marks one" in error.message
    assert "--set input.mask=FILE" in error.hint
    make_plan(parts(asked(RESNET, **entry)), mask=True)
    make_plan(parts(asked(RESNET, name="rise", score="region", unit="picture")))


@pytest.mark.parametrize("inside", [True, False])
def test_a_score_of_the_picture_cannot_notice_its_maps(parts, inside):
    entry = {"name": "gradcam", "score": "region"}
    error = refusal(parts, asked(RESNET, **entry, unit={"inside": inside}))
    assert error.message.startswith("score 'region' reads the stylised picture itself")
    assert "--set explainer.gradcam.unit.role=style" in error.hint
    make_plan(parts(asked(RESNET, **entry, unit={"role": "style"})))


def test_a_score_that_does_not_read_the_layer(parts):
    error = refusal(parts, asked(RESNET, name="gradcam", score="style@relu5_1"))
    assert error.message == (
        "score 'style' reads relu5_1 of the stylised picture, and unit 'layer' edits relu4_1, which it does not read."
    )
    assert error.hint == "Try --set explainer.gradcam.unit.layer=relu5_1."
    for unit in ({"layer": "relu5_1"}, {"inside": True}, {"role": "style"}, {"name": "layers"}):
        make_plan(
            parts(
                asked(
                    RESNET, name="gradcam" if unit.get("name") is None else "ablation", score="style@relu5_1", unit=unit
                )
            )
        )


def test_the_content_is_no_baseline_of_itself(parts):
    entry = {"name": "gradcam", "unit": {"role": "content"}}
    error = refusal(parts, asked(RESNET, **entry, baseline="content"))
    assert error.message == (
        "explainer 'gradcam' would replace unit 'layer' of the content picture by the content itself."
    )
    assert error.hint == "Try --set explainer.gradcam.baseline=zero, or mean."
    for baseline in ("zero", "mean"):
        make_plan(parts(asked(RESNET, **entry, baseline=baseline)))
    make_plan(parts(asked(RESNET, name="gradcam", baseline="content")))


def test_the_default_run_is_allowed(parts):
    make_plan(
        parts(
            {
                "explainer": [{"name": "gradcam"}, {"name": "ablation"}],
                "metric": [{"name": "ssim"}, {"name": "lpips"}, {"name": "style-distance"}],
            }
        )
    )


def free(chosen, unit: dict[str, Any], **generator: Any):
    """The parts of an entry whose explainer takes any unit."""
    made = chosen(asked(generator, name="gradcam", baseline="zero"))
    (part,) = made.explainers
    spec = next(offer.spec for offer in installed_catalog().offers("unit") if offer.spec.name == unit["name"])
    options = spec.options.model_validate({key: value for key, value in unit.items() if key != "name"})
    explainer = replace(part.explainer, spec=replace(part.explainer.spec, units=()))
    return replace(
        made,
        explainers=(replace(part, explainer=explainer, unit=Chosen(spec, options, "gsx", "1", spec.name)),),
    )


@pytest.mark.parametrize(
    ("unit", "source"),
    [("fused", "the fused maps"), ("components", "the fused maps"), ("generator", "the generator's inside")],
)
def test_what_the_picture_is_made_from_needs_the_generator(parts, unit, source):
    """Although their role is the stylised picture."""
    with pytest.raises(ContractError) as refused:
        make_plan(free(parts, {"name": unit}, **PIXELS))
    assert refused.value.message.startswith(f"explainer 'gradcam' needs a gradient from {source} to the score")
    assert refused.value.hint.startswith("Try --set explainer.gradcam.unit=layer, or")
    make_plan(free(parts, {"name": unit}, **RESNET))


def test_components_through_an_optimising_generator_are_counted(parts):
    """pixels is given relu4_1 alone, so there are 3 components; fused channels are 512."""

    def ablated(unit: str):
        made = free(parts, {"name": unit}, **PIXELS)
        (part,) = made.explainers
        spec = replace(part.explainer.spec, method="perturbation", evaluations=lambda options, size: size)
        return replace(made, explainers=(replace(part, explainer=replace(part.explainer, spec=spec)),))

    make_plan(ablated("components"))
    with pytest.raises(
        ContractError, match=r"unit 'fused-channels' of the fused maps would .* 512 times 80"
    ) as refused:
        make_plan(ablated("fused-channels"))
    assert "--set explainer.gradcam.unit=components" in refused.value.hint


@pytest.mark.parametrize("unit", ["fused", "fused-channels"])
def test_a_level_that_the_generator_is_not_given(parts, unit):
    with pytest.raises(ContractError, match="fused level 'relu2_1', which the generator is not given") as refused:
        make_plan(free(parts, {"name": unit, "level": "relu2_1"}, **PIXELS))
    assert refused.value.hint == "Did you mean 'relu4_1'? Known: relu4_1."
    make_plan(free(parts, {"name": unit, "level": "relu2_1"}, **RESNET))
