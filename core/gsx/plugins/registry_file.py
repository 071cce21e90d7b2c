"""registry.toml as a file: where it is, and its tables, validated. Torch-free."""

from __future__ import annotations

import importlib.resources
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from gsx.errors import GsxError
from gsx.recipe.validate import validate
from gsx.specs.options import Options
from gsx.specs.suggest import did_you_mean

SECTIONS = {"weights": "id", "plugins": "name"}
"""Each list of tables in the file, and the key that tells its tables apart."""

Entry = TypeVar("Entry", bound=Options)


def registry_path() -> Path:
    """registry.toml of a plain installation (inside the package) or of a checkout (beside core/)."""
    package = Path(str(importlib.resources.files("gsx")))
    inside = package / "registry.toml"
    return inside if inside.is_file() else package.parents[1] / "registry.toml"


def read_section(path: Path, section: str, model: type[Entry], error: type[GsxError]) -> tuple[Entry, ...]:
    """The tables of one section (see :data:`SECTIONS`), in the file's order.

    Args:
        error: what to raise; the reader of another section should not be told about weights.

    Raises:
        error: the file cannot be read or is not TOML; it has a section that nobody knows; a table has an unknown key, a
            value that is not valid, or a key value that occurs twice. The message names file, table and key.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise error(f"{path} is not a valid registry: {cause}") from cause
    for name, value in tables.items():
        if name not in SECTIONS:
            raise error(
                f"{path} is not a valid registry: it knows no section {name!r}.", hint=did_you_mean(name, SECTIONS)
            )
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            raise error(f"{path} is not a valid registry: {name} has to be written as [[{name}]].")
    key = SECTIONS[section]
    entries: dict[str, Entry] = {}
    for number, table in enumerate(tables.get(section, ()), start=1):
        try:
            entry = validate(model, table, where=f"[[{section}]] {table.get(key, f'number {number}')}")
        except GsxError as cause:
            raise error(f"{path} is not a valid registry: {cause.message}", hint=cause.hint) from cause
        if getattr(entry, key) in entries:
            raise error(f"{path} is not a valid registry: {key} {getattr(entry, key)!r} occurs twice in [[{section}]].")
        entries[getattr(entry, key)] = entry
    return tuple(entries.values())
