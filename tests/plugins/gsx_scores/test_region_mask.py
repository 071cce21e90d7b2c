"""The region score within a mask: by hand, the same as a box of ones, and soft masks by weight."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gsx.api import ContractError
from gsx_scores.options import RegionOptions
from gsx_scores.region import Region

STATISTICS = ("mean-color", "contrast", "gradient-energy")


def score(statistic: str, picture: Tensor, mask: Tensor | None, **options: object) -> Tensor:
    outputs = SimpleNamespace(stylized=picture, mask=mask)
    return Region(RegionOptions(statistic=statistic, **({"where": "mask"} | options)))(outputs)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    edges=st.tuples(st.integers(0, 3), st.integers(5, 8), st.integers(0, 3), st.integers(5, 8)),
    statistic=st.sampled_from(STATISTICS),
)
def test_a_mask_of_a_box_is_the_box(seed: int, edges: tuple[int, int, int, int], statistic: str):
    picture = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    top, bottom, left, right = edges
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., top:bottom, left:right] = 1
    box = {"where": "box", "top": top / 8, "bottom": bottom / 8, "left": left / 8, "right": right / 8}
    cut = picture[..., top:bottom, left:right]
    wanted = {
        "mean-color": cut.mean((1, 2, 3)),
        "contrast": cut.var(dim=(2, 3), correction=0).add(1e-12).sqrt().mean(1),
        "gradient-energy": cut.diff(dim=2).square().mean((1, 2, 3)) + cut.diff(dim=3).square().mean((1, 2, 3)),
    }[statistic]
    torch.testing.assert_close(score(statistic, picture, mask), wanted)
    torch.testing.assert_close(score(statistic, picture, None, **box), wanted)


def test_a_soft_mask_weighs():
    # One row: 0.0, 0.4, 1.0 with weights 1, ½, ½.
    row = torch.tensor([0.0, 0.4, 1.0]).expand(1, 3, 1, 3)
    mask = torch.tensor([1.0, 0.5, 0.5]).view(1, 1, 1, 3)
    mean = (0.2 + 0.5) / 2
    assert score("mean-color", row, mask).item() == pytest.approx(mean)
    variance = (mean**2 + 0.5 * (0.4 - mean) ** 2 + 0.5 * (1 - mean) ** 2) / 2
    assert score("contrast", row, mask).item() == pytest.approx(variance**0.5)
    # Neighbours weigh 1·½ and ½·½: (½ · 0.16 + ¼ · 0.36) / ¾; there are none above or below.
    assert score("gradient-energy", row, mask).item() == pytest.approx((0.08 + 0.09) / 0.75)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_nothing_outside_the_mask_counts(statistic: str):
    picture = torch.rand(2, 3, 6, 7, generator=torch.Generator().manual_seed(1)).requires_grad_()
    mask = torch.zeros(2, 1, 6, 7)
    mask[0, :, :3], mask[1, :, 2:, 4:] = 1, 0.3
    score(statistic, picture, mask).sum().backward()
    inside = (mask > 0).expand_as(picture)
    assert not picture.grad[~inside].any()
    assert (picture.grad[inside] != 0).float().mean() > 0.9


def test_a_single_pixel_has_no_neighbours():
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., 1, 1] = 1
    picture = torch.rand(1, 3, 4, 4, requires_grad=True)
    value = score("gradient-energy", picture, mask)
    value.sum().backward()
    assert value.item() == 0
    assert picture.grad.isfinite().all()


def test_no_mask():
    with pytest.raises(ContractError, match="needs a mask, and none was given") as refusal:
        score("contrast", torch.rand(1, 3, 4, 4), None)
    assert "--set input.mask=FILE" in refusal.value.hint
