"""The section ``[bench]`` of a recipe: which combinations ``gsx bench`` compares."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from gsx.specs.options import Options

Names = tuple[str, ...]
Component = str | dict[str, Any]
Components = tuple[Component, ...]
"""Names, or whole sections such as ``{name = "pixels", iterations = 50}``, which take no option from the recipe's."""

Values = Annotated[tuple[Any, ...], Field(min_length=1)]


class BenchSection(Options):
    """Axes, whose product is the cells; an axis left empty keeps what the rest of the recipe says.

    Explainers, metrics and pictures are no axes: they belong to every cell.
    """

    extractor: Annotated[Components, Field(description="extractors to compare")] = ()
    fusion: Annotated[Components, Field(description="fusions to compare")] = ()
    generator: Annotated[Components, Field(description="generators to compare")] = ()
    adversarial: Annotated[Components, Field(description="adversarial losses to compare, in cells that train")] = ()
    checkpoints: Annotated[Names, Field(description="trained generators to compare: what generator.weights takes")] = ()
    grid: Annotated[dict[str, Values], Field(description="option, such as fusion.alpha, and its values")] = Field(
        default_factory=dict
    )
    seeds: Annotated[
        int, Field(ge=1, le=1000, description="each combination so often, with run.seed and those after")
    ] = 1
    train_content: Annotated[
        str | None, Field(description="folder of contents to train each cell's generator on first, as [train] says")
    ] = None
    train_style: Annotated[str | None, Field(description="folder of styles to train it on")] = None
    executor: Annotated[
        dict[str, Any], Field(description="where cells run: its name (local where it has none) and options")
    ] = Field(default_factory=dict)
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False, description="seconds that a cell may take")] = 3600.0
    ask_above: Annotated[int, Field(ge=1, description="ask before so many cells and more")] = 500

    @field_validator("executor", mode="before")
    @classmethod
    def _a_table(cls, given: Any) -> Any:
        return {"name": given} if isinstance(given, str) else given

    @field_validator("extractor", "fusion", "generator", "adversarial", "checkpoints")
    @classmethod
    def _each_once(cls, given: Components) -> Components:
        for index, one in enumerate(given):
            name = one.get("name") if isinstance(one, dict) else one
            if not isinstance(name, str) or not name:
                raise ValueError(f"{one!r} has no name")
            if one in given[:index]:
                raise ValueError(f"{name} occurs more than once")
        return given

    @model_validator(mode="after")
    def _trains_on_both(self) -> BenchSection:
        if (self.train_content is None) != (self.train_style is None):
            raise ValueError("train_content and train_style belong together")
        if self.adversarial and not self.trains:
            raise ValueError(
                "adversarial losses make a difference only where cells are trained: set train_content and train_style, "
                "or compare generators that are trained already, as checkpoints"
            )
        return self

    @property
    def trains(self) -> bool:
        """Whether each cell's generator is trained before it is measured."""
        return self.train_content is not None

    @field_validator("grid", mode="before")
    @classmethod
    def _by_path(cls, grid: Any) -> Any:
        """``{fusion = {alpha = [1]}}`` as ``{"fusion.alpha" = [1]}``: TOML nests a dotted key that has no quotes."""
        if not isinstance(grid, dict):
            return grid
        flat: dict[str, Any] = {}
        for key, value in grid.items():
            deeper = cls._by_path(value)
            flat |= {f"{key}.{path}": one for path, one in deeper.items()} if isinstance(deeper, dict) else {key: value}
        return flat

    @field_validator("grid")
    @classmethod
    def _no_value_twice(cls, grid: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        for path, values in grid.items():
            if any(isinstance(value, float) and not math.isfinite(value) for value in values):
                raise ValueError(f"{path} has a value that is no finite number; a text goes into quotes")
            if any(value in values[:index] for index, value in enumerate(values)):
                raise ValueError(f"{path} has a value more than once")
        return grid
