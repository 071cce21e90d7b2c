"""Switches that hold for any command: --debug and --strict-plugins, before or after the command's name."""

from __future__ import annotations

import os
from typing import Annotated

import typer

_DEBUG, _STRICT = "GSX_DEBUG", "GSX_STRICT_PLUGINS"


def _set(variable: str, value: bool) -> bool:
    if value:
        os.environ[variable] = "1"
    return value


Debug = Annotated[
    bool, typer.Option("--debug", callback=lambda value: _set(_DEBUG, value), help="Show tracebacks of errors.")
]
StrictPlugins = Annotated[
    bool,
    typer.Option(
        "--strict-plugins", callback=lambda value: _set(_STRICT, value), help="A broken plugin is an error, not a row."
    ),
]


def debug() -> bool:
    """Whether --debug was given, or GSX_DEBUG set."""
    return bool(os.environ.get(_DEBUG))


def strict_plugins() -> bool:
    """Whether --strict-plugins was given, or GSX_STRICT_PLUGINS set."""
    return bool(os.environ.get(_STRICT))
