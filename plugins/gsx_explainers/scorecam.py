"""scorecam: channels as masks, each weighted by what the score gains where only its positions are kept."""

from __future__ import annotations

import torch
from torch import Tensor

from gsx.api import Explanation, HeatMap, Probe
from gsx_explainers.nothing import no_change, null_samples, place, spot, unmoved
from gsx_explainers.options import ScorecamOptions


class Scorecam:
    """map = Σ_k (score(M_k) − score(all at the baseline)) · M_k / K, signed; M_k is channel k brought to [0, 1].

    The mask says which positions of the layer's map are kept, all its channels alike; the rest is at the baseline. A
    channel that is the same at every position is no mask and counts 0.

    Source: Wang et al., "Score-CAM", CVPR 2020 Workshops, eq. 8–10. What differs: it is the layer's map that is
    masked, not the picture; the gains are weights as they are, without the softmax, which makes every weight positive,
    and scores of other units incomparable; the map is of M_k, for A_k may be negative; and no ReLU.
    """

    def __init__(self, options: ScorecamOptions) -> None:
        self.options = options

    def explain(self, probe: Probe) -> Explanation:
        (activation,) = probe.activations()
        masks, valid = _masks(activation.value, self.options.most)
        empty = probe.values(torch.zeros(1, *probe.space.shape)).scores
        gains = []
        step = probe.chunk  # it may fall while rows are run
        for first in range(0, len(masks), step):
            gains.append(probe.values(masks[first : first + step]).scores - empty)
        gain = torch.cat(gains) * valid.to(empty.device)
        where, channels = place(probe.addresses), activation.value.shape[1]
        provenance: dict[str, object] = {"channels": len(masks), "score_at_baseline": empty[0].tolist()}
        nothing = unmoved(torch.cat([gain, probe.base[None] - empty]), torch.maximum(probe.base.abs(), empty[0].abs()))
        if nothing.all():
            return no_change(where, provenance)
        gain[:, nothing] = 0
        heat = torch.einsum("kn,knhw->nhw", gain, masks.to(gain)) / len(masks)
        left_out = (
            () if len(masks) == channels else (f"The {channels - len(masks)} channels of least range are left out.",)
        )
        return Explanation(
            maps={"scorecam": HeatMap(heat, probe.lies_on, f"Score-CAM at {spot(probe.addresses)}")},
            notes=(
                f"Positive where channels fire that raise the score where they are all that is kept "
                f"({probe.score_higher}). A channel's mask keeps positions of all channels, so the map says where, not "
                "which.",
                *left_out,
                *null_samples(nothing, "no mask moves its score by more than rounding"),
            ),
            provenance=provenance,
        )


def _masks(value: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The channels of largest range, from 0 to 1, and which of them vary at all.

    Shape:
        value ``(N, C, h, w)`` -> ``(K, N, h, w)`` in [0, 1], ``(K, N)`` bool, K at most ``most``.
    """
    low, high = value.amin(dim=(2, 3)), value.amax(dim=(2, 3))
    largest = (high - low).topk(min(most, value.shape[1]), dim=1).indices.sort(dim=1).values
    low, span = low.gather(1, largest), (high - low).gather(1, largest)
    own = value.gather(1, largest[:, :, None, None].expand(-1, -1, *value.shape[2:]))
    masks = (own - low[:, :, None, None]) / torch.where(span > 0, span, 1)[:, :, None, None]
    return masks.transpose(0, 1), (span > 0).T
