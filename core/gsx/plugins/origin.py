"""Which distribution an entry point belongs to, and which GSX that was built for: read from metadata alone."""

from __future__ import annotations

import functools
import importlib.metadata
import re
from dataclasses import dataclass
from typing import Any

from gsx.errors import PluginError

_OURS = re.compile(r"gsx\s*(?![\w.-])", re.IGNORECASE)
"""How a ``Requires-Dist`` of gsx itself begins, and none of gsx-swd."""


@dataclass(frozen=True)
class Origin:
    """An installed distribution.

    Args:
        distribution: its name; ``unknown`` where its metadata cannot be read.
        version: its version; ``0`` where its metadata cannot be read.
        wants: the versions of gsx that it says it needs, such as ``>=0.1,<0.2``; "" where it says nothing.
    """

    distribution: str = "unknown"
    version: str = "0"
    wants: str = ""


class Damaged(importlib.metadata.EntryPoint):
    """What stands for the entry points of a distribution whose list of them cannot be read."""

    def __init__(self, distribution: importlib.metadata.Distribution, cause: str, group: str) -> None:
        super().__init__(_read(distribution).distribution, "entry_points.txt", group)
        vars(self).update(dist=distribution, cause=cause)

    def load(self) -> Any:
        """Raises PluginError, always."""
        raise PluginError(f"its entry_points.txt cannot be read ({vars(self)['cause']})")


def entry_points(group: str) -> list[importlib.metadata.EntryPoint]:
    """The entry points of a group; a distribution whose list is damaged has a :class:`Damaged` one."""
    try:
        return list(importlib.metadata.entry_points(group=group))
    except Exception:  # noqa: BLE001 - one damaged list, whosever, ends Python's own search; which, is found out here
        found: dict[str, list[importlib.metadata.EntryPoint]] = {}
        for distribution in importlib.metadata.distributions():
            name = _read(distribution).distribution
            if name in found:  # the first on the path is the one that is imported
                continue
            try:
                found[name] = list(distribution.entry_points.select(group=group))
            except Exception as error:  # noqa: BLE001 - see above
                found[name] = [Damaged(distribution, f"{type(error).__name__}: {error}", group)]
        return [entry for entries in found.values() for entry in entries]


def origin_of(entry_point: importlib.metadata.EntryPoint) -> Origin:
    """Where an entry point comes from, also where half of that was deleted and its metadata cannot be read."""
    return _read(entry_point.dist) if entry_point.dist else Origin()


@functools.lru_cache(maxsize=1024)
def _read(distribution: importlib.metadata.Distribution) -> Origin:
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except Exception:  # noqa: BLE001 - what reading a damaged distribution raises differs between Pythons
        return Origin()
    # Only the headers, and without a parser of mail: of hundreds of plugins, that reads for a tenth of a second.
    headers: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line:
            break
        key, _, value = line.partition(":")
        headers.setdefault(key.lower(), []).append(value.strip())
    wants = ",".join(filter(None, map(_wanted, headers.get("requires-dist", []))))
    return Origin(headers.get("name", ["unknown"])[0], headers.get("version", ["0"])[0], wants)


def _wanted(requirement: str) -> str:
    """``gsx[dask]>=0.1`` -> ``>=0.1``; "" for another distribution's, one without a range, one whose marker says no."""
    ours = _OURS.match(requirement)
    if not ours:
        return ""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        read = Requirement(requirement)
    except InvalidRequirement:
        return requirement[ours.end() :]  # no range either, which whoever loads the plugin is told
    if read.marker is not None and not read.marker.evaluate({"extra": ""}):
        return ""
    return ",".join(sorted(map(str, read.specifier), reverse=True))  # as one writes it: >=0.1,<0.2
