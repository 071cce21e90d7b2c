"""Pipeline over one's own modules and callables, in every documented signature."""

import pytest
import torch
from torch import nn

import gsx
from gsx.api import Address, Cancelled, ContractError, FeatureLayout, Layer
from gsx.testing import untouched

from .pipeline_toys import LAYOUT, Decoder, TwoLayers, mean_shift, picture

CONTENT, STYLE = picture(16, 12, seed=1), picture(8, 20, seed=2)


def pipeline(**changes):
    parts = {"extractor": TwoLayers(), "fusion": mean_shift, "generator": Decoder(), "layout": LAYOUT}
    return gsx.Pipeline(**{**parts, **changes})


def test_a_whole_pass():
    parts = pipeline()
    outputs = parts(CONTENT, STYLE)
    extractor, decoder = parts.modules["extractor"], parts.modules["generator"]
    content, style = extractor(CONTENT, LAYOUT), extractor(STYLE, LAYOUT)
    fused = mean_shift(content, style, "deep")
    assert torch.equal(outputs.fused["deep"], fused)
    assert torch.equal(outputs.stylized, decoder({"deep": fused}, CONTENT, None))
    for name in LAYOUT:
        assert torch.equal(outputs.content_maps[name], content[name])
        assert torch.equal(outputs.style_maps[name], style[name])
        assert torch.equal(outputs.stylized_maps[name], extractor(outputs.stylized, LAYOUT)[name])
    assert outputs.layout == LAYOUT.select(LAYOUT)


def test_stylized_maps_are_lazy_and_computed_once():
    parts = pipeline()
    outputs = parts(CONTENT, STYLE)
    extractor = parts.modules["extractor"]
    assert len(extractor.seen) == 2, "style and content, once each"
    first = outputs.stylized_maps
    assert outputs.stylized_maps is first
    assert len(extractor.seen) == 3


def test_the_documented_example():
    own = gsx.Pipeline(nn.Conv2d(3, 8, 3, padding=1), lambda c, s: c, nn.Conv2d(8, 3, 1))
    assert own(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 40, 24)).stylized.shape == (1, 3, 32, 32)


CONV = nn.Conv2d(3, 5, 2, stride=2)

EXTRACTORS = {
    "(image, layers)": lambda image, layers: {name: CONV(image) for name in ("features",) if name in layers},
    "(image) -> dict": lambda image: {"features": CONV(image)},
    "(image) -> tensor": lambda image: CONV(image),
    "module": CONV,
}


@pytest.mark.parametrize("kind", EXTRACTORS)
def test_extractor_signatures(kind):
    layout = FeatureLayout([Layer("features", 5, 2)])
    own = gsx.Pipeline(
        EXTRACTORS[kind], lambda c, s: c, nn.Upsample(scale_factor=2), layout=layout if "layers" in kind else None
    )
    assert own.layout["features"] == Layer("features", 5, 2)
    outputs = own(CONTENT, STYLE)
    assert torch.equal(outputs.content_maps["features"], CONV(CONTENT))


def test_an_extractor_may_carry_its_layout():
    extractor = TwoLayers()
    extractor.layout = LAYOUT
    assert gsx.Pipeline(extractor, mean_shift, Decoder()).levels == ("deep",)


def test_an_extractor_that_does_not_say_its_layers():
    with pytest.raises(ContractError, match="which layers it has") as caught:
        gsx.Pipeline(TwoLayers(), mean_shift, Decoder())
    assert "layout=" in caught.value.hint


@pytest.mark.parametrize(
    "given",
    [
        lambda image: image.mean(),
        lambda image: {},
        lambda image: {"a": image[0]},
        lambda image: [image],
    ],
)
def test_an_extractor_that_gives_no_maps(given):
    with pytest.raises(ContractError, match=r"\(N, C, H, W\)"):
        gsx.Pipeline(given, lambda c, s: c, nn.Identity())


