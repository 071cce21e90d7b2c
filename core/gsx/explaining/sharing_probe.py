"""SharingProbe: a probe whose rows are scored for other explanations too, while their passes are at hand."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gsx.contracts.plan import ExplainerPart
from gsx.explaining.guard import guarded
from gsx.explaining.memory import peak_bytes
from gsx.explaining.passes import only_of_result
from gsx.explaining.probe import PipelineProbe, Score
from gsx.explaining.reading import RESULT, tensors_of, watched
from gsx.explaining.seeded import seeded
from gsx.explaining.shared import SharedRows
from gsx.pipeline.outputs import PassOutputs
from gsx.specs.interfaces import Cancelled


class SharingProbe(PipelineProbe):
    """As :class:`PipelineProbe`, to the last bit.

    Another score is asked, after the own one, only where its own explanation would run the very same passes: as many
    rows at once, the same parts of them made again. What it gives is kept as it is; the explanation that asked for it
    corrects it, as it does its own. Whatever goes wrong with another score is left for that explanation to meet.

    Args:
        rows: what was found for this explanation, and for whom its rows are to be scored.
    """

    def __init__(self, *args: Any, rows: SharedRows, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows = rows
        self._shares, self._recalled = True, False

    def hush(self) -> None:
        """The card's rows follow each explanation's own order, so nothing is shared from here on."""
        super().hush()
        self._shares = False

    def _together(self, coefficients: Tensor) -> tuple[Tensor, Tensor] | None:
        self._recalled = False
        found = super()._together(coefficients)
        if self._recalled and found is not None:
            self._rows.recalled += len(coefficients)
        return found

    def _evaluated(self, coefficients: Tensor) -> tuple[Tensor, Tensor]:
        if not self._shares:
            return super()._evaluated(coefficients)
        key = self._rows.key(self._passes.shortcuts, coefficients)
        known = self._rows.recall(key)
        if known is not None:
            self._recalled = True
            return known
        self._others  # noqa: B018 - tried before the edits of these rows are there
        (scores, pictures), given = self._run(coefficients, lambda made: self._scored_for_all(made, len(coefficients)))
        moved = self._moved(pictures, len(coefficients))
        for number, theirs in given.items():
            self._rows.keep(number, key, (theirs, moved))
        return scores, moved

    def _scored_for_all(self, outputs: PassOutputs, rows: int) -> tuple[tuple[Tensor, Tensor], dict[int, Tensor]]:
        own = self._score_rows(outputs, rows)
        given = {}
        for number, score in list(self._others.items()):
            try:
                given[number] = self._score_rows(outputs, rows, score)
            except (Cancelled, KeyboardInterrupt):
                raise
            except BaseException:  # noqa: BLE001 - asked alone, it says so in its own explanation
                del self._others[number]
        return (own, outputs.stylized), given

    @cached_property
    def _others(self) -> dict[int, Score]:
        tried = {number: self._tried(part) for number, part in self._rows.later.items()}
        return {number: score for number, score in tried.items() if score is not None}

    def _tried(self, part: ExplainerPart) -> Score | None:
        """Another explanation's score, where it gets along with this one's passes and leaves no trace."""
        given = {str(number): tensor for number, tensor in enumerate(tensors_of(self._outputs))}
        try:
            with seeded(self._pipeline), guarded(self._pipeline.modules, given) as left:
                score: Score = part.score.spec.load()(part.score.options)
                alike = self._runs_alike(score)
        except (Cancelled, KeyboardInterrupt):
            raise
        except BaseException:  # noqa: BLE001 - asked alone, it says so in its own explanation
            return None
        return score if alike and not left else None

    def _runs_alike(self, score: Score) -> bool:
        """Whether a score of its own would lead to the same passes, with as many rows at once."""
        seen = watched(self._outputs)
        self._checked(seen, by=score)
        reads = RESULT if only_of_result(self._addresses) else seen.seen
        if self._passes_of(reads).made_again != self._passes.made_again:
            return False
        if self._fixed_chunk is not None or self._iterates:
            return True
        ones = torch.ones(1, *self.space.shape, device=self._pipeline.device)
        _, size = peak_bytes(lambda: self._run(ones, lambda made: (self._score_rows(made, 1, score), made.stylized)))
        return self._rows_within(size) == self.chunk
