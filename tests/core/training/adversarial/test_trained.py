"""What a training made, in use: by gsx run, and as the beginning of another training."""

import json
from pathlib import Path

import pytest
import torch

import gsx
from gsx.errors import (
    RecipeError,
    WeightsError,
)
from gsx.training.adversarial.train import train

from .training_toys import TABLES, make_job, steps_of, tensors_of

HERE = Path(__file__).parent


def test_gsx_run_uses_it(whole):
    pipeline = gsx.Pipeline.from_recipe({"extractor": TABLES["extractor"], "generator": {"weights": str(whole)}})
    assert pipeline.loaded.recipe.parts.generator.name == "resnet"
    assert pipeline.loaded.recipe.parts.generator.options.channels == 8
    tensors = tensors_of(whole)
    for name, value in pipeline.modules["generator"].state_dict().items():
        assert torch.equal(value, tensors["generator.safetensors", f"generator.{name}"])
    assert pipeline.weights["generator"].sha256 == json.loads((whole / "card.json").read_text())["sha256"]
    content, style = torch.rand(1, 3, 32, 48), torch.rand(1, 3, 40, 32)
    explanation = gsx.explain(
        pipeline, content, style, score="realism", unit={"name": "layer", "layer": "relu3_1", "role": "style"}
    )
    assert explanation.provenance["score"][0] == pytest.approx(
        pipeline.discriminate(pipeline(content, style).stylized, style)[0].mean().item(), rel=1e-4
    )


def test_it_begins_with_a_checkpoint_that_is_named(tmp_path, whole):
    begun = {"generator": {"weights": str(whole)}, "train": {"steps": 2, "generator": {"lr": 1e-12}, "reconstruct": 0}}
    card = train(make_job(tmp_path, "further", **begun))
    assert card["begun_with"] == json.loads((whole / "card.json").read_text())["sha256"]
    ours, theirs = (tensors_of(folder) for folder in (tmp_path / "further", whole))
    for key in theirs:
        if key[0] == "generator.safetensors" and key[1].startswith("generator."):
            torch.testing.assert_close(ours[key], theirs[key], rtol=0, atol=1e-9)
    (whole / "generator.safetensors").write_bytes((tmp_path / "further" / "generator.safetensors").read_bytes())
    with pytest.raises(RecipeError, match=r"generator\.weights: begun with"):
        train(make_job(tmp_path, "further", **begun), resume=True)


@pytest.mark.parametrize(
    ("tables", "error", "said"),
    [
        ({"generator": {"name": "unet"}}, RecipeError, "generator.name is 'unet' in the recipe, and 'resnet' in the"),
        ({"generator": {"channels": 9}}, RecipeError, "generator.channels is 9 in the recipe, and 8 in the checkpoint"),
        (
            {"run": {"seed": 0}, "extractor": {"name": "vgg19"}},
            WeightsError,
            "was trained on maps of extractor weights",
        ),
    ],
)
def test_a_checkpoint_that_does_not_fit(whole, tables, error, said):
    tables = {"extractor": TABLES["extractor"], **tables}
    tables["generator"] = {"weights": str(whole), **tables.get("generator", {})}
    with pytest.raises(error, match=said):
        gsx.Pipeline.from_recipe(tables)


def test_a_checkpoint_that_is_damaged(whole):
    path = whole / "generator.safetensors"
    tables = {"extractor": TABLES["extractor"], "generator": {"weights": str(path)}}
    data = path.read_bytes()
    for damaged in (b"", data[:100], data[: len(data) // 2], b"x" * 200):
        path.write_bytes(damaged)
        with pytest.raises(WeightsError, match=r"generator\.safetensors"):
            gsx.Pipeline.from_recipe(tables)


@pytest.mark.parametrize("loss", ["hinge", "wgan-gp"])
def test_a_discriminator_that_looks_at_the_style(tmp_path, loss):
    judge = {"name": "style-patchgan", "base_channels": 4, "layers": 2, "scales": 1}
    train(make_job(tmp_path, discriminator=judge, adversarial={"name": loss}, train={"r1": 1.0}))
    told = [
        line["numbers"]["accuracy of styles"]
        for line in steps_of(tmp_path / "run")
        if line["phase"] == "C" and "discriminator" in line["terms"]
    ]
    assert told
    pipeline = gsx.Pipeline.from_recipe(
        {"extractor": TABLES["extractor"], "generator": {"weights": str(tmp_path / "run")}}
    )
    content, *styles = (torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(seed)) for seed in range(3))
    logits = [pipeline.discriminate(content, style)[0] for style in styles]
    assert not torch.equal(*logits)
    outputs = pipeline(content, styles[0])
    assert torch.equal(outputs.logits[0], pipeline.discriminate(outputs.stylized, styles[0])[0])
