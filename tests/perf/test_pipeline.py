"""What Pipeline costs over a bare loop through the same modules (target: a ratio of at most 1.03)."""

from __future__ import annotations

import time

import pytest
import torch

from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load

pytestmark = pytest.mark.perf


@pytest.mark.parametrize(("size", "rounds"), [(64, 200), (256, 30)])
def test_pipeline(measure, size: int, rounds: int) -> None:
    pipeline = build_pipeline(
        load(
            tables={
                "extractor": {"name": "vgg19"},
                "fusion": {"name": "adain"},
                "generator": {"name": "unet", "weights": "random"},
            }
        )
    )
    extractor, fusion, generator = (pipeline.modules[name] for name in ("extractor", "fusion", "generator"))
    content, style = torch.rand(1, 3, size, size), torch.rand(1, 3, size, size)

    def bare() -> torch.Tensor:
        content_maps, style_maps = extractor(content, pipeline.layers), extractor(style, pipeline.layers)
        fused = {level: fusion(content_maps, style_maps, level) for level in pipeline.levels}
        return generator(fused, content, None)

    def whole() -> torch.Tensor:
        return pipeline(content, style).stylized

    with torch.inference_mode():
        assert torch.equal(bare(), whole()), "both sides do the same work"
        measure(
            f"one pass at {size} px, vgg19 + adain + unet",
            {"bare loop": bare, "Pipeline": whole},
            rounds,
            time.process_time,
        )
