"""RunFolder: where one run's files go; it appears under its name only when it is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gsx.errors import StoreError
from gsx.store.atomic import store_error

RUNS = Path("runs")
"""Parent of run folders where no ``--out`` is given."""


def default_run_folder(fingerprint: str) -> Path:
    """``runs/<time>-<fingerprint>``, with a number behind where two start within one second."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{fingerprint[:8]}"
    path, number = RUNS / stem, 2
    while path.exists() or any(RUNS.glob(f".{path.name}.*.partial")):  # finished, or being filled at this moment
        path, number = RUNS / f"{stem}-{number}", number + 1
    return path


def check_free(path: Path) -> None:
    """Refuse an output folder that holds something, before any work is done.

    Raises:
        StoreError: ``path`` is a file, or a folder with files in it, or cannot be looked at.
    """
    try:
        taken = any(path.iterdir()) if path.is_dir() else path.exists()
    except OSError as error:
        raise store_error(path, error) from error
    if taken:
        raise StoreError(
            f"output {path} exists already, and nothing is ever overwritten.",
            hint="Choose another --out, or remove that one first.",
        )


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """A folder to fill, renamed to ``path`` at the end; removed if anything raises.

    Raises:
        StoreError: ``path`` is taken, or its parent cannot be written.
    """
    check_free(path)
    missing = [parent for parent in path.parents if not parent.exists()]
    # Not by tempfile, whose 0700 would outlive the rename: who may look inside is for the user's umask to say.
    stage = path.parent / f".{path.name[:40]}.{secrets.token_hex(4)}.partial"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stage.mkdir()
    except OSError as error:
        _remove_empty(missing)
        raise store_error(path, error) from error
    try:
        yield stage
        try:
            if path.is_dir():
                path.rmdir()  # empty, as checked; rename would refuse it on some systems
            os.rename(stage, path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise store_error(path, error) from error
            raise _kept_beside(stage, path) from error
    except StoreError as error:
        # The user named the folder that was to be, and will look in vain for this one.
        raise StoreError(error.message.replace(str(stage), str(path)), hint=error.hint) from error
    finally:
        if stage.exists():
            shutil.rmtree(stage, ignore_errors=True)
            _remove_empty(missing)


def _kept_beside(stage: Path, path: Path) -> StoreError:
    """Something else took the name while this run worked: the work is kept, under a numbered one."""
    number = 2
    while (other := path.with_name(f"{path.name}-{number}")).exists():
        number += 1
    stage.rename(other)
    return StoreError(
        f"output {path} was filled by something else meanwhile; this result is in {other}.",
        hint="Give each run an --out of its own.",
    )


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that were made on the way, innermost first, as long as nothing is in them."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()
