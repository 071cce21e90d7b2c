"""Units on planted truths: what the right answer is, is known before anything is computed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import interpolate

import gsx
from gsx.api import Address, ContractError, FeatureLayout, Layer
from gsx.explaining.probe import PipelineProbe
from gsx.ops.statistics import match_statistics, mean_std
from gsx_units.components import ComponentsUnit
from gsx_units.fused import FusedUnit
from gsx_units.fused_channels import FusedChannelsUnit
from gsx_units.generator import GeneratorUnit
from gsx_units.moments import remade
from gsx_units.options import FusedOptions, ModuleOptions, StatisticsOptions
from gsx_units.statistics import StatisticsUnit

LAYOUT = FeatureLayout([Layer("fine", 3, 1), Layer("coarse", 4, 2)])


class Colours(nn.Module):
    """fine: the picture; coarse: its colours and their squares' mean, averaged over 2 × 2 pixels."""

    def forward(self, image: Tensor, layers) -> dict[str, Tensor]:
        pooled = nn.functional.avg_pool2d(torch.cat([image, image.square().mean(1, keepdim=True)], 1), 2)
        return {name: value for name, value in (("fine", image), ("coarse", pooled)) if name in layers}


class Reads(nn.Module):
    """Shows one channel of one fused level, through two modules of its own."""

    def __init__(self, level: str, channel: int) -> None:
        super().__init__()
        self.level, self.channel = level, channel
        self.first, self.second = nn.Identity(), nn.Identity()

    def forward(self, fused, content) -> Tensor:
        grey = self.second(self.first(fused[self.level])[:, self.channel :][:, :1])
        return interpolate(grey, size=content.shape[-2:]).expand(-1, 3, -1, -1)


class SpreadOnly(nn.Module):
    """The style reaches the result through the deviation of channel 2 of ``coarse``, and in no other way."""

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        return content * mean_std(style)[1][:, 2:3]


def pipeline(generator: nn.Module, fusion=lambda c, s: c, levels=("fine", "coarse")) -> gsx.Pipeline:
    return gsx.Pipeline(Colours(), fusion, generator, layout=LAYOUT, levels=levels)


def picture(seed: int, height: int = 8, width: int = 12) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


CONTENT, STYLE = picture(1), picture(2, 6, 10)


def power(outputs) -> Tensor:
    return outputs.stylized.square().mean((1, 2, 3))


def probe(parts: gsx.Pipeline, unit, baseline="zero", score=power) -> PipelineProbe:
    with torch.no_grad():
        return PipelineProbe(parts, parts(CONTENT, STYLE), score, unit, baseline=baseline)


def effects(bound: PipelineProbe) -> dict[str, float]:
    """Unit -> what the score loses without it."""
    names = bound.space.names
    lost = bound.base - bound.values(1 - torch.eye(len(names))).scores[:, 0]
    return dict(zip(names, lost.tolist(), strict=True))


def test_a_style_through_one_deviation_alone():
    parts = pipeline(Reads("coarse", 0), SpreadOnly(), levels=("coarse",))
    for baseline in ("zero", "content"):
        found = effects(probe(parts, StatisticsUnit(StatisticsOptions(layer="coarse")), baseline))
        assert len(found) == 8
        assert found.pop("coarse std[2]") != 0
        assert set(found.values()) == {0.0}, baseline
    means = effects(probe(parts, StatisticsUnit(StatisticsOptions(layer="coarse", statistic="mean"))))
    assert list(means) == [f"coarse mean[{index}]" for index in range(4)]
    assert set(means.values()) == {0.0}


@pytest.mark.parametrize("level", ["fine", "coarse"])
def test_statistics_are_worth_what_they_are(level: str):
    """A score that is Σ_k w_k μ_k + v_k σ_k: with zeros as baseline each is worth its own term."""
    channels = LAYOUT[level].channels
    w, v = torch.linspace(-2, 3, channels), torch.linspace(1, -4, channels)

    def score(outputs) -> Tensor:
        mean, std = mean_std(outputs.stylized_maps[level], 0.0)
        return (mean.flatten(1) * w + std.flatten(1) * v).sum(1)

    parts = pipeline(Reads("fine", 1))
    bound = probe(parts, StatisticsUnit(StatisticsOptions(layer=level, role="stylized")), score=score)
    with torch.no_grad():
        mean, std = mean_std(parts(CONTENT, STYLE).stylized_maps[level], 0.0)
    wanted = torch.cat([w * mean.flatten(), v * std.flatten()]).tolist()
    assert list(effects(bound).values()) == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert bound.gradient().flatten().tolist() == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), mean=st.floats(0, 1), std=st.floats(0, 1))
