"""Folders of pictures to train on: listed, hashed, split, and kept decoded within a budget."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gsx.errors import ImageError
from gsx.images import Skipped, decode, resize_longer
from gsx.images.listing import SUFFIXES, natural_key

THREADS = min(8, os.cpu_count() or 1)
"""Pictures decoded at a time: decoding lets other threads run."""


@dataclass(frozen=True)
class Picture:
    """One usable picture: its file, the sha256 of its bytes, and the folder it was listed from."""

    path: Path
    sha256: str
    folder: str


@dataclass(frozen=True)
class Split:
    """The pictures to train on, those never trained on, and those that cannot be used."""

    train: tuple[Picture, ...]
    held_out: tuple[Picture, ...]
    skipped: tuple[Skipped, ...]


class PictureStore:
    """Decoded pictures as uint8, kept in memory while they fit into a budget and decoded again where they do not.

    Args:
        budget_mib: MiB of pixels to keep. What comes first stays: under a random order nothing else does better.
        longest: a picture with a longer side is reduced to it, in pixels.
    """

    def __init__(self, budget_mib: int, longest: int) -> None:
        self.left = budget_mib * 2**20
        self.longest = longest
        self._kept: dict[Path, Tensor] = {}
        self._ahead: dict[Path, Future[Tensor]] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="gsx-decode")

    def add(self, paths: Sequence[Path]) -> Iterator[str | ImageError]:
        """Decode pictures for the first time.

        Yields:
            for each the sha256 of its file, or why it cannot be used.
        """
        for first in range(0, len(paths), 8 * THREADS):  # in parts, so that few lie decoded beyond the budget
            some = paths[first : first + 8 * THREADS]
            for path, made in zip(some, self._threads.map(self._try, some), strict=True):
                if isinstance(made, ImageError):
                    yield made
                else:
                    picture, sha256 = made
                    self._keep(path, picture)
                    yield sha256

    def fetch(self, paths: Iterable[Path]) -> None:
        """Begin to decode what is wanted next and not kept; what was fetched before and is not among it is dropped."""
        self._ahead = {
            path: self._ahead.get(path) or self._threads.submit(self._decode, path)
            for path in dict.fromkeys(paths)
            if path not in self._kept
        }

    def __getitem__(self, path: Path) -> Tensor:
        """Shape: ``(3, H, W)`` uint8. Errors as :func:`decode`."""
        if path in self._kept:
            return self._kept[path]
        return self._ahead[path].result() if path in self._ahead else self._decode(path)

    def _try(self, path: Path) -> tuple[Tensor, str] | ImageError:
        try:
            decoded = decode(path)
        except ImageError as error:
            return error
        return self._bytes(decoded.image), decoded.sha256

    def _decode(self, path: Path) -> Tensor:
        return self._bytes(decode(path).image)

    def _bytes(self, image: Tensor) -> Tensor:
        if max(image.shape[-2:]) > self.longest:
            image = resize_longer(image, self.longest)
        return image[0].mul(255).round().to(torch.uint8)

    def _keep(self, path: Path, picture: Tensor) -> None:
        if picture.numel() <= self.left:
            self.left -= picture.numel()
            self._kept[path] = picture


def list_pictures(folder: Path) -> list[Path]:
    """What looks like a picture in a folder, in natural order; folders inside it are not searched.

    Raises:
        ImageError: no such folder, or no picture in it.
    """
    try:
        names = [path.name for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.is_dir()]
    except OSError as error:
        raise ImageError(
            f"The folder {folder} cannot be listed: {error.strerror or error}.",
            hint="Check the paths of the folders.",
        ) from error
    pictures = sorted((name for name in names if not name.startswith(".")), key=natural_key)
    if not pictures:
        raise ImageError(
            f"The folder {folder} has no pictures that GSX reads.",
            hint="Folders inside it are not searched: name them.",
        )
    return [folder / name for name in pictures]


def split_pictures(
    folders: Sequence[Path],
    held_out: Sequence[str],
    share: float,
    store: PictureStore,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    both_sides: bool = True,
    least: int = 0,
) -> Split:
    """Decode every picture once, and set some apart.

    Held out are the pictures that ``held_out`` names (a folder, or a glob over names such as ``test_*``), and of the
    others a ``share`` by the first 32 bits of the file's sha256: the same whatever the file is called, wherever it
    lies, and on every machine. A file that occurs twice counts once. A folder in ``held_out`` is listed too.
    Without ``both_sides`` none has to be held out, and a glob may match nothing. Where a share is to be held out, it is
    ``least`` pictures at least, yet no more than a quarter of all.

    Raises:
        ImageError: a folder without pictures, or nothing left on one of the two sides.
    """
    apart = [Path(text) for text in held_out if Path(text).is_dir()]
    globs = [text for text in held_out if not Path(text).is_dir()]
    listed = [(folder, path) for folder in [*apart, *folders] for path in list_pictures(folder)]
    usable: list[Picture] = []
    named: set[Picture] = set()
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for index, found in enumerate(store.add([path for _, path in listed])):
        folder, path = listed[index]
        progress(index + 1, len(listed))
        if isinstance(found, ImageError):
            skipped.append(Skipped(path, found.message))
            continue
        picture = Picture(path, found, folder.name)
        if picture.sha256 in seen:
            continue
        seen.add(picture.sha256)
        usable.append(picture)
        if folder in apart or any(matches(path, glob) for glob in globs):
            named.add(picture)
    by_hash = sorted((picture for picture in usable if picture not in named), key=lambda picture: picture.sha256)
    drawn = {picture for picture in by_hash if int(picture.sha256[:8], 16) < share * 2**32}
    if share:
        drawn.update(by_hash[: min(max(least - len(named), 0), len(by_hash) // 4)])
    train = [picture for picture in usable if picture not in named | drawn]
    kept = [picture for picture in usable if picture in named | drawn]
    for glob in globs if both_sides else ():
        if not any(matches(picture.path, glob) for picture in kept):
            raise ImageError(f"--held-out {glob}: no usable picture is called so, and no folder.")
    if not train or (both_sides and not kept):
        side = "train on" if not train else "hold out"
        raise ImageError(
            f"Of {len(listed)} pictures ({len(skipped)} unusable), none is left to {side}.",
            hint="Give more pictures, or hold out others.",
        )
    return Split(tuple(train), tuple(kept), tuple(skipped))


def matches(path: Path, glob: str) -> bool:
    """Whether a glob over names, or over whole paths, takes a picture."""
    return fnmatch.fnmatch(path.name, glob) or fnmatch.fnmatch(str(path), glob)
