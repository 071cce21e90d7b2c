"""The wheel and the source archive: everything that is needed, and nothing else."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from .conftest import build

LIMIT = 20 * 2**20


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tree, tmp_path_factory.mktemp("sdist"))


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def test_wheel_holds_the_packages_and_nothing_else(wheel: Path, tracked: list[Path]) -> None:
    packages = {
        path.relative_to(path.parts[0]).as_posix()
        for path in tracked
        if path.parts[0] in ("core", "plugins") and len(path.parts) > 2
    }
    found = {name for name in contents(wheel) if ".dist-info/" not in name}
    assert found == packages | {"gsx/registry.toml"}


def test_wheel_names_its_licence_command_and_plugins(wheel: Path) -> None:
    about = {name.partition(".dist-info/")[2] for name in contents(wheel) if ".dist-info/" in name}
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        lines = archive.read(name).decode().splitlines()
    assert "gsx = gsx.cli.main:main" in lines
    assert "[gsx.plugins]" in lines


def test_archives_are_small(wheel: Path, sdist: Path) -> None:
    assert wheel.stat().st_size < LIMIT
    assert sdist.stat().st_size < LIMIT


def test_source_archive_gives_the_same_wheel_and_carries_the_tests(
    sdist: Path, wheel: Path, tracked: list[Path], tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    there = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    known = {path.as_posix() for path in tracked}
    assert there - {"PKG-INFO"} <= known
    assert known - there <= {name for name in known if name.startswith(".")}, "only dot-files may be left out"
    assert contents(build("wheel", source, tmp_path / "rebuilt")) == contents(wheel)