def test_the_statistics_of_a_remade_map(seed: int, mean: float, std: float):
    random = torch.Generator().manual_seed(seed)
    own, other = torch.randn(2, 3, 5, 4, generator=random) * 2 + 1, torch.randn(2, 3, 5, 4, generator=random) - 3
    found = mean_std(remade(own, other, torch.tensor(mean), torch.tensor(std), torch.tensor(1.0)), 0.0)
    for got, one, two, share in zip(found, mean_std(own, 0.0), mean_std(other, 0.0), (mean, std), strict=True):
        torch.testing.assert_close(got, torch.lerp(two, one, share), rtol=1e-4, atol=1e-4)


def test_a_remade_map_is_itself_to_the_bit_and_dead_channels_stay_dead():
    own, one = torch.randn(1, 3, 6, 6) * 100, torch.tensor(1.0)
    own[:, 1], own[:, 2] = 0.0, 0.1
    other = torch.randn_like(own)
    assert torch.equal(remade(own, other, one, one, one), own)
    changed = remade(own, other, one, torch.tensor(0.0), one)
    torch.testing.assert_close(changed[:, 1:], own[:, 1:], rtol=1e-5, atol=0)
    matched = match_statistics(own[:, :1], *mean_std(other[:, :1]))
    torch.testing.assert_close(remade(own, other, one * 0, one * 0, one)[:, :1], matched, rtol=1e-3, atol=1e-3)
    own.requires_grad_()
    remade(own, other, one, torch.tensor(0.5), one).sum().backward()
    assert own.grad.isfinite().all()


def test_a_generator_that_reads_one_fused_channel():
    parts = pipeline(Reads("coarse", 3), lambda c, s: c + s.mean((2, 3), keepdim=True))
    found = effects(probe(parts, FusedChannelsUnit(FusedOptions())))
    assert found.pop("fused coarse[3]") > 0
    assert found == {f"fused coarse[{index}]": 0.0 for index in range(3)}
    assert set(effects(probe(parts, FusedChannelsUnit(FusedOptions(level="fine")))).values()) == {0.0}


def test_the_positions_of_a_fused_map():
    """A score of the upper left corner: only the positions that make it are worth anything."""
    bound = probe(
        pipeline(Reads("coarse", 0)), FusedUnit(FusedOptions()), score=lambda o: o.stylized[..., :4, :6].mean((1, 2, 3))
    )
    assert bound.lies_on == "stylized"
    assert bound.space.shape == (4, 6)
    gradient = bound.gradient()[0]
    assert (gradient[:2, :3] > 0).all()
    gradient[:2, :3] = 0
    assert not gradient.any()


def test_components_of_a_generator_that_reads_a_skip_alone():
    found = effects(probe(pipeline(Reads("fine", 0)), ComponentsUnit(None)))
    assert list(found) == ["content", "mean", "deviation", "skip fine"]
    assert found.pop("skip fine") > 0
    assert set(found.values()) == {0.0}


def test_components_of_a_generator_that_reads_the_deepest_alone():
    """Score Σ x² = μ² + σ²: without the mean σ² is left; without content, or without deviation, μ²."""
    parts = pipeline(Reads("coarse", 0))
    with torch.no_grad():
        mean, std = (float(value[0, 0]) for value in mean_std(parts(CONTENT, STYLE).fused["coarse"], 0.0))
    found = effects(probe(parts, ComponentsUnit(None)))
    assert found == pytest.approx(
        {"content": std**2, "mean": mean**2, "deviation": std**2, "skip fine": 0.0}, rel=1e-4, abs=1e-6
    )
    only_content = probe(parts, ComponentsUnit(None)).values(torch.tensor([[0.0, 1.0, 1.0, 1.0]])).scores
    assert only_content.item() == pytest.approx(mean**2, rel=1e-4)


