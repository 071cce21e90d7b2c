"""What the recipe tests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gsx.plugins import PluginCatalog, installed_catalog
from gsx.recipe import Recipe, resolve
from gsx.recipe.defaults import defaults
from gsx.recipe.merge import apply_set, merge_file


@pytest.fixture(scope="session")
def catalog() -> PluginCatalog:
    return installed_catalog()


@pytest.fixture
def make(catalog: PluginCatalog) -> Callable[..., Recipe]:
    """``make(tables, *sets)``: the recipe that these make of the defaults, with ``generator = pixels``."""

    def merged(tables: Mapping[str, Any] | None = None, *sets: str) -> Recipe:
        raw = defaults()
        raw["generator"] = {"name": "pixels"}
        merge_file(raw, tables or {}, source="test.toml")
        for assignment in sets:
            apply_set(raw, assignment)
        return resolve(raw, catalog)

    return merged
