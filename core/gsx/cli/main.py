"""``gsx``: the commands, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

import gsx
from gsx.cli import bench, check, distill, explain, plugins, report, run, schema, state, train, weights
from gsx.cli.console import say
from gsx.cli.strangers import Commands
from gsx.errors import EXIT_CODES, GsxError, disk_is_full, ran_out_of_memory
from gsx.store.process import prepare_process

EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."

app = typer.Typer(
    name="gsx",
    cls=Commands,
    help="Explainable GAN-based image style transfer. Start with: gsx run",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command(name="run")(run.run)
app.command(name="explain")(explain.explain)
app.command(name="train")(train.train)
app.command(name="check")(check.check)
app.command(name="distill")(distill.distill)
app.command(name="report")(report.report)
app.command(name="schema")(schema.schema)
app.add_typer(bench.app, name="bench")
app.add_typer(plugins.app, name="plugins")
app.add_typer(weights.app, name="weights")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gsx {gsx.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: state.Debug = False,
    strict_plugins: state.StrictPlugins = False,
) -> None:
    """Explainable GAN-based image style transfer. Start with: gsx run"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the documented table."""
    prepare_process()
    try:
        try:
            app(args=arguments, prog_name="gsx")
        finally:
            sys.stdout.flush()
    except SystemExit as stopped:
        if stopped.code == 130:  # a Ctrl-C that typer caught
            say("Interrupted.", error=True)
        raise
    except GsxError as error:
        _fail(error, error.exit_code, error.message, error.hint)
    except KeyboardInterrupt as error:
        _fail(error, 130, "Interrupted.", None)
    except BrokenPipeError:
        # The reader of a pipe went away (gsx plugins list | head): nothing to say, and nobody to say it to. What is
        # still in the buffer goes nowhere, for Python would complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug, told as one
        if disk_is_full(error):
            _fail(error, 9, "the disk is full.", "Free some space, or choose another folder with --out.")
        if ran_out_of_memory(error):
            _fail(error, 8, "the device ran out of memory.", "Try a smaller --size, or --device cpu.")
        damaged = _damaged_distributions()
        if damaged:
            _fail(
                error,
                7,
                f"{type(error).__name__}: {error}",
                f"The entry_points.txt of {damaged} cannot be read, which stops PyTorch and pydantic when they look for"
                " their own plugins. Reinstall or uninstall it.",
            )
        _fail(
            error,
            1,
            f"unexpected {type(error).__name__}: {error}",
            "This is a bug in GSX or in a plugin; please report it with the output of --debug.",
        )


def _damaged_distributions() -> str:
    """Those whose list of entry points stops every library that looks for its own."""
    from gsx.plugins.hookspecs import ENTRY_POINT_GROUP
    from gsx.plugins.origin import Damaged, entry_points

    return ", ".join(sorted(one.name for one in entry_points(ENTRY_POINT_GROUP) if isinstance(one, Damaged)))


def _fail(error: BaseException, code: int, message: str, hint: str | None) -> None:
    if state.debug():
        traceback.print_exception(error, file=sys.stderr)
    say(f"error: {message}", error=True)
    if hint:
        say(hint, error=True)
    sys.exit(code)
