"""The conformance suite for components, built-in or third-party, and fixtures with known answers.

A plugin's whole test file::

    from gsx.testing import parametrize_with_checks
    from my_package import gsx_fusions

    @parametrize_with_checks(gsx_fusions())
    def test_conformance(check):
        check()

Everything is imported on first use, so that a plugin's torch-free module stays torch-free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gsx.testing.check import Check as Check
    from gsx.testing.check import checks_for as checks_for
    from gsx.testing.isolated import isolated_catalog as isolated_catalog
    from gsx.testing.outputs import toy_outputs as toy_outputs
    from gsx.testing.parametrize import parametrize_with_checks as parametrize_with_checks
    from gsx.testing.pictures import noise as noise
    from gsx.testing.pictures import picture as picture
    from gsx.testing.pipeline import toy_pipeline as toy_pipeline
    from gsx.testing.traces import untouched as untouched

_LAZY = {
    "Check": "gsx.testing.check",
    "checks_for": "gsx.testing.check",
    "isolated_catalog": "gsx.testing.isolated",
    "noise": "gsx.testing.pictures",
    "parametrize_with_checks": "gsx.testing.parametrize",
    "picture": "gsx.testing.pictures",
    "toy_outputs": "gsx.testing.outputs",
    "toy_pipeline": "gsx.testing.pipeline",
    "untouched": "gsx.testing.traces",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'gsx.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_LAZY]
