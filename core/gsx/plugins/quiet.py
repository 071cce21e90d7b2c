"""Keeping standard output for results while strangers' code is imported."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_stdout() -> Iterator[None]:
    """Nothing that is printed inside reaches standard output, and so spoils a ``--json``.

    Neither what ``print`` writes, nor what goes past it: to ``sys.__stdout__``, to file descriptor 1 by a library in C,
    or by a child process. Standard error is left alone; ``gsx plugins doctor`` names who prints.
    """
    with contextlib.redirect_stdout(io.StringIO()), _descriptor_to_nowhere():
        yield


@contextlib.contextmanager
def _descriptor_to_nowhere() -> Iterator[None]:
    _flush()
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output, as in a service
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
        _flush()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _flush() -> None:
    if sys.__stdout__ is not None and not sys.__stdout__.closed:
        sys.__stdout__.flush()
