"""The page of a training, from folders whose right reading is known."""

import json

import pytest

from .trainings import change, gauge, line, note, page_of


def test_a_training_that_runs(folder):
    text = page_of(folder)
    assert "unet with adain" in text
    assert "20 of 40 steps so far." in text
    assert "not finished" in text
    assert "mean-std went from 19.5 to 1.50" in text
    assert "content and mean-std pull against each other at the generator (cosine -0.60)." in text
    assert "No gauge is past its bound." in text
    assert "no pictures" in text
    assert text.count("data:image/png") == 3
    assert "After step 7" in text
    assert "After step 1<" in text


def test_a_gauge_past_its_bound_is_said_first(folder):
    bad = gauge("style retrieval", 0.05, False, bound="at least 0.4", advice="Try a larger weight.")
    note(folder, {"step": 20, "gauges": [bad]})
    text = page_of(folder)
    assert "Warning: style retrieval is 0.05, and should be at least 0.4. Try a larger weight." in text
    assert "No gauge is past its bound." not in text


@pytest.mark.parametrize(("accuracy", "said"), [(0.47, True), (0.52, True), (0.7, False), (None, False)])
def test_a_discriminator_that_cannot_tell(folder, accuracy, said):
    note(folder, {"step": 20, "gauges": [gauge("discriminator accuracy", accuracy)]})
    assert ("tells paintings from results in" in page_of(folder)) is said


def test_a_training_that_is_done(folder):
    card = {
        "parameters": 1234567,
        "sha256": "abc",
        "command": "gsx train",
        "skipped_steps": {"content": 2},
        "steps": 20,
    }
    (folder / "card.json").write_text(json.dumps(card))
    change(folder, train={"steps": 20})
    text = page_of(folder)
    assert "The training is done: 20 steps." in text
    assert "2 steps had to be skipped, because content was NaN or infinite." in text
    assert "1,234,567" in text


def test_no_quarrel_is_made_up(folder):
    lines = [line(step, 5.0, 0.1) for step in range(1, 21)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(item) + "\n" for item in lines))
    text = page_of(folder)
    assert "pull against" not in text
    assert "No gauge was read yet." in text


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "metrics.jsonl").write_text('[1]\nnonsense\n{"step": "x", "terms": [1]}\n'),
        lambda folder: (folder / "metrics.jsonl").unlink(),
        lambda folder: (folder / "recipe.json").write_text("[]"),
        lambda folder: (folder / "card.json").write_text('{"data": 3, "skipped_steps": [], "parameters": "many"}'),
        lambda folder: (folder / "sheets" / "00000007.png").write_bytes(b"no picture"),
        lambda folder: (folder / "metrics.jsonl").write_text(
            '{"step": 1, "gauges": [3, {"value": "x"}], "attribution": 5}\n'
        ),
    ],
)
def test_damage_is_named_and_the_rest_is_shown(folder, damage):
    damage(folder)
    text = page_of(folder)
    assert "<h1>" in text
    assert "What it says" in text


def test_texts_of_the_folder_are_escaped(folder):
    evil = "<script>alert(1)</script>"
    (folder / "recipe.json").write_text(json.dumps({"generator": {"name": evil}, "fusion": {"name": evil}}))
    (folder / "card.json").write_text(
        json.dumps({"command": evil, "skipped_steps": {evil: 1}, "data": {evil: {"train": 1, "held_out": 1}}})
    )
    bad = gauge(evil, 0.1, False, bound=evil, advice=evil)
    lines = [{**line(step, 5.0, -0.9), "terms": {evil: 1.0 + step}} for step in range(12)]
    lines += [{"step": 12, "gauges": [bad]}]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(item) + "\n" for item in lines))
    assert "<script" not in page_of(folder)
