"""A picture above run.tile is made by tiles, and accounted for at a smaller size."""

import functools
import json

import pytest
import torch
from safetensors.torch import load_file

import gsx.run.large as large
from gsx.errors import InterruptedRun, RecipeError, StoreError
from gsx.images import decode
from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load
from gsx.recipe import sections
from gsx.report.folder import FolderReader
from gsx.run.explain_run import explain_run
from gsx.run.finished import open_run
from gsx.run.inputs import find_work
from gsx.run.job import run_pair

GENERATOR = {"name": "resnet", "weights": "random", "channels": 8, "blocks": 1}


def made(folder, tile, **sections):
    tables = {
        "generator": GENERATOR,
        "explainer": [{"name": "gradcam"}],
        "metric": [{"name": "ssim"}],
        "run": {"size": 320, "tile": tile},
        **sections,
    }
    loaded = load(tables=tables)
    (pair,) = find_work(loaded.recipe.input).pairs
    return run_pair(build_pipeline(loaded), pair, folder)


def test_it_is_the_picture_that_is_made_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(large, "ACCOUNT", 128)
    monkeypatch.setattr(sections, "SMALLEST_TILE", 64)
    monkeypatch.setattr(large, "stylize_tiled", functools.partial(large.stylize_tiled, around=96))
    tiled, whole = made(tmp_path / "tiled", 256), made(tmp_path / "whole", 0, explainer=[])
    assert any("made in tiles of 256 px" in note and "at 128 px" in note for note in tiled["notes"])
    assert not any("tiles" in note for note in whole["notes"])
    ours, theirs = (load_file(tmp_path / name / "stylized.safetensors")["stylized"] for name in ("tiled", "whole"))
    assert ours.shape == theirs.shape
    assert max(ours.shape) == 320
    assert (ours - theirs).abs().max() < 1e-3
    assert theirs.std() > 0.01
    assert tiled["explanations"][0]["status"] == "done"
    assert "values" in tiled["metrics"][0]
    shown = decode(tmp_path / "tiled" / tiled["explanations"][0]["folder"] / "gradcam.png").image
    assert max(shown.shape) == 128


def test_it_is_explained_again_at_the_size_of_its_account(tmp_path, monkeypatch):
    monkeypatch.setattr(large, "ACCOUNT", 128)
    monkeypatch.setattr(sections, "SMALLEST_TILE", 64)
    monkeypatch.setattr(large, "stylize_tiled", functools.partial(large.stylize_tiled, around=96))
    first = made(tmp_path / "tiled", 256)["explanations"][0]
    run = open_run(tmp_path / "tiled")
    pipeline = build_pipeline(run.load())
    (again,) = explain_run(run, pipeline)[1]
    assert (again["provenance"], again["maps"]) == (first["provenance"], first["maps"])
    (tmp_path / "tiled" / "inputs" / "exact.safetensors").unlink()
    with pytest.raises(StoreError, match="its picture was made by tiles"):
        explain_run(run, pipeline)


def test_a_picture_is_kept_when_its_account_is_interrupted(tmp_path, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(sections, "SMALLEST_TILE", 64)
    monkeypatch.setattr(large, "stylize_tiled", functools.partial(large.stylize_tiled, around=96))
    monkeypatch.setattr("gsx.run.job.account", interrupted)
    with pytest.raises(InterruptedRun, match="the finished picture, not all of its account, is in"):
        made(tmp_path / "run", 256)
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "interrupted"
    assert max(load_file(tmp_path / "run" / "stylized.safetensors")["stylized"].shape) == 320
    assert (tmp_path / "run" / "report.html").exists()


def test_what_cannot_be_tiled_is_made_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sections, "SMALLEST_TILE", 64)
    result = made(
        tmp_path / "run",
        64,
        generator={"name": "pixels", "iterations": 1},
        explainer=[],
        metric=[],
        run={"size": 80, "tile": 64, "fusion_effect": False},
    )
    assert not any("tiles" in note for note in result["notes"])


def test_a_tile_that_is_hardly_more_than_its_surroundings():
    with pytest.raises(RecipeError, match="tile is 300"):
        load(tables={"run": {"tile": 300}})


def test_the_page_shows_a_large_picture_reduced(tmp_path):
    from gsx.images import save_png

    save_png(torch.rand(1, 3, 40, 2000), tmp_path / "stylized.png")
    picture = FolderReader(tmp_path).picture("stylized.png")
    assert (picture.width, picture.height) == (2000, 40)
    assert len(picture.uri) < len((tmp_path / "stylized.png").read_bytes())
    cut = (tmp_path / "stylized.png").read_bytes()[:-40]
    (tmp_path / "stylized.png").write_bytes(cut)
    reader = FolderReader(tmp_path)
    assert reader.picture("stylized.png") is None
    assert json.dumps(reader.problems).count("damaged") == 1
