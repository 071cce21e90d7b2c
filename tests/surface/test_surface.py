"""What plugins build on changes only where CHANGELOG.md says so, and its version is raised as the policy says."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

import gsx
from gsx.api import API_VERSION

HERE = Path(__file__).parent
FROZEN: dict[str, Any] = runpy.run_path(str(HERE / "frozen.py"))
SURFACE: dict[str, Any] = runpy.run_path(str(HERE / "surface.py"))
read, problems, file = FROZEN["read"], FROZEN["problems"], FROZEN["FILE"]


def test_todays_surface_differs_from_the_released_one_only_as_the_changelog_says():
    changelog = (FROZEN["REPOSITORY"] / "CHANGELOG.md").read_text(encoding="utf-8")
    frozen = read(file.read_text(encoding="utf-8"))
    assert "\n".join(problems(frozen, SURFACE["surface"](), API_VERSION, changelog)) == ""


def test_the_file_is_read_as_it_is_written():
    text = file.read_text(encoding="utf-8")
    assert str(read(text)) == text
    assert " at 0x" not in text


def test_the_version_is_that_of_gsx():
    assert gsx.__version__.startswith(f"{API_VERSION}.")


BEFORE = "gsx.api 0.1{0}\n\ngsx.api.Map(object)\ngsx.api.Map.on: str\ngsx.ops.gram.gram(maps) -> Tensor\n"
CHANGED = {"gsx.api.Map": "(object)", "gsx.api.Map.on": ": str = 1", "gsx.ops.gram.gram": "(maps) -> Tensor"}
LESS = {"gsx.api.Map": "(object)", "gsx.api.Map.on": ": str"}
MORE = {**LESS, "gsx.ops.gram.gram": "(maps) -> Tensor", "gsx.api.New": "(object)", "gsx.api.New.x": ": int"}
LOG = "# Changelog\n\n## {0}, unreleased\n\n### gsx.api {1}\n\n{2}\n\n## 0.0.1, 2026\n\n- `New`, `Map.on`\n"


def log(said: str, version: str = "0.2") -> str:
    return LOG.format(f"{version}.0", version, said)


@pytest.mark.parametrize(
    ("now", "version", "changelog", "missing"),
    [
        (CHANGED, "0.2", log(""), ["what became of `Map.on`: str = 1"]),
        (CHANGED, "0.2", log("- `Mapping.on`, `Map`"), ["what became of `Map.on`"]),
        (CHANGED, "0.2", log("- `Map.on` has a default"), []),
        (LESS, "0.2", log(""), ["what became of `gsx.ops.gram.gram`, which is gone"]),
        (LESS, "0.2", log("- `gsx.ops.gram.gram(maps)` is gone"), []),
        (MORE, "0.2", log(""), ["what became of `New`(object)"]),
        (MORE, "0.2", log("- `New` is new"), []),
        (MORE, "0.1", log("- `New` is new", "0.1"), ["it has to become 0.2"]),
        (MORE, "0.2", log("", "0.1"), ["no section '### gsx.api 0.2'", "`New`"]),
        (MORE, "0.2", log("- `New`").replace(", unreleased", ", 2027"), ["run python tests/surface/frozen.py"]),
    ],
)
def test_a_changed_surface_is_noticed(now: dict[str, str], version: str, changelog: str, missing: list[str]):
    found = problems(read(BEFORE.format("")), now, version, changelog)
    assert len(found) == len(missing), found
    for line, said in zip(found, missing, strict=True):
        assert said in line


def test_what_is_released_may_rely_on_its_first_number():
    frozen = read(BEFORE.format("").replace("0.1", "1.3"))
    assert problems(frozen, MORE, "1.4", log("`New`", "1.4")) == []
    (missing,) = problems(frozen, CHANGED, "1.4", log("`Map.on`", "1.4"))
    assert "it has to become 2.0" in missing


def test_before_its_first_release_a_version_may_change_if_that_is_said():
    frozen = read(BEFORE.format(", unreleased"))
    assert problems(frozen, CHANGED, "0.1", log("`Map.on`", "0.1")) == []
    assert len(problems(frozen, CHANGED, "0.1", log("", "0.1"))) == 1


@pytest.mark.parametrize("module", [gsx.api, __import__("gsx.ops.gram").ops.gram])
def test_a_change_of_the_code_changes_the_surface(module: Any, monkeypatch: pytest.MonkeyPatch):
    before = SURFACE["surface"]()
    name = "did_you_mean" if module is gsx.api else "gram"
    monkeypatch.setattr(module, name, lambda other: None)
    new, changed = FROZEN["differences"](before, SURFACE["surface"]())
    assert (new, changed) == ([], [f"{module.__name__}.{name}"])
