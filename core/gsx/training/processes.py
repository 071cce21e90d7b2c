"""The processes of a training: one, or several that ``accelerate launch`` started."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gsx.errors import DeviceError
from gsx.pipeline.device import pick_device


class Processes:
    """Who of how many this process is, and what they tell each other; alone, everything is the number itself.

    Several processes train one network: each works on its share of every batch, and gradients are averaged over them
    before anything is done with them. That is the gradient of the whole batch wherever a loss is a mean over samples,
    and it holds for penalties too, whose gradient is one of gradients, and which hooks on a wrapped network miss.

    Attributes:
        count: how many they are.
        index: which of them this is, from 0.
        device: where this one computes.
    """

    def __init__(self, device: torch.device, index: int = 0, count: int = 1) -> None:
        self.device, self.index, self.count = device, index, count

    @property
    def main(self) -> bool:
        """The one that shows and writes."""
        return self.index == 0

    def wait(self) -> None:
        """Until all are here."""
        if self.count > 1:
            from accelerate.utils import wait_for_everyone

            wait_for_everyone()

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a tensor that each process has one of. Shape: any -> the same."""
        if self.count == 1:
            return value
        from accelerate.utils import reduce

        return reduce(value, reduction="mean")  # type: ignore[no-any-return]

    def means(self, values: Mapping[str, Tensor]) -> dict[str, float]:
        """The same of numbers by name, which are the same names everywhere; NaN where it is one anywhere."""
        if not values:
            return {}
        stacked = torch.stack([value.detach().float().reshape(()) for value in values.values()])
        return dict(zip(values, self.mean(stacked).tolist(), strict=True))

    def any(self, here: bool) -> bool:
        """Whether it is so in one of them."""
        if self.count == 1:
            return here
        return self.mean(torch.tensor(float(here), device=self.device)).item() > 0

    def norm(self, share: Tensor) -> float:
        """Norm of the gradient of a whole batch's mean, of which each process has the gradient of its share's mean."""
        return self.products(share.float().square().sum()).sqrt().item()

    def products(self, shares: Tensor) -> Tensor:
        """Inner products of such gradients, of which each process has those of its share. Shape: any -> the same."""
        return self.mean(shares) / self.count

    def average_gradients(self, network: nn.Module) -> None:
        """Give every process the mean gradient of all; parameters without one are the same in all."""
        if self.count == 1:
            return
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, piece in zip(gradients, torch.split(flat, sizes), strict=True):
            gradient.copy_(piece.view(gradient.shape))


def join_processes(wanted: str) -> Processes:
    """This process among those that were launched, on the device that the recipe wants or the launcher assigned.

    Raises:
        DeviceError: the device does not exist, or is named by number where each process needs its own.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes(pick_device(wanted))
    if ":" in wanted:
        raise DeviceError(
            f"device {wanted!r} is one device, and there are several processes.", hint="Use --device auto, cuda or cpu."
        )
    from accelerate import PartialState

    state = PartialState(cpu=wanted == "cpu")
    if wanted not in ("auto", state.device.type):
        raise DeviceError(f"the launcher gave this process {state.device}, not {wanted!r}.", hint="Use --device auto.")
    return Processes(state.device, state.process_index, state.num_processes)
