"""Which distribution an entry point belongs to, and which GSX that was built for: read from metadata alone."""

from __future__ import annotations

import functools
import importlib.metadata
import re
from dataclasses import dataclass

_REQUIREMENT = re.compile(
    r"gsx\s*(?:\[[^\]]*\])?\s*(?P<range>\([^)]*\)|[<>=!~][^;]*?|)\s*(?:;(?P<marker>.*))?", re.IGNORECASE
)
"""A ``Requires-Dist`` of gsx itself: ``gsx>=0.1,<0.2``, ``gsx[dask] (>=0.1)``, ``gsx>=0.1; python_version > "3"``."""


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
    """``gsx (>=0.1)`` -> ``>=0.1``; "" for another distribution's, one without a range, and one of an extra."""
    match = _REQUIREMENT.fullmatch(requirement.strip())
    if match is None or "extra" in (match["marker"] or ""):
        return ""
    return match["range"].strip("() ")
