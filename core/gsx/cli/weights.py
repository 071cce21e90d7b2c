"""``gsx weights``: what there is, fetching it, checking it, and converting other people's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gsx.cli.state import Debug

app = typer.Typer(no_args_is_help=True, help="List, fetch, verify and import weights.")


@app.command("list")
def list_(debug: Debug = False) -> None:
    """Show every set of weights, and where it is."""
    from gsx.weights.registry import installed_registry
    from gsx.weights.status import status

    rows = [("id", "for", "where", "bytes", "licence")]
    for entry in installed_registry():
        now = status(entry)
        lost = now.path is None and now.where in ("bundled", "installed")
        where = f"{now.where}, MISSING" if lost else now.where
        size = "-" if now.bytes is None else f"{now.bytes:,}"
        rows.append((entry.id, f"{entry.kind} {entry.component}", where, size, entry.licence))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command()
def fetch(
    weights_id: Annotated[str, typer.Argument(metavar="ID", help="An id from gsx weights list.")],
    debug: Debug = False,
) -> None:
    """Download torchvision's weights, verified.

    They go into this user's cache. Nothing else in GSX opens a connection.
    """
    import sys

    from gsx.plugins import installed_catalog
    from gsx.weights.fetch import fetch as fetch_weights
    from gsx.weights.registry import find_entry
    from gsx.weights.status import sha256

    path = fetch_weights(find_entry(weights_id), installed_catalog(), progress=sys.stderr.isatty())
    typer.echo(f"{path}  {path.stat().st_size:,} bytes  sha256 {sha256(path)}")


@app.command()
def verify(
    weights_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only these; by default all.")] = None,
    debug: Debug = False,
) -> None:
    """Compare the hash of every file that is here."""
    from gsx.errors import WeightsError
    from gsx.weights.registry import find_entry, installed_registry
    from gsx.weights.status import verify as verify_entry

    wrong = []
    for entry in installed_registry() if weights_id is None else [find_entry(weights_id)]:
        verdict = verify_entry(entry)
        if verdict is None:
            typer.echo(f"{entry.id}: {'not fetched' if entry.package is None else 'not installed'}")
        elif verdict.problem is None:
            typer.echo(f"{entry.id}: ok  {verdict.path}")
        else:
            typer.echo(f"{entry.id}: WRONG  {verdict.problem}  {verdict.path or ''}".rstrip())
            wrong.append(entry.id)
    if wrong:
        raise WeightsError(
            f"{len(wrong)} of the files here are not what they should be: {', '.join(wrong)}.",
            hint="Delete such a file and fetch it again with gsx weights fetch ID; reinstall gsx for a bundled one.",
        )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A .pth file with a state dict.")],
    extractor: Annotated[str, typer.Option("--extractor", help="The extractor that it is for.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The .safetensors file to write; by default named after FILE, here.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Convert a .pth into a safetensors file.

    A file that holds more than tensors, and so could run code when loaded, is refused.
    """
    from gsx.plugins import installed_catalog
    from gsx.weights.convert import import_weights

    spec = installed_catalog().find("extractor", extractor).spec
    imported = import_weights(file, spec, out or Path(f"{file.stem}.safetensors"))
    path = imported.file.path
    typer.echo(f"{path}  {path.stat().st_size:,} bytes  sha256 {imported.file.sha256}")
    typer.echo(f"Use it with: --extractor {spec.name} --set extractor.weights={path}")
