"""Fake distributions on disk: what pip would have installed."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gsx.plugins import PluginCatalog, PluginManager

Install = Callable[..., importlib.metadata.EntryPoint]

FUSION = """
from gsx.api import FusionSpec, Options, hookimpl

@hookimpl
def gsx_fusions():
    yield FusionSpec(name={name!r}, summary="a fusion", target="{module}.part:Part", strength=lambda s: {{}})
"""


def fusion(module: str, name: str) -> str:
    """The source of a sound plugin that offers one fusion."""
    return FUSION.format(module=module, name=name)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """``install(module, source, dist=..., version=..., entry=..., requires=...)``: a module, its dist-info, and its
    entry point.
    """
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def make(
        module: str,
        source: str,
        *,
        dist: str | None = None,
        version: str = "1.0",
        entry: str | None = None,
        requires: Sequence[str] = (),
    ):
        dist, entry = dist or module.replace("_", "-"), entry or module
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{dist.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n"
            + "".join(f"Requires-Dist: {line}\n" for line in requires)
            + "\nRequires-Dist: gsx>=99 is a line of the description\n"
        )
        listed = info / "entry_points.txt"
        text = listed.read_text() if listed.exists() else "[gsx.plugins]\n"
        listed.write_text(f"{text}{entry} = {module}\n")
        (found,) = (
            one
            for distribution in importlib.metadata.distributions(path=[str(tmp_path)])
            if distribution.metadata["Name"] == dist
            for one in distribution.entry_points
            if one.name == entry
        )
        return found

    yield make
    for name in set(sys.modules) - before:
        if (tmp_path / f"{name}.py").exists():
            del sys.modules[name]


@pytest.fixture
def load() -> Callable[..., PluginCatalog]:
    """A catalog of these entry points alone."""

    def load_these(*entry_points: importlib.metadata.EntryPoint, strict: bool = False) -> PluginCatalog:
        manager = PluginManager()
        manager.load(entry_points, strict=strict)
        return PluginCatalog(manager)

    return load_these
