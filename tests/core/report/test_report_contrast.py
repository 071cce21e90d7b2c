"""A map beside the same map for another style, and their difference."""

import pytest

from gsx.report import write_report
from gsx.report.comparing import figures, reading, verdict
from gsx.report.formats import figure

from .pages import plain
from .runs import get, put


def changed(run, contrast=None, **values):
    """The page's text after keys of the map and its contrast were set; None removes one."""
    place = next(place for place in (run / "explanations").iterdir() if (place / "gradcam.png").exists())
    name = f"explanations/{place.name}/explanation.json"
    record = get(run, name)
    for target, news in ((record["maps"][0], values), (record["maps"][0]["contrast"], contrast or {})):
        target |= news
        for key in [key for key, value in news.items() if value is None]:
            del target[key]
    put(run, name, record)
    return plain(write_report(run).read_text(encoding="utf-8"))


def test_three_figures_the_last_with_a_scale_of_its_own(run):
    html = write_report(run).read_text(encoding="utf-8")
    text = plain(html)
    scale = figure(get(run)["explanations"][0]["maps"][0]["contrast"]["difference"]["scale"])
    assert 'class="maps of-3"' in html
    assert "The same question for another style: woodcut_waves" in text
    assert "The difference: the first map less the second" in text
    assert f"−{scale} higher for the other style 0 equal +{scale} higher for this style" in text
    # Not "what speaks for this style": a larger score may mean farther from it.
    assert "red marks where the map is higher for this style than for woodcut_waves: what raises style-" in text
    assert "Positive share 62 %" in text
    assert text.index("Sums to 0.0871") < text.index("Positive share")


def test_pattern_and_strength_are_told_together(run):
    text = changed(run)
    assert "Asked about woodcut_waves instead, the map rises and falls in places that have little to do with" in text
    assert "is 0.65 times as strong in all (correlation r = 0.12, ratio of magnitudes = 0.65)" in text
    assert "unrelated" not in text


def test_folders_of_older_runs_have_two_figures_and_no_sum(run):
    text = changed(run, {"difference": None, "magnitude_ratio": None}, sum=None)
    assert 'class="maps of-2"' in (run / "report.html").read_text(encoding="utf-8")
    assert "(correlation r = 0.12)" in text
    assert "Sums to" not in text
    assert "Positive share 62 %" in text
    assert "The difference: " not in text
    assert "incomplete" not in text


def test_without_the_scores_value_the_sum_stands_alone(run):
    for place in (run / "explanations").iterdir():
        name = f"explanations/{place.name}/explanation.json"
        put(run, name, {**get(run, name), "provenance": {}})
    assert "Sums to 0.0871 Values" in changed(run)


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ({"picture": "gradcam-difference.png", "scale": 0.0}, "The two maps are equal everywhere."),
        ({"picture": "gone.png", "scale": 0.1}, "the picture of the difference is missing"),
        ({"picture": "gradcam-difference.png"}, "The scale of the colours was not recorded."),
        ("text", "This folder is incomplete."),
    ],
)
def test_a_difference_that_is_nothing_or_damaged(run, difference, said):
    assert said in changed(run, {"difference": difference})


@pytest.mark.parametrize(
    ("correlation", "ratio", "said"),
    [
        (0.95, 1.05, "rises and falls in nearly the same places as this one and is about as strong in all"),
        (0.7, 0.02, "rises and falls in similar places as this one and is 0.020 times as strong in all"),
        (-0.8, None, "rises where this one falls"),
        (None, 2.0, "is 2.0 times as strong in all"),
        (None, None, ""),
    ],
)
def test_readings(correlation, ratio, said):
    assert reading(correlation, ratio) == said
    assert bool(figures(correlation, ratio)) == bool(said)


@pytest.mark.parametrize(
    ("correlation", "ratio", "own", "other", "said"),
    [
        (0.95, 1.05, (0, 1), (0, 1), "says little about this style"),
        (0.95, 0.1, (0, 1), (0, 1), ""),
        (0.95, None, (0, 1), (0, 1), "was not recorded"),
        (0.19, 0.65, (0.1, 1), (-0.01, 0.8), "Neither map is clearly blue anywhere, so the two agree in sign"),
        (0.19, 0.65, (-1, 0), (-0.8, -0.1), "Neither map is clearly red anywhere"),
        (0.19, 0.65, (-1, 1), (0, 1), ""),
        (0.19, 0.65, (None, 1), (0, 1), ""),
        (0.19, 0.65, (0, 0), (0, 1), ""),
        (None, 1.0, (0, 1), (0, 1), ""),
    ],
)
def test_verdicts_claim_no_more_than_pattern_strength_and_sign_allow(correlation, ratio, own, other, said):
    found = verdict(correlation, ratio, own, other)
    assert said in found if said else not found
