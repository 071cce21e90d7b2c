"""Verdict: what became of one check of one component."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gsx.errors import InterruptedRun
from gsx.specs.interfaces import Skip
from gsx.testing.check import BrokenRuleError, Check
from gsx.testing.excuses import excuse_for

Outcome = Literal["pass", "FAIL", "not judged", "expected failure"]
OUTCOMES: tuple[Outcome, ...] = ("pass", "FAIL", "not judged", "expected failure")


@dataclass(frozen=True)
class Verdict:
    """One check's outcome.

    Args:
        check: its name.
        rule: what it asks, one sentence.
        outcome: how it ended.
        reason: how the rule is broken and where, why it cannot be judged, or why the failure was expected; empty where
            it passes.
        seconds: that it took.
    """

    check: str
    rule: str
    outcome: Outcome
    reason: str
    seconds: float


def judge(checks: Iterable[Check], excuses: Mapping[str, str]) -> Iterator[Verdict]:
    """Run these checks, one after another.

    Args:
        excuses: ``check`` or ``component:check`` -> why it is known to fail. One that passes after all fails, so that
            no excuse outlives its cause.

    Raises:
        InterruptedRun: Ctrl-C; names the check that was running.
    """
    for check in checks:
        began = time.perf_counter()
        outcome, reason = _outcome(check, excuse_for(check, excuses))
        yield Verdict(check.name, check.rule, outcome, reason, time.perf_counter() - began)


def _outcome(check: Check, excuse: str | None) -> tuple[Outcome, str]:
    try:
        check()
    except Skip as reason:
        return "not judged", str(reason)
    except KeyboardInterrupt as error:
        raise InterruptedRun(f"interrupted in {check}.", hint="If it hangs there, --debug shows where.") from error
    except BrokenRuleError as broken:
        return ("FAIL", broken.reason) if excuse is None else ("expected failure", f"{excuse} ({broken.reason})")
    if excuse is not None:
        return "FAIL", f"it passes, and was expected to fail: {excuse}"
    return "pass", ""
