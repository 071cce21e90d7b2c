"""PluginRecord: what became of one entry point, whether it loaded or not."""

from __future__ import annotations

from dataclasses import dataclass, field

from gsx.specs.kinds import Spec


@dataclass
class PluginRecord:
    """One entry point of one distribution.

    Args:
        entry_point: its name in the group ``gsx.plugins``.
        distribution, version: of the installed distribution that holds it.
        module: the module that it names.
        specs: what it offers; empty where ``error`` is set.
        error: one line that says why it is BROKEN, or None.
    """

    entry_point: str
    distribution: str
    version: str
    module: str
    specs: list[Spec] = field(default_factory=list)
    error: str | None = None

    @property
    def broken(self) -> bool:
        return self.error is not None
