"""Parity with captum on seeded random networks of torchvision.

What captum 0.9 cannot do, and this file makes up for on its side:

* Its hooks go by module alone, so that one extractor that reads content, style and result is three layers at one
  address. It gets a copy of the extractor for each picture; ours has the role, and ``inside``.
* It takes one module whose input is what is explained, so that the chain is written anew, with the role by hand.
* It has no unit beside input elements and a layer's output: nothing for a layer's statistics apart, fused channels or
  components, and no baseline that is the content's own map or statistics at the place (``baselines`` are tensors to be
  made by hand; a layer's are those of another input, never the layer's own zeros; LayerGradCam has none at all, and
  there is no Grad-CAM++, Score-CAM or RISE).
* It says nothing of a map that is null, how far values are from adding up (IntegratedGradients does on request, and
  leaves the number of steps to the caller), or what the picture changes by.
* Its ShapleyValues goes through n! orders, each coalition again and again.
"""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

import gsx
from gsx.api import FeatureLayout, Layer
from gsx_extractors import ImagenetOptions
from gsx_extractors.resnet18 import Resnet18
from gsx_extractors.vgg16 import Vgg16

captum = pytest.importorskip("captum.attr", reason="the oracle is the package captum (pip install 'gsx[captum]')")


NETWORKS = {
    "resnet18": (Resnet18, FeatureLayout([Layer("layer1", 64, 4), Layer("layer2", 128, 8)]), "layer1", "layer2"),
    "vgg16": (Vgg16, FeatureLayout([Layer("relu1_1", 64, 1), Layer("relu2_1", 128, 2)]), "relu2_1", "relu2_1"),
}


class Decoder(nn.Module):
    def __init__(self, channels):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(12)
            self.out = nn.Conv2d(channels, 3, 3, padding=1)

    def forward(self, fused):
        return torch.sigmoid(0.1 * interpolate(self.out(fused), size=(64, 64), mode="bilinear"))


def fuse(content, style):
    return 0.5 * content + torch.tanh(style)


class Whole(nn.Module):
    """The same chain as one module, with an extractor for each picture."""

    def __init__(self, pipeline, layers, level, score, content, style):
        super().__init__()
        extractor = pipeline.modules["extractor"]
        self.extractors = nn.ModuleDict({role: copy.deepcopy(extractor) for role in ("content", "style", "stylized")})
        self.decoder, self.layers, self.level, self.score = pipeline.modules["generator"], layers, level, score
        self.content, self.style = content, style

    def forward(self, image):
        fixed = {"content": self.content, "style": self.style}
        images = {**fixed, self.role: image}
        content = self.extractors["content"](images["content"], self.layers)[self.level]
        style = self.extractors["style"](images["style"], self.layers)[self.level]
        stylized = self.decoder(fuse(content, style))
        return self.score(stylized, self.extractors["stylized"](stylized, self.layers))


def own_score(stylized, maps):
    """A nonlinear score that may be negative."""
    deepest = maps[list(maps)[-1]]
    return (deepest.square().mean((1, 2, 3)).sqrt() - 3 * stylized[:, 0].square().mean((1, 2))).float()


def make(name):
    network, layout, layer, level = NETWORKS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        extractor = network(ImagenetOptions(weights="random"), {})
    random = torch.Generator().manual_seed(3)
    content, style = (torch.rand(2, 3, 64, 64, generator=random) for _ in range(2))
    pipeline = gsx.Pipeline(extractor, fuse, Decoder(layout[level].channels), layout=layout, levels=[level])
    whole = Whole(pipeline, tuple(layout), level, own_score, content, style)
    path = extractor.layer_modules[layer]
    return pipeline, whole, layer, path, content, style


@pytest.fixture(scope="module", params=NETWORKS)
def both(request):
    return make(request.param)


def score(outputs):
    return own_score(outputs.stylized, outputs.stylized_maps)


def close(ours, theirs, tolerance):
    scale = theirs.abs().max()
    assert scale > 0
    assert (ours - theirs).abs().max() <= tolerance * scale


@pytest.mark.parametrize("role", ["content", "style"])
def test_gradcam(both, role):
    pipeline, whole, layer, path, content, style = both
    ours = (
        gsx.explain(
            pipeline,
            content,
            style,
            unit={"name": "layer", "layer": layer, "role": role, "inside": True},
            score=score,
            baseline="zero",
        )
        .maps["gradcam"]
        .values
    )
    whole.role = role
    oracle = captum.LayerGradCam(whole, whole.extractors[role].get_submodule(path))
    theirs = oracle.attribute(content if role == "content" else style, relu_attributions=False)
    close(ours, theirs[:, 0].detach(), 1e-6)


