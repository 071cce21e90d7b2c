"""Where each term presses: planted terms whose regions are known."""

import copy
from types import SimpleNamespace

import torch

from gsx.training.adversarial.pressure import pressure_maps

from .test_step import BATCH, CONTENT, STYLE, STYLISE, build


def test_a_term_that_reads_one_corner(tmp_path):
    step, networks, _ = build(tmp_path)
    step.terms._losses = [
        (SimpleNamespace(id="corner"), 2.0, lambda outputs: outputs.stylized[:, :, :8, :8].sum((1, 2, 3))),
        (SimpleNamespace(id="everywhere"), 1.0, lambda outputs: outputs.stylized.sum((1, 2, 3))),
    ]
    made, maps = pressure_maps(step, networks, CONTENT[:1], STYLE[:1], STYLISE)
    assert made.shape == (1, 3, 32, 32)
    assert set(maps) == {"corner", "everywhere"}, "the adversarial weight has not been measured yet"
    corner = torch.zeros(4, 4)
    corner[0, 0] = 2 * 3**0.5
    torch.testing.assert_close(maps["corner"], corner)
    torch.testing.assert_close(maps["everywhere"], torch.full((4, 4), 3**0.5))


def test_nothing_moves(tmp_path):
    step, networks, _ = build(tmp_path)
    step(STYLISE, BATCH)
    before = {
        name: copy.deepcopy(getattr(networks, name).state_dict()) for name in ("generator", "average", "discriminator")
    }
    random = torch.get_rng_state()
    _, maps = pressure_maps(step, networks, CONTENT[:1], STYLE[:1], STYLISE)
    assert set(maps) == {"content", "mean-std", "gram", "tv", "adversarial"}
    assert all(heat.shape == (4, 4) and heat.sum() > 0 for heat in maps.values())
    assert torch.equal(torch.get_rng_state(), random)
    for name, state in before.items():
        for key, value in getattr(networks, name).state_dict().items():
            assert torch.equal(value, state[key]), f"{name}.{key}"
    assert networks.discriminator.training
    assert all(parameter.requires_grad for parameter in networks.discriminator.parameters())
