"""How far a training has come: just begun, on its way, done, taken up again."""

import json
import shutil

import pytest

from gsx.errors import StoreError
from gsx.report import write_report

from .pages import plain
from .trainings import change, line, note, page_of

DAMAGED = "Parts of this folder are missing or damaged."


def with_card(folder, **card):
    (folder / "card.json").write_text(json.dumps(card))


@pytest.fixture
def begun(tmp_path):
    """A training before its first checkpoint."""
    place = tmp_path / "begun"
    place.mkdir()
    (place / "recipe.json").write_text(
        json.dumps({"generator": {"name": "resnet"}, "fusion": {"name": "adain"}, "train": {"steps": 40}})
    )
    (place / "env.json").write_text("{}")
    (place / ".training.lock").touch()
    return place


@pytest.mark.parametrize(
    ("asked", "ended", "last", "said"),
    [
        (20, 20, 20, "The training is done: 20 steps."),
        (40, 20, 20, "20 of 40 steps so far."),
        (40, 20, 33, "33 of 40 steps so far."),
        (20, 20, 33, "33 of 20 steps so far."),
        (40, None, 20, "20 of 40 steps so far."),
        (None, 20, 20, "The training is done: 20 steps."),
        (40, "many", 20, "20 of 40 steps so far."),
    ],
)
def test_done_is_a_card_of_the_end_that_the_recipe_asks_for(folder, asked, ended, last, said):
    change(folder, train={"steps": asked})
    note(folder, line(last, 1.0, 0.0))
    with_card(folder, steps=ended)
    done = said.startswith("The training is done")
    page = page_of(folder)
    assert said in page
    assert ("The training is done" in page) is done
    assert ("not finished" in page) is not done


def test_the_card_of_an_earlier_end_is_said_to_be_old(folder):
    with_card(folder, steps=12)
    assert "The generator's file and its card are still those of step 12." in plain(page_of(folder))
    with_card(folder, steps=40)
    assert "are still those of" not in page_of(folder)


def test_a_training_that_has_just_begun_has_a_page_without_problems(begun):
    text = plain(page_of(begun))
    assert "resnet with adain" in text
    assert "0 of 40 steps so far. Nothing has been noted yet." in text
    assert "No contact sheet was made yet." in text
    assert DAMAGED not in text


@pytest.mark.parametrize("place", ["sheets", "checkpoints"])
def test_pictures_may_come_before_the_first_checkpoint(begun, place):
    (begun / place).mkdir()
    assert DAMAGED not in page_of(begun)


@pytest.mark.parametrize("kept", ["checkpoints/00000020", "card.json"])
def test_lines_that_should_be_there_are_missed(begun, kept):
    if kept == "card.json":
        with_card(begun, steps=40)
    else:
        (begun / kept).mkdir(parents=True)
    page = page_of(begun)
    assert "metrics.jsonl is missing." in page
    assert "<h1>" in page


@pytest.mark.parametrize("recipe", ["{", "[]", "{}", '{"train": 3}', '{"train": {"steps": "x"}}'])
def test_a_recipe_that_asks_for_no_training_is_not_one(begun, recipe):
    (begun / "recipe.json").write_text(recipe)
    with pytest.raises(StoreError, match="it has no result"):
        write_report(begun)


def test_a_run_that_lost_its_result_is_not_a_training(run):
    change(run, train={"steps": 40})
    (run / "result.json").unlink()
    with pytest.raises(StoreError, match="it has no result"):
        write_report(run)


@pytest.mark.parametrize(
    ("content", "style", "heading"),
    [
        (3, 2, "Held-out pictures in held-out styles"),
        (3, 0, "Held-out pictures in training styles: no style was held out"),
        (0, 2, "Training pictures in held-out styles: no content was held out"),
        (0, 0, "Training pictures in training styles: none were held out"),
        (3, None, "Pictures in styles"),
        (None, "x", "Pictures in styles"),
    ],
)
def test_the_sheets_are_named_after_what_they_show(folder, content, style, heading):
    with_card(folder, data={"content": {"train": 9, "held_out": content}, "style": {"train": 9, "held_out": style}})
    assert f'<h2 id="sheets">{heading}</h2>' in page_of(folder)


def test_without_a_card_nothing_is_claimed_of_the_sheets(folder):
    assert '<h2 id="sheets">Pictures in styles</h2>' in page_of(folder)
    shutil.rmtree(folder / "sheets")
    assert "Held-out pictures" not in page_of(folder)
