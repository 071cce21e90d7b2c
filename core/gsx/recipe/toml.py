"""Reading a recipe file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from gsx.errors import RecipeError


def read_recipe(path: Path) -> dict[str, Any]:
    """The raw tables of a recipe: TOML, or the resolved JSON that a run folder holds (``recipe.json``).

    Raises:
        RecipeError: as :func:`read_toml`.
    """
    return read_json(path) if path.suffix == ".json" else read_toml(path)


def read_json(path: Path) -> dict[str, Any]:
    """The raw tables of a JSON recipe.

    Raises:
        RecipeError: missing, unreadable, not UTF-8, not JSON, or JSON that holds no tables.
    """
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise RecipeError(f"recipe {path} is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"recipe {path} is not valid JSON: {error}") from error
    except OSError as error:
        raise RecipeError(
            f"recipe {path} cannot be read: {error.strerror}", hint="Check the path given to --recipe."
        ) from error
    if not isinstance(tables, dict):
        raise RecipeError(f"recipe {path} holds no tables: it should be a JSON object, such as a run's recipe.json.")
    return tables


def read_toml(path: Path) -> dict[str, Any]:
    """The raw tables of a TOML recipe.

    Raises:
        RecipeError: missing, unreadable, not UTF-8, or not TOML; the message names the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"recipe {path} is not valid TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"recipe {path} is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise RecipeError(
            f"recipe {path} cannot be read: {error.strerror}", hint="Check the path given to --recipe."
        ) from error
