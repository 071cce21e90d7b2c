"""House rules that no tool checks: what lies where, how big it is, and what is never written."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gsx.errors import EXIT_CODES
from gsx.plugins import installed_catalog
from gsx.plugins.hookspecs import KIND_HOOKS
from gsx.weights.registry import read_registry

REPOSITORY = Path(__file__).parents[1]
MIB = 2**20
TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "registry.toml",
    "LICENSE",
    "CHANGELOG.md",
    "core",
    "plugins",
    "examples",
    "tests",
}
SOURCES = ("core", "plugins", "examples", "tests")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that git knows, relative to the root; in an unpacked source archive, every file."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        found = [path.relative_to(REPOSITORY) for path in REPOSITORY.rglob("*") if path.is_file()]
        return [path for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts)]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Each Python file of these folders as ``(path, syntax tree)``."""
    for folder in folders:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            yield path.relative_to(REPOSITORY).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_top_level_holds_only_what_belongs_there(tracked: list[Path]) -> None:
    top = {path.parts[0] for path in tracked}
    assert {name for name in top if not name.startswith(".")} - {"PKG-INFO"} == TOP_LEVEL


def test_files_are_of_modest_size(tracked: list[Path]) -> None:
    sizes = {path.as_posix(): (REPOSITORY / path).stat().st_size for path in tracked}
    assert {path: size for path, size in sizes.items() if size > 8 * MIB} == {}
    assert sum(sizes.values()) < 40 * MIB


def test_a_file_can_be_read_in_one_sitting(tracked: list[Path]) -> None:
    lines = {
        path.as_posix(): len((REPOSITORY / path).read_text(encoding="utf-8").splitlines())
        for path in tracked
        if path.suffix == ".py"
    }
    assert {path: count for path, count in lines.items() if count > 400} == {}


def test_no_generated_or_pickled_file_is_kept(tracked: list[Path]) -> None:
    unwanted = {".pyc", ".pth", ".pt", ".pkl", ".ckpt", ".bin", ".whl", ".log", ".orig"}
    assert [path for path in tracked if path.suffix in unwanted] == []


@pytest.mark.parametrize("folder", SOURCES)
def test_each_folder_opens_with_a_readme(folder: str) -> None:
    lines = (REPOSITORY / folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {folder}/"
    # That of plugins/ is the authors' guide besides.
    assert 3 < len(lines) < (300 if folder == "plugins" else 80), "short, and not empty"


@pytest.mark.parametrize("folder", sorted(path.name for path in (REPOSITORY / "plugins").glob("gsx_*")))
def test_each_plugin_file_says_what_it_is(folder: str) -> None:
    for path, tree in trees(f"plugins/{folder}"):
        assert ast.get_docstring(tree), path


def test_no_pickle_is_ever_loaded() -> None:
    found = []
    for path, tree in trees("core", "plugins"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called, words = ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}
            unpickles = re.fullmatch(
                r"(?:pickle|dill|cloudpickle|joblib|marshal|shelve)\.(?:loads?|open|Unpickler)", called
            )
            # The conformance suite pickles options and reads its own bytes back.
            if unpickles and not path.startswith("core/gsx/testing/"):
                found.append(f"{path}:{node.lineno} {called}")
            if called == "torch.load" and words.get("weights_only") != "True":
                found.append(f"{path}:{node.lineno} torch.load without weights_only=True")
    assert found == []


def test_no_error_is_swallowed_in_silence() -> None:
    silent = [
        f"{path}:{handler.lineno}"
        for path, tree in trees("core", "plugins", "examples")
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler)
        and all(
            isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
            for line in handler.body
        )
    ]
    assert silent == []


def test_exit_codes_of_the_readme_are_those_of_the_code() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|\s*`?(\d+)`?\s*\|\s*(.+?)\s*\|\s*$", text, re.MULTILINE)
    assert {int(code): meaning for code, meaning in rows} == EXIT_CODES


def test_registry_and_extractors_name_each_other() -> None:
    entries = read_registry(REPOSITORY / "registry.toml")  # ids are unique, or it raises
    catalog = installed_catalog()
    built_in = {
        kind: {offer.spec.name: offer.spec for offer in catalog.offers(kind) if offer.distribution == "gsx"}
        for kind in KIND_HOOKS
    }
    registered = {(entry.component, entry.id) for entry in entries if entry.kind == "extractor"}
    named = {(name, weights) for name, spec in built_in["extractor"].items() for weights in spec.weights.values()}
    assert registered == named
    for entry in entries:
        assert entry.component in built_in[entry.kind], entry.id
        assert entry.summary
        assert entry.licence
        assert entry.training_data


def test_bundled_weights_are_the_ones_that_the_registry_describes(tracked: list[Path]) -> None:
    entries = [entry for entry in read_registry(REPOSITORY / "registry.toml") if entry.bundled is not None]
    assert entries, "vgg19's own weights ship"
    files = set()
    for entry in entries:
        package, _, inside = (entry.bundled or "").partition(":")
        files.add(Path("plugins") / package / inside)
        assert (REPOSITORY / "plugins" / package / inside).stat().st_size == entry.bytes
    assert files == {path for path in tracked if path.suffix == ".safetensors" and path.parts[0] != "tests"}
