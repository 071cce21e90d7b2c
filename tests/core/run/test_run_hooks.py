"""What plugins hear of a run, what becomes of those that raise, and how step values are written."""

import json
import math

import pytest

from gsx.api import Cancelled, hookimpl
from gsx.errors import InterruptedRun
from gsx.plugins import PluginCatalog, PluginManager
from gsx.run.job import run_pair

from .run_toys import read


class Listener:
    """Keeps what it hears, in order, and what was on the disk at the end."""

    def __init__(self):
        self.heard, self.finished = [], None

    @hookimpl
    def gsx_run_start(self, folder, recipe):
        self.heard.append(("start", folder, recipe))

    @hookimpl
    def gsx_step_end(self, step, values):
        self.heard.append(("step", step, dict(values)))

    @hookimpl
    def gsx_run_end(self, folder, result):
        self.heard.append(("end", folder, result["status"]))
        self.finished = result


class FailsAt:
    """Raises in one hook."""

    def __init__(self, hook, error=None):
        def fail():
            raise error or ValueError("no luck")

        setattr(self, hook, hookimpl(fail, specname=hook))


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def offer(listener, monkeypatch):
    """Make these plugins, with the listener between them, all that a run tells; the components stay as built."""

    def call(*plugins):
        manager = PluginManager()
        named = [(f"bad:{index}", plugin) for index, plugin in enumerate(plugins)]
        for name, plugin in (*named[:1], ("good:listener", listener), *named[1:]):
            manager.register(plugin, name=name)
        monkeypatch.setattr("gsx.run.job.installed_catalog", lambda: PluginCatalog(manager))

    return call


def test_hooks_are_called_in_order(pipeline, pair, out, listener, offer):
    offer()
    result = run_pair(pipeline, pair, out)
    steps = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert listener.heard == [
        ("start", str(out), pipeline.loaded.recipe.canonical()),
        *(("step", step.pop("step"), step) for step in steps),
        ("end", str(out), "done"),
    ]
    assert len(steps) == 2
    assert listener.finished == result == read(out)
    assert result["plugin_problems"] == []


@pytest.mark.parametrize("hook", ["gsx_run_start", "gsx_step_end"])
def test_a_hook_that_raises_is_named_once_and_costs_nobody_else(hook, pipeline, pair, out, listener, offer):
    offer(FailsAt(hook), FailsAt(hook))
    result = run_pair(pipeline, pair, out)
    assert [entry[0] for entry in listener.heard] == ["start", "step", "step", "end"]
    problems = [f"plugin bad:{index}: {hook} raised ValueError: no luck" for index in (0, 1)]
    assert sorted(result["plugin_problems"]) == problems
    assert read(out) == result
    assert result["status"] == "done"


def test_an_end_hook_that_raises_is_named_in_what_is_returned(pipeline, pair, out, listener, offer):
    offer(FailsAt("gsx_run_end"))
    result = run_pair(pipeline, pair, out)
    assert listener.heard[-1] == ("end", str(out), "done")
    assert result["plugin_problems"] == ["plugin bad:0: gsx_run_end raised ValueError: no luck"]
    assert read(out) == result
    assert "gsx_run_end raised ValueError" in (out / "report.html").read_text(encoding="utf-8")


def test_a_hook_may_stop_the_run(pipeline, pair, out, listener, offer):
    offer(FailsAt("gsx_step_end", Cancelled()))
    with pytest.raises(InterruptedRun):
        run_pair(pipeline, pair, out)
    assert read(out)["status"] == "interrupted"
    assert listener.heard[-1] == ("end", str(out), "interrupted")
    assert read(out)["plugin_problems"] == []


def test_step_values_that_are_not_finite_are_null(pipeline, pair, out, listener, offer, monkeypatch):
    def generate(self, fused, content, context):
        context.step(1, 2, {"loss": math.nan, "style": math.inf, "content": 0.5})
        context.step(2, 2, {"loss": -math.inf, "style": 1, "content": 0.25})
        return content

    offer()
    monkeypatch.setattr("gsx_generators.pixels.Pixels.__call__", generate)
    run_pair(pipeline, pair, out)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    lines = (out / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line, parse_constant=refuse) for line in lines] == [
        {"step": 1, "loss": None, "style": None, "content": 0.5},
        {"step": 2, "loss": None, "style": 1.0, "content": 0.25},
    ]
    assert math.isnan(listener.heard[1][2]["loss"]), "plugins hear the figures as they are"
