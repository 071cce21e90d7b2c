"""The flags that name components and pictures, shared by the commands. A test freezes the set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsx.cli.state import strict_plugins

if TYPE_CHECKING:
    from gsx.pipeline.build import Loaded

_COMPONENTS, _PICTURES, _RUN = "Components", "Pictures", "Run"

Extractor = Annotated[str | None, typer.Option(help="Feature extractor.", rich_help_panel=_COMPONENTS)]
Fusion = Annotated[str | None, typer.Option(help="How content and style are fused.", rich_help_panel=_COMPONENTS)]
Generator = Annotated[str | None, typer.Option(help="What makes the picture from them.", rich_help_panel=_COMPONENTS)]
Discriminator = Annotated[str | None, typer.Option(help="What judges the picture.", rich_help_panel=_COMPONENTS)]
Loss = Annotated[
    str | None,
    typer.Option(help="Adversarial loss (replaces that role), or a further term.", rich_help_panel=_COMPONENTS),
]
Explainer = Annotated[
    list[str] | None, typer.Option(help="Explainers, comma-separated; none for none.", rich_help_panel=_COMPONENTS)
]
Metric = Annotated[
    list[str] | None, typer.Option(help="Metrics, comma-separated; none for none.", rich_help_panel=_COMPONENTS)
]
Content = Annotated[str | None, typer.Option(help="Picture, folder or sample name.", rich_help_panel=_PICTURES)]
Style = Annotated[str | None, typer.Option(help="Picture, folder or sample name.", rich_help_panel=_PICTURES)]
Size = Annotated[int | None, typer.Option(help="Longer side in pixels [default: 256].", rich_help_panel=_PICTURES)]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Leave out unreadable pictures of a folder.", rich_help_panel=_PICTURES)
]
Strength = Annotated[
    float | None, typer.Option(help="0 = content untouched, 1 = full style.", rich_help_panel=_RUN)
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.", rich_help_panel=_RUN)]
Seed = Annotated[int | None, typer.Option(help="Seeds everything random.", rich_help_panel=_RUN)]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", help="A TOML recipe.", rich_help_panel=_RUN)]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.OPTION=VALUE", help="Any option of any component.", rich_help_panel=_RUN),
]


def names(values: Sequence[str] | None) -> list[str] | None:
    """``["a,b", "c"]`` -> ``["a", "b", "c"]``; ``["none"]`` -> ``[]``; None stays None."""
    if values is None:
        return None
    found = [name.strip() for value in values for name in value.split(",") if name.strip()]
    return [] if found == ["none"] else found


def load(recipe: Path | None, sets: Sequence[str] | None, **flags: Any) -> Loaded:
    """The validated recipe of a command line; ``flags`` as :func:`gsx.pipeline.build.load` takes them."""
    from gsx.pipeline.build import load as load_recipe
    from gsx.plugins import installed_catalog

    catalog = installed_catalog(strict=strict_plugins())
    return load_recipe(recipe, flags=flags, sets=sets or (), catalog=catalog)
