"""LPIPS: the learned perceptual distance of the result to the content."""

from __future__ import annotations

import functools
import hashlib
import warnings
from pathlib import Path

import lpips
import torch
from torch import Tensor, nn

from gsx.api import Outputs, Skip
from gsx_metrics.averages import Averages
from gsx_metrics.options import LpipsOptions

BACKBONES = {
    "alex": "alexnet-owt-7be5be79.pth",
    "vgg": "vgg16-397923af.pth",
    "squeeze": "squeezenet1_1-b8a52dc0.pth",
}
"""Net -> torchvision's file of its backbone; the name ends in the start of its sha256."""

SMALLEST = {"alex": 31, "vgg": 16, "squeeze": 17}
"""Net -> the shortest side, in px, that its poolings leave something of."""


class Lpips:
    """LPIPS of stylised and content picture, 0 = the same, with the ``lpips`` package's own linear layers (v0.1).

    The backbone is only ever read from torch's hub cache. Where it is not there, ``compute`` raises Skip, which says
    where it would have to be; nothing is downloaded, and nothing takes its place.

    Source: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018.
    """

    def __init__(self, options: LpipsOptions) -> None:
        self.options = options
        self._averages = Averages()
        self._obstacle: str | None = None

    def update(self, outputs: Outputs) -> None:
        net, smallest = self.options.net, SMALLEST[self.options.net]
        try:
            network = load(net, backbone_file(net)).to(outputs.stylized.device)
            if min(outputs.stylized.shape[2:]) < smallest:
                raise Skip(f"net {net!r} needs pictures of at least {smallest} px on the shorter side.")
        except Skip as reason:
            self._obstacle = str(reason)
            return
        stylized, content = outputs.stylized.detach().float(), outputs.content.detach().float()
        with torch.no_grad():
            values: Tensor = network(stylized, content, normalize=True)
        self._averages.add("lpips", values.flatten())

    def compute(self) -> dict[str, float]:
        """The mean over pictures.

        Raises:
            Skip: the backbone's file is missing or damaged, or a picture was too small.
        """
        if self._obstacle:
            raise Skip(self._obstacle)
        return self._averages.means()


def backbone_file(net: str) -> Path:
    """Where torchvision caches the backbone (it follows TORCH_HOME)."""
    return Path(torch.hub.get_dir()) / "checkpoints" / BACKBONES[net]


@functools.lru_cache(maxsize=1)
def load(net: str, file: Path) -> nn.Module:
    """The network with the backbone from ``file``; kept for the next pair.

    It is built with a random backbone, because ``lpips`` would download a real one, and filled by us, tensors only.
    The global random state is left as it was.

    Raises:
        Skip: the file is missing, or its sha256 is not what its name says.
    """
    fetch = f"`gsx weights fetch lpips-{net}`"
    if not file.is_file():
        # The reason is stored with the run: a reader elsewhere need not learn whose home folder it was.
        place = str(file).replace(str(Path.home()), "~", 1)
        raise Skip(f"its backbone's weights are not at {place}. Get them with {fetch}.")
    if not digest(file).startswith(file.stem.rpartition("-")[2]):
        raise Skip(f"its backbone's weights are damaged: {file} has another sha256. Delete it, then {fetch}.")
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # lpips calls torchvision in a deprecated way
        network = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    state = torch.load(file, map_location="cpu", weights_only=True)
    # lpips cuts `features` into slices and keeps the numbers: slice2.3.weight is features.3.weight
    network.net.load_state_dict({key: state[f"features.{key.partition('.')[2]}"] for key in network.net.state_dict()})
    frozen: nn.Module = network.requires_grad_(False)
    return frozen


def digest(file: Path) -> str:
    """The file's sha256."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
