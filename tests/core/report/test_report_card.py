"""The faithfulness card on the page, and the sentence above each explanation."""

import pytest

from gsx.report import write_report

from .explanations import CARD, check
from .pages import plain
from .runs import get, put

GRADCAM = "explanations/gradcam-style-alignment-layer-gradcam/explanation.json"
SHAPLEY = "explanations/shapley-style-alignment-layers-shapley/explanation.json"


def page(run, name=GRADCAM, **values):
    """The page's text after keys of one explanation were set."""
    put(run, name, {**get(run, name), **values})
    html = write_report(run).read_text(encoding="utf-8")
    return html, plain(html)


def section(html):
    """The first explanation alone."""
    return html[html.index("<article>") : html.index("</article>")]


def test_every_check_has_its_row(run):
    html, text = page(run)
    assert "Faithfulness card 2 pass 1 weak 1 fail 1 n/a" in text
    assert "Deletion: the most important first deletion 0.0821 above 0 pass Beats 19 of 20 maps" in text
    assert "Completeness: values add up completeness – above 0 n/a The values of a Grad-CAM" in text
    assert "a strangers check a-strangers_check 3.20×10⁻⁷ above 0 pass" in text
    for kind in ("pass", "weak", "fail"):
        assert f'<span class="verdict {kind}" title=' in html
    assert '"percentile": 0.95' in text[text.index("Further figures of the card") :]


def test_why_and_the_points_of_a_curve_are_one_cell(run):
    """On a phone a cell is a grid of its label and one more: what else is there would land under the label."""
    html, _ = page(run, card=[check("deletion", "pass", 0.1, "It is.", places=[0, 0.2, 0.6, 1])])
    cell = html[html.index('data-label="Why">') :].partition("</td>")[0]
    assert cell == (
        'data-label="Why"><div>It is. <span class="soft">Its curve has 2 points between the ends.</span></div>'
    )


def test_what_nothing_passes_by_being_right_is_not_counted(run):
    """Having values, and how concentrated they are, say nothing of whether they are right; zeros shown do."""
    html, text = page(run, card=[check("null", "pass", 0.0), check("sparseness", "pass", 0.5)])
    assert "Faithfulness card Check" in text
    assert 'class="verdict pass"' not in section(html)
    _, text = page(run, card=[check("null", "fail", 1.0), check("sparseness", "n/a", 0.5)])
    assert "Faithfulness card 1 fail 1 n/a Check" in text
    assert "Sparseness (Gini) sparseness 0.500 above 0 n/a" in text, "a figure without a verdict is still a figure"


def test_what_fails_is_said_beside_the_sentence_and_the_map(run):
    _, text = page(run)
    start = text.index("gradcam explains the score")
    caveat = text.index(
        "Take care: this explanation fails checks of its faithfulness card (steadiness under small noise)"
    )
    assert start < caveat < text.index("of what raises the style-alignment score lies in")
    assert "on the stylised picture fails steadiness under small noise" in text
    _, text = page(run, card=[check("deletion", "pass", 0.1), check("insertion", "weak", 0.1)])
    assert "Take care: this explanation" not in text


@pytest.mark.parametrize(
    ("explainer", "score", "title"),
    [
        ({"name": "gradcam++", "id": "gradcam--style-relu3_1"}, {"name": "style", "layers": ["relu3_1"]}, "gradcam++"),
        ({"name": "gradcam++", "id": "gradcam++"}, {"name": "loss:gram"}, "gradcam++"),
        ({"name": "gradcam", "id": "gradcam-loss-gram"}, {"name": "loss:gram"}, "gradcam"),
        ({"name": "gradcam", "id": "positive"}, {"name": "style"}, "gradcam (positive)"),
    ],
)
def test_the_title_names_the_explainer(run, explainer, score, title):
    _, text = page(run, explainer=explainer, score=score)
    assert f" {title} explains the score" in text


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([0, 0.5, 1], "Its curve has one point between the ends, at 50 % of the units: a rough check."),
        ([0, 0.25, 0.5, 0.75, 1], "Its curve has 3 points between the ends."),
    ],
)
def test_how_finely_a_curve_was_read(run, places, said):
    _, text = page(run, card=[check("deletion", "pass", 0.1, places=places)])
    assert said in text


@pytest.mark.parametrize("places", [None, 3, [], [0, 1], [0, "<b>", 1], [0, None, 1], {"a": 1}])
def test_damaged_places_say_nothing(run, places):
    _, text = page(run, card=[check("deletion", "pass", 0.1, places=places)])
    assert "Its curve has" not in text


def test_an_explanation_without_a_card_says_so(run):
    _, text = page(run, card=[])
    assert "No faithfulness card was made: whether this explanation can be trusted was not tested." in text


@pytest.mark.parametrize("damaged", ["text", 7, {"a": 1}, [1, None], [{}], [{"name": [], "value": "x", "seconds": {}}]])
def test_a_damaged_card_costs_nothing_else(run, damaged):
    _, text = page(run, card=damaged)
    assert "Grad-CAM at relu4_1 on the stylised picture" in text


def test_what_a_card_says_is_escaped(run):
    evil = {**CARD[0], "name": "<b>x</b>", "why": "<script>1</script>", "verdict": '"><i>', "expected": "<u>"}
    html, _ = page(run, card=[evil])
    for raw in ("<b>x</b>", "<script>", '"><i>', "<u>"):
        assert raw not in html
    assert "&lt;script&gt;" in html


def test_sentences_name_score_and_baseline(run):
    _, text = page(run)
    assert "On the stylised picture, 50 % of what raises the style-alignment score lies in the upper right" in text
    assert "relu3_1 raises the style-alignment score the most, by 0.213, and relu4_1 lowers it the most" in text
    assert "Of the style-alignment score's gain over the content baseline, relu3_1 carries 61 %" in text


def test_additive_values_are_said_to_add_up(run):
    _, text = page(run, SHAPLEY)
    assert "the parts are meant to add up to that, and sum to +0.507." in text
    _, text = page(run, SHAPLEY, additive="yes")
    assert "meant to add up to that" not in text


def test_what_is_null_or_failed_has_no_sentence(run):
    for changed in ({"null": True, "null_reason": "blind"}, {"status": "error", "error": "broke"}):
        _, text = page(run, SHAPLEY, **{"null": False, "status": "done", **changed})
        assert "relu3_1 carries" not in text


def test_the_scores_layers_are_named(run):
    _, text = page(run, SHAPLEY, score={"name": "style", "layers": ["relu3_1", "relu4_1"]})
    assert "over the content baseline, relu3_1 carries" in text
    assert "the style@relu3_1,relu4_1 score" in text


@pytest.mark.parametrize("ninths", [None, 3, {"positive": [1] * 8, "negative": [0] * 9}, {"positive": [-1.0] * 9}])
def test_damaged_ninths_have_no_sentence(run, ninths):
    maps = get(run, GRADCAM)["maps"]
    maps[0]["ninths"] = ninths
    _, text = page(run, maps=maps)
    assert "of what raises the score" not in text
