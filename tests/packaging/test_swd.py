"""examples/gsx-swd: built into a wheel, installed, found, checked, run, benchmarked and trained with."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import REPOSITORY

PROJECT = REPOSITORY / "examples" / "gsx-swd"
LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
SMALL = {
    "run": ["--size", "48"],
    "bench": ["--content", "chelsea", "--style", "mosaic", "--size", "48", "--card", "off", "--workers", "1"],
    "train": [f"--set=train.{option}" for option in ("steps=2", "batch=1", "crop=48", "reconstruct=0")],
}
"""What makes the commands of its README small."""


def fenced(language: str) -> str:
    """The first block of its README in that language."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]  # type: ignore[index]


def commands() -> Iterator[list[str]]:
    """The arguments of each ``gsx`` command that its README shows."""
    for line in fenced("sh").splitlines():
        program, *words = shlex.split(line)
        if program == "gsx":
            yield words


def readme(command: str) -> list[str]:
    """The one command of its README that begins so, made small."""
    (words,) = (words for words in commands() if words[0] == command)
    return [*words, *SMALL.get(command, [])]


def listed(place: Any) -> list[list[str]]:
    """The rows of ``gsx plugins list`` there."""
    return [line.split("\t") for line in place.gsx("plugins", "list").splitlines()]


def result(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_its_wheel_holds_its_package_its_licence_and_nothing_else(swd_wheel: Path) -> None:
    with zipfile.ZipFile(swd_wheel) as archive:
        names = {
            name.replace(f"{swd_wheel.name.rsplit('-py3', 1)[0]}.dist-info", "info") for name in archive.namelist()
        }
    assert names == {f"gsx_swd/{path.name}" for path in (PROJECT / "gsx_swd").glob("*.py")} | {
        *("info/METADATA", "info/WHEEL", "info/RECORD", "info/entry_points.txt", "info/licenses/LICENSE")
    }


def test_it_is_found_and_described(with_strangers: Any) -> None:
    assert [row[:2] for row in listed(with_strangers) if row[3] == "gsx-swd 0.1.0"] == [
        ["loss", "swd"],
        ["metric", "swd-distance"],
    ]
    shown = with_strangers.gsx(*readme("plugins")).splitlines()
    assert "from gsx-swd 0.1.0, gsx_swd.swd:Swd" in shown
    assert [line.split("\t")[1:3] for line in shown if line.startswith("directions\t")] == [
        ["32", "integer ≥ 1 ≤ 4096"]
    ]


def test_the_registry_tells_who_lacks_it_how_to_get_it(plain: Any, with_strangers: Any) -> None:
    told = plain.gsx("check", "--loss", "swd", code=3)
    assert "Plugin gsx-swd offers it. Install it, in a checkout of GSX, with: pip install ./examples/gsx-swd" in told
    for place, here in ((plain, "not installed"), (with_strangers, "installed, gsx-swd 0.1.0")):
        (found,) = [line.split("\t") for line in place.gsx("plugins", "search", "wasserstein").splitlines()[1:]]
        assert found[4] == here
        offered = {f"{row[0]}:{row[1]}" for row in listed(place) if row[3] == "gsx-swd 0.1.0"}
        assert offered == (set(found[2].split(", ")) if here != "not installed" else set())


def test_it_passes_its_tests_and_with_them_the_kit(with_strangers: Any, tree: Path) -> None:
    tests = tree / "examples" / "gsx-swd" / "tests"
    done = with_strangers.call("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 70  # type: ignore[index]
    judged = with_strangers.gsx("plugins", "check", "gsx-swd:swd-distance").splitlines()[-1]
    assert re.fullmatch(r"1 component, \d+ checks: \d+ passed, \d+ not judged\.", judged)


def test_a_run_explains_with_the_loss_and_measures_with_the_metric(with_strangers: Any, tmp_path: Path) -> None:
    with_strangers.gsx(*readme("run"), cwd=tmp_path)
    found = result(tmp_path / "with-swd")
    (explanation,) = found["explanations"]
    assert (explanation["status"], explanation["score"]["name"]) == ("done", "loss:swd")
    assert not explanation["null"], "its gradient reaches the layer"
    (metric,) = found["metrics"]
    assert list(metric["values"]) == [f"{kind}.{name}" for kind in ("raw", "normalised") for name in [*LAYERS, "mean"]]
    assert 0 < metric["values"]["normalised.mean"] < 1, "AdaIN goes towards the style"


def test_a_benchmark_has_both_and_orders_the_fusions(with_strangers: Any, tmp_path: Path) -> None:
    with_strangers.gsx(*readme("bench"), cwd=tmp_path)
    compared = tmp_path / "compared"
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in compared.glob("cells/*/result.json")]
    assert [cell["reason"] for cell in cells if cell["status"] != "done"] == []
    (shown,) = json.loads(with_strangers.gsx("bench", "report", "--json", compared))
    column = shown["headings"].index("swd-distance normalised.mean ↓")
    figures = {row[0]: float(row[column]) for row in shown["rows"]}
    assert figures["IDT: content untouched"] == 1
    assert figures["adain"] < figures["content"], "a fusion with the style is closer to it than one without"
    assert "loss:swd" in "".join(path.read_text(encoding="utf-8") for path in compared.glob("cells/*/recipe.json"))


def test_a_training_with_its_recipe_has_the_loss_for_a_term(with_strangers: Any, tmp_path: Path) -> None:
    (tmp_path / "swd.toml").write_text(fenced("toml"), encoding="utf-8")
    for folder in ("photos", "paintings"):
        (tmp_path / folder).mkdir()
        for picture in ("mosaic", "ukiyo_e", "pop_art"):
            shutil.copy(REPOSITORY / "core" / "gsx" / "samples" / "styles" / f"{picture}.jpg", tmp_path / folder)
    with_strangers.gsx(*readme("train"), cwd=tmp_path)
    lines = (tmp_path / "trained" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    terms = [line["terms"] for line in map(json.loads, lines) if "terms" in line]
    assert all(term["swd"] > 0 for term in terms)
    assert not any("gram" in term for term in terms)
    used = json.loads((tmp_path / "trained" / "recipe.json").read_text(encoding="utf-8"))["loss"]
    assert [loss["name"] for loss in used] == ["content", "swd"]


def test_what_its_ci_runs_works(with_strangers: Any, tree: Path) -> None:
    workflow = (PROJECT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    steps = [shlex.split(line) for line in re.findall(r"^ +- run: (.+)$", workflow, re.MULTILINE)]
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert steps.pop(0) == ["python", "-m", "pip", "install", f".[{','.join(extras)}]"]
    # The suite itself runs above; --strict-plugins would stumble over the broken neighbour that this place has.
    assert ["python", "-m", "pytest", "-q", "tests"] in steps
    for program, *words in steps:
        if program == "gsx":
            with_strangers.gsx(*words, GSX_PLUGINS="gsx,gsx-swd")
        else:
            assert words[-1] == "tests", words
            assert (PROJECT / "tests").is_dir()


@pytest.mark.parametrize("refused", ["loss.swd.directions=0", "metric.swd-distance.seed=-1", "loss.swd.projections=4"])
def test_wrong_options_are_refused_by_name(with_strangers: Any, refused: str) -> None:
    words = ("check", "--loss", "swd", "--metric", "swd-distance", "--set", refused)
    assert refused.split("=")[0].split(".")[-1] in with_strangers.gsx(*words, code=3)
