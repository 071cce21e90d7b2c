"""``gsx schema``: JSON Schema of recipes for what is installed."""

from __future__ import annotations

import json
import sys

from gsx.cli.state import Debug, StrictPlugins, strict_plugins


def schema(debug: Debug = False, strict: StrictPlugins = False) -> None:
    """Print the JSON Schema of a recipe, for the components installed here."""
    from gsx.plugins import installed_catalog
    from gsx.recipe.schema import recipe_schema

    sys.stdout.write(json.dumps(recipe_schema(installed_catalog(strict=strict_plugins())), indent=2) + "\n")
