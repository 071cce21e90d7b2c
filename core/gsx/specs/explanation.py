"""Explanation: what an explainer returns. Raw signed values are the result; pictures are only a view of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

    from gsx.specs.kinds import Role


Quantity = Literal["score", "picture", "other"]
"""What a map's numbers are: what is there does to the score; how much the stylised picture changes without it, whatever
that does to the score; or something else, which :attr:`HeatMap.says` puts into words."""


@dataclass(frozen=True)
class HeatMap:
    """A signed map that lies on one of the three pictures.

    Args:
        values: ``(N, h, w)``, raw and signed, in the map's own resolution.
        on: which picture it lies on.
        label: what it shows, for a reader.
        quantity: what its numbers are. Of a map of the score, positive raises it.
        adds_up: its sum over positions is in the score's own units, so that the two can be compared.
        says: what negative, zero and positive values say of a place, to follow "what": ``("lowers the score", "no say",
            "raises the score")``. None: what is usual for the quantity.
    """

    values: Tensor
    on: Role
    label: str
    quantity: Quantity = "score"
    adds_up: bool = False
    says: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class UnitValue:
    """One row of an explanation by units: a layer, a channel or a component, and what it is worth.

    ``score_change`` is score(as is) - score(unit replaced), in the score's own units: positive means that the
    unit raised the score. ``image_change`` is the mean absolute difference of the stylised picture, in [0, 1],
    or None where the picture was not made again. ``figures`` are further ones by name, such as an IoU.
    """

    unit: str
    score_change: float
    image_change: float | None = None
    figures: dict[str, float] = field(default_factory=dict)


Verdict = Literal["pass", "weak", "fail", "n/a"]
"""Of a check: as it should be; doubtful; not as it should be; it does not apply, or was left out."""


DESCRIBE = frozenset({"null", "sparseness"})
"""Checks that no explanation passes by being right: they count only where they object."""


CardLevel = Literal["quick", "full", "off"]
"""How much of a faithfulness card is made: what costs little beside the explanation; all of it; nothing."""


@dataclass(frozen=True)
class Check:
    """One line of a faithfulness card.

    Args:
        name: such as ``deletion``.
        value: its figure over the batch (mean, median or the worst sample's); None where it does not apply.
        expected: the range that a trustworthy explanation has, in words: ``above 0``.
        why: what the verdict rests on, or why the check does not apply, for a reader.
        seconds: what it cost.
        details: further figures, JSON-ready.
    """

    name: str
    value: float | None
    expected: str
    verdict: Verdict
    why: str
    seconds: float = 0.0
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """What an explainer found.

    Args:
        maps: heat maps by name.
        values: rows by unit, one list per sample.
        beside: rows to hold the values against, one list per sample: all units together, others at random. They are
            no units of their own, so they are not ranked.
        answers: what it found in one plain sentence, one per sample ("" for a sample without); where the values do not
            say it by themselves. A reader sees it first.
        null: the method found nothing that it may show as signal.
        null_reason: why, and what to try; given if and only if ``null``.
        notes: what a reader has to know to read it.
        provenance: numbers about how it was obtained, JSON-ready.
        additive: its values, or its map's, are in the score's units and meant to add up to what the score loses where
            all units are at the baseline.
        card: the faithfulness card; made by the core, whatever an explainer puts there.
    """

    maps: dict[str, HeatMap] = field(default_factory=dict)
    values: tuple[tuple[UnitValue, ...], ...] = ()
    beside: tuple[tuple[UnitValue, ...], ...] = ()
    answers: tuple[str, ...] = ()
    null: bool = False
    null_reason: str | None = None
    notes: tuple[str, ...] = ()
    provenance: dict[str, object] = field(default_factory=dict)
    additive: bool = False
    card: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        if self.null != (self.null_reason is not None):
            raise ValueError("an Explanation gives null_reason if and only if it is null")
