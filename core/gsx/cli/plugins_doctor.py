"""``gsx plugins doctor``: which plugin hangs, crashes, is slow, or meddles with what is not its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gsx.cli.console import one_line, say, say_json, table
from gsx.cli.state import Debug
from gsx.errors import PluginError

if TYPE_CHECKING:
    from gsx.plugins.doctor import Patient


def doctor(
    timeout: Annotated[float, typer.Option(min=0.05, help="Seconds that importing a plugin may take.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Load each installed plugin in a process of its own, and say what is wrong with it.

    Names the one that hangs, crashes, exits, is slow, imports torch early, prints, starts threads, or changes what is
    not its own. Exits with 7 where one is not healthy. GSX_PLUGINS=a,b looks at those alone.
    """
    patients = _examined(timeout)
    sick = [patient for patient in patients if not patient.healthy]
    if as_json:
        say_json({"healthy": not sick, "plugins": [_facts(patient) for patient in patients]})
    else:
        _print(patients)
    if sick:
        raise typer.Exit(PluginError.exit_code)


def _examined(timeout: float) -> Sequence[Patient]:
    from rich.console import Console
    from rich.progress import Progress

    from gsx.plugins.doctor import examine_installed

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("plugins", total=None)
        return examine_installed(
            timeout=timeout, seen=lambda done, total: progress.update(task, completed=done, total=total)
        )


def _print(patients: Sequence[Patient]) -> None:
    if sys.stdout.isatty():
        _draw(patients)
    else:
        rows = []
        for patient in patients:
            told = [(one.problem, one_line(one.cause), one.advice) for one in patient.findings] or [("healthy", "", "")]
            rows += [(_name(patient), _origin(patient), _seconds(patient), *one) for one in told]
        table(("plugin", "from", "import", "problem", "cause", "what to do"), rows)
    sick = sum(not patient.healthy for patient in patients)
    verdict = f"{sick} not healthy" if sick else "all healthy"
    say(f"{len(patients)} plugin{'' if len(patients) == 1 else 's'}: {verdict}.")


def _draw(patients: Sequence[Patient]) -> None:
    """On a terminal: the healthy in a table, then each other one with its findings, indented."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from gsx.cli.console import clean

    well = [patient for patient in patients if patient.healthy]
    if well:
        table(("plugin", "from", "import"), [(_name(one), _origin(one), _seconds(one)) for one in well])
    console = Console(highlight=False)
    for patient in patients:
        for number, finding in enumerate(patient.findings):
            if not number:
                console.print(Text(f"\n{_name(patient)}, from {_origin(patient)}", style="bold"))
            cause, advice = clean(one_line(finding.cause)), clean(finding.advice)
            said = Text.assemble((finding.problem, "bold red"), f": {cause}\n", (advice, "dim"))
            console.print(Padding(said, (0, 0, 0, 2)))
    console.print()


def _name(patient: Patient) -> str:
    from gsx.plugins.hookspecs import COMMAND_GROUP

    return f"gsx {patient.entry_point}" if patient.group == COMMAND_GROUP else patient.entry_point


def _origin(patient: Patient) -> str:
    return f"{patient.distribution} {patient.version}".rstrip()


def _seconds(patient: Patient) -> str:
    return "" if patient.seconds is None else f"{patient.seconds:.2f} s"


def _facts(patient: Patient) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(patient), "healthy": patient.healthy}
