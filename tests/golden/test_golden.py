"""A run on a fixed seed gives the stored figures; tests/golden/regenerate.py stores new ones."""

from __future__ import annotations

import json
import math
import runpy
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

# Another processor, thread count or convolution algorithm rounds differently, and L-BFGS amplifies that. Measured on
# one machine, worst of all figures: two threads instead of one 1e-5, oneDNN switched off 2e-5; noise of 1e-7 and 1e-6
# (a rounding error or ten) added to both pictures, five times each: 8e-3, and 4e-2 for the fusion effect, which is a
# small difference of two such pictures; summing channel statistics in another order: 5e-2 (relu5_1). Allowed is about
# twice the worst. Before the first step nothing is amplified: 1e-6 was the worst there.
BEFORE_A_STEP = 1e-4
AFTERWARDS = 1e-1
FUSION_EFFECT = 1e-1


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    script: dict[str, Any] = runpy.run_path(str(HERE / "regenerate.py"))
    return script["figures"]()


def tolerance(figure: str) -> float:
    if figure == "fusion effect":
        return FUSION_EFFECT
    return BEFORE_A_STEP if figure.startswith("first ") else AFTERWARDS


def test_figures_are_the_stored_ones(found: dict[str, float]) -> None:
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    assert found.keys() == expected.keys()
    wrong = {
        figure: f"{value} instead of {expected[figure]}"
        for figure, value in found.items()
        if not math.isclose(value, expected[figure], rel_tol=tolerance(figure))
    }
    assert wrong == {}, "meant? then: python tests/golden/regenerate.py"


def test_the_stored_run_is_one_that_works(found: dict[str, float]) -> None:
    assert found["last loss"] < found["first loss"] / 2
    assert found["style-distance normalised.mean"] < 0.5
    assert found["style-alignment"] > 0.5
    assert found["fusion effect"] > 0
