"""The licences that a new distribution may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gsx.errors import RecipeError
from gsx.specs.suggest import did_you_mean


@dataclass(frozen=True)
class Licence:
    """A licence, or the lack of one.

    Args:
        identifier: its SPDX identifier; "" for none.
        title: what people call it.
    """

    identifier: str
    title: str


LICENCES: Mapping[str, Licence] = {
    "mit": Licence("MIT", "MIT"),
    "apache-2.0": Licence("Apache-2.0", "Apache 2.0"),
    "bsd-3-clause": Licence("BSD-3-Clause", "BSD 3-Clause"),
    "none": Licence("", "none"),
}
"""Name -> licence; ``templates/licences`` has the text of each."""


def find_licence(name: str) -> Licence:
    """Raises RecipeError where there is none of that name."""
    if name not in LICENCES:
        raise RecipeError(f"no licence is called {name!r} here.", hint=did_you_mean(name, LICENCES))
    return LICENCES[name]


def check_author(author: str | None) -> str | None:
    """Who holds the copyright, without blanks around.

    Raises:
        RecipeError: the name is empty, or has characters that a project file or a licence cannot hold.
    """
    if author is None:
        return None
    if not author.strip() or not author.isprintable():
        raise RecipeError(
            f"--author {author!r} cannot be written into a licence.", hint="Give a name in printable characters."
        )
    return author.strip()
