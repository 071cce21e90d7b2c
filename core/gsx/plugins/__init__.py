"""Plugin hooks, loading with isolation, and the catalog of what is installed."""

from gsx.plugins.catalog import PluginCatalog, installed_catalog
from gsx.plugins.loading import PluginManager
from gsx.plugins.records import PluginRecord

__all__ = ["PluginCatalog", "PluginManager", "PluginRecord", "installed_catalog"]
