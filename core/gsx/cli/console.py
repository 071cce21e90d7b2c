"""Printing: coloured tables on a terminal, plain untruncated lines in a pipe."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Text from file names and plugins without control characters, so that it cannot steer a terminal."""
    return _CONTROL.sub("�", text)


def one_line(text: str) -> str:
    """A file's name without line breaks, so that it cannot pass for a line of ours."""
    return " ".join(text.splitlines())


def say(text: str, *, error: bool = False) -> None:
    """Print a line, or several, to standard output or standard error."""
    stream = sys.stderr if error else sys.stdout
    # An encoding that lacks a character (a C locale) must not turn a message into a traceback.
    encoding = stream.encoding or "utf-8"
    print(clean(text).encode(encoding, "replace").decode(encoding), file=stream)


def say_json(value: Any) -> None:
    """Print JSON to standard output: as it is, or escaped where the stream's encoding lacks a character."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    sys.stdout.write(text + "\n")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", error: bool = False) -> None:
    """A table: rich on a terminal, tab-separated in a pipe, where nothing is cut and a row is one line."""
    rows = [[clean(cell) for cell in row] for row in rows]
    stream = sys.stderr if error else sys.stdout
    if not stream.isatty():
        for line in ([list(headers)] if headers else []) + rows:
            say("\t".join(one_line(cell).replace("\t", " ") for cell in line), error=error)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", header_style="bold")
    for header in headers:
        drawn.add_column(header, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(stderr=error).print(drawn)
