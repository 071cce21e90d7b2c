"""train: one call for notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gsx.pipeline.load import load_recipe
from gsx.training.adversarial.job import TrainJob
from gsx.training.adversarial.train import train as run_training
from gsx.training.processes import join_processes


def train(
    out: str | Path,
    *,
    content: str | Path | None = None,
    style: str | Path | None = None,
    recipe: Any = None,
    resume: bool = False,
    stop_on_collapse: bool = False,
    **flags: Any,
) -> dict[str, Any]:
    """Train a generator; the same as ``gsx train``.

    Args:
        out: folder for checkpoints, sheets and ``generator.safetensors``.
        content, style: folders of pictures, where the recipe does not name them.
        recipe: a TOML path or a dict of tables, laid over the defaults of a training.
        resume: go on from the newest checkpoint in ``out``.
        stop_on_collapse: end where a gauge of collapse is past its bound; otherwise that is a warning.
        flags: as on the command line (``generator="unet"``, ``loss="lsgan"``, ``seed=1``).

    Returns:
        The contents of card.json; {} in all but the main one of several processes.

    Raises:
        GsxError: as ``gsx train``.

    Example:
        >>> gsx.train("out", content="photos", style="paintings", generator="resnet")  # doctest: +SKIP
    """
    folders = {f"input.{side}": str(path) for side, path in (("content", content), ("style", style)) if path}
    loaded = load_recipe(recipe, training=True, **folders, **flags)
    return run_training(
        TrainJob(loaded, Path(out), join_processes(loaded.recipe.run.device), stop_on_collapse=stop_on_collapse),
        resume=resume,
    )
