"""``gsx plugins check``: verdicts on the terminal, in a pipe and as JSON, and the exit code."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gsx.api import hookimpl
from gsx.cli.plugins_check import _suites
from gsx.specs.chosen import Offer
from gsx.testing.toy import gsx_fusions, gsx_trackers

from .conftest import assert_refused

(TRACKER,) = gsx_trackers()
LOST = replace(TRACKER, name="lost", target="gsx.testing.toy.tracker:Lost")
FAILING = ("loadable_target", "bears_a_training", "bears_an_early_end", "starts_again", "keeps_to_its_folder")


@pytest.fixture(autouse=True)
def planted(plant):
    """A sound tracker and fusion, a tracker whose class is not there, a broken plugin, and one of hooks only."""

    @hookimpl
    def lost():
        yield LOST

    @hookimpl
    def gsx_run_start(folder):
        pass

    plant("sound", gsx_trackers=gsx_trackers, gsx_fusions=gsx_fusions)
    plant("lost", gsx_trackers=lost)
    plant("broken", gsx_trackers=hookimpl(lambda: [5]))
    plant("ears", gsx_run_start=gsx_run_start)


def rows(ran):
    return [line.split("\t") for line in ran.out.splitlines()]


def test_a_sound_one_passes(gsx):
    ran = gsx("plugins", "check", f"tracker:{TRACKER.name}")
    headers, *found, (last,) = rows(ran)
    assert ran.code == 0, ran.out
    assert headers == ["component", "from", "check", "verdict", "why", "rule"]
    assert {row[3] for row in found} == {"pass"}
    assert found[-1][:4] == [f"tracker {TRACKER.name}", "unknown 0", "keeps_to_its_folder", "pass"]
    assert last == f"1 component, {len(found)} checks: {len(found)} passed."


def test_failures_are_told_with_their_reason(gsx):
    ran = gsx("plugins", "check", "lost", "broken", "ears")
    assert ran.code == 7
    failed = {row[2]: row[4] for row in rows(ran) if row[3:4] == ["FAIL"]}
    assert tuple(failed) == FAILING
    assert "module 'gsx.testing.toy.tracker' has no attribute 'Lost'" in failed["loadable_target"]
    assert ran.out.splitlines()[-3:-1] == [
        "BROKEN: broken, from unknown 0: PluginError: gsx_trackers yields int, expected TrackerSpec",
        "ears, from unknown 0, offers no component to check.",
    ]
    assert ran.out.splitlines()[-1].endswith(" passed, 5 FAILED, 1 plugin BROKEN.")


def test_expected_failures(gsx):
    known = [word for name in FAILING for word in ("--expect-failed", f"{name}=not written yet")]
    ran = gsx("plugins", "check", "lost", *known, "--json")
    assert ran.code == 0, ran.out
    found = json.loads(ran.out)
    assert found["passed"] is True
    assert found["counts"]["expected failure"] == 5
    (component,) = found["components"]
    (loadable,) = [one for one in component["checks"] if one["check"] == "loadable_target"]
    assert loadable["reason"].startswith("not written yet (raised PluginError: ")
    ran = gsx("plugins", "check", "tracker:lost", *known, "--expect-failed", "lost:frozen_options=no", "--json")
    assert ran.code == 7
    assert json.loads(ran.out)["counts"]["FAIL"] == 1


def test_options_can_be_set(gsx):
    ran = gsx("plugins", "check", "toy-mean", "--set", "toy-mean.alpha=0.5", "--json")
    assert ran.code == 0, ran.out
    assert json.loads(ran.out)["components"][0]["options"] == {"alpha": 0.5}


@pytest.mark.parametrize("name", ["same", "fusion:same"])
def test_an_option_goes_to_that_of_one_name_that_has_it(name: str):
    offers = [Offer(replace(spec, name="same"), "gsx-same", "1.0") for spec in (*gsx_fusions(), TRACKER)]
    suites = _suites(offers, [f"{name}.alpha=0.5"])
    assert [checks[0].subject.given for _, checks in suites] == [{"alpha": 0.5}, {}]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["lots"], 3, ["called 'lots'", "Did you mean 'lost'"]),
        (["toy-mean", "--set", "toy-man.alpha=1"], 3, ["called 'toy-man'", "Did you mean 'toy-mean'"]),
        (["toy-mean", "--set", "toy-mean.alpha=2"], 3, ["toy-mean.alpha: input should be less than or equal to 1"]),
        (["toy-mean", "--set", "toy-mean.alpha"], 3, ["NAME.option=value"]),
        (["toy-mean", "--expect-failed", "frozen_option=x"], 3, ["Did you mean 'frozen_options'"]),
        (["toy-mean", "--expect-failed", "frozen_options"], 3, ["CHECK=REASON"]),
    ],
)
def test_bad_input(gsx, arguments, code, words):
    assert_refused(gsx("plugins", "check", *arguments), code, *words)


def test_on_a_terminal_a_failure_stands_with_its_rule(gsx, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")  # no styles
    lines = [" ".join(line.split()) for line in gsx("plugins", "check", "lost").out.splitlines()]
    assert lines[0] == "tracker lost, from unknown 0"
    assert lines[1].startswith("pass well_formed_name A name is lower case")
    at = next(index for index, line in enumerate(lines) if line.startswith("FAIL loadable_target raised PluginError"))
    assert any(line.startswith("Rule: 'target' names something") for line in lines[at:])