@pytest.mark.parametrize(
    ("network", "stride"),
    [
        (nn.Conv2d(3, 5, 3), 1),
        (nn.Conv2d(3, 5, 7, stride=4), 4),
        (nn.Sequential(nn.Conv2d(3, 5, 7, stride=4), nn.Conv2d(5, 5, 5, stride=4)), 16),
        (nn.Conv2d(3, 5, 3, stride=2, padding=40), 2),
    ],
)
def test_the_stride_is_found_whatever_the_edges_do(network, stride):
    own = gsx.Pipeline(network, lambda c, s: c, nn.Identity())
    assert own.layout["features"] == Layer("features", 5, stride)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (torch.rand(1, 1, 8, 8), r"torch.float32 \(1, 1, 8, 8\)"),
        (torch.rand(3, 8, 8), r"torch.float32 \(3, 8, 8\)"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "torch.uint8"),
        (torch.rand(0, 3, 8, 8), r"\(0, 3, 8, 8\)"),
        (torch.full((1, 3, 8, 8), 255.0), "values from 255 to 255"),
        (torch.full((1, 3, 8, 8), float("nan")), "values from nan to nan"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_image_is_refused(image, said):
    for given in ((image, STYLE), (CONTENT, image)):
        with pytest.raises(ContractError, match=said):
            pipeline()(*given)


def test_rounding_over_the_range_is_let_through():
    assert pipeline()(CONTENT.clamp(0, 1) * 1.0005, STYLE).stylized.shape == CONTENT.shape


FUSIONS = {
    "(content, style)": lambda content, style: content + style.mean((2, 3), keepdim=True),
    "(content maps, style maps, level)": lambda content, style, level: (
        content[level] + style[level].mean((2, 3), keepdim=True)
    ),
    "with a default": lambda content, style, scale=1.0: content + scale * style.mean((2, 3), keepdim=True),
}


@pytest.mark.parametrize("kind", FUSIONS)
def test_fusion_signatures(kind):
    outputs = pipeline(fusion=FUSIONS[kind])(CONTENT, STYLE)
    wanted = outputs.content_maps["deep"] + outputs.style_maps["deep"].mean((2, 3), keepdim=True)
    assert torch.equal(outputs.fused["deep"], wanted)


ENLARGED = nn.Upsample(scale_factor=2)

GENERATORS = {
    "(fused, content, context)": lambda fused, content, context: ENLARGED(fused["deep"][:, :3]),
    "(fused, content)": lambda fused, content: ENLARGED(fused["deep"][:, :3]),
    "(tensor)": lambda fused: ENLARGED(fused[:, :3]),
}


@pytest.mark.parametrize("kind", GENERATORS)
def test_generator_signatures(kind):
    outputs = pipeline(generator=GENERATORS[kind])(CONTENT, STYLE)
    assert torch.equal(outputs.stylized, ENLARGED(outputs.fused["deep"][:, :3]))


def test_a_generator_of_one_argument_gets_the_pyramid_where_there_are_levels():
    seen = {}

    def generate(fused):
        seen.update(fused)
        return fused["shallow"][:, :3]

    outputs = pipeline(generator=generate, levels=("deep", "shallow"))(CONTENT, STYLE)
    assert list(seen) == ["shallow", "deep"]
    assert outputs.stylized.shape == CONTENT.shape


def test_functions_of_torch_as_components():
    """They have no signature that Python could read."""
    own = gsx.Pipeline(nn.Conv2d(3, 3, 1), torch.add, torch.sigmoid)
    outputs = own(CONTENT, CONTENT)
    assert torch.equal(outputs.stylized, torch.sigmoid(2 * outputs.content_maps["features"]))


def test_double_precision():
    own = gsx.Pipeline(nn.Conv2d(3, 4, 1).double(), lambda c, s: c, nn.Conv2d(4, 3, 1).double())
    assert own(CONTENT.double(), STYLE.double()).stylized.dtype == torch.float64


@pytest.mark.parametrize("fusion", [{}, {"name": "weighted-sum"}, {"name": "weighted-sum", "align": "swap"}], ids=str)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_statistics_are_in_float32_under_the_callers_autocast(fusion, dtype):
    """A bright picture: sums over its positions are beyond what float16 holds."""
    pipeline = gsx.Pipeline.from_recipe({"generator": {"name": "resnet"}, "fusion": fusion, "explainer": []})
    content, style = torch.rand(2, 1, 3, 64, 96).unbind()
    with torch.no_grad():
        plain = pipeline(content, style)
        with torch.autocast("cpu", dtype):
            half = pipeline(content, style)
    assert {item.dtype for item in (half.stylized, *half.fused.values(), *half.style_maps.values())} == {torch.float32}
    assert not torch.equal(half.stylized, plain.stylized)
    # Swap may choose another vector here and there: 0.007 to 0.011 with five seeds.
    assert (half.stylized - plain.stylized).abs().mean() < (0.02 if "align" in fusion else 0.01)


def test_a_layer_that_is_not_there():
    with pytest.raises(ContractError, match="the generator needs layer 'deeep'") as caught:
        pipeline(levels=("deeep",))
    assert "Did you mean 'deep'" in caught.value.hint
    with pytest.raises(ContractError, match="the pipeline needs layer"):
        pipeline(layers=("x",))


def test_only_the_layers_that_are_wanted():
    outputs = pipeline(layers=("deep",))(CONTENT, STYLE)
    assert list(outputs.content_maps) == list(outputs.style_maps) == list(outputs.stylized_maps) == ["deep"]
    assert list(outputs.layout) == ["deep"]


def test_modules_are_frozen_and_in_evaluation_mode():
    extractor, generator = TwoLayers(), Decoder()
    pipeline(extractor=extractor.train(), generator=generator.train())
    for module in (extractor, generator):
        assert not module.training
        assert not any(parameter.requires_grad for parameter in module.parameters())


def test_gradients_reach_content_and_style_but_no_parameter():
    content, style = CONTENT.clone().requires_grad_(), STYLE.clone().requires_grad_()
    parts = pipeline()
    parts(content, style).stylized_maps["deep"].square().sum().backward()
    assert content.grad.abs().sum() > 0
    assert style.grad.abs().sum() > 0
    for module in ("extractor", "generator"):
        assert all(value.grad is None for value in parts.modules[module].parameters())


def test_gradients_are_right():
    parts = gsx.Pipeline(TwoLayers().double(), mean_shift, Decoder().double(), layout=LAYOUT)
    content, style = picture(6, 6, seed=1).double().requires_grad_(), picture(6, 4, seed=2).double().requires_grad_()
    torch.autograd.gradcheck(lambda c, s: parts(c, s).stylized.sum(), (content, style))


@pytest.mark.parametrize("shared", [False, True])
def test_a_batch_is_its_singles(shared):
    contents, styles = picture(16, 12, seed=3, count=4), picture(8, 20, seed=4, count=1 if shared else 4)
    parts = pipeline()
    together = parts(contents, styles)
    for index in range(4):
        one = parts(contents[index : index + 1], styles[:1] if shared else styles[index : index + 1])
        torch.testing.assert_close(together.stylized[index : index + 1], one.stylized, rtol=0, atol=1e-6)
        torch.testing.assert_close(together.stylized_maps["deep"][index : index + 1], one.stylized_maps["deep"])


def test_a_pass_leaves_everything_as_it_was():
    parts = pipeline()
    content, style = CONTENT.clone().requires_grad_(), STYLE.clone().requires_grad_()
    with untouched(parts.modules, {"content": content, "style": style}):
        assert parts(content, style).stylized_maps


@pytest.mark.parametrize("size", [(16, 16), (13, 16), (16, 9), (9, 11), (1, 1), (3, 17)])
def test_padding_and_cropping_back(size):
    extractor, seen = TwoLayers(), []

    def generate(fused, content, context):
        seen.append((fused["deep"].shape, content.shape, context.content.shape, context.content_maps["deep"].shape))
        return content

    parts = gsx.Pipeline(extractor, mean_shift, generate, layout=LAYOUT, multiple=8)
    content = picture(*[max(side, 2) for side in size], seed=1)
    outputs = parts(content, STYLE)
    height, width = content.shape[-2:]
    high, wide = -(-height // 8) * 8, -(-width // 8) * 8
    fused, padded, offered, maps = seen[0]
    assert fused == maps == (1, 6, high // 2, wide // 2)
    assert padded == offered == (1, 3, high, wide)
    assert torch.equal(outputs.stylized, content), "padded at the bottom and right, and cropped there"
    assert outputs.content_maps["deep"].shape == outputs.stylized_maps["deep"].shape == (1, 6, height // 2, width // 2)
    assert torch.equal(outputs.content_maps["deep"], extractor(content, LAYOUT)["deep"])
    assert extractor.seen.count((1, 3, *STYLE.shape[-2:])) == 1, "the style is never padded"


def test_a_generator_that_gives_another_size():
    with pytest.raises(ContractError, match=r"expected the padded size \(16, 12\) .* got \(8, 6\)") as caught:
        pipeline(generator=lambda fused: fused[:, :3], multiple=1)(CONTENT, STYLE)
    assert "multiple=" in caught.value.hint


def test_the_context():
    offered = []

    def generate(fused, content, context):
        context.step(1, 2, {"loss": 0.5})
        context.offer(content)
        assert context.strength == 0.25
        assert torch.equal(torch.rand(3, generator=context.random), torch.rand(3, generator=context.random))
        assert torch.equal(context.extract(content, ["deep"])["deep"], context.content_maps["deep"])
        assert context.style is not None
        return content

    steps = []
    parts = pipeline(generator=generate, strength=0.25, seed=3)
    parts(CONTENT, STYLE, context_ready=offered.append, listener=lambda *step: steps.append(step))
    assert steps == [(1, 2, {"loss": 0.5})]
    assert torch.equal(offered[0].best, CONTENT)
    assert offered[0].best is not CONTENT


def test_cancelling_passes_through():
    def stop(*step):
        raise Cancelled

    def generate(fused, content, context):
        context.step(1, 1, {})

    with pytest.raises(Cancelled):
        pipeline(generator=generate)(CONTENT, STYLE, listener=stop)


def test_a_discriminator():
    parts = pipeline(discriminator=nn.Conv2d(3, 1, 4, stride=4))
    outputs = parts(CONTENT, STYLE)
    assert [tuple(scale.shape) for scale in outputs.logits] == [(1, 1, 4, 3)]
    assert outputs.logits is outputs.logits
    scales = pipeline(discriminator=lambda image: [image.mean(1, keepdim=True)] * 2)(CONTENT, STYLE).logits
    assert len(scales) == 2


def test_no_discriminator():
    with pytest.raises(ContractError, match="no discriminator"):
        _ = pipeline()(CONTENT, STYLE).logits


def test_callables_cannot_be_tapped_inside_but_where_their_maps_leave():
    own = gsx.Pipeline(lambda image: {"features": image * 2}, lambda c, s: c, lambda fused: fused)
    with own.taps.installed({Address("extractor", "features", "content"): lambda maps: maps * 0}):
        outputs = own(CONTENT, STYLE)
    assert not outputs.stylized.any()
    assert torch.equal(outputs.style_maps["features"], STYLE * 2)
