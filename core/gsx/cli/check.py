"""``gsx check``: whether the components fit, without computing."""

from __future__ import annotations

from gsx.cli import flags
from gsx.cli.console import say
from gsx.cli.state import Debug, StrictPlugins


def check(
    extractor: flags.Extractor = None,
    fusion: flags.Fusion = None,
    generator: flags.Generator = None,
    discriminator: flags.Discriminator = None,
    loss: flags.Loss = None,
    explainer: flags.Explainer = None,
    metric: flags.Metric = None,
    size: flags.Size = None,
    strength: flags.Strength = None,
    recipe: flags.RecipeFile = None,
    set_: flags.Set = None,
    debug: Debug = False,
    strict_plugins: StrictPlugins = False,
) -> None:
    """Walk the chain of contracts and print the shape table; exits with 4 where components do not fit."""
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
        **{"run.size": size, "run.strength": strength},
    )
    from gsx.cli.screen import print_chain

    for note in loaded.notes:
        say(note)
    side = loaded.recipe.run.size
    print_chain(loaded, (side, side), (side, side))
    say(f"The components fit (shapes for square pictures of {side} px).")
