"""Every error that GSX raises on purpose, each with the exit code that the command line returns.

A :class:`GsxError` is something a person can act on: its message says *what* is wrong, *where*, and
(``hint``) *what to do*. The command line prints it without a traceback (``--debug`` shows one).
Anything else that escapes is a bug in GSX or in a plugin, and exits with 1.
"""

from __future__ import annotations

import errno
from typing import ClassVar


class GsxError(Exception):
    """Base of all deliberate errors.

    Args:
        message: what is wrong and where, one or a few lines, without jargon.
        hint: what to do about it; printed on a line of its own.
    """

    exit_code: ClassVar[int] = 1
    meaning: ClassVar[str] = "unexpected failure (a bug: please report it)"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class RecipeError(GsxError):
    """A recipe, flag or ``--set`` that does not validate: unknown name or option, value out of range, broken TOML."""

    exit_code = 3
    meaning = "recipe, option or component name not valid"


class ContractError(GsxError):
    """Components that do not fit together, found before anything is computed."""

    exit_code = 4
    meaning = "components do not fit together"


class ImageError(GsxError):
    """A picture or folder of pictures that cannot be used."""

    exit_code = 5
    meaning = "picture missing, unreadable or unusable"


class WeightsError(GsxError):
    """Weights that are missing, of another network, or not what their hash says."""

    exit_code = 6
    meaning = "weights missing, wrong or tampered with"


class PluginError(GsxError):
    """A plugin that is broken, ambiguous, or misbehaved while it ran."""

    exit_code = 7
    meaning = "plugin broken or ambiguous"


class DeviceError(GsxError):
    """A device that this machine does not have, or that ran out of memory."""

    exit_code = 8
    meaning = "device not available or out of memory"


class StoreError(GsxError):
    """An output folder that exists, cannot be written, or a disk that is full."""

    exit_code = 9
    meaning = "output cannot be written or read"


class DivergedError(GsxError):
    """An optimisation or training whose numbers became NaN or infinite."""

    exit_code = 10
    meaning = "numbers became NaN or infinite"


class MissingExtraError(GsxError):
    """A feature whose optional packages are not installed; the hint names the pip command."""

    exit_code = 11
    meaning = "an optional package is not installed"


class CollapsedError(GsxError):
    """A training whose gauges say that it collapsed, where the user asked to stop then."""

    exit_code = 12
    meaning = "training collapsed, and was to stop then"


class BenchError(GsxError):
    """A benchmark without a single cell that succeeded."""

    exit_code = 13
    meaning = "no cell of the benchmark succeeded"


class ExecutorError(GsxError):
    """Nowhere to run a benchmark's cells: no worker, no scheduler, or one that was lost."""

    exit_code = 14
    meaning = "nowhere to run the benchmark's cells"


class InterruptedRun(GsxError):  # noqa: N818 - a request that was met, not a failure
    """Ctrl-C: what was finished is kept and marked ``interrupted``."""

    exit_code = 130
    meaning = "interrupted; what was finished is kept"


EXIT_CODES: dict[int, str] = {
    0: "success",
    1: GsxError.meaning,
    2: "wrong use of the command line",
    **{
        kind.exit_code: kind.meaning
        for kind in (
            RecipeError,
            ContractError,
            ImageError,
            WeightsError,
            PluginError,
            DeviceError,
            StoreError,
            DivergedError,
            MissingExtraError,
            CollapsedError,
            BenchError,
            ExecutorError,
            InterruptedRun,
        )
    },
}
"""Exit code -> meaning; printed by ``gsx --help`` and by the README's table."""


def disk_is_full(error: BaseException) -> bool:
    """Whether a disk, or one's share of it, did not suffice."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether the processor's memory, or an accelerator's (``torch.OutOfMemoryError``), did not suffice."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        # How torch's own allocator for the processor says it: on Linux, and elsewhere.
        or (isinstance(error, RuntimeError) and any(words in str(error) for words in _ALLOCATOR))
    )


_ALLOCATOR = ("can't allocate memory", "not enough memory")
