"""Both install modes: the same commands, components, pictures and weights, wherever one stands."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

MODES = ("plain", "editable")

LOOK = """
import importlib.metadata, importlib.resources, json
import gsx
from gsx import samples
from gsx.plugins.registry import known_plugins
from gsx.plugins.registry_file import registry_path
from gsx.weights.registry import installed_registry

package = importlib.resources.files("gsx")
print(json.dumps({
    "file": gsx.__file__,
    "version": importlib.metadata.version("gsx"),
    "plugins": {entry.name: entry.load().__file__
                for entry in importlib.metadata.entry_points(group="gsx.plugins")},
    "registry": str(registry_path()),
    "known": [entry.name for entry in known_plugins()],
    "ids": [entry.id for entry in installed_registry()],
    "bundled": {entry.id: str(entry.bundled_path()) for entry in installed_registry() if entry.bundled},
    "styles": [str(samples.style_path(name)) for name in samples.style_names()],
    "contents": [str(samples.content_path(name)) for name in samples.content_names()],
    "templates": sorted(item.name for item in (package / "report" / "templates").iterdir()),
    "typed": (package / "py.typed").is_file(),
}))
"""


@pytest.fixture(params=MODES)
def place(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def home(place: Any, tree: Path, request: pytest.FixtureRequest) -> Path:
    """Where the code of this mode has to lie: in the environment, or in the tree that was installed."""
    return place.site_packages if "plain" in request.node.callspec.id else tree


@pytest.fixture
def seen(place: Any) -> dict[str, Any]:
    done = place.call("python", "-c", LOOK)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_was_installed_is_what_is_imported_and_complete(seen: dict[str, Any], home: Path, tree: Path) -> None:
    assert Path(seen["file"]).is_relative_to(home)
    for name, file in seen["plugins"].items():
        assert Path(file).is_relative_to(home), name
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert seen["version"] == project["version"]
    assert seen["plugins"].keys() == project["entry-points"]["gsx.plugins"].keys()
    assert Path(seen["registry"]).is_relative_to(home)
    registry = tomllib.loads((tree / "registry.toml").read_text(encoding="utf-8"))
    assert seen["ids"] == [entry["id"] for entry in registry["weights"]]
    assert seen["known"] == [entry["name"] for entry in registry["plugins"]]
    assert "vgg19-slim" in seen["bundled"], "vgg19's own weights ship with GSX"
    for file in [*seen["bundled"].values(), *seen["styles"]]:
        assert Path(file).is_relative_to(home)
        assert Path(file).stat().st_size > 1000
    assert len(seen["styles"]) >= 6
    assert len(seen["contents"]) >= 3
    assert all(Path(file).is_file() for file in seen["contents"])
    assert seen["templates"] == sorted(path.name for path in (tree / "core/gsx/report/templates").iterdir())
    assert seen["typed"]


def test_version(place: Any, seen: dict[str, Any]) -> None:
    assert place.gsx("--version") == f"gsx {seen['version']}\n"


def test_every_built_in_component_is_listed_and_none_is_broken(place: Any, tree: Path) -> None:
    rows = [line.split("\t") for line in place.gsx("plugins", "list").splitlines()]
    assert rows[0] == ["kind", "name", "what it is", "from"]
    listed = {(kind, name) for kind, name, _, _ in rows[1:]}
    assert "BROKEN" not in {kind for kind, _ in listed}
    # One file per component, named after it.
    for kind, folder in (
        ("fusion", "gsx_fusions"),
        ("loss", "gsx_losses"),
        ("metric", "gsx_metrics"),
        ("explainer", "gsx_explainers"),
        ("score", "gsx_scores"),
        ("unit", "gsx_units"),
        ("extractor", "gsx_extractors"),
        ("generator", "gsx_generators"),
        ("discriminator", "gsx_discriminators"),
    ):
        names = {name for one, name in listed if one == kind}
        assert names, kind
        for name in names:
            file = name.replace("-", "_").replace("++", "_plus_plus")
            assert (tree / "plugins" / folder / f"{file}.py").is_file(), name


def test_both_modes_list_the_same(plain: Any, editable: Any) -> None:
    assert plain.gsx("plugins", "list") == editable.gsx("plugins", "list")


def test_weights_are_listed_and_the_bundled_ones_verified(place: Any, seen: dict[str, Any]) -> None:
    lines = place.gsx("weights", "list").splitlines()[1:]
    assert [line.split()[0] for line in lines] == seen["ids"]
    assert not [line for line in lines if "MISSING" in line]
    verified = place.gsx("weights", "verify")
    for name, file in seen["bundled"].items():
        assert f"{name}: ok  {file}" in verified.splitlines()


def test_a_run_works_from_any_folder(place: Any, home: Path, tmp_path: Path) -> None:
    printed = place.gsx(
        *("run", "--size", "32", "--set", "generator.iterations=2", "--explainer", "gradcam", "--out", "here"),
        cwd=tmp_path,
    )
    run = tmp_path / "here"
    assert "here" in printed
    assert json.loads((run / "result.json").read_text(encoding="utf-8"))["status"] == "done"
    assert "<img" in (run / "report.html").read_text(encoding="utf-8")
    assert list((run / "explanations").iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["here"], "nothing is left in the current folder"
