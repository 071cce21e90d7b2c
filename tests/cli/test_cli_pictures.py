"""Pictures that cannot be used are refused with a clear line; every unusual kind that can be used is."""

import json
import os
import struct
import zlib
from pathlib import Path

import numpy
import pytest
from PIL import Image

from gsx.images import decode

from .conftest import assert_nothing_written, assert_refused, noise


def bomb(path):
    """A PNG whose header declares 30,000 × 30,000 pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data = b"IDAT" + zlib.compress(b"")
    body += struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def truncated(path):
    noise("whole.png", 60, 60)
    data = Path("whole.png").read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])


BAD = {
    "missing": (lambda path: None, "does not exist"),
    "empty": (lambda path: Path(path).write_bytes(b""), "empty"),
    "truncated": (truncated, "cannot be decoded"),
    "text": (lambda path: Path(path).write_text("no picture\n"), "not a picture"),
    "svg": (lambda path: Path(path).write_text("<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a picture"),
    "15 px": (lambda path: noise(path, 15, 40), "15 x 40"),
    "bomb": (bomb, "more than 178,000,000 pixels"),
    "pipe": (os.mkfifo, "pipe"),
    "dangling link": (lambda path: os.symlink("nowhere.png", path), "link to a file that does not exist"),
}


@pytest.mark.parametrize("role", ["content", "style"])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_picture(run, kind, role):
    make, words = BAD[kind]
    make("bad.png")
    assert_refused(run(f"--{role}", "bad.png"), 5, "bad.png", words)


def test_a_missing_picture_names_the_samples(run):
    assert_refused(run("--content", "astronot"), 5, "--content", "astronot", "astronaut")


def test_debug_shows_the_traceback(run):
    ran = run("--content", "gone.png", "--debug")
    assert ran.code == 5
    assert "Traceback" in ran.err
    assert "ImageError" in ran.err
    assert_nothing_written()


def rotated(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(path, 40, 48, exif=exif)


def palette(path):
    Image.open(noise("rgb.png")).quantize(16).save(path, transparency=0)


def sixteen_bits(path):
    values = numpy.random.default_rng(0).integers(0, 65536, (40, 48)).astype(numpy.uint16)
    Image.fromarray(values).save(path)


GOOD = {
    "alpha.png": lambda path: noise(path, mode="RGBA"),
    "grey alpha.png": lambda path: noise(path, mode="LA"),
    "palette.png": palette,
    "16 bits.png": sixteen_bits,
    "cmyk.jpg": lambda path: noise(path, mode="CMYK"),
    "grey.jpg": lambda path: noise(path, mode="L"),
    "rotated.jpg": rotated,
    "16 px.png": lambda path: noise(path, 16, 16),
}


@pytest.mark.parametrize("name", GOOD)
def test_an_unusual_picture(run, name):
    GOOD[name](name)
    ran = run("--content", name, "--explainer", "none", "--set", "generator.iterations=1")
    assert ran.code == 0, ran.err
    facts = json.loads(Path("out/inputs.json").read_text())["content"]
    assert max(facts["size"]) == 48
    assert facts["original_size"] == ([16, 16] if name == "16 px.png" else [48, 40])
    result = decode("out/stylized.png").image
    assert list(result.shape[-2:]) == facts["size"][::-1]


def test_exif_rotation_is_applied(run):
    rotated("rotated.jpg")
    assert run("--content", "rotated.jpg", "--explainer", "none").code == 0
    facts = json.loads(Path("out/inputs.json").read_text())["content"]
    assert any("orientation" in note.lower() for note in facts["notes"])


@pytest.mark.parametrize(("width", "height"), [(400, 16), (16, 400)])
@pytest.mark.parametrize("role", ["content", "style"])
def test_a_strip_that_leaves_a_layer_empty(run, width, height, role):
    """At 48 px it is 2 px high, and nothing of it is left at relu5_1."""
    noise("strip.png", width, height)
    size = "2 x 48" if height > width else "48 x 2"
    assert_refused(run(f"--{role}", "strip.png"), 4, f"the {role} picture", size, "relu3_1", "--size")


def folder(name, *files):
    Path(name).mkdir()
    for file in files:
        noise(f"{name}/{file}", 32, 32)
    return Path(name)


def test_a_folder_with_bad_pictures_is_refused_with_the_list(run):
    folder("many", "good.png")
    Path("many/empty.png").write_bytes(b"")
    Path("many/text.jpg").write_text("no picture")
    assert_refused(run("--content", "many"), 5, "2 of 3", "empty.png", "text.jpg", "skip")


def test_skip_bad_goes_on(run):
    folder("many", "a.png", "b.png")
    Path("many/empty.png").write_bytes(b"")
    ran = run("--content", "many", "--skip-bad", "--explainer", "none")
    assert ran.code == 0, ran.err
    assert "empty.png" in ran.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["a__style", "b__style"]


def test_skip_bad_with_nothing_left(run):
    Path("many").mkdir()
    Path("many/empty.png").write_bytes(b"")
    assert_refused(run("--content", "many", "--skip-bad"), 5, "none can be used")


def test_a_folder_without_pictures(run):
    Path("none").mkdir()
    Path("none/notes.txt").write_text("x")
    assert_refused(run("--style", "none"), 5, "no pictures", "notes.txt")


def test_an_unreadable_folder(run, monkeypatch):
    folder("locked", "a.png")
    listdir = os.listdir

    def refuse(path="."):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return listdir(path)

    monkeypatch.setattr("os.listdir", refuse)
    assert_refused(run("--content", "locked"), 5, "locked", "Permission denied")


def test_an_unreadable_picture(run, monkeypatch):
    stat = os.stat

    def refuse(path, **options):
        if str(path).endswith("content.png"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr("os.stat", refuse)
        ran = run()
    assert_refused(ran, 5, "content.png", "may not be read")
