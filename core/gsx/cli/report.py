"""``gsx report``: make a run's page again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsx.cli.console import say
from gsx.cli.state import Debug


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A folder of gsx run or gsx train.")],
    debug: Debug = False,
) -> None:
    """Write report.html of a run or a training again, also while it runs; the folder is all it needs."""
    from gsx.report import write_report

    say(str(write_report(folder)))
