"""Which pictures a path means: a file means itself, a folder every picture in it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gsx.errors import ImageError
from gsx.images.decode import decode
from gsx.images.names import shown

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".gif"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".avif"}
)
"""What a picture's name ends with, in lower case, for a folder's listing; a file named by itself may end anyhow."""


@dataclass(frozen=True)
class Skipped:
    """A picture that cannot be used, and the sentence that says why (it names the path)."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Listing:
    """Pictures that decode, and those left out because they do not (only with ``skip_bad``)."""

    paths: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()


def list_images(path_or_folder: str | os.PathLike[str], *, skip_bad: bool = False) -> Listing:
    """Every usable picture that a path means, each verified by decoding it.

    A folder is not searched below its first level. Hidden files, folders, and files whose suffix is no picture's are
    left out silently. The order is natural: ``a2.png`` before ``a10.png``.

    Args:
        path_or_folder: a picture, or a folder of pictures.
        skip_bad: return pictures that do not decode in ``skipped`` instead of raising.

    Returns:
        At least one path.

    Raises:
        ImageError: nothing there, no picture in the folder, none that decodes, or (without ``skip_bad``) any that does
            not; one error then lists all of them with their reasons.
    """
    given = Path(path_or_folder)
    if not _is_folder(given):
        decode(given)
        return Listing((given,))
    candidates = _pictures(given)
    good: list[Path] = []
    bad: list[Skipped] = []
    for path in candidates:
        try:
            decode(path)
            good.append(path)
        except ImageError as error:
            bad.append(Skipped(path, error.message))
    if bad and not (good and skip_bad):
        count = "none" if not good else f"{len(bad)} of {len(candidates)}"
        verb = "can" if not good else "cannot"
        lines = "\n".join(f"  {item.reason}" for item in bad)
        raise ImageError(
            f"Of the pictures in {shown(given)}, {count} {verb} be used:\n{lines}",
            hint="Repair or remove them" + (", or skip bad pictures." if good else "."),
        )
    return Listing(tuple(good), tuple(bad))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # decode() says what is wrong with it.


def _pictures(folder: Path) -> list[Path]:
    """The candidates in a folder, in natural order; an ImageError if there are none."""
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".") and not _is_folder(folder / name)]
    except OSError as error:
        raise ImageError(
            f"The folder {shown(folder)} cannot be listed: {error.strerror or error}.",
            hint="Check its permissions.",
        ) from None
    pictures = sorted((name for name in names if Path(name).suffix.lower() in SUFFIXES), key=natural_key)
    if not pictures:
        # A folder of HEIC or raw files is not empty to its owner.
        others = f" ({len(names)} other file(s), such as {shown(min(names))})" if names else ""
        raise ImageError(
            f"The folder {shown(folder)} has no pictures that GSX reads{others}.",
            hint=f"Folders inside it are not searched. Pictures end in {', '.join(sorted(SUFFIXES))}.",
        )
    return [folder / name for name in pictures]


def natural_key(name: str) -> tuple[tuple[int | str, ...], str]:
    """Sort key under which digits compare as numbers and case does not matter; the name itself breaks ties."""
    # The split puts text at even and digits at odd places, so that a number never meets a text.
    parts = re.split(r"(\d+)", name.casefold())
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts)), name
