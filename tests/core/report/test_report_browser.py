"""The page in a real browser: pictures load, nothing sticks out, the colour bar is that of the maps."""

import json
import re
import shutil
import subprocess

import pytest
import torch

from gsx.explaining.view import overlay
from gsx.report import write_report
from gsx.report.colours import colour_bar

from .runs import put

LONG = "_long" * 60

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# Written into a copy of the page, whose own policy forbids scripts.
MEASURE = """<script>addEventListener("load", () => {
  const root = document.documentElement, images = [...document.images], out = [];
  for (const one of document.querySelectorAll("body *")) {
    const box = one.getBoundingClientRect();
    if (!one.closest(".scroll, svg, .hidden") && box.width && (box.right > root.clientWidth + 1 || box.left < -1))
      out.push(one.tagName + "." + one.className);
  }
  const shown = [...document.querySelectorAll("svg")].filter(one => one.getBoundingClientRect().width);
  const clipped = shown.flatMap(svg => [...svg.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect(), frame = svg.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
      || box.bottom > frame.bottom + 1;
  }).map(text => text.textContent));
  const heights = [...document.querySelectorAll(".hero img")].map(one => one.getBoundingClientRect().height);
  parent.postMessage({page: location.pathname.split("/").pop(), width: innerWidth, scroll: root.scrollWidth,
    images: images.length, loaded: images.filter(one => one.naturalWidth > 0).length, out, clipped, heights,
    plots: shown.length}, "*");
});</script>"""

FRAMES = """<!doctype html><body><pre id="found">[]</pre>
<iframe src="plain.html" width="1280" height="900"></iframe><iframe src="plain.html" width="390" height="800"></iframe>
<iframe src="long.html" width="1280" height="900"></iframe><iframe src="long.html" width="390" height="800"></iframe>
<script>const found = []; addEventListener("message", event => {
  found.push(event.data); document.getElementById("found").textContent = JSON.stringify(found); });</script>"""


@pytest.fixture(scope="module")
def measured(pristine, tmp_path_factory):
    """What the browser measured, at the widths of a desktop and of a phone."""
    if BROWSER is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    place = tmp_path_factory.mktemp("browser")
    folder = shutil.copytree(pristine, place / "run")
    for name in ("plain", "long"):
        if name == "long":
            _lengthen(folder)
        page = write_report(folder).read_text(encoding="utf-8")
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', MEASURE, page)
        (place / f"{name}.html").write_text(page, encoding="utf-8")
    (place / "frames.html").write_text(FRAMES, encoding="utf-8")
    done = subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--hide-scrollbars",
            "--virtual-time-budget=5000",
            f"--user-data-dir={place / 'profile'}",
            "--dump-dom",
            (place / "frames.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, flags=re.S)
    assert found, done.stderr
    return {(one["page"], one["width"]): one for one in json.loads(found[1])}


def _lengthen(folder):
    """Long texts without a place to break, everywhere, and a status that has a box."""
    for file in folder.rglob("*.json"):
        value = _long(json.loads(file.read_text(encoding="utf-8")))
        put(folder, str(file.relative_to(folder)), value)
    step = {"step": 1, **{f"{index}{LONG}": 1.0 + index / 1000 for index in range(9)}}
    (folder / "metrics.jsonl").write_text(json.dumps(step), encoding="utf-8")


def _long(value):
    if isinstance(value, dict):
        return {
            key: inner
            if key in ("picture", "folder", "on", "direction", "gives", "baseline")
            or (key, inner) == ("status", "error")
            else _long(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_long(inner) for inner in value]
    return value + LONG if isinstance(value, str) else value


@pytest.mark.parametrize("page", ["plain", "long"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_its_pictures_load(measured, width, page):
    facts = measured[f"{page}.html", width]
    assert facts["images"] == facts["loaded"] == 6
    assert (facts["out"], facts["scroll"]) == ([], facts["width"])
    assert facts["clipped"] == []
    assert facts["plots"] == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_content_and_style_are_equally_high_and_the_result_is_largest(measured, width):
    content, style, result = measured["plain.html", width]["heights"]
    assert content == pytest.approx(style, abs=1.5)
    assert result > 1.3 * content


def test_the_colour_bar_has_the_colours_of_the_maps():
    stops = re.findall(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)", colour_bar())
    grey = 0.725
    picture = torch.full((3, 1, len(stops)), (grey - 0.25) / 0.75)
    drawn = overlay(torch.linspace(-1, 1, len(stops))[None], picture, 1.0)[:, 0].T
    for (red, green, blue, opacity), expected in zip(stops, drawn, strict=True):
        colour = torch.tensor([float(red), float(green), float(blue)]) / 255
        assert torch.allclose(grey * (1 - float(opacity)) + colour * float(opacity), expected, atol=0.01)
