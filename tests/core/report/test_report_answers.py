"""An explainer's own answer, further figures of its units, and what they are held against."""

import pytest

from gsx.report import write_report

from .pages import Elements, plain
from .runs import get, put

LAYERS = "explanations/ablation-style-alignment-layers-ablation-layers/explanation.json"


def page(run, rows, **values):
    put(run, LAYERS, {**get(run, LAYERS), "values": [rows], **values})
    html = write_report(run).read_text(encoding="utf-8")
    assert Elements(html).open == []
    html = next(part for part in html.split("<article>")[1:] if "ablation-layers" in part)
    return plain(html[: html.index("</article>")]), html


def row(unit, change, **figures):
    return {"unit": unit, "score_change": change, "image_change": None, "figures": figures}


ROWS = [row("a", 0.1, IoU=0.25), row("b", 0.3, IoU=0.5)]
BESIDE = [[row("both together", -0.6), row("2 at random", 0.15, deviation=0.05)]]


def test_the_answer_comes_first_and_the_values_sentence_not_at_all(run):
    text, _ = page(run, ROWS, answers=["Half the way is enough."])
    assert text.index("Half the way is enough.") < text.index("Each row replaces")
    assert "raises the style-alignment score the most" not in text
    text, _ = page(run, ROWS, answers=[""])
    assert "b raises the style-alignment score the most, by 0.300, then a, by 0.100." in text


def test_figures_are_columns_and_beside_is_not_ranked(run):
    text, html = page(run, ROWS, beside=BESIDE)
    assert "Unit Δ score Δ score as a bar, from −0.600 to +0.600 −0.600 0 +0.600 IoU deviation" in text
    assert "b +0.300 0.500 – a +0.100 0.250 – To hold them against both together −0.600 – –" in text
    assert "2 at random +0.150 – 0.0500" in text
    assert 'class="down" style="width:50.0%"' in html, "the full bar is theirs too"
    assert "%" not in text[text.index("Unit Δ score") : text.index("No faithfulness card")].replace("−", ""), (
        "values that do not add up have no shares"
    )


def test_a_single_row_is_not_one_of_several(run):
    text, _ = page(run, [row("all of it", 0.2)])
    assert "The row replaces all of it by" in text
    assert "Each row replaces one unit" not in text
    assert "one at a time" not in text


def test_a_stranger_answers(run):
    evil = "<script>x</script>"
    _, html = page(run, [row("a", 0.1, **{evil: 1.0})], answers=[evil], beside=[[row(evil, 1.0)]])
    assert evil not in html
    assert html.count("&lt;script&gt;x") >= 3


@pytest.mark.parametrize("answers", [None, "text", 3, [None], [{}], {"a": 1}])
@pytest.mark.parametrize("beside", [None, 3, [3], [[None]], [[{"unit": "x"}]], "x"])
def test_damaged_ones_cost_nothing_else(run, answers, beside):
    text, _ = page(
        run, [{**ROWS[0], "figures": 3}, {**ROWS[1], "figures": {"IoU": "x"}}], answers=answers, beside=beside
    )
    assert "b raises the style-alignment score the most" in text
    assert "To hold them against" not in text
