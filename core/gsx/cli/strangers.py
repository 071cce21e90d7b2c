"""Sub-commands of plugins, by the entry-point group ``gsx.commands``: imported when called, never to be listed."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as command_of

from gsx.cli.console import clean
from gsx.cli.state import Debug
from gsx.errors import GsxError, PluginError, disk_is_full, ran_out_of_memory

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Stranger(TyperCommand):
    """The commands of one name that installed distributions offer, usually one; imported when it is called.

    Args:
        entry_points: of that name.
        built_in: the names that no plugin may take.
    """

    def __init__(self, entry_points: Sequence[importlib.metadata.EntryPoint], built_in: Iterable[str]) -> None:
        from gsx.plugins.origin import origin_of

        self.entry_point = entry_points[0]
        self.origin = origin_of(self.entry_point)
        self.owners = [f"{one.distribution} {one.version}" for one in map(origin_of, entry_points)]
        self.problem = self._problem(built_in)
        told = clean(f"From plugin {' and '.join(self.owners)}.")
        super().__init__(self.entry_point.name, help=told, rich_markup_mode=None)

    def _problem(self, built_in: Iterable[str]) -> str | None:
        """What is wrong with it, as far as that needs no import."""
        from gsx.plugins.api_range import check_built_for_this

        name = self.entry_point.name
        if name in built_in:
            return f"gsx has a command {name!r} of its own, which no plugin replaces"
        if not _NAME.fullmatch(name):
            return "a command's name is lower case letters, digits and single hyphens"
        if len(self.owners) > 1:
            return "several offer it; uninstall all but one, or choose with GSX_PLUGINS"
        try:
            check_built_for_this(self.origin.wants)
        except PluginError as error:
            return error.message
        return None

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """That of the plugin's own command, which takes over from here."""
        return self.load().make_context(info_name, args, parent=parent, **extra)

    def load(self) -> Any:
        """Import the command.

        Raises:
            PluginError: it cannot be imported, is no command, was built for another GSX, or several offer it.
        """
        if self.problem:
            raise self.broken(self.problem)
        try:
            with contextlib.redirect_stdout(sys.stderr):  # junk at import is not the command's output
                found = self.entry_point.load()
            return _with_debug(_as_command(found))
        except GsxError as error:
            raise self.broken(error.message) from error
        except (Exception, SystemExit) as error:
            raise self.broken(f"{type(error).__name__}: {error}") from error

    def raised(self, error: Exception) -> PluginError:
        """What to tell of an error that escaped the command while it ran."""
        return self.broken(f"it raised {type(error).__name__}: {error}")

    def broken(self, cause: str) -> PluginError:
        """The error that asking for it is."""
        return PluginError(
            f"command {self.name!r} of plugin {' and '.join(self.owners)}: {cause}",
            hint="Everything else works. Tell its author, with the output of gsx --debug.",
        )


class Commands(TyperGroup):
    """Our commands, then those of plugins, which can take the place of none."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Ours in their order, then those of plugins by name."""
        added = [name for name in self.strangers if name not in self.commands and _NAME.fullmatch(name)]
        return [*self.commands, *added]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Plugins are looked for only where no command of ours has the name."""
        return self.commands.get(cmd_name) or self.strangers.get(cmd_name)

    @functools.cached_property
    def strangers(self) -> dict[str, Stranger]:
        """Those of plugins by name."""
        from gsx.plugins.hookspecs import COMMAND_GROUP
        from gsx.plugins.loading import installed_entry_points
        from gsx.plugins.origin import Damaged

        by_name: dict[str, list[importlib.metadata.EntryPoint]] = {}
        for entry_point in installed_entry_points(COMMAND_GROUP):
            if not isinstance(entry_point, Damaged):  # listed among the plugins
                by_name.setdefault(entry_point.name, []).append(entry_point)
        return {name: Stranger(by_name[name], self.commands) for name in sorted(by_name)}

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what a plugin's raises by mistake names the plugin."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            stranger = None if ctx.invoked_subcommand in self.commands else self.strangers.get(ctx.invoked_subcommand)
            # Errors with an exit code are meant: ours, and typer's own.
            meant = hasattr(error, "exit_code") or isinstance(error, (typer.Abort, BrokenPipeError))
            if stranger is None or meant or disk_is_full(error) or ran_out_of_memory(error):
                raise
            raise stranger.raised(error) from error


def _as_command(found: object) -> Any:
    if isinstance(found, typer.Typer):
        return command_of(found)
    if not callable(found) or isinstance(found, type):
        raise PluginError(f"it is a {type(found).__name__}, and has to be a typer.Typer or a function")
    app = typer.Typer(rich_markup_mode=None)
    app.command()(found)
    return command_of(app)


def _with_debug(command: Any) -> Any:
    """The command, and those below it, with the --debug of every command, unless they have one of their own."""
    for below in getattr(command, "commands", {}).values():
        _with_debug(below)
    if not hasattr(command, "commands") and not any("--debug" in param.opts for param in command.params):
        command.params.append(_debug_option())
    return command


def _debug_option() -> Any:
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    def command(debug: Debug = False) -> None: ...

    (option,) = (param for param in command_of(app).params if "--debug" in param.opts)
    option.expose_value = False
    return option
