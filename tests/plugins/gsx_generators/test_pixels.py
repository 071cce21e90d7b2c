"""pixels: what it optimises, what it promises at the ends of its options, and how it stops."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from gsx.api import Cancelled, DivergedError, FeatureLayout, Layer
from gsx.ops.statistics import match_statistics, mean_std
from gsx_generators.contracts import pixels_levels
from gsx_generators.options import PixelsOptions
from gsx_generators.pixels import Pixels

from .generator_fakes import TINY, FakeContext, TinyExtractor, in_range, pictures


def context_of(count: int = 1, **fields: object) -> FakeContext:
    return FakeContext(pictures(count, seed=1), pictures(count, seed=2), **fields)


def adain(context: FakeContext, level: str = "relu3") -> dict[str, torch.Tensor]:
    content, style = context.content_maps[level], context.style_maps[level]
    stylised = match_statistics(content, *mean_std(style))
    return {level: content + context.strength * (stylised - content)}


def stylise(context: FakeContext, fused: dict[str, torch.Tensor] | None = None, **options: object) -> torch.Tensor:
    chosen = PixelsOptions(**{"iterations": 12, **options})
    fused = adain(context) if fused is None else fused
    levels = TINY.select(pixels_levels(chosen, TINY))
    return Pixels(chosen, levels)(fused, context.content, context)


def losses(context: FakeContext, term: str = "loss") -> list[float]:
    return [values[term] for _, _, values in context.steps]


def test_picture_is_in_range_and_the_loss_decreases():
    context = context_of()
    image = stylise(context)
    assert image.shape == context.content.shape
    assert image.is_contiguous()
    assert not image.requires_grad
    assert in_range(image)
    assert min(losses(context)) < 0.5 * losses(context)[0]


def test_progress_names_every_term_and_counts_to_the_end():
    context = context_of(count=2)
    stylise(context, iterations=3)
    assert [(index, total) for index, total, _ in context.steps] == [(index, 6) for index in range(1, 7)]
    assert all(set(values) == {"loss", "content", "style", "tv"} for _, _, values in context.steps)


def test_loss_is_the_weighted_sum_of_its_terms():
    context = context_of(strength=0.5)
    stylise(context, iterations=2, content_weight=2, style_weight=3, tv_weight=4)
    values = context.steps[-1][2]
    assert values["loss"] == pytest.approx(2 * values["content"] + 3 * values["style"] + 0.5 * 4 * values["tv"])


def test_terms_by_hand():
    # At the first step the picture is the content.
    context = context_of()
    fused = adain(context)
    stylise(context, fused, iterations=1, style_layers=("relu1",))
    first, content, target = context.steps[0][2], context.content_maps, fused["relu3"]
    assert first["content"] == pytest.approx(
        ((content["relu3"] - target) ** 2).mean().item() / (target.var(correction=0).item() + 1e-5), rel=1e-4
    )
    (mean, std), (wanted_mean, wanted_std) = mean_std(content["relu1"]), mean_std(context.style_maps["relu1"])
    error = ((mean - wanted_mean) ** 2 + (std - wanted_std) ** 2).mean().item()
    assert first["style"] == pytest.approx(
        error / (context.style_maps["relu1"].var(correction=0).item() + 1e-5), rel=1e-4
    )
    image = context.content
    across, down = image[..., 1:] - image[..., :-1], image[..., 1:, :] - image[..., :-1, :]
    assert first["tv"] == pytest.approx(((across**2).mean() + (down**2).mean()).item(), rel=1e-4)


def test_gram_term_by_hand():
    # At the first step the picture is the content; one channel of the style is dead.
    context = context_of(strength=0.5)
    context.style_maps["relu1"] = context.style_maps["relu1"].clone()
    context.style_maps["relu1"][:, 0] = 0
    stylise(context, iterations=1, statistic="gram", style_layers=("relu1", "relu2"))
    shares = []
    for name in ("relu1", "relu2"):
        own, wanted = (
            torch.einsum("ip,jp->ij", *[maps[name][0].flatten(1)] * 2) / maps[name][0, 0].numel()
            for maps in (context.content_maps, context.style_maps)
        )
        # Half of the way is left: a quarter of the squared distance.
        shares.append((own - wanted).square().mean().item() / 4 / (wanted.var(correction=0).item() + 1e-5))
    assert context.steps[0][2]["style"] == pytest.approx(sum(shares) / 2, rel=1e-4)


def test_gram_of_one_channel_beside_a_dead_one_in_closed_form():
    # Columns of a and b: G = [[(a² + b²) / 2, 0], [0, 0]], whose variance is 3/16 of G₁₁².
    layout = FeatureLayout([Layer("only", 2, 1)])

    def extract(image: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        return {"only": torch.cat([image[:, :1], torch.zeros_like(image[:, :1])], 1)}

    context = context_of(extract=extract, layout=layout)
    context.content = torch.tensor([0.6, 0.8]).expand(1, 3, 2, 2).clone()
    context.content_maps = extract(context.content, ())
    context.style_maps = {"only": torch.tensor([2.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 2, 2)}
    chosen = PixelsOptions(iterations=1, statistic="gram")
    Pixels(chosen, layout)(context.content_maps, context.content, context)
    own, wanted = 0.5, 4.0
    assert context.steps[0][2]["style"] == pytest.approx((own - wanted) ** 2 / 4 / (3 / 16 * wanted**2), rel=1e-4)


def test_gram_sees_which_channels_fire_together_where_mean_and_deviation_do_not():
    # The style's second channel mirrored left to right: the same statistics, another Gram matrix.
    context = context_of()
    for name in TINY:
        maps = context.content_maps[name].clone()
        maps[:, 1] = maps[:, 1].flip(-1)
        context.style_maps[name] = maps
    stylise(context, iterations=1)
    assert losses(context, "style")[0] < 1e-10
    stylise(context, iterations=1, statistic="gram")
    assert losses(context, "style")[1] > 1e-4


@pytest.mark.parametrize("statistic", ["mean-std", "gram"])
def test_statistic_of_the_style_itself_is_no_error_and_strength_0_leaves_the_content(statistic):
    context = context_of(strength=0.0)
    assert torch.equal(stylise(context, statistic=statistic), context.content)
    context = context_of()
    context.content, context.content_maps = context.style, context.style_maps
    stylise(context, iterations=1, statistic=statistic)
    assert losses(context, "style")[0] < 1e-10


def test_gram_error_is_a_share_whatever_the_scale_of_the_maps():
    shares = []
    for scale in (1.0, 100.0):
        context = context_of()
        context.extract = TinyExtractor(lambda maps, scale=scale: {name: scale * item for name, item in maps.items()})
        for maps in (context.content_maps, context.style_maps):
            maps.update({name: scale * item for name, item in maps.items()})
        stylise(context, iterations=1, statistic="gram")
        shares.append(losses(context, "style")[0])
    assert shares[1] == pytest.approx(shares[0], rel=0.05)


def test_gram_error_falls():
    context = context_of()
    stylise(context, statistic="gram", iterations=25)
    assert min(losses(context, "style")) < 0.3 * losses(context, "style")[0]


def test_strength_0_returns_the_content_untouched():
    context = context_of(count=2, strength=0.0)
    image = stylise(context)
    assert torch.equal(image, context.content)
    assert context.steps[-1][:2] == (24, 24)
    assert len(context.steps) == 2


def test_strength_0_with_rounded_maps_leaves_nothing_to_see():
    context = context_of(strength=0.0)
    random = torch.Generator().manual_seed(0)
    rounded = {
        key: item * (1 + 1e-5 * torch.randn(item.shape, generator=random)) for key, item in adain(context).items()
    }
    assert (stylise(context, rounded) - context.content).abs().max() < 1 / 512


def test_the_style_comes_gradually_with_strength():
    context = context_of()
    style = {name: mean_std(maps) for name, maps in context.style_maps.items()}
    distances = []
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        context.strength = strength
        maps = context.extract(stylise(context, iterations=25), tuple(TINY))
        own = {name: mean_std(maps[name]) for name in TINY}
        distances.append(
            sum((own[name][part] - style[name][part]).square().mean().item() for name in TINY for part in (0, 1))
        )
    assert distances == sorted(distances, reverse=True)
    assert 0.1 < (distances[2] / distances[0]) < 0.5  # half of the way: a quarter of the squared distance


def test_style_weight_0_decodes_the_fused_maps():
    context = context_of()
    stylise(context, style_weight=0, tv_weight=0, iterations=30)
    assert min(losses(context, "content")) < 0.3 * losses(context, "content")[0]
    assert set(losses(context, "style")) == {0.0}


def test_a_picture_of_the_style_itself_has_no_style_error():
    context = context_of()
    context.content, context.content_maps = context.style, context.style_maps
    stylise(context, iterations=1)
    assert losses(context, "style")[0] < 1e-10


def test_two_runs_are_equal():
    assert torch.equal(stylise(context_of()), stylise(context_of()))


def test_samples_of_a_batch_are_independent():
    batch = context_of(count=2)
    fused = adain(batch)
    together = stylise(batch, fused)
    for sample in range(2):
        alone = FakeContext(batch.content[sample : sample + 1], batch.style[sample : sample + 1])
        # The batch's own maps: an extractor rounds differently by batch size, and L-BFGS enlarges that.
        alone.content_maps = {key: item[sample : sample + 1] for key, item in batch.content_maps.items()}
        alone.style_maps = {key: item[sample : sample + 1] for key, item in batch.style_maps.items()}
        own = {key: item[sample : sample + 1] for key, item in fused.items()}
        assert torch.equal(stylise(alone, own), together[sample : sample + 1])


def test_one_style_serves_a_batch():
    context = FakeContext(pictures(2, seed=1), pictures(1, seed=2))
    fused = {"relu3": match_statistics(context.content_maps["relu3"], *mean_std(context.style_maps["relu3"]))}
    assert stylise(context, fused, iterations=2).shape == context.content.shape


def test_result_is_the_best_picture_that_was_offered():
    context = context_of()
    image = stylise(context)
    assert torch.equal(context.offers[0], context.content)
    assert torch.equal(context.offers[-1], image)
    assert all(in_range(offer) for offer in context.offers)


def test_cancelled_passes_after_the_best_picture_was_offered():
    def cancel(index: int) -> None:
        if index == 5:
            raise Cancelled

    context = context_of(on_step=cancel)
    with pytest.raises(Cancelled):
        stylise(context)
    assert len(context.steps) == 5
    assert not torch.equal(context.offers[-1], context.content)


@pytest.mark.parametrize(
    ("layer", "value", "term"),
    [
        ("relu3", float("nan"), "content"),
        ("relu1", float("inf"), "style"),
        ("relu1", float("nan"), "style"),
    ],
)
def test_nan_in_the_extractor_diverges_by_name(layer, value, term):
    calls = []

    def plant(maps: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        calls.append(1)
        return {**maps, layer: maps[layer] * value} if len(calls) == 3 else maps

    context = context_of(extract=TinyExtractor(plant))
    with pytest.raises(DivergedError, match=f"{term} became (nan|inf) in iteration 3 of 12") as error:
        stylise(context)
    assert "generator.style_weight" in error.value.hint
    assert len(context.steps) == 2


def test_nan_in_the_gradient_alone_diverges_too():
    def plant(maps: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {key: item + (item * 0).sqrt() for key, item in maps.items()}  # 0 forward, 0 times infinity backward

    with pytest.raises(DivergedError, match="gradient became nan in iteration 1"):
        stylise(context_of(extract=TinyExtractor(plant)))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_works_where_the_caller_takes_no_gradients_and_restores(mode):
    expected = stylise(context_of())
    context = context_of()
    with mode():
        image = stylise(context)
        assert not torch.is_grad_enabled()
        assert torch.is_inference_mode_enabled() == (mode is torch.inference_mode)
    assert torch.equal(image, expected)
    assert torch.is_grad_enabled()


def test_inputs_and_the_extractor_are_left_as_they_were():
    context = context_of()
    context.extract.scale = torch.nn.Parameter(torch.ones(()))
    context.extract.plant = lambda maps: {key: item * context.extract.scale for key, item in maps.items()}
    fused = {key: item.requires_grad_() for key, item in adain(context).items()}
    content = context.content.clone()
    stylise(context, fused)
    assert torch.equal(context.content, content)
    assert fused["relu3"].grad is None
    assert context.extract.scale.grad is None


def test_channels_last_content():
    context = context_of()
    expected = stylise(context)
    context.content = context.content.to(memory_format=torch.channels_last)
    torch.testing.assert_close(stylise(context), expected)


def test_dead_channels_of_the_style_do_not_take_over():
    # A channel without variance in the style must not be divided by its own zero.
    context = context_of()
    for name in TINY:
        context.style_maps[name] = context.style_maps[name].clone()
        context.style_maps[name][:, 0] = 0
    stylise(context)
    assert all(value < 10 for value in losses(context, "style"))


def test_several_content_layers_and_few_style_layers():
    context = context_of()
    fused = {name: adain(context, name)[name] for name in ("relu2", "relu3")}
    stylise(context, fused, content_layers=("relu2", "relu3"), style_layers=("relu1",))
    assert min(losses(context)) < losses(context)[0]


@pytest.mark.parametrize(
    "weights", [{"content_weight": 0}, {"tv_weight": 0}, {"content_weight": 0, "style_weight": 0, "tv_weight": 0}]
)
def test_any_term_can_be_switched_off(weights):
    image = stylise(context_of(), iterations=3, **weights)
    assert image.isfinite().all()


def test_the_extractor_only_sees_pictures_in_range():
    context = context_of()
    stylise(context, style_weight=1000)
    assert all(in_range(image, slack=1e-6) for image in context.extract.images)
