"""What ``gsx plugins check`` is made of: which components a word means, and what became of each check."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from gsx.api import Options, Skip
from gsx.errors import InterruptedRun, RecipeError, WeightsError
from gsx.plugins import PluginCatalog, PluginManager, PluginRecord
from gsx.testing import Check
from gsx.testing.distributions import judge, select
from gsx.testing.subject import Subject
from gsx.testing.toy import gsx_fusions, gsx_losses

(FUSION,), (LOSS, _) = gsx_fusions(), gsx_losses()
RED = PluginRecord("red", "gsx-red", "1.0", "red", specs=[FUSION, replace(LOSS, name="shared")])
BLUE = PluginRecord("blue", "Gsx_Blue", "2.0", "blue", specs=[replace(FUSION, name="shared")])
MORE = PluginRecord("more", "gsx-red", "1.0", "more", error="ImportError: no")
EARS = PluginRecord("ears", "gsx-ears", "1.0", "ears")


@pytest.fixture
def catalog():
    manager = PluginManager()
    manager.records = [RED, BLUE, MORE, EARS]
    return PluginCatalog(manager)


@pytest.mark.parametrize(
    ("word", "offers", "broken"),
    [
        ("gsx-red", ["gsx-red fusion toy-mean", "gsx-red loss shared"], ["more"]),
        ("gsx_Red", ["gsx-red fusion toy-mean", "gsx-red loss shared"], ["more"]),
        ("red", ["gsx-red fusion toy-mean", "gsx-red loss shared"], []),
        ("gsx-blue:shared", ["Gsx_Blue fusion shared"], []),
        ("loss:shared", ["gsx-red loss shared"], []),
        ("fusion:gsx-blue:shared", ["Gsx_Blue fusion shared"], []),
        ("shared", ["Gsx_Blue fusion shared", "gsx-red loss shared"], []),
    ],
)
def test_what_a_word_means(catalog, word, offers, broken):
    found = select(catalog, [word, word])
    assert [f"{one.distribution} {one.spec.kind} {one.spec.name}" for one in found.offers] == offers
    assert [record.entry_point for record in found.broken] == broken
    assert found.silent == []


def test_what_is_broken_or_offers_nothing_is_told(catalog):
    found = select(catalog, ["ears", "more", "gsx-red:elsewhere"])
    assert (found.offers, found.broken, found.silent) == ([], [MORE], [EARS])


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("gsx-rad", "Did you mean 'gsx-red'"),
        ("fusion:toy-man", "Did you mean 'toy-mean'"),
        ("swd", "Plugin gsx-swd offers it. Install it"),
    ],
)
def test_what_nobody_knows(catalog, word, hint):
    with pytest.raises(RecipeError, match=f"no installed plugin, distribution or component is called '{word}'") as told:
        select(catalog, [word])
    assert hint in told.value.hint


def kept(subject: Subject) -> None:
    """Kept."""


def broken(subject: Subject) -> None:
    """Broken."""
    raise AssertionError("1 expected, 2 came")


def raising(subject: Subject) -> None:
    """Raises in the component."""
    subject.spec.strength(1.0)


def elsewhere(subject: Subject) -> None:
    """Cannot be judged."""
    raise Skip("it is no module")


def stranger(strength: float) -> dict[str, object]:
    return {}[strength]


def test_verdicts(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytest", None)  # it is not needed
    subject = Subject(replace(FUSION, target=f"{__name__}:Part", strength=stranger, options=Options))
    checks = [Check(function.__name__, subject, function) for function in (kept, broken, raising, elsewhere)]
    verdicts = list(judge(checks, {}))
    came = f"1 expected, 2 came ({__name__}, line {broken.__code__.co_firstlineno + 2})"
    assert [(one.check, one.outcome, one.reason, one.rule) for one in verdicts if one.check != "raising"] == [
        ("kept", "pass", "", "Kept."),
        ("broken", "FAIL", came, "Broken."),
        ("elsewhere", "not judged", "it is no module", "Cannot be judged."),
    ]
    line = stranger.__code__.co_firstlineno + 1
    assert verdicts[2].reason == f"raised KeyError: 1.0 ({__name__}, line {line})"
    excused = [
        one.outcome for one in judge(checks, {"toy-mean:broken": "known", "kept": "not so", "elsewhere": "known"})
    ]
    assert excused == ["FAIL", "expected failure", "FAIL", "not judged"]
    assert [one.reason for one in judge(checks, {"broken": "known", "kept": "not so"})][:2] == [
        "it passes, and was expected to fail: not so",
        f"known ({came})",
    ]


def test_missing_weights_break_no_rule():
    def needing(subject: Subject) -> None:
        raise WeightsError("its weights are not here")

    (verdict,) = judge([Check("needing", Subject(FUSION), needing)], {})
    assert (verdict.outcome, verdict.reason) == ("not judged", "its weights are not here")


def test_ctrl_c_names_the_check_that_was_running():
    def hang(subject: Subject) -> None:
        raise KeyboardInterrupt

    with pytest.raises(InterruptedRun, match="interrupted in fusion 'toy-mean': hang"):
        list(judge([Check("hang", Subject(FUSION), hang)], {}))
