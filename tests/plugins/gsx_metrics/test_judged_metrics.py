"""Metrics that look through a judge: closed forms, and parity with the library that computes them."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize
from torchmetrics.functional.image.lpips import _normalize_tensor
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

import gsx_metrics
from gsx.api import ContractError, FeatureLayout, Layer, Skip
from gsx.ops.distances import gram_distance
from gsx_metrics.artfid_like import ArtFidLike, unit_distance
from gsx_metrics.gram_distance import GramDistance
from gsx_metrics.judged_options import (
    ArtFidOptions,
    GramDistanceOptions,
    KidOptions,
    StyleRetrievalOptions,
)
from gsx_metrics.kid import Kid
from gsx_metrics.picture_sets import Given
from gsx_metrics.style_retrieval import StyleRetrieval

LAYOUT = FeatureLayout([Layer("fine", 4, 4), Layer("deep", 4, 8)])
SPECS = {spec.name: spec for spec in gsx_metrics.gsx_metrics()}
JUDGED = ("gram-distance", "kid", "artfid-like", "style-retrieval")


def maps(vectors: torch.Tensor, side: int = 2) -> dict[str, torch.Tensor]:
    """Maps whose channel means are ``vectors`` ``(N, 4)``, with a fixed pattern around them; both layers alike."""
    pattern = torch.tensor([1.0, -1.0, 1.0, -1.0]).view(1, 1, side, side)
    value = vectors[:, :, None, None].float() + 0.5 * pattern
    return {"fine": value, "deep": value}


def record(results: torch.Tensor, styles: torch.Tensor, contents: torch.Tensor | None = None) -> SimpleNamespace:
    """A record whose style pictures are told apart by their vectors."""
    contents = results if contents is None else contents
    picture = styles[:, :3, None, None].float().expand(-1, -1, 2, 2)
    return SimpleNamespace(
        layout=LAYOUT,
        style=picture,
        stylized=results,
        stylized_maps=maps(results),
        style_maps=maps(styles),
        content_maps=maps(contents),
    )


def rows(count: int, seed: int) -> torch.Tensor:
    return torch.randn(count, 4, generator=torch.Generator().manual_seed(seed))


def fed(metric, *records):
    for one in records:
        metric.update(one)
    return metric.compute()


def test_gram_distance_is_the_gram_distance_and_1_where_nothing_happened():
    styles, contents = rows(2, 1), rows(2, 2)
    figures = fed(GramDistance(GramDistanceOptions()), record(contents, styles, contents))
    expected = gram_distance(maps(contents)["fine"], maps(styles)["fine"]).mean().item()
    assert figures["raw.fine"] == figures["raw.deep"] == pytest.approx(expected)
    assert figures["normalised.mean"] == 1.0
    assert fed(GramDistance(GramDistanceOptions()), record(styles, styles, contents))["normalised.mean"] == 0.0
    assert "raw.fine" not in fed(GramDistance(GramDistanceOptions(layers=("deep",))), record(contents, styles))


def in_units(styles: torch.Tensor, *sets: torch.Tensor) -> list[torch.Tensor]:
    """Centred on the styles, and divided by the root of their mean variance."""
    scale = ((styles - styles.mean(0)).square().sum() / (len(styles) - 1) / styles.shape[1]).sqrt()
    return [((one - styles.mean(0)) / scale).double() for one in sets]


def test_kid_is_torchmetrics_own():
    results, styles = rows(12, 3), rows(9, 4) * 20 + 70
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = KernelInceptionDistance(Given(4), subsets=200, subset_size=4)
    real, fake = in_units(styles.double(), styles, results)
    reference.update(real, real=True)
    reference.update(fake, real=False)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mean, deviation = (float(value) for value in reference.compute())
    before = torch.get_rng_state()
    singles = [record(results[i : i + 1], styles[i % 9 : i % 9 + 1]) for i in range(12)]
    figures = fed(Kid(KidOptions()), *singles)
    assert torch.equal(torch.get_rng_state(), before)
    assert figures["mean"] == pytest.approx(mean, rel=1e-4)
    assert figures["high"] - figures["mean"] == pytest.approx(1.96 * deviation, rel=1e-4)
    assert figures["mean"] - figures["low"] == pytest.approx(1.96 * deviation, rel=1e-4)


def test_kid_by_hand():
    # All results are 0; styles (0, 0, t, 0) with t = 1 … 4: mean 2.5, variance 5/3 in one of four channels.
    times = [1, 2, 3, 4]
    styles = torch.tensor([[0.0, 0, t, 0] for t in times])
    figures = fed(Kid(KidOptions(subsets=4000)), record(torch.zeros(4, 4), styles))
    scale = (5 / 3 / 4) ** 0.5
    result, units = -2.5 / scale, [(t - 2.5) / scale for t in times]

    def kernel(a, b):
        return (a * b / 4 + 1) ** 3

    # Unbiased MMD² of two results and two styles i, j: k(r, r) + k(i, j) - k(r, i) - k(r, j); its mean over all i < j.
    pairs = [(a, b) for n, a in enumerate(units) for b in units[n + 1 :]]
    expected = sum(kernel(result, result) + kernel(a, b) - kernel(result, a) - kernel(result, b) for a, b in pairs) / 6
    assert figures["mean"] == pytest.approx(expected, rel=0.02)


def test_the_same_kind_of_pictures_is_at_about_no_distance():
    means = [
        fed(Kid(KidOptions(subsets=20)), record(rows(8, seed), rows(8, 1000 + seed)))["mean"] for seed in range(60)
    ]
    far = fed(Kid(KidOptions()), record(rows(8, 1) + 3, rows(8, 2)))
    assert far["low"] > 0
    assert abs(torch.tensor(means).mean()) < 0.02 * far["mean"]


@settings(max_examples=20, deadline=None)
@given(scale=st.sampled_from([1e-3, 0.1, 50.0, 1e4]), shift=st.floats(-3, 3))
def test_figures_do_not_depend_on_the_size_of_features(scale, shift):
    results, styles = rows(8, 1) + 1, rows(8, 2)
    metrics = (lambda: Kid(KidOptions(subsets=50))), (lambda: ArtFidLike(ArtFidOptions()))
    for metric, name in zip(metrics, ("mean", "frechet"), strict=True):
        plain, other = metric(), metric()
        pictures = record(results, styles).style
        moved = (results + shift) * scale, (styles + shift) * scale
        for one, (first, second) in ((plain, (results, styles)), (other, moved)):
            one._sets.add(first.double(), second.double(), pictures)
            if name == "frechet":
                one._averages.add("content", torch.zeros(8))
        assert other.compute()[name] == pytest.approx(plain.compute()[name], rel=1e-4)


def test_styles_that_are_all_alike_to_the_judge():
    styles = torch.zeros(4, 4)
    metric = Kid(KidOptions())
    metric._sets.add(rows(4, 1).double(), styles.double(), torch.rand(4, 3, 2, 2))
    with pytest.raises(Skip, match="all alike"):
        metric.compute()


def test_a_style_that_came_twice_is_one_style():
    styles, results = rows(4, 1), rows(8, 2)
    once = fed(Kid(KidOptions()), record(results[:4], styles), record(results[4:], styles))
    assert once == fed(Kid(KidOptions()), record(results, torch.cat([styles, styles])))
    with pytest.raises(Skip, match="at least 4 results and 4 different styles, and here are 8 and 3"):
        fed(Kid(KidOptions()), record(results, torch.cat([styles[:3], styles[:3], styles[:2]])))


def test_artfid_is_the_product_and_its_distance_torchmetrics_own():
    results, styles, contents = rows(20, 1), rows(10, 2) * 2, rows(20, 3)
    styles = torch.cat([styles, styles])
    figures = fed(ArtFidLike(ArtFidOptions()), record(results, styles, contents))
    reference = FrechetInceptionDistance(Given(4))
    reference.update(styles[:10].double(), real=True)
    reference.update(results.double(), real=False)
    frechet = float(reference.compute()) / float(styles[:10].double().var(0).sum())
    assert figures["frechet"] == pytest.approx(frechet, rel=1e-4)
    content = unit_distance(maps(results)["fine"], maps(contents)["fine"]).mean().item()
    assert figures["content"] == pytest.approx(content)
    assert figures["artfid-vgg16-random"] == pytest.approx((1 + content) * (1 + figures["frechet"]))


def test_artfid_of_the_same_is_1():
    styles = rows(8, 1)
    figures = fed(ArtFidLike(ArtFidOptions(judge="resnet18", judge_weights="imagenet")), record(styles, styles, styles))
    assert list(figures) == ["artfid-resnet18-imagenet", "frechet", "content"]
    assert list(figures.values()) == pytest.approx([1, 0, 0], abs=1e-6)
    with pytest.raises(Skip, match="at least 8 results and 8 different styles, and here are 7 and 7"):
        fed(ArtFidLike(ArtFidOptions()), record(styles[:7], styles[:7]))


def test_frechet_distance_by_hand():
    # Of ±1 and of ±2 around 3 along one axis, 8 each: 3² + (2 - 1)² · 8/7 with N - 1, in units of the variance 4 · 8/7.
    line = torch.tensor([-1.0, 1.0]).repeat(4)
    axis = torch.tensor([0.0, 0.0, 1.0, 0.0])
    tags = torch.tensor([[1.0, 0, 0, 0]]) * torch.arange(8)[:, None] * 1e-6  # styles that differ by a hair
    results, styles = line[:, None] * axis, (2 * line[:, None] + 3) * axis + tags
    figures = fed(ArtFidLike(ArtFidOptions()), record(results, styles))
    assert figures["frechet"] == pytest.approx((9 + 8 / 7) / (4 * 8 / 7), rel=1e-3)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.1, 10))
def test_unit_distance_is_that_of_lpips_without_its_weights(seed, scale):
    random = torch.Generator().manual_seed(seed)
    first, second = torch.randn(2, 3, 5, 4, 4, generator=random)
    value = unit_distance(first, second)
    assert ((value >= 0) & (value <= 4)).all()
    theirs = (_normalize_tensor(first) - _normalize_tensor(second)).square().sum(1).mean((1, 2))
    torch.testing.assert_close(value, theirs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(unit_distance(first * scale, second), value, rtol=1e-4, atol=1e-5)
    assert unit_distance(first, first).max() == 0
    torch.testing.assert_close(unit_distance(first, -first), torch.full((3,), 4.0))
    assert normalize(first, dim=1).shape == first.shape


def test_style_retrieval():
    styles = rows(3, 1) * 5
    contents = rows(3, 2)

    def accuracy(results: torch.Tensor) -> float:
        singles = [record(results[i : i + 1], styles[i : i + 1]) for i in range(3)]
        return fed(StyleRetrieval(StyleRetrievalOptions()), *singles)["accuracy"]

    assert accuracy(styles + 0.01 * contents) == 1.0
    assert accuracy(styles.roll(1, 0)) == 0.0
    assert accuracy(torch.stack([styles[0], styles[0], styles[2]])) == pytest.approx(2 / 3)
    with pytest.raises(Skip, match="at least 2 different styles, and here are 1"):
        fed(StyleRetrieval(StyleRetrievalOptions()), record(contents, styles[:1].repeat(3, 1)))


def test_style_retrieval_with_one_style_for_the_batch():
    styles = rows(2, 1) * 5
    both = [record(styles[i : i + 1].repeat(3, 1), styles[i : i + 1]) for i in range(2)]
    assert fed(StyleRetrieval(StyleRetrievalOptions()), *both) == {"accuracy": 1.0}


def test_style_retrieval_sees_deviations_and_every_layer():
    # The same means; only the deviation of the deep layer tells the styles apart.
    wide = record(torch.zeros(1, 4), torch.tensor([[0.0, 0, 0, 0]]))
    wide.style_maps = {"fine": maps(torch.zeros(1, 4))["fine"], "deep": 3 * maps(torch.zeros(1, 4))["deep"]}
    narrow = record(torch.zeros(1, 4), torch.tensor([[1e-3, 0, 0, 0]]))
    narrow.style_maps = maps(torch.zeros(1, 4))
    wide.stylized_maps, narrow.stylized_maps = dict(wide.style_maps), dict(narrow.style_maps)
    assert fed(StyleRetrieval(StyleRetrievalOptions()), wide, narrow) == {"accuracy": 1.0}
    shallow = StyleRetrieval(StyleRetrievalOptions(layers=("fine",)))
    assert fed(shallow, wide, narrow) == {"accuracy": 0.5}, "there they are the same"


@pytest.mark.parametrize("name", JUDGED)
def test_specs(name):
    spec = SPECS[name]
    assert spec.judge(spec.options()) == {"name": "vgg16", "weights": "random"}
    other = spec.options(judge="vgg19", judge_weights="bundled")
    assert spec.judge(other) == {"name": "vgg19", "weights": "bundled"}
    wrong = {"layer": "relu9"} if "layer" in spec.options.model_fields else {"layers": ("relu9",)}
    with pytest.raises(ContractError, match=f"metric '{name}' needs layer 'relu9'"):
        spec.layers(spec.options(**wrong), LAYOUT)


def test_default_layers():
    assert SPECS["kid"].layers(KidOptions(), LAYOUT) == ("fine",), "the deepest of stride 4 or less"
    assert SPECS["kid"].layers(KidOptions(), FeatureLayout([Layer("a", 4, 8), Layer("b", 4, 16)])) == ("a",)
    assert SPECS["artfid-like"].layers(ArtFidOptions(content_layers=("deep",)), LAYOUT) == ("fine", "deep")
    assert SPECS["artfid-like"].layers(ArtFidOptions(content_layers=("fine",)), LAYOUT) == ("fine",)
