"""What plugins may build on, as text: gsx.api, gsx.ops, gsx.testing, hooks and checks, by name with signatures."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import gsx.api
import gsx.ops
import gsx.testing
import gsx.testing.checks
from gsx.plugins import hookspecs

Surface = dict[str, str]
"""Name -> what follows it in its line: a signature, a type with its default, a value, or nothing."""


def surface() -> Surface:
    """Everything public, by name."""
    found: Surface = {}
    for name in gsx.api.__all__:
        found |= _described(f"gsx.api.{name}", getattr(gsx.api, name))
    for name, hook in vars(hookspecs).items():
        if name.startswith("gsx_"):
            found |= _described(f"hooks.{name}", hook)
    for module in _modules(gsx.ops):
        for name in _defined(module):
            found |= _described(f"{module.__name__}.{name}", getattr(module, name))
    for name in gsx.testing._LAZY:
        found |= _described(f"gsx.testing.{name}", getattr(gsx.testing, name))
    for module in _modules(gsx.testing.checks):
        for check in getattr(module, "CHECKS", ()):
            found[f"checks.{module.__name__.rpartition('.')[2]}.{check.__name__}"] = ""
    found["gsx.api.API_VERSION"] = ""  # its value is the first line of the file
    return found


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{info.name}")


def _defined(module: ModuleType) -> Iterator[str]:
    """The public names that a module's own text defines, not those that it imports."""
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        yield from (name for name in names if not name.startswith("_"))


def _described(name: str, item: Any) -> Surface:
    if inspect.isclass(item):
        return {name: f"({', '.join(base.__name__ for base in item.__bases__)})", **_members(name, item)}
    if inspect.isfunction(inspect.unwrap(item)):
        return {name: _signature(inspect.unwrap(item))}
    return {name: f" = {_value(item)}"}


def _members(name: str, owner: type) -> Surface:
    """What a class itself adds to its bases."""
    found: Surface = {}
    defaults = {field.name: field for field in dataclasses.fields(owner)} if dataclasses.is_dataclass(owner) else {}
    for field, annotation in inspect.get_annotations(owner).items():
        if field == "meaning":  # prose, of an error's exit code
            continue
        default = vars(owner).get(field, inspect.Parameter.empty)
        if field in defaults:
            default = defaults[field].default
            if defaults[field].default_factory is not dataclasses.MISSING:
                default = defaults[field].default_factory
        elif field in getattr(owner, "model_fields", {}):
            default = owner.model_fields[field].default  # type: ignore[attr-defined]
        absent = (inspect.Parameter.empty, dataclasses.MISSING)
        found[f"{name}.{field}"] = f": {annotation}" + ("" if default in absent else f" = {_value(default)}")
    for member, value in vars(owner).items():
        called = member in ("__init__", "__call__") and not dataclasses.is_dataclass(owner)
        if (member.startswith("_") and not called) or f"{name}.{member}" in found or member == "meaning":
            continue
        if isinstance(value, property):
            found[f"{name}.{member}"] = f": {inspect.get_annotations(value.fget).get('return')}"  # type: ignore[arg-type]
        elif isinstance(value, FunctionType | classmethod | staticmethod):
            # A protocol without a constructor of its own is given one, which differs between Pythons.
            if member != "__init__" or value.__module__ == owner.__module__:
                found[f"{name}.{member}"] = _signature(getattr(owner, member))
        elif member not in ("model_config", "model_fields", "model_computed_fields"):
            found[f"{name}.{member}"] = f" = {_value(value)}"
    return {key: text for key, text in found.items() if not key.rpartition(".")[2].startswith("_abc")}


def _signature(item: Any) -> str:
    signature = inspect.signature(item)
    parameters = [
        one.replace(
            default=one.default if one.default is one.empty else _Shown(_value(one.default)),
            annotation=one.annotation if one.annotation is one.empty else _Shown(one.annotation),
        )
        for one in signature.parameters.values()
    ]
    given = signature.return_annotation
    told = given if given is signature.empty else _Shown(given)
    return str(signature.replace(parameters=parameters, return_annotation=told))


class _Shown:
    """A type or a default value, as it is to be written: without the quotes of a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _value(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(str, value))) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    if inspect.isclass(value) or inspect.isfunction(value):
        return value.__name__
    # An address in memory says nothing, and is another each time.
    return type(value).__name__ if type(value).__repr__ is object.__repr__ else repr(value)
