"""Names, options, recipes, contracts, weights and devices that are wrong: what a person is told."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gsx.weights.cache import fetched_path
from gsx.weights.files import save_weights
from gsx_extractors import SlimOptions
from gsx_extractors.vgg19_slim import Vgg19Slim

from .conftest import assert_refused

COMPONENTS = {
    "--extractor": ("vgg91", "vgg19"),
    "--fusion": ("adian", "adain"),
    "--generator": ("pixel", "pixels"),
    "--discriminator": ("patchgna", "patchgan"),
    "--loss": ("hinges", "hinge"),
    "--explainer": ("gradcan", "gradcam"),
    "--metric": ("ssin", "ssim"),
}


@pytest.mark.parametrize("flag", COMPONENTS)
def test_an_unknown_component(gsx, flag):
    wrong, right = COMPONENTS[flag]
    ran = gsx("run", "--content", "content.png", "--style", "style.png", "--out", "out", flag, wrong)
    assert_refused(ran, 3, wrong, f"Did you mean '{right}'", "Known: ")


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("fusion.alhpa=0.5", ("fusion.alhpa", "no such option", "Did you mean 'alpha'")),
        ("fusoin.alpha=0.5", ("fusoin", "Did you mean 'fusion'")),
        ("fusion.alpha=1.5", ("fusion.alpha", "less than or equal to 1", "1.5")),
        ("fusion.alpha=nan", ("fusion.alpha", "nan")),
        ("fusion.alpha=much", ("fusion.alpha", "number", "much")),
        ("fusion.alpha", ("section.option=value", "fusion.alpha")),
        ("fusion=adain", ("section.option=value",)),
        ("generator.iterations=0", ("generator.iterations", "greater than or equal to 1")),
        ("generator.iterations=2.5", ("generator.iterations", "integer")),
        ("explainer.gradcan.sign=both", ("gradcan", "Did you mean 'gradcam'")),
        ("explainer.gradcam.sign=up", ("explainer.gradcam.sign", "'both' or 'positive'", "up")),
        ("explainer.gradcam.score=styl", ("styl", "Did you mean", "style")),
        ("explainer.gradcam.unit=layer.x", ("layer.x",)),
        ("explainer.gradcam.unit.role=nobody", ("explainer.gradcam.unit.role", "nobody")),
        ("explainer.gradcam.baseline=nothing", ("explainer.gradcam.baseline", "nothing", "zero")),
        ("explainer.gradcam=3", ("say which option",)),
        ("discriminator.norm=none", ("no discriminator",)),
        ("extractor.layers=[relu9_1]", ("extractor.layers", "relu9_1", "relu5_1")),
        ("extractor.layers=relu4_1", ("extractor.layers", "should be a list", "relu4_1")),
        ("extractor.weights=imagenet", ("vgg19-slim", "no imagenet weights")),
        ("run.precision=bf16", ("run.precision", "float32")),
        ("run.size=15", ("run.size", "16")),
        ("loss.gram.weight=3", ("no loss called 'gram'",)),
        ("metric.ssim.x=1", ("no metric called 'ssim'",)),
    ],
)
def test_a_wrong_set(run, assignment, words):
    ran = run("--set", assignment)
    assert_refused(ran, 4 if "relu9_1" in assignment else 6 if "imagenet" in assignment else 3, *words)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--size", "8"], ("run.size", "greater than or equal to 16")),
        (["--size", "100000"], ("run.size", "8192")),
        (["--strength", "1.01"], ("run.strength", "less than or equal to 1")),
        (["--strength", "-0.1"], ("run.strength", "greater than or equal to 0")),
        (["--seed", "-1"], ("run.seed",)),
        (["--device", "gpu"], ("run.device", "gpu")),
        (["--strength", "0.5", "--set", "fusion.alpha=0.2"], ("strength", "fusion.alpha")),
    ],
)
def test_a_wrong_flag(run, flags, words):
    assert_refused(run(*flags), 3, *words)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--size", "big"],
        ["run", "--nonsense"],
        ["run", "picture.png"],
        ["runn"],
        ["plugins", "show"],
    ],
)
def test_wrong_use_exits_with_2(gsx, arguments):
    ran = gsx(*arguments)
    assert ran.code == 2
    assert "Usage: gsx" in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_device_that_is_not_there(run, device):
    assert_refused(run("--device", device), 8, device, "this machine has: cpu", "--device auto")


RECIPES = {
    "a syntax error": ("[fusion]\nname = 'adain'\nalpha = \n", ("recipe.toml", "line 3")),
    "an unknown section": ("[fuzion]\nname = 'adain'\n", ("recipe.toml", "[fuzion]", "Did you mean 'fusion'")),
    "an unknown option": ("[fusion]\nname = 'adain'\nalfa = 1\n", ("fusion.alfa", "Did you mean 'alpha'")),
    "a table for a list": ("[explainer]\nname = 'gradcam'\n", ("[[explainer]]",)),
    "an entry without a name": ("[[explainer]]\nsign = 'both'\n", ("[[explainer]]", "name")),
    "a value for a table": ("fusion = 'adain'\n", ("[fusion] has to be a table", "adain")),
    "a name that is a number": ("[fusion]\nname = 3\n", ("fusion", "needs a name", "3")),
    "one name twice": ("[[explainer]]\nname='gradcam'\n[[explainer]]\nname='gradcam'\n", ("gradcam", "more than once")),
    "an adversarial term": ("[[loss]]\nname='hinge'\n", ("loss.hinge", "[adversarial]")),
    "a term as adversary": ("[adversarial]\nname='gram'\n", ("gram", "[[loss]]")),
    "a weight in words": ("[[loss]]\nname='gram'\nweight='high'\n", ("loss.gram.weight", "high")),
    "an extended recipe": ("inherit = 'other.toml'\n", ("inherit",)),
}


@pytest.mark.parametrize("what", RECIPES)
def test_a_wrong_recipe(run, what):
    text, words = RECIPES[what]
    Path("recipe.toml").write_text(text)
    assert_refused(run("--recipe", "recipe.toml"), 3, *words)


def test_a_recipe_that_is_no_text(run):
    Path("recipe.toml").write_bytes(b"[fusion]\n\xff\xfe")
    assert_refused(run("--recipe", "recipe.toml"), 3, "recipe.toml", "UTF-8", "byte 9")


@pytest.mark.parametrize("path", ["gone.toml", "."])
def test_a_recipe_that_cannot_be_read(run, path):
    assert_refused(run("--recipe", path), 3, path, "--recipe")


CONTRACTS = {
    "gradient through pixels": (
        ["--set", "explainer.gradcam.unit.role=style"],
        ("gradcam", "pixels", "unit.role=stylized", "--explainer ablation"),
    ),
    "a score without a judge": (
        ["--set", "explainer.gradcam.score=realism"],
        ("realism", "trained discriminator", "style-alignment"),
    ),
    "a judge that is not trained": (
        ["--discriminator", "patchgan", "--set", "explainer.gradcam.score=realism"],
        ("realism", "trained discriminator"),
    ),
    "too many passes": (
        [
            "--explainer",
            "ablation",
            "--set",
            "explainer.ablation.unit=channels",
            "--set",
            "explainer.ablation.unit.role=style",
            "--set",
            "generator.iterations=80",
        ],
        ("512 times 80 passes", "2,000"),
    ),
    "a unit of another explainer": (
        ["--set", "explainer.gradcam.unit=channels"],
        ("gradcam", "channels", "unit=layer"),
    ),
    "a layer that is not there": (["--set", "explainer.gradcam.unit.layer=relu6_1"], ("relu6_1", "relu5_1")),
    "a layer left out": (
        ["--set", "extractor.layers=[relu1_1, relu2_1]", "--set", "explainer.gradcam.unit.layer=relu4_1"],
        ("relu4_1", "relu1_1, relu2_1"),
    ),
    "one level for a unet": (
        ["--generator", "unet", "--set", "generator.weights=random", "--set", "extractor.layers=[relu4_1]"],
        ("unet", "[8]", "--generator resnet"),
    ),
    "wgan-gp and batch norm": (
        ["--loss", "wgan-gp", "--discriminator", "patchgan", "--set", "discriminator.norm=batch"],
        ("wgan-gp", "batch norm", "patchgan", "discriminator.norm=none"),
    ),
}


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("what", CONTRACTS)
def test_components_that_do_not_fit(gsx, what, command):
    arguments, words = CONTRACTS[what]
    pictures = ["--content", "content.png", "--style", "style.png", "--out", "out"] if command == "run" else []
    assert_refused(gsx(command, "--extractor", "vgg19-slim", *pictures, *arguments), 4, *words)


@pytest.mark.parametrize("generator", ["resnet", "unet"])
def test_an_untrained_generator(gsx, generator):
    pictures = ("--content", "content.png", "--style", "style.png")
    ran = gsx("run", *pictures, "--out", "out", "--generator", generator, "--set", "extractor.weights=random")
    assert_refused(ran, 6, generator, "trained", "--generator pixels", "generator.weights=random")


def weights_of(widths):
    return Vgg19Slim(SlimOptions(widths=widths), {}).state_dict()


def fitting(path):
    save_weights(Path(path), weights_of((4, 4, 4, 4, 4)), {})


def other_widths(path):
    save_weights(Path(path), weights_of((4, 4, 5, 4, 4)), {})


def other_keys(path):
    save_file({"conv.weight": torch.zeros(3)}, path)


def not_finite(path):
    tensors = weights_of((4, 4, 4, 4, 4))
    name = next(name for name in tensors if name.endswith("weight"))
    tensors[name].flatten()[0] = torch.nan
    save_weights(Path(path), tensors, {})


def cut(path):
    fitting("whole.safetensors")
    data = Path("whole.safetensors").read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])


WEIGHTS = {
    "missing": ("w.safetensors", lambda path: None, ("does not exist",)),
    "other widths": ("w.safetensors", other_widths, ("does not fit", "vgg19-slim", "shape")),
    "other keys": ("w.safetensors", other_keys, ("does not fit", "conv.weight", "missing")),
    "not finite": ("w.safetensors", not_finite, ("NaN",)),
    "cut short": ("w.safetensors", cut, ("not a readable safetensors file",)),
    "text": ("w.safetensors", lambda path: Path(path).write_text("x" * 100), ("not a readable safetensors file",)),
    "empty": ("w.safetensors", lambda path: Path(path).write_bytes(b""), ("not a readable safetensors file",)),
    "a folder": ("folder", lambda path: Path(path).mkdir(), ("folder",)),
    "a .pth": ("w.pth", lambda path: torch.save({"a": torch.zeros(1)}, path), ("pickle", "gsx weights import")),
    "a renamed .pth": (
        "w.safetensors",
        lambda path: torch.save({"a": torch.zeros(1)}, path),
        ("not a readable safetensors file",),
    ),
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_wrong_weights(run, what):
    name, make, words = WEIGHTS[what]
    make(name)
    assert_refused(run("--set", f"extractor.weights={name}"), 6, name, *words)


def test_a_malicious_pth_is_not_opened(run):
    """Neither given as weights nor imported does it run what it holds."""
    Path("w.pth").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    assert_refused(run("--set", "extractor.weights=w.pth"), 6, "w.pth")
    assert not Path("owned").exists()


def test_importing_a_malicious_pth(gsx):
    Path("w.pth").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    assert_refused(gsx("weights", "import", "w.pth", "--extractor", "vgg19"), 6, "w.pth")
    assert not Path("owned").exists()
    assert not Path("w.safetensors").exists()


def test_fetched_weights_that_changed(gsx, monkeypatch):
    """A file in the cache whose hash is not that of its receipt."""
    path = fetched_path("vgg16-imagenet")
    path.parent.mkdir(parents=True, exist_ok=True)
    fitting(path)
    try:
        monkeypatch.setattr("gsx.weights.source.receipt_sha256", lambda path: "0" * 64)
        ran = gsx("run", "--content", "content.png", "--style", "style.png", "--out", "out", "--extractor", "vgg16")
        assert_refused(ran, 6, "vgg16-imagenet", "was changed", "gsx weights fetch")
    finally:
        shutil.rmtree(path.parent)


def test_weights_that_are_not_here(gsx):
    ran = gsx("run", "--content", "content.png", "--style", "style.png", "--out", "out", "--extractor", "vgg16")
    assert_refused(ran, 6, "vgg16", "gsx weights fetch vgg16-imagenet", "weights=random")


def test_weights_of_a_file_are_used(run):
    fitting("w.safetensors")
    ran = run("--set", "extractor.weights=w.safetensors", "--explainer", "none")
    assert ran.code == 0, ran.err
    used = json.loads(Path("out/result.json").read_text())["weights"]["extractor"]
    assert used["sha256"] == hashlib.sha256(Path("w.safetensors").read_bytes()).hexdigest()
