"""The pictures that a run explains, without the rounding of a PNG: what explaining it again later needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from gsx.errors import ContractError, ImageError, StoreError
from gsx.explaining.mask import check_mask
from gsx.images import decode
from gsx.pipeline.outputs import PassOutputs
from gsx.pipeline.pipeline import check_images
from gsx.store.atomic import write_tensors
from gsx.weights.status import sha256

EXACT = Path("inputs/exact.safetensors")
STYLIZED = Path("stylized.safetensors")
SHOWN = tuple(Path("inputs") / f"{role}.png" for role in ("content", "style", "mask"))
DAMAGED = "The folder is damaged: copy the run folder again, or make the run again."

ROUNDED = (
    f"This run folder has no {EXACT}, so content and style were read from its PNGs, rounded to 8 bits: figures can "
    "differ a little from the run's own. The other style's picture is lost with it: there is no map for it, and where "
    "the card asks about another style, that is this one in inverted colours."
)


@dataclass(frozen=True)
class Pictures:
    """What a run explains.

    Args:
        content, stylized: ``(1, 3, H, W)`` in [0, 1].
        style, contrast: ``(1, 3, h, w)`` in [0, 1]; ``contrast`` is another style, where there is one.
        mask: the region that the run's user marked, ``(1, 1, H, W)`` in [0, 1], where there is one.
        note: what a reader has to know, or "".
    """

    content: Tensor
    style: Tensor
    stylized: Tensor
    contrast: Tensor | None = None
    mask: Tensor | None = None
    note: str = ""


def write_exact(folder: Path, outputs: PassOutputs, contrast: Tensor | None) -> None:
    """Write ``inputs/exact.safetensors``: the pictures of the pass that is measured and explained.

    Of a picture made by tiles that is the smaller pass, whose result is therefore kept here too.
    """
    pictures = {"content": outputs.content, "style": outputs.style, "stylized": outputs.stylized}
    for name, other in (("contrast", contrast), ("mask", outputs.mask)):
        if other is not None:
            pictures[name] = other
    # Clones: safetensors refuses two names for one memory, as where the result is the content itself.
    write_tensors(folder / EXACT, {name: picture.clone() for name, picture in pictures.items()})


def file_hashes(folder: Path) -> dict[str, str]:
    """Name -> sha256 of each file of a finished folder that an explanation later reads, or is shown beside."""
    names = (EXACT, STYLIZED, Path("stylized.png"), *SHOWN)
    return {name.as_posix(): sha256(folder / name) for name in names if (folder / name).is_file()}


def read_pictures(folder: Path) -> Pictures:
    """The pictures of a run folder; content and style from its PNGs where the exact ones were not kept.

    Raises:
        StoreError: a file is missing or damaged, or holds what is no picture.
    """
    if (folder / EXACT).is_file():
        kept = _checked(_tensors(folder / EXACT), folder / EXACT, "")
        if (folder / STYLIZED).is_file():
            _check_same(kept, _tensors(folder / STYLIZED).get("stylized"), folder)
        return kept
    pictures = _tensors(folder / STYLIZED)
    try:
        for role in ("content", "style"):
            pictures[role] = decode(folder / "inputs" / f"{role}.png").image
        if (folder / "inputs" / "mask.png").is_file():
            pictures["mask"] = decode(folder / "inputs" / "mask.png").image[:, :1]
    except ImageError as error:
        raise StoreError(f"{folder}: {error.message}", hint=DAMAGED) from error
    return _checked(pictures, folder / STYLIZED, ROUNDED)


def _check_same(kept: Pictures, stylized: Tensor | None, folder: Path) -> None:
    """Refuse exact pictures of another run than the result; those of a result by tiles are smaller than it."""
    if stylized is not None and stylized.shape == kept.stylized.shape and not torch.equal(stylized, kept.stylized):
        raise StoreError(f"{folder / EXACT} is of another picture than {folder / STYLIZED}.", hint=DAMAGED)


def _tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise StoreError(f"{path} is missing, so there is no picture to explain.", hint=DAMAGED) from error
    except (OSError, SafetensorError) as error:
        raise StoreError(f"{path} cannot be read: {error}.", hint=DAMAGED) from error


def _checked(found: Mapping[str, Tensor], path: Path, note: str) -> Pictures:
    """Refuse what is no picture, or does not go together."""
    for name in ("content", "style", "stylized"):
        if name not in found:
            raise StoreError(f"{path} holds no {name} picture.", hint=DAMAGED)
    content, stylized, mask = found["content"], found["stylized"], found.get("mask")
    try:
        for role in ("style", "stylized", *(["contrast"] if "contrast" in found else [])):
            check_images(content, found[role])
        if mask is not None:
            check_mask(mask, content)
    except ContractError as error:
        raise StoreError(f"{path}: {error.message}", hint=DAMAGED) from error
    if (
        content.shape != stylized.shape
        or len(content) != 1
        or any(one.dtype != torch.float32 for one in found.values())
    ):
        raise StoreError(
            f"{path}: content and stylized picture do not belong together: {tuple(content.shape)} and "
            f"{tuple(stylized.shape)}, {content.dtype} and {stylized.dtype}.",
            hint=DAMAGED,
        )
    return Pictures(content, found["style"], stylized, found.get("contrast"), mask, note)
