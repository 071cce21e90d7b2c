"""How long gsx takes to say something (target: 0.4 s; with 200 plugins 0.6 s), beside Python and its libraries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .plugins import plugins

pytestmark = pytest.mark.perf

GSX = ("-c", "from gsx.cli.main import main; main()")
CASES = {
    "python -c pass": ("-c", "pass"),
    "python -c 'import pydantic, typer'": ("-c", "import pydantic, typer"),
    "gsx --version": (*GSX, "--version"),
    "gsx --help": (*GSX, "--help"),
    "gsx plugins list": (*GSX, "plugins", "list"),
    "gsx weights list": (*GSX, "weights", "list"),
}


def test_startup(measure, alone) -> None:
    measure("start-up", {name: lambda command=command: alone(*command) for name, command in CASES.items()}, rounds=10)


def test_startup_with_many_plugins(measure, alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 distributions, one of them broken, which costs only itself; each command beside itself without them."""
    many = str(plugins(tmp_path / "many", 200))
    bare = os.environ.get("PYTHONPATH", "")

    def start(path: str, *words: str) -> str:
        monkeypatch.setenv("PYTHONPATH", path)
        return alone(*GSX, *words).stdout

    paths = {"alone": bare, "with 200 plugins": os.pathsep.join(filter(None, [bare, many]))}
    for words in (("--help",), ("plugins", "list")):
        cases = {
            f"gsx {' '.join(words)}, {name}": lambda path=path, words=words: start(path, *words)
            for name, path in paths.items()
        }
        measure("start-up", cases, rounds=10)
    rows = [line.split("\t") for line in start(paths["with 200 plugins"], "plugins", "list").splitlines()]
    assert sum(row[0] == "fusion" and row[3].startswith("gsx-perf-") for row in rows) == 199
    assert sum(row[0] == "command" for row in rows) == 20
    (broken,) = (row for row in rows if row[0] == "BROKEN")
    assert broken[3] == "gsx-perf-100 1.100"
