"""Plans from the installed components, without weights and without torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gsx.contracts import Parts
from gsx.plugins import installed_catalog
from gsx.recipe import resolve
from gsx.recipe.defaults import defaults
from gsx.recipe.merge import apply_set, merge_file


@pytest.fixture(scope="session")
def parts() -> Callable[..., Parts]:
    """``parts(tables, *sets)``: the components that these name; ``pixels`` and no explainer or metric by default."""

    def chosen(tables: dict[str, Any] | None = None, *sets: str) -> Parts:
        raw = defaults() | {"generator": {"name": "pixels"}, "explainer": [], "metric": []}
        merge_file(raw, tables or {}, source="test.toml")
        for assignment in sets:
            apply_set(raw, assignment)
        return resolve(raw, installed_catalog()).parts

    return chosen
