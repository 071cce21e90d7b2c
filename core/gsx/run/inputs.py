"""From what the user named to pairs of picture files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gsx.errors import ImageError
from gsx.images import Pair, list_images, make_pairs
from gsx.images.listing import Listing, Skipped
from gsx.recipe.sections import InputSection
from gsx.samples import (
    BENCHMARK_STYLES,
    DEFAULT_CONTENT,
    DEFAULT_STYLE,
    content_names,
    content_path,
    style_names,
    style_path,
)


@dataclass(frozen=True)
class Work:
    """The pairs to run, which files were skipped, and the style for each pair's contrast."""

    pairs: tuple[Pair, ...]
    skipped: tuple[Skipped, ...] = ()

    def other_style(self, pair: Pair) -> Path:
        """Another style than the pair's: the next one of this run, else the next sample."""
        own = list(dict.fromkeys(item.style for item in self.pairs))
        if len(own) > 1:
            return own[(own.index(pair.style) + 1) % len(own)]
        samples = [style_path(name) for name in style_names()]
        data = pair.style.read_bytes()
        start = next((index + 1 for index, path in enumerate(samples) if path.read_bytes() == data), 0)
        return samples[start % len(samples)]


def find_work(section: InputSection, *, skip_bad: bool = False) -> Work:
    """Every pair of content and style; samples where the recipe names none.

    A name that is no file but a sample's (``astronaut``, ``swirling_oils``) takes that sample.

    Raises:
        ImageError: a picture that is missing or unreadable, or a folder with unreadable pictures, all listed.
    """
    contents = _listing(section.content or DEFAULT_CONTENT, content_names(), skip_bad, "content")
    styles = _listing(section.style or DEFAULT_STYLE, style_names(), skip_bad, "style")
    return Work(make_pairs(contents.paths, styles.paths), (*contents.skipped, *styles.skipped))


def find_benchmark_work(section: InputSection, *, skip_bad: bool = False) -> Work:
    """As :func:`find_work`; where the recipe names none, every sample content, and four samples as styles.

    One picture says nothing of others, so that a benchmark's figures would have no intervals.
    """
    contents = (
        _listing(section.content, content_names(), skip_bad, "content")
        if section.content is not None
        else Listing(tuple(map(content_path, content_names())))
    )
    styles = (
        _listing(section.style, style_names(), skip_bad, "style")
        if section.style is not None
        else Listing(tuple(map(style_path, BENCHMARK_STYLES)))
    )
    return Work(make_pairs(contents.paths, styles.paths), (*contents.skipped, *styles.skipped))


def find_picture(named: str | Path, role: Literal["content", "style"]) -> Path:
    """The file of that name, else the sample of that name, else the path as it is, for the reader to refuse."""
    path = Path(named).expanduser()
    names, locate = (content_names(), content_path) if role == "content" else (style_names(), style_path)
    return locate(str(named)) if _is_missing(path) and str(named) in names else path


def _listing(named: str, samples: Iterable[str], skip_bad: bool, role: Literal["content", "style"]) -> Listing:
    path = find_picture(named, role)
    missing = _is_missing(path)
    try:
        return list_images(path, skip_bad=skip_bad)
    except ImageError as error:
        if not missing:
            hint = error.hint and error.hint.replace("skip bad pictures", "leave them out with --skip-bad")
            raise ImageError(error.message, hint=hint) from error
        raise ImageError(f"--{role}: {error.message}", hint=f"Samples that ship: {', '.join(samples)}.") from error


def _is_missing(path: Path) -> bool:
    """Whether there is nothing; a file that may not be looked at is there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
