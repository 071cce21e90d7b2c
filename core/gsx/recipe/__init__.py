"""Recipes: the model that names every component and its options; one merge, then validation in two stages."""

from gsx.recipe.recipe import Recipe
from gsx.recipe.resolve import resolve

__all__ = ["Recipe", "resolve"]
