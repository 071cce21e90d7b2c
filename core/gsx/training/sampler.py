"""The order of pictures and the cuts made of them, as a pure function of the seed and a running number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gsx.errors import ImageError
from gsx.training.data import Picture, PictureStore

LARGEST_ENLARGEMENT = 0.75
"""A cut may be this much smaller than the crop that is made of it."""

UNSCALED = 0.25
"""Share of the crops that keep the picture's own pixels."""


class CropSampler:
    """Random crops of random pictures: every picture once per round, another order each round.

    It holds no state: sample ``n`` is the same whenever it is asked for, so that taking a run up again needs only the
    number of samples seen.

    Args:
        pictures: what to draw from.
        crop: side of a crop in pixels.
        seed: of orders, places, scales and flips.

    Attributes:
        lost: pictures that could be read at first and then no more -> why.
    """

    def __init__(self, pictures: Sequence[Picture], store: PictureStore, *, crop: int, seed: int) -> None:
        self.pictures, self.store, self.crop, self.seed = pictures, store, crop, seed
        self.lost: dict[Path, str] = {}
        self._order = lru_cache(maxsize=2)(self._shuffled)

    def _shuffled(self, round_: int) -> list[int]:
        return np.random.default_rng([self.seed, 0, round_]).permutation(len(self.pictures)).tolist()  # type: ignore[no-any-return]

    def batch(self, first: int, count: int, view: int = 0) -> Tensor:
        """Samples ``first`` to ``first + count - 1``.

        Args:
            view: another number gives another crop of the same pictures.

        Shape: ``(count, 3, crop, crop)`` float32 in [0, 1].
        """
        return torch.stack([self.sample(number, view) for number in range(first, first + count)]).float().div_(255)

    def fetch(self, numbers: Sequence[int]) -> None:
        """Begin to read the pictures of samples that are wanted next."""
        count = len(self.pictures)
        places = (divmod(number, count) for number in numbers)
        paths = [self.pictures[self._order(round_)[place]].path for round_, place in places]
        self.store.fetch(path for path in paths if path not in self.lost)

    def sample(self, number: int, view: int = 0) -> Tensor:
        """Shape: ``(3, crop, crop)`` uint8."""
        picture = self._picture(*divmod(number, len(self.pictures)))
        rng = np.random.default_rng([self.seed, 1 + view, number])
        height, width = picture.shape[-2:]
        side = self._side(min(height, width), rng)
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        cut = picture[:, top : top + side, left : left + side]
        if side != self.crop:
            cut = interpolate(cut[None], size=(self.crop, self.crop), mode="bicubic", antialias=True)[0]
        return cut.flip(-1) if rng.random() < 0.5 else cut

    def another(self, number: int, ahead: int) -> int:
        """The number of a sample of another picture: ``ahead`` of it, or the next after that.

        Of a single picture there is none, and it is its own.
        """
        count = len(self.pictures)

        def place(sample: int) -> int:
            round_, index = divmod(sample, count)
            return self._order(round_)[index]

        following = range(number + ahead, number + ahead + 2 * count)
        return next((sample for sample in following if place(sample) != place(number)), number + ahead)

    def _picture(self, round_: int, place: int) -> Tensor:
        """The picture at a place of a round; where it cannot be read any more, the next one that can."""
        order = self._order(round_)
        for index in [*order[place:], *order[:place]]:
            path = self.pictures[index].path
            if path in self.lost:
                continue
            try:
                return self.store[path]
            except ImageError as error:
                self.lost[path] = str(error)
        raise ImageError(f"none of the {len(self.pictures)} pictures can be read any more.")

    def _side(self, shorter: int, rng: np.random.Generator) -> int:
        """Log-uniform from a slightly enlarged cut to the largest square, or unscaled."""
        smallest = min(shorter, self.crop * LARGEST_ENLARGEMENT)
        drawn = math.exp(rng.uniform(math.log(smallest), math.log(max(smallest, shorter))))
        unscaled = rng.random() < UNSCALED
        return self.crop if unscaled and shorter >= self.crop else max(1, min(shorter, round(drawn)))
