"""decode(): what it refuses, and that it refuses with nothing but an ImageError."""

import importlib
import io
import os
import signal
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gsx.errors import ImageError
from gsx.images import MAX_PIXELS, decode

module = importlib.import_module("gsx.images.decode")  # The package's attribute of that name is the function.


def encoded(kind, **options):
    pixels = np.random.default_rng(1).integers(0, 256, (48, 40, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def refused(path, *words):
    """The error that decode(path) raises, after checking that it names the path, each word, and a way out."""
    with pytest.raises(ImageError) as caught:
        decode(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    for word in words:
        assert word in caught.value.message
    return caught.value


def header_only(path, width, height):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 50)) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("side", [30_000, 13_360])  # Refused by Pillow itself; just below that, refused by us alone.
def test_bomb_is_refused_by_its_header(tmp_path, monkeypatch, side):
    monkeypatch.setattr(module, "to_rgb", lambda picture: pytest.fail("pixels were decoded"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(header_only(tmp_path / "bomb.png", side, side), "178,000,000", "declares")


def test_bomb_is_refused_whatever_the_program_told_pillow(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    refused(header_only(tmp_path / "bomb.png", 30_000, 30_000), "30000 x 30000")


def test_12000_squared_passes_the_guard_without_a_warning(tmp_path, monkeypatch):
    assert 12_000**2 < MAX_PIXELS < 30_000**2

    def reached(picture):
        raise RuntimeError("reached the pixels")

    monkeypatch.setattr(module, "to_rgb", reached)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        refused(header_only(tmp_path / "large.png", 12_000, 12_000), "reached the pixels")
        assert seen == []
        with Image.open(tmp_path / "large.png"):
            assert [item.category for item in seen] == [Image.DecompressionBombWarning]  # Pillow alone does warn.


@pytest.mark.parametrize("size", [(15, 400), (400, 15), (1, 1)])
def test_too_small(tmp_path, size):
    Image.new("RGB", size).save(tmp_path / "s.png")
    refused(tmp_path / "s.png", f"{size[0]} x {size[1]}", "16")


def test_16_is_enough(tmp_path):
    Image.new("RGB", (16, 16)).save(tmp_path / "s.png")
    assert decode(tmp_path / "s.png").image.shape == (1, 3, 16, 16)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "PPM", "TIFF"])
@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9])
def test_truncated(tmp_path, kind, part):
    data = encoded(kind)
    path = tmp_path / "cut.img"
    path.write_bytes(data[: int(len(data) * part)])
    refused(path)


@pytest.mark.parametrize("missing", [1, 2, 100])
def test_truncated_jpeg_near_its_end(tmp_path, missing):
    path = tmp_path / "cut.jpg"
    path.write_bytes(encoded("JPEG")[:-missing])
    refused(path, "truncated")


def test_truncated_progressive_jpeg(tmp_path):
    data = encoded("JPEG", progressive=True)
    path = tmp_path / "cut.jpg"
    path.write_bytes(data[: len(data) // 2])
    refused(path)


def test_missing(tmp_path):
    refused(tmp_path / "no.png", "does not exist")
    refused(tmp_path / "no" / "no.png", "does not exist")


def test_folder(tmp_path):
    refused(tmp_path, "folder")


def test_empty(tmp_path):
    (tmp_path / "e.png").touch()
    refused(tmp_path / "e.png", "empty")


@pytest.mark.parametrize(
    "data", [b"hello", b"hello world, I am no picture at all\n" * 99, b"\x89PNG\r\n\x1a\n", b"\0" * 500]
)
def test_no_picture(tmp_path, data):
    (tmp_path / "t.png").write_bytes(data)
    assert "JPEG" in refused(tmp_path / "t.png", "not a picture").hint


def test_formats_that_start_programs_are_not_even_looked_at(tmp_path):
    from PIL import EpsImagePlugin

    Image.new("RGB", (32, 32)).save(tmp_path / "a.eps")
    assert EpsImagePlugin.EpsImageFile(tmp_path / "a.eps").size == (32, 32)  # Pillow would take it.
    refused(tmp_path / "a.eps", "not a picture")


def test_nan(tmp_path):
    values = np.zeros((20, 20), np.float32)
    values[3, 3] = np.nan
    Image.fromarray(values).save(tmp_path / "n.tif")
    refused(tmp_path / "n.tif", "NaN")


def test_links(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    refused(tmp_path / "a.png", "link to a file that does not exist")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    refused(tmp_path / "a.png", "back to itself")
    Image.new("RGB", (20, 20)).save(tmp_path / "real.png")
    (tmp_path / "good.png").symlink_to(tmp_path / "real.png")
    assert decode(tmp_path / "good.png").path == tmp_path / "good.png"


def test_pipes_and_devices_do_not_hang(tmp_path):
    def hung(*_):
        raise AssertionError("decode() waits for the pipe")

    os.mkfifo(tmp_path / "pipe.png")
    previous = signal.signal(signal.SIGALRM, hung)
    signal.alarm(5)
    try:
        refused(tmp_path / "pipe.png", "pipe")
        refused("/dev/zero", "device")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def test_unreadable_file(tmp_path):
    Image.new("RGB", (20, 20)).save(tmp_path / "p.png")
    (tmp_path / "p.png").chmod(0)
    if os.access(tmp_path / "p.png", os.R_OK):
        pytest.skip("this user, root, may read everything")
    refused(tmp_path / "p.png", "may not be read")


def test_unreadable_file_simulated(tmp_path, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    Image.new("RGB", (20, 20)).save(tmp_path / "p.png")
    monkeypatch.setattr(module, "open", denied, raising=False)
    refused(tmp_path / "p.png", "may not be read")


def test_impossible_paths(tmp_path):
    refused(tmp_path / ("x" * 300), "cannot be opened")
    with pytest.raises(ImageError, match="not a possible path"):
        decode("a\0b.png")


def test_out_of_memory(tmp_path, monkeypatch):
    def out_of_memory(picture):
        raise MemoryError

    monkeypatch.setattr(module, "to_rgb", out_of_memory)
    Image.new("RGB", (20, 20)).save(tmp_path / "m.png")
    refused(tmp_path / "m.png", "this machine's memory")


def test_a_message_cannot_drive_the_terminal(tmp_path):
    name = os.fsdecode(b"\x1b[2J\n\xff.png")
    with pytest.raises(ImageError) as caught:
        decode(tmp_path / name)
    caught.value.message.encode()  # A lone surrogate would raise here.
    assert "\x1b" not in caught.value.message
    assert "\n" not in caught.value.message


KINDS = {kind: encoded(kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    in_header=st.booleans(),
    cut=st.floats(0.1, 1),
)
def test_any_damage_gives_a_picture_or_an_image_error(tmp_path_factory, kind, edits, in_header, cut):
    data = bytearray(KINDS[kind])
    for place, value in edits:
        data[int(place * (min(len(data), 200) if in_header else len(data)))] = value
    path = tmp_path_factory.mktemp("fuzz") / "f.img"
    path.write_bytes(data[: max(1, int(cut * len(data)))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_PIXELS", 1_000_000)  # A damaged size must not cost the test gigabytes.
        try:
            image = decode(path).image
        except ImageError:
            return
    assert image.shape[:2] == (1, 3)
    assert bool(((image >= 0) & (image <= 1)).all())
