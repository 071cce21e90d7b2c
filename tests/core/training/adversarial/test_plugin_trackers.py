"""Trackers that a plugin offers: named by the recipe, told the numbers, and blamed for what they raise."""

import json
import sys
import types
from dataclasses import replace
from typing import ClassVar

import pytest

from gsx.api import MissingExtraError, Options, TrackerSpec, hookimpl
from gsx.errors import InterruptedRun, PluginError, RecipeError
from gsx.report.traingauges import MEANINGS
from gsx.testing import isolated_catalog
from gsx.training.adversarial.train import train
from gsx.training.trackers import find_trackers, numbers_of

from .training_toys import Stopper, make_job

SHORT = {"steps": 4, "gauge_every": 4, "explain_every": 3, "held_out": ["0.png", "1.png"], "held_out_share": 0.0}


class Tracker:
    """Keeps what it is told, and raises where a test says so."""

    told: ClassVar[list] = []
    raises: ClassVar[dict] = {}

    def __init__(self, options, folder, recipe):
        self._do("start", folder, recipe)

    def log(self, numbers, step):
        self._do("log", numbers, step)
        numbers.clear()  # what it does to its copy is its own affair

    def finish(self):
        self._do("finish")

    def _do(self, what, *facts):
        self.told.append((what, *facts))
        if what in self.raises:
            raise self.raises[what]


class Other(Tracker):
    """A second one, which never raises."""

    told: ClassVar[list] = []
    raises: ClassVar[dict] = {}


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    """``abacus`` and ``other``, and the toy plugin's, instead of what is installed."""
    module = types.ModuleType("planted")

    @hookimpl
    def gsx_trackers():
        yield TrackerSpec(name="abacus", summary="for a test", target="planted:Tracker")
        yield TrackerSpec(name="other", summary="for a test", target="planted:Other")

    module.gsx_trackers, module.Tracker, module.Other = gsx_trackers, Tracker, Other
    monkeypatch.setitem(sys.modules, "planted", module)
    for tracker in (Tracker, Other):
        monkeypatch.setattr(tracker, "told", [])
        monkeypatch.setattr(tracker, "raises", {})
    catalog = isolated_catalog("planted", "gsx.testing.toy")
    monkeypatch.setattr("gsx.training.trackers.installed_catalog", lambda: catalog)


def lines_of(job):
    return [json.loads(line) for line in (job.out / "metrics.jsonl").read_text().splitlines()]


def told_of(tracker):
    return [entry[0] for entry in tracker.told]


def test_it_is_told_every_number(tmp_path):
    job = make_job(tmp_path, train={**SHORT, "trackers": ["abacus", "toy-diary", "abacus"]})
    train(job)
    lines = lines_of(job)
    gauges = {gauge["name"] for line in lines for gauge in line.get("gauges", ())}
    assert gauges == set(MEANINGS), "each gauge has its sentence in the report"
    first, *diary, last = map(json.loads, (job.out / "tracked" / "toy-diary.jsonl").read_text().splitlines())
    assert first == {"generator": "resnet"}
    assert diary == [{"step": line["step"], **numbers_of(line)} for line in lines]
    assert any("gauges/diversity" in numbers for numbers in diary)
    assert last == {"finished": True}
    assert Tracker.told[0] == ("start", job.out, job.loaded.recipe.canonical())
    assert told_of(Tracker) == ["start", *["log"] * len(lines), "finish"], "named twice, it is one"


def test_it_is_finished_however_the_training_ends(tmp_path):
    job = make_job(tmp_path, train={**SHORT, "trackers": ["abacus"]})
    job.screen = Stopper(2, lambda screen: setattr(screen, "stop", True))
    with pytest.raises(InterruptedRun):
        train(job)
    assert told_of(Tracker) == ["start", "log", "log", "finish"]
    train(make_job(tmp_path, train={**SHORT, "trackers": ["abacus"]}), resume=True)
    assert told_of(Tracker)[4:] == ["start", "log", "log", "log", "finish"], "steps 3 and 4, and the gauges"


