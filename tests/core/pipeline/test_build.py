"""From a recipe to a pipeline: what is loaded, seeded, frozen and told."""

from pathlib import Path

import pytest
import torch

import gsx
from gsx.errors import DeviceError, RecipeError, WeightsError
from gsx.pipeline.build import build_pipeline
from gsx.pipeline.device import pick_device
from gsx.pipeline.load import load, load_recipe
from gsx.testing import picture

SMALL = {
    "extractor": {"name": "vgg19-slim", "widths": [4, 4, 4, 4, 4]},
    "generator": {"name": "pixels", "iterations": 2},
}


def recipe(**run):
    return {**SMALL, "run": run}


def weights(pipeline):
    return torch.cat([value.flatten() for value in pipeline.modules["extractor"].parameters()])


def test_random_weights_follow_the_seed_alone():
    torch.manual_seed(1)
    first = weights(gsx.Pipeline.from_recipe(recipe(seed=5)))
    torch.manual_seed(2)
    again, other = weights(gsx.Pipeline.from_recipe(recipe(seed=5))), weights(gsx.Pipeline.from_recipe(recipe(seed=6)))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_building_leaves_the_random_state():
    before = torch.get_rng_state()
    gsx.Pipeline.from_recipe(recipe())
    assert torch.equal(before, torch.get_rng_state())


def test_everything_is_frozen():
    extractor = gsx.Pipeline.from_recipe(recipe()).modules["extractor"]
    assert not extractor.training
    assert not any(parameter.requires_grad for parameter in extractor.parameters())


def test_building_in_inference_mode_makes_weights_that_autograd_takes():
    with torch.inference_mode():
        pipeline = gsx.Pipeline.from_recipe(recipe())
    assert not any(value.is_inference() for value in pipeline.modules["extractor"].parameters())


def test_from_flags():
    pipeline = gsx.Pipeline.from_recipe(SMALL, fusion="content", strength=0.5, seed=3, device="cpu", size=64)
    assert pipeline.loaded.recipe.parts.fusion.name == "content"
    assert (pipeline.strength, pipeline.seed, pipeline.device.type) == (0.5, 3, "cpu")
    assert pipeline.loaded.recipe.run.size == 64


