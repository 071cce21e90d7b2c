"""What an explanation leaves behind (nothing), and what it refuses."""

from contextlib import nullcontext

import pytest
import torch

import gsx
from gsx.api import Address, Explanation, HeatMap
from gsx.errors import ContractError, PluginError, RecipeError
from gsx.explaining.probe import PipelineProbe
from gsx.testing import untouched
from gsx_units.layer import LayerUnit
from gsx_units.options import MapOptions

from .explaining_toys import linear, picture, pipeline, unit

CONTENT, STYLE, MADE = (picture(12, 16, seed=seed) for seed in (1, 2, 3))


def explained(parts, content=CONTENT, style=STYLE, **options):
    return gsx.explain(parts, content, style, **{"unit": unit("layer"), "score": linear, **options})


@pytest.mark.parametrize("explainer", ["gradcam", "ablation"])
@pytest.mark.parametrize("role", ["content", "style", "stylized"])
@pytest.mark.parametrize("made", [True, False])
def test_nothing_is_left_behind(explainer, role, made):
    parts = pipeline(discriminator=torch.nn.Conv2d(3, 1, 4, stride=4))
    tensors = {"content": CONTENT.clone(), "style": STYLE.clone().requires_grad_(), "made": MADE.clone()}
    with untouched(parts.modules, tensors):
        explained(
            parts,
            tensors["content"],
            tensors["style"],
            explainer=explainer,
            baseline="zero",
            stylized=tensors["made"] if made else None,
            unit=unit("layer" if explainer == "gradcam" else "channels", role),
        )


@pytest.mark.parametrize("explainer", ["gradcam", "ablation"])
@pytest.mark.parametrize("role", ["content", "style", "stylized"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_nothing_is_left_behind_after_an_error(explainer, role, call):
    """The score fails at its first, second or third call: while the base, or an edit, is scored."""
    parts, calls = pipeline(), []

    def score(outputs):
        calls.append(1)
        torch.rand(3)
        if len(calls) == call:
            raise RuntimeError("the score's own mistake")
        return linear(outputs)

    # It scores once, and before that it is watched, where it could be about something else than the result.
    fails = not (explainer == "gradcam" and call > (1 if role == "stylized" else 2))
    refusal = pytest.raises(RuntimeError, match="own mistake") if fails else nullcontext()
    with untouched(parts.modules, {"content": CONTENT, "style": STYLE}), refusal:
        explained(
            parts,
            explainer=explainer,
            score=score,
            baseline="zero",
            unit=unit("layer" if explainer == "gradcam" else "channels", role),
        )
    assert not parts.taps._edits


def test_a_random_score_is_the_same_each_time():
    """Each evaluation starts from the recipe's seed, whatever the caller has drawn."""
    parts = pipeline()

    def score(outputs):
        return linear(outputs) + torch.rand(())

    results = []
    for _ in range(2):
        torch.rand(7)
        results.append(explained(parts, score=score).provenance["score"])
    assert results[0] == results[1]


def test_it_works_without_and_under_no_grad():
    parts = pipeline()
    plain = explained(parts).maps["gradcam"].values
    with torch.no_grad():
        assert torch.equal(explained(parts).maps["gradcam"].values, plain)
    assert not plain.requires_grad


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_under_inference_mode(role):
    """Where no gradient is recorded, a map must not be taken for null."""
    parts = pipeline()
    options = {
        "unit": unit("layer", role),
        "score": lambda o: o.stylized.square().mean((1, 2, 3)) + linear(o),
        "baseline": "zero",
    }
    plain = explained(parts, **options).maps["gradcam"].values
    with torch.inference_mode():
        inside = explained(parts, **options)
        content, style = CONTENT * 1, STYLE * 1
    assert torch.equal(inside.maps["gradcam"].values, plain)
    assert torch.equal(explained(parts, content, style, **options).maps["gradcam"].values, plain)


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
def test_a_layer_that_is_changed_in_place_behind(role):
    """As in torchvision's VGG: convolution, then a ReLU that overwrites its output."""

    class InPlace(torch.nn.Module):
        def __init__(self, inplace):
            super().__init__()
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                self.conv = torch.nn.Conv2d(3, 6, 3, padding=1)
            self.relu = torch.nn.ReLU(inplace=inplace)

        def forward(self, image):
            return self.relu(self.conv(image))

    maps, changes = [], []
    for inplace in (True, False):
        parts = gsx.Pipeline(InPlace(inplace), lambda c, s: c + s, torch.nn.Conv2d(6, 3, 1, bias=False))
        with torch.no_grad():
            parts.modules["generator"].weight.copy_(torch.linspace(-1, 1, 18).view(3, 6, 1, 1))
        options = {"score": lambda o: o.stylized_maps["features"].mean((1, 2, 3)), "baseline": "zero"}
        place = {"layer": "conv", "role": role}
        maps.append(gsx.explain(parts, CONTENT, STYLE, unit={"name": "layer", **place}, **options))
        changes.append(
            gsx.explain(parts, CONTENT, STYLE, explainer="ablation", **options, unit={"name": "channels", **place})
        )
    assert torch.equal(maps[0].maps["gradcam"].values, maps[1].maps["gradcam"].values)
    assert changes[0].values == changes[1].values
    assert maps[0].maps["gradcam"].values.any()


@pytest.mark.parametrize(
    ("content", "style", "words"),
    [
        (CONTENT[0], STYLE, r"content .* given: torch.float32 \(3, 12, 16\)"),
        ((CONTENT * 255).byte(), STYLE, "given: torch.uint8"),
        (CONTENT, "a.png", "style .* given: str"),
        (CONTENT.numpy(), STYLE, "given: ndarray"),
        (picture(12, 16, count=2), picture(12, 16, count=3), "2 contents do not go with 3 styles"),
        (CONTENT, picture(12, 16, count=3), "1 contents do not go with 3 styles"),
    ],
)
def test_what_are_no_images(content, style, words):
    for call in (lambda: pipeline()(content, style), lambda: explained(pipeline(), content, style)):
        with pytest.raises(ContractError, match=words):
            call()


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (2, 3, 12, 16)])
def test_a_stylized_picture_of_another_shape(shape):
    with pytest.raises(ContractError, match="the stylised picture has shape"):
        explained(pipeline(), stylized=torch.rand(shape))


