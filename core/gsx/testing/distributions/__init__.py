"""The conformance suite over what installed distributions offer, without pytest: ``gsx plugins check``."""

from gsx.testing.distributions.judging import Verdict, judge
from gsx.testing.distributions.selecting import Selection, select

__all__ = ["Selection", "Verdict", "judge", "select"]
