"""The files of a new distribution: complete, as ruff would write them, and named so that they clash with nothing."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gsx.errors import RecipeError, StoreError
from gsx.plugins.api_range import range_of
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.plugins.registry import known_plugins
from gsx.scaffold import LICENCES, new_distribution
from gsx.scaffold.naming import LONGEST, check_kinds, check_name
from gsx.scaffold.rendering import WIDTH, import_from

SHORT, LONG = "q", "x" * LONGEST
"""Names at both ends, for each line of a template has to be broken as ruff would for either."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One distribution of each kind, and two of all kinds at once."""
    parent = tmp_path_factory.mktemp("scaffold")
    for kind in KIND_HOOKS:
        new_distribution(f"my-{kind}", [kind], parent=parent)
    for name in (SHORT, LONG):
        new_distribution(name, list(KIND_HOOKS), parent=parent)
    return parent


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", KIND_HOOKS)
def test_a_distribution_is_small_and_whole(folder: Path, kind: str) -> None:
    made, module = folder / f"gsx-my-{kind}", f"gsx_my_{kind}"
    assert files(made) == {
        "LICENSE",
        "README.md",
        "pyproject.toml",
        f"{module}/__init__.py",
        f"{module}/{kind}.py",
        f"tests/test_my_{kind}.py",
    }
    project = tomllib.loads((made / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == f"gsx-my-{kind}"
    assert project["project"]["license"] == "MIT"
    assert project["project"]["dependencies"] == [f"gsx{range_of()}"]
    assert project["project"]["entry-points"]["gsx.plugins"] == {f"my-{kind}": module}
    assert f"gsx plugins show my-{kind}" in (made / "README.md").read_text(encoding="utf-8")
    for path in made.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), path
        assert all(ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)), path
    (test,) = (made / "tests").iterdir()
    (function,) = (node for node in ast.parse(test.read_text()).body if isinstance(node, ast.FunctionDef))
    assert len(ast.unparse(function).splitlines()) == 3


def test_it_imports_of_gsx_what_every_plugin_may(folder: Path) -> None:
    for path in folder.rglob("*.py"):
        modules = {
            node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        }
        ours = {module for module in modules if module.split(".")[0] == "gsx"}
        assert {".".join(module.split(".")[:2]) for module in ours} <= {"gsx.api", "gsx.ops", "gsx.testing"}, path
        if path.name == "__init__.py":
            assert modules - ours == {"collections.abc", "typing", "pydantic"}, f"{path} has to stay torch-free"


