"""A real third-party distribution, installed: it has what a built-in has, and a broken neighbour costs only itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SMALL = ("--size", "32", "--set", "generator.iterations=2")


def test_both_strangers_are_listed_each_as_what_it_is(with_strangers: Any) -> None:
    rows = [line.split("\t") for line in with_strangers.gsx("plugins", "list").splitlines()]
    assert ["fusion", "mine", "a stranger's fusion", "gsx-mine 4.2"] in rows
    broken = [row for row in rows if row[0] == "BROKEN"]
    later, wreck = broken
    assert wreck == ["BROKEN", "gsx_wreck", "ImportError: needs libfoo 3, which is not here", "gsx-wreck 0.3"]
    assert later[1::2] == ["gsx_later", "gsx-later 9.0"]
    assert later[2].startswith("PluginError: it needs a newer GSX API: gsx>=7,<8, and this is gsx 0.1")
    assert ["fusion", "adain"] in [row[:2] for row in rows]


def test_its_options_reach_show(with_strangers: Any) -> None:
    shown = with_strangers.gsx("plugins", "show", "mine")
    assert "from gsx-mine 4.2, gsx_mine:Mine" in shown
    (row,) = [line.split("\t") for line in shown.splitlines() if line.startswith("gain\t")]
    assert row == ["gain", "0.25", "number ≥ 0 ≤ 2", "how much of the mean"]


def test_its_options_reach_the_schema(with_strangers: Any) -> None:
    schema = json.loads(with_strangers.gsx("schema"))
    assert {"$ref": "#/$defs/fusion.mine"} in schema["properties"]["fusion"]["oneOf"]
    assert schema["$defs"]["fusion.mine"]["properties"]["gain"]["maximum"] == 2


def test_it_fits_by_name_and_by_distribution_and_name(with_strangers: Any) -> None:
    assert "The components fit" in with_strangers.gsx("check", "--fusion", "gsx-mine:mine")


def test_a_value_out_of_its_bounds_is_refused(with_strangers: Any) -> None:
    printed = with_strangers.gsx("check", "--fusion", "mine", "--set", "fusion.gain=7", code=3)
    assert "fusion.gain" in printed
    assert "2" in printed


def test_it_runs_with_the_options_that_set_gives(with_strangers: Any, tmp_path: Path) -> None:
    with_strangers.gsx(
        *("run", "--fusion", "mine", "--set", "fusion.gain=0.5", *SMALL, "--explainer", "none", "--out", "out"),
        cwd=tmp_path,
    )
    recipe = json.loads((tmp_path / "out/recipe.json").read_text(encoding="utf-8"))
    assert recipe["fusion"]["gain"] == 0.5
    told = json.loads((tmp_path / "out/env.json").read_text(encoding="utf-8"))
    assert "gsx-mine 4.2" in json.dumps(told), "the run says whose component it was"


@pytest.mark.parametrize("name", ["wreck", "gsx-wreck:wreck"])
def test_asking_for_the_broken_one_gives_its_cause(with_strangers: Any, name: str) -> None:
    printed = with_strangers.gsx("check", "--fusion", name, code=7)
    assert "needs libfoo 3" in printed
    assert "Traceback" not in printed


def test_strict_plugins_makes_it_an_error(with_strangers: Any) -> None:
    assert "gsx-wreck 0.3" in with_strangers.gsx("--strict-plugins", "plugins", "list", code=7)


def test_gsx_plugins_bisects(with_strangers: Any) -> None:
    alone = with_strangers.gsx("plugins", "list", GSX_PLUGINS="gsx-mine")
    assert [line.split("\t")[1] for line in alone.splitlines()[1:]] == ["mine"]
    without = with_strangers.gsx("plugins", "list", GSX_PLUGINS="gsx")
    assert "BROKEN" not in without
    assert "mine" not in without


def test_the_example_passes_the_conformance_checks(with_strangers: Any, tree: Path) -> None:
    tests = tree / "examples" / "plugin" / "tests"
    done = with_strangers.call("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_the_examples_fusion_leaves_the_content_at_strength_0(with_strangers: Any, tmp_path: Path) -> None:
    with_strangers.gsx(
        *("run", "--fusion", "midpoint", "--strength", "0", *SMALL, "--explainer", "none", "--out", "out"), cwd=tmp_path
    )
    result = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    assert result["fusion_effect"]["mean_abs_difference"] == 0
    assert [item["values"]["ssim"] for item in result["metrics"] if item["id"] == "ssim"] == [pytest.approx(1)]
