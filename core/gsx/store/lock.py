"""Locks between processes that work on one folder; the system lets go of one whose holder is killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gsx.store.atomic import store_error


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock of this name, waiting until it is free; the file goes with it.

    Raises:
        StoreError: the file cannot be made.
    """
    handle = _taken(file, fcntl.LOCK_EX)
    assert handle is not None  # it waited
    try:
        yield
    finally:
        with suppress(OSError):  # a folder that became read-only, or is gone: the lock ends with the handle
            file.unlink()
        os.close(handle)


def is_free(file: Path) -> bool:
    """Whether nobody holds the lock of this name at this moment. Errors as :func:`locked`."""
    handle = _taken(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if handle is None:
        return False
    os.close(handle)
    return True


def _taken(file: Path, how: int) -> int | None:
    """An open handle with the lock; None where another holds it and ``how`` says not to wait."""
    while True:
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise store_error(file, error) from error
        try:
            fcntl.flock(handle, how)
            # Whoever held it removed the file in the end: then this is the lock of a file that nobody else can find.
            if file.exists() and os.path.samestat(os.fstat(handle), os.stat(file)):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except FileNotFoundError:  # removed between the two looks: as if it had not been there at the first
            os.close(handle)
            continue
        except OSError as error:
            os.close(handle)
            raise store_error(file, error) from error
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
