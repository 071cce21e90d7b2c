"""Rows run together, within a budget of memory, are worth what they are worth alone."""

import subprocess
import sys

import pytest
import torch

import gsx
from gsx.explaining.memory import peak_bytes
from gsx.explaining.probe import PipelineProbe
from gsx_units.channels import ChannelsUnit
from gsx_units.options import MapOptions
from tests.core.explaining.explaining_toys import WEIGHTS, TwoLayers, linear, picture, pipeline

CONTENT, STYLE = picture(16, 24, seed=1, count=2), picture(20, 12, seed=2)


def probe(unit, *, score=linear, parts=None, baseline="zero", content=CONTENT, **options):
    parts = parts or pipeline()
    with torch.no_grad():
        outputs = parts(content, STYLE)
    return PipelineProbe(parts, outputs, score, unit, baseline=baseline, **options)


def rows(count, *shape, seed=0):
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
@pytest.mark.parametrize("batched", [True, False])
def test_a_chunk_of_one_is_a_chunk_of_64(role, batched):
    coefficients = rows(70, 6)
    found = []
    for chunk in (1, 64):
        one = probe(ChannelsUnit(MapOptions(layer="deep", role=role)), chunk=chunk, batched=batched)
        found.append(one.values(coefficients))
        assert one.evaluations == 70
    assert torch.allclose(found[0].scores, found[1].scores, rtol=1e-5, atol=1e-6)
    assert found[0].scores.std(0).min() > 1e-4
    if role != "stylized":
        assert torch.allclose(found[0].image_change, found[1].image_change, atol=1e-6)


def test_each_sample_can_have_rows_of_its_own():
    unit = ChannelsUnit(MapOptions(layer="deep"))
    own = rows(5, 2, 6)
    apart = probe(unit, chunk=3).values(own).scores
    for sample in range(2):
        alone = probe(unit, chunk=1).values(own[:, sample]).scores
        assert torch.allclose(apart[:, sample], alone[:, sample], atol=1e-6)
    assert not torch.allclose(own[:, 0], own[:, 1])


@pytest.mark.parametrize("role", ["content", "style", "stylized"])
@pytest.mark.parametrize("chunk", [1, 8, None])
def test_a_unit_without_effect_is_worth_exactly_nothing(role, chunk):
    """Also where the edit, or the batch, rounds."""

    def reads_channel_two(outputs):
        return outputs.stylized_maps["deep"][:, 2].mean((1, 2)) + 0.1

    unit = ChannelsUnit(MapOptions(layer="deep", role=role))
    parts = pipeline(fusion=lambda c, s: c[:, :6] * 1.0) if role == "content" else pipeline()
    one = probe(unit, score=reads_channel_two, parts=parts, baseline="zero", chunk=chunk)
    change = one.base[None] - one.values(1 - torch.eye(6)).scores
    if role == "stylized":
        assert change[2].abs().min() > 1e-3
        assert torch.equal(change[[0, 1, 3, 4, 5]], torch.zeros(5, 2))
    else:
        assert change.any()
    assert torch.equal(one.values(torch.ones(9, 6)).scores, one.base.expand(9, 2))


def test_a_network_that_mixes_its_batch_is_asked_row_by_row():
    class Greedy(TwoLayers):
        def forward(self, image, layers):
            return {name: value / value.abs().max() for name, value in super().forward(image, layers).items()}

    parts = pipeline(extractor=Greedy())
    options = {"parts": parts, "content": CONTENT[:1]}
    unit = ChannelsUnit(MapOptions(layer="deep", role="style"))
    coefficients = 4 * rows(12, 6)
    alone = probe(unit, chunk=1, **options).values(coefficients).scores
    together = probe(unit, chunk=8, **options)
    assert torch.equal(together.values(coefficients).scores, alone)


def test_a_callable_sees_the_batch_that_it_was_written_for():
    weights = torch.tensor([1.0, -2.0])

    def of_two(outputs):
        assert len(outputs.stylized) == 2
        return outputs.stylized_maps["deep"].mean((1, 2, 3)) * weights

    found = probe(ChannelsUnit(MapOptions(layer="deep", role="content")), score=of_two, chunk=8).values(rows(8, 6))
    assert found.scores.shape == (8, 2)


def test_the_budget_decides_how_many_rows_run_together():
    unit = ChannelsUnit(MapOptions(layer="deep", role="content"))
    assert probe(unit, budget=512).chunk > 1
    large = probe(unit, budget=1, content=picture(256, 256), parts=pipeline())
    assert large.chunk == 1
    assert large.values(rows(2, 6)).scores.shape == (2, 1)


def test_an_iterative_generator_runs_alone():
    def slow(fused):
        return torch.nn.functional.interpolate(fused[:, :3], scale_factor=2)

    parts = pipeline(generator=slow, traits=frozenset({"iterative"}), levels=["deep"])
    assert probe(ChannelsUnit(MapOptions(layer="deep", role="style")), parts=parts).chunk == 1
    assert probe(ChannelsUnit(MapOptions(layer="deep")), parts=parts).chunk > 1


