"""Options: the pydantic model with which a component declares what may be set on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

RESERVED_OPTION_NAMES = frozenset({"name", "id", "weight", "schedule"})
"""Keys of a recipe section that belong to the recipe itself; no options model may use them."""


class Options(BaseModel):
    """Base of every options model.

    Unknown keys are refused, instances are frozen and hashable, and the validator is built only when first
    used (``defer_build``), so that hundreds of plugins list quickly.

    Example:
        >>> class AdainOptions(Options):
        ...     alpha: Annotated[float, Field(ge=0, le=1, description="0 = content, 1 = full style")] = 1.0
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, protected_namespaces=())


class ExtractorOptions(Options):
    """What every extractor can be asked; inherit from it to add more.

    ``weights`` is ``bundled``, ``imagenet``, ``random`` (seeded by ``run.seed``) or the path of a safetensors
    file; a spec says which of these it has. ``layers`` restricts the layers that anything may read.
    """

    weights: Annotated[str, Field(description="bundled, imagenet, random, or a .safetensors file")] = "bundled"
    layers: Annotated[tuple[str, ...] | None, Field(description="restrict the feature layers that may be used")] = None


class GeneratorOptions(Options):
    """What every trainable generator can be asked: the checkpoint to use.

    ``auto`` takes the best checkpoint that fits, ``random`` leaves the network untrained (for tests),
    anything else is a checkpoint or run folder.
    """

    weights: Annotated[
        str,
        Field(
            description="bundled (what comes with it), random (untrained), a checkpoint, or auto: bundled to stylise, "
            "and random to begin a training"
        ),
    ] = "auto"
