"""Loading plugins one by one, so that a broken one costs only itself.

pluggy's own ``load_setuptools_entrypoints`` stops at the first plugin that raises, and a hook call stops at the
first implementation that raises; here each entry point and each hook result is tried on its own.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, get_args

import pluggy

from gsx.errors import InterruptedRun, PluginError
from gsx.plugins import hookspecs
from gsx.plugins.api_range import check_built_for_this
from gsx.plugins.hook_names import require_known_hooks
from gsx.plugins.origin import entry_points, origin_of
from gsx.plugins.quiet import quiet_stdout
from gsx.plugins.records import PluginRecord
from gsx.specs.kinds import SPEC_TYPES, Direction, MetricSpec, Scope, Spec
from gsx.specs.options import RESERVED_OPTION_NAMES, Options
from gsx.specs.suggest import nearest

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\+\+)?")

_CALLED = (FunctionType, MethodType, BuiltinFunctionType)

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
            self.records.extend(misspelt_names())
        # A plugin that prints at import must not spoil `gsx run --json`.
        with quiet_stdout():
            self.records.extend(self.load_one(entry_point) for entry_point in entry_points)
        broken = [record for record in self.records if record.broken]
        if strict and broken:
            raise PluginError(
                "\n".join(f"plugin {record.distribution} {record.version}: {record.error}" for record in broken),
                hint="Without --strict-plugins these are only listed as BROKEN.",
            )

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        """As pluggy's, without its slow look at each name of a module that is no function: of hundreds, it is felt."""
        if isinstance(plugin, ModuleType) and not isinstance(vars(plugin).get(name), _CALLED):
            return None
        return super().parse_hookimpl_opts(plugin, name)

    def load_one(self, entry_point: importlib.metadata.EntryPoint) -> PluginRecord:
        """Load one entry point; whatever goes wrong is in the record.

        Raises:
            InterruptedRun: Ctrl-C; names the plugin.
        """
        origin = origin_of(entry_point)
        record = PluginRecord(entry_point.name, origin.distribution, origin.version, module=entry_point.value)
        try:
            check_built_for_this(origin.wants)
            plugin = _plugin(entry_point)
            require_known_hooks(self, plugin)
            self.register(plugin, name=f"{record.distribution}:{record.entry_point}")
            self.check_pending()
            record.specs = self._collect(plugin)
        except KeyboardInterrupt as error:
            # The user's, who may have waited for this very plugin, or the plugin's own: nobody can tell.
            raise InterruptedRun(
                f"interrupted while plugin {record.distribution} {record.version} was imported.",
                hint=f"If it hangs, or nobody pressed Ctrl-C, leave it out with {ENVIRONMENT_VARIABLE}; "
                "gsx plugins doctor says what it does.",
            ) from error
        except BaseException as error:  # noqa: BLE001 - whatever a stranger's module raises is recorded, sys.exit too
            record.error = cause_of(error)
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


def _plugin(entry_point: importlib.metadata.EntryPoint) -> Any:
    if not entry_point.pattern.match(entry_point.value):
        raise PluginError(
            f"its entry point {entry_point.name} = {entry_point.value!r} names no module; "
            "write it as in 'my_package' or 'my_package.module:attribute'"
        )
    return entry_point.load()


def cause_of(error: BaseException) -> str:
    """One line; also of an error whose own words raise another, begin with an empty line, or are none."""
    try:
        said = str(error)
    except Exception as second:  # noqa: BLE001 - a stranger's __str__
        said = f"its message cannot be read ({type(second).__name__})"
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


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
    if not (isinstance(spec.options, type) and issubclass(spec.options, Options)):
        raise PluginError(f"{kind} {spec.name!r}: its options are {spec.options!r}, no subclass of gsx.api.Options")
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


def installed_entry_points(
    group: str = hookspecs.ENTRY_POINT_GROUP,
) -> Sequence[importlib.metadata.EntryPoint]:
    """The installed entry points of a group that GSX_PLUGINS lets through, by distribution and name."""
    found = entry_points(group)
    names = chosen_names()
    if names is not None:
        found = [entry for entry in found if entry.name in names or origin_of(entry).distribution in names]
    return sorted(found, key=lambda entry: (origin_of(entry).distribution, entry.name))


def chosen_names() -> list[str] | None:
    """What GSX_PLUGINS lets through; None where it is not set, and so everything is."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    return None if chosen is None else [name.strip() for name in chosen.split(",") if name.strip()]


def misspelt_names() -> list[PluginRecord]:
    """A record for each name in GSX_PLUGINS that nothing installed has."""
    chosen = chosen_names()
    if not chosen:
        return []
    groups = (hookspecs.ENTRY_POINT_GROUP, hookspecs.COMMAND_GROUP)
    found = [entry for group in groups for entry in entry_points(group)]
    known = sorted({name for entry in found for name in (entry.name, origin_of(entry).distribution)})
    return [
        PluginRecord(
            name,
            ENVIRONMENT_VARIABLE,
            "",
            module="",
            error=f"no installed plugin or distribution is called {name!r}. {nearest(name, known)}",
        )
        for name in chosen
        if name not in known
    ]