SCORES = {
    "a scalar": (lambda outputs: linear(outputs).sum(), r"shape \(1,\); it gave \(\)"),
    "a column": (lambda outputs: linear(outputs)[:, None], r"it gave \(1, 1\)"),
    "a map": (lambda outputs: outputs.stylized, r"it gave \(1, 3, 12, 16\)"),
    "a float": (lambda outputs: 1.0, "it gave float"),
    "nothing": (lambda outputs: None, "it gave NoneType"),
    "NaN": (lambda outputs: linear(outputs) * torch.nan, "NaN or infinite"),
    "infinity": (lambda outputs: linear(outputs) / 0, "NaN or infinite"),
}


@pytest.mark.parametrize("explainer", ["gradcam", "ablation"])
@pytest.mark.parametrize("what", SCORES)
def test_a_score_that_gives_what_it_must_not(what, explainer):
    score, words = SCORES[what]
    with pytest.raises(PluginError, match=words):
        explained(
            pipeline(),
            score=score,
            explainer=explainer,
            baseline="zero",
            unit=unit("layer" if explainer == "gradcam" else "channels"),
        )


def test_a_score_that_becomes_nan_when_edited():
    def score(outputs):
        return linear(outputs) * torch.where(outputs.stylized_maps["deep"][:, 3].any(), 1.0, torch.nan)

    with pytest.raises(PluginError, match="NaN or infinite"):
        explained(pipeline(), score=score, explainer="ablation", unit=unit("channels"), baseline="zero")


def test_a_score_that_depends_on_no_gradient():
    assert explained(pipeline(), score=lambda outputs: linear(outputs).detach()).null


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"explainer": "gradcan"}, RecipeError, "gradcan"),
        ({"score": "stile"}, RecipeError, "stile"),
        ({"score": "loss:hinge"}, RecipeError, "hinge"),
        ({"unit": "layr"}, RecipeError, "layr"),
        ({"unit": unit("layer", "nobody")}, RecipeError, "nobody"),
        ({"unit": unit("layer", depth=3)}, RecipeError, "depth"),
        ({"unit": unit("channels")}, ContractError, "in terms of layer"),
        ({"baseline": "black"}, RecipeError, "black"),
        ({"smooth": 3}, RecipeError, "smooth"),
        ({"score": "realism"}, ContractError, "trained discriminator"),
        ({"unit": {"name": "layer", "layer": "deepest"}}, ContractError, "deepest"),
        ({"unit": unit("layer", "content"), "baseline": "content"}, ContractError, "content itself"),
        ({"score": "style@deepest"}, ContractError, "deepest"),
    ],
)
def test_what_cannot_be_explained(options, error, words):
    with pytest.raises(error, match=words):
        explained(pipeline(), **options)


def test_a_gradient_through_a_generator_that_gives_none():
    parts = pipeline(traits=frozenset({"iterative"}))
    with pytest.raises(ContractError, match="needs a gradient from the style") as caught:
        explained(parts, unit=unit("layer", "style"))
    assert "stylized" in caught.value.hint


def test_realism_with_a_discriminator_of_ones_own():
    parts = pipeline(discriminator=torch.nn.Conv2d(3, 1, 4, stride=4))
    explanation = gsx.explain(
        parts, CONTENT, STYLE, explainer="ablation", score="realism", baseline="zero", unit=unit("channels", "style")
    )
    assert any(row.score_change for row in explanation.values[0])


