"""Folders with something missing, damaged or unfinished."""

import json
import shutil

import pytest

from gsx.errors import StoreError
from gsx.report import write_report

from .pages import plain
from .runs import change, get, put


def text_of(folder):
    return plain(write_report(folder).read_text(encoding="utf-8"))


def test_an_interrupted_run_says_so(run):
    shutil.rmtree(run / "explanations")
    change(run, status="interrupted", metrics=None, fusion_effect=None, explanations=None)
    page = write_report(run).read_text(encoding="utf-8")
    text = plain(page)
    assert 'class="badge interrupted"' in page
    assert "Interrupted. The run was stopped before its end." in text
    assert "The run was interrupted before anything was explained." in text
    assert "The run was interrupted before anything was measured." in text
    assert "This folder is incomplete" not in text
    assert page.count("<img") == 3
    change(run, picture_finished=True)
    assert "The picture was finished; the page shows" in text_of(run)


@pytest.mark.parametrize("name", ["recipe.json", "env.json", "inputs.json", "metrics.jsonl"])
@pytest.mark.parametrize("damage", ["missing", "cut short", "not text"])
def test_what_is_missing_or_damaged_is_named(run, name, damage):
    if damage == "missing":
        (run / name).unlink()
    else:
        (run / name).write_bytes(b'{"a": ' if damage == "cut short" else b"\xff\xfe\x00")
    text = text_of(run)
    assert "This folder is incomplete." in text
    assert f"{name} is missing." in text if damage == "missing" else f"{name}" in text


@pytest.mark.parametrize("name", ["stylized.png", "inputs/content.png", "inputs/style.png"])
@pytest.mark.parametrize("keep", [0, 20, -8, None])
def test_a_missing_or_damaged_picture_leaves_a_box(run, name, keep):
    data = (run / name).read_bytes()
    (run / name).unlink() if keep is None else (run / name).write_bytes(data[:keep])
    page = write_report(run).read_text(encoding="utf-8")
    assert page.count("<img") == 5
    assert 'class="no-picture"' in page
    assert f"The picture {name} is {'missing' if keep is None else 'damaged'}" in plain(page)


def test_damaged_lines_of_the_curve_are_counted(run):
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 81, "loss"\n[1]\n')
    text = text_of(run)
    assert "metrics.jsonl: 2 of 82 lines cannot be read." in text
    assert "over 80 steps" in text


def test_a_single_pass_has_no_curve(run):
    (run / "metrics.jsonl").write_text("", encoding="utf-8")
    text = text_of(run)
    assert "No steps were recorded." in text
    assert "incomplete" not in text


def test_losses_at_or_below_zero_are_drawn_on_a_linear_axis(run):
    lines = [{"step": step, "loss": value} for step, value in enumerate((5.0, 0.0, -3.0))]
    (run / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert "logarithmic" not in text_of(run)


def test_curves_beyond_the_palette_are_counted(run):
    line = {"step": 1, **{f"term{index}": 1.0 + index for index in range(11)}}
    (run / "metrics.jsonl").write_text(json.dumps(line), encoding="utf-8")
    assert "3 further terms: see metrics.jsonl." in text_of(run)


@pytest.mark.parametrize("content", [None, b"{", b"[]", b"\xff", b"[" * 100_000])
def test_without_a_readable_result_there_is_no_page(run, content):
    (run / "result.json").unlink() if content is None else (run / "result.json").write_bytes(content)
    with pytest.raises(StoreError) as caught:
        write_report(run)
    assert str(run) in caught.value.message
    assert caught.value.hint
    assert not (run / "report.html").exists()


def test_a_folder_that_is_no_run_or_no_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="is not a run folder"):
        write_report(tmp_path)
    with pytest.raises(StoreError, match="is not a folder"):
        write_report(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_an_explanation_whose_folder_is_gone_is_still_told(run):
    shutil.rmtree(run / "explanations")
    text = text_of(run)
    assert "relu3_1 +0.213" in text
    assert "explanation.json is missing." in text
    assert "the picture of this map is missing" in text


def test_an_explanation_added_later_is_shown_too(run):
    source = next(place for place in (run / "explanations").iterdir() if "layers" in place.name)
    target = shutil.copytree(source, run / "explanations" / "zzz-added")
    change(run, f"explanations/{target.name}/explanation.json", explainer={"name": "added-later"})
    assert "added-later explains the score" in text_of(run)


@pytest.mark.parametrize("status", ["done", "interrupted"])
def test_explanations_that_were_asked_for_and_not_made_are_counted(run, status):
    change(run, "recipe.json", explainer=[{"name": "gradcam"}] * 8)
    change(run, status=status)
    assert "2 of the 8 explanations that the recipe asks for are not there." in text_of(run)


def test_a_null_explanation_never_shows_its_map(run):
    place = next(place for place in (run / "explanations").iterdir() if (place / "gradcam.png").exists())
    change(run, f"explanations/{place.name}/explanation.json", null=True, null_reason="Every value is zero.")
    page = write_report(run).read_text(encoding="utf-8")
    assert page.count("<img") == 3
    assert "Every value is zero." in page


@pytest.mark.parametrize(
    ("contrast", "said"),
    [
        ({"style": "waves", "null": True, "null_reason": "The gradient is zero."}, "The gradient is zero."),
        ({"style": "waves", "null": False, "null_reason": None}, "The explainer gave no map for it."),
        (None, "No map for another style was made"),
    ],
)
def test_a_contrast_that_is_null_or_absent_says_why(run, contrast, said):
    place = next(place for place in (run / "explanations").iterdir() if (place / "gradcam.png").exists())
    name = f"explanations/{place.name}/explanation.json"
    record = get(run, name)
    record["maps"][0]["contrast"] = contrast
    put(run, name, record)
    assert said in text_of(run)


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (
            {"not_applicable": "the fusion is the control itself"},
            "Not stated, because the fusion is the control itself.",
        ),
        (
            {"mean_abs_difference": 0.2, "content_to_result": 0.1, "sees_style_otherwise": False},
            "through the fusion alone",
        ),
        ({"mean_abs_difference": 0.2, "content_to_result": 0.1}, "as large as 200 % of the difference"),
        ({"mean_abs_difference": 0.2, "content_to_result": 0.0}, "0.200 away from what it is"),
        ({"content_to_result": 0.1}, "its figure is missing"),
    ],
)
def test_fusion_effects(run, effect, said):
    change(run, fusion_effect=effect)
    assert said in text_of(run)


def test_a_large_effect_is_not_called_small(run):
    change(run, fusion_effect={"mean_abs_difference": 0.09, "content_to_result": 0.1, "sees_style_otherwise": True})
    assert "matters little" not in text_of(run)


def test_values_that_are_all_zero_have_no_bars(run):
    place = next(place for place in (run / "explanations").iterdir() if "layers" in place.name)
    change(
        run,
        f"explanations/{place.name}/explanation.json",
        values=[[{"unit": "a", "score_change": 0.0, "image_change": None}]],
    )
    assert "Every change is exactly zero." in text_of(run)


def test_keys_that_the_page_does_not_know_are_printed(run):
    change(run, surprise={"answer": 42})
    assert '"answer": 42' in text_of(run)


def test_a_failed_metric_shows_its_error(run):
    change(run, metrics=[{"id": "mine", "direction": "none", "error": "ValueError: no"}, {"id": "mute"}])
    text = text_of(run)
    assert "mine failed: ValueError: no" in text
    assert "mute failed: it gave no figure" in text
