"""Loading plugins one by one, so that a broken one costs only itself.

pluggy's own ``load_setuptools_entrypoints`` stops at the first plugin that raises, and a hook call stops at the
first implementation that raises; here each entry point and each hook result is tried on its own.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, get_args

import pluggy

from gsx.errors import PluginError
from gsx.plugins import hookspecs
from gsx.plugins.records import PluginRecord
from gsx.specs.kinds import SPEC_TYPES, Direction, MetricSpec, Scope, Spec
from gsx.specs.options import RESERVED_OPTION_NAMES
from gsx.specs.suggest import did_you_mean

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\+\+)?")

ENVIRONMENT_VARIABLE = "GSX_PLUGINS"
"""Unset: every installed plugin. Empty: none. ``a,b``: only these entry points or distributions."""


class PluginManager(pluggy.PluginManager):
    """A pluggy manager that keeps a record of each entry point instead of failing on one."""

    def __init__(self) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)
        self.records: list[PluginRecord] = []

    def load(
        self, entry_points: Iterable[importlib.metadata.EntryPoint] | None = None, *, strict: bool = False
    ) -> None:
        """Load ``entry_points`` (default: those installed and selected by GSX_PLUGINS) into :attr:`records`.

        Raises:
            PluginError: only if ``strict``, listing every broken plugin.
        """
        if entry_points is None:
            entry_points = installed_entry_points()
            self.records.extend(_misspelt())
        for entry_point in entry_points:
            self.records.append(self._load_one(entry_point))
        broken = [record for record in self.records if record.broken]
        if strict and broken:
            raise PluginError(
                "\n".join(f"plugin {record.distribution} {record.version}: {record.error}" for record in broken),
                hint="Without --strict-plugins these are only listed as BROKEN.",
            )

    def _load_one(self, entry_point: importlib.metadata.EntryPoint) -> PluginRecord:
        distribution, version = _identity(entry_point)
        record = PluginRecord(entry_point.name, distribution, version, module=entry_point.value)
        # A plugin that prints at import must not spoil `gsx run --json`; one that calls sys.exit must not end us.
        junk = io.StringIO()
        try:
            with contextlib.redirect_stdout(junk):
                plugin = entry_point.load()
                self.register(plugin, name=f"{record.distribution}:{record.entry_point}")
                self.check_pending()
                record.specs = self._collect(plugin)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a stranger's module raises is recorded
            record.error = f"{type(error).__name__}: {error}".splitlines()[0]
            record.specs = []
            self._forget(f"{record.distribution}:{record.entry_point}")
        return record

    def _forget(self, name: str) -> None:
        if self.has_plugin(name):
            self.unregister(name=name)

    def _collect(self, plugin: Any) -> list[Spec]:
        specs: list[Spec] = []
        for kind, hook in hookspecs.KIND_HOOKS.items():
            # An attribute without the hookimpl mark is not an implementation, just as in pluggy.
            offer = getattr(plugin, hook, None)
            if offer is None or self.parse_hookimpl_opts(plugin, hook) is None:
                continue
            specs.extend(_checked(spec, kind, hook) for spec in offer())
        counts = Counter(f"{spec.kind} {spec.name!r}" for spec in specs)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise PluginError(f"it offers {', '.join(twice)} more than once")
        return specs


def _checked(spec: object, kind: str, hook: str) -> Spec:
    if not isinstance(spec, SPEC_TYPES[kind]):
        raise PluginError(f"{hook} yields {type(spec).__name__}, expected {SPEC_TYPES[kind].__name__}")
    # One odd name must not spoil the sorting, listing or finding of everybody else's.
    if not isinstance(spec.name, str) or not _NAME.fullmatch(spec.name):
        raise PluginError(f"{kind} {spec.name!r}: a name is lower case letters, digits and single hyphens")
    if not isinstance(spec.summary, str):
        raise PluginError(f"{kind} {spec.name!r}: its summary is no text")
    if isinstance(spec, MetricSpec):
        _check_metric(spec)
    reserved = RESERVED_OPTION_NAMES & set(spec.options.model_fields)
    if reserved:
        raise PluginError(f"{kind} {spec.name!r} has options of reserved names: {', '.join(sorted(reserved))}")
    required = [name for name, option in spec.options.model_fields.items() if option.is_required()]
    if required:
        raise PluginError(f"{kind} {spec.name!r} has options without a default: {', '.join(required)}")
    return spec


def _check_metric(spec: MetricSpec) -> None:
    """Refuse what no report could read: the cells of a benchmark say it of each figure."""
    if type(spec.version) is not int:
        raise PluginError(f"metric {spec.name!r}: its version is {spec.version!r}, and has to be a whole number")
    for name, allowed in (("scope", get_args(Scope)), ("direction", get_args(Direction))):
        if getattr(spec, name) not in allowed:
            raise PluginError(f"metric {spec.name!r}: its {name} is none of {', '.join(allowed)}")


def installed_entry_points() -> Sequence[importlib.metadata.EntryPoint]:
    """The installed entry points of the group ``gsx.plugins`` that GSX_PLUGINS lets through, sorted by name."""
    found = importlib.metadata.entry_points(group=hookspecs.ENTRY_POINT_GROUP)
    names = chosen_names()
    if names is not None:
        found = importlib.metadata.EntryPoints(
            entry for entry in found if entry.name in names or _identity(entry)[0] in names
        )
    return sorted(found, key=lambda entry: (_identity(entry)[0], entry.name))


def chosen_names() -> list[str] | None:
    """What GSX_PLUGINS lets through; None where it is not set, and so everything is."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    return None if chosen is None else [name.strip() for name in chosen.split(",") if name.strip()]


def _misspelt() -> list[PluginRecord]:
    """A record for each name in GSX_PLUGINS that nothing installed has."""
    found = importlib.metadata.entry_points(group=hookspecs.ENTRY_POINT_GROUP)
    known = sorted({name for entry in found for name in (entry.name, _identity(entry)[0])})
    return [
        PluginRecord(
            name,
            ENVIRONMENT_VARIABLE,
            "",
            module="",
            error=f"no installed plugin or distribution is called {name!r}. {did_you_mean(name, known)}",
        )
        for name in chosen_names() or ()
        if name not in known
    ]


def _identity(entry_point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    """Name and version of its distribution, also where half of that was deleted and its metadata cannot be read."""
    try:
        distribution = entry_point.dist
        return (distribution.name or "unknown", distribution.version or "0") if distribution else ("unknown", "0")
    except Exception:  # noqa: BLE001 - what reading a damaged distribution raises differs between Pythons
        return "unknown", "0"
