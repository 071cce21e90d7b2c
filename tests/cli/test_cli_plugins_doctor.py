"""``gsx plugins doctor``: what it prints of what the doctor found, and its exit code."""

from __future__ import annotations

import json

import pytest

import gsx.plugins.doctor
from gsx.plugins.doctor import Finding, Patient

WELL = Patient("fusions", "gsx.plugins", "gsx", "0.1.0", 0.0123, ("fusion:adain",))
SICK = Patient(
    "stuck",
    "gsx.plugins",
    "gsx-stuck",
    "2.0",
    findings=(Finding("hangs", "importing it takes\nmore\x1b than 5 s", "Uninstall it."),),
)
COMMAND = Patient("dance", "gsx.commands", "gsx-dance", "1.0", 0.1)


@pytest.fixture
def ward(monkeypatch):
    """``ward(*patients)``: what the doctor finds; and the limits that it was given."""
    limits = {}

    def call(*patients):
        def examined(*, timeout, seen):
            limits["timeout"] = timeout
            seen(len(patients), len(patients))
            return list(patients)

        monkeypatch.setattr(gsx.plugins.doctor, "examine_installed", examined)
        return limits

    return call


def test_all_healthy(gsx, ward):
    limits = ward(WELL, COMMAND)
    ran = gsx("plugins", "doctor")
    assert (ran.code, limits) == (0, {"timeout": 10.0})
    assert [line.split("\t") for line in ran.out.splitlines()] == [
        ["plugin", "from", "import", "problem", "cause", "what to do"],
        ["fusions", "gsx 0.1.0", "0.01 s", "healthy", "", ""],
        ["gsx dance", "gsx-dance 1.0", "0.10 s", "healthy", "", ""],
        ["2 plugins: all healthy."],
    ]


def test_one_is_not(gsx, ward):
    limits = ward(WELL, SICK)
    ran = gsx("plugins", "doctor", "--timeout", 5)
    assert (ran.code, limits) == (7, {"timeout": 5.0})
    assert ran.out.splitlines()[2:] == [
        "stuck\tgsx-stuck 2.0\t\thangs\timporting it takes more� than 5 s\tUninstall it.",
        "2 plugins: 1 not healthy.",
    ]


def test_json(gsx, ward):
    ward(WELL, SICK)
    ran = gsx("plugins", "doctor", "--json")
    assert ran.code == 7
    found = json.loads(ran.out)
    assert found["healthy"] is False
    assert [(one["entry_point"], one["healthy"], one["seconds"]) for one in found["plugins"]] == [
        ("fusions", True, 0.0123),
        ("stuck", False, None),
    ]
    assert found["plugins"][1]["findings"][0]["problem"] == "hangs"


def test_on_a_terminal_each_finding_stands_below_its_plugin(gsx, ward, monkeypatch):
    ward(WELL, SICK)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")  # no styles
    lines = [line.rstrip() for line in gsx("plugins", "doctor").out.splitlines()]
    assert lines[lines.index("stuck, from gsx-stuck 2.0") :] == [
        "stuck, from gsx-stuck 2.0",
        "  hangs: importing it takes more� than 5 s",
        "  Uninstall it.",
        "",
        "2 plugins: 1 not healthy.",
    ]
