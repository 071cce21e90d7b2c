"""SlimVgg19: VGG-19's topology in narrow widths, with 1×1 heads that give VGG-19's own channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gsx.api import WeightsError
from gsx.ops.feature_maps import FeatureMaps
from gsx_extractors.normalise import MEAN, STD
from gsx_extractors.smoothing import Smoothing

TOPOLOGY = "vgg19-slim"
"""Value of ``topology`` in the header of a weights file for this network."""

BLOCKS = (2, 2, 4, 4, 1)
"""Convolutions in each block, up to conv5_1."""

CHANNELS = (64, 128, 256, 512, 512)
"""VGG-19's own channels at relu1_1 … relu5_1, which the heads give."""

HEAD_BIAS = 0.5
"""Where the heads' biases start in training; the features of a normalised VGG-19 are around 1."""


class Reflecting(nn.Conv2d):
    """A 3×3 convolution that reflects at the border; a side of one pixel, which has nothing to reflect, is repeated."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        if min(x.shape[-2:]) > 1:
            return super().forward(nn.functional.pad(x, (1, 1, 1, 1), mode="reflect"))
        for size, side in ((x.shape[-1], (1, 1, 0, 0)), (x.shape[-2], (0, 0, 1, 1))):
            x = nn.functional.pad(x, side, mode="reflect" if size > 1 else "replicate")
        return super().forward(x)


class SlimVgg19(nn.Module):
    """3×3 convolutions with reflection padding, ReLU, max-pooling between blocks; heads 1×1 and ReLU.

    Reflection padding, unlike VGG's zeros, leaves no border artefact in a gradient or a decoded picture. The head of
    a layer is read by nobody inside the network: editing ``relu3_1`` does not change ``relu4_1``; to reach deeper
    layers, address the trunk (``trunk.2.0``).

    Args:
        widths: channels of each of the five blocks.
        batch_norm: put a batch norm behind each 3×3 convolution, for training; :meth:`export` folds it away.
    """

    def __init__(self, widths: Sequence[int], *, batch_norm: bool = False) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.batch_norm = batch_norm
        # A 1×1 convolution, fixed, so that a network trained on another range or channel order can be held too.
        self.input = nn.Conv2d(3, 3, 1)
        with torch.no_grad():
            self.input.weight.copy_(torch.diag(1 / torch.tensor(STD))[..., None, None])
            self.input.bias.copy_(-torch.tensor(MEAN) / torch.tensor(STD))
        self.input.requires_grad_(False)
        self.trunk = nn.ModuleList()
        self.norms = nn.ModuleList()
        previous = 3
        for width, count in zip(self.widths, BLOCKS, strict=True):
            block = nn.ModuleList()
            for _ in range(count):
                block.append(Reflecting(previous, width))
                previous = width
            self.trunk.append(block)
            self.norms.append(
                nn.ModuleList(nn.BatchNorm2d(width) if batch_norm else nn.Identity() for _ in range(count))
            )
        self.heads = nn.ModuleDict(
            {
                f"relu{n + 1}_1": nn.Sequential(nn.Conv2d(width, channels, 1), nn.ReLU())
                for n, (width, channels) in enumerate(zip(self.widths, CHANNELS, strict=True))
            }
        )
        self.layer_modules = {name: f"heads.{name}" for name in self.heads}
        self.smoothing = Smoothing()
        for module in self.modules():
            if isinstance(module, nn.Conv2d) and module is not self.input:
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        if batch_norm:
            for head in self.heads.values():
                nn.init.constant_(head[0].bias, HEAD_BIAS)  # else some channels start behind a closed ReLU and stay

    @staticmethod
    def widths_in(metadata: Mapping[str, str]) -> tuple[int, ...]:
        """The widths that the header of a weights file gives.

        Raises:
            WeightsError: the header lacks the widths, or they are no five positive numbers.
        """
        text = metadata.get("widths", "")
        try:
            widths = tuple(int(part) for part in text.split(","))
            if len(widths) != len(BLOCKS) or min(widths) < 1 or max(widths) > 1024:
                raise ValueError
        except ValueError as error:
            raise WeightsError(
                f"the weights file's header gives widths {text!r}; five channel numbers are needed."
            ) from error
        return widths

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> SlimVgg19:
        """The network that the header of a weights file describes; errors as :meth:`widths_in`."""
        return SlimVgg19(cls.widths_in(metadata))

    def metadata(self) -> dict[str, str]:
        """The header strings from which :meth:`from_metadata` builds this network again."""
        return {"topology": TOPOLOGY, "widths": ",".join(map(str, self.widths))}

    def folded(self) -> SlimVgg19:
        """The same network for evaluation, without batch norms: each is an affine map, so it joins its convolution."""
        plain = SlimVgg19(self.widths)
        state = {key: value.detach().cpu().to(torch.float64, copy=True) for key, value in self.state_dict().items()}
        for name, norm in self.norms.named_modules(prefix="norms"):
            if isinstance(norm, nn.BatchNorm2d):
                convolution = name.replace("norms", "trunk")
                gain = state[f"{name}.weight"] / (state[f"{name}.running_var"] + norm.eps).sqrt()
                shifted = (state[f"{convolution}.bias"] - state[f"{name}.running_mean"]) * gain
                state[f"{convolution}.bias"] = shifted + state[f"{name}.bias"]
                state[f"{convolution}.weight"] *= gain.view(-1, 1, 1, 1)
        plain.load_state_dict({key: value for key, value in state.items() if not key.startswith("norms.")})
        return plain.eval()

    def export(self) -> tuple[dict[str, Tensor], dict[str, str]]:
        """What to ship: float16 tensors without batch norms, and the strings for the header of the file.

        Half the bytes of float32; what that costs in cosine, a distillation measures and states in its card. Where a
        weight is too large for float16, all stay float32. Loading turns them into float32 again.
        """
        state = self.folded().state_dict()
        half = {key: value.half().contiguous() for key, value in state.items()}
        finite = all(bool(torch.isfinite(value).all()) for value in half.values())
        return (half if finite else state), self.metadata()

    def forward(self, image: Tensor, layers: Sequence[str]) -> FeatureMaps:
        """Shape: image ``(N, 3, H, W)`` in [0, 1] -> ``{layer: (N, C, H // s, W // s)}``."""
        wanted = set(layers)
        deepest = max((n for n, name in enumerate(self.heads) if name in wanted), default=-1)
        maps: FeatureMaps = {}
        with torch.autocast(image.device.type, enabled=False):  # pixels need more than bfloat16's eight bits
            x = self.input(image.float())
        for n, (name, head) in enumerate(list(self.heads.items())[: deepest + 1]):
            if n:
                x = nn.functional.max_pool2d(x, 2)
            for index, (convolution, norm) in enumerate(zip(self.trunk[n], self.norms[n], strict=True)):
                x = nn.functional.relu(norm(convolution(x)))
                if index == 0 and name in wanted:
                    maps[name] = head(x)
                if index == 0 and n == deepest:
                    break
        return self.smoothing(maps)
