"""Scores, against numbers worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

import gsx_scores
from gsx.api import ContractError, FeatureLayout, Layer
from gsx.ops.statistics import match_statistics, mean_std
from gsx_scores.content import Content
from gsx_scores.options import ContentOptions, RealismOptions, RegionOptions, StyleAlignmentOptions, StyleOptions
from gsx_scores.realism import Realism
from gsx_scores.region import Region
from gsx_scores.style import Style
from gsx_scores.style_alignment import StyleAlignment

LAYOUT = FeatureLayout([Layer("fine", 2, 4), Layer("coarse", 2, 16)])
SPECS = {spec.name: spec for spec in gsx_scores.gsx_scores()}


def record(stylized: dict[str, Tensor], content: dict[str, Tensor], style: dict[str, Tensor]) -> SimpleNamespace:
    return SimpleNamespace(layout=LAYOUT, stylized_maps=stylized, content_maps=content, style_maps=style)


def level(*means: float) -> Tensor:
    """A map whose channels have these means and deviation 1: mean ± 1."""
    return torch.tensor([[mean - 1.0, mean + 1.0] for mean in means]).view(1, len(means), 1, 2)


def test_style_alignment_by_hand():
    # Deviations are all 1, so only means count. fine: from (0, 0) to (3, 4), at (3, 0):
    # ⟨(3, 0), (3, 4)⟩ / 25 = 9/25 = 0.36. coarse: from (0, 0) to (0, 2), at (5, −1): −2/4 = −0.5. Mean −0.07.
    outputs = record(
        {"fine": level(3, 0), "coarse": level(5, -1)},
        {"fine": level(0, 0), "coarse": level(0, 0)},
        {"fine": level(3, 4), "coarse": level(0, 2)},
    )
    torch.testing.assert_close(StyleAlignment(StyleAlignmentOptions())(outputs), torch.tensor([-0.07]))
    torch.testing.assert_close(StyleAlignment(StyleAlignmentOptions(layers=("fine",)))(outputs), torch.tensor([0.36]))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(-0.5, 1.5))
def test_style_alignment_runs_from_content_to_style(seed: int, share: float):
    random = torch.Generator().manual_seed(seed)
    content = {name: torch.randn(2, 3, 4, 4, generator=random) for name in LAYOUT}
    style = {name: torch.randn(2, 3, 5, 3, generator=random) * 2 + 3 for name in LAYOUT}
    score = StyleAlignment(StyleAlignmentOptions())
    torch.testing.assert_close(score(record(content, content, style)), torch.zeros(2))
    torch.testing.assert_close(score(record(style, content, style)), torch.ones(2))
    # Statistics that are a share of the way, over the content's own layout: the score is that share.
    between = {}
    for name, features in content.items():
        (mean_c, std_c), (mean_s, std_s) = mean_std(features), mean_std(style[name])
        between[name] = match_statistics(features, torch.lerp(mean_c, mean_s, share), torch.lerp(std_c, std_s, share))
    deviations_are_positive = all(
        (torch.lerp(mean_std(content[n])[1], mean_std(style[n])[1], share) > 0.05).all() for n in LAYOUT
    )
    if deviations_are_positive:
        torch.testing.assert_close(score(record(between, content, style)), torch.full((2,), share), rtol=0, atol=1e-2)


def test_style_alignment_where_content_and_style_coincide():
    content, elsewhere = {"fine": level(1, 2), "coarse": level(0, 0)}, {"fine": level(5, 5), "coarse": level(0, 3)}
    style = {"fine": level(1, 2), "coarse": level(0, 3)}
    # fine contributes 0, coarse 1: mean ½.
    stylized = {name: maps.requires_grad_() for name, maps in elsewhere.items()}
    value = StyleAlignment(StyleAlignmentOptions())(record(stylized, content, style))
    assert value.tolist() == [0.5]
    value.sum().backward()
    assert all(maps.grad.isfinite().all() for maps in stylized.values())
    assert stylized["fine"].grad.abs().max() == 0


def test_style_and_content():
    a, b = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 2, 1, 2), torch.tensor([0.0, 2.0, 3.0, 6.0]).view(1, 2, 1, 2)
    outputs = record({"fine": a, "coarse": a}, {"fine": b, "coarse": a}, {"fine": b, "coarse": a})
    # Distances of a and b from tests/core/ops/test_distances.py: mean-std 1.25, Gram (mean) 25.1875, content 1.25.
    torch.testing.assert_close(Style(StyleOptions())(outputs), torch.tensor([1.25 / 2]), rtol=1e-4, atol=0)
    assert Style(StyleOptions(statistic="gram", layers=("fine",)))(outputs).tolist() == [25.1875]
    assert Content(ContentOptions())(outputs).tolist() == [1.25]  # the deepest of stride 8 or less: fine
    assert Content(ContentOptions(layers=("coarse", "fine")))(outputs).tolist() == [0.625]


def test_realism():
    # Finest scale 1..6, mean 3.5; the next one all −1.5: mean of scales 1.
    finest = torch.arange(1.0, 7.0).view(1, 1, 2, 3).repeat(2, 1, 1, 1)
    outputs = SimpleNamespace(logits=[finest, torch.full((2, 1, 1, 1), -1.5)])
    assert Realism(RealismOptions())(outputs).tolist() == [1.0, 1.0]
    assert Realism(RealismOptions(patch=(1, 2)))(outputs).tolist() == [6.0, 6.0]
    with pytest.raises(ContractError, match="2 rows and 3 columns") as error:
        Realism(RealismOptions(patch=(2, 0)))(outputs)
    assert error.value.hint == "Rows go from 0 to 1, columns from 0 to 2."
    with pytest.raises(ValidationError):
        RealismOptions(patch=(-1, 0))


def test_realism_of_one_scale():
    finest, coarse = torch.arange(1.0, 7.0).view(1, 1, 2, 3), torch.tensor([[[[-1.0, -2.0]]]])
    outputs = SimpleNamespace(logits=[finest, coarse])
    assert Realism(RealismOptions(scale=0))(outputs).item() == 3.5
    assert Realism(RealismOptions(scale=1))(outputs).item() == -1.5
    assert Realism(RealismOptions(scale=1, patch=(0, 1)))(outputs).item() == -2
    with pytest.raises(ContractError, match="scale 2; the discriminator has 2") as error:
        Realism(RealismOptions(scale=2))(outputs)
    assert error.value.hint == "Scales go from 0, the finest, to 1."
    with pytest.raises(ContractError, match="logit map of scale 1 has 1 rows and 2 columns"):
        Realism(RealismOptions(scale=1, patch=(1, 0)))(outputs)


PICTURE = torch.zeros(1, 3, 4, 8)
PICTURE[0, 0, 1:3, 2:6] = torch.tensor([[0.0, 0.4, 0.4, 0.4], [0.0, 0.4, 0.4, 0.4]])  # red, in the centre box only


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("mean-color", 0.3),  # six of eight pixels at 0.4
        ("contrast", 0.4 * (0.75 * 0.25) ** 0.5),  # two values, shares ¾ and ¼
        ("gradient-energy", 0.16 / 3),  # dx: one step of 0.4 in three, mean 0.16/3; dy: 0
    ],
)
def test_region(statistic: str, expected: float):
    outputs = SimpleNamespace(stylized=PICTURE.repeat(2, 1, 1, 1))
    assert Region(RegionOptions(statistic=statistic, channel="red"))(outputs).tolist() == pytest.approx([expected] * 2)
    assert Region(RegionOptions(statistic=statistic, channel="blue"))(outputs).tolist() == pytest.approx(
        [0, 0], abs=1e-5
    )
    assert Region(RegionOptions(statistic=statistic))(outputs).tolist() == pytest.approx([expected / 3] * 2, abs=1e-5)


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ({}, (1, 3), (2, 6)),
        ({"left": 0, "top": 0, "right": 1, "bottom": 1}, (0, 4), (0, 8)),
        ({"left": 0.5, "top": 0, "right": 1, "bottom": 0.5}, (0, 2), (4, 8)),
        ({"left": 0.99, "right": 1, "top": 0.5, "bottom": 0.51}, (2, 4), (6, 8)),  # never under 2 px
    ],
)
def test_region_boxes(box: dict[str, float], rows: tuple[int, int], columns: tuple[int, int]):
    picture = torch.rand(1, 3, 4, 8, requires_grad=True)
    Region(RegionOptions(**box))(SimpleNamespace(stylized=picture)).sum().backward()
    inside = torch.zeros(4, 8, dtype=torch.bool)
    inside[slice(*rows), slice(*columns)] = True
    assert torch.equal(picture.grad[0, 0] != 0, inside)


@pytest.mark.parametrize("wrong", [{"left": 0.8}, {"top": 0.5, "bottom": 0.5}, {"right": 1.1}, {"channel": "alpha"}])
def test_region_options_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        RegionOptions(**wrong)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), name=st.sampled_from(sorted(set(SPECS) - {"lpips"})))
def test_a_batch_is_its_singles(seed: int, name: str):
    random = torch.Generator().manual_seed(seed)

    def maps() -> dict[str, Tensor]:
        return {layer: torch.randn(3, 2, 4, 4, generator=random) for layer in LAYOUT}

    whole = {
        "stylized_maps": maps(),
        "content_maps": maps(),
        "style_maps": maps(),
        "stylized": torch.rand(3, 3, 8, 8, generator=random),
        "content": torch.rand(3, 3, 8, 8, generator=random),
        "logits": {"a": torch.randn(3, 1, 4, 4, generator=random), "b": torch.randn(3, 1, 2, 2, generator=random)},
    }

    def cut(value: Tensor | dict[str, Tensor], index: slice) -> Tensor | dict[str, Tensor]:
        return {key: item[index] for key, item in value.items()} if isinstance(value, dict) else value[index]

    def outputs(index: slice) -> SimpleNamespace:
        fields = {key: cut(value, index) for key, value in whole.items()}
        return SimpleNamespace(**{**fields, "logits": list(fields["logits"].values())}, layout=LAYOUT)

    score = SPECS[name].load()(SPECS[name].options())
    values = score(outputs(slice(None)))
    assert values.shape == (3,)
    torch.testing.assert_close(torch.cat([score(outputs(slice(i, i + 1))) for i in range(3)]), values)


def test_specs():
    known = ["style-alignment", "style", "content", "statistics-gap", "lpips", "realism", "region", "change"]
    assert list(SPECS) == known
    assert SPECS["realism"].requires == {"discriminator"}
    for spec in SPECS.values():
        assert spec.higher
        assert hash(spec.options()) == hash(spec.options())
        for name, described in spec.options.model_json_schema().get("properties", {}).items():
            assert described.get("description"), f"{spec.name}.{name}"
    assert SPECS["style"].layers(StyleOptions(), LAYOUT) == ("fine", "coarse")
    assert SPECS["content"].layers(ContentOptions(), LAYOUT) == ("fine",)
    assert SPECS["region"].layers(RegionOptions(), LAYOUT) == ()
    for name in ("style-alignment", "style", "content"):
        with pytest.raises(ContractError, match="needs layer 'relu9'"):
            SPECS[name].layers(SPECS[name].options(layers=("relu9",)), LAYOUT)


def test_listing_imports_no_torch():
    code = "import sys, gsx_scores; list(gsx_scores.gsx_scores()); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
