"""The fixtures for authors: toys whose answers are known, and a catalog that holds nothing else."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys

import pytest
import torch
from torch import nn

import gsx.testing
from gsx.errors import PluginError, RecipeError
from gsx.testing import isolated_catalog, noise, picture, toy_outputs, toy_pipeline, untouched


@pytest.mark.parametrize("name", sorted(set(gsx.testing._LAZY.values())))
def test_examples(name: str):
    module = importlib.import_module(name)
    result = doctest.testmod(
        module,
        globs={**vars(module), **{name: getattr(gsx.testing, name) for name in gsx.testing._LAZY}},
        optionflags=doctest.ELLIPSIS,
    )
    if name != "gsx.testing.parametrize":  # its example is a test file
        assert result.failed == 0


def test_the_toy_extractor_averages():
    image = picture(2, (32, 48))
    maps = toy_pipeline().extract(image, ("pool1", "pool8"))
    assert torch.equal(maps["pool1"][:, :3], image)
    assert maps["pool8"].shape == (2, 6, 4, 6)
    torch.testing.assert_close(maps["pool8"][0, :3, 0, 0], image[0, :, :8, :8].mean((1, 2)))


def test_the_toy_pipeline_moves_the_mean_colour():
    content, style = picture(2, seed=1), picture(2, (64, 32), seed=2)
    outputs = toy_pipeline()(content, style)
    wanted = content - content.mean((2, 3), keepdim=True) + style.mean((2, 3), keepdim=True)
    torch.testing.assert_close(outputs.stylized, wanted.clamp(0, 1))
    assert outputs.logits[0].shape == (2, 1, 12, 10)


def test_pictures_are_the_same_each_time():
    assert torch.equal(picture(3), picture(3))
    assert not torch.equal(picture(1), picture(1, seed=1))
    for image in (picture(3), noise(3)):
        assert image.shape == (3, 3, 48, 40)
        assert image.min() >= 0
        assert image.max() <= 1


def test_toy_outputs_hold_what_is_asked_for():
    outputs = toy_outputs(2, layers=["pool4"])
    assert list(outputs.stylized_maps) == ["pool4"]
    with pytest.raises(AssertionError, match=r"layer 'pool8', which its spec's layers\(\) does not declare \(pool4\)"):
        outputs.stylized_maps["pool8"]


def test_an_isolated_catalog_holds_nothing_else():
    catalog = isolated_catalog("gsx.testing.toy")
    assert [offer.spec.name for offer in catalog.offers("fusion")] == ["toy-mean"]
    with pytest.raises(RecipeError, match="no fusion is called 'adain'"):
        catalog.find("fusion", "adain")
    with pytest.raises(PluginError, match="no_such_module"):
        isolated_catalog("no_such_module")
    assert isolated_catalog("no_such_module", strict=False).records[0].broken


def test_untouched_tells_everything_at_once():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)).eval()

    def change_all() -> None:
        network[0].register_forward_hook(lambda *_: None)
        network[1].train()
        network(torch.rand(2, 3, 4, 4)).sum().backward()

    with pytest.raises(AssertionError) as told, untouched({"net": network}):
        change_all()
    for what in (
        "hooks on net.0",
        "training mode of net.1",
        "gradient of net.0.weight",
        "values of net.1.running_mean",
        "the random state of torch",
    ):
        assert what in str(told.value)


def test_untouched_lets_errors_out():
    with pytest.raises(KeyError), untouched({}):
        raise KeyError("x")


def test_untouched_looks_after_an_error_too():
    def draw_and_fail() -> None:
        torch.rand(1)
        raise KeyError("x")

    with pytest.raises(AssertionError, match=r"after an error .*the random state of torch"), untouched({}):
        draw_and_fail()


def test_the_kit_itself_imports_nothing_heavy():
    code = "import gsx.testing, gsx.testing.toy, sys; print({'torch', 'pytest', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
