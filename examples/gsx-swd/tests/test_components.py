"""Loss and metric on records of a pass, with values that follow from the distance's."""

import pytest
import torch
from pydantic import ValidationError

from gsx.api import ContractError
from gsx.testing import picture, toy_outputs
from gsx_swd.options import SwdDistanceOptions, SwdOptions
from gsx_swd.swd import Swd
from gsx_swd.swd_distance import SwdDistance
from gsx_swd.wasserstein import sliced_wasserstein, unit_directions


def test_the_loss_is_the_mean_over_its_layers():
    outputs = toy_outputs()
    by_hand = []
    for layer in ("pool2", "pool4"):
        stylized, style = outputs.stylized_maps[layer], outputs.style_maps[layer]
        by_hand.append(sliced_wasserstein(stylized, style, unit_directions(stylized.shape[1], 9, seed=5)))
    value = Swd(SwdOptions(layers=("pool2", "pool4"), directions=9, seed=5))(outputs)
    assert torch.allclose(value, torch.stack(by_hand).mean(0))


def test_the_loss_is_zero_for_the_style_itself_and_for_the_style_turned_over():
    style = picture(2, (64, 48), seed=2)
    assert Swd(SwdOptions())(toy_outputs(style=style, stylized=style)).max() < 1e-9
    # Pooling commutes with turning the picture over, so each map holds the same features elsewhere.
    turned = Swd(SwdOptions(layers=("pool2",)))(toy_outputs(style=style, stylized=style.flip(2, 3)))
    assert turned.max() < 1e-9
    assert Swd(SwdOptions())(toy_outputs(style=style)).min() > 1e-5


def test_relative_does_not_change_with_the_scale_of_the_maps():
    outputs, larger = toy_outputs(), toy_outputs()
    for maps in (larger.stylized_maps, larger.style_maps):
        for layer in maps:
            maps[layer] = 10 * maps[layer]
    plain, relative = Swd(SwdOptions()), Swd(SwdOptions(relative=True))
    assert torch.allclose(plain(larger), 100 * plain(outputs), rtol=1e-4)
    assert torch.allclose(relative(larger), relative(outputs), rtol=1e-3)


def test_relative_is_a_share_of_the_styles_variance():
    outputs = toy_outputs()
    style = outputs.style_maps["pool2"]
    plain, relative = (Swd(SwdOptions(layers=("pool2",), relative=flag))(outputs) for flag in (False, True))
    assert torch.allclose(relative * style.flatten(1).var(1, unbiased=False), plain, rtol=1e-4)


def test_descending_the_loss_takes_the_style():
    """Adam on the pixels, and the metric along other directions says that it was no accident of these."""
    style, picture_ = picture(1, (32, 32), seed=2), picture(1, (32, 32), seed=1)
    content = picture_.clone()
    picture_.requires_grad_()
    adam, loss = torch.optim.Adam([picture_], lr=0.03), Swd(SwdOptions())
    for _ in range(25):
        adam.zero_grad()
        loss(toy_outputs(1, content=content, style=style, stylized=picture_)).sum().backward()
        adam.step()
    metric = SwdDistance(SwdDistanceOptions())
    metric.update(toy_outputs(1, content=content, style=style, stylized=picture_.detach()))
    assert metric.compute()["normalised.mean"] < 0.3


def test_the_metric_is_1_for_the_content_and_0_for_the_style():
    content, style = picture(2, (64, 48), seed=1), picture(2, (64, 48), seed=2)
    for stylized, share in ((content, 1), (style, 0)):
        metric = SwdDistance(SwdDistanceOptions())
        metric.update(toy_outputs(content=content, style=style, stylized=stylized))
        shares = [value for name, value in metric.compute().items() if name.startswith("normalised.")]
        assert len(shares) > 2
        assert shares == [pytest.approx(share, abs=1e-6)] * len(shares)


def test_the_metric_is_in_units_of_the_features():
    """The mean over pictures of the root of what the loss would say along the metric's directions."""
    outputs = toy_outputs()
    options = SwdDistanceOptions(layers=("pool2", "pool4"))
    roots = [
        Swd(SwdOptions(layers=(layer,), directions=options.directions, seed=options.seed))(outputs).sqrt().mean().item()
        for layer in options.layers
    ]
    metric = SwdDistance(options)
    metric.update(outputs)
    figures = metric.compute()
    assert [figures["raw.pool2"], figures["raw.pool4"]] == pytest.approx(roots)
    assert figures["raw.mean"] == pytest.approx(sum(roots) / 2)


def test_the_metric_gives_no_share_of_nothing():
    same = picture(2, (64, 48), seed=1)
    metric = SwdDistance(SwdDistanceOptions())
    metric.update(toy_outputs(content=same, style=same))
    assert {name.split(".")[0] for name in metric.compute()} == {"raw"}


def test_loss_and_metric_look_along_different_directions():
    assert SwdOptions().seed != SwdDistanceOptions().seed


@pytest.mark.parametrize("options", [{"directions": 0}, {"seed": -1}, {"layers": []}, {"projections": 8}])
@pytest.mark.parametrize("model", [SwdOptions, SwdDistanceOptions])
def test_settings_that_make_no_sense_are_refused(model, options):
    with pytest.raises(ValidationError, match=next(iter(options))):
        model(**options)


def test_a_layer_that_the_extractor_lacks_is_refused_by_name():
    with pytest.raises(ContractError, match=r"(?s)loss 'swd'.*relu9_1"):
        Swd(SwdOptions(layers=("relu9_1",)))(toy_outputs())
    with pytest.raises(ContractError, match=r"(?s)metric 'swd-distance'.*relu9_1"):
        SwdDistance(SwdDistanceOptions(layers=("relu9_1",))).update(toy_outputs())
