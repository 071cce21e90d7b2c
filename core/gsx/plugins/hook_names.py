"""Hooks that a plugin means to implement, and that do not exist: said with what was meant."""

from __future__ import annotations

import inspect
from typing import Any

import pluggy

from gsx.errors import PluginError
from gsx.specs.suggest import did_you_mean, nearest


def require_known_hooks(manager: pluggy.PluginManager, plugin: Any) -> None:
    """Each function marked with ``hookimpl`` is named after a hook, and asks for no more than that hook is told.

    Raises:
        PluginError: one is not, or does; pluggy's own message says neither in one line nor what was meant.
    """
    known = {name: hook.spec.argnames for name, hook in vars(manager.hook).items() if getattr(hook, "spec", None)}
    for attribute in dir(plugin):
        marked = manager.parse_hookimpl_opts(plugin, attribute)
        if marked is None:
            continue
        hook = marked.get("specname") or attribute
        if hook not in known:
            if marked.get("optionalhook"):
                continue
            raise PluginError(f"it implements a hook {hook!r}, which does not exist. {nearest(hook, known, most=3)}")
        told = known[hook]
        for asked in inspect.signature(getattr(plugin, attribute)).parameters:
            if asked not in told:
                raise PluginError(
                    f"its {hook} asks for {asked!r}, which that hook is not told. {did_you_mean(asked, told)}"
                )
