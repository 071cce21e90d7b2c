"""A third party's options reach everything that deals in options, and no line of the core knows of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gsx.bench.axes import asked
from gsx.bench.pictures import pictures_of
from gsx.bench.plan import Question, make_plan
from gsx.errors import RecipeError
from gsx.plugins import installed_catalog
from gsx.run.inputs import find_work

from .conftest import SMALL, assert_refused

SOURCE = """
from typing import Annotated, Literal

from pydantic import Field

from gsx.api import FusionSpec, Options, hookimpl


class ScaledOptions(Options):
    zest: Annotated[float, Field(ge=0, le=2, description="how much of the style's mean")] = 0.25
    manner: Annotated[Literal["plain", "fancy"], Field(description="in which way")] = "plain"


class Scaled:
    def __init__(self, options):
        self.zest = options.zest

    def __call__(self, content, style, level):
        return content[level] + self.zest * style[level].mean((2, 3), keepdim=True)


@hookimpl
def gsx_fusions():
    yield FusionSpec(name="scaled", summary="a stranger's fusion", target="gsx_scaled:Scaled", options=ScaledOptions,
                     strength=lambda strength: {"zest": strength})
"""


@pytest.fixture(autouse=True)
def scaled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A distribution gsx-scaled 4.2, installed."""
    site = tmp_path / "site"
    info = site / "gsx_scaled-4.2.dist-info"
    info.mkdir(parents=True)
    (site / "gsx_scaled.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gsx-scaled\nVersion: 4.2\nRequires-Dist: gsx>=0.1\n")
    (info / "entry_points.txt").write_text("[gsx.plugins]\nscaled = gsx_scaled\n")
    monkeypatch.syspath_prepend(site)
    installed_catalog.cache_clear()
    yield
    installed_catalog.cache_clear()
    sys.modules.pop("gsx_scaled", None)


def test_show(gsx):
    shown = [line.split("\t") for line in gsx("plugins", "show", "scaled").out.splitlines()]
    assert ["zest", "0.25", "number ≥ 0 ≤ 2", "how much of the style's mean"] in shown
    assert ["manner", '"plain"', "plain | fancy", "in which way"] in shown


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("fusion.zset=1", ("fusion.zset", "Did you mean 'zest'")),
        ("fusion.zest=7", ("fusion.zest", "less than or equal to 2")),
        ("fusion.manner=fany", ("fusion.manner", "'plain' or 'fancy'")),
    ],
)
def test_errors_of_set(gsx, setting, said):
    assert_refused(gsx("check", "--fusion", "scaled", "--set", setting), 3, *said)


def test_the_schema(gsx):
    schema = json.loads(gsx("schema").out)
    assert {"$ref": "#/$defs/fusion.scaled"} in schema["properties"]["fusion"]["oneOf"]
    assert schema["$defs"]["fusion.scaled"]["properties"]["zest"]["maximum"] == 2


def test_recipes_runs_and_their_report(gsx, place):
    (place / "mine.toml").write_text('[fusion]\nname = "scaled"\nzest = 0.5\n')
    small = [*SMALL, "--explainer", "none", "--set", "fusion.manner=fancy"]
    ran = gsx(
        "run", "--recipe", "mine.toml", "--content", "content.png", "--style", "style.png", "--out", "out", *small
    )
    assert ran.code == 0, ran.err
    fusion = json.loads(Path("out/recipe.json").read_text())["fusion"]
    assert {"name": "scaled", "zest": 0.5, "manner": "fancy"}.items() <= fusion.items()
    page = Path("out/report.html").read_text()
    for word in ("zest", "fancy", "gsx-scaled 4.2"):
        assert word in page, word
    again = gsx("check", "--recipe", "out/recipe.json")
    assert again.code == 0, again.err


def test_the_axes_of_a_benchmark():
    given = {"input.content": "content.png", "input.style": "style.png", "run.size": 48}
    question = Question(None, given, ("fusion.manner=fancy",), installed_catalog())
    inputs, run = question.inputs()
    pictures = pictures_of(find_work(inputs), run.size)

    def plan(values: list[float]):
        return make_plan(question, asked(None, {"fusion": ["scaled"], "grid": {"fusion.zest": values}}, ()), pictures)

    cells = [cell for cell in plan([0.0, 2.0]).runnable if not cell.control]
    options = [cell.loaded.recipe.canonical()["fusion"] for cell in cells]
    assert [(one["name"], one["zest"], one["manner"]) for one in options] == [
        ("scaled", 0.0, "fancy"),
        ("scaled", 2.0, "fancy"),
    ]
    assert all("zest" in cell.label for cell in cells)
    with pytest.raises(RecipeError, match=r"fusion\.zest: input should be less than or equal to 2, got 3\.0"):
        plan([3.0])
