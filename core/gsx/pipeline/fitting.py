"""Maps that a fusion learns once per extractor on fixed pictures, hashed and stored."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gsx.errors import PluginError
from gsx.images import decode, resize_longer
from gsx.samples import content_names, content_path, style_names, style_path
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import FusionSpec
from gsx.weights.cache import cache_folder

REFERENCE_SIZE = 256
"""Longer side in pixels of the reference pictures."""


def fit_fusion(
    fusion: Any,
    chosen: Chosen[FusionSpec],
    extractor: Any,
    levels: Sequence[str],
    layers: Sequence[str],
    device: torch.device,
    extractor_options: Mapping[str, Any],
) -> str | None:
    """Give a fusion that has ``fit`` its maps: stored ones where the same were fitted before, else fitted now.

    The key is a sha256 over the extractor's weights and options (``extractor_options``: as
    :func:`gsx.weights.choose.map_options` gives them), the fusion's name, version and options, the layers and the
    reference pictures, so a stored map never serves another network or other code.

    Raises:
        PluginError: the extractor is no ``nn.Module``, so there are no weights to tell it by.

    Returns:
        The key, for the provenance; None where the fusion learns nothing.
    """
    if not hasattr(fusion, "fit"):
        return None
    pictures = [*map(content_path, content_names()), *map(style_path, style_names())]
    if not isinstance(extractor, nn.Module):
        raise PluginError(f"fusion {chosen.name!r} learns maps of the extractor, which has to be a torch.nn.Module.")
    code = (chosen.distribution, chosen.version, chosen.name, fusion.fit_key())
    digest = hashlib.sha256(repr((code, tuple(levels), tuple(layers), REFERENCE_SIZE)).encode())
    if extractor_options:
        digest.update(repr(sorted(extractor_options.items())).encode())
    for name, tensor in sorted(extractor.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    for picture in pictures:
        digest.update(picture.read_bytes())
    key = digest.hexdigest()
    stored = cache_folder() / "fits" / f"{key}.safetensors"
    tensors = _stored(stored)
    if tensors is None:
        with torch.no_grad():
            reference = [
                extractor(resize_longer(decode(picture).image, REFERENCE_SIZE).to(device), layers)
                for picture in pictures
            ]
        tensors = fusion.fit(reference, levels)
        with contextlib.suppress(OSError, SafetensorError):  # a cache that cannot be written costs only time
            _store(tensors, stored)
    fusion.load_fit({name: tensor.to(device) for name, tensor in tensors.items()})
    return key


def _stored(path: Path) -> dict[str, Tensor] | None:
    """What was fitted before; None where there is nothing, or it is damaged and has to be fitted again."""
    try:
        return load_file(path) if path.is_file() else None
    except (OSError, SafetensorError):
        return None


def _store(tensors: dict[str, Tensor], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    os.close(handle)
    try:
        save_file({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, temporary)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
