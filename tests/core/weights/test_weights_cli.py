"""``gsx weights`` from the command line."""

import subprocess
import sys

import pytest
import torch
from torchvision.models import resnet18
from typer.testing import CliRunner

from gsx.cli.weights import app
from gsx.errors import WeightsError
from gsx.weights.registry import installed_registry


@pytest.fixture(autouse=True)
def own_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("GSX_CACHE", str(tmp_path / "gsx"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.chdir(tmp_path)


def gsx_weights(*arguments):
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_list_shows_every_entry_and_where_it_is():
    output = gsx_weights("list")
    for entry in installed_registry():
        line = next(line for line in output.splitlines() if line.startswith(f"{entry.id} "))
        where = ("installed", "not installed") if entry.package else ("bundled" if entry.bundled else "not fetched",)
        assert any(f" {word} " in line for word in where)
        assert entry.licence in line


def test_list_needs_no_torch():
    program = (
        "import sys; from typer.testing import CliRunner; from gsx.cli.weights import app\n"
        "assert CliRunner().invoke(app, ['list']).exit_code == 0\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_verify_names_what_is_wrong(tmp_path):
    assert "not fetched" in gsx_weights("verify")
    hub = tmp_path / "torch" / "hub" / "checkpoints"
    hub.mkdir(parents=True)
    (hub / "alexnet-owt-7be5be79.pth").write_bytes(b"damaged")
    result = CliRunner().invoke(app, ["verify"])
    assert "lpips-alex: WRONG" in result.output
    assert isinstance(result.exception, WeightsError)


def test_import_says_how_to_use_the_file(tmp_path):
    torch.save(resnet18(weights=None).state_dict(), "mine.pth")
    output = gsx_weights("import", "mine.pth", "--extractor", "resnet18")
    assert "--extractor resnet18 --set extractor.weights=mine.safetensors" in output
    assert "sha256" in output
    assert (tmp_path / "mine.safetensors").is_file()


def test_fetch_of_an_unknown_id():
    with pytest.raises(WeightsError, match="Did you mean"):
        gsx_weights("fetch", "vgg19-imagenett")