def test_a_score_that_never_looks_at_the_result_sees_what_was_edited():
    """Of what the style picture's own pass reads, no picture is made; the true content and style are for comparing."""
    made = []

    def generator(fused, content, context):
        made.append(1)
        return torch.zeros_like(content)

    def of_the_style(outputs):
        return (outputs.style_maps["deep"].mean((2, 3)) * WEIGHTS).sum(1)

    parts = pipeline(generator=generator)
    one = probe(
        ChannelsUnit(MapOptions(layer="deep", role="style")), score=of_the_style, parts=parts, content=CONTENT[:1]
    )
    made.clear()
    found = one.base[None] - one.values(1 - torch.eye(6)).scores
    expected = parts.extract(STYLE, ["deep"])["deep"].mean((2, 3))[0] * WEIGHTS
    assert not one.remakes
    assert made == []
    assert torch.allclose(found[:, 0], expected, atol=1e-6)
    assert found[2] == 0


def test_fused_maps_that_a_score_reads_are_the_edited_ones():
    def of_the_fused(outputs):
        return outputs.fused["deep"].mean((1, 2, 3))

    one = probe(ChannelsUnit(MapOptions(layer="deep", role="style")), score=of_the_fused, content=CONTENT[:1])
    assert not one.remakes
    assert one.gradient().abs().min() > 0


def test_a_discriminator_can_be_edited():
    class Judge(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Conv2d(3, 4, 1, bias=False)

        def forward(self, image):
            return self.inner(image)[:, 1:2]

    parts = pipeline(discriminator=Judge())

    class Inner(ChannelsUnit):
        def addresses(self, layout):
            return (gsx.api.Address("discriminator", "inner", "stylized"),)

    one = probe(Inner(MapOptions()), score=lambda o: o.logits[0].mean((1, 2, 3)), parts=parts)
    change = one.base[None] - one.values(1 - torch.eye(4)).scores
    assert torch.equal(change != 0, torch.tensor([False, True, False, False])[:, None].expand(4, 2))


def test_the_gradient_anywhere():
    unit = ChannelsUnit(MapOptions(layer="deep"))
    one = probe(unit, score=lambda o: o.stylized_maps["deep"].square().mean((1, 2, 3)))
    ones, half = one.gradient(), one.gradient(torch.full((6,), 0.5))
    assert torch.allclose(half, ones / 2, rtol=1e-4)  # quadratic: the gradient is linear in the coefficient
    own = torch.stack([torch.full((6,), 0.5), torch.ones(6)])
    assert torch.allclose(one.gradient(own), torch.stack([half[0], ones[1]]), rtol=1e-4)
    assert one.gradients == 3


def test_activations_elsewhere():
    unit = ChannelsUnit(MapOptions(layer="deep"))
    one = probe(unit, score=lambda o: o.stylized_maps["deep"].square().sum((1, 2, 3)))
    (here,) = one.activations()
    (there,) = one.activations([here.value * 3])
    assert torch.allclose(there.gradient, 3 * here.gradient)
    assert torch.equal(there.value, here.value * 3)


def test_peak_memory_of_tensors():
    def chain(length):
        values = torch.zeros(1000)
        for _ in range(length):
            values = values + 1
        return values

    assert peak_bytes(lambda: chain(9))[1] == 8000  # of a sum, the old and the new are there
    assert peak_bytes(lambda: [chain(0) for _ in range(5)])[1] == 20_000


MEMORY = """
import resource, sys, torch, gsx
from gsx.explaining.probe import PipelineProbe
from gsx_units.options import MapOptions
from gsx_units.channels import ChannelsUnit
torch.set_num_threads(1)
wide = torch.nn.Conv2d(3, 64, 3, padding=1)
parts = gsx.Pipeline(wide, lambda c, s: c, torch.nn.Conv2d(64, 3, 1))
content, style = torch.rand(1, 3, 128, 128), torch.rand(1, 3, 32, 32)
outputs = parts(content, style)
probe = PipelineProbe(
    parts, outputs, lambda o: o.stylized.mean((1, 2, 3)),
    ChannelsUnit(MapOptions(layer="features", role="content")), baseline="zero", chunk=None, budget=int(sys.argv[1]),
)
probe.chunk
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
probe.values(torch.rand(int(sys.argv[2]), 64))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_memory_stays_within_the_budget_however_many_rows():
    """A row takes some 16 MiB here; 64 of them at once would take a gigabyte."""

    def grown(budget, count):
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, str(budget), str(count)], capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    assert grown(64, 64) < 64 + 32  # and the work space of convolutions, which is not counted


def test_a_generator_that_writes_over_what_a_fusion_hands_on():
    """An identity, then a decoder that begins with an in-place ReLU: the content's own maps stay as they are."""
    decoder = torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.Conv2d(6, 3, 1))
    parts = pipeline(fusion=lambda c, s: c, generator=lambda fused: torch.nn.Upsample(scale_factor=2)(decoder(fused)))
    outputs = parts(CONTENT, STYLE)
    assert torch.equal(outputs.content_maps["deep"], parts.extract(CONTENT, ["shallow", "deep"])["deep"])
    one = probe(ChannelsUnit(MapOptions(layer="deep", role="content")), parts=parts, chunk=1)
    first, again = one.values(1 - torch.eye(6)).scores, one.values(1 - torch.eye(6)).scores
    assert torch.equal(first, again)
