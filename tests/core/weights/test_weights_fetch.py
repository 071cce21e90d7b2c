"""Fetching with a stand-in for the network, and what list and verify say of what is here."""

import hashlib
import urllib.error

import pytest
import torch
from torchvision.models import get_weight, resnet18

from gsx.errors import WeightsError
from gsx.plugins import installed_catalog
from gsx.weights import fetch as fetching
from gsx.weights.cache import fetched_path, hub_file
from gsx.weights.fetch import fetch
from gsx.weights.registry import WeightsEntry, installed_registry
from gsx.weights.status import status, verify


@pytest.fixture(autouse=True)
def own_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("GSX_CACHE", str(tmp_path / "gsx"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A state dict as torchvision publishes one, and its hash."""
    path = tmp_path_factory.mktemp("published") / "weights.pth"
    torch.save(resnet18(weights=None).state_dict(), path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def entry_of(digest, kind="extractor", component="resnet18"):
    return WeightsEntry(
        id="test-weights",
        kind=kind,
        component=component,
        summary="s",
        licence="l",
        training_data="d",
        torchvision="ResNet18_Weights.IMAGENET1K_V1",
        file=f"net-{digest[:8]}.pth",
    )


@pytest.fixture
def network(monkeypatch, published):
    """torch.hub's download, from a file; what it was asked for."""
    asked = []

    def download(url, dst, hash_prefix=None, progress=True):
        asked.append(url)
        content = published[0].read_bytes()
        if not hashlib.sha256(content).hexdigest().startswith(hash_prefix):
            raise RuntimeError(f'invalid hash value (expected "{hash_prefix}")')
        with open(dst, "wb") as file:
            file.write(content)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    return asked


def test_an_extractor_is_converted_into_the_cache(network, published):
    entry = entry_of(published[1])
    assert status(entry).where == "not fetched"
    assert verify(entry) is None
    path = fetch(entry, installed_catalog())
    assert path == fetched_path("test-weights")
    assert network == [f"https://download.pytorch.org/models/{entry.file}"]
    assert {file.suffix for file in path.parent.iterdir()} == {".safetensors", ".json"}, "no download is left behind"
    assert status(entry).where == "fetched"
    assert verify(entry).problem is None


def test_it_is_fetched_once(network, published):
    entry = entry_of(published[1])
    fetch(entry, installed_catalog())
    fetch(entry, installed_catalog())
    assert len(network) == 1


def test_a_damaged_file_is_noticed_and_fetched_again(network, published):
    entry = entry_of(published[1])
    path = fetch(entry, installed_catalog())
    path.write_bytes(path.read_bytes()[:-2] + b"?!")
    assert "expected" in verify(entry).problem
    fetch(entry, installed_catalog())
    assert verify(entry).problem is None
    assert len(network) == 2


def test_what_torch_hub_has_already_is_used(network, published):
    entry = entry_of(published[1])
    hub = hub_file(entry)
    hub.parent.mkdir(parents=True)
    hub.write_bytes(published[0].read_bytes())
    fetch(entry, installed_catalog())
    assert network == []
    assert hub.exists()


def test_a_metrics_backbone_goes_only_where_its_package_looks(network, published):
    entry = entry_of(published[1], kind="metric", component="lpips")
    path = fetch(entry, installed_catalog())
    assert path == hub_file(entry)
    assert path.read_bytes() == published[0].read_bytes()
    assert not fetched_path(entry.id).exists()
    assert verify(entry).problem is None
    path.write_bytes(b"damaged")
    assert "expected" in verify(entry).problem


def test_a_wrong_hash_is_refused_and_leaves_nothing(network):
    entry = entry_of("0" * 64)
    with pytest.raises(WeightsError, match="another file than its name says"):
        fetch(entry, installed_catalog())
    assert not fetched_path(entry.id).exists()
    assert list(fetched_path(entry.id).parent.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError(OSError(-2, "Name or service not known")),
        TimeoutError("timed out"),
        ConnectionResetError("reset"),
        urllib.error.HTTPError("https://x", 404, "Not Found", {}, None),
    ],
)
def test_without_a_network_it_says_so(monkeypatch, published, error):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    entry = entry_of(published[1])
    with pytest.raises(WeightsError, match="not fetched"):
        fetch(entry, installed_catalog())
    assert list(fetched_path(entry.id).parent.iterdir()) == []


def test_the_network_is_given_up_after_seconds(monkeypatch, published):
    import socket

    seen = []
    monkeypatch.setattr(
        torch.hub,
        "download_url_to_file",
        lambda *a, **k: seen.append(socket.getdefaulttimeout()) or (_ for _ in ()).throw(TimeoutError("timed out")),
    )
    before = socket.getdefaulttimeout()
    with pytest.raises(WeightsError, match="cannot be reached"):
        fetch(entry_of(published[1]), installed_catalog())
    assert seen == [fetching.TIMEOUT]
    assert socket.getdefaulttimeout() == before


def test_bundled_weights_are_not_fetched():
    entry = WeightsEntry(
        id="b",
        kind="extractor",
        component="vgg19",
        summary="s",
        licence="l",
        training_data="d",
        bundled="gsx_extractors:weights/none.safetensors",
        sha256="0" * 64,
        bytes=1,
        command="c",
    )
    with pytest.raises(WeightsError, match="nothing to fetch"):
        fetch(entry, installed_catalog())
    assert verify(entry).problem == "the file is missing"


def test_the_registry_names_torchvisions_own_files(tmp_path):
    for entry in installed_registry():
        if entry.torchvision is not None:
            assert get_weight(entry.torchvision).url == fetching.BASE + entry.file
            assert str(hub_file(entry)).startswith(str(tmp_path / "torch"))
            assert str(hub_file(entry)) == f"{torch.hub.get_dir()}/checkpoints/{entry.file}"
