"""dissection: which channels fire in a marked region, and what switching them off does, against random ones."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gsx.api import Activation, ContractError, Explanation, Probe, UnitValue
from gsx.ops.resample import resample
from gsx_explainers.nothing import ROUNDING, no_change, null_samples, place, unmoved
from gsx_explainers.options import DissectionOptions
from gsx_explainers.shown import require_names, rows

CHANNELS_AT_ONCE = 32
"""Channels enlarged to the mask's size together, so that a wide layer takes no more memory than a narrow one."""

CLEAR = 2
"""Standard deviations that the joint effect has to lie from that of random channels, to stand out from them."""


class Dissection:
    """IoU of each channel's region with the mask, and the score's change without the channels of largest IoU.

    A channel's region are the pixels where its map, enlarged to the mask's size, is among its largest: as many as the
    mask marks, so that a channel that fires there and nowhere else has IoU 1 (``quantile`` sets another share). The
    ``count`` channels of largest IoU are replaced by the baseline each alone, which gives the values, and together;
    as many of the others, drawn at random ``draws`` times, are replaced together for comparison.

    Source: Bau et al., "GAN Dissection", ICLR 2019, sec. 3. What differs: one picture, not a data set, so the
    threshold is a share of this picture; and the effect is on the score, not on the pixels of a class.
    """

    def __init__(self, options: DissectionOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        """Raises ContractError: no mask, a unit whose parts are no channels, or one that is not where the mask is."""
        names = require_names(probe, "dissection")
        mask = _mask(probe)
        overlap = _overlaps(_channels(probe), mask, self.options.quantile)
        count = max(1, min(self.options.count, len(names) // 2))  # as many others are needed for comparison
        top = overlap.topk(count, dim=1).indices
        edits = _off(top, self.options.draws, torch.Generator().manual_seed(probe.seed), len(names))
        evaluation = probe.values(edits.reshape(*edits.shape[:2], *probe.space.shape))
        changes = (probe.base - evaluation.scores).cpu()
        alone, together, random = changes[:count], changes[count], changes[count + 1 :]
        provenance: dict[str, object] = {
            "iou": overlap.gather(1, top).tolist(),
            "channels": [[names[index] for index in row] for row in top.tolist()],
            "together": together.tolist(),
            "random_mean": random.mean(dim=0).tolist() if len(random) else None,
            "random_deviation": random.std(dim=0).tolist() if len(random) > 1 else None,
            "draws": len(random),
        }
        where = place(probe.addresses)
        nothing = unmoved(changes, probe.base.cpu())
        if nothing.all():
            return no_change(f"the channels at {where}", provenance)
        images = evaluation.image_change
        values = []
        for sample, chosen in enumerate(top.tolist()):
            image = None if images is None else images[:count, sample : sample + 1]
            own = rows([names[index] for index in chosen], alone[:, sample : sample + 1], image)[0]
            values.append(
                tuple(
                    replace(row, figures={"IoU": overlap[sample, index].item()})
                    for row, index in zip(own, chosen, strict=True)
                )
            )
        joint = None if images is None else images[count]
        return Explanation(
            values=tuple(values),
            beside=tuple(_beside(together, random, joint, count, sample) for sample in range(len(top))),
            answers=tuple(
                ""
                if silent
                else _answer(
                    overlap[sample, top[sample]], together[sample].item(), random[:, sample], len(names) - count
                )
                for sample, silent in enumerate(nothing.tolist())
            ),
            notes=(
                f"The {count} channels at {where} whose largest values overlap most with the mask, by IoU, and what "
                f"the score loses without each (a larger score means: {probe.score_higher}). Of {len(names)} channels "
                "these alone were replaced, so nothing is said of the others.",
                *null_samples(nothing, "no edit moves its score by more than rounding"),
            ),
            provenance=provenance,
        )


def _mask(probe: Probe) -> Tensor:
    """The region, ``(N or 1, 1, H, W)`` bool."""
    if probe.mask is None:
        raise ContractError(
            "explainer 'dissection' compares channels with a region, and no mask was given.",
            hint="Give a mask of the content's size, 1 in the region and 0 elsewhere, or take --explainer ablation.",
        )
    if probe.lies_on == "style":
        raise ContractError(
            "explainer 'dissection': the mask marks a region of the content, and the unit lies in the style's pass.",
            hint="Try role stylized or content.",
        )
    inside = probe.mask >= 0.5
    if not inside.flatten(1).any(dim=1).all():
        raise ContractError(
            "explainer 'dissection': the mask is below 0.5 everywhere, so no pixel is inside.",
            hint="Give a mask that is 1 in the region and 0 elsewhere.",
        )
    return inside


def _channels(probe: Probe) -> Activation:
    found = probe.activations()
    if len(found) == 1 and found[0].value.ndim == 4 and probe.space.shape == found[0].value.shape[1:2]:
        return found[0]
    raise ContractError(
        f"explainer 'dissection' explains in terms of the channels of one map; this unit's coefficients have shape "
        f"{probe.space.shape}.",
        hint="Try unit channels.",
    )


def _overlaps(activation: Activation, mask: Tensor, quantile: float | None) -> Tensor:
    """IoU of each channel's region with the mask: ``(N, C)``, on the CPU."""
    found = []
    for maps in torch.split(activation.value, CHANNELS_AT_ONCE, dim=1):
        large = resample(maps, (mask.shape[-2], mask.shape[-1])).flatten(2)
        inside = mask.flatten(2).expand(len(large), -1, -1)
        region = torch.stack([_region(one, own, quantile) for one, own in zip(large, inside, strict=True)])
        found.append((region & inside).sum(dim=-1) / (region | inside).sum(dim=-1))
    return torch.cat(found, dim=1).cpu()


def _region(large: Tensor, inside: Tensor, quantile: float | None) -> Tensor:
    """Where each channel is among its largest; what is at its least is in no region, so a flat channel has none.

    Shape:
        large ``(C, H · W)``, inside ``(1, H · W)`` -> ``(C, H · W)`` bool.
    """
    pixels = large.shape[-1]
    wanted = int(inside.sum()) if quantile is None else max(1, round(quantile * pixels))
    threshold = large.kthvalue(pixels - wanted + 1, dim=-1, keepdim=True).values
    return (large >= threshold) & (large > large.amin(dim=-1, keepdim=True))


def _off(top: Tensor, draws: int, random: torch.Generator, size: int) -> Tensor:
    """0 for what is switched off: each of the top channels, all of them, and as many others for each draw.

    Shape:
        top ``(N, count)`` -> ``(count + 1 + draws, N, size)``.
    """
    samples, count = top.shape
    edits = torch.ones(count + 1 + draws, samples, size)
    edits[torch.arange(count)[:, None], torch.arange(samples), top.T] = 0
    edits[count].scatter_(1, top, 0)
    for draw in range(draws):
        order = torch.randperm(size, generator=random)
        for sample, own in enumerate(top):
            others = order[~torch.isin(order, own)][:count]
            edits[count + 1 + draw, sample, others] = 0
    return edits


def _beside(together: Tensor, random: Tensor, joint: Tensor | None, count: int, sample: int) -> tuple[UnitValue, ...]:
    """All of the channels at once, and as many others at random, for one sample."""
    image = None if joint is None else joint[sample].item()
    found = [UnitValue(f"all {count} together", together[sample].item(), image)]
    if len(random):
        drawn = random[:, sample]
        spread = f" ± {drawn.std().item():.2g}" if len(random) > 1 else ""
        found.append(UnitValue(f"{count} others at random, mean of {len(random)}{spread}", drawn.mean().item()))
    return tuple(found)


def _answer(overlap: Tensor, together: float, random: Tensor, others: int) -> str:
    """What the channels of IoU ``(count,)`` do together, beside as many of the ``others`` at random, ``(draws,)``."""
    low, high = overlap.min().item(), overlap.max().item()
    first = (
        f"Without the {len(overlap)} channels that overlap most with the marked region (IoU {low:.2g} to {high:.2g}), "
        f"the score {_falls(together)}"
    )
    if len(random) < 2:
        return f"{first}; how far random channels would move it was not tried."
    if not random.std().item() and others <= len(overlap):  # each draw is the same
        return f"{first}; without as many others it always {_falls(random[0].item())}: there are too few to compare."
    mean, deviation = random.mean().item(), random.std().item()
    # Others that do nothing at all have no deviation, and a sum of rounding is no effect.
    apart = abs(together - mean) > max(CLEAR * deviation, ROUNDING * abs(mean))
    return (
        f"{first}; without as many others at random it {_falls(mean)} on average (± {deviation:.2g}), so they "
        f"{'stand out from' if apart else 'do not stand out from'} what random channels do."
    )


def _falls(change: float) -> str:
    return f"{'falls' if change >= 0 else 'rises'} by {abs(change):.3g}"
