"""max-sensitivity: how much the attribution changes under noise that nobody sees."""

from __future__ import annotations

import torch

from gsx.explaining.card.attribution import same_form
from gsx.explaining.card.case import Case, Judged, per_sample
from gsx.specs.interfaces import Skip

EXPECTED = "at most 0.5"

STEADY, SHAKY = 0.5, 1.0

RADIUS = 0.02
"""Of the noise on the pictures, whose values lie in [0, 1]."""

DRAWS = 4


def judge(case: Case) -> Judged:
    """max over draws of ‖φ' − φ‖ / ‖φ‖, where φ' is found with uniform noise of ±RADIUS on the pictures.

    Source: Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS 2019, definition 3.1, sampled
    as they do.
    """
    found = case.found
    case.need_again(DRAWS)
    changes = []
    for draw in range(DRAWS):
        noisy = same_form(case.again.with_noise(RADIUS, case.seed + draw), found, case.probe)
        changes.append((noisy.flatten(1) - found.flat).double().norm(dim=1) / found.flat.double().norm(dim=1))
    largest = torch.stack(changes).amax(dim=0)
    valid = largest.isfinite()
    if not valid.any():
        raise Skip("It is zero everywhere.")
    value = largest[valid].mean().item()
    return Judged(
        value,
        "pass" if value <= STEADY else "weak" if value <= SHAKY else "fail",
        f"Noise of ±{RADIUS:g} on the pictures changed it by at most {100 * value:.0f} % ({DRAWS} draws).",
        {"change": per_sample(largest), "draws": DRAWS},
    )
