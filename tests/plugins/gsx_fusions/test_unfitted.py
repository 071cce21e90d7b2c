"""A weighted sum in a pipeline made by hand, where nobody has fitted its maps."""

import pytest
import torch

from gsx import Pipeline
from gsx.api import FeatureLayout, Layer
from gsx.errors import ContractError
from gsx_fusions.options import WeightedSumOptions
from gsx_fusions.weighted_sum import WeightedSum


class Extractor(torch.nn.Module):
    layout = FeatureLayout([Layer("shallow", 3, 1), Layer("deep", 3, 2)])

    def forward(self, image, layers):
        maps = {"shallow": image, "deep": torch.nn.functional.avg_pool2d(image, 2)}
        return {name: maps[name] for name in layers}


def pipeline(fusion):
    return Pipeline(Extractor(), fusion, torch.nn.Upsample(scale_factor=2), levels=("deep",))


def pictures():
    return tuple(torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))


@pytest.mark.parametrize("projection", ["fitted", "orthonormal"])
@pytest.mark.parametrize("align", ["adain", "swap", "none"])
def test_it_says_what_to_do(align, projection):
    made = pipeline(WeightedSum(WeightedSumOptions(align=align, projection=projection)))
    with pytest.raises(ContractError) as refusal:
        made(*pictures())
    assert "'weighted-sum' has no map from shallow to deep" in refusal.value.message
    for way_out in ("Pipeline.from_recipe", "fit(...)", "load_fit(...)", "weights for deep alone"):
        assert way_out in refusal.value.hint


def test_each_way_out_by_hand():
    content, style = pictures()
    alone = pipeline(WeightedSum(WeightedSumOptions(weights={"deep": 1.0})))
    assert alone(content, style).stylized.isfinite().all()
    fusion = WeightedSum(WeightedSumOptions())
    made = pipeline(fusion)
    fusion.load_fit(fusion.fit([made.extract(image, made.layers) for image in (content, style)], made.levels))
    assert made(content, style).stylized.isfinite().all()
