"""Whether components fit together, found from their specs alone, before anything is computed."""

from gsx.contracts.chain import ShapeRow, shape_table
from gsx.contracts.explaining import MissingMaskError
from gsx.contracts.plan import ExplainerPart, Parts, Plan, make_plan

__all__ = ["ExplainerPart", "MissingMaskError", "Parts", "Plan", "ShapeRow", "make_plan", "shape_table"]
