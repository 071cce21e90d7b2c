"""The one decoder: a picture file becomes a float32 RGB tensor, or an ImageError that says why not."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from torch import Tensor

from gsx.errors import ImageError
from gsx.images.convert import to_rgb
from gsx.images.names import shown

MAX_PIXELS = 178_000_000
"""Most pixels that a picture may declare (13,341 x 13,341); just below the count at which Pillow itself refuses."""

MIN_SIDE = 16
"""Fewest pixels on the shorter side."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF")
"""Pillow's names of what is read. Raster formats only: EPS, for one, would start Ghostscript."""

_READS = "JPEG, PNG, WebP, TIFF, BMP, GIF, PPM and AVIF"


class _Quiet:
    """Keeps Pillow's warnings (bombs, odd metadata) from the user while any thread decodes.

    ``catch_warnings`` swaps a list that all threads share; two interleaved would leave the process muted for good. So
    the first thread in swaps it, and the last one out swaps it back.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._swap = warnings.catch_warnings()
        if hasattr(os, "register_at_fork"):  # A data loader's forked worker has none of the threads that are inside.
            os.register_at_fork(
                before=self._lock.acquire, after_in_parent=self._lock.release, after_in_child=self._alone
            )

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._swap = warnings.catch_warnings()
                self._swap.__enter__()
                warnings.simplefilter("ignore")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._swap.__exit__(None, None, None)

    def _alone(self) -> None:
        if self._inside:
            self._inside = 0
            self._swap.__exit__(None, None, None)
        self._lock.release()


_quiet = _Quiet()


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded picture and where it came from.

    Attributes:
        image: float32 RGB ``(1, 3, H, W)`` in [0, 1], sRGB, upright, contiguous, on the CPU.
        path: the file, as it was given.
        sha256: hex digest of the file's bytes.
        original_size: ``(width, height)`` in pixels of the upright picture before any resizing.
        mode: Pillow's name for the pixels in the file, such as ``"RGB"``, ``"CMYK"``, ``"I;16"``.
        notes: what was done to get from the file to ``image``, in order, for a person to read.
    """

    image: Tensor
    path: Path
    sha256: str
    original_size: tuple[int, int]
    mode: str
    notes: tuple[str, ...]


def decode(path: str | os.PathLike[str]) -> Decoded:
    """Decode one picture file.

    EXIF orientation is applied, transparency is composited over white, 16-bit and float values are scaled (never
    clipped), CMYK and embedded ICC profiles become sRGB, grey is repeated, of an animation the first frame is taken;
    ``notes`` says which of these happened.

    Args:
        path: a regular file (or a link to one) in one of the formats JPEG, PNG, WebP, TIFF, BMP, GIF, PPM, AVIF.

    Raises:
        ImageError: the file is missing, a folder, a pipe or device, unreadable, empty, truncated, not a picture,
            larger than ``MAX_PIXELS`` (decided from the header alone) or below ``MIN_SIDE`` on its shorter side.
    """
    path = Path(path)
    with _open_regular(path) as file:
        try:
            with _quiet, Image.open(file, formats=FORMATS) as picture:
                width, height = picture.size
                _check_size(path, width, height)
                mode = picture.mode
                image, notes = to_rgb(picture)
            sha256 = _sha256(file)
        except ImageError:
            raise
        except Image.DecompressionBombError:
            raise _too_large(path, f"more than {MAX_PIXELS:,} pixels") from None
        except UnidentifiedImageError:
            raise ImageError(
                f"{shown(path)} is not a picture that GSX reads, or its first bytes are damaged.",
                hint=f"GSX reads {_READS}. Convert it to one of these, or choose another file.",
            ) from None
        except MemoryError:
            raise ImageError(
                f"{shown(path)} does not fit into this machine's memory once decoded.",
                hint="Make the picture smaller first.",
            ) from None
        except Exception as error:  # On damaged files Pillow raises nearly every kind there is.
            raise ImageError(
                f"{shown(path)} cannot be decoded: {shown(str(error)) or type(error).__name__}.",
                hint="The file is probably cut short or damaged: copy or download it again.",
            ) from error
    size = (int(image.shape[-1]), int(image.shape[-2]))
    return Decoded(image, path, sha256, size, mode, tuple(notes))


def _open_regular(path: Path) -> BinaryIO:
    """Open ``path`` for reading, after making sure that this cannot block: opening a pipe waits for a writer."""
    name = shown(path)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(f"{name} is a folder, not a picture.", hint="Name one picture inside it.")
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{name} is a pipe, socket or device, not a file.", hint="Save it as a file first.")
        if status.st_size == 0:
            raise ImageError(f"{name} is empty (0 bytes).", hint="Copy or download it again.")
        return open(path, "rb")
    except FileNotFoundError:
        what = "is a link to a file that does not exist" if path.is_symlink() else "does not exist"
        hint = "Check the spelling, and the folder that the path starts from."
        raise ImageError(f"{name} {what}.", hint=hint) from None
    except PermissionError:
        raise ImageError(f"{name} may not be read by this user.", hint="Change its permissions, or copy it.") from None
    except ValueError as error:  # A zero character in the path.
        raise ImageError(f"{name} is not a possible path: {error}.", hint="Check the spelling.") from None
    except OSError as error:
        loop = error.errno == errno.ELOOP
        what = "is a link that leads back to itself" if loop else f"cannot be opened: {error.strerror or error}"
        raise ImageError(f"{name} {what}.", hint="Name the picture itself, by its full path.") from None


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(path, f"{width} x {height} pixels, more than {MAX_PIXELS:,},")
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{shown(path)} is {width} x {height} pixels; the shorter side must have at least {MIN_SIDE}.",
            hint="Use a larger picture.",
        )


def _too_large(path: Path, claim: str) -> ImageError:
    return ImageError(
        f"{shown(path)} declares {claim} and was not decoded.",
        hint="Make the picture smaller first, unless it is a decompression bomb.",
    )


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
