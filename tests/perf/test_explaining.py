"""What explaining costs beside captum and its like, for the same numbers (224 px, full-width VGG-19, random weights).

Targets: Grad-CAM at most 1.05 × captum's time and 1/3 of its added memory; channel ablation at least 100 × faster where
the score reads the edited map, 3 × where a network lies behind it; windows over a picture at least 10 × faster.
"""

from __future__ import annotations

import copy
import time

import pytest
import torch
from torch import Tensor, nn

import gsx
from gsx.api import FeatureLayout, Layer
from gsx.explaining.memory import MIB, peak_bytes
from gsx.explaining.probe import PipelineProbe
from gsx.ops.statistics import mean_std
from gsx_explainers.gradcam import Gradcam
from gsx_explainers.options import GradcamOptions
from gsx_extractors.vgg19 import FullVgg19
from gsx_units.channels import ChannelsUnit
from gsx_units.layer import LayerUnit
from gsx_units.options import MapOptions, PictureOptions
from gsx_units.picture import PictureUnit

captum = pytest.importorskip("captum.attr", reason="what it is measured against: pip install 'gsx[captum]'")

pytestmark = pytest.mark.perf

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
LAYOUT = FeatureLayout(
    Layer(name, channels, 2**index)
    for index, (name, channels) in enumerate(zip(LAYERS, (64, 128, 256, 512, 512), strict=True))
)
PICTURE = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
CHANNELS = 32
"""Of 512 that captum ablates; its time grows in proportion."""


@pytest.fixture(scope="module")
def network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return FullVgg19().eval().requires_grad_(False)


def record(network: nn.Module, layers: tuple[str, ...]) -> tuple[gsx.Pipeline, gsx.pipeline.outputs.PassOutputs]:
    """A pass whose result is the picture itself: its maps are still to be computed."""
    pipeline = gsx.Pipeline(
        network, lambda c, s, level: c[level], lambda fused, content, context: content, layout=LAYOUT, layers=layers
    )
    none = {name: torch.zeros(1, 1, 1, 1) for name in layers}
    return pipeline, pipeline.outputs(PICTURE, PICTURE, PICTURE, none, none, none)


def deepest(maps: dict[str, Tensor]) -> Tensor:
    return maps["relu5_1"][:, :40].mean((1, 2, 3))


def test_gradcam(network: nn.Module, measure) -> None:
    def ours() -> Tensor:
        pipeline, outputs = record(network, ("relu5_1",))
        probe = PipelineProbe(
            pipeline,
            outputs,
            lambda seen: deepest(seen.stylized_maps),
            LayerUnit(MapOptions(layer="relu4_1", inside=True)),
            baseline="zero",
        )
        return Gradcam(GradcamOptions()).explain(probe).maps["gradcam"].values

    class Scored(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, image: Tensor) -> Tensor:
            return deepest(self.network(image, ("relu5_1",)))

    # As a user of captum has it: parameters as torchvision makes them. Ours are frozen by gsx.Pipeline.
    scored = copy.deepcopy(Scored()).requires_grad_(True)
    oracle = captum.LayerGradCam(scored, scored.network.get_submodule(network.layer_modules["relu4_1"]))

    def theirs() -> Tensor:
        return oracle.attribute(PICTURE)[:, 0].detach()

    expected = theirs()
    assert (ours() - expected).abs().max() <= 1e-6 * expected.abs().max()
    measure("Grad-CAM at relu4_1", {"captum LayerGradCam": theirs, "gsx gradcam": ours}, 6, time.process_time)
    added = {"captum": peak_bytes(theirs)[1], "gsx": peak_bytes(ours)[1]}
    print({name: f"{size / MIB:.0f} MiB" for name, size in added.items()}, f"{added['gsx'] / added['captum']:.3f}")


def statistics(maps: dict[str, Tensor]) -> Tensor:
    """Linear in mean and deviation of relu4_1."""
    mean, std = mean_std(maps["relu4_1"])
    weights = torch.linspace(-1, 1, 512).view(1, 512, 1, 1)
    return (mean * weights + std * weights.flip(1)).sum((1, 2, 3))


@pytest.mark.parametrize("behind", ["its statistics", "a network"])
def test_channel_ablation(network: nn.Module, measure, behind: str) -> None:
    inside = behind == "a network"
    last, score = ("relu5_1", deepest) if inside else ("relu4_1", statistics)
    pipeline, outputs = record(network, (last,))
    rows = 1 - torch.eye(512)
    module = network.get_submodule(network.layer_modules["relu4_1"])
    own = torch.arange(512).clamp_max(CHANNELS).view(1, 512, 1, 1)  # the rest as one
    forward = captum.LayerFeatureAblation(lambda image: score(network(image, (last,))), module)

    def ours() -> Tensor:
        probe = PipelineProbe(
            pipeline,
            outputs,
            lambda seen: score(seen.stylized_maps),
            ChannelsUnit(MapOptions(layer="relu4_1", inside=inside)),
            baseline="zero",
        )
        return (probe.base[None] - probe.values(rows).scores)[:, 0]

    def theirs() -> Tensor:
        with torch.no_grad():
            return forward.attribute(PICTURE, layer_baselines=0, layer_mask=own)[0, :CHANNELS, 0, 0]

    expected = theirs()
    assert (ours()[:CHANNELS] - expected).abs().max() <= 1e-4 * expected.abs().max()
    print(f"\ncaptum ablates {CHANNELS + 1} of 512: a ratio of r means {512 / (CHANNELS + 1):.1f} / r times faster")
    measure(f"channels of relu4_1, score of {behind}", {"captum": theirs, "gsx": ours}, 3, time.process_time)


def test_windows_over_the_style(network: nn.Module, measure) -> None:
    layers = LAYERS[:4]

    def score(maps: dict[str, Tensor]) -> Tensor:
        found = [
            mean.sum((1, 2, 3)) + 2 * std.sum((1, 2, 3)) for mean, std in (mean_std(maps[name]) for name in layers)
        ]
        return torch.stack(found).sum(0)

    pipeline, _ = record(network, layers)
    maps = pipeline.extract(PICTURE, layers)
    outputs = pipeline.outputs(PICTURE, PICTURE, PICTURE, maps, maps, {})
    corners = [(top, left) for top in range(0, 193, 16) for left in range(0, 193, 16)]

    def ours() -> Tensor:
        probe = PipelineProbe(
            pipeline,
            outputs,
            lambda seen: score(seen.style_maps),
            PictureUnit(PictureOptions(role="style")),
            baseline="zero",
        )
        found = []
        for top, left in corners:
            row = torch.ones(1, 224, 224)
            row[:, top : top + 32, left : left + 32] = 0
            found.append(probe.base - probe.values(row).scores[0])
        return torch.cat(found)

    seen: list[Tensor] = []

    def theirs() -> Tensor:
        seen.clear()

        def forward(image: Tensor) -> Tensor:
            seen.append(score(network(image, layers)))
            return seen[-1]

        with torch.no_grad():
            captum.Occlusion(forward).attribute(PICTURE, sliding_window_shapes=(3, 32, 32), strides=(3, 16, 16))
        return (seen[0] - torch.cat(seen[1:])).view(13, 13).T.flatten()  # it goes down the columns first

    expected = theirs()
    assert len(expected) == len(corners) == 169
    found = ours()
    print(f"\nlargest difference, of the largest value: {((found - expected).abs().max() / expected.abs().max()):.1e}")
    assert (found - expected).abs().max() <= 1e-4 * expected.abs().max()
    measure("169 windows of 32 px over the style", {"captum Occlusion": theirs, "gsx": ours}, 2, time.process_time)
