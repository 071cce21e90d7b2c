"""``gsx bench``: compare combinations, each over all pairs of pictures."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gsx.cli import flags
from gsx.cli.console import say
from gsx.cli.state import Debug, StrictPlugins, strict_plugins
from gsx.errors import RecipeError

app = typer.Typer(
    help="Compare combinations: every extractor with every fusion, generator and option, over all pairs of pictures.",
    invoke_without_command=True,
)


@app.callback()
def bench(
    context: typer.Context,
    extractor: Annotated[
        list[str] | None, typer.Option(metavar="NAME[,NAME]", help="What looks at pictures; several are an axis.")
    ] = None,
    fusion: Annotated[
        list[str] | None, typer.Option(metavar="NAME[,NAME]", help="How content and style are joined.")
    ] = None,
    generator: Annotated[list[str] | None, typer.Option(metavar="NAME[,NAME]", help="What makes the picture.")] = None,
    adversarial: Annotated[
        list[str] | None, typer.Option(metavar="NAME[,NAME]", help="Adversarial losses, where cells are trained.")
    ] = None,
    checkpoints: Annotated[list[str] | None, typer.Option(metavar="PATH[,PATH]", help="Trained generators.")] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(metavar="SECTION.OPTION=VALUE,VALUE", help="Any option of any component; repeat for more."),
    ] = None,
    seeds: Annotated[int | None, typer.Option(metavar="NUMBER", help="Each combination so often [default: 1].")] = None,
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
    executor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where cells run: local, or dask [default: local].")
    ] = None,
    workers: Annotated[int | None, typer.Option(metavar="NUMBER", help="How many worker processes.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a dask cluster, such as tcp://host:8786.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="That a cell may take [default: 3600].")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Start a large benchmark without asking.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="A benchmark's folder, new or to go on with.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the rows as JSON alone on standard output.")] = False,
    debug: Debug = False,
    strict_plugins_: StrictPlugins = False,
) -> None:
    """Compare combinations: every extractor with every fusion, generator and option, over all pairs of pictures.

    Components named with commas are axes. The same command again runs only what is not done yet. Without pictures,
    samples that ship are used.
    """
    if context.invoked_subcommand is not None:
        return
    from gsx.bench.axes import asked, parse_grid
    from gsx.bench.plan import Question
    from gsx.plugins import installed_catalog

    axes: dict[str, Any] = {
        "extractor": _axis(extractor, "--extractor"),
        "fusion": _axis(fusion, "--fusion"),
        "generator": _axis(generator, "--generator"),
        "adversarial": _axis(adversarial, "--adversarial"),
        "checkpoints": _axis(checkpoints, "--checkpoints"),
        "grid": None if grid is None else parse_grid(grid),
        "seeds": seeds,
        "timeout": timeout,
    }
    sets = tuple(set_ or ())
    section = asked(recipe, axes, sets)
    settings: dict[str, Any] = {
        "metric": flags.names(metric, "--metric"),
        "input.content": content,
        "input.style": style,
        "run.size": size,
        "run.strength": strength,
        "run.device": device,
        "run.seed": seed,
        **flags.explaining(score, unit, card, budget),
    }
    if explainer is not None:
        settings["explainer"] = flags.names(explainer, "--explainer")
    catalog = installed_catalog(strict=strict_plugins())
    from gsx.cli.benching import Request, run_benchmark

    run_benchmark(
        Request(
            question=Question(recipe, settings, sets, catalog),
            section=section,
            executor=_executor(section.executor, executor, workers=workers, scheduler=scheduler),
            out=out,
            skip_bad=skip_bad,
            yes=yes,
            json=json_,
            command=shlex.join(["gsx", *sys.argv[1:]]),
        )
    )


def _axis(values: list[str] | None, flag: str) -> list[str] | None:
    """The values of an axis.

    Raises:
        RecipeError: none.
    """
    found = flags.names(values, flag)
    if found == []:
        raise RecipeError(f"{flag} none: there is nothing to compare.", hint=f"Give names, or leave {flag} out.")
    return found


def _executor(table: dict[str, Any], name: str | None, **options: Any) -> dict[str, Any]:
    """The executor's section under the flags; the options of another one do not carry over."""
    name = name or table.get("name", "local")
    if table.get("name", name) != name:
        table = {}
    table = {**table, "name": name}
    return {**table, **{key: value for key, value in options.items() if value is not None}}


Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A benchmark's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]


@app.command()
def report(folder: Folder, json_: AsJson = False, debug: Debug = False) -> None:
    """Print the table of a benchmark, and write its report.html and index.sqlite anew, from its cells alone."""
    from gsx.cli.benching import show

    show(folder, json=json_)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A benchmark's folder.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    json_: AsJson = False,
    debug: Debug = False,
) -> None:
    """What got better or worse from A to B, and what cannot be told apart."""
    from gsx.cli.benching import show_comparison

    show_comparison(first, second, json=json_)


@app.command()
def export(
    folder: Folder,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="A .csv or .parquet file to write.")],
    debug: Debug = False,
) -> None:
    """Write every figure of a benchmark as one row of a table."""
    from gsx.report.bench.export import export as write

    for unread in write(folder, to):
        say(f"skipped: {unread.name}, because {unread.reason}", error=True)
    say(str(to))
