"""Both folders of a training: split, cached, and drawn from in an order that the seed fixes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.errors import InterruptedRun, RecipeError
from gsx.training.adversarial.gauges.retrieval import FEWEST_STYLES
from gsx.training.adversarial.job import TrainJob
from gsx.training.data import PictureStore, Split, matches, split_pictures
from gsx.training.interrupt import StopRequest
from gsx.training.sampler import CropSampler

FEWEST_CONTENTS = 2
"""Contents that are held out, where a quarter of the pictures is as many."""


@dataclass
class Domain:
    """The pictures of one side; ``multiple``: what the sides of a shown one are multiples of."""

    split: Split
    store: PictureStore
    sampler: CropSampler
    multiple: int = 16

    def batch(self, first: int, count: int, device: torch.device, view: int = 0) -> Tensor:
        """Crops number ``first`` and on; another ``view`` is another crop of the same pictures.

        Shape: ``(count, 3, crop, crop)`` in [0, 1].
        """
        return self.sampler.batch(first, count, view).to(device, memory_format=torch.channels_last)

    def others(self, first: int, count: int, ahead: int, device: torch.device) -> Tensor:
        """A crop of another picture than each of samples ``first`` and on has, ``ahead`` of it or later.

        Shape: as :meth:`batch`.
        """
        numbers = [self.sampler.another(number, ahead) for number in range(first, first + count)]
        return torch.cat([self.batch(number, 1, device) for number in numbers])

    def shown(self, count: int) -> list[Tensor]:
        """Squares from the middle of pictures that were held out (of the others where none was), ``(1, 3, s, s)``."""
        pictures = self.split.held_out or self.split.train
        chosen = pictures[:: max(1, len(pictures) // count)][:count]
        return [_square(self.store[picture.path], self.multiple) for picture in chosen]


def read_domains(job: TrainJob, stop: StopRequest | None = None) -> tuple[Domain, Domain]:
    """Content and style.

    Raises:
        RecipeError: a folder to hold out. ImageError: as :func:`~gsx.training.data.split_pictures`.
        InterruptedRun: asked to stop meanwhile.
    """
    stop = StopRequest() if stop is None else stop
    content, style = _read(job, "content", 0, stop), _read(job, "style", 1, stop)
    names = [picture.path for side in (content, style) for picture in side.split.held_out]
    for glob in job.loaded.recipe.train.held_out:
        if not any(matches(path, glob) for path in names):
            job.screen.note(f"train.held_out: no usable picture is called {glob}")
    return content, style


def fingerprint(content: Domain, style: Domain) -> dict[str, str]:
    """For each side, how many pictures are trained on and held out, and the sha256 of which they are."""
    return {side: _fingerprint(domain.split) for side, domain in (("content", content), ("style", style))}


def _fingerprint(split: Split) -> str:
    lines = [picture.sha256 for picture in (*split.train, *split.held_out)]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return f"{len(split.train)} and {len(split.held_out)} held out, of sha256 {digest}"


def _read(job: TrainJob, side: Literal["content", "style"], stream: int, stop: StopRequest) -> Domain:
    def progress(done: int, total: int) -> None:
        job.screen.step(f"reading {side} pictures", done, total, {})
        if stop:
            raise InterruptedRun(
                f"Interrupted at {side} picture {done} of {total}, before the first step.", hint="Begin again."
            )

    recipe, section = job.loaded.recipe, job.loaded.recipe.train
    for entry in section.held_out:
        if Path(entry).is_dir():
            raise RecipeError(
                f"train.held_out names the folder {entry}, and not which side it belongs to.",
                hint="Put its pictures into the side's own folder, and give globs over their names.",
            )
    store = PictureStore(section.cache_mib // 2, section.longest)
    split = split_pictures(
        [job.folder(side)],
        section.held_out,
        section.held_out_share,
        store,
        progress,
        both_sides=False,
        # Without so many styles the gauges have nothing to read: that of retrieval is the primary one.
        least=FEWEST_STYLES if side == "style" else FEWEST_CONTENTS,
    )
    # Two streams of one seed, so that content and style crops are drawn independently.
    seed = 2 * recipe.run.seed + stream
    sampler = CropSampler(split.train, store, crop=section.crop, seed=seed)
    return Domain(split, store, sampler, math.lcm(16, job.loaded.plan.multiple))


def _square(picture: Tensor, multiple: int, most: int = 256) -> Tensor:
    """The middle of a picture, enlarged where it is too thin for one multiple."""
    side = min(*picture.shape[-2:], max(most, multiple))
    wanted = max(multiple, side - side % multiple)
    side = min(side, wanted)
    top, left = (picture.shape[-2] - side) // 2, (picture.shape[-1] - side) // 2
    square = picture[:, top : top + side, left : left + side][None].float().div_(255)
    return square if side == wanted else interpolate(square, size=(wanted, wanted), mode="bilinear")
