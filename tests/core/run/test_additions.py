"""Explanations added to a run by several commands: none is lost, a question has one answer, a dear card stays."""

import errno
import json
import shutil
import threading

import pytest
import torch
from safetensors.torch import load_file, save_file

import gsx.run.additions as additions
from gsx.errors import ContractError, StoreError
from gsx.images import save_png
from gsx.images.pairs import Pair
from gsx.pipeline.build import build_pipeline
from gsx.run.additions import add, stage_in
from gsx.run.explain_run import explain_run
from gsx.run.finished import open_run
from gsx.run.job import run_pair
from gsx.store.atomic import write_json
from gsx.testing import picture

from .run_toys import build, read

GRADCAM = "explanations/gradcam-style-alignment-layer-gradcam"
EXACT = "inputs/exact.safetensors"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A finished run of 40 px with gradcam."""
    place = tmp_path_factory.mktemp("finished")
    save_png(picture(1, (40, 36), seed=1), place / "content.png")
    save_png(picture(1, (50, 60), seed=2), place / "style.png")
    pair = Pair(place / "content.png", place / "style.png", "content__style")
    run_pair(build(), pair, place / "out", other_style=place / "content.png")
    return place / "out"


@pytest.fixture
def out(pristine, tmp_path):
    return shutil.copytree(pristine, tmp_path / "out")


def explained(out, *explainers, sets=(), **flags):
    run = open_run(out)
    return explain_run(run, build_pipeline(run.load(flags={"explainer": list(explainers) or None, **flags}, sets=sets)))


def staged(stage, name, question):
    record = {
        "folder": f"explanations/{name}",
        "explainer": {"name": "toy", "question": question},
        "score": {"name": "toy"},
        "unit": {"name": "toy"},
        "baseline": "zero",
        "card_level": "off",
        "status": "done",
        "seconds": 2.0,
        "notes": [],
        "provenance": {},
    }
    (stage / record["folder"]).mkdir(parents=True)
    return record


def test_two_commands_at_once_lose_nothing(out):
    """Each of another question, all of the same name, entered at the same moment."""
    gate = threading.Barrier(8)

    def command(number):
        with stage_in(out) as stage:
            record = staged(stage, "toy", number)
            gate.wait()
            add(out, stage, record)

    threads = [threading.Thread(target=command, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = [item for item in read(out)["explanations"] if item["explainer"]["name"] == "toy"]
    assert sorted(item["explainer"]["question"] for item in listed) == list(range(8))
    for item in listed:
        assert read(out / item["folder"], "explanation.json") == item
    assert not list(out.glob(".*"))


def test_the_same_question_under_another_name_is_replaced(out):
    (record,) = explained(out, "gradcam", **{"explainer.score": ["style-alignment"]})[1]
    assert record["explainer"]["id"] == "gradcam-style-alignment"
    assert record["folder"] == GRADCAM
    assert [item["folder"] for item in read(out)["explanations"]] == [GRADCAM]
    assert [place.name for place in (out / "explanations").iterdir()] == [GRADCAM.rpartition("/")[2]]


def test_entries_of_one_question_keep_their_own_folders(out):
    recipe = read(out, "recipe.json")
    twin = {**recipe["explainer"][0], "id": "twin"}
    (out / "recipe.json").write_text(json.dumps({**recipe, "explainer": [recipe["explainer"][0], twin]}))
    shutil.copytree(out / GRADCAM, out / "explanations" / "gradcam-style-alignment-layer-twin")
    folders = [record["folder"] for record in explained(out)[1]]
    assert folders == [GRADCAM, "explanations/gradcam-style-alignment-layer-twin"]


def test_a_fuller_card_stays(out):
    (full,) = explained(out, "ablation", **{"explainer.card": "full"})[1]
    assert full["card"]
    (cheap,) = explained(out, "ablation", **{"explainer.card": "off"})[1]
    assert (cheap["folder"], cheap["card"], cheap["card_level"]) == (full["folder"], full["card"], "full")
    assert cheap["provenance"] == full["provenance"]
    assert "explained with --card full" in cheap["notes"][-1]
    assert read(out)["explanations"][-1] == cheap == read(out / cheap["folder"], "explanation.json")
    again = explained(out, "ablation", **{"explainer.card": "off"})[1][0]
    assert again["notes"] == cheap["notes"], "said once"


def test_the_card_of_other_figures_goes_and_that_is_said(out):
    (full,) = explained(out, "ablation", **{"explainer.card": "full"})[1]
    full["values"][0][0]["score_change"] += 1e-9
    write_json(out / full["folder"] / "explanation.json", full)
    (cheap,) = explained(out, "ablation", **{"explainer.card": "off"})[1]
    assert (cheap["card"], cheap["card_level"]) == ([], "off")
    assert "gave other figures; its card went with it" in cheap["notes"][-1]


def test_a_fuller_card_replaces_a_cheap_one(out):
    explained(out, "ablation", **{"explainer.card": "off"})
    (record,) = explained(out, "ablation")[1]
    assert record["card"]
    assert record["card_level"] == "quick"


def test_the_seconds_of_explaining_grow(out):
    before = read(out)["seconds"]
    (record,) = explained(out, "layercam")[1]
    after = read(out)["seconds"]
    assert after["explain"] == pytest.approx(sum(item["seconds"] for item in read(out)["explanations"]), abs=1e-3)
    assert after["total"] - after["explain"] == pytest.approx(before["total"] - before["explain"], abs=2e-3)
    assert after["explain"] >= record["seconds"] > 0


def test_what_a_kill_left_behind_is_swept_and_nothing_else(out):
    (out / ".explaining.0123abcd.partial" / "explanations").mkdir(parents=True)
    (out / ".explaining.0123abcd.partial" / "lock").touch()
    with stage_in(out) as mine, stage_in(out) as other:
        assert sorted(out.glob(".explaining.*")) == sorted([mine, other])
    assert not list(out.glob(".*"))


def test_what_a_killed_command_was_replacing_is_put_back(out):
    """Killed between its two renames: the old one is aside, the new one not in place yet."""
    killed = out / ".explaining.0123abcd.partial" / "explanations"
    killed.mkdir(parents=True)
    before = read(out / GRADCAM, "explanation.json")
    (out / GRADCAM).rename(killed / f"{(out / GRADCAM).name}.before")
    with stage_in(out):
        assert read(out / GRADCAM, "explanation.json") == before
    assert not list(out.glob(".*"))


def test_a_full_disk_leaves_an_explanation_whole_or_not_at_all(out, monkeypatch):
    (before,) = explained(out, "layercam")[1]
    result = (out / "result.json").read_bytes()
    usual = additions.write_json

    def full(path, value):
        if path.name == "result.json":
            raise StoreError(f"{path} cannot be written: {errno.ENOSPC}.", hint="Choose another folder with --out.")
        usual(path, value)

    monkeypatch.setattr(additions, "write_json", full)
    for explainer in ("layercam", "ablation"):
        with pytest.raises(StoreError, match="0 of 1 explanations were finished") as refusal:
            explained(out, explainer)
        assert "--out" not in refusal.value.hint
        assert ".partial" not in refusal.value.message
    assert read(out / before["folder"], "explanation.json") == before
    assert not list((out / "explanations").glob("ablation*"))
    assert (out / "result.json").read_bytes() == result
    assert not list(out.glob(".*"))


@pytest.mark.parametrize("name", [EXACT, "stylized.safetensors", "inputs/style.png", "stylized.png"])
def test_another_runs_file_is_not_believed(out, name):
    """Whole, of the right size, and of another picture."""
    if name.endswith("png"):
        save_png(picture(1, (40, 36), seed=9), out / name)
    else:
        save_file({key: value.flip(-1).contiguous() for key, value in load_file(out / name).items()}, out / name)
    with pytest.raises(StoreError, match=r"is not the one that the run wrote: sha256 \w+… instead of"):
        explained(out)


def test_without_hashes_the_pictures_are_still_compared(out):
    (out / "result.json").write_text(json.dumps({**read(out), "files": {}}))
    kept = load_file(out / EXACT)
    save_file({**kept, "stylized": torch.rand(1, 3, 40, 36)}, out / EXACT)
    with pytest.raises(StoreError, match="is of another picture than"):
        explained(out)


@pytest.mark.parametrize("entry", [{"name": "dissection"}, {"name": "rise", "score": {"where": "mask"}}])
def test_a_finished_run_cannot_be_given_a_mask(out, entry):
    flags = {"explainer.score": ["region"]} if "score" in entry else {}
    sets = [f"explainer.{entry['name']}.score.where=mask"] if flags else []
    sets += [f"explainer.{entry['name']}.unit=picture"] if flags else []
    with pytest.raises(ContractError, match="asks for a region of the content, and no mask marks one") as refusal:
        explained(out, entry["name"], sets=sets, **flags)
    assert "a finished run cannot be given one: make the run again, with --set input.mask=FILE" in refusal.value.hint


def test_a_lost_mask_is_damage(out):
    recipe = read(out, "recipe.json")
    (out / "recipe.json").write_text(json.dumps({**recipe, "input": {**recipe["input"], "mask": "gone.png"}}))
    with pytest.raises(StoreError, match="was run with a mask, and holds none"):
        explained(out)


def test_without_another_style_note_and_card_agree(out):
    (out / EXACT).unlink()
    (record,) = explained(out)[1]
    assert "there is no map for it" in record["notes"][-1]
    (target,) = [check for check in record["card"] if check["name"] == "target"]
    assert target["why"].startswith("Asked about this style in inverted colours, it is ")


def test_a_disk_that_is_full_for_the_page_alone_costs_no_explanation(out, monkeypatch):
    def full(folder):
        raise StoreError(f"{folder / 'report.html'} cannot be written.", hint="Choose another folder with --out.")

    monkeypatch.setattr(additions, "write_report", full)
    with pytest.raises(StoreError, match="1 of 1 explanations were finished") as refusal:
        explained(out, "layercam")
    assert "--out" not in refusal.value.hint
    assert read(out)["explanations"][-1]["explainer"]["name"] == "layercam"
