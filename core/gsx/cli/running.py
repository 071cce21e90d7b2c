"""What ``gsx run`` and ``gsx explain RECIPE`` do with a recipe: every pair of its pictures, each into its folder."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from pathlib import Path

from gsx.cli.console import say, say_json
from gsx.cli.screen import RichScreen, print_chain, print_result
from gsx.errors import GsxError, InterruptedRun
from gsx.images import decode, resize_longer
from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import Loaded
from gsx.run.inputs import find_work
from gsx.run.job import run_pair
from gsx.store.run_folder import check_free, default_run_folder


def stop_on_sigterm() -> None:
    """A batch system ends a job with SIGTERM: then, too, what was finished so far is kept, as after Ctrl-C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def run_recipe(loaded: Loaded, out: Path | None, *, skip_bad: bool, json: bool) -> None:
    """Run every pair, print what came of it, and go on to the next where one fails.

    Args:
        out: the run folder, or the folder of several; ``runs/<time>-<fingerprint>`` where None.
        json: print result.json alone on standard output.

    Raises:
        GsxError: the first failure, after all pairs were tried.
    """
    stop_on_sigterm()
    settled = loaded.recipe
    work = find_work(settled.input, skip_bad=skip_bad)
    for bad in work.skipped:
        say(f"skipped: {bad.reason}", error=True)
    if out is not None and len(work.pairs) == 1:
        check_free(out)
    # Whatever a component prints belongs on standard error where standard output is JSON.
    with contextlib.redirect_stdout(sys.stderr) if json else contextlib.nullcontext():
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
                if not json:
                    print_result(results[-1], place, loaded.notes)
            except InterruptedRun:
                raise
            except GsxError as error:
                if len(work.pairs) == 1:
                    raise
                failures.append(error)
                say(f"error: {pair.label}: {error}", error=True)
    if json:
        shown = results[0] if len(work.pairs) == 1 else results
        say_json(shown)
    if failures:
        raise failures[0]
