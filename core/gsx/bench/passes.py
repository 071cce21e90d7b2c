"""The passes of a cell: pictures read once, features extracted once per extractor, results made for each pair."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gsx.bench.clock import now
from gsx.bench.features import Features
from gsx.errors import DivergedError, ImageError
from gsx.images import decode, resize_longer
from gsx.images.resize import pad_to_multiple
from gsx.ops.feature_maps import FeatureMaps
from gsx.pipeline.build import BuiltPipeline
from gsx.pipeline.outputs import PassOutputs
from gsx.specs.kinds import Role
from gsx.weights.choose import map_options
from gsx.weights.status import sha256

ROLES: tuple[Role, Role] = ("content", "style")


class Passes:
    """What the cells of one worker share of their passes."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._features = Features()
        self._picture = functools.lru_cache(maxsize=256)(_read_picture)

    def picture(self, pair: Mapping[str, str], role: str, size: int) -> Tensor:
        """A pair's picture as it is used, ``(1, 3, H, W)`` in [0, 1].

        Raises:
            ImageError: it cannot be read, or is no longer what it was when the benchmark was planned.
        """
        return self._picture(pair[f"{role}_file"], pair[f"{role}_sha256"], size)

    def of(
        self, pipeline: BuiltPipeline, job: Mapping[str, Any], pair: Mapping[str, str]
    ) -> tuple[PassOutputs, float | None]:
        """The pass of one pair and its seconds, None for a control.

        Features that are there already count with the seconds that they took, so that a cell's time does not depend on
        which cell came first.

        Raises:
            DivergedError: NaN or infinite pixels. ImageError: as :meth:`picture`.
        """
        content, style = (self.picture(pair, role, job["size"]).to(self.device) for role in ROLES)
        padded, _ = pad_to_multiple(content, pipeline.multiple)
        extractor = _identity(pipeline)
        seen = [
            self._features.of(
                pipeline, extractor, image, f"{pair[f'{role}_sha256']} {tuple(image.shape)}", job["layers"], role
            )
            for image, role in zip((padded, style), ROLES, strict=True)
        ]
        content_maps, style_maps = ({layer: one.maps[layer] for layer in pipeline.layers} for one in seen)
        if job["control"] is not None:
            return _control(pipeline, job["control"], content, style, style_maps), None
        started = now(self.device)
        outputs = pipeline.stylize(content, style, style_maps, content_maps)
        seconds = now(self.device) - started + sum(one.seconds for one in seen)
        if not torch.isfinite(outputs.stylized).all():
            raise DivergedError(f"the picture of {pair['label']} holds NaN or infinite numbers.")
        return outputs, seconds


def _identity(pipeline: BuiltPipeline) -> str:
    """What determines the maps of a pipeline's extractor."""
    extractor = pipeline.loaded.recipe.parts.extractor
    weights = pipeline.weight_hashes().get("extractor", pipeline.seed)
    return json.dumps([extractor.distribution, extractor.name, map_options(extractor), weights])


def _control(
    pipeline: BuiltPipeline, control: str, content: Tensor, style: Tensor, style_maps: FeatureMaps
) -> PassOutputs:
    """The record of a pass that gives the content untouched, or the style itself at the content's size."""
    made = content
    if control == "style":
        size = (content.shape[-2], content.shape[-1])
        made = torch.nn.functional.interpolate(style, size, mode="bilinear", antialias=True).clamp(0, 1)
    content_maps = pipeline.extract(content, pipeline.layers)
    return pipeline.outputs(content, style, made.clone(), content_maps, style_maps, {})


def _read_picture(file: str, digest: str, size: int) -> Tensor:
    path = Path(file)
    image = resize_longer(decode(path).image, size)
    if sha256(path) != digest:
        raise ImageError(f"{path} is no longer the picture that it was.", hint="Start the benchmark again.")
    return image
