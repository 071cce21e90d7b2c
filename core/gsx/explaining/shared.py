"""Shared: what the explanations of one pass that are asked for together make only once."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence

from torch import Tensor

from gsx.contracts.plan import ExplainerPart
from gsx.explaining.other_style import OtherStyle

Found = tuple[Tensor, Tensor]
"""Scores, as the pass gave them, and changes of the picture, ``(M, N)`` each, of M rows that were run at once."""

MOST_KEPT = 2**16
"""Results that are kept at most: a few numbers each, some 100 MiB in all."""


class Shared:
    """The other style's maps, and the rows of coefficients that several explanations ask for.

    Args:
        parts: the explanations, in their order.
        budget: MiB that the maps may take.
    """

    def __init__(self, parts: Sequence[ExplainerPart], budget: int) -> None:
        self._parts = list(parts)
        self._found: dict[Hashable, Found] = {}
        self.other_style = OtherStyle(budget)

    def rows(self, part: ExplainerPart, *, contrast: bool = False) -> SharedRows:
        """What one explanation, or its contrast, shares with those that come after it and differ in the score alone."""
        place = next((number for number, one in enumerate(self._parts) if one is part), len(self._parts))
        later = enumerate(self._parts[place + 1 :], place + 1)
        others = {number: one for number, one in later if _but_for_the_score(one) == _but_for_the_score(part)}
        return SharedRows(self._found, place, others, contrast)

    def forget(self) -> None:
        """Keep nothing that was made while a stranger had changed the networks."""
        self._found.clear()
        self.other_style.forget()


class SharedRows:
    """One explanation's part in it.

    Args:
        found: what all of them know.
        own: the explanation's number.
        others: number -> explanation that will ask for the same rows.
        contrast: whether the score is asked about the other style.
    """

    def __init__(
        self, found: dict[Hashable, Found], own: int, others: dict[int, ExplainerPart], contrast: bool
    ) -> None:
        self._found, self._own, self._contrast = found, own, contrast
        self.others = others
        self.recalled = 0
        """Rows that somebody had run already."""

    def recall(self, passes: Hashable, coefficients: Tensor) -> Found | None:
        """What the same passes, with just these rows together, gave for this explanation's score."""
        found = self._found.get((self._own, self._contrast, passes, _digest(coefficients)))
        self.recalled += 0 if found is None else len(coefficients)
        return found

    def keep(self, number: int, passes: Hashable, coefficients: Tensor, found: Found) -> None:
        """The same for another's."""
        if len(self._found) < MOST_KEPT:
            self._found[(number, self._contrast, passes, _digest(coefficients))] = found


def _but_for_the_score(part: ExplainerPart) -> tuple[object, ...]:
    chosen = [(one.name, one.distribution, one.version, one.options) for one in (part.explainer, part.unit)]
    return (*chosen, part.baseline)


def _digest(coefficients: Tensor) -> Hashable:
    return tuple(coefficients.shape), hashlib.sha256(coefficients.cpu().contiguous().numpy()).digest()
