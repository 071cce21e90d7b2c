"""From what the user asked for to the coordinates of every cell. Torch-free."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gsx.errors import RecipeError
from gsx.recipe.bench_section import BenchSection
from gsx.recipe.defaults import SECTIONS, defaults
from gsx.recipe.merge import apply_set, merge_file, parse_value
from gsx.recipe.toml import read_recipe
from gsx.recipe.validate import validate
from gsx.specs.suggest import did_you_mean

NAMED_AXES = ("extractor", "fusion", "generator", "adversarial", "checkpoints")

Coordinates = dict[str, Any]
"""Axis -> value: the place of a cell in the benchmark."""

_NO_AXIS = {
    "input": "every cell has all pairs of content and style: name a folder",
    "metric": "every cell has all metrics, so that cells can be compared",
    "bench": "it says what to compare",
    "run.seed": "seeds are no axis: say --seeds NUMBER",
    "run.device": "the executor decides where a cell runs",
    "run.size": "figures of pictures of another size are not compared: make a second benchmark",
}
"""What cannot be an axis of the grid, and why."""


def asked(file: Path | None, flags: Mapping[str, Any], sets: Sequence[str]) -> BenchSection:
    """The ``[bench]`` section of a recipe file, under the flags of the command line and ``--set bench.…``.

    Raises:
        RecipeError: with what to do.
    """
    raw = defaults()
    if file is not None:
        merge_file(raw, {"bench": read_recipe(file).get("bench", {})}, source=str(file))
    raw["bench"].update({key: value for key, value in flags.items() if value is not None})
    for assignment in sets:
        if assignment.startswith("bench."):
            apply_set(raw, assignment)
    section = validate(BenchSection, raw["bench"], where="bench")
    for path in section.grid:
        _check_path(path)
    return section


def _check_path(path: str) -> None:
    section = path.partition(".")[0]
    if section not in SECTIONS:
        raise RecipeError(f"--grid {path}: no section is called {section!r}.", hint=did_you_mean(section, SECTIONS))
    for taboo in (section, path):
        if taboo in _NO_AXIS:
            raise RecipeError(f"--grid {path}: {_NO_AXIS[taboo]}.")
    if path.endswith(".name"):
        raise RecipeError(f"--grid {path}: components have axes of their own.", hint=f"Say --{section} A,B.")


def parse_grid(texts: Sequence[str]) -> dict[str, list[Any]]:
    """``["fusion.alpha=0.25,0.5"]`` -> ``{"fusion.alpha": [0.25, 0.5]}``; commas inside brackets do not part values.

    Raises:
        RecipeError: not of that form, or without a value.
    """
    grid: dict[str, list[Any]] = {}
    for text in texts:
        path, equals, values = text.partition("=")
        found = [value for value in _parts(values) if value]
        if not equals or "." not in path or not found:
            raise RecipeError(
                f"--grid {text!r} is not of the form section.option=value,value.",
                hint="For example --grid fusion.alpha=0.25,0.5,1.",
            )
        if path.strip() in grid:
            raise RecipeError(f"--grid {path.strip()} is given twice.", hint="Give all its values at once.")
        grid[path.strip()] = [parse_value(value) for value in found]
    return grid


def _parts(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def axes_of(section: BenchSection) -> dict[str, list[Any]]:
    """Axis -> values, in the order in which cells vary (the last fastest)."""
    named = {name: list(getattr(section, name)) for name in NAMED_AXES if getattr(section, name)}
    return {**named, **{path: [_plain(value) for value in values] for path, values in section.grid.items()}}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def cells_of(axes: Mapping[str, Sequence[Any]]) -> Iterator[Coordinates]:
    """Every combination."""
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def shown_value(value: Any) -> Any:
    """A value as records and tables have it: a table of a component as its name, with its options in words; a list too.

    Example:
        >>> shown_value({"name": "pixels", "iterations": 50})
        'pixels (iterations 50)'
        >>> shown_value(0.5)
        0.5
        >>> shown_value(["relu1_1", "relu4_1"])
        '["relu1_1", "relu4_1"]'
    """
    if isinstance(value, (str, bool, int, float)):
        return value
    if not isinstance(value, dict) or "name" not in value:
        return _word(value)
    options = ", ".join(f"{key} {_word(one)}" for key, one in value.items() if key != "name")
    return f"{value['name']} ({options})" if options else value["name"]


def label_of(coordinates: Coordinates, axes: Mapping[str, Sequence[Any]]) -> str:
    """What tells a cell from the others, in words: the coordinates on axes that vary, or all where none does."""
    varying = {axis: value for axis, value in coordinates.items() if len(axes[axis]) > 1} or coordinates
    words = {axis: _word(shown_value(value)) for axis, value in varying.items()}
    return ", ".join(word if axis in NAMED_AXES else f"{axis} {word}" for axis, word in words.items())


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
