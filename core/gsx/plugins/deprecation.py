"""Names of the surface that are on their way out: they work for one more API version, and say who still uses them."""

from __future__ import annotations

import importlib.metadata
import sys
import warnings
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deprecated:
    """A name that is kept for a while.

    Args:
        value: what it still gives.
        since: the API version that has a better one.
        instead: what to write now, completing "use ...".
    """

    value: Any
    since: str
    instead: str


def deprecated_name(module: str, name: str, names: dict[str, Deprecated]) -> Any:
    """What a module's ``__getattr__`` gives for a name that it no longer has, with a warning if it is deprecated.

    The warning says which distribution uses the name, and points at the line.

    Raises:
        AttributeError: the name is not deprecated; there is none such.
    """
    if name not in names:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    old = names[name]
    user = str(sys._getframe(2).f_globals.get("__name__", "")).partition(".")[0]
    owners = importlib.metadata.packages_distributions().get(user) or [user or "somebody"]
    warnings.warn(
        f"{module}.{name} is deprecated since gsx.api {old.since} and goes in the next version; {owners[0]} uses it. "
        f"Use {old.instead}.",
        DeprecationWarning,
        stacklevel=3,
    )
    return old.value
