"""PipelineProbe: one pipeline, batch, score, unit and baseline, bound together for an explainer."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import torch
from torch import Tensor

from gsx.errors import ContractError, PluginError
from gsx.explaining.baselines import stand_ins
from gsx.explaining.displaced import displaced
from gsx.explaining.memory import MIB, peak_bytes
from gsx.explaining.missing import check_gradients, no_tensor, runs_twice
from gsx.explaining.passes import EditedPasses, gradients_of, only_of_result
from gsx.explaining.reading import RESULT, only_read, watched
from gsx.explaining.seeded import seeded
from gsx.explaining.widening import repeated, single_rows
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import Pipeline
from gsx.pipeline.taps import Edit
from gsx.specs.interfaces import Activation, Address, Displacements, Evaluation, Space, Unit
from gsx.specs.kinds import Baseline, Role
from gsx.specs.layout import FeatureLayout

T = TypeVar("T")

Score = Callable[[PassOutputs], Tensor]
"""Outputs -> ``(N,)``."""

Progress = Callable[[int, int], None]
"""Called with (evaluations done, evaluations in all)."""

BUDGET = 512
"""MiB that perturbed passes may take at a time, besides the networks and the pass itself."""

ROWS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""How many perturbed passes are run together: more gain nothing, and progress should show. In steps, so that scores
that take nearly the same memory share their passes."""

CACHED = 1 * MIB
"""Bytes of rows that a processor gains by running together: larger ones fill it alone."""

ALIKE = 1e-3
"""How far, relative to the score, a row may differ in a batch and alone on an accelerator; on a processor, not at
all. Beyond, as with a network that mixes the samples of a batch, rows are run one by one."""


