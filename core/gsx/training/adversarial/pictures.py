"""Both folders of a training: split, cached, and drawn from in an order that the seed fixes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from gsx.training.adversarial.job import TrainJob
from gsx.training.data import PictureStore, Split, split_pictures
from gsx.training.sampler import CropSampler


@dataclass
class Domain:
    """The pictures of one side."""

    split: Split
    store: PictureStore
    sampler: CropSampler

    def batch(self, first: int, count: int, device: torch.device, view: int = 0) -> Tensor:
        """Crops number ``first`` and on; another ``view`` is another crop of the same pictures.

        Shape: ``(count, 3, crop, crop)`` in [0, 1].
        """
        return self.sampler.batch(first, count, view).to(device, memory_format=torch.channels_last)

    def shown(self, count: int) -> list[Tensor]:
        """Squares from the middle of pictures that were held out (of the others where none was), ``(1, 3, s, s)``."""
        pictures = self.split.held_out or self.split.train
        chosen = pictures[:: max(1, len(pictures) // count)][:count]
        return [_square(self.store[picture.path]) for picture in chosen]


def read_domains(job: TrainJob) -> tuple[Domain, Domain]:
    """Content and style. Errors as :func:`~gsx.training.data.split_pictures`."""
    return _read(job, "content", 0), _read(job, "style", 1)


def fingerprint(*domains: Domain) -> str:
    """sha256 of which pictures are trained on, and which are held out."""
    lines = [p.sha256 for domain in domains for p in (*domain.split.train, *domain.split.held_out)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read(job: TrainJob, side: Literal["content", "style"], stream: int) -> Domain:
    recipe, section = job.loaded.recipe, job.loaded.recipe.train
    store = PictureStore(section.cache_mib // 2, section.longest)
    split = split_pictures(
        [job.folder(side)],
        section.held_out,
        section.held_out_share,
        store,
        lambda done, total: job.screen.step(f"reading {side} pictures", done, total, {}),
        both_sides=False,
    )
    # Two streams of one seed, so that content and style crops are drawn independently.
    seed = 2 * recipe.run.seed + stream
    return Domain(split, store, CropSampler(split.train, store, crop=section.crop, seed=seed))


def _square(picture: Tensor, side: int = 256) -> Tensor:
    side = min(*picture.shape[-2:], side)
    side -= side % 16
    top, left = (picture.shape[-2] - side) // 2, (picture.shape[-1] - side) // 2
    return picture[:, top : top + side, left : left + side][None].float().div_(255)
