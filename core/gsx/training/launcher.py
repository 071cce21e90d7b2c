"""What a launcher asked for in the environment, where it would otherwise be ignored without a word."""

from __future__ import annotations

import os

from gsx.errors import RecipeError

MIXED_PRECISION = "ACCELERATE_MIXED_PRECISION"


def check_precision(precision: str) -> None:
    """Hold that ``accelerate launch --mixed_precision``, or accelerate's own configuration, says what the recipe says.

    Raises:
        RecipeError: it asks for another precision than ``train.precision``.
    """
    asked = os.environ.get(MIXED_PRECISION, "").lower()
    if asked in ("", "no", precision):
        return
    known = f"add --set train.precision={asked}, or " if asked in ("bf16", "fp16") else ""
    hint = f"{known}launch with --mixed_precision no."
    raise RecipeError(
        f"accelerate was launched with mixed precision {asked} ({MIXED_PRECISION}), and train.precision is "
        f"{precision}.",
        hint=f"{hint[0].upper()}{hint[1:]}",
    )