RETURNED = {
    "nothing": (None, "returned NoneType"),
    "a map of one sample too few": (
        {"x": HeatMap(torch.ones(4, 4), "style", "x")},
        r"shape \(4, 4\), expected \(1, h, w\)",
    ),
    "a map that is not finite": ({"x": HeatMap(torch.full((1, 2, 2), torch.inf), "style", "x")}, "NaN or infinite"),
}


@pytest.mark.parametrize("what", RETURNED)
def test_an_explainer_that_returns_what_it_must_not(what, monkeypatch):
    maps, words = RETURNED[what]
    monkeypatch.setattr("gsx_explainers.gradcam.Gradcam.explain", lambda self, probe: maps and Explanation(maps=maps))
    with pytest.raises(PluginError, match=f"'gradcam'.*{words}"):
        explained(pipeline())


def test_an_explainer_that_raises_leaves_no_hook(monkeypatch):
    def explain(self, probe):
        probe.activations()
        raise ValueError("oh")

    monkeypatch.setattr("gsx_explainers.gradcam.Gradcam.explain", explain)
    parts = pipeline()
    with untouched(parts.modules), pytest.raises(ValueError, match="oh") as caught:
        explained(parts)
    assert caught.value.__notes__ == ["while explainer 'gradcam' (of gsx) was at work"]


def test_progress():
    from gsx_units.channels import ChannelsUnit

    parts, seen = pipeline(), []

    def probe(**planned):
        return PipelineProbe(
            parts,
            parts(CONTENT, STYLE),
            linear,
            ChannelsUnit(MapOptions(layer="deep")),
            baseline="zero",
            progress=lambda done, total: seen.append((done, total)),
            chunk=1,
            **planned,
        )

    probe().values(torch.ones(3, 6))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    seen.clear()
    chunked = probe(planned=lambda size: size)  # 6 channels; in the end 3 are enough
    for rows in (1, 2):
        chunked.values(torch.ones(rows, 6))
    chunked.hush()
    chunked.values(torch.ones(9, 6))
    assert seen == [(0, 6), (1, 6), (1, 6), (2, 6), (3, 6), (3, 3)]


def test_an_address_where_nothing_runs():
    class Nowhere(LayerUnit):
        def addresses(self, layout):
            return [Address("extractor", "second.weight", "stylized")]

    parts = pipeline()
    with pytest.raises(ContractError, match=r"nothing at extractor 'second.weight' runs .* stylized"):
        _ = PipelineProbe(parts, parts(CONTENT, STYLE), linear, Nowhere(MapOptions()), baseline="zero").space


@pytest.mark.parametrize("explainer", ["layercam", "integrated-gradients"])
def test_weights_moved_in_inference_mode(explainer):
    """Autograd refuses them, in words that name neither the network nor what to do."""
    parts = pipeline()
    with torch.inference_mode():
        parts.modules["generator"].to(memory_format=torch.channels_last)
    with pytest.raises(ContractError, match="the generator's weights were made under"):
        explained(parts, explainer=explainer, baseline="zero")
    assert explained(parts, explainer="occlusion", baseline="zero", score=linear).maps


def test_a_named_score_notices_a_module_within_the_extractor():
    """Which layers read it, only a pass tells."""
    parts = pipeline()
    found = explained(parts, explainer="layercam", score="style@deep", unit={"name": "layer", "layer": "first"})
    assert not found.null


@pytest.mark.parametrize("explainer", ["layercam", "occlusion"])
def test_a_module_that_gives_two_maps(explainer):
    class Two(torch.nn.Module):
        def forward(self, image):
            return image, image * 2

    class Both(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Two()

        def forward(self, image):
            return sum(self.inner(image))

    parts = gsx.Pipeline(Both(), lambda c, s: c, torch.nn.Identity())
    with pytest.raises(ContractError, match="extractor 'inner' gives a tuple, not a tensor"):
        explained(parts, explainer=explainer, baseline="zero", unit={"name": "layer", "layer": "inner"}, score="style")


def test_the_given_picture_is_explained_and_not_made_again():
    calls = []

    def generate(fused, content, context):
        calls.append(1)
        return content

    parts = pipeline(generator=generate)
    first = explained(parts, stylized=MADE)
    assert calls == []
    assert first.provenance["score"] == linear(parts.outputs(CONTENT, STYLE, MADE, {}, {}, {})).tolist()


@pytest.mark.parametrize("part", ["content_maps", "style_maps", "stylized_maps"])
def test_a_score_that_writes_over_what_it_reads(part):
    """Its maps would grow from evaluation to evaluation."""

    def grows(outputs):
        return getattr(outputs, part)["deep"].mul_(1.5).mean((1, 2, 3)) + outputs.stylized.mean((1, 2, 3))

    with pytest.raises(PluginError, match="writes over"):
        explained(pipeline(), explainer="ablation", score=grows, unit=unit("channels"), baseline="zero")
