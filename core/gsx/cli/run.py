"""``gsx run``: stylise, measure and explain."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from gsx.cli import flags
from gsx.cli.console import say, say_json
from gsx.cli.state import Debug, StrictPlugins
from gsx.errors import GsxError, InterruptedRun


def run(
    extractor: flags.Extractor = None,
    fusion: flags.Fusion = None,
    generator: flags.Generator = None,
    discriminator: flags.Discriminator = None,
    loss: flags.Loss = None,
    explainer: flags.Explainer = None,
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
        explainer=flags.names(explainer),
        metric=flags.names(metric),
        **{
            "input.content": content,
            "input.style": style,
            "run.size": size,
            "run.strength": strength,
            "run.device": device,
            "run.seed": seed,
        },
    )
    # A batch system ends a job with SIGTERM: then, too, the best picture so far is kept.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    from gsx.cli.screen import RichScreen, print_chain, print_result
    from gsx.images import decode, resize_longer
    from gsx.pipeline.build import build_pipeline
    from gsx.run.inputs import find_work
    from gsx.run.job import run_pair
    from gsx.store.run_folder import check_free, default_run_folder

    settled = loaded.recipe
    work = find_work(settled.input, skip_bad=skip_bad)
    for bad in work.skipped:
        say(f"skipped: {bad.reason}", error=True)
    if out is not None and len(work.pairs) == 1:
        check_free(out)
    # Whatever a component prints belongs on standard error where standard output is JSON.
    with contextlib.redirect_stdout(sys.stderr) if json_ else contextlib.nullcontext():
        try:
            pipeline = build_pipeline(loaded)
        except KeyboardInterrupt as stop:
            raise InterruptedRun("Interrupted before there was a picture; nothing was written.") from stop
        for note in loaded.notes:
            say(note)
        folder = out or default_run_folder(settled.fingerprint(pipeline.weight_hashes()))
        results, failures = [], []
        for index, pair in enumerate(work.pairs):
            place = folder if len(work.pairs) == 1 else folder / pair.label
            if len(work.pairs) > 1:
                say(f"[{index + 1}/{len(work.pairs)}] {pair.label}", error=True)
            try:
                if index == 0:
                    shapes = [
                        resize_longer(decode(file).image, settled.run.size).shape for file in (pair.content, pair.style)
                    ]
                    print_chain(loaded, (shapes[0][2], shapes[0][3]), (shapes[1][2], shapes[1][3]))
                with RichScreen() as screen:
                    results.append(run_pair(pipeline, pair, place, other_style=work.other_style(pair), screen=screen))
                if not json_:
                    print_result(results[-1], place, loaded.notes)
            except InterruptedRun:
                raise
            except GsxError as error:
                if len(work.pairs) == 1:
                    raise
                failures.append(error)
                say(f"error: {pair.label}: {error}", error=True)
    if json_:
        shown = results[0] if len(work.pairs) == 1 else results
        say_json(shown)
    if failures:
        raise failures[0]
