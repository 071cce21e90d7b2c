"""``gsx train``: train a generator, against a discriminator where the recipe has an adversarial loss."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsx.cli import flags
from gsx.cli.console import one_line, say, say_json
from gsx.cli.state import Debug, StrictPlugins


def train(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for checkpoints, sheets and the generator.")],
    content: Annotated[str | None, typer.Option(metavar="FOLDER", help="Pictures whose content is to be kept.")] = None,
    style: Annotated[str | None, typer.Option(metavar="FOLDER", help="Pictures whose style is to be taken.")] = None,
    extractor: flags.Extractor = None,
    fusion: flags.Fusion = None,
    generator: Annotated[
        str | None, typer.Option(metavar="NAME", help="What is trained to make pictures [default: resnet].")
    ] = None,
    discriminator: Annotated[
        str | None, typer.Option(metavar="NAME", help="What judges them [default: multiscale-patchgan].")
    ] = None,
    loss: flags.Loss = None,
    device: flags.Device = None,
    seed: flags.Seed = None,
    recipe: flags.RecipeFile = None,
    set_: flags.Set = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in --out.")] = False,
    stop_on_collapse: Annotated[
        bool, typer.Option("--stop-on-collapse", help="End where a gauge of collapse is past its bound.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print card.json alone on standard output.")] = False,
    debug: Debug = False,
    strict_plugins: StrictPlugins = False,
) -> None:
    """Train a generator on folders of pictures; folders inside them are not searched.

    Ctrl-C keeps a checkpoint; --resume goes on from it. Numbers go by --set, as in --set train.steps=2000; gsx train
    --set generator.weights=FOLDER begins with a trained generator, and generator.weights=bundled with the one that
    ships. Use the result with gsx run --set generator.weights=OUT. Several processes share the work under accelerate
    launch.
    """
    import contextlib
    import shlex
    import sys

    loaded = flags.load_training(
        recipe,
        set_,
        extractor=extractor,
        fusion=fusion,
        generator=generator,
        discriminator=discriminator,
        loss=loss,
        **{"input.content": content, "input.style": style, "run.device": device, "run.seed": seed},
    )
    from gsx.cli.training_screen import TrainingScreen
    from gsx.training.adversarial.job import TrainJob
    from gsx.training.adversarial.train import train as run_training
    from gsx.training.processes import join_processes
    from gsx.training.screen import SilentScreen

    processes = join_processes(loaded.recipe.run.device)
    with TrainingScreen() if processes.main else contextlib.nullcontext(SilentScreen()) as screen:
        job = TrainJob(
            loaded=loaded,
            out=out,
            processes=processes,
            command=shlex.join(["gsx", *sys.argv[1:]]),
            stop_on_collapse=stop_on_collapse,
            screen=screen,
        )
        card = run_training(job, resume=resume)
    if not processes.main:
        return
    if json_:
        say_json(card)
        return
    for side, data in card["data"].items():
        for item in data["unusable"]:
            say(f"unusable {side} picture {one_line(item['file'])}: {one_line(item['reason'])}")
    for what, count in card["skipped_steps"].items():
        say(f"skipped {count} steps, because {what} was NaN or infinite")
    say(f"{out / card['file']}  {card['parameters']:,} parameters  {card['bytes']:,} bytes  sha256 {card['sha256']}")
    say(f"Report: {out / 'report.html'}")
    say(f"Use it: gsx run --set generator.weights={out}")