def test_from_a_file(tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text("[extractor]\nname = 'vgg19-slim'\nwidths = [4, 4, 4, 4, 4]\n[run]\nseed = 9\n")
    for given in (file, str(file)):
        pipeline = gsx.Pipeline.from_recipe(given, generator="pixels")
        assert pipeline.loaded.recipe.parts.extractor.options.widths == (4,) * 5
        assert pipeline.seed == 9


def test_from_a_recipe_and_from_what_was_loaded():
    loaded = load(tables=SMALL)
    assert gsx.Pipeline.from_recipe(loaded).loaded is loaded
    assert gsx.Pipeline.from_recipe(loaded.recipe).loaded.recipe is loaded.recipe


def test_one_name_for_a_list():
    loaded = load_recipe(SMALL, explainer="ablation", metric="ssim")
    assert [part.id for part in loaded.recipe.parts.explainers] == ["ablation"]
    assert [metric.id for metric in loaded.recipe.parts.metrics] == ["ssim"]


@pytest.mark.parametrize("wrong", [{"sizes": 3}, {"content": "a.png"}, {"explainers": "gradcam"}])
def test_a_wrong_keyword(wrong):
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        gsx.Pipeline.from_recipe(SMALL, **wrong)


@pytest.mark.parametrize("wrong", ["", "a/b", "..", ".hidden", "-x", "a b", "ä", "a\n"])
@pytest.mark.parametrize(("section", "name"), [("explainer", "gradcam"), ("metric", "ssim"), ("loss", "gram")])
def test_an_id_that_no_folder_can_have(section, name, wrong):
    with pytest.raises(RecipeError) as refusal:
        load(tables={**SMALL, section: [{"name": name, "id": wrong}]})
    assert f"{section}: id {wrong!r}" in refusal.value.message
    assert "letters, digits" in refusal.value.hint


def test_ids_that_folders_can_have():
    ids = ["a", "9", "A.b_c-1", "a..b"]
    parts = load(tables={**SMALL, "explainer": [{"name": "gradcam", "id": given} for given in ids]}).recipe.parts
    assert [part.id for part in parts.explainers] == ids


def test_a_missing_file():
    with pytest.raises(RecipeError, match="cannot be read"):
        gsx.Pipeline.from_recipe(Path("gone.toml"))


def test_auto_is_settled_and_said():
    loaded = load()
    assert loaded.recipe.parts.generator.name == "resnet"
    assert "one pass" in loaded.notes[0]
    assert loaded.recipe.canonical()["generator"]["name"] == "resnet"
    assert load(tables={"generator": {"name": "resnet"}}).notes == ()


@pytest.mark.parametrize(
    "tables",
    [
        {"extractor": {"name": "vgg19", "weights": "random"}},
        {"extractor": {"name": "vgg16"}},
        {"extractor": {"name": "vgg19", "layers": ["relu3_1", "relu4_1"]}},
        {"generator": {"iterations": 3}},
    ],
    ids=["other weights", "other extractor", "other layers", "options of another generator"],
)
def test_auto_falls_back_where_nothing_trained_fits(tables):
    loaded = load(tables=tables)
    assert loaded.recipe.parts.generator.name == "pixels"
    assert "pixels" in loaded.notes[0]


def test_the_bundled_generator_is_that_of_its_file():
    pipeline = gsx.Pipeline.from_recipe({"generator": {"name": "resnet"}, "explainer": [], "metric": []})
    stored = pipeline.weights["generator"].tensors()
    for name, value in pipeline.modules["generator"].state_dict().items():
        assert torch.equal(value, stored[f"generator.{name}"].float())


@pytest.mark.parametrize(
    ("tables", "error", "said"),
    [
        ({"extractor": {"name": "vgg19", "weights": "random"}}, WeightsError, "no trained checkpoint for extractor"),
        ({"extractor": {"name": "vgg16"}}, WeightsError, "no trained checkpoint for extractor 'vgg16'"),
        ({"generator": {"name": "resnet", "channels": 64}}, RecipeError, "channels is 64 in the recipe, and 128"),
    ],
)
def test_an_untrained_generator_is_refused_before_anything_is_built(tables, error, said):
    with pytest.raises(error, match=said):
        load(tables={"generator": {"name": "resnet"}, **tables})


@pytest.mark.parametrize("generator", ["resnet", "unet"])
def test_an_untrained_generator_that_is_wanted(generator):
    tables = {**SMALL, "generator": {"name": generator, "weights": "random", "channels": 8}}
    pipeline = gsx.Pipeline.from_recipe(tables)
    outputs = pipeline(picture(1, (37, 50)), picture(1, (33, 48), seed=1))
    assert outputs.stylized.shape == (1, 3, 37, 50)
    again = gsx.Pipeline.from_recipe(tables)(picture(1, (37, 50)), picture(1, (33, 48), seed=1))
    assert torch.equal(outputs.stylized, again.stylized)


def test_only_the_layers_that_are_read():
    tables = {
        **SMALL,
        "generator": {"name": "pixels", "iterations": 1, "style_weight": 0},
        "explainer": [],
        "metric": [],
    }
    assert gsx.Pipeline.from_recipe(tables).layers == ("relu4_1",)


def test_another_fusion_for_controls():
    loaded = load(tables=SMALL)
    pipeline = build_pipeline(loaded)
    control = pipeline.with_fusion(lambda content, style, level: content[level] * 0)
    maps = pipeline.extract(picture(1, (32, 32)), pipeline.layers)
    assert not control.fuse(maps, maps)["relu4_1"].any()
    assert pipeline.fuse(maps, maps)["relu4_1"].any(), "the pipeline itself keeps its fusion"
    for shared in ("extractor", "generator"):
        assert control.modules[shared] is pipeline.modules[shared]
    assert (control.levels, control.layers, control.seed) == (pipeline.levels, pipeline.layers, pipeline.seed)


def test_two_runs_are_bit_identical():
    content, style = picture(1, (32, 40), seed=1), picture(1, (40, 32), seed=2)
    first, second = (gsx.stylize(content, style, recipe=recipe(seed=4)).stylized for _ in range(2))
    assert torch.equal(first, second)


def test_pick_device():
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type in ("cpu", "cuda", "mps")
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="this machine has: cpu"):
            pick_device("cuda:0")


def test_devices_of_other_machines(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [str(pick_device(name)) for name in ("auto", "cuda", "cuda:1", "cpu")] == ["cuda:0", "cuda", "cuda:1", "cpu"]
    with pytest.raises(DeviceError, match=r"cuda:2.*cuda:0, cuda:1, cpu"):
        pick_device("cuda:2")
