"""The checks that GSX's own components have to pass, for ours."""

from gsx.testing import parametrize_with_checks
from gsx_swd import gsx_losses, gsx_metrics

SETTINGS = {"swd": [{}, {"layers": ["pool4"], "directions": 1, "relative": True}]}


@parametrize_with_checks([*gsx_losses(), *gsx_metrics()], options=SETTINGS)
def test_conformance(check):
    check()
