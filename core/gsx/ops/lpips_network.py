"""LPIPS, the learned perceptual distance of two pictures, with a backbone that is only ever read from the cache.

Source: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018; the linear
layers are the ``lpips`` package's own (v0.1).
"""

from __future__ import annotations

import functools
import hashlib
import warnings
from pathlib import Path

import lpips
import torch
from torch import Tensor, nn

from gsx.errors import ContractError, WeightsError

BACKBONES = {
    "alex": "alexnet-owt-7be5be79.pth",
    "vgg": "vgg16-397923af.pth",
    "squeeze": "squeezenet1_1-b8a52dc0.pth",
}
"""Net -> torchvision's file of its backbone; the name ends in the start of its sha256."""

SMALLEST = {"alex": 31, "vgg": 16, "squeeze": 17}
"""Net -> the shortest side, in px, that its poolings leave something of."""


def lpips_distance(first: Tensor, second: Tensor, net: str) -> Tensor:
    """LPIPS of two pictures, 0 = the same; gradients reach both.

    Shape:
        two of ``(N, 3, H, W)`` in [0, 1] -> ``(N,)``.

    Raises:
        WeightsError: the backbone's file is missing or damaged; nothing is downloaded, and nothing takes its place.
        ContractError: pictures too small for the backbone.
    """
    network = load(net, backbone_file(net)).to(first.device)
    if min(first.shape[2:]) < SMALLEST[net]:
        raise ContractError(f"net {net!r} needs pictures of at least {SMALLEST[net]} px on the shorter side.")
    values: Tensor = network(first.float(), second.float(), normalize=True)
    return values.flatten()


def backbone_file(net: str) -> Path:
    """Where torchvision caches the backbone (it follows TORCH_HOME)."""
    return Path(torch.hub.get_dir()) / "checkpoints" / BACKBONES[net]


@functools.lru_cache(maxsize=1)
def load(net: str, file: Path) -> nn.Module:
    """The network with the backbone from ``file``; kept for the next pair.

    It is built with a random backbone, because ``lpips`` would download a real one, and filled by us, tensors only.
    The global random state is left as it was.

    Raises:
        WeightsError: the file is missing, or its sha256 is not what its name says.
    """
    fetch = f"`gsx weights fetch lpips-{net}`"
    if not file.is_file():
        # The reason is stored with the run: a reader elsewhere need not learn whose home folder it was.
        place = str(file).replace(str(Path.home()), "~", 1)
        raise WeightsError(f"its backbone's weights are not at {place}.", hint=f"Get them with {fetch}.")
    if not digest(file).startswith(file.stem.rpartition("-")[2]):
        raise WeightsError(
            f"its backbone's weights are damaged: {file} has another sha256.", hint=f"Delete it, then {fetch}."
        )
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]), torch.inference_mode(False):
        warnings.simplefilter("ignore")  # lpips calls torchvision in a deprecated way
        network = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
        state = torch.load(file, map_location="cpu", weights_only=True)
        # lpips cuts `features` into slices and keeps the numbers: slice2.3.weight is features.3.weight
        own = network.net.state_dict()
        network.net.load_state_dict({key: state[f"features.{key.partition('.')[2]}"] for key in own})
    frozen: nn.Module = network.requires_grad_(False)
    return frozen


def digest(file: Path) -> str:
    """The file's sha256."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
