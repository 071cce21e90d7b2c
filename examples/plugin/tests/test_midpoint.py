"""The checks that GSX's own components have to pass, for ours."""

from gsx.testing import parametrize_with_checks
from gsx_midpoint import gsx_fusions


@parametrize_with_checks(list(gsx_fusions()))
def test_conformance(check):
    check()
