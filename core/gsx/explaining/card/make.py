"""make_card: every check on one explanation, each on its own."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import replace

from gsx.explaining.card import (
    completeness,
    deletion,
    infidelity,
    insertion,
    max_sensitivity,
    null,
    randomisation,
    seeds,
    sparseness,
    target,
)
from gsx.explaining.card.case import Case, Judged
from gsx.specs.explanation import Check
from gsx.specs.interfaces import Cancelled, Skip

CHECKS: tuple[tuple[str, str, Callable[[Case], Judged]], ...] = (
    ("null", null.EXPECTED, null.judge),
    ("deletion", deletion.EXPECTED, deletion.judge),
    ("insertion", insertion.EXPECTED, insertion.judge),
    ("infidelity", infidelity.EXPECTED, infidelity.judge),
    ("completeness", completeness.EXPECTED, completeness.judge),
    ("max-sensitivity", max_sensitivity.EXPECTED, max_sensitivity.judge),
    ("randomisation", randomisation.EXPECTED, randomisation.judge),
    ("seeds", seeds.EXPECTED, seeds.judge),
    ("target", target.EXPECTED, target.judge),
    ("sparseness", sparseness.EXPECTED, sparseness.judge),
)
"""Name, expected range in words, and what judges."""


def make_card(case: Case) -> tuple[Check, ...]:
    """The faithfulness card of one explanation: a line per check, also for those that do not apply or fail to run.

    Raises:
        Cancelled: the user asked to stop. Whatever else a check raises is its own line's reason.
    """
    return tuple(_run(name, expected, judge, case) for name, expected, judge in CHECKS)


def _run(name: str, expected: str, judge: Callable[[Case], Judged], case: Case) -> Check:
    started = time.perf_counter()
    check = Check(name, None, expected, "n/a", "")
    try:
        if case.explanation.null and name != "null":
            raise Skip("The explanation is null: it shows nothing.")
        judged = judge(case)
        if not math.isfinite(judged.value):
            raise ArithmeticError(f"its figure is {judged.value}")
        json.dumps(judged.details, allow_nan=False)
        check = replace(check, value=judged.value, verdict=judged.verdict, why=judged.why, details=judged.details)
    except Cancelled:
        raise
    except Skip as reason:
        check = replace(check, why=str(reason))
    except Exception as error:  # noqa: BLE001 - a check that fails costs its own line, not the explanation
        check = replace(check, why=f"failed: {type(error).__name__}: {error}")
    return replace(check, seconds=round(time.perf_counter() - started, 4))
