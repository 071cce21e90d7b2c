"""parametrize_with_checks: the suite as pytest cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gsx.specs.interfaces import Skip
from gsx.specs.kinds import Spec
from gsx.testing.check import Check, checks_for
from gsx.testing.excuses import excuse_for, unused

if TYPE_CHECKING:
    import pytest


def parametrize_with_checks(
    specs: Iterable[Spec],
    *,
    options: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    expected_failed: Mapping[str, str] | None = None,
) -> pytest.MarkDecorator:
    """A pytest decorator that runs a test once for each check of each spec.

    Args:
        specs: what to check; the hooks' own functions give them.
        options: component name, or ``kind:name`` where several kinds have it -> the settings to check it with, one
            after another; its defaults (``{}``) where it is not named.
        expected_failed: ``check`` or ``component:check`` -> why it is known to fail. A check that passes after all
            fails the test, so that no excuse outlives its cause.

    Raises:
        ValueError: ``expected_failed`` or ``options`` names what is not there, an excuse gives no reason, or there is
            no spec at all.

    Example:
        >>> @parametrize_with_checks(gsx_fusions(), expected_failed={"batch_independent": "matches across pictures"})
        ... def test_conformance(check):
        ...     check()
    """
    import pytest

    specs, options, excuses = list(specs), options or {}, dict(expected_failed or {})
    if not specs:
        raise ValueError("there is no spec to check")
    for key, why in excuses.items():
        if not why.strip():
            raise ValueError(f"expected_failed gives no reason for {key}")
    unknown = set(options) - {name for spec in specs for name in _names(spec)}
    if unknown:
        raise ValueError(f"options for components that are not among the specs: {', '.join(sorted(unknown))}")
    checks = [
        check
        for spec in specs
        for given in next((options[name] for name in _names(spec) if name in options), ({},))
        for check in checks_for(spec, given)
    ]
    stray = unused(excuses, checks)
    if stray:
        raise ValueError(f"expected_failed names checks that do not exist: {', '.join(stray)}")
    cases = []
    for check in checks:
        reason = excuse_for(check, excuses)
        marks = [pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)] if reason is not None else []
        cases.append(pytest.param(_Case(check), id=_id(check), marks=marks))
    return pytest.mark.parametrize("check", cases)


def _names(spec: Spec) -> tuple[str, str]:
    return f"{spec.kind}:{spec.name}", spec.name


class _Case:
    """A check that tells pytest when it cannot be judged."""

    def __init__(self, check: Check) -> None:
        self.check = check

    def __repr__(self) -> str:
        return str(self.check)

    def __call__(self) -> None:
        import pytest

        try:
            self.check()
        except Skip as reason:
            pytest.skip(str(reason))


def _id(check: Check) -> str:
    inside = ",".join(f"{key}={value}" for key, value in check.subject.given.items())
    name = check.subject.spec.name + (f"[{inside}]" if inside else "")
    return f"{check.subject.spec.kind}-{name}-{check.name}"
