"""Whether components fit together, found from their specs alone, before anything is computed."""

from gsx.contracts.chain import ShapeRow, shape_table
from gsx.contracts.plan import ExplainerPart, Parts, Plan, make_plan

__all__ = ["ExplainerPart", "Parts", "Plan", "ShapeRow", "make_plan", "shape_table"]
