"""insertion: the score rises fastest where units are given back in the attribution's order."""

from __future__ import annotations

from gsx.explaining.card import curves
from gsx.explaining.card.case import Case, Judged

EXPECTED = curves.EXPECTED


def judge(case: Case) -> Judged:
    """See :func:`gsx.explaining.card.curves.judge_order`."""
    return curves.judge_order(case, "give")
