"""FolderReader: what can be read of a run's files, and a list in plain words of what cannot."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from gsx.errors import StoreError
from gsx.report.png import png_size

_NOT_A_RUN = "Name a folder that `gsx run` or `gsx train` made."


LARGEST_NUMBER = 1e39
"""What float32 can hold is smaller; the mean of larger ones, and an axis that ends at one, can overflow."""

LARGEST_SHOWN = 1600
"""Pixels: the page shows a larger picture reduced to this longer side."""


@dataclass(frozen=True)
class Picture:
    """A PNG as a data URI, with its size in pixels."""

    uri: str
    width: int
    height: int

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height


@dataclass
class FolderReader:
    """Reads one folder, never outside it. What is missing or damaged becomes a line in ``problems``.

    The folder may come from somebody else, so nothing in it is trusted: neither types nor paths.
    """

    path: Path
    problems: list[str] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        """The contents of result.json, without which there is nothing to report.

        Raises:
            StoreError: no folder, no run in it, or result.json cannot be read.
        """
        file = self.path / "result.json"
        if not self.path.is_dir():
            raise StoreError(f"{self.path} is not a folder.", hint=_NOT_A_RUN)
        if not file.exists():
            raise StoreError(f"{self.path} is not a run folder: it has no result.json.", hint=_NOT_A_RUN)
        try:
            value = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise StoreError(
                f"{file} cannot be read: {_cause(error)}.",
                hint="The file is damaged: copy the run folder again, or make the run again.",
            ) from error
        if not isinstance(value, dict):
            raise StoreError(f"{file} does not hold a result: it should be a JSON object.", hint=_NOT_A_RUN)
        return value

    def json(self, name: str) -> dict[str, Any]:
        """A JSON object, empty where it is missing or damaged."""
        file = self._inside(name)
        try:
            if file is None or not file.is_file():
                self.problems.append(f"{name} is missing.")
                return {}
            value = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            self.problems.append(f"{name} cannot be read: {_cause(error)}.")
            return {}
        return self.mapping(value, name)

    def mapping(self, value: object, what: str) -> dict[str, Any]:
        """``value`` as a JSON object; another type is a problem, None is not."""
        if value is not None and not isinstance(value, dict):
            self.problems.append(f"{what} is not what it should be (a JSON object), and is left out.")
        return value if isinstance(value, dict) else {}

    def mappings(self, value: object, what: str) -> list[dict[str, Any]]:
        """``value`` as a list of JSON objects; anything else in it is a problem."""
        if value is not None and not isinstance(value, list):
            self.problems.append(f"{what} is not what it should be (a list), and is left out.")
        items = value if isinstance(value, list) else []
        good = [item for item in items if isinstance(item, dict)]
        if len(good) < len(items):
            self.problems.append(f"{what}: {len(items) - len(good)} entries are damaged and left out.")
        return good

    def measured(self, value: object, what: str) -> float | None:
        """:func:`number`, where one that is too large is a problem."""
        found = number(value)
        if found is None and isinstance(value, (int, float)) and abs(value) > LARGEST_NUMBER:
            self.problems.append(f"{what}: numbers beyond ±10³⁹ are left out.")
        return found

    def steps(self, name: str) -> list[dict[str, float]] | None:
        """The lines of a JSONL file, numbers only; None where there is no such file."""
        rows = self._jsonl(name)
        if rows is None:
            return None
        measured = ({key: self.measured(raw, name) for key, raw in row.items()} for row in rows)
        return [{key: value for key, value in row.items() if value is not None} for row in measured]

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines of a JSONL file that are JSON objects."""
        return self._jsonl(name) or []

    def _jsonl(self, name: str) -> list[dict[str, Any]] | None:
        file = self._inside(name)
        try:
            if file is None or not file.is_file():
                self.problems.append(f"{name} is missing.")
                return None
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            self.problems.append(f"{name} cannot be read: {_cause(error)}.")
            return None
        rows = []
        for line in lines:
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if isinstance(row, dict):
                rows.append(row)
        if len(rows) < len(lines):
            self.problems.append(f"{name}: {len(lines) - len(rows)} of {len(lines)} lines cannot be read.")
        return rows

    def picture(self, name: str) -> Picture | None:
        """A PNG in the folder; None, and a problem, where it is missing, damaged or elsewhere."""
        file = self._inside(name)
        try:
            if file is None or not file.is_file():
                self.problems.append(f"The picture {name} is missing.")
                return None
            data = file.read_bytes()
        except (OSError, ValueError) as error:
            self.problems.append(f"The picture {name} cannot be read: {_cause(error)}.")
            return None
        size = png_size(data)
        if size is None:
            self.problems.append(f"The picture {name} is damaged (not a whole PNG).")
            return None
        if max(size) > LARGEST_SHOWN:
            reduced = _reduced(data)
            if reduced is None:
                self.problems.append(f"The picture {name} is damaged (not a whole PNG).")
                return None
            data = reduced
        return Picture("data:image/png;base64," + base64.b64encode(data).decode("ascii"), *size)

    def explanation_folders(self) -> list[str]:
        """``explanations/<name>`` of each folder that is there, sorted."""
        place = self.path / "explanations"
        try:
            return sorted(f"explanations/{item.name}" for item in place.iterdir() if item.is_dir())
        except OSError:
            return []

    def _inside(self, name: str) -> Path | None:
        """The file of that name, links followed; None where that leads out of the folder or nowhere."""
        try:
            file = (self.path / name).resolve()
            return file if file.is_relative_to(self.path.resolve()) else None
        except (OSError, ValueError, RuntimeError):
            return None


def _reduced(data: bytes) -> bytes | None:
    """The same PNG for a page, no larger than :data:`LARGEST_SHOWN`; None where it is damaged."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    small.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN))
    buffer = io.BytesIO()
    small.save(buffer, format="PNG")
    return buffer.getvalue()


def number(value: object) -> float | None:
    """``value`` as a finite float that is not beyond :data:`LARGEST_NUMBER`; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) <= LARGEST_NUMBER else None


def _cause(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error) or "it is nested too deeply"