class PipelineProbe:
    """See :class:`gsx.api.Probe`.

    Nothing is computed before somebody asks for it. Which edits make the picture again, and what a score then
    compares with, says :class:`~gsx.explaining.passes.EditedPasses`.

    Args:
        outputs: the pass to explain.
        score: Outputs -> ``(N,)``.
        higher: what a larger score means, in words.
        baseline: ``content`` (the content's map at the same place; for a unit of the style's pass, where places do
            not correspond, the activation with the content's mean and deviation per channel), ``zero``, or ``mean``
            (its own mean over positions).
        progress: hears of one running count over all calls of :meth:`values`.
        planned: size of the unit -> how many evaluations the explainer makes at the most, or None.
        seed: of what explainers draw; the pipeline's where not given.
        budget: MiB that perturbed passes may take at a time.
        chunk: perturbed passes to run together, whatever they take; by ``budget`` where not given.
        batched: whether the score is known to treat samples apart, so that rows can be scored together. A callable
            is asked row by row, with the batch that it was written for.

    Raises:
        ContractError: a path that is not there, or a baseline that is the unit itself.
        PluginError: a score that gives the wrong shape or is not finite.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        outputs: PassOutputs,
        score: Score,
        unit: Unit,
        *,
        higher: str = "larger",
        baseline: Baseline = "content",
        progress: Progress | None = None,
        planned: Callable[[int], int | None] = lambda size: None,
        seed: int | None = None,
        budget: int = BUDGET,
        chunk: int | None = None,
        batched: bool = False,
    ) -> None:
        self._pipeline, self._score, self._unit = pipeline, score, unit
        self._outputs = outputs
        self._baseline, self._progress = baseline, progress or (lambda done, total: None)
        self._planned = planned
        self._budget, self._fixed_chunk, self._batched = budget, chunk, batched
        self.layout: FeatureLayout = outputs.layout
        self.score_higher = higher
        self.mask = outputs.mask
        self.seed = pipeline.seed if seed is None else seed
        self.evaluations = self.gradients = 0
        self._addresses = tuple(unit.addresses(outputs.layout))
        if not self._addresses:
            raise PluginError("the unit edits nothing: it names no address.")
        if baseline == "content" and any(address.role == "content" for address in self._addresses):
            raise ContractError(
                "the unit lies in the content's own pass, so the content's statistics would replace it by itself.",
                hint="Try baseline zero or mean.",
            )
        for address in self._addresses:
            pipeline.taps.at_exit(address)  # refuses components and insides that are not there

    @cached_property
    def base(self) -> Tensor:
        """The score as it is, ``(N,)``."""
        with seeded(self._pipeline), torch.no_grad():
            return self._checked(self._outputs)

    @cached_property
    def space(self) -> Space:
        """The coefficients of the unit."""
        return self._unit.space(self._values)

    @property
    def addresses(self) -> Sequence[Address]:
        """The activations that the unit edits."""
        return self._addresses

    @property
    def lies_on(self) -> Role:
        """Which picture the unit's positions lie on."""
        address = self._addresses[0]
        if not isinstance(address.role, int):
            return address.role
        self._values  # noqa: B018 - finds out whose pass that call is
        return self._passes.roles.get(address) or "stylized"

    @property
    def remakes(self) -> bool:
        """Whether an edit makes the picture again."""
        return self._passes.remakes

    @cached_property
    def chunk(self) -> int:
        """Rows of coefficients that are run at once: what the memory budget holds, and what gains by it."""
        if self._fixed_chunk is not None:
            return self._fixed_chunk
        if self._iterates:
            return 1
        return self._rows_within(self._reference[2])

    def _rows_within(self, size: int) -> int:
        room = self._budget * MIB
        if self._pipeline.device.type == "cpu":
            room = min(room, CACHED)
        return max(rows for rows in ROWS if rows <= max(1, room // max(size, 1)))

    @cached_property
    def _expected(self) -> int:
        """How many evaluations the explainer plans; 0 where it cannot tell."""
        return self._planned(math.prod(self.space.shape)) or 0

    def hush(self) -> None:
        """Say that this was all, and report no progress any more: the card's small steps are not the explanation's."""
        if self.evaluations:  # also where fewer were enough than were planned
            self._progress(self.evaluations, self.evaluations)
        self._progress = lambda done, total: None

    def values(self, coefficients: Tensor) -> Evaluation:
        """Score each row of coefficients.

        What rounding does to a pass depends on how it is run: through an edit that changes nothing, or in a batch.
        Scores are therefore corrected by what a row of ones gives in their place, so that a unit without effect is
        worth exactly 0.

        Shape:
            coefficients ``(M, *space.shape)``, or ``(M, N, *space.shape)`` where each sample has its own -> scores
            ``(M, N)``, image_change ``(M, N)`` in [0, 1] or None.
        """
        scores, changes, total, done = [], [], len(coefficients), 0
        if not total:
            raise ValueError("values() needs at least one row of coefficients")
        before, expected = self.evaluations, self._expected
        self.evaluations += total
        expected = max(expected, self.evaluations)
        while done < total:
            self._progress(before + done, expected)
            rows = min(self.chunk, total - done)
            with seeded(self._pipeline), torch.no_grad():
                found = self._together(coefficients[done : done + rows].to(self._pipeline.device, torch.float32))
            if found is None:
                self.chunk = 1
                continue
            scores.append(found[0])
            changes.append(found[1])
            done += rows
        self._progress(self.evaluations, expected)
        return Evaluation(torch.cat(scores), torch.cat(changes) if self.remakes else None)

    def gradient(self, coefficients: Tensor | None = None) -> Tensor:
        """Gradient of each sample's score with respect to the coefficients (default: all 1, the pass as it is).

        Shape:
            coefficients ``(*space.shape)`` or ``(N, *space.shape)`` -> ``(N, *space.shape)``.
        """
        given = torch.ones(self.space.shape) if coefficients is None else coefficients
        check_gradients(self._pipeline)
        count = len(self._outputs.stylized)
        self.gradients += 1
        with seeded(self._pipeline), torch.enable_grad():
            own = given.to(self._pipeline.device, torch.float32).expand(count, *self.space.shape)
            point = own.detach().clone().requires_grad_()
            total = self._passes.run(self._edits(point), lambda outputs: self._checked(outputs).sum())
            return gradients_of(total, [point])[0]

    def activations(self, at: Sequence[Tensor] | None = None) -> Sequence[Activation]:
        """Each edited activation and the gradient of the summed scores there; zeros where nothing reads it.

        Args:
            at: what the activations are replaced by, where the gradient is wanted elsewhere.
        """
        check_gradients(self._pipeline)
        leaves: dict[Address, Tensor] = {}
        given = dict(zip(self._addresses, at, strict=True)) if at is not None else {}
        self.gradients += 1

        def leaf(address: Address) -> Edit:
            def cut(activation: Tensor) -> Tensor:
                if address in leaves:
                    raise runs_twice(address)
                if not isinstance(activation, Tensor):
                    raise no_tensor(address, activation)
                leaves[address] = given.get(address, activation).detach().clone().requires_grad_()
                return leaves[address].clone()  # an in-place ReLU behind it may not change a leaf

            return cut

        with seeded(self._pipeline), torch.enable_grad():
            edits = {address: leaf(address) for address in self._addresses}
            scores = self._passes.run(edits, self._checked)
            for address in self._addresses:
                if address not in leaves:  # the score never made it run; recording refuses what never runs at all
                    leaves[address] = given.get(address, self._values[address]).detach().clone()
            gradients = gradients_of(scores.sum(), [leaves[address] for address in self._addresses])
        if at is None and not self._passes.remakes:
            # That was the pass as it is: nobody needs to run it again.
            self.__dict__.setdefault("base", scores.detach())
            self.__dict__.setdefault("_values", {address: leaf.detach() for address, leaf in leaves.items()})
        return [
            Activation(address, leaves[address].detach(), self._baselines[address], gradient)
            for address, gradient in zip(self._addresses, gradients, strict=True)
        ]

    def attention(self) -> Mapping[str, Tensor]:
        """By level, how much each content position takes from each style position; empty without attention."""
        attend = getattr(self._pipeline.modules["fusion"], "attention", None)
        if attend is None:
            return {}
        base = self._outputs
        with seeded(self._pipeline), torch.no_grad():
            return {level: attend(base.content_maps, base.style_maps, level) for level in self._pipeline.levels}

    def displacements(self) -> Displacements | None:
        """What each of the generator's terms moved; None where it cannot say."""
        with seeded(self._pipeline), torch.no_grad():
            return displaced(self._pipeline, self._outputs, self._progress)

    @cached_property
    def _passes(self) -> EditedPasses:
        if only_of_result(self._addresses):
            return self._passes_of(RESULT)
        with seeded(self._pipeline), torch.no_grad():
            seen = watched(self._outputs)
            self.__dict__.setdefault("base", self._checked(seen))
        if self._outputs._stylized_maps is None:
            self._outputs._stylized_maps = seen._stylized_maps
        return self._passes_of(seen.seen)

    def _passes_of(self, reads: Collection[str]) -> EditedPasses:
        """For a score that looks at these parts of a record."""
        return EditedPasses(self._pipeline, self._outputs, self._addresses, frozenset(reads))

    @cached_property
    def _values(self) -> dict[Address, Tensor]:
        with seeded(self._pipeline), torch.no_grad():
            return self._passes.record()

    @cached_property
    def _baselines(self) -> dict[Address, Tensor]:
        with seeded(self._pipeline), torch.no_grad():
            return stand_ins(self._baseline, self._values, self._passes.record_content)

    @property
    def _iterates(self) -> bool:
        return self.remakes and "iterative" in self._pipeline.traits

    @cached_property
    def _reference(self) -> tuple[Tensor, Tensor, int]:
        """Scores ``(N,)`` and picture of a row of ones run alone, and the bytes it takes."""
        if self._iterates:  # the picture as it is was found by the same optimisation
            return self.base, self._outputs.stylized, 0
        ones = torch.ones(1, *self.space.shape, device=self._pipeline.device)
        with seeded(self._pipeline), torch.no_grad():
            self._baselines  # noqa: B018 - not of the row's memory
            self._passes.prepare(self._checked)
            (scores, pictures), size = peak_bytes(lambda: self._evaluate(ones))
        return scores[0], pictures, size

    def _together(self, coefficients: Tensor) -> tuple[Tensor, Tensor] | None:
        """Scores and picture changes, ``(M, N)`` each; None where rows have to be run one by one."""
        alone = self._reference[0]
        if len(coefficients) == 1:
            scores, moved = self._evaluated(coefficients)
        else:
            # Rows that change nothing go along: what the batch makes of them is what it does to all. One at either end,
            # for a network's own noise begins a batch as it begins a single row, and matrix products round its last
            # rows in another way.
            ones = torch.ones_like(coefficients[:1])
            scores, moved = self._evaluated(torch.cat([ones, coefficients, ones]))
            same = scores[0]
            ends = scores[[0, -1]]
            exact = torch.equal(ends, alone.expand_as(ends))
            alike = exact or torch.allclose(ends, alone.expand_as(ends), rtol=ALIKE, atol=0)
            if not exact and (self._pipeline.device.type == "cpu" or not alike):
                return None
            alone, scores, moved = same, scores[1:-1], moved[1:-1]
        return scores + (self.base - alone), moved

    def _evaluated(self, coefficients: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and picture changes, ``(M, N)`` each, of M rows run at once; of several, the first changes nothing."""
        scores, pictures = self._evaluate(coefficients)
        return scores, self._moved(pictures, len(coefficients))

    def _moved(self, pictures: Tensor, rows: int) -> Tensor:
        count = len(self._outputs.stylized)
        if not self.remakes:
            return torch.zeros(rows, count, device=self._pipeline.device)
        before = repeated(pictures[:count] if rows > 1 else self._reference[1], rows, count)
        return (pictures - before).abs().mean(dim=(1, 2, 3)).reshape(rows, count)

    def _evaluate(self, coefficients: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ``(M, N)`` and pictures ``(M · N, 3, H, W)`` of M rows run at once."""
        rows = len(coefficients)
        return self._run(coefficients, lambda outputs: (self._score_rows(outputs, rows), outputs.stylized))

    def _run(self, coefficients: Tensor, judge: Callable[[PassOutputs], T]) -> T:
        """What ``judge`` makes of M rows run at once, while their edits act."""
        rows, count, shape = len(coefficients), len(self._outputs.stylized), self.space.shape
        if coefficients.ndim == 1 + len(shape):
            coefficients = coefficients[:, None].expand(rows, count, *shape)
        return self._passes.run(self._edits(coefficients.reshape(rows * count, *shape)), judge, rows)

    def _score_rows(self, outputs: PassOutputs, rows: int, score: Score | None = None) -> Tensor:
        count = len(self._outputs.stylized)
        if self._batched or rows == 1:
            return self._checked(outputs, rows * count, score).reshape(rows, count)
        return torch.stack([self._checked(row, by=score) for row in single_rows(outputs, rows, count)])

    def _edits(self, coefficients: Tensor) -> dict[Address, Edit]:
        def editor(place: int, address: Address) -> Edit:
            def edit(activation: Tensor) -> Tensor:
                baseline = self._baselines[address]
                wide = repeated(baseline, len(activation) // len(baseline), len(baseline))
                return self._unit.edit(place, activation, wide, coefficients.to(activation.dtype))

            return edit

        return {address: editor(place, address) for place, address in enumerate(self._addresses)}

    def _checked(self, outputs: PassOutputs, count: int | None = None, by: Score | None = None) -> Tensor:
        with only_read(self._outputs):
            score: object = (by or self._score)(outputs)
        count = len(self._outputs.stylized) if count is None else count
        if not isinstance(score, Tensor) or score.shape != (count,):
            given = tuple(score.shape) if isinstance(score, Tensor) else type(score).__name__
            raise PluginError(f"the score has to give one number per picture, shape ({count},); it gave {given}.")
        if score.is_complex():
            raise PluginError("the score has to be a real number; it gave complex ones.", hint="Take abs() of it.")
        if not torch.isfinite(score).all():
            raise PluginError("the score is NaN or infinite here.", hint="Try another score, layer or picture.")
        return score if score.dtype == torch.float64 else score.float()  # differences of bool, int or half are none
