"""Environments to install GSX into: fresh ones that see this one's packages, so nothing is downloaded."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for everything here: installing takes longest, and each worker would install anew."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("packaging"))


@dataclasses.dataclass(frozen=True)
class Place:
    """A virtual environment of its own.

    Args:
        folder: the environment.
        cache: GSX's cache of programs that run in it.
    """

    folder: Path
    cache: Path

    @property
    def _programs(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def site_packages(self) -> Path:
        (found,) = self.folder.rglob("site-packages")
        return found

    def call(
        self, *command: str | Path, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of this environment, elsewhere than in the repository."""
        # Nothing of the environment that runs the tests: no PYTHONPATH, no GSX_*.
        kept = {key: os.environ[key] for key in ("HOME", "LANG", "SYSTEMROOT", "TMPDIR") if key in os.environ}
        return subprocess.run(
            [str(self._programs / command[0]), *map(str, command[1:])],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            cwd=cwd or self.folder,
            env={
                **kept,
                "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
                "OMP_NUM_THREADS": "1",
                "PYTHONUTF8": "1",
                "GSX_CACHE": str(self.cache),
                **environment,
            },
        )

    def pip_install(self, *arguments: str | Path) -> None:
        """``pip install`` from folders and files alone."""
        done = self.call("python", "-m", "pip", "install", *OFFLINE, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def gsx(self, *arguments: str | Path, cwd: Path | None = None, code: int = 0, **environment: str) -> str:
        """Run ``gsx``, which has to exit with ``code``; its standard output, or both where it should fail."""
        done = self.call("gsx", *arguments, cwd=cwd, **environment)
        assert done.returncode == code, f"gsx {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
        return done.stdout if code == 0 else done.stdout + done.stderr


def make_place(folder: Path) -> Place:
    """A fresh environment that sees the packages of the running one.

    They come after its own, and a folder named in a .pth file has its own .pth files ignored: an editable GSX of the
    running environment stays invisible.
    """
    venv.create(folder / "venv", with_pip=importlib.util.find_spec("pip") is None)
    place = Place(folder / "venv", folder / "cache")
    visible = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (place.site_packages / "zz_visible.pth").write_text("\n".join(visible) + "\n", encoding="utf-8")
    return place


def build(kind: str, source: Path, out: Path) -> Path:
    """Build a ``wheel`` or ``sdist`` of the project in ``source`` into the empty folder ``out``; the archive."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = out.iterdir()
    return archive


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """The files of the repository that git knows, relative to its root."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout, so nothing says which files belong to the repository")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


@pytest.fixture(scope="session")
def tree(tracked: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository: what a fresh clone holds, and builds leave the real one alone."""
    folder = tmp_path_factory.mktemp("tree")
    for name in tracked:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def plain(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An environment after ``pip install .``."""
    place = make_place(tmp_path_factory.mktemp("plain"))
    place.pip_install(tree)
    return place


@pytest.fixture(scope="session")
def editable(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An environment after ``pip install -e .``."""
    place = make_place(tmp_path_factory.mktemp("editable"))
    place.pip_install("-e", tree)
    return place


PLUGIN_PROJECT = """
    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"

    [project]
    name = "{distribution}"
    version = "{version}"
    dependencies = ["{requirement}"]

    [project.entry-points."gsx.plugins"]
    {module} = "{module}"

    [tool.hatch.build.targets.wheel]
    include = ["{module}.py"]
"""

GOOD_PLUGIN = '''
    """A fusion that somebody else wrote: the content map, a little of the style's mean added."""

    from typing import Annotated

    from pydantic import Field

    from gsx.api import FusionSpec, Options, hookimpl


    class MineOptions(Options):
        gain: Annotated[float, Field(ge=0, le=2, description="how much of the mean")] = 0.25


    class Mine:
        def __init__(self, options):
            self.gain = options.gain

        def __call__(self, content, style, level):
            return content[level] + self.gain * style[level].mean((2, 3), keepdim=True)


    @hookimpl
    def gsx_fusions():
        yield FusionSpec(name="mine", summary="a stranger's fusion", target="gsx_mine:Mine", options=MineOptions,
                         strength=lambda strength: {"gain": strength})
'''

BROKEN_PLUGIN = '''
    """A plugin that cannot even be imported."""

    print("and prints what nobody asked for")
    raise ImportError("needs libfoo 3, which is not here")
'''


LATER_PLUGIN = """
    raise AssertionError("a plugin that was built for another GSX is never imported")
"""


@pytest.fixture(scope="session")
def swd_wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``examples/gsx-swd`` as its author would publish it."""
    return build("wheel", tree / "examples" / "gsx-swd", tmp_path_factory.mktemp("swd"))


@pytest.fixture(scope="session")
def with_strangers(tree: Path, swd_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A plain installation with distributions of others: our examples, gsx-swd as a wheel; a fusion; and two BROKEN.

    One of those is a wheel that was built for a later GSX.
    """
    folder = tmp_path_factory.mktemp("strangers")
    for distribution, version, module, source, requirement in (
        ("gsx-mine", "4.2", "gsx_mine", GOOD_PLUGIN, "gsx>=0.1,<0.2"),
        ("gsx-wreck", "0.3", "gsx_wreck", BROKEN_PLUGIN, "gsx"),
        ("gsx-later", "9.0", "gsx_later", LATER_PLUGIN, "gsx>=7,<8"),
    ):
        place = folder / distribution
        place.mkdir()
        project = PLUGIN_PROJECT.format(
            distribution=distribution, version=version, module=module, requirement=requirement
        )
        (place / "pyproject.toml").write_text(textwrap.dedent(project), encoding="utf-8")
        (place / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    place = make_place(folder)
    later = build("wheel", folder / "gsx-later", folder / "built")
    ours = (tree / "examples" / "plugin", swd_wheel)
    place.pip_install(tree, folder / "gsx-mine", folder / "gsx-wreck", later, *ours)
    return place
