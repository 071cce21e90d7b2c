"""Explanations that can be had, and those that cannot, told before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest

from gsx.contracts import make_plan
from gsx.errors import ContractError

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
    assert error.message == "explainer 'gradcam' explains in terms of layer; the recipe asks for unit 'layers'."


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
