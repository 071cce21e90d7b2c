"""What plugins hear of a training, and what becomes of those that raise; the same as of a run."""

import json

import pytest
import torch

from gsx.api import Cancelled, hookimpl
from gsx.errors import CollapsedError, InterruptedRun
from gsx.plugins import PluginCatalog, PluginManager
from gsx.training.adversarial.gauges.gauge import Gauge
from gsx.training.adversarial.gauges.panel import Panel
from gsx.training.adversarial.listeners import Listeners
from gsx.training.adversarial.train import train
from gsx.training.interrupt import StopRequest
from gsx.training.processes import Processes

from .training_toys import Stopper, make_job, steps_of

SHORT = {"steps": 4, "checkpoint_every": 2}


class Listener:
    """Keeps what it hears, in order."""

    def __init__(self):
        self.heard = []

    @hookimpl
    def gsx_run_start(self, folder, recipe):
        self.heard.append(("start", folder, recipe))

    @hookimpl
    def gsx_step_end(self, step, values):
        self.heard.append(("step", step, dict(values)))

    @hookimpl
    def gsx_run_end(self, folder, result):
        self.heard.append(("end", folder, result))


class FailsAt:
    """Raises in one hook, each time with another message."""

    def __init__(self, hook, error=None):
        def fail():
            self.times += 1
            raise error or ValueError(f"no luck, {self.times}")

        self.times = 0
        setattr(self, hook, hookimpl(fail, specname=hook))


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def offer(listener, monkeypatch):
    """Make these plugins and the listener all that a training tells."""

    def call(*plugins):
        manager = PluginManager()
        for index, plugin in enumerate(plugins):
            manager.register(plugin, name=f"bad:{index}")
        manager.register(listener, name="good:listener")
        monkeypatch.setattr("gsx.training.adversarial.listeners.installed_catalog", lambda: PluginCatalog(manager))

    return call


def read(job):
    return json.loads((job.out / "card.json").read_text())


def test_hooks_are_called_in_order(tmp_path, listener, offer):
    offer()
    job = make_job(tmp_path, train={**SHORT, "log_every": 3})
    card = train(job)
    start, *steps, end = listener.heard
    assert start == ("start", str(job.out), job.loaded.recipe.canonical())
    assert [entry[:2] for entry in steps] == [("step", number) for number in range(1, 5)], "not the logged ones alone"
    logged = {line["step"]: line["terms"] for line in steps_of(job.out)}
    assert set(logged) == {3, 4}
    for number, terms in logged.items():
        values = steps[number - 1][2]
        assert values["loss"] == pytest.approx(sum(terms[name] for name in set(terms) - {"discriminator", "penalty"}))
        assert {name: values[name] for name in terms if name != "penalty"} == {
            name: value for name, value in terms.items() if name != "penalty"
        }
    assert end == ("end", str(job.out), {**read(job), "status": "done"})
    assert card["plugin_problems"] == []


@pytest.mark.parametrize("hook", ["gsx_run_start", "gsx_step_end", "gsx_run_end"])
def test_a_hook_that_raises_is_named_once_and_costs_nobody_else(hook, tmp_path, listener, offer):
    offer(FailsAt(hook), FailsAt(hook))
    job = make_job(tmp_path, train=SHORT)
    card = train(job)
    assert [entry[0] for entry in listener.heard] == ["start", *["step"] * 4, "end"]
    problems = [f"plugin bad:{index}: {hook} raised ValueError: no luck, 1" for index in (0, 1)]
    assert sorted(card["plugin_problems"]) == problems
    assert read(job) == card
    assert sorted(job.screen.notes) == problems
    page = (job.out / "report.html").read_text(encoding="utf-8")
    assert all(problem in page for problem in problems)


@pytest.mark.parametrize(("hook", "stopped"), [("gsx_run_start", 1), ("gsx_step_end", 1)])
def test_a_hook_may_stop_the_training(hook, stopped, tmp_path, listener, offer):
    offer(FailsAt(hook, Cancelled()))
    with pytest.raises(InterruptedRun, match=f"Interrupted at step {stopped} of 4"):
        train(make_job(tmp_path, train=SHORT))
    status = {"status": "interrupted", "steps": stopped, "plugin_problems": []}
    assert listener.heard[-1] == ("end", str(tmp_path / "run"), status)
    assert (tmp_path / "run" / "checkpoints" / "00000001").is_dir()


def test_to_stop_at_the_end_is_to_be_done(tmp_path, listener, offer):
    offer(FailsAt("gsx_run_end", Cancelled()))
    job = make_job(tmp_path, train=SHORT)
    assert train(job) == read(job)


def test_taken_up_again_it_begins_again(tmp_path, listener, offer):
    offer()
    job = make_job(tmp_path, train=SHORT)
    job.screen = Stopper(3, lambda screen: setattr(screen, "stop", True))
    with pytest.raises(InterruptedRun):
        train(job)
    train(make_job(tmp_path, train=SHORT), resume=True)
    assert [entry[0] for entry in listener.heard] == ["start", *["step"] * 3, "end", "start", "step", "end"]


def test_a_collapse_is_told(tmp_path, listener, offer, monkeypatch):
    monkeypatch.setattr(Panel, "read", lambda *given: [Gauge("diversity", 0.0, False, "at least 0.02", "Try.")])
    offer()
    job = make_job(tmp_path, train={**SHORT, "gauge_every": 2})
    job.stop_on_collapse = True
    with pytest.raises(CollapsedError):
        train(job)
    assert listener.heard[-1][2]["status"] == "collapsed"
    assert listener.heard[-1][2]["steps"] == 2


def test_a_failure_is_not_told(tmp_path, listener, offer, monkeypatch):
    """As of a run: nobody knows what there is."""
    offer()
    job = make_job(tmp_path, train=SHORT)

    def fail(screen):
        raise RuntimeError("a bug")

    job.screen = Stopper(2, fail)
    with pytest.raises(RuntimeError, match="a bug"):
        train(job)
    assert [entry[0] for entry in listener.heard] == ["start", "step", "step"]


def test_the_main_process_alone_tells(listener, offer):
    offer()

    class Trainer:
        job = None
        step = 0
        listen = None

    class Job:
        processes = Processes(torch.device("cpu"), 1, 2)
        out = loaded = None

    trainer = Trainer()
    trainer.job = Job()
    Job.loaded = type("Loaded", (), {"recipe": type("Recipe", (), {"canonical": lambda self: {}})()})()
    with Listeners(trainer, StopRequest()):
        trainer.listen(1, {"loss": 0.5})
    assert listener.heard == []
