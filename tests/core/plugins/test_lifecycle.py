"""Life-cycle hooks: told to every plugin, and what one raises is named and costs nobody else."""

import pytest

from gsx.api import Cancelled, hookimpl
from gsx.plugins.lifecycle import notify
from gsx.plugins.loading import PluginManager


class Listener:
    def __init__(self):
        self.heard = []

    @hookimpl
    def gsx_step_end(self, step, values):
        self.heard.append((step, dict(values)))


class OnlyStep:
    def __init__(self):
        self.heard = []

    @hookimpl
    def gsx_step_end(self, step):
        self.heard.append(step)


class Failing:
    def __init__(self, error):
        self.error = error

    @hookimpl
    def gsx_step_end(self, step):
        raise self.error


def test_every_plugin_hears_what_it_asks_for_and_a_failing_one_is_named():
    manager, listener, only_step = PluginManager(), Listener(), OnlyStep()
    manager.register(listener, name="one:a")
    manager.register(Failing(ValueError("no")), name="two:b")
    manager.register(only_step, name="three:c")
    problems = notify(manager, "gsx_step_end", step=3, values={"loss": 0.5})
    assert listener.heard == [(3, {"loss": 0.5})]
    assert only_step.heard == [3]
    assert problems == ["plugin two:b: gsx_step_end raised ValueError: no"]


def test_a_request_to_stop_passes():
    manager = PluginManager()
    manager.register(Failing(Cancelled()), name="two:b")
    with pytest.raises(Cancelled):
        notify(manager, "gsx_step_end", step=1, values={})
