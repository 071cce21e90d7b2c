"""Features of a picture are extracted once per extractor, and count in every cell's time."""

import itertools
from dataclasses import replace

import pytest
import torch

from gsx.bench.bench import run_bench
from gsx.bench.clock import now
from gsx.bench.features import Features
from gsx.pipeline.build import BuiltPipeline


def run(bench, plan, executor):
    with bench.folder.open():
        run_bench(
            plan,
            bench.pictures,
            bench.folder,
            executor,
            timeout=60,
            device="cpu",
            command="",
            listener=lambda cell, outcome: None,
        )


@pytest.fixture
def looks(monkeypatch):
    """The roles of all passes of the extractor."""
    seen = []
    extract = BuiltPipeline.extract

    def counted(self, image, layers, role=None):
        seen.append(role)
        return extract(self, image, layers, role)

    monkeypatch.setattr(BuiltPipeline, "extract", counted)
    return seen


def test_each_picture_is_looked_at_once(bench, in_process, looks):
    plan = bench.quick_plan(["style-distance"], fusion=["adain", "wct"], grid={"run.strength": [0.5, 1.0]})
    run(bench, plan, in_process())
    assert (looks.count("content"), looks.count("style")) == (2, 2)
    assert looks.count("stylized") == (4 + 2) * 4  # results, and controls, are looked at by the metrics


def test_another_extractor_looks_again(bench, in_process, looks):
    plan = bench.plan(
        extractor=[{"name": "vgg19-slim", "widths": [width] * 5} for width in (4, 5)],
        generator=[{"name": "pixels", "iterations": 1}],
    )
    run(bench, plan, in_process())
    assert looks.count("style") == 2 * 2


def test_seconds_do_not_depend_on_which_cell_came_first(bench, in_process, monkeypatch):
    """The first cell extracts; the second finds the features, and is told their time."""
    plan = bench.plan(generator=["resnet"], grid={"run.strength": [0.5, 1.0]}, fusion=["adain"])
    of = Features.of
    monkeypatch.setattr(Features, "of", lambda *arguments: replace(of(*arguments), seconds=1000.0))
    run(bench, plan, in_process())
    seconds = [
        pair["seconds"] for cell in plan.cells if cell.control is None for pair in bench.result(cell.key)["pairs"]
    ]
    assert len(seconds) == 8
    assert all(2000 < one < 2100 for one in seconds)


def test_what_is_kept_is_bounded():
    class Network:
        device = torch.device("cpu")

        def extract(self, image, layers, role):
            return {layer: torch.zeros(1, 1, 16, 16) for layer in layers}

    features = Features(budget=3 * 1024)
    for index in range(10):
        features.of(Network(), "one", torch.zeros(1, 3, 16, 16), str(index), ("a",), "content")
    assert len(features._known) == 3
    whole = features.of(Network(), "one", torch.zeros(1, 3, 16, 16), "9", ("a", "b"), "content")
    assert set(whole.maps) == {"a", "b"}
    features = Features(budget=2 * 1024)
    for index, layers in ((0, ("a",)), (1, ("a",)), (0, ("a", "b"))):  # more layers of one that is there, beyond it
        whole = features.of(Network(), "one", torch.zeros(1, 3, 16, 16), str(index), layers, "content")
    assert set(whole.maps) == {"a", "b"}


def test_pictures_that_come_round_are_found_though_not_all_can_be_kept():
    looks = []

    class Network:
        device = torch.device("cpu")

        def extract(self, image, layers, role):
            looks.append(role)
            return {"a": torch.zeros(1, 1, 16, 16)}

    features = Features(budget=6 * 1024)
    for extractor in ("one", "two"):
        looks.clear()
        for _, content, style in itertools.product(range(3), range(2), range(8)):  # cells, and their pairs
            for role, number in (("content", content), ("style", style)):
                features.of(Network(), extractor, torch.zeros(1, 3, 16, 16), f"{role}{number}", ("a",), role)
        assert len(looks) < 40, "to keep what was used last would look at every style each time: 54"
        assert len(features._known) == 6


def test_a_gpu_is_waited_for_before_its_time_is_read(monkeypatch):
    """It works on behind our back: unawaited, extraction would seem to take no time, and what follows pays for it."""
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    device = torch.device("cuda:1")
    assert now(device) < now(device)
    assert waited == [device, device]
    assert now(torch.device("cpu")) < now(torch.device("cpu"))
    assert len(waited) == 2


def test_extraction_and_result_are_timed_by_that_clock(bench, in_process, monkeypatch):
    times = itertools.count(step=1.0)
    for module in ("gsx.bench.features", "gsx.bench.passes"):
        monkeypatch.setattr(f"{module}.now", lambda device: next(times))
    plan = bench.plan(generator=["resnet"], fusion=["adain"])
    run(bench, plan, in_process())
    pairs = bench.result(plan.cells[-1].key)["pairs"]
    assert [pair["seconds"] for pair in pairs] == [3.0] * 4  # content, style and result
