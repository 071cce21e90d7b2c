"""The templates, and the filters that keep what they make as ruff would write it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gsx.plugins.hookspecs import KIND_HOOKS

WIDTH = 88
"""Columns of a line: ruff's default, which a new distribution has until its author chooses."""


def import_from(names: Iterable[str], module: str) -> str:
    """``from module import a, b``, in brackets where that is too long.

    Example:
        >>> import_from(["b", "a"], "here")
        'from here import a, b'
    """
    # As isort does: constants, classes, then functions.
    ordered = sorted(names, key=lambda name: (name[0].islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")"


@cache
def environment() -> Environment:
    """The templates; nothing is escaped, for they make Python, TOML and Markdown of names that were checked."""
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["hook"] = lambda kind: KIND_HOOKS[kind]
    environment.filters["import_from"] = import_from
    # A JSON string without control characters is a TOML string.
    environment.filters["toml"] = lambda text: json.dumps(text, ensure_ascii=False)
    return environment
