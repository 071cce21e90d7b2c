"""LPIPS: skipped with a reason where its backbone is not in the cache, and equal to the lpips package where it is."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import lpips
import pytest
import torch
import torchvision
from torchvision.models import AlexNet_Weights, SqueezeNet1_1_Weights, VGG16_Weights

import gsx.ops.lpips_network as ours
from gsx.api import Skip
from gsx_metrics.lpips import Lpips
from gsx_metrics.options import LpipsOptions


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch.hub cache, and no way to the network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", lambda *_, **__: pytest.fail("tried to download"))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def squeeze(cache: Path) -> Path:
    """A SqueezeNet of random weights under the real one's name (the smallest of the three)."""
    torch.manual_seed(3)
    file = cache / ours.BACKBONES["squeeze"]
    torch.save(torchvision.models.squeezenet1_1(weights=None).state_dict(), file)
    return file


def pair(side: int = 32) -> SimpleNamespace:
    stylized, content = torch.rand(2, 2, 3, side, side, generator=torch.Generator().manual_seed(1))
    return SimpleNamespace(stylized=stylized, content=content)


@pytest.mark.parametrize("net", ["alex", "vgg", "squeeze"])
def test_a_missing_backbone_is_skipped_with_where_and_how(net: str, cache: Path):
    metric = Lpips(LpipsOptions(net=net))
    metric.update(pair())
    with pytest.raises(Skip) as skip:
        metric.compute()
    assert str(cache / ours.BACKBONES[net]) in str(skip.value)
    assert f"`gsx weights fetch lpips-{net}`" in str(skip.value)
    assert list(cache.iterdir()) == []


def test_a_damaged_backbone_is_skipped(squeeze: Path):
    metric = Lpips(LpipsOptions(net="squeeze"))
    metric.update(pair())
    with pytest.raises(Skip, match="damaged"):
        metric.compute()


def test_it_is_the_package_s_own_figure(squeeze: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture):
    monkeypatch.setattr(ours, "digest", lambda file: "b8a52dc0" + 56 * "0")
    outputs = pair()
    before = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metric = Lpips(LpipsOptions(net="squeeze"))
        metric.update(outputs)
        figures = metric.compute()
    assert capfd.readouterr() == ("", "")
    assert torch.equal(torch.get_rng_state(), before)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = lpips.LPIPS(net="squeeze", verbose=False)  # finds the same file in the same cache
    expected = reference(outputs.stylized * 2 - 1, outputs.content * 2 - 1).mean().item()
    assert expected > 0
    assert figures == {"lpips": pytest.approx(expected, rel=1e-5)}

    metric = Lpips(LpipsOptions(net="squeeze"))
    metric.update(SimpleNamespace(stylized=outputs.content, content=outputs.content))
    assert metric.compute() == {"lpips": 0.0}

    metric = Lpips(LpipsOptions(net="squeeze"))
    metric.update(pair(side=16))
    with pytest.raises(Skip, match="at least 17 px"):
        metric.compute()


def test_files_are_those_of_torchvision():
    for net, weights in (("alex", AlexNet_Weights), ("vgg", VGG16_Weights), ("squeeze", SqueezeNet1_1_Weights)):
        assert weights.IMAGENET1K_V1.url.endswith(f"/{ours.BACKBONES[net]}")
