"""``gsx explain``: explain a finished run, or run a recipe and explain it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gsx.cli import flags
from gsx.cli.console import say, say_json
from gsx.cli.state import Debug, StrictPlugins, strict_plugins
from gsx.errors import GsxError, InterruptedRun, PluginError, RecipeError


def explain(
    source: Annotated[Path, typer.Argument(metavar="RUN|RECIPE", help="A folder of gsx run, or a recipe file.")],
    explainer: Annotated[
        list[str] | None, typer.Option(metavar="NAME[,NAME]", help="Explainers [default: those of the run, or recipe].")
    ] = None,
    score: flags.Score = None,
    unit: flags.Unit = None,
    card: flags.Card = None,
    budget: flags.Budget = None,
    set_: flags.Set = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Run folder, for a RECIPE.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print result.json alone on standard output.")] = False,
    debug: Debug = False,
    strict_plugins: StrictPlugins = False,
) -> None:
    """Explain a finished run without stylising again: new folders in RUN/explanations, and a new report.html.

    Each explainer explains each score. Without --explainer, the run's own are made again. Where gsx run made several
    pairs, their folder stands for all of them. A RECIPE is run first, like gsx run --recipe.
    """
    asked = {"explainer": flags.names(explainer, "--explainer"), **flags.explaining(score, unit, card, budget)}
    if asked["explainer"] == []:
        raise RecipeError("--explainer none leaves nothing to explain.", hint="Leave it out, or name an explainer.")
    if not source.exists():
        raise RecipeError(f"there is no {source}.", hint="Name a folder that gsx run made, or a recipe file.")
    if not source.is_dir():
        loaded = flags.load(source, set_, **asked)
        from gsx.cli.running import run_recipe

        run_recipe(loaded, out, skip_bad=False, json=json_)
        return
    if out is not None:
        raise RecipeError("--out is for a recipe: explanations of a run go into its own folder.", hint="Leave it out.")
    _explain_runs(source, asked, set_ or [], json_)


def _explain_runs(folder: Path, asked: dict[str, object], sets: list[str], as_json: bool) -> None:
    """Each run in turn, on to the next where one fails; the first failure is raised in the end."""
    from gsx.cli.running import stop_on_sigterm
    from gsx.run.finished import runs_of

    stop_on_sigterm()
    runs, results, failures = runs_of(folder), [], []
    for index, path in enumerate(runs):
        if len(runs) > 1:
            say(f"[{index + 1}/{len(runs)}] {path.name}", error=True)
        try:
            result, failure = _explain_run(path, asked, sets, as_json)
        except InterruptedRun:
            raise
        except GsxError as error:
            if len(runs) == 1:
                raise
            failure = error
        else:
            results.append(result)
        if failure is not None:
            failures.append(failure)
            if len(runs) > 1:
                say(f"error: {path.name}: {failure}", error=True)
    if as_json:
        say_json(results[0] if len(runs) == 1 else results)
    if failures:
        raise failures[0]


def _explain_run(
    folder: Path, asked: dict[str, object], sets: list[str], as_json: bool
) -> tuple[dict[str, Any], GsxError | None]:
    """The contents of result.json, and what to exit with where explanations failed."""
    from gsx.cli.explained import print_explanations
    from gsx.cli.screen import RichScreen
    from gsx.pipeline.build import build_pipeline
    from gsx.plugins import installed_catalog
    from gsx.run.explain_run import explain_run
    from gsx.run.finished import open_run

    run = open_run(folder)
    loaded = run.load(flags=asked, sets=sets, catalog=installed_catalog(strict=strict_plugins()))
    if not loaded.recipe.parts.explainers:
        raise RecipeError(f"the run in {folder} asks for no explainer.", hint="Name one, as in --explainer gradcam.")
    # Whatever a component prints belongs on standard error where standard output is JSON.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext(), RichScreen() as screen:
        result, made = explain_run(run, build_pipeline(loaded), screen=screen)
    if not as_json:
        print_explanations(made)
        say(f"Report: {folder / 'report.html'}")
    failed = [record for record in made if record["status"] == "error"]
    if not failed:
        return result, None
    which = f"{len(failed)} of {len(made)} explanations failed, the first, {failed[0]['folder']}, with"
    return result, _kind(failed[0])(
        f"{which if len(made) > 1 else failed[0]['folder'] + ' failed'}: {failed[0]['error']}",
        hint="The others are in the run folder." if len(failed) < len(made) else None,
    )


def _kind(record: Mapping[str, Any]) -> type[GsxError]:
    """The kind of error that an explanation failed with, for its exit code; a kind that is no kind of ours is the
    plugin's fault."""
    return next((kind for kind in GsxError.__subclasses__() if kind.exit_code == record["exit_code"]), PluginError)
