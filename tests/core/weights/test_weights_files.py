"""Opening and loading weights files: strictly, by hash, and never a pickle."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gsx.errors import WeightsError
from gsx.weights.files import load_into, open_weights, save_weights


def write(path, metadata=None, **changes):
    tensors = {"weight": torch.rand(2, 3), "bias": torch.rand(2), **changes}
    save_file({key: value for key, value in tensors.items() if value is not None}, path, metadata)
    return path


def load(path):
    module = nn.Linear(3, 2)
    load_into(module, open_weights(path), who="test")
    return module


def test_a_file_is_loaded_with_its_header(tmp_path):
    path = write(tmp_path / "a.safetensors", {"topology": "x"})
    file = open_weights(path)
    assert file.metadata == {"topology": "x"}
    assert torch.equal(load(path).weight, file.tensors()["weight"])


def test_half_precision_becomes_float32(tmp_path):
    module = load(write(tmp_path / "a.safetensors", weight=torch.ones(2, 3, dtype=torch.float16)))
    assert module.weight.dtype == torch.float32
    assert torch.equal(module.weight, torch.ones(2, 3))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bias": None}, "bias is missing"),
        ({"extra": torch.zeros(1)}, "extra is not known"),
        ({"weight": torch.zeros(2, 4)}, r"weight has shape \(2, 4\), needed \(2, 3\)"),
        ({"bias": torch.tensor([0.0, float("nan")])}, "NaN or infinite numbers in bias"),
        ({"bias": torch.tensor([0.0, float("inf")])}, "NaN or infinite numbers in bias"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, changes, said):
    with pytest.raises(WeightsError, match=said):
        load(write(tmp_path / "a.safetensors", **changes))


def test_another_hash_is_refused(tmp_path):
    path = write(tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match="was changed"):
        open_weights(path, expected_sha256="0" * 64)
    assert open_weights(path, expected_sha256=open_weights(path).sha256)


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".bin", ".pkl"])
def test_a_pickle_is_not_opened(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"x")
    with pytest.raises(WeightsError, match="gsx weights import"):
        open_weights(path)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff" * 64])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"a\.safetensors"):
        open_weights(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = write(tmp_path / "a.safetensors")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(WeightsError, match=r"a\.safetensors"):
        open_weights(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(WeightsError, match="does not exist"):
            open_weights(path)


def test_the_same_weights_give_the_same_bytes(tmp_path):
    tensors = {"b": torch.rand(3), "a": torch.rand(2, 2, dtype=torch.float64).half()}
    metadata = {f"key{number}": "é" * number for number in range(8)}
    for name in ("one", "two"):
        save_weights(tmp_path / name, tensors, metadata if name == "one" else dict(reversed(metadata.items())))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    (tmp_path / "one").rename(tmp_path / "one.safetensors")
    file = open_weights(tmp_path / "one.safetensors")
    assert file.metadata == metadata
    assert all(torch.equal(value, tensors[key]) for key, value in file.tensors().items())
    save_weights(tmp_path / "plain.safetensors", tensors, {})
    assert open_weights(tmp_path / "plain.safetensors").metadata == {}
