"""Picture sizes that a component is tried on."""

from __future__ import annotations

from gsx.errors import ContractError
from gsx.specs.kinds import DiscriminatorSpec
from gsx.testing.subject import Subject

SIZES = ((64, 64), (48, 80), (67, 50))
"""(height, width): a square, a landscape, and one that no stride divides."""

SMALLEST = (16, 16)
"""The smallest picture that GSX takes."""

_LOGIT_SIZES = ((64, 64), (48, 80), (67, 50), (97, 120), (128, 160), (256, 200))


def logit_sizes(subject: Subject, count: int = 3) -> list[tuple[int, int]]:
    """The first sizes that a discriminator's contract accepts.

    Raises:
        AssertionError: it accepts none up to 256 px.
    """
    spec = subject.spec
    assert isinstance(spec, DiscriminatorSpec)
    accepted = []
    for size in _LOGIT_SIZES:
        try:
            spec.logit_grids(subject.options, size)
        except ContractError:
            continue
        accepted.append(size)
    if not accepted:
        raise AssertionError("its contract accepts no picture of up to 256 by 200 px")
    return accepted[:count]
