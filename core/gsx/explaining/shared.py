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

    def rows(self, part: ExplainerPart, *, contrast: bool = False) -> SharedRows | None:
        """What one explanation, or its contrast, shares with those that differ in the score alone, if any do."""
        alike = {number: one for number, one in enumerate(self._parts) if _but_score(one) == _but_score(part)}
        own = next((number for number, one in alike.items() if one is part), None)
        if own is None or len(alike) == 1:
            return None
        later = {number: one for number, one in alike.items() if number > own}
        return SharedRows(self._found, own, later, contrast)

    def forget(self) -> None:
        """Keep nothing that was made while a stranger had changed the networks."""
        self._found.clear()
        self.other_style.forget()


class SharedRows:
    """One explanation's part in it.

    Args:
        found: what all of them know.
        own: the explanation's number.
        later: number -> explanation that is still to come, and will ask for the same rows.
        contrast: whether the score is asked about the other style.
    """

    def __init__(self, found: dict[Hashable, Found], own: int, later: dict[int, ExplainerPart], contrast: bool) -> None:
        self._found, self._own, self._contrast = found, own, contrast
        self.later = later
        self.recalled = 0
        """Rows that this explanation did not have to run."""

    def key(self, shortcuts: Hashable, coefficients: Tensor) -> Hashable:
        """Stands for these rows, run together, by passes with these shortcuts."""
        digest = hashlib.sha256(coefficients.cpu().contiguous().numpy().tobytes()).digest()
        return self._contrast, shortcuts, tuple(coefficients.shape), digest

    def recall(self, key: Hashable) -> Found | None:
        """What they gave for this explanation's score, where an earlier one ran them."""
        return self._found.get((self._own, key))

    def keep(self, number: int, key: Hashable, found: Found) -> None:
        """What they gave for a later one's."""
        if len(self._found) < MOST_KEPT:
            self._found[number, key] = found


def _but_score(part: ExplainerPart) -> tuple[object, ...]:
    chosen = [(one.name, one.distribution, one.version, one.options) for one in (part.explainer, part.unit)]
    return (*chosen, part.baseline)
