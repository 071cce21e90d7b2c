"""``gsx run``: stylise, measure and explain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsx.cli import flags
from gsx.cli.state import Debug, StrictPlugins


def run(
    extractor: flags.Extractor = None,
    fusion: flags.Fusion = None,
    generator: flags.Generator = None,
    discriminator: flags.Discriminator = None,
    loss: flags.Loss = None,
    explainer: flags.Explainer = None,
    score: flags.Score = None,
    unit: flags.Unit = None,
    card: flags.Card = None,
    budget: flags.Budget = None,
    metric: flags.Metric = None,
    content: flags.Content = None,
    style: flags.Style = None,
    size: flags.Size = None,
    skip_bad: flags.SkipBad = False,
    strength: flags.Strength = None,
    device: flags.Device = None,
    seed: flags.Seed = None,
    recipe: flags.RecipeFile = None,
    set_: flags.Set = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Run folder [default: runs/<time>-<fingerprint>].")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print result.json alone on standard output.")] = False,
    debug: Debug = False,
    strict_plugins: StrictPlugins = False,
) -> None:
    """Stylise a picture and explain it: a run folder with report.html.

    Without pictures, samples that ship are used. Folders run every pair. An explainer's own options go by --set, as
    in --set explainer.gradcam.unit.layer=relu3_1.
    """
    loaded = flags.load(
        recipe,
        set_,
        extractor=extractor,
        fusion=fusion,
        generator=generator,
        discriminator=discriminator,
        loss=loss,
        explainer=flags.names(explainer, "--explainer"),
        metric=flags.names(metric, "--metric"),
        **{
            "input.content": content,
            "input.style": style,
            "run.size": size,
            "run.strength": strength,
            "run.device": device,
            "run.seed": seed,
            **flags.explaining(score, unit, card, budget),
        },
    )
    from gsx.cli.running import run_recipe

    run_recipe(loaded, out, skip_bad=skip_bad, json=json_)
