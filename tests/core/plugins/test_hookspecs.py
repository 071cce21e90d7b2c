"""Every hook is documented, and its example is a plugin that works."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import pytest

import gsx.api
from gsx.plugins import PluginManager, hookspecs
from gsx.specs.kinds import SPEC_TYPES

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("gsx_")}


def example_of(hook: Any) -> Any:
    """The function that a hook's docstring defines, executed."""
    (example,) = doctest.DocTestParser().get_examples(inspect.getdoc(hook) or "")
    namespace = {name: getattr(gsx.api, name) for name in gsx.api.__all__}
    exec(compile(example.source, hook.__name__, "exec"), namespace)
    return namespace[hook.__name__]


def test_the_hooks_are_those_of_the_kinds_and_the_life_cycle():
    kinds = {f"gsx_{kind}s" if not kind.endswith("s") else f"gsx_{kind}es" for kind in SPEC_TYPES}
    assert set(HOOKS) == kinds | {"gsx_run_start", "gsx_step_end", "gsx_run_end"}
    assert set(hookspecs.KIND_HOOKS) == set(SPEC_TYPES)
    assert set(hookspecs.KIND_HOOKS.values()) == kinds


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_docstring_with_an_example(name: str):
    text = inspect.getdoc(HOOKS[name])
    assert text
    assert "Example:" in text
    assert f"def {name}(" in text
    assert text.splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", HOOKS)
def test_the_example_has_the_hooks_exact_signature(name: str):
    documented = list(inspect.signature(example_of(HOOKS[name])).parameters)
    assert documented == list(inspect.signature(HOOKS[name]).parameters)


@pytest.mark.parametrize(("kind", "name"), hookspecs.KIND_HOOKS.items())
def test_the_example_offers_a_spec_of_its_kind(kind: str, name: str):
    (spec,) = example_of(HOOKS[name])()
    assert type(spec) is SPEC_TYPES[kind]
    assert spec.kind == kind
    spec.options()


@pytest.mark.parametrize("name", HOOKS)
def test_the_example_registers(name: str):
    manager = PluginManager()
    plugin = type("Plugin", (), {name: staticmethod(example_of(HOOKS[name]))})
    manager.register(plugin)
    manager.check_pending()


def test_the_life_cycle_reaches_a_plugin():
    seen: list[Any] = []

    class Tracker:
        @hookspecs.hookimpl
        def gsx_run_start(self, folder, recipe):
            seen.append(("start", folder, recipe["generator"]["name"]))

        @hookspecs.hookimpl
        def gsx_step_end(self, step, values):
            seen.append(("step", step, values["loss"]))

        @hookspecs.hookimpl
        def gsx_run_end(self, result):  # an implementation may take fewer arguments
            seen.append(("end", result["status"]))

    manager = PluginManager()
    manager.register(Tracker())
    manager.hook.gsx_run_start(folder="f", recipe={"generator": {"name": "pixels"}})
    manager.hook.gsx_step_end(step=3, values={"loss": 0.5})
    manager.hook.gsx_run_end(folder="f", result={"status": "done"})
    assert seen == [("start", "f", "pixels"), ("step", 3, 0.5), ("end", "done")]