def test_components_against_the_content_undo_a_fusion_of_statistics():
    def adain(content: Tensor, style: Tensor) -> Tensor:
        return match_statistics(content, *mean_std(style))

    parts = pipeline(Reads("coarse", 1), adain)
    plain = pipeline(Reads("coarse", 1))(CONTENT, STYLE).stylized
    bound = probe(parts, ComponentsUnit(None), "content", lambda o: (o.stylized - plain).square().mean((1, 2, 3)))
    rows = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    undone, half = bound.values(rows).scores[:, 0].tolist()
    assert bound.base.item() > 1e-4
    assert undone < 1e-5 * bound.base.item()
    assert half > 100 * max(undone, 1e-12)


def test_channels_within_the_generator():
    parts = pipeline(Reads("coarse", 2))
    found = effects(probe(parts, GeneratorUnit(ModuleOptions(module="first"))))
    assert found.pop("first[2]") > 0
    assert set(found.values()) == {0.0}
    assert len(found) == 3
    ends = effects(probe(parts, GeneratorUnit(ModuleOptions()), score=lambda o: o.stylized[:, 1].mean((1, 2))))
    assert ends.pop("green") > 0
    assert set(ends.values()) == {0.0}


def test_channels_of_a_module_without_positions():
    class Scales(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weigh = nn.Linear(4, 3, bias=False)
            nn.init.eye_(self.weigh.weight)

        def forward(self, fused, content) -> Tensor:
            return content * self.weigh(fused["coarse"].mean((2, 3)))[:, :, None, None]

    found = effects(
        probe(
            pipeline(Scales()),
            GeneratorUnit(ModuleOptions(module="weigh")),
            score=lambda o: o.stylized[:, 2].mean((1, 2)),
        )
    )
    assert found.pop("weigh[2]") > 0
    assert found == {"weigh[0]": 0.0, "weigh[1]": 0.0}


class Repeats(Reads):
    """Runs one module twice."""

    def forward(self, fused, content) -> Tensor:
        return super().forward({name: self.first(value) for name, value in fused.items()}, content)


class Pairs(Reads):
    """``both`` gives two tensors."""

    def __init__(self, level: str, channel: int) -> None:
        super().__init__(level, channel)
        self.both = nn.ModuleDict({"a": nn.Identity()})
        self.both.forward = lambda value: (value, value)

    def forward(self, fused, content) -> Tensor:
        return super().forward({name: self.both(value)[0] for name, value in fused.items()}, content)


@pytest.mark.parametrize(
    ("generator", "module", "message", "hint"),
    [
        (Reads("coarse", 0), "frst", "nothing at generator 'frst' runs", "Did you mean 'first'"),
        (Repeats("coarse", 0), "first", "'first' runs more than once in one pass", "runs once"),
        (Pairs("coarse", 0), "both", "'both' gives a tuple, not a tensor", "module within it"),
        (nn.Sequential(*(nn.Identity() for _ in range(30))), "99", "nothing at generator '99'", "There are 30, among"),
    ],
)
def test_modules_that_cannot_be_explained(generator: nn.Module, module: str, message: str, hint: str):
    parts = pipeline(generator) if not isinstance(generator, nn.Sequential) else pipeline(generator, levels=("fine",))
    with pytest.raises(ContractError, match=message) as refusal:
        probe(parts, GeneratorUnit(ModuleOptions(module=module))).space  # noqa: B018
    assert hint in refusal.value.hint


@pytest.mark.parametrize("unit", [FusedUnit, FusedChannelsUnit])
def test_a_level_that_is_not_given(unit):
    parts = pipeline(Reads("coarse", 0), levels=("coarse",))
    with pytest.raises(ContractError, match="fused level 'fine', which the generator is not given") as refusal:
        probe(parts, unit(FusedOptions(level="fine")))
    assert "Known: coarse." in refusal.value.hint


def test_calls_are_counted():
    class Late(FusedUnit):
        def addresses(self, layout):
            return (Address("extractor", "coarse", 7),)

    parts = pipeline(Reads("coarse", 0))
    with pytest.raises(ContractError, match="addressed in call 7, and the extractor is called 3 times") as refusal:
        probe(parts, Late(FusedOptions())).space  # noqa: B018
    assert refusal.value.hint == "Calls are numbered from 0 to 2."
