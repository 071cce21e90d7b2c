"""Checks that are known to fail, and why: ``check`` or ``component:check`` -> reason, as in scikit-learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gsx.testing.check import Check


def excuse_for(check: Check, excuses: Mapping[str, str]) -> str | None:
    """Why a check is known to fail; None where nobody said so."""
    return next((excuses[key] for key in names(check) if key in excuses), None)


def unused(excuses: Mapping[str, str], checks: Iterable[Check]) -> list[str]:
    """The excuses that name none of these checks, sorted."""
    return sorted(set(excuses) - {name for check in checks for name in names(check)})


def names(check: Check) -> tuple[str, str]:
    """What an excuse may call a check, the narrower one first."""
    return f"{check.subject.spec.name}:{check.name}", check.name
