"""The sample pictures: found by name, small enough to ship, and what their painters paint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gsx import samples
from gsx.errors import ImageError
from gsx.samples import paint_styles


def test_every_style_has_a_painter_and_a_picture() -> None:
    assert samples.style_names() == sorted(style.name for style in paint_styles.STYLES)
    assert len(samples.style_names()) >= 8
    assert samples.DEFAULT_STYLE in samples.style_names()


@pytest.mark.parametrize("name", samples.style_names())
def test_style_decodes_and_is_small_and_rich(name: str) -> None:
    path = samples.style_path(name)
    assert path.stat().st_size <= 110_000
    with Image.open(path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (512, 512))
        pixels = np.asarray(picture, np.float32)
    # Texture everywhere: no big empty areas, in which a style would have nothing to give.
    blocks = pixels.reshape(8, 64, 8, 64, 3).std((1, 3)).mean(-1)
    assert blocks.min() > 8, "a 64 pixel block is nearly flat"
    assert pixels.std() > 40, "pale"


def test_styles_together_fit_in_a_megabyte() -> None:
    assert sum(samples.style_path(name).stat().st_size for name in samples.style_names()) <= 1_000_000


@pytest.mark.parametrize("name", samples.content_names())
def test_content_resolves(name: str) -> None:
    with Image.open(samples.content_path(name)) as picture:
        assert picture.mode == "RGB"
        assert min(picture.size) >= 300


def test_default_content_is_one_of_them() -> None:
    assert samples.content_names() == ["chelsea", "astronaut", "coffee"]
    assert samples.DEFAULT_CONTENT in samples.content_names()


@pytest.mark.parametrize(
    ("find", "wrong", "meant"),
    [(samples.style_path, "Swirling-Oil", "swirling_oils"), (samples.content_path, "chelsae", "chelsea")],
)
def test_unknown_name_says_which_was_meant(find, wrong: str, meant: str) -> None:
    with pytest.raises(ImageError) as caught:
        find(wrong)
    assert wrong in caught.value.message
    assert f"Did you mean {meant!r}?" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["../styles/mosaic", "", "zzzz"])
def test_odd_name_is_an_error_without_a_guess(name: str) -> None:
    with pytest.raises(ImageError) as caught:
        samples.style_path(name)
    assert (caught.value.hint or "").endswith(", ".join(samples.style_names()) + ".")


def test_missing_scikit_image_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "find_spec", lambda name: None)
    with pytest.raises(ImageError, match="not installed"):
        samples.content_path("coffee")


def test_missing_picture_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(samples, "find_spec", lambda name: Spec)
    with pytest.raises(ImageError, match="no picture"):
        samples.content_path("coffee")


def test_samples_import_neither_torch_nor_scikit_image() -> None:
    code = (
        "import sys, gsx.samples as s; s.content_path('coffee'); s.style_path(s.DEFAULT_STYLE);"
        "sys.exit(any(m.split('.')[0] in ('torch', 'skimage') for m in sys.modules))"
    )
    root = Path(samples.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.parametrize("name", ["cubist_facets", "ink_crosshatch", "mosaic", "watercolour"])
def test_painting_is_decided_by_the_seed(name: str) -> None:
    first = paint_styles.paint(name, 64)
    assert (first.shape, first.dtype) == ((64, 64, 3), np.uint8)
    np.testing.assert_array_equal(first, paint_styles.paint(name, 64))
    assert np.abs(first.astype(int) - paint_styles.paint(name, 64, seed=12345)).mean() > 2


@pytest.mark.parametrize("style", paint_styles.STYLES, ids=lambda style: style.name)
def test_every_painter_paints_any_size(style: paint_styles.Style) -> None:
    if style.name in ("swirling_oils", "pointillism"):
        pytest.skip("the number of strokes, and with it the time, is the same at every size")
    assert paint_styles.paint(style.name, 47).shape == (47, 47, 3)


def test_shipped_picture_is_what_its_painter_paints() -> None:
    painted = paint_styles.paint("watercolour").astype(np.float32)
    with Image.open(samples.style_path("watercolour")) as picture:
        shipped = np.asarray(picture, np.float32)
    # JPEG costs about 5 of 255 levels here, and floats differ between machines; another seed is off by 48.
    assert np.abs(painted - shipped).mean() < 8


def test_encode_keeps_within_the_limit_and_command_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hard = np.random.default_rng(0).integers(0, 256, (360, 360, 3), np.uint8)
    data, quality = paint_styles.encode(hard)
    assert len(data) <= paint_styles.MAX_BYTES
    assert paint_styles.WORST_QUALITY <= quality < paint_styles.BEST_QUALITY
    assert paint_styles.main(["--out", str(tmp_path / "new"), "--size", "40", "--only", "cubist_facets"]) == 0
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["cubist_facets.jpg"]
    assert "cubist_facets" in capsys.readouterr().out
