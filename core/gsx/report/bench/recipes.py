"""Recipes of cells, as far as they say how pictures were made: to tell cells apart, and to say in what two differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gsx.report.bench.reading import value_text
from gsx.report.bench.records import Cell
from gsx.report.text import visible

_UNTOLD = ("seed", "device", "out")
"""What a recipe's ``run`` section says without making it another recipe."""

_NOT_OF_THE_PICTURE = ("metric", "explainer")
"""What two benchmarks may measure and explain otherwise: the figures themselves say how they were measured."""


def recipe_of(benchmark: Path, cell: Cell) -> dict[str, Any] | None:
    """The cell's recipe.json without what is no part of it (pictures, seed, machine); None where it cannot be read."""
    recipe = _read(benchmark / "cells" / cell.key / "recipe.json")
    if recipe is None:
        return None
    run = recipe.get("run")
    told = {key: value for key, value in run.items() if key not in _UNTOLD} if isinstance(run, dict) else run
    return {**recipe, "run": told, "input": None, "bench": None}


def differences(a: tuple[Path, Cell], b: tuple[Path, Cell]) -> Iterator[str]:
    """What makes two cells' pictures differ besides their coordinates: options, weights, versions.

    Each as ``fusion.floor is 0.0001 in A and 0.01 in B``.
    """
    for kind, one, other in (
        ("", _options(*a), _options(*b)),
        (" weights", dict(a[1].weights), dict(b[1].weights)),
        (" (version)", _versions(*a), _versions(*b)),
    ):
        for name in dict.fromkeys([*one, *other]):
            if (before := one.get(name, "not there")) != (after := other.get(name, "not there")):
                yield f"{name}{kind} is {before} in A and {after} in B"


def _options(folder: Path, cell: Cell) -> dict[str, str]:
    recipe = recipe_of(folder, cell) or {}
    return dict(_flat("", {key: value for key, value in recipe.items() if key not in _NOT_OF_THE_PICTURE}))


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), one)
    else:
        simple = value is None or isinstance(value, (str, bool, int, float))
        yield visible(path), value_text(value) if simple else visible(json.dumps(value))


def _versions(folder: Path, cell: Cell) -> dict[str, str]:
    """Packages and plugins, from the cell's env.json."""
    env = _read(folder / "cells" / cell.key / "env.json")
    return {} if env is None else versions_of(env)


def versions_of(env: dict[str, Any]) -> dict[str, str]:
    """Name -> version of the plugins and packages that an env.json names."""
    plugins, packages = env.get("plugins"), env.get("packages")
    named = [str(one).rpartition(" ")[::2] for one in plugins] if isinstance(plugins, list) else []
    named += packages.items() if isinstance(packages, dict) else []
    return {visible(str(name)): visible(str(version)) for name, version in named}


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = None if file.is_symlink() else json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
