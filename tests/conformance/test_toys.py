"""The toy plugin keeps every rule, so that a mutant made from it breaks one rule alone."""

from gsx.testing import Check, parametrize_with_checks
from gsx.testing.toy import (
    gsx_discriminators,
    gsx_explainers,
    gsx_extractors,
    gsx_fusions,
    gsx_generators,
    gsx_losses,
    gsx_metrics,
    gsx_scores,
    gsx_trackers,
    gsx_units,
)

HOOKS = (
    gsx_extractors,
    gsx_fusions,
    gsx_generators,
    gsx_discriminators,
    gsx_losses,
    gsx_scores,
    gsx_units,
    gsx_explainers,
    gsx_metrics,
    gsx_trackers,
)


@parametrize_with_checks([spec for hook in HOOKS for spec in hook()])
def test_toys(check: Check):
    check()