@pytest.mark.parametrize("what", ["log", "finish"])
def test_one_that_fails_is_named_when_everything_else_is_done(tmp_path, what):
    Tracker.raises[what] = ValueError("no luck")
    job = make_job(tmp_path, train={**SHORT, "trackers": ["abacus", "other"]})
    with pytest.raises(PluginError, match=r"tracker 'abacus' \(of unknown 0\) failed: ValueError: no luck") as caught:
        train(job)
    assert caught.value.exit_code == 7
    assert json.loads((job.out / "card.json").read_text())["steps"] == 4
    assert (job.out / "generator.safetensors").exists()
    assert told_of(Tracker).count(what) == 1, "it is asked no more"
    assert told_of(Other) == ["start", *["log"] * len(lines_of(job)), "finish"]
    notes = [note for note in job.screen.notes if "no luck" in note]
    assert len(notes) == (what == "log"), "said at once where the end is far"


def test_one_that_fails_hides_no_other_end(tmp_path):
    Tracker.raises["finish"] = ValueError("no luck")
    job = make_job(tmp_path, train={**SHORT, "trackers": ["abacus"]})
    job.screen = Stopper(2, lambda screen: setattr(screen, "stop", True))
    with pytest.raises(InterruptedRun):
        train(job)
    assert [note for note in job.screen.notes if "no luck" in note]


def test_one_that_cannot_start(tmp_path):
    Tracker.raises["start"] = ValueError("no luck")
    job = make_job(tmp_path, train={**SHORT, "trackers": ["other", "abacus"]})
    with pytest.raises(PluginError, match=r"tracker 'abacus'.*no luck"):
        train(job)
    assert told_of(Other) == ["start", "finish"]
    assert not job.out.exists(), "no step was taken, and nothing is left"
    Tracker.raises["start"] = MissingExtraError("it needs beads.")
    with pytest.raises(MissingExtraError, match="beads"):
        train(job)


def test_the_unknown_are_refused_with_those_that_there_are(tmp_path):
    job = make_job(tmp_path, train={"trackers": ["abacus", "slide-rule"]})
    with pytest.raises(RecipeError, match=r"'slide-rule' is unknown .*there are: .*abacus.*toy-diary"):
        train(job)
    with pytest.raises(RecipeError, match="'elsewhere:abacus'"):
        train(make_job(tmp_path, train={"trackers": ["elsewhere:abacus"]}))
    assert not job.out.exists()
    assert Tracker.told == []


def test_names_of_plugins_and_of_accelerate(monkeypatch):
    monkeypatch.setattr("accelerate.tracking.get_available_trackers", lambda: ["tensorboard", "other"])
    found, others = find_trackers(["tensorboard", "other", "unknown:abacus"])
    assert [chosen.name for chosen in found] == ["other", "abacus"], "a plugin's goes before accelerate's"
    assert others == ["tensorboard"]


def test_a_broken_plugin_that_may_offer_it(monkeypatch):
    catalog = isolated_catalog("no_such_module", "planted", strict=False)
    monkeypatch.setattr("gsx.training.trackers.installed_catalog", lambda: catalog)
    with pytest.raises(PluginError, match=r"BROKEN(.|\n)*no_such_module"):
        find_trackers(["slide-rule"])
    assert find_trackers(["abacus"])[0][0].name == "abacus", "and it is in nobody's way"


def test_options_that_cannot_be_built_are_the_plugins_fault(monkeypatch):
    class Bad(Options):
        odd: "Nowhere" = 1  # noqa: F821 - such a name is what a plugin's author forgot to import

    catalog = isolated_catalog("planted")
    catalog.records[0].specs = [replace(spec, options=Bad) for spec in catalog.records[0].specs]
    monkeypatch.setattr("gsx.training.trackers.installed_catalog", lambda: catalog)
    with pytest.raises(PluginError, match=r"tracker 'abacus': the options model .*Bad is broken"):
        find_trackers(["abacus"])
