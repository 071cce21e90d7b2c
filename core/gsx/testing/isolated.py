"""A catalog of exactly the plugins that are named: whatever else is installed is not there."""

from __future__ import annotations

import importlib.metadata

from gsx.plugins.catalog import PluginCatalog
from gsx.plugins.hookspecs import ENTRY_POINT_GROUP
from gsx.plugins.loading import PluginManager


def isolated_catalog(*modules: str, strict: bool = True) -> PluginCatalog:
    """Load these modules as plugins and nothing else.

    Args:
        modules: names of modules with ``hookimpl`` functions.
        strict: raise where one is broken.

    Example:
        >>> catalog = isolated_catalog("gsx.testing.toy")
        >>> catalog.find("fusion", "toy-mean").spec.name
        'toy-mean'
    """
    manager = PluginManager()
    entry_points = [importlib.metadata.EntryPoint(name, name, ENTRY_POINT_GROUP) for name in modules]
    manager.load(entry_points, strict=strict)
    return PluginCatalog(manager)
