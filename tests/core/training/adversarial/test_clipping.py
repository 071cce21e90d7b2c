"""Each network's gradient is brought to its own largest norm, and said as it was."""

import pytest
import torch

from .test_step import BATCH, STYLISE, build

LARGEST = {"generator": 0.003, "discriminator": 0.0002}


def norm_of(network):
    return torch.stack([value.grad.norm() for value in network.parameters()]).norm().item()


@pytest.mark.parametrize("name", ["generator", "discriminator"])
@pytest.mark.parametrize(
    "clip", [LARGEST, {"generator": 0, "discriminator": 0}, {"generator": 1e6, "discriminator": 1e6}]
)
def test_a_gradient_is_no_longer_than_its_bound(tmp_path, name, clip):
    step, networks, _ = build(tmp_path, train={each: {"clip": clip[each]} for each in clip})
    found = step(STYLISE, BATCH).numbers[f"{name} gradient"]
    assert found > LARGEST[name], "otherwise there is nothing to clip"
    wanted = min(found, clip[name]) if clip[name] else found
    assert norm_of(getattr(networks, name)) == pytest.approx(wanted, rel=1e-3)
