"""Which weights are on this machine, and whether they are what they should be. Torch-free."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gsx.errors import MissingExtraError, WeightsError
from gsx.weights.cache import fetched_path, hash_in_name, hub_file
from gsx.weights.registry import WeightsEntry

Where = Literal["bundled", "fetched", "not fetched", "installed", "not installed"]


@dataclass(frozen=True)
class WeightsStatus:
    """One entry of the registry as it stands here.

    Args:
        path: its file, or None where there is none.
        bytes: of the file, or what the registry says of a bundled one.
    """

    entry: WeightsEntry
    where: Where
    path: Path | None
    bytes: int | None


@dataclass(frozen=True)
class Verdict:
    """What verifying one file gave; ``problem`` is None where it is what it should be."""

    path: Path | None
    problem: str | None


def status(entry: WeightsEntry) -> WeightsStatus:
    """Where the weights of an entry are."""
    if entry.bundled is not None:
        try:
            return WeightsStatus(entry, "bundled", entry.bundled_path(), entry.bytes)
        except WeightsError:
            return WeightsStatus(entry, "bundled", None, entry.bytes)
    if entry.package is not None:
        try:
            return WeightsStatus(entry, "installed", entry.package_path(), entry.bytes)
        except MissingExtraError:
            return WeightsStatus(entry, "not installed", None, entry.bytes)
        except WeightsError:
            return WeightsStatus(entry, "installed", None, entry.bytes)
    path = fetched_path(entry.id) if entry.kind == "extractor" else hub_file(entry)
    if path.is_file():
        return WeightsStatus(entry, "fetched", path, path.stat().st_size)
    return WeightsStatus(entry, "not fetched", None, None)


def verify(entry: WeightsEntry) -> Verdict | None:
    """Hash a file against the registry, its receipt, or the hash in its name; None if not here."""
    now = status(entry)
    if now.where in ("not fetched", "not installed"):
        return None
    if now.path is None:
        return Verdict(None, "the file is missing")
    expected: str | None
    if entry.sha256 is not None:
        expected = entry.sha256
    elif entry.kind == "extractor":
        expected = receipt_sha256(now.path)
    else:
        expected = hash_in_name(now.path.name)
    digest = sha256(now.path)
    if expected is None:
        return Verdict(now.path, f"nothing says what its sha256 should be; it is {digest}")
    problem = None if digest.startswith(expected) else f"its sha256 is {digest[:16]}…, expected {expected[:16]}…"
    return Verdict(now.path, problem)


def receipt_path(path: Path) -> Path:
    """The note beside a fetched file: where it came from, and its sha256 when it was written."""
    return path.with_suffix(".json")


def receipt_sha256(path: Path) -> str | None:
    """The sha256 that a fetched file had when it was written; None where the receipt is missing or unreadable."""
    try:
        return str(json.loads(receipt_path(path).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
