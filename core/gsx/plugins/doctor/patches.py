"""Which functions and classes of others were replaced: attributes of modules and their classes, before and after."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_MISSING = object()
_BUILT_LATER = ("__pydantic_", "__signature__", "__abstractmethods__", "_abc_", "__annotations__", "__annotate")
"""Attributes that a class of pydantic or abc gets, or replaces, by itself when it is first used."""

Attributes = dict[str, tuple[Any, dict[str, Any]]]
"""``module`` or ``module.Class`` -> itself, and what its attributes are."""


def attributes() -> Attributes:
    """Of every module that is loaded, and of the classes that it defines."""
    found: Attributes = {}
    for name, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType):
            continue
        inside = dict(vars(module))
        found[name] = module, inside
        for attribute, value in inside.items():
            # By its type, for some modules hold objects that warn when anything of theirs is read.
            if issubclass(type(value), type) and value.__module__ == name:
                found[f"{name}.{attribute}"] = value, dict(vars(value))
    return found


def patched(before: Attributes) -> list[str]:
    """What is not what it was, such as ``["pathlib.Path.open"]``: replaced, taken away, or added by a stranger.

    A package that changes itself, as lazy ones do, is no finding; nor is a submodule that has been imported, or a value
    of others than GSX that is no code, which may be a cache.
    """
    known = {name.partition(".")[0] for name in before}
    found = []
    for owner, (thing, was) in before.items():
        is_now = vars(thing)
        for name in {*was, *is_now}:
            old, new = was.get(name, _MISSING), is_now.get(name, _MISSING)
            if new is old or name.startswith(_BUILT_LATER) or isinstance(new, ModuleType):
                continue
            origin, whose = _origin(new), owner.partition(".")[0]
            if old is _MISSING:
                foreign = _is_code(new) and origin not in known
            else:
                foreign = whose == "gsx" or (_is_code(old) and (new is _MISSING or origin != whose))
            if foreign:
                found.append(f"{owner}.{name}")
    return sorted(found)


def _is_code(value: object) -> bool:
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


def _origin(value: Any) -> str:
    """The top-level package that a function or class was written in."""
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", value)
    module = getattr(value, "__module__", None) or type(value).__module__
    return str(module).partition(".")[0]
