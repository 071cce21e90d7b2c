"""What a finished training leaves: the generator as one file, and its card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from torch import Tensor

from gsx.report import write_report
from gsx.store.atomic import write_json, write_with
from gsx.store.environment import environment
from gsx.training.adversarial.header import generator_header, generator_strings
from gsx.training.adversarial.pictures import Domain
from gsx.training.adversarial.trainer import Trainer
from gsx.weights.files import open_weights, save_weights
from gsx.weights.header import GENERATOR_FILE


def finish(trainer: Trainer, plugin_problems: Sequence[str] = ()) -> dict[str, Any]:
    """Write ``generator.safetensors`` (averaged weights, and the discriminator where it was trained) and ``card.json``.

    Returns:
        The contents of card.json.

    Raises:
        StoreError: as :func:`~gsx.store.atomic.write_with`.
    """
    job, networks = trainer.job, trainer.networks
    recipe = job.loaded.recipe
    path = job.out / GENERATOR_FILE
    tensors = _under("generator", networks.average.module.state_dict())
    judge = None
    if networks.discriminator is not None and trainer.optimizers["discriminator"].state:
        # One that never took a step would score realism as if it knew something.
        judge = recipe.parts.discriminator
        tensors |= _under("discriminator", networks.discriminator.state_dict())
    header = generator_header(recipe, networks, judge)
    strings = generator_strings(recipe, networks, judge)
    write_with(path, lambda temporary: save_weights(temporary, tensors, strings))
    sides: dict[Literal["content", "style"], Domain] = {"content": trainer.content, "style": trainer.style}
    card: dict[str, Any] = {
        "kind": "generator",
        **header,
        "file": GENERATOR_FILE,
        "sha256": open_weights(path).sha256,
        "bytes": path.stat().st_size,
        "parameters": sum(parameter.numel() for parameter in networks.generator.parameters()),
        "recipe": recipe.canonical(),
        "begun_with": networks.begun_with.sha256 if networks.begun_with else None,
        "steps": trainer.step,
        "skipped_steps": trainer.skipped,
        "gauges": next((line["gauges"] for line in reversed(trainer.lines) if "gauges" in line), []),
        "seconds": round(trainer.seconds, 1),
        "data": {
            side: {
                "folder": job.folder(side).name,
                "train": len(domain.split.train),
                "held_out": len(domain.split.held_out),
                "unusable": [{"file": item.path.name, "reason": item.reason} for item in domain.split.skipped]
                + [{"file": path.name, "reason": reason} for path, reason in domain.sampler.lost.items()],
            }
            for side, domain in sides.items()
        },
        "plugin_problems": plugin_problems,
        "command": job.command,
        "environment": environment(job.device, (f"{item.distribution} {item.version}" for item in recipe.components())),
    }
    write_json(job.out / "card.json", card)
    write_report(job.out)
    return card


def _under(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{key}": value for key, value in state.items()}
