"""What the page of a whole run shows."""

import re

import matplotlib
import pytest

from gsx.report import write_report
from gsx.report.formats import figure
from gsx.report.page import read_page, render

from .pages import Elements, plain
from .runs import get


@pytest.fixture(scope="module")
def html(pristine):
    return render(read_page(pristine))


def test_every_section_is_there_in_order(html):
    places = [html.index(f'id="{name}"') for name in ("explanations", "distances", "making", "provenance")]
    assert places == sorted(places)
    assert html.index('class="hero"') < places[0]


def test_title_components_and_status(html):
    text = plain(html)
    assert "chelsea.png in the style of swirling_oils.jpg" in text
    assert "extractor vgg19 fusion adain generator pixels" in text
    assert "GSX run report done" in text


def test_each_picture_has_its_name_size_and_alternative_text(html):
    images = re.findall(r"<img [^>]*>", html)
    assert len(images) == 6  # content, style, result, map, contrast, difference
    assert all(re.search(r'alt="[^"]{10,}"', image) for image in images)
    assert "Content chelsea.png 128 × 85 px" in plain(html)


def test_a_map_says_what_it_shows_where_and_on_which_scale(html, pristine):
    text = plain(html)
    assert "A higher style-alignment means: more like the style: 0 has the content's statistics" in text
    assert "This result scores 0.713." in text
    assert "On the stylised picture, red marks what raises the score" in text
    scale = figure(
        max(
            -get(pristine)["explanations"][0]["maps"][0]["minimum"],
            get(pristine)["explanations"][0]["maps"][0]["maximum"],
        )
    )
    assert f"−{scale} lowers the score 0 no say +{scale} raises the score" in text
    assert "Positive share 62 %" in text
    assert "Sums to 0.0871 (the score is 0.713)" in text


def test_units_are_ranked_by_magnitude_and_cut_at_twenty(html):
    layers, channels, _ = re.findall(r'<table class="values">.*?</table>', html, flags=re.S)
    assert re.findall(r'<th scope="row">([^<]*)', layers) == ["relu3_1", "relu2_1", "relu1_1", "relu4_1", "relu5_1"]
    assert "−0.0321" in layers
    assert plain(html).count("Units are replaced one at a time, so these are no shares") == 2
    assert "Δ image" in layers
    assert channels.count('<th scope="row">') == 20
    assert "Δ image" not in channels
    assert "The 20 largest of 512 units" in plain(html)
    assert "The 492 that are not shown are in explanations/" in plain(html)


def test_bars_lie_on_the_side_of_their_sign(html):
    table = re.findall(r'<table class="values">.*?</table>', html, flags=re.S)[0]
    bars = re.findall(r'class="(up|down)" style="width:([\d.]+)%"', table)
    assert bars[0] == ("up", "50.0")
    assert bars[3] == ("down", "7.5")  # 50 · 0.0321 / 0.2134


def test_null_is_said_and_nothing_is_shown_for_it(html):
    article = next(part for part in html.split("<article>") if "gradcam-style" in part)
    assert "null: nothing to show." in plain(article)
    assert "Grad-CAM is blind here" in plain(article)
    assert "<img" not in article


def test_an_error_stands_in_a_box_with_its_message(html):
    article = next(part for part in html.split("<article>") if "This explanation failed" in part)
    assert 'class="box error"' in article
    assert "the score is NaN or infinite here." in article


def test_metrics_have_figures_directions_and_reasons(html):
    text = plain(html)
    assert "ssim 0.612 ↑ higher is closer" in text
    assert "content-distance mean over layers 0.213 ↓ lower is closer" in text
    assert "lpips skipped, because its backbone's weights are not at" in text
    assert "style-distance normalised 0.0210 0.0330 0.0640 0.121 0.334" in text


def test_the_fusions_own_effect_is_one_sentence(html):
    text = plain(html)
    assert "away from what it is" in text
    assert "as large as 14 % of the difference between content and result (0.150)" in text
    assert "The generator pixels reads the style itself" in text
    assert "the fusion matters little here" in text


def test_curves_times_shapes(html):
    text = plain(html)
    assert html.count("<svg") == 2
    for colour in range(1, 5):
        assert f"stroke: var(--curve-{colour})" in html
    assert "over 80 steps, on a logarithmic axis" in text
    assert "stylise 11.2 s" in text
    assert "everything else 0.58 s" in text
    assert "Peak memory 1.3 GiB" in text
    assert "relu4_1 512×10×16, style 512×16×16 fusion 'adain' (content)" in text


def test_provenance_is_complete(html, pristine):
    text, result, inputs = plain(html), get(pristine), get(pristine, "inputs.json")
    for value in (
        result["fingerprint"],
        result["weights"]["extractor"]["sha256"],
        inputs["style"]["sha256"],
        "EXIF orientation 6 applied",
        "451 × 300 px, used at 128 × 85 px",
        "torchvision 0.24.0",
        "vgg19-slim.safetensors",
        '"style_weight": 3.0',
        "generator auto: pixels",
    ):
        assert value in text


def test_the_markup_is_well_formed(html):
    assert Elements(html).open == []


def test_nothing_is_fetched_and_nothing_runs(html):
    references = re.findall(r'(?:src|href|srcset|action|data)\s*=\s*"([^"]*)"', html)
    references += re.findall(r"url\(([^)]*)", html)
    assert references
    assert all(reference.startswith(("data:", "#")) for reference in references)
    assert "<script" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_same_folder_same_bytes(run):
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first
    moved = run.rename(run.with_name("another name"))
    assert write_report(moved).read_bytes() == first


def test_a_users_matplotlib_style_changes_nothing(pristine, html):
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "svg.fonttype": "path"}):
        assert render(read_page(pristine)) == html
