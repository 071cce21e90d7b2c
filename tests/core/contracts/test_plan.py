"""Level negotiation: what the extractor is asked for, once, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.api import FeatureLayout, Layer
from gsx.contracts import make_plan, shape_table
from gsx.errors import ContractError
from gsx.plugins import installed_catalog
from gsx.specs.chosen import Chosen

DECODING = {"generator": {"name": "pixels", "style_weight": 0}}
"""A generator that wants relu4_1 and reads nothing else."""


def test_the_union_of_what_everybody_needs(parts):
    assert make_plan(parts(DECODING)).layers == ("relu4_1",)
    plan = make_plan(
        parts(
            {
                **DECODING,
                "loss": [{"name": "content", "layers": ["relu3_1"]}, {"name": "tv"}],
                "metric": [{"name": "style-distance", "layers": ["relu1_1"]}],
                "explainer": [
                    {"name": "gradcam", "score": "style@relu5_1", "unit": {"layer": "relu2_1", "inside": True}}
                ],
            }
        )
    )
    assert plan.levels == ("relu4_1",)
    assert plan.layers == ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    assert plan.readers == {
        "relu1_1": ("metric 'style-distance'",),
        "relu2_1": ("unit 'layer'",),
        "relu3_1": ("loss 'content'",),
        "relu4_1": ("fusion 'adain' (content)", "fusion 'adain' (style)"),
        "relu5_1": ("score 'style'",),
    }
    assert plan.multiple == 1


def test_a_fusion_of_several_style_layers_reads_them(parts):
    plan = make_plan(parts({**DECODING, "fusion": {"name": "weighted-sum"}}))
    assert plan.levels == ("relu4_1",)
    assert plan.layers == ("relu2_1", "relu3_1", "relu4_1")
    assert plan.readers["relu2_1"] == ("fusion 'weighted-sum' (style)",)
    plan = make_plan(parts({**DECODING, "fusion": {"name": "weighted-sum", "weights": {"relu1_1": 1, "relu5_1": 1}}}))
    assert plan.layers == ("relu1_1", "relu4_1", "relu5_1")


def test_extractor_layers_only_restrict(parts):
    plan = make_plan(parts({"extractor": {"layers": ["relu3_1", "relu1_1"]}}))
    assert tuple(plan.layout) == ("relu1_1", "relu3_1")
    assert plan.layers == ("relu1_1", "relu3_1")
    assert plan.levels == ("relu3_1",)
    assert make_plan(parts({**DECODING, "extractor": {"layers": ["relu1_1", "relu4_1"]}})).layers == ("relu4_1",)


@pytest.mark.parametrize(
    ("tables", "message", "hint"),
    [
        (
            {"extractor": {"layers": ["relu3_1"]}, "metric": [{"name": "style-distance", "layers": ["relu4_1"]}]},
            "metric 'style-distance' needs layer 'relu4_1', which the extractor does not give.",
            "Known: relu3_1.",
        ),
        ({"extractor": {"layers": ["relu3_2"]}}, "extractor.layers needs layer 'relu3_2'", "Did you mean 'relu3_1'"),
        ({"loss": [{"name": "gram", "layers": ["layer1"]}]}, "a style loss needs layer 'layer1'", "Known: relu1_1"),
        (
            {"fusion": {"name": "weighted-sum", "weights": {"layer2": 1}}},
            "fusion 'weighted-sum' needs layer 'layer2'",
            "Known: relu1_1",
        ),
        ({"explainer": [{"name": "gradcam", "unit": {"layer": "conv9"}}]}, "unit 'layer' needs layer 'conv9'", "Known"),
        (
            {"generator": {"name": "pixels", "content_layers": ["relu6_1"]}},
            "generator 'pixels' (content_layers) needs layer 'relu6_1'",
            "Did you mean 'relu",
        ),
        (
            {"generator": {"name": "unet"}, "extractor": {"layers": ["relu4_1"]}},
            "generator 'unet' needs ≥ 2 levels whose strides double, up to 8; extractor gives [8].",
            "Try --set extractor.layers=[...], --set generator.coarsest=32 or --generator resnet.",
        ),
        (
            {"adversarial": {"name": "wgan-gp"}, "discriminator": {"name": "patchgan", "norm": "batch"}},
            "loss 'wgan-gp' refuses a discriminator with batch norm, and discriminator 'patchgan' has it: its gradient",
            "Try --set discriminator.norm=none, or another loss such as --loss hinge.",
        ),
    ],
)
def test_refusals(parts, tables: dict[str, Any], message: str, hint: str):
    with pytest.raises(ContractError) as refusal:
        make_plan(parts(tables))
    assert message in refusal.value.message
    assert hint in refusal.value.hint
    assert refusal.value.exit_code == 4


@pytest.mark.parametrize("norm", ["none", "instance"])
def test_wgan_gp_bears_other_norms(parts, norm: str):
    make_plan(parts({"adversarial": {"name": "wgan-gp"}, "discriminator": {"name": "patchgan", "norm": norm}}))


def test_the_table_of_shapes(parts):
    chosen = parts(
        {
            "generator": {"name": "unet"},
            "extractor": {"layers": ["relu1_1", "relu2_1", "relu3_1"]},
            "discriminator": {"name": "patchgan"},
            "metric": [{"name": "content-distance"}],
        }
    )
    plan = make_plan(chosen)
    rows = shape_table(chosen, plan, (101, 66), (64, 128))
    # unet takes strides 1, 2, 4, so sides are padded to multiples of 4: 104 × 68.
    assert [(row.stage, row.gives, row.shape) for row in rows] == [
        ("content", "image", "3×101×66"),
        ("style", "image", "3×64×128"),
        ("extractor vgg19", "relu1_1", "64×104×68, style 64×64×128"),
        ("extractor vgg19", "relu2_1", "128×52×34, style 128×32×64"),
        ("extractor vgg19", "relu3_1", "256×26×17, style 256×16×32"),
        ("fusion adain", "fused relu1_1", "64×104×68"),
        ("fusion adain", "fused relu2_1", "128×52×34"),
        ("fusion adain", "fused relu3_1", "256×26×17"),
        ("generator unet", "stylised image", "3×101×66 (padded to 104×68, cropped back)"),
        ("discriminator patchgan", "logits", "1×10×6"),  # 101 // 8 - 2, 66 // 8 - 2
    ]
    assert rows[4].readers == "fusion 'adain' (content), fusion 'adain' (style), metric 'content-distance'"


def test_the_table_agrees_with_a_pass():
    torch = pytest.importorskip("torch")
    from gsx.pipeline.build import build_pipeline
    from gsx.pipeline.load import load

    loaded = load(
        tables={
            "extractor": {"name": "vgg19-slim", "weights": "random", "widths": [2, 2, 2, 2, 2]},
            "generator": {"name": "resnet", "weights": "random", "channels": 4, "blocks": 0},
            "explainer": [],
            "metric": [],
        }
    )
    content, style = torch.rand(1, 3, 50, 37), torch.rand(1, 3, 33, 64)
    table = shape_table(loaded.recipe.parts, loaded.plan, (50, 37), (33, 64))
    pipeline = build_pipeline(loaded)
    with torch.no_grad():
        outputs = pipeline(content, style)
    said = {row.gives: row.shape for row in table}
    for name, value in outputs.fused.items():
        assert said[f"fused {name}"] == "×".join(map(str, value.shape[1:]))
    for name, value in outputs.style_maps.items():
        assert said[name].endswith("style " + "×".join(map(str, value.shape[1:])))
    assert said["stylised image"].startswith("3×50×37")


LAYOUTS = st.lists(
    st.tuples(st.integers(1, 600), st.sampled_from([1, 2, 4, 8, 16, 32, 3, 14])), min_size=1, max_size=6
).map(lambda layers: FeatureLayout(Layer(f"layer{index}", *layer) for index, layer in enumerate(layers)))


def fitting(kind: str) -> list[Any]:
    return [offer.spec for offer in installed_catalog().offers(kind)]


@settings(max_examples=60, deadline=None)
@given(layout=LAYOUTS, data=st.data())
def test_what_is_declared_is_in_the_layout_and_in_its_order(parts, layout: FeatureLayout, data: st.DataObject):
    """The law behind the negotiation, for any layout, any restriction, and any of the installed components."""
    restriction = data.draw(st.none() | st.lists(st.sampled_from(list(layout)), min_size=1, unique=True))
    base = parts()
    layers = None if restriction is None else tuple(restriction)
    extractor = replace(
        base.extractor,
        spec=replace(base.extractor.spec, layout=lambda options: layout),
        options=base.extractor.options.model_copy(update={"layers": layers}),
    )

    def chosen(kind: str) -> Chosen[Any]:
        spec = data.draw(st.sampled_from(fitting(kind)))
        return Chosen(spec, spec.options(), "gsx", "1", spec.name)

    loss, metric, generator, fusion = (chosen(kind) for kind in ("loss", "metric", "generator", "fusion"))
    combined = replace(
        base,
        extractor=extractor,
        generator=generator,
        fusion=fusion,
        metrics=(metric,),
        losses=(loss,) if loss.spec.role == "term" else (),
    )
    try:
        plan = make_plan(combined)
    except ContractError as refusal:
        told = refusal
    else:
        told = None
    if told is not None:
        assert told.hint
        return
    allowed = list(layout) if restriction is None else [name for name in layout if name in restriction]
    assert list(plan.layout) == allowed
    assert list(plan.layers) == [name for name in allowed if name in plan.layers]
    assert list(plan.levels) == [name for name in plan.layers if name in plan.levels]
    assert plan.levels
    assert set(plan.readers) == set(plan.layers)
    assert all(plan.readers.values())
    size = (plan.multiple * 40 * layout.deepest.stride, plan.multiple * 32 * layout.deepest.stride)
    rows = shape_table(combined, plan, size, size)
    assert [row.gives for row in rows if row.stage.startswith("extractor")] == list(plan.layers)
