"""displacements of pixels: exact, term by term, and the picture is the same as without."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gsx.api import Cancelled
from gsx.ops.statistics import match_statistics, mean_std
from gsx_generators.contracts import pixels_levels
from gsx_generators.options import PixelsOptions
from gsx_generators.pixel_displacements import DisplacementPath
from gsx_generators.pixels import Pixels

from .generator_fakes import TINY, FakeContext, pictures

TERMS = {"content", "style", "tv", "overshoot", "clamping"}


def context_of(count: int = 1, height: int = 24, width: int = 32, **fields: object) -> FakeContext:
    return FakeContext(pictures(count, height, width, seed=1), pictures(count, seed=2), **fields)


def adain(context: FakeContext) -> dict[str, torch.Tensor]:
    content, style = context.content_maps["relu3"], context.style_maps["relu3"]
    stylised = match_statistics(content, *mean_std(style))
    return {"relu3": content + context.strength * (stylised - content)}


def generator(**options: object) -> Pixels:
    chosen = PixelsOptions(**{"iterations": 12, **options})
    return Pixels(chosen, TINY.select(pixels_levels(chosen, TINY)))


def displaced(context: FakeContext, **options: object) -> dict[str, torch.Tensor]:
    return generator(**options).displacements(adain(context), context.content, context)


def missed(context: FakeContext, moved: dict[str, torch.Tensor]) -> float:
    """How far content and displacements are from the picture that was offered last."""
    return (context.content + sum(moved.values()) - context.offers[-1]).abs().max().item()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    size=st.tuples(st.sampled_from([8, 16, 24]), st.sampled_from([8, 24])),
    iterations=st.integers(1, 25),
    history=st.integers(1, 12),
    weights=st.tuples(*[st.sampled_from([0.0, 0.01, 1.0, 30.0, 1000.0])] * 3),
    strength=st.sampled_from([0.0, 0.4, 1.0]),
    count=st.integers(1, 2),
    statistic=st.sampled_from(["mean-std", "gram"]),
)
def test_they_add_up_to_the_picture_of_the_usual_path(size, iterations, history, weights, strength, count, statistic):
    names = ("content_weight", "style_weight", "tv_weight")
    options = {"iterations": iterations, "history": history, "statistic": statistic}
    options |= dict(zip(names, weights, strict=True))
    usual, apart = (context_of(count, *size, strength=strength) for _ in range(2))
    picture = generator(**options)(adain(usual), usual.content, usual)
    moved = displaced(apart, **options)
    assert set(moved) == TERMS
    assert torch.equal(apart.offers[-1], picture)
    assert apart.steps == usual.steps
    assert missed(apart, moved) < 1e-5
    for name, weight in zip(("content", "style", "tv"), weights, strict=True):
        if weight == 0:
            assert not moved[name].any()


def test_terms_do_move_it():
    moved = displaced(context_of())
    assert all(moved[name].abs().mean() > 1e-3 for name in TERMS)


def test_strength_0_moves_nothing():
    assert not any(part.any() for part in displaced(context_of(count=2, strength=0.0)).values())


def test_the_first_step_is_along_each_terms_own_gradient():
    # t = 1 / |g|_1 and d = -g; by hand for tv, whose gradient is that of squared steps.
    context = context_of()
    moved = displaced(context, iterations=2, content_weight=0, style_weight=0, tv_weight=3)
    image = context.content.clone().requires_grad_()
    across, down = image[..., 1:] - image[..., :-1], image[..., 1:, :] - image[..., :-1, :]
    ((across**2).mean() + (down**2).mean()).backward()
    torch.testing.assert_close(moved["tv"], -image.grad / image.grad.abs().sum(), atol=2e-7, rtol=1e-3)
    assert not moved["content"].any()


def test_shares_of_the_first_step_go_with_the_weights():
    # Both terms' gradients at the content do not depend on weights, and the step has length 1 / |g|_1.
    one, other = (displaced(context_of(), iterations=2, tv_weight=weight) for weight in (10, 20))
    ratio = (other["tv"].norm() / other["style"].norm()) / (one["tv"].norm() / one["style"].norm())
    assert ratio.item() == pytest.approx(2, rel=1e-3)


class Descent:
    """A search whose preconditioner is the identity."""

    def __init__(self, start: torch.Tensor) -> None:
        self.origin = self.point = start

    def preconditioned(self, vector: torch.Tensor) -> torch.Tensor:
        return vector.double()

    def to(self, point: torch.Tensor) -> None:
        self.origin, self.point = self.point, point


class Springs:
    """Two springs: content pulls to 0 with 1/2·x², style to 3 with 1/2·(x - 3)², per pixel."""

    def __init__(self, content: float = 1.0, style: float = 2.0) -> None:
        self.weights = {"content": content, "style": style, "tv": 0.0}

    def __call__(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        area = image.shape[-2] * image.shape[-1]  # undoes the objective's scale
        content, style = (0.5 * (image - goal).square().sum() / area for goal in (0, 3))
        return {"content": content, "style": style, "tv": image.sum() * 0}


def test_two_springs_worked_out_by_hand():
    start = torch.full((1, 3, 2, 2), 0.5)
    path, search = DisplacementPath(Springs(), start), Descent(start)
    # At 0.5 content pulls by -0.5 and style by 2·2.5 = 5; a tenth of the sum goes to 0.95.
    search.to(torch.full_like(start, 0.95))
    path.found(search.point)
    path.stepped(search)
    assert path.moved["content"].unique().item() == pytest.approx(-0.05, abs=1e-6)
    assert path.moved["style"].unique().item() == pytest.approx(0.5, abs=1e-6)
    assert not path.moved["clamping"].any()
    # From 0.95: -0.95 and 4.1. The best is a trial at a fifth of the sum, 1.58, and is clamped to 1.
    search.origin = search.point
    path.found(torch.full_like(start, 1.58))
    path.ended(search)
    assert path.moved["content"].unique().item() == pytest.approx(-0.05 - 0.19, abs=1e-5)
    assert path.moved["style"].unique().item() == pytest.approx(0.5 + 0.82, abs=1e-5)
    assert path.moved["clamping"].unique().item() == pytest.approx(-0.58, abs=1e-5)
    assert not path.moved["tv"].any()
    assert not path.moved["overshoot"].any()


def test_overshoot_pulls_back_to_the_range():
    start = torch.full((1, 3, 2, 2), 1.25)
    path, search = DisplacementPath(Springs(0, 0), start), Descent(start)
    search.to(torch.full_like(start, 1.25 - 0.1))
    path.found(search.point)
    path.stepped(search)
    assert path.moved["overshoot"].unique().item() == pytest.approx(-0.1, abs=1e-6)
    assert path.moved["clamping"].unique().item() == pytest.approx(-0.15, abs=1e-6)


@pytest.mark.parametrize("iterations", range(2, 14))
def test_a_trial_of_an_unfinished_line_search_is_taken_apart_too(iterations):
    context = context_of()
    assert missed(context, displaced(context, iterations=iterations, style_weight=200)) < 1e-5


def test_some_of_those_do_end_at_a_trial(monkeypatch):
    at_trial = []
    ended = DisplacementPath.ended

    def spy(self, search):
        at_trial.append(self._best is not None)
        ended(self, search)

    monkeypatch.setattr(DisplacementPath, "ended", spy)
    for iterations in range(2, 14):
        displaced(context_of(), iterations=iterations, style_weight=200)
    assert any(at_trial)
    assert not all(at_trial)


def test_each_sample_for_itself():
    batch = context_of(count=2)
    together = displaced(batch)
    fused = adain(batch)
    for sample in range(2):
        one = slice(sample, sample + 1)
        alone = FakeContext(batch.content[one], batch.style[one])
        alone.content_maps = {key: item[one] for key, item in batch.content_maps.items()}
        alone.style_maps = {key: item[one] for key, item in batch.style_maps.items()}
        own = generator().displacements({key: item[one] for key, item in fused.items()}, alone.content, alone)
        for name in TERMS:
            torch.testing.assert_close(own[name], together[name][one], atol=1e-6, rtol=1e-5)


def test_cancelled_passes_and_nothing_is_left_behind():
    def cancel(index: int) -> None:
        if index == 5:
            raise Cancelled

    context, state = context_of(on_step=cancel), torch.get_rng_state()
    before = context.content.clone()
    with torch.inference_mode():
        fused = adain(context)
    with pytest.raises(Cancelled):
        generator().displacements(fused, context.content, context)
    assert len(context.steps) == 5
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(context.content, before)


def test_no_gradient_is_kept():
    with torch.no_grad():
        moved = displaced(context_of(), iterations=3)
    assert not any(part.requires_grad for part in moved.values())
