"""What ``gsx plugins new`` writes, by an installed GSX: it installs, keeps every rule, and works in a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from PIL import Image

from gsx.plugins.hookspecs import KIND_HOOKS

from .conftest import make_place

WRITE = """
import sys
from pathlib import Path
from gsx.scaffold import new_distribution
for kind in sys.argv[2:]:
    new_distribution(f"my-{kind}", [kind], parent=Path(sys.argv[1]))
"""
"""One program for all kinds, for each start of ``gsx`` costs half a second."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scaffolded")


@pytest.fixture(scope="module")
def scaffolded(tree: Path, folder: Path) -> Any:
    """GSX, and with it one new distribution of each kind and one of them all, written by that GSX itself."""
    place = make_place(folder)
    place.pip_install(tree)
    done = place.call("python", "-c", WRITE, folder, *KIND_HOOKS)
    assert done.returncode == 0, done.stderr
    place.gsx("plugins", "new", "all-kinds", "--kind", ",".join(KIND_HOOKS), "--out", folder)
    place.pip_install(*sorted(folder.glob("gsx-*")))
    return place


def test_each_is_listed_with_its_options(scaffolded: Any) -> None:
    rows = {tuple(line.split("\t")[:2]) for line in scaffolded.gsx("plugins", "list").splitlines()}
    assert rows >= {(kind, name) for kind in KIND_HOOKS for name in (f"my-{kind}", "all-kinds")}
    assert not any(kind == "BROKEN" for kind, _ in rows)
    schema = json.loads(scaffolded.gsx("schema"))
    assert schema["$defs"]["fusion.my-fusion"]["properties"]["amount"]["maximum"] == 1


def test_each_passes_its_own_tests(scaffolded: Any, folder: Path) -> None:
    """All in one process; a skip is a rule that does not apply, such as tiles of a generator that has none."""
    tests = sorted(folder.glob("gsx-*/tests"))
    assert len(tests) == len(KIND_HOOKS) + 1
    done = scaffolded.call("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = done.stdout.splitlines()[-1]
    passed = int(shown.split(" passed")[0].split()[-1])
    assert passed > 20 * len(KIND_HOOKS), shown


def test_one_run_with_all_that_a_run_takes(scaffolded: Any, tmp_path: Path) -> None:
    chosen = [word for kind in ("extractor", "fusion", "generator", "metric") for word in (f"--{kind}", f"my-{kind}")]
    scaffolded.gsx(
        *("run", *chosen, "--size", "32", "--set", "generator.weights=random", "--out", "out"),
        *("--explainer", "my-explainer,ablation", "--set", "explainer.ablation.unit=my-unit"),
        *("--score", "my-score,loss:my-loss", "--card", "off"),
        cwd=tmp_path,
    )
    result = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    assert result["status"] == "done"
    for kind in ("extractor", "fusion", "generator"):
        assert result["components"][kind] == f"my-{kind}"
    assert [(item["id"], set(item["values"])) for item in result["metrics"]] == [("my-metric", {"difference"})]
    told = {}
    for file in (tmp_path / "out/explanations").glob("*/explanation.json"):
        found = json.loads(file.read_text(encoding="utf-8"))
        assert not found["null"], found["null_reason"]
        told[found["explainer"]["name"], found["score"]["name"]] = found
    assert told.keys() == {
        (explainer, score) for explainer in ("my-explainer", "ablation") for score in ("my-score", "loss:my-loss")
    }
    bands = [value["unit"] for value in told["ablation", "loss:my-loss"]["values"][0]]
    assert set(bands) >= {"band 1", "band 2", "band 3"}


def test_a_training_with_a_loss_a_discriminator_and_a_tracker(scaffolded: Any, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        values = numpy.random.default_rng(number).integers(0, 256, (40, 40, 3)).astype("uint8")
        Image.fromarray(values).save(tmp_path / "pictures" / f"{number}.png")
    chosen = [
        word for kind in ("extractor", "generator", "discriminator", "loss") for word in (f"--{kind}", f"my-{kind}")
    ]
    settings = ("steps=2", "crop=32", "batch=1", "reconstruct=0", "adversarial_from=0", 'trackers=["my-tracker"]')
    scaffolded.gsx(
        *("train", *chosen, *(word for setting in settings for word in ("--set", f"train.{setting}"))),
        *("--content", "pictures", "--style", "pictures", "--out", "out"),
        cwd=tmp_path,
    )
    lines = [json.loads(line) for line in (tmp_path / "out/tracked/my-tracker.jsonl").read_text().splitlines()]
    assert lines[0]["step"] == 2, "the second step's are the first numbers that are written down"
    assert {"terms/my-loss", "terms/discriminator"} <= lines[0].keys()
    assert (tmp_path / "out/generator.safetensors").is_file()


def test_its_own_author_may_begin_again_elsewhere(scaffolded: Any, tmp_path: Path) -> None:
    scaffolded.gsx("plugins", "new", "my-fusion", "--kind", "fusion", "--out", tmp_path)
    assert (tmp_path / "gsx-my-fusion/pyproject.toml").is_file()


def test_an_editable_installation_has_the_templates(editable: Any, tmp_path: Path) -> None:
    editable.gsx("plugins", "new", "mine", "--kind", "fusion", "--out", tmp_path)
    assert (tmp_path / "gsx-mine/gsx_mine/fusion.py").is_file()
