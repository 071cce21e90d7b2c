"""report.html of a benchmark: what is in it, and what a real browser draws from it."""

import html
import json
import re
import shutil
import subprocess

import pytest

from gsx.report.bench import write_bench_report

from .benches import change, key_of, make_bench, put_failed

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NASTY = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>\u202e'


@pytest.fixture
def opened(tmp_path):
    """Open a page at a hash: the document after its script has run."""
    if BROWSER is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")

    def run(page, state=""):
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        place = f"--user-data-dir={tmp_path / 'profile'}"
        command = [BROWSER, *flags, place, "--virtual-time-budget=5000", "--dump-dom", f"{page.as_uri()}#{state}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert "</html>" in done.stdout, done.stderr
        return done.stdout

    return run


def body_rows(dom):
    """The names of the table's rows, controls left out."""
    body = re.search(r'<tbody id="rows">(.*?)</tbody>', dom, flags=re.S)[1]
    return [html.unescape(name) for name in re.findall(r'<th scope="row">([^<]*)', body)]


def test_the_page_is_whole_and_fetches_nothing(bench):
    page = write_bench_report(bench).read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "default-src 'none'" in page
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.S)[1])
    assert len(data[0]["rows"]["label"]) == 6
    assert len(data[0]["pictures"]["uris"]) == 4 + 6 * 4 + 4 * 4  # inputs, results, heat maps


def test_the_browser_draws_every_part(bench, opened):
    put_failed(bench, {"fusion": "sanet", "fusion.alpha": 1.0}, reason="it needs <b>relu5_1</b>")
    dom = opened(write_bench_report(bench))
    assert len(body_rows(dom)) == 5
    assert "it needs &lt;b&gt;relu5_1&lt;/b&gt;" in dom
    assert re.search(
        r'<tbody class="fixed">.*IDT: content untouched.*TGT: the style itself.*?</tbody>', dom, flags=re.S
    )
    assert dom.count('class="dot-mark"') == 4
    assert dom.count('class="control-mark"') == 2
    assert dom.count('<img class="heat"') == 4
    assert re.search(r'class="verdict pass">better<', dom)


def test_sorting_and_filtering_by_the_address(bench, opened):
    page = write_bench_report(bench)
    down = body_rows(opened(page, "sort=ssim&order=desc"))
    assert body_rows(opened(page, "sort=ssim&order=asc")) == down[::-1]
    filtered = opened(page, "axis.fusion=wct&sort=label")
    assert body_rows(filtered) == ["wct, fusion.alpha 0.5", "wct, fusion.alpha 1.0"]
    assert "2 others filtered out" in filtered
    assert body_rows(opened(page, "q=alpha%201.0&status=done")) == ["adain, fusion.alpha 1.0", "wct, fusion.alpha 1.0"]


def test_many_rows_come_page_by_page(tmp_path, opened):
    axes = {"fusion.alpha": [at / 100 for at in range(120)]}
    folder = make_bench(tmp_path / "b", axes, seeds=(0,), pictures=False, explain=False)
    dom = opened(write_bench_report(folder), "page=3")
    assert len(body_rows(dom)) == 20
    assert "101 to 120 of 120 combinations" in dom


def test_what_comes_from_the_folder_is_never_run(bench, opened):
    key = key_of(None, {"fusion": "wct", "fusion.alpha": 1.0}, 0)
    change(bench, key, label=NASTY, notes=[NASTY], coordinates={"fusion": NASTY})
    put_failed(bench, {"fusion": "x"}, reason=NASTY)
    dom = opened(write_bench_report(bench))
    assert "<title>Benchmark of" in dom
    assert "<img src=x" not in dom.replace("&lt;", "")
    assert "\u202e" not in dom


def test_pictures_outside_the_folder_are_not_embedded(bench, tmp_path):
    shutil.copy(bench / "pictures" / "content" / "0-astronau.png", tmp_path / "secret.png")
    key = key_of("content", {}, 0)
    pairs = json.loads((bench / "cells" / key / "result.json").read_text())["pairs"]
    change(bench, key, pairs=[{**pair, "picture": "../../../secret.png"} for pair in pairs])
    page = write_bench_report(bench).read_text(encoding="utf-8")
    assert "secret" not in page
    assert "4 pictures named by cells are missing, damaged or outside the folder" in page


@pytest.mark.parametrize("state", ["empty", "failed"])
def test_a_benchmark_without_figures_has_a_page(tmp_path, opened, state):
    (tmp_path / "b" / "cells").mkdir(parents=True)
    if state == "failed":
        put_failed(tmp_path / "b", {"fusion": "wct"}, status="error", reason="it broke")
    dom = opened(write_bench_report(tmp_path / "b"))
    assert ("No cell yet" if state == "empty" else "it broke") in dom
