"""decode(): what each kind of good picture becomes."""

import hashlib
import importlib
import io
import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from gsx.images import decode

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def colour(decoded, y, x):
    """One pixel as 8-bit RGB."""
    return tuple(int(v) for v in (decoded.image[0, :, y, x] * 255).round())


def png(path, width, height, bits, kind, rows, *chunks):
    """Write a PNG that Pillow's own writer cannot: any depth, any extra chunks."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [chunk(b"IHDR", header), *(chunk(*c) for c in chunks), chunk(b"IDAT", data), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def test_plain_rgb(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 33, 3), dtype=np.uint8)
    path = tmp_path / "plain.png"
    Image.fromarray(pixels).save(path)
    got = decode(str(path))
    assert got.image.shape == (1, 3, 20, 33)
    assert got.image.dtype == torch.float32
    assert got.image.is_contiguous()
    assert torch.equal(got.image[0], torch.from_numpy(pixels).permute(2, 0, 1).float() / 255)
    assert got.path == path
    assert got.mode == "RGB"
    assert got.notes == ()
    assert got.original_size == (33, 20)
    assert got.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(AttributeError):
        got.mode = "L"


# From the EXIF specification: where the stored row 0 and the stored column 0 are seen.
SEEN = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}
OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", SEEN)
def test_exif_orientation(tmp_path, orientation, kind):
    stored = Image.new("RGB", (48, 32), WHITE)
    stored.paste(RED, (0, 0, 16, 16))
    stored.paste(BLUE, (32, 0, 48, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    path = tmp_path / f"turned.{kind.lower()}"
    stored.save(path, kind, exif=exif, **lossless)
    got = decode(path)
    width, height = (48, 32) if orientation < 5 else (32, 48)
    assert got.original_size == (width, height)
    assert got.image.shape == (1, 3, height, width)
    row0, col0 = SEEN[orientation]
    for sides, expected in (({row0, col0}, RED), ({row0, OPPOSITE[col0]}, BLUE)):
        y = 4 if "top" in sides else height - 5
        x = 4 if "left" in sides else width - 5
        assert np.allclose(colour(got, y, x), expected, atol=3)
    assert ("EXIF orientation" in " ".join(got.notes)) == (orientation != 1)


# Orientation (tag 274) as a text.
TEXT_ORIENTATION = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHI4sI", 1, 274, 2, 4, b"abc\0", 0)


@pytest.mark.parametrize(
    "exif", [TEXT_ORIENTATION, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0garbage", b"\xff" * 40]
)
def test_broken_exif_is_no_reason_to_refuse(tmp_path, exif):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (20, 20), RED).save(path, exif=exif)
    assert decode(path).image.shape == (1, 3, 20, 20)


@pytest.mark.parametrize(
    ("mode", "fill", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), WHITE),
        ("RGBA", (255, 0, 0, 51), (255, 204, 204)),
        ("LA", (100, 0), WHITE),
        ("LA", (0, 51), (204, 204, 204)),
    ],
)
def test_alpha_goes_over_white(tmp_path, mode, fill, expected):
    path = tmp_path / "a.png"
    Image.new(mode, (20, 20), fill).save(path)
    got = decode(path)
    assert colour(got, 3, 3) == expected
    assert "alpha composited over white" in got.notes
    assert got.mode == mode


def test_opaque_alpha_changes_nothing(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGBA", (20, 20), (9, 8, 7, 255)).save(path)
    got = decode(path)
    assert colour(got, 0, 0) == (9, 8, 7)
    assert got.notes == ("opaque alpha dropped",)


@pytest.mark.parametrize("transparency", [1, bytes([255, 0, 51])])
def test_palette_with_transparency(tmp_path, transparency):
    image = Image.new("P", (20, 20), 0)
    image.putpalette([*RED, *BLUE, 0, 0, 0])
    image.paste(1, (10, 0, 20, 10))
    image.paste(2, (10, 10, 20, 20))
    path = tmp_path / "p.png"
    image.save(path, transparency=transparency)
    got = decode(path)
    assert got.mode == "P"
    assert "palette expanded" in got.notes
    assert "alpha composited over white" in got.notes
    assert colour(got, 0, 0) == RED
    assert colour(got, 0, 15) == WHITE
    assert colour(got, 15, 15) == ((0, 0, 0) if transparency == 1 else (204, 204, 204))


def test_palette_without_transparency(tmp_path):
    image = Image.new("P", (20, 20), 1)
    image.putpalette([*RED, *BLUE])
    image.save(tmp_path / "p.png")
    got = decode(tmp_path / "p.png")
    assert colour(got, 9, 9) == BLUE
    assert got.notes == ("palette expanded",)


def test_colour_key_transparency(tmp_path):
    image = Image.new("RGB", (20, 20), RED)
    image.paste(BLUE, (0, 0, 10, 20))
    image.save(tmp_path / "key.png", transparency=BLUE)
    got = decode(tmp_path / "key.png")
    assert colour(got, 0, 0) == WHITE
    assert colour(got, 0, 15) == RED


RAMP = np.linspace(0, 65535, 400).astype(np.uint16).reshape(20, 20)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_16_bit_grey_is_scaled_not_clipped(tmp_path, name):
    Image.fromarray(RAMP).save(tmp_path / name)
    got = decode(tmp_path / name)
    np.testing.assert_allclose(got.image[0], np.repeat(RAMP[None] / 65535, 3, axis=0), atol=1e-6)
    assert got.notes == ("16-bit scaled", "greyscale repeated")


def test_16_bit_big_endian_tiff(tmp_path):
    Image.frombytes("I;16B", (20, 20), RAMP.astype(">u2").tobytes()).save(tmp_path / "be.tif")
    got = decode(tmp_path / "be.tif")
    assert got.mode == "I;16B"
    np.testing.assert_allclose(got.image[0, 0], RAMP / 65535, atol=1e-6)


def test_16_bit_white_is_zero_tiff(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(RAMP).save(buffer, "TIFF")
    data = buffer.getvalue()
    black_is_zero, white_is_zero = (struct.pack("<HHIHH", 262, 3, 1, value, 0) for value in (1, 0))
    assert data.count(black_is_zero) == 1
    (tmp_path / "w.tif").write_bytes(data.replace(black_is_zero, white_is_zero))
    np.testing.assert_allclose(decode(tmp_path / "w.tif").image[0, 0], 1 - RAMP / 65535, atol=1e-6)


def test_12_bit_tiff_reaches_white(tmp_path):
    tags = [(256, 16), (257, 16), (258, 12), (259, 1), (262, 1), (273, 8 + 2 + 9 * 12 + 4), (277, 1), (278, 16)]
    tags.append((279, 16 * 24))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    pixels = b"\xff" * (8 * 24) + b"\x00" * (8 * 24)
    (tmp_path / "d.tif").write_bytes(
        b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + pixels
    )
    got = decode(tmp_path / "d.tif")
    assert colour(got, 0, 0) == WHITE
    assert colour(got, 15, 0) == (0, 0, 0)
    assert "12-bit scaled" in got.notes


def test_16_bit_grey_colour_key(tmp_path):
    rows = [struct.pack(">16H", *([1000] * 8 + [2000] * 8))] * 16
    got = decode(png(tmp_path / "k.png", 16, 16, 16, 0, rows, (b"tRNS", struct.pack(">H", 1000))))
    assert float(got.image[0, 0, 0, 0]) == 1
    assert float(got.image[0, 0, 0, 15]) == pytest.approx(2000 / 65535)
    assert "alpha composited over white" in got.notes


def test_16_bit_rgb_png(tmp_path):
    values = np.linspace(0, 65535, 16 * 48).astype(">u2").reshape(16, 48)
    got = decode(png(tmp_path / "deep.png", 16, 16, 16, 2, [row.tobytes() for row in values]))
    flat = got.image[0].permute(1, 2, 0).reshape(16, 48)
    np.testing.assert_allclose(flat, values / 65535, atol=1 / 255)
    assert "16-bit colour read at 8 bits" in got.notes
    assert float(flat[-1, -1]) == 1


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.25, 0.75), (0.0, 255.0), (-3.0, 900.0)])
def test_float_tiff(tmp_path, low, high):
    values = np.linspace(low, high, 400, dtype=np.float32).reshape(20, 20)
    Image.fromarray(values).save(tmp_path / "f.tif")
    got = decode(tmp_path / "f.tif")
    expected = values if high <= 1 else (values - low) / (high - low)
    np.testing.assert_allclose(got.image[0, 2], expected, atol=1e-6)
    assert any(("kept" if high <= 1 else "stretched") in note for note in got.notes)


def test_32_bit_integers(tmp_path):
    values = np.linspace(-7, 2_000_000_000, 400).astype(np.int32).reshape(20, 20)
    Image.fromarray(values).save(tmp_path / "i.tif")
    image = decode(tmp_path / "i.tif").image
    assert float(image.min()) == 0
    assert float(image.max()) == 1
    assert float(image[0, 0, 10, 0]) == pytest.approx(0.5, abs=0.01)
    Image.fromarray(np.full((20, 20), 70000, np.int32)).save(tmp_path / "flat.tif")
    assert bool(decode(tmp_path / "flat.tif").image.isfinite().all())


def test_one_bit_and_grey(tmp_path):
    image = Image.new("1", (20, 20), 0)
    image.paste(1, (10, 0, 20, 20))
    image.save(tmp_path / "bit.png")
    got = decode(tmp_path / "bit.png")
    assert (colour(got, 0, 0), colour(got, 0, 19)) == ((0, 0, 0), WHITE)
    assert got.notes == ("greyscale repeated",)
    Image.new("L", (20, 20), 77).save(tmp_path / "grey.jpg")
    assert colour(decode(tmp_path / "grey.jpg"), 5, 5) == (77, 77, 77)


@pytest.mark.parametrize("name", ["c.jpg", "c.tif"])
def test_plain_cmyk(tmp_path, name):
    Image.new("CMYK", (32, 32), (0, 255, 255, 0)).save(tmp_path / name)
    got = decode(tmp_path / name)
    assert np.allclose(colour(got, 9, 9), RED, atol=3)
    assert got.notes == ("CMYK converted",)
    assert got.mode == "CMYK"


def cmyk_profile(lab):
    """An ICC profile in which every mix of inks is the one colour ``lab`` (8-bit L, a, b); but none, and all four."""
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    ramp = bytes(range(256))
    mixes = bytes([255, 128, 128]) + bytes(lab) * 14 + bytes([0, 128, 128])
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + ramp * 4 + mixes + ramp * 3
    head = struct.pack(">4sI4s4s4s", b"", 0x02400000, b"prtr", b"CMYK", b"Lab ") + b"\0" * 12 + b"acsp" + b"\0" * 28
    head += struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)  # The D50 white that ICC prescribes.
    body = head.ljust(124, b"\0") + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table
    return struct.pack(">I", len(body) + 4) + body


def test_cmyk_with_profile_uses_it(tmp_path):
    profile = cmyk_profile((137, 128, 128))  # L = 53.7, neutral: middle grey
    Image.new("CMYK", (32, 32), (0, 255, 255, 0)).save(tmp_path / "c.jpg", icc_profile=profile)
    got = decode(tmp_path / "c.jpg")
    assert np.allclose(colour(got, 9, 9), (128, 128, 128), atol=4)
    assert got.notes == ("embedded ICC profile converted to sRGB", "CMYK converted")


def test_useless_profile_is_ignored_and_noted(tmp_path):
    Image.new("CMYK", (32, 32), (0, 255, 255, 0)).save(tmp_path / "c.jpg", icc_profile=b"no profile" * 20)
    got = decode(tmp_path / "c.jpg")
    assert np.allclose(colour(got, 9, 9), RED, atol=3)
    assert "embedded ICC profile ignored (unusable)" in got.notes


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_rgb_profile(tmp_path, mode):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # sRGB with its red and green primaries swapped, under another name.
    swapped = srgb.replace(b"rXYZ", b"tmpt", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmpt", b"gXYZ", 1)
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))
    image = Image.new("RGB", (20, 20), RED).convert(mode)
    image.save(tmp_path / "same.png", icc_profile=srgb)
    image.save(tmp_path / "swapped.png", icc_profile=swapped)
    same, other = decode(tmp_path / "same.png"), decode(tmp_path / "swapped.png")
    assert colour(same, 0, 0) == RED
    assert not any("ICC" in note for note in same.notes)
    assert np.allclose(colour(other, 0, 0), (0, 255, 0), atol=2)
    assert "embedded ICC profile converted to sRGB" in other.notes


def test_lab_tiff(tmp_path):
    Image.new("LAB", (20, 20), (255, 128, 128)).save(tmp_path / "lab.tif")
    got = decode(tmp_path / "lab.tif")
    assert np.allclose(colour(got, 0, 0), WHITE, atol=2)
    assert got.notes == ("LAB converted",)


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.gif", {}), ("a.webp", {"lossless": True}), ("a.png", {}), ("a.tif", {}), ("a.jpg", {"format": "MPO"})],
)
def test_first_of_several_frames(tmp_path, name, options):
    first, second = Image.new("RGB", (32, 32), RED), Image.new("RGB", (32, 32), BLUE)
    first.save(tmp_path / name, save_all=True, append_images=[second], **options)
    got = decode(tmp_path / name)
    assert np.allclose(colour(got, 5, 5), RED, atol=3)
    assert "first of several frames used" in got.notes


def test_transparent_gif(tmp_path):
    image = Image.new("P", (20, 20), 0)
    image.putpalette([*RED, *BLUE])
    image.save(tmp_path / "t.gif", transparency=0)
    got = decode(tmp_path / "t.gif")
    assert colour(got, 0, 0) == WHITE
    assert got.notes == ("palette expanded", "alpha composited over white")


@pytest.mark.parametrize("kind", ["BMP", "PPM", "AVIF"])
def test_other_formats_and_the_suffix_does_not_matter(tmp_path, kind):
    path = tmp_path / "<b>été &amp; 漢字.dat"
    Image.new("RGB", (32, 32), RED).save(path, kind)
    assert np.allclose(colour(decode(path), 9, 9), RED, atol=3)


def test_threads_leave_the_warning_filters_as_they_were(tmp_path, monkeypatch):
    """Swapped by each thread: A enters, B enters, A leaves, B leaves and restores the filters that A had set."""
    module = importlib.import_module("gsx.images.decode")
    inside = {"a": threading.Event(), "b": threading.Event()}
    for name in inside:
        Image.new("RGB", (20, 20), RED).save(tmp_path / f"{name}.png")

    def overlapping(picture):
        name = threading.current_thread().name
        inside[name].set()
        if name == "a":
            together.append(inside["b"].wait(5))
        else:
            first.join(5)
        return to_rgb(picture)

    together: list[bool] = []
    to_rgb = module.to_rgb
    monkeypatch.setattr(module, "to_rgb", overlapping)
    before = list(warnings.filters)
    first = threading.Thread(name="a", target=decode, args=(tmp_path / "a.png",))
    second = threading.Thread(name="b", target=decode, args=(tmp_path / "b.png",))
    first.start()
    assert inside["a"].wait(5)
    second.start()
    first.join()
    second.join()
    assert together == [True], "one thread waited for the other"
    assert warnings.filters == before
