"""Writing one file so that a reader sees all of it or none."""

from __future__ import annotations

import contextlib
import errno
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from gsx.errors import StoreError

if TYPE_CHECKING:  # what writes no tensors (the reports) does without torch's second and 200 MB
    from torch import Tensor


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it into place.

    Raises:
        StoreError: the disk is full or the folder cannot be written; nothing half-written is left.
    """
    temporary = path.parent / f".{path.name[:40]}.{secrets.token_hex(8)}.partial"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Who may read it is for the user's umask to say, and not for tempfile or safetensors with their 0600.
        temporary.touch(exist_ok=False)
        mode = temporary.stat().st_mode & 0o777
        write(temporary)
        temporary.chmod(mode)
        temporary.replace(path)
    except (OSError, SafetensorError) as error:  # the latter is how safetensors tells of a full disk
        raise store_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def store_error(path: Path, error: OSError | SafetensorError) -> StoreError:
    """The StoreError for an error of the operating system, or of safetensors, at ``path``."""
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or isinstance(error, SafetensorError)
    return StoreError(
        f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.",
        hint=f"{'Free some space' if full else 'Make it writable'}, or choose another folder (--out, where a command "
        "takes it).",
    )


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole. Errors as :func:`write_with`."""
    write_with(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole; NaN is refused, for it is not JSON. Errors as :func:`write_with`.

    Raises:
        ValueError, TypeError: ``value`` is not JSON.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file's name that is no UTF-8: escaped, it can be written and read back
        text = json.dumps(value, indent=2, allow_nan=False)
    write_text(path, text + "\n")


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write a safetensors file whole. Errors as :func:`write_with`."""
    from safetensors.torch import save_file

    detached = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_with(path, lambda temporary: save_file(detached, temporary))
