"""Reading a recipe file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from gsx.errors import RecipeError


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
