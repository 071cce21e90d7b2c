"""The flags that name components and pictures, shared by the commands. A test freezes the set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsx.cli.state import strict_plugins
from gsx.errors import RecipeError

if TYPE_CHECKING:
    from gsx.pipeline.load import Loaded

Extractor = Annotated[str | None, typer.Option(metavar="NAME", help="Feature extractor [default: vgg19].")]
Fusion = Annotated[str | None, typer.Option(metavar="NAME", help="How content and style are fused [default: adain].")]
Generator = Annotated[
    str | None, typer.Option(metavar="NAME", help="What makes the picture [default: auto, the best that fits].")
]
Discriminator = Annotated[str | None, typer.Option(metavar="NAME", help="What judges the picture, in training.")]
Loss = Annotated[
    str | None, typer.Option(metavar="NAME", help="Adversarial loss (replaces that role), or a further term.")
]
Explainer = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME[,NAME]", help="Explainers, or none [default: gradcam]."),
]
Score = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME[@LAYER][,...]", help="What is explained; several: each explainer with each."),
]
Unit = Annotated[str | None, typer.Option(metavar="NAME", help="In terms of what it is explained.")]
Card = Annotated[str | None, typer.Option(metavar="quick|full|off", help="Checks of each explanation's faithfulness.")]
Budget = Annotated[int | None, typer.Option(metavar="MIB", help="Memory that passes of an explainer may take.")]
Metric = Annotated[
    list[str] | None, typer.Option(metavar="NAME[,NAME]", help="Metrics, or none [default: every pair metric].")
]
Content = Annotated[str | None, typer.Option(metavar="PATH", help="Picture, folder or sample name.")]
Style = Annotated[str | None, typer.Option(metavar="PATH", help="Picture, folder or sample name.")]
Size = Annotated[int | None, typer.Option(metavar="PIXELS", help="Longer side of both pictures [default: 256].")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out unreadable pictures of a folder.")]
Strength = Annotated[float | None, typer.Option(metavar="0..1", help="0 = content untouched, 1 = full style.")]
Device = Annotated[str | None, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:1 or mps [default: auto].")]
Seed = Annotated[int | None, typer.Option(metavar="NUMBER", help="Seeds everything random [default: 0].")]
RecipeFile = Annotated[Path | None, typer.Option("--recipe", metavar="FILE", help="A TOML recipe.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.OPTION=VALUE", help="Any option of any component; repeat for more."),
]


def names(values: Sequence[str] | None, flag: str) -> list[str] | None:
    """``["a,b", "c"]`` -> ``["a", "b", "c"]``; ``["none"]`` -> ``[]``; None stays None.

    Raises:
        RecipeError: no name at all is in them.
    """
    if values is None:
        return None
    from gsx.recipe.shorthand import component_names

    found = component_names(values)
    if not found and "none" not in values:
        raise RecipeError(f"{flag} '{','.join(values)}' names nothing.", hint=f"Give a name, or leave {flag} out.")
    return found


def explaining(score: Sequence[str] | None, unit: str | None, card: str | None, budget: int | None) -> dict[str, Any]:
    """The flags that say how to explain, as :func:`gsx.pipeline.load.load` takes them; without those not given."""
    scores = names(score, "--score")
    if scores == []:
        raise RecipeError(
            "--score none: an explanation explains a score.", hint="For no explanation at all: --explainer none."
        )
    found = {"explainer.score": scores, "explainer.unit": unit, "explainer.card": card, "run.budget": budget}
    return {key: value for key, value in found.items() if value is not None}


def load(recipe: Path | None, sets: Sequence[str] | None, **flags: Any) -> Loaded:
    """The validated recipe of a command line; ``flags`` as :func:`gsx.pipeline.load.load` takes them."""
    from gsx.pipeline.load import load as load_recipe
    from gsx.plugins import installed_catalog

    catalog = installed_catalog(strict=strict_plugins())
    return load_recipe(recipe, flags=flags, sets=sets or (), catalog=catalog)


def load_training(recipe: Path | None, sets: Sequence[str] | None, **flags: Any) -> Loaded:
    """As :func:`load`, for a recipe whose generator is to be trained, laid over the defaults of a training."""
    from gsx.pipeline.load import load as load_recipe
    from gsx.plugins import installed_catalog

    catalog = installed_catalog(strict=strict_plugins())
    return load_recipe(recipe, flags=flags, sets=sets or (), catalog=catalog, training=True)
