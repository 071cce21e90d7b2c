"""What a map's numbers are: of the score, of the picture, or of something else; and whether they add up."""

import re

import pytest

from gsx.report import write_report

from .pages import plain
from .runs import get, put

GRADCAM = "explanations/gradcam-style-alignment-layer-gradcam/explanation.json"


def page(run, **values):
    """The first explanation, its map's record changed; text and HTML."""
    record = get(run, GRADCAM)
    record["maps"][0] |= values
    put(run, GRADCAM, {**record, "card": []})
    html = write_report(run).read_text(encoding="utf-8")
    html = html[html.index("<article>") : html.index("</article>")]
    return plain(html), html


def test_the_score_is_said_to_be_raised_and_lowered(run):
    text, html = page(run)
    assert "red marks what raises the score and blue what lowers the score" in text
    assert ": red raises the score, blue lowers the score" in html
    assert "This map is not about the score" not in text


@pytest.mark.parametrize("adds_up", [False, None, "yes", 1])
def test_a_sum_that_means_nothing_is_not_told(run, adds_up):
    text, _ = page(run, adds_up=adds_up)
    assert "Sums to" not in text
    assert "the score is 0.713" not in text


def test_how_much_the_picture_changes_is_no_map_of_the_score(run):
    text, html = page(run, quantity="picture", adds_up=False, minimum=0.001, maximum=0.02, scale=0.02, contrast=None)
    assert "of what changes the picture lies in the" in text
    assert "red marks what changes the picture; the more the grey picture shows through" in text
    assert "This map is not about the score: it shows how much the stylised picture changes" in text
    assert "0 changes nothing 0.0200 changes the picture" in text, "a scale from 0: it has no negative values"
    for wrong in ("what raises the", "what lowers the", "Sums to", "Positive share", "No map for another style"):
        assert wrong not in text
    assert "Colours from none, 0, changes nothing, to red" in html


def test_a_map_of_the_score_may_say_itself_whose_part_it_is(run):
    text, _ = page(run, says=["tv held back", "left alone by tv", "tv pushed on"])
    assert "of what tv pushed on lies in the upper right; 50 % of what tv held back lies in" in text
    assert "of what raises" not in text


def test_something_else_says_itself_what_it_shows(run):
    text, _ = page(run, quantity="other", adds_up=False, says=["is left out", "even", "is looked at"])
    assert "of what is looked at lies in the upper right; 50 % of what is left out lies in" in text
    assert "red marks what is looked at and blue what is left out" in text
    assert re.search(r"−[\d.]+ is left out 0 even \+[\d.]+ is looked at", text)
    assert "red marks where the map is higher for this style than for woodcut_waves" in text
    for wrong in ("raises", "lowers", "Compared with", "for this style rather"):
        assert wrong not in text


def test_which_of_the_scores_of_a_name_it_is(run):
    options = {"where": "box", "left": 0.25, "scale": None, "patch": [0, 1], "relative": False, "x": True}
    score = {"name": "region", "layers": None, **options}
    put(run, GRADCAM, {**get(run, GRADCAM), "score": score})
    assert "(Asked with where = box, left = 0.25, patch = (0, 1), x = true.)" in page(run)[0]


def test_what_asks_no_score_names_none(run):
    put(run, GRADCAM, {**get(run, GRADCAM), "asks_score": False})
    text, _ = page(run, quantity="other", says=["is left out", "even", "is looked at"])
    assert text.startswith("gradcam On the stylised picture")
    for wrong in ("explains the score", "style-alignment", "by layer"):
        assert wrong not in text.partition("Exact settings")[0]


@pytest.mark.parametrize("says", [None, 3, ["a"], [1, 2, [3]], {"a": 1}])
def test_damaged_words_cost_nothing_else(run, says):
    text, _ = page(run, quantity="strange", says=says)
    assert "Grad-CAM at relu4_1 on the stylised picture" in text
    assert "raises the score" not in text, "a quantity that the page does not know is not the score"


def test_words_are_escaped(run):
    _, html = page(run, quantity="other", says=["<b>x", "<i>y", "<script>z"])
    assert "<script>z" not in html
    assert "&lt;script&gt;z" in html


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("picture", "what the content picture has at the same place"),
        ("fused", "the content picture's own features, as if nothing had been fused"),
        ("fused-channels", "the content picture's own channel, as if nothing had been fused"),
        ("generator", "what the generator has there for the content picture's own features"),
    ],
)
def test_the_content_as_baseline_in_words(run, unit, said):
    put(run, GRADCAM, {**get(run, GRADCAM), "unit": {"name": unit, "role": "stylized"}})
    text, _ = page(run)
    assert f"Compared with {said}" in text
    put(run, GRADCAM, {**get(run, GRADCAM), "baseline": "mean"})
    text, _ = page(run)
    assert "Compared with its own mean over all positions" in text
