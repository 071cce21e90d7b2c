"""The command line run inside the test's process, on pictures and networks that cost next to nothing."""

import re
import signal
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy
import pytest
from PIL import Image

from gsx.cli.main import main
from gsx.plugins import PluginCatalog, PluginManager
from gsx.plugins.hookspecs import ENTRY_POINT_GROUP
from gsx.plugins.loading import installed_entry_points

SMALL = (
    "--size",
    "48",
    "--metric",
    "none",
    "--extractor",
    "vgg19-slim",
    "--set",
    "extractor.widths=[4,4,4,4,4]",
    "--set",
    "generator.iterations=3",
    "--set",
    "run.fusion_effect=false",
)
"""A run that takes a third of a second."""


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in, with content.png and style.png."""
    monkeypatch.chdir(tmp_path)
    noise("content.png", 48, 40, seed=1)
    noise("style.png", 40, 48, seed=2)
    return tmp_path


def noise(path: str | Path, width: int = 48, height: int = 40, mode: str = "RGB", seed: int = 0, **options) -> Path:
    """A random picture."""
    values = numpy.random.default_rng(seed).integers(0, 256, (height, width, len(Image.new(mode, (1, 1)).getbands())))
    values = values.astype(numpy.uint8)
    Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values, mode).save(path, **options)
    return Path(path)


@pytest.fixture
def gsx(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run ``gsx`` with these arguments, here."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        before = signal.getsignal(signal.SIGTERM)
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
        finally:
            signal.signal(signal.SIGTERM, before)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture
def run(gsx: Callable[..., Ran]) -> Callable[..., Ran]:
    """``gsx run`` on the two pictures into ``out``, small; later arguments win."""

    def call(*arguments: object) -> Ran:
        return gsx("run", "--content", "content.png", "--style", "style.png", "--out", "out", *SMALL, *arguments)

    return call


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a module of that name with these attributes, and offer it as one more installed plugin."""
    planted = []

    def call(name: str, **attributes: object) -> None:
        module = types.ModuleType(name)
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, name, module)
        planted.append(EntryPoint(name, name, ENTRY_POINT_GROUP))
        manager = PluginManager()
        manager.load([*installed_entry_points(), *planted])
        catalog = PluginCatalog(manager)
        for place in ("gsx.plugins", "gsx.run.job"):
            monkeypatch.setattr(f"{place}.installed_catalog", lambda *, strict=False: catalog)

    return call


def assert_refused(ran: Ran, code: int, *words: str) -> None:
    """A clear line on standard error, the documented code, no traceback, and nothing written."""
    assert ran.code == code, ran.err
    assert ran.err.startswith("error: ") or "\nerror: " in ran.err
    assert "Traceback" not in ran.err
    assert "bug in GSX" not in ran.err
    for word in words:
        assert word in ran.err
    assert_nothing_written()


def assert_nothing_written(folder: Path | str = ".") -> None:
    """No output folder, and no half of one."""
    left = [str(path) for path in Path(folder).rglob("*") if path.name in ("out", "runs") or ".partial" in path.name]
    assert not left


def assert_no_escapes(text: str) -> None:
    """No control characters that could steer a terminal."""
    assert not re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
