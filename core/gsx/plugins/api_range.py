"""Versions of gsx.api, and ranges of them, such as ``>=0.1,<0.2``: which of them a plugin was built for.

Ranges are pip's own (PEP 440), read by ``packaging``. It is imported where a range is read: a start without plugins of
others does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gsx
from gsx.errors import PluginError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

API_VERSION = ".".join(gsx.__version__.split(".")[:2])
"""Version of the surface for plugins: the first two numbers of GSX's own (see plugins/README.md)."""


def in_range(version: str, wanted: str) -> bool:
    """Whether ``version`` keeps every clause of ``wanted``; a development version counts as what it will be.

    Raises:
        ValueError: either is malformed.

    Example:
        >>> in_range("0.1", ">=0.1,<0.2"), in_range("0.2", ">=0.1,<0.2"), in_range("0.1.3", "~=0.1.1")
        (True, False, True)
    """
    from packaging.version import Version

    return _range(wanted).contains(Version(version).base_version, prereleases=True)


def checked_range(wanted: str) -> str:
    """The same text, if it is a range of at least one clause.

    Raises:
        ValueError: it is none.
    """
    if not len(_range(wanted)):
        raise ValueError("nothing is no range of versions; write it as in '>=0.1,<0.2'")
    return wanted


def range_of(version: str = API_VERSION) -> str:
    """What a plugin states that was written for this version of gsx.api: up to the next that may change something.

    Example:
        >>> range_of("0.1"), range_of("1.4")
        ('>=0.1,<0.2', '>=1.4,<2')
    """
    major, minor = map(int, version.split("."))
    return f">={version},<{f'0.{minor + 1}' if major == 0 else major + 1}"


def check_built_for_this(wanted: str, version: str = gsx.__version__) -> None:
    """Refuse a plugin that was built for another GSX.

    Args:
        wanted: the range that its distribution states for gsx; "" for none.
        version: of this GSX.

    Raises:
        PluginError: this version is not in the range, or the range cannot be read.
    """
    if not wanted:
        return
    try:
        fits = in_range(version, wanted)
    except ValueError as error:
        raise PluginError(f"its requirement gsx{wanted} cannot be read: {error}") from error
    if not fits:
        raise PluginError(
            f"it needs {'a newer' if _begins_after(version, wanted) else 'another'} GSX API: gsx{wanted}, "
            f"and this is gsx {version} with gsx.api {API_VERSION}"
        )


def _begins_after(version: str, wanted: str) -> bool:
    from packaging.version import Version

    lowest = [
        clause.version.removesuffix(".*") for clause in _range(wanted) if clause.operator in (">=", ">", "~=", "==")
    ]
    return any(Version(one) > Version(version) for one in lowest)


def _range(wanted: str) -> SpecifierSet:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(wanted)
    except InvalidSpecifier as error:
        raise ValueError(f"{wanted!r} is no range of versions; write it as in '>=0.1,<0.2'") from error
