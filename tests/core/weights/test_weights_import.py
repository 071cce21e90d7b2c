"""``gsx weights import``: foreign files become ours, and nothing in them runs."""

import pickle

import pytest
import torch
from safetensors.torch import save_file

from gsx.errors import StoreError, WeightsError
from gsx.plugins import installed_catalog
from gsx.weights.convert import import_weights, read_foreign
from gsx.weights.files import load_into
from gsx_extractors.slim_vgg19 import BLOCKS, CHANNELS


@pytest.fixture(scope="module")
def state():
    """A small encoder with the names of Collaborative Distillation."""
    made = {"conv0.weight": torch.randn(3, 3, 1, 1), "conv0.bias": torch.randn(3)}
    previous = 3
    for block, count in enumerate(BLOCKS, 1):
        for index in range(1, count + 1):
            made[f"conv{block}{index}.weight"] = torch.randn(block + 1, previous, 3, 3)
            made[f"conv{block}{index}.bias"] = torch.randn(block + 1)
            previous = block + 1
        made[f"conv{block}1_aux.weight"] = torch.randn(CHANNELS[block - 1], previous, 1, 1)
        made[f"conv{block}1_aux.bias"] = torch.randn(CHANNELS[block - 1])
    return made


def vgg19():
    return installed_catalog().find("extractor", "vgg19").spec


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"model": state, "epoch": 3},
        lambda state: {"state_dict": state},
        lambda state: {"state_dict": {f"module.{key}": value for key, value in state.items()}},
    ],
)
def test_state_dicts_are_unwrapped(tmp_path, state, wrap):
    torch.save(wrap(state), tmp_path / "encoder.pth")
    imported = import_weights(tmp_path / "encoder.pth", vgg19(), tmp_path / "encoder.safetensors")
    assert imported.file.metadata == {"topology": "vgg19-slim", "widths": "2,3,4,5,6"}
    network = vgg19().load()(vgg19().options(), imported.file.metadata)
    load_into(network, imported.file, who="vgg19")
    assert torch.equal(network.trunk[2][3].weight, state["conv34.weight"])


def test_a_safetensors_file_with_foreign_names_is_converted_too(tmp_path, state):
    save_file(state, tmp_path / "encoder.safetensors")
    imported = import_weights(tmp_path / "encoder.safetensors", vgg19(), tmp_path / "ours.safetensors")
    assert "trunk.0.0.weight" in imported.file.tensors()


class Malicious:
    """Unpickling it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path, state, save):
    trap = tmp_path / "trap"
    save({"model": state, "extra": Malicious(trap)}, tmp_path / "bad.pth")
    with pytest.raises(WeightsError, match=r"more than tensors|damaged") as refusal:
        import_weights(tmp_path / "bad.pth", vgg19(), tmp_path / "out.safetensors")
    assert "bad.pth" in str(refusal.value)
    assert not trap.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pth"]


@pytest.mark.parametrize("keep", [0, 10, 200, 0.5, 0.99])
@pytest.mark.parametrize("old_format", [False, True])
def test_truncated_files_are_refused(tmp_path, state, keep, old_format):
    path = tmp_path / "cut.pth"
    torch.save(state, path, _use_new_zipfile_serialization=not old_format)
    content = path.read_bytes()
    path.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
    with pytest.raises(WeightsError, match=r"cut\.pth"):
        import_weights(path, vgg19(), tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize("content", [b"", b"not a pickle at all", b"\x80\x02."])
def test_anything_else_is_refused(tmp_path, content):
    (tmp_path / "what.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=r"what\.pth"):
        read_foreign(tmp_path / "what.pth")


@pytest.mark.parametrize("value", [{}, [1, 2], {"epoch": 3}, torch.zeros(2), 5])
def test_a_file_without_a_state_dict_is_refused(tmp_path, value):
    torch.save(value, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match="holds no"):
        read_foreign(tmp_path / "odd.pth")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="does not exist"):
        read_foreign(tmp_path / "none.pth")


def test_an_existing_output_is_kept(tmp_path, state):
    torch.save(state, tmp_path / "encoder.pth")
    (tmp_path / "taken.safetensors").write_bytes(b"mine")
    with pytest.raises(StoreError, match="exists"):
        import_weights(tmp_path / "encoder.pth", vgg19(), tmp_path / "taken.safetensors")
    assert (tmp_path / "taken.safetensors").read_bytes() == b"mine"
