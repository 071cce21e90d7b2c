"""Maps of which regions each term presses on now."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gsx.explaining.view import overlay, scale_of
from gsx.images import save_png
from gsx.training.adversarial.attribution import at_picture
from gsx.training.adversarial.networks import Networks
from gsx.training.adversarial.phases import Phase
from gsx.training.adversarial.pictures import Domain
from gsx.training.adversarial.schedules import factor
from gsx.training.adversarial.step import Step, frozen
from gsx.training.adversarial.terms import record

CELL = 8
"""Side in pixels of a region."""


def pressure_maps(
    step: Step, networks: Networks, content: Tensor, style: Tensor, phase: Phase
) -> tuple[Tensor, dict[str, Tensor]]:
    """The picture that the averaged weights make, and for each term the size of its gradient there, region by region.

    Regions are cells of 8 × 8 pixels, root mean square within. It is pressure now, not what shaped the picture. No
    random numbers are drawn and no weight is changed.

    Shape:
        content and style ``(1, 3, H, W)`` -> ``(1, 3, H, W)`` and ``(h, w)`` by term, h = H // 8.
    """
    with torch.no_grad():
        maps = networks.extract(content), networks.extract(style)
        fused = networks.fuse(*maps)
        made = networks.generate(fused, content, style, maps, averaged=True)
    picture = made.clone().requires_grad_()
    outputs = record(networks, content, style, picture, (*maps, fused))
    gradients = at_picture(step.terms(outputs, phase.progress), picture)
    weight = step.balance.current() * phase.adversarial * factor(step.schedule, phase.progress)
    if networks.discriminator is not None and weight:
        networks.discriminator.eval()  # in training mode a spectral norm moves at every call
        with frozen(networks.discriminator):
            loss = weight * step.adversarial.generator(networks.judge(picture, style))
            gradients |= at_picture({"adversarial": loss}, picture)
        networks.discriminator.train()
    return made, {name: _by_region(gradient) for name, gradient in gradients.items()}


def write_pressure(
    step: Step, networks: Networks, content: Domain, style: Domain, phase: Phase, path: Path
) -> str | None:
    """``<path>-<term>.png`` for a held-out pair, each in a scale of its own.

    Returns:
        what there is to say of it: the terms without a map, because it is NaN or infinite.
    """
    images = [domain.shown(1)[0].to(networks.device) for domain in (content, style)]
    made, maps = pressure_maps(step, networks, images[0], images[1], phase)
    path.parent.mkdir(parents=True, exist_ok=True)
    broken = [term for term, heat in maps.items() if not (heat.isfinite().all() and made.isfinite().all())]
    for term, heat in maps.items():
        if term in broken:
            continue
        file = path.parent / f"{path.name}-{re.sub(r'[^A-Za-z0-9._-]+', '_', term)}.png"
        save_png(overlay(heat, made[0], scale_of(heat)), file)
    return f"no map of what presses where for {', '.join(broken)}: NaN or infinite" if broken else None


def _by_region(gradient: Tensor) -> Tensor:
    """Shape: ``(1, 3, H, W)`` -> ``(H // 8, W // 8)``."""
    return avg_pool2d(gradient.square().sum(1, keepdim=True), CELL).sqrt()[0, 0]
