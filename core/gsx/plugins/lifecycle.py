"""Telling plugins what happens in a run, each on its own: what one raises is reported and costs nobody else."""

from __future__ import annotations

from typing import Any

import pluggy

from gsx.specs.interfaces import Cancelled


def notify(manager: pluggy.PluginManager, hook: str, **facts: Any) -> list[str]:
    """Call every implementation of a life-cycle hook with the facts that it asks for.

    Args:
        hook: ``gsx_run_start``, ``gsx_step_end`` or ``gsx_run_end``.

    Returns:
        One line for each implementation that raised, naming its plugin. ``Cancelled`` passes.
    """
    problems = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        try:
            implementation.function(**{name: facts[name] for name in implementation.argnames})
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's hook must not cost the run
            problems.append(f"plugin {implementation.plugin_name}: {hook} raised {type(error).__name__}: {error}")
    return problems