def test_no_template_left_anything_of_itself(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not {"{%", "{{", "%}", "}}"} & set(text.split()), path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is not installed (pip install 'gsx[dev]')")
@pytest.mark.parametrize("name", ["my-fusion", SHORT, LONG])
def test_ruff_has_nothing_to_say(folder: Path, name: str) -> None:
    for command in (["check", "--extend-select", "I", "--no-cache"], ["format", "--diff", "--no-cache"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."],
            cwd=folder / f"gsx-{name}",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_lines_are_short_where_the_name_is(folder: Path) -> None:
    for path in (folder / f"gsx-{SHORT}").rglob("*.py"):
        assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= WIDTH, path


def test_several_kinds_come_in_the_order_of_the_pipeline_each_once() -> None:
    assert check_kinds(["explainer,score", " fusion ", "score"]) == ("fusion", "score", "explainer")


@pytest.mark.parametrize("given", [[], [""], ["fusion,"], ["fusions"], ["Fusion"]])
def test_kinds_that_do_not_exist(given: list[str], tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        new_distribution("mine", given, parent=tmp_path)
    assert "tracker" in (refused.value.hint or "")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Soft_Light", "soft-light"),
        ("SoftLight", "soft-light"),
        ("soft light", "soft-light"),
        ("2fast", "fast"),
        ("gsx-soft", "soft"),
        ("mine\n", "mine"),
        ("a--b", "a-b"),
        ("../mine", "mine"),
        ("x" * (LONGEST + 1), None),
        ("", None),
        ("..", None),
        ("/", None),
        ("é", None),
        ("ℌ", None),
    ],
)
def test_names_that_cannot_be(name: str, near: str | None, tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        new_distribution(name, ["fusion"], parent=tmp_path / "deep")
    hint = refused.value.hint or ""
    assert "lower case letters, digits and single hyphens" in hint
    assert hint.endswith(f" Try {near}.") if near else "Try" not in hint
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a", "x1", "soft-light", "class", "none", "options", "torch", "x" * LONGEST])
def test_names_that_can_be(name: str, tmp_path: Path) -> None:
    made = new_distribution(name, ["fusion", "score"], parent=tmp_path)
    for path in made.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def test_what_a_name_gives() -> None:
    names = check_name("soft-light2")
    assert (names.distribution, names.module) == ("gsx-soft-light2", "gsx_soft_light2")
    assert names.class_of("fusion") == "SoftLight2Fusion"


def test_a_component_of_that_kind_and_name_is_there_already(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="a fusion 'adain' already, from gsx"):
        new_distribution("adain", ["metric", "fusion"], parent=tmp_path)
    assert not any(tmp_path.iterdir())
    assert new_distribution("adain", ["metric"], parent=tmp_path).is_dir()


def test_a_plugin_of_that_name_is_published_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stars = known_plugins()[0].model_copy(update={"name": "gsx-stars", "distribution": None, "install": "gsx-stars"})
    monkeypatch.setattr("gsx.scaffold.naming.known_plugins", lambda: (stars,))
    with pytest.raises(RecipeError, match="there is a plugin gsx-stars already: ") as refused:
        new_distribution("stars", ["fusion"], parent=tmp_path)
    assert "pip install gsx-stars" in (refused.value.hint or "")
    assert not any(tmp_path.iterdir())


def test_a_package_of_that_name_is_there_already(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="a package gsx_fusions is installed already"):
        new_distribution("fusions", ["fusion"], parent=tmp_path)
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "gsx-mine" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        new_distribution("mine", ["fusion"], parent=tmp_path)
    assert files(tmp_path) == {"gsx-mine/notes.txt"}
    assert kept.read_text() == "mine"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "gsx-mine").mkdir()
    assert "pyproject.toml" in files(new_distribution("mine", ["fusion"], parent=tmp_path))


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for parent in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(StoreError) as refused:
            new_distribution("mine", ["fusion"], parent=parent)
        assert "--out" in (refused.value.hint or "")
    assert files(tmp_path) == {"file"}


def test_a_disk_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Path.write_text

    def fails(path: Path, *arguments: str, **more: str) -> int:
        if "README" in path.name:
            raise OSError(28, "No space left on device")
        return written(path, *arguments, **more)

    monkeypatch.setattr(Path, "write_text", fails)
    with pytest.raises(StoreError, match="No space left"):
        new_distribution("mine", ["fusion"], parent=tmp_path / "new")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("licence", "line"),
    [
        ("mit", "MIT License"),
        ("apache-2.0", "Apache License"),
        ("bsd-3-clause", "BSD 3-Clause License"),
    ],
)
@pytest.mark.parametrize("author", [None, 'Ann "Q" O\\Hara'])
def test_licences(licence: str, line: str, author: str | None, tmp_path: Path) -> None:
    made = new_distribution("mine", ["fusion"], parent=tmp_path, licence=licence, author=author)
    text = (made / "LICENSE").read_text(encoding="utf-8")
    assert text.split("\n", 2)[0].strip() == line or text.split("\n", 2)[1].strip() == line
    assert text.count(author or "the gsx-mine authors") == 1
    project = tomllib.loads((made / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == LICENCES[licence].identifier
    assert project.get("authors") == ([{"name": author}] if author else None)


def test_no_licence(tmp_path: Path) -> None:
    made = new_distribution("mine", ["fusion"], parent=tmp_path, licence="none")
    assert "LICENSE" not in files(made)
    assert "license" not in tomllib.loads((made / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "No licence is given yet" in (made / "README.md").read_text(encoding="utf-8")


def test_a_licence_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        new_distribution("mine", ["fusion"], parent=tmp_path, licence="apache")
    assert "Did you mean 'apache-2.0'" in (refused.value.hint or "")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("author", ["", "  ", "Ann\nEve", "Ann\x7f", "Ann\udce9"])
def test_authors_that_cannot_be_written(author: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="--author"):
        new_distribution("mine", ["fusion"], parent=tmp_path, author=author)
    assert not any(tmp_path.iterdir())


def test_imports_are_broken_where_they_are_long() -> None:
    assert import_from(["b", "B", "a"], "here") == "from here import B, a, b"
    long = import_from(["a" * 40, "b" * 40], "here")
    assert long == f"from here import (\n    {'a' * 40},\n    {'b' * 40},\n)"