@pytest.mark.parametrize("role", ["content", "style"])
def test_ablation_of_channels(role):
    pipeline, whole, layer, path, content, style = make("resnet18")
    content, style = content[:1], style[:1]
    explanation = gsx.explain(
        pipeline,
        content,
        style,
        explainer="ablation",
        score=score,
        baseline="zero",
        unit={"name": "channels", "layer": layer, "role": role, "inside": True},
    )
    whole.role, whole.content, whole.style = role, content, style
    module = whole.extractors[role].get_submodule(path)
    channels = len(explanation.values[0])
    mask = torch.arange(channels).view(1, -1, 1, 1)
    oracle = captum.LayerFeatureAblation(whole, module)
    with torch.no_grad():
        theirs = oracle.attribute(content if role == "content" else style, layer_baselines=0, layer_mask=mask)
    ours = torch.tensor([row.score_change for row in explanation.values[0]])
    close(ours, theirs[0, :, 0, 0], 1e-5)


def test_gradcam_of_the_stylized_picture(both):
    """There the picture is fixed, so captum sees the extractor alone."""
    pipeline, whole, layer, path, content, style = both
    with torch.no_grad():
        stylized = pipeline(content, style).stylized
    ours = (
        gsx.explain(
            pipeline,
            content,
            style,
            stylized=stylized,
            baseline="zero",
            score=score,
            unit={"name": "layer", "layer": layer, "inside": True},
        )
        .maps["gradcam"]
        .values
    )
    extractor = whole.extractors["stylized"]

    class Alone(nn.Module):
        def __init__(self):
            super().__init__()
            self.extractor = extractor

        def forward(self, image):
            return own_score(image, self.extractor(image, whole.layers))

    theirs = captum.LayerGradCam(Alone(), extractor.get_submodule(path)).attribute(stylized, relu_attributions=False)
    close(ours, theirs[:, 0].detach(), 1e-6)


def whole_of(both, role, samples=2):
    pipeline, whole, _, _, content, style = both
    content, style = content[:samples], style[:samples]
    whole.role, whole.content, whole.style = role, content, style
    return pipeline, whole, content, style, (content if role == "content" else style)


@pytest.mark.parametrize("role", ["content", "style"])
def test_integrated_gradients_of_pixels(both, role):
    """The same 8 Gauss–Legendre points, one at a time: rounding in a batch turns a ReLU here and there."""
    pipeline, whole, content, style, image = whole_of(both, role, samples=1)
    ours = gsx.explain(
        pipeline,
        content,
        style,
        explainer="integrated-gradients",
        unit={"name": "picture", "role": role},
        score=score,
        baseline="zero",
        max_steps=8,
    )
    theirs, gap = captum.IntegratedGradients(whole).attribute(
        image,
        baselines=torch.zeros_like(image),
        n_steps=8,
        method="gausslegendre",
        internal_batch_size=1,
        return_convergence_delta=True,
    )
    close(ours.maps["integrated-gradients"].values, theirs.sum(1).detach(), 1e-5)
    torch.testing.assert_close(
        torch.tensor(ours.provenance["completeness_gap"]), gap.float(), rtol=1e-2, atol=1e-4 * gap.abs().max().item()
    )


@pytest.mark.parametrize(("window", "stride"), [(24, 20), (32, 16)])
@pytest.mark.parametrize("role", ["content", "style"])
def test_occlusion_of_pixels(both, role, window, stride):
    pipeline, whole, content, style, image = whole_of(both, role)
    ours = gsx.explain(
        pipeline,
        content,
        style,
        explainer="occlusion",
        unit={"name": "picture", "role": role},
        score=score,
        baseline="zero",
        window=window,
        stride=stride,
    )
    with torch.no_grad():
        theirs = captum.Occlusion(whole).attribute(
            image, sliding_window_shapes=(3, window, window), strides=(3, stride, stride), baselines=0
        )
    close(ours.maps["occlusion"].values, theirs[:, 0], 1e-4)
    assert ours.maps["image-change"].values.shape == (2, 64, 64)
