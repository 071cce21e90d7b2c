"""``gsx plugins new``: a finished distribution of somebody's own, to begin with. Torch-free."""

from gsx.scaffold.distribution import new_distribution
from gsx.scaffold.licences import LICENCES

__all__ = ["LICENCES", "new_distribution"]
