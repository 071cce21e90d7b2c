"""Pictures to try GSX with: styles that the project painted itself, and contents from scikit-image.

``style_path`` finds the pictures in ``styles/`` (see ``README.md`` there for how each was made);
``content_path`` finds photographs inside the installed scikit-image package. Neither imports torch or
scikit-image, nor uses the network.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from gsx.errors import ImageError

__all__ = [
    "BENCHMARK_STYLES",
    "DEFAULT_CONTENT",
    "DEFAULT_STYLE",
    "content_names",
    "content_path",
    "style_names",
    "style_path",
]

DEFAULT_CONTENT = "chelsea"
DEFAULT_STYLE = "swirling_oils"
BENCHMARK_STYLES = ("mosaic", "swirling_oils", "ukiyo_e", "woodcut_waves")
"""Four that differ much: a benchmark over all ten would take more time than a first try deserves."""

_STYLES = Path(__file__).parent / "styles"
_CONTENTS = ("chelsea", "astronaut", "coffee")


def style_names() -> list[str]:
    """Names of the style pictures that ship with GSX, sorted."""
    return sorted(path.stem for path in _STYLES.glob("*.jpg"))


def style_path(name: str) -> Path:
    """The JPEG of a style picture (512 x 512 pixels, RGB).

    Raises:
        ImageError: there is no sample style of that name.
    """
    known = style_names()
    if name not in known:
        raise ImageError(f"There is no sample style called {name!r}.", hint=_hint(name, known))
    return _STYLES / f"{name}.jpg"


def content_names() -> list[str]:
    """Names of the sample photographs: a cat, a portrait and a cup of coffee."""
    return list(_CONTENTS)


def content_path(name: str) -> Path:
    """The PNG of a sample photograph, inside the installed scikit-image package.

    Raises:
        ImageError: there is no sample content of that name, or scikit-image or its picture is not installed.
    """
    if name not in _CONTENTS:
        raise ImageError(f"There is no sample content called {name!r}.", hint=_hint(name, content_names()))
    # The package is located, not imported: skimage.data would bring its downloader along.
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ImageError(
            f"The sample content {name!r} is part of scikit-image, which is not installed.",
            hint="Install scikit-image, or give a picture of your own.",
        )
    path = Path(spec.origin).parent / "data" / f"{name}.png"
    if not path.is_file():
        raise ImageError(
            f"The installed scikit-image has no picture {path}.",
            hint="Reinstall scikit-image, or give a picture of your own.",
        )
    return path


def _hint(name: str, known: list[str]) -> str:
    """One line: the likely name if there is one, and all names."""
    close = get_close_matches(name.lower().replace("-", "_").replace(" ", "_"), known, n=1, cutoff=0.5)
    guess = f"Did you mean {close[0]!r}? " if close else ""
    return f"{guess}There are: {', '.join(known)}."
