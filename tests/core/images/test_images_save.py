"""save_png(): exact, and whole or absent."""

import builtins
import errno
import os

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import gsx.images.save as module
from gsx.errors import StoreError
from gsx.images import decode, save_png

IMAGE = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(height=st.integers(16, 40), width=st.integers(16, 40), seed=st.integers(0, 999), batch=st.booleans())
def test_save_then_decode(tmp_path_factory, height, width, seed, batch):
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
    path = tmp_path_factory.mktemp("save") / "a.png"
    save_png(image if batch else image[0], path)
    got = decode(path)
    assert got.notes == ()
    assert float((got.image - image).abs().max()) <= 0.5 / 255 + 1e-6
    save_png(got.image, path)
    assert torch.equal(decode(path).image, got.image)  # 8-bit values are kept exactly.


def test_rounds_and_clamps(tmp_path):
    row = torch.tensor([0.0, 0.499 / 255, 0.501 / 255, 254.6 / 255, 1.0, 1.7, -0.2, float("inf")])
    save_png(row.expand(3, 20, 8).clone().requires_grad_(), tmp_path / "r.png")
    assert np.array(Image.open(tmp_path / "r.png"))[0, :, 1].tolist() == [0, 0, 1, 255, 255, 255, 0, 255]


def test_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / ("é" * 125 + ".png")  # 254 bytes: as long as a name may be
    path.write_bytes(b"old")
    save_png(IMAGE, path)
    assert os.listdir(tmp_path) == [path.name]
    assert decode(path).original_size == (30, 20)


def test_obeys_the_umask(tmp_path):
    previous = os.umask(0o022)
    try:
        save_png(IMAGE, tmp_path / "a.png")
    finally:
        os.umask(previous)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o644


def failed(path, *words):
    with pytest.raises(StoreError) as caught:
        save_png(IMAGE, path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    for word in words:
        assert word in caught.value.message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_full_disk_leaves_no_half_file(tmp_path, monkeypatch):
    made = []

    def on_a_full_disk(path, mode):
        builtins.open(path, mode).close()
        made.append(path)
        return builtins.open("/dev/full", "wb")

    monkeypatch.setattr(module, "open", on_a_full_disk, raising=False)
    (tmp_path / "a.png").write_bytes(b"old")
    failed(tmp_path / "a.png", "full")
    assert made
    assert os.listdir(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("code", "word"),
    [(errno.ENOSPC, "full"), (errno.EACCES, "permission"), (errno.EROFS, "permission"), (errno.EIO, "")],
)
def test_failing_rename_leaves_no_half_file(tmp_path, monkeypatch, code, word):
    def fails(source, target):
        assert os.path.getsize(source) > 100
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", fails)
    failed(tmp_path / "a.png", word)
    assert os.listdir(tmp_path) == []


def test_interrupt_leaves_no_half_file(tmp_path, monkeypatch):
    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_png(IMAGE, tmp_path / "a.png")
    assert os.listdir(tmp_path) == []


def test_wrong_places(tmp_path):
    failed(tmp_path / "no" / "a.png", "folder does not exist")
    (tmp_path / "file").touch()
    failed(tmp_path / "file" / "a.png", "folder does not exist")
    (tmp_path / "folder").mkdir()
    failed(tmp_path / "folder", "a folder of that name exists")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user, root, may write everywhere")
    try:
        failed(tmp_path / "a.png", "permission")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    "image",
    [
        torch.rand(2, 3, 8, 8),
        torch.rand(1, 8, 8),
        torch.rand(8, 8),
        torch.rand(3, 0, 8),
        torch.zeros(3, 8, 8, dtype=torch.uint8),
        torch.full((3, 8, 8), float("nan")),
    ],
)
def test_what_is_no_image(tmp_path, image):
    with pytest.raises(ValueError, match=r"expected a float|NaN"):
        save_png(image, tmp_path / "a.png")
    assert os.listdir(tmp_path) == []
