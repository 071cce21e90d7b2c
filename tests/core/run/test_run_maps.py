"""The records of maps: what their numbers are, and which of them are asked of another style."""

from types import SimpleNamespace

import pytest
import torch

from gsx.run.maps import write_maps
from gsx.specs.explanation import Explanation, HeatMap


def written(place, **says):
    """The record of a map of 128 × 128 ones, and what is written besides."""
    tensors = {}
    found = Explanation(maps={"m": HeatMap(torch.ones(1, 128, 128), "stylized", "it", **says)})
    other = Explanation(maps={"m": HeatMap(torch.full((1, 128, 128), 2.0), "stylized", "it", **says)})
    outputs = SimpleNamespace(stylized=torch.rand(1, 3, 128, 128))
    (record,) = write_maps(place, found, other, "other", outputs, tensors)
    return record, set(tensors), {file.name for file in place.iterdir()}


def test_a_map_of_the_score_that_adds_up(tmp_path):
    record, tensors, files = written(tmp_path, adds_up=True)
    assert (record["quantity"], record["adds_up"], record["says"]) == ("score", True, None)
    assert record["label"] == "it, summed over cells of 2 × 2"
    assert record["scale"] == record["maximum"] == pytest.approx(4)
    assert record["contrast"]["maximum"] == pytest.approx(8)
    assert (len(tensors), len(files)) == (3, 3)


def test_what_does_not_add_up_is_averaged_over_cells(tmp_path):
    record, _, _ = written(tmp_path, quantity="other", says=("a", "b", "c"))
    assert (record["quantity"], record["adds_up"], record["says"]) == ("other", False, ["a", "b", "c"])
    assert record["label"] == "it, averaged over cells of 2 × 2"
    assert record["scale"] == record["maximum"] == pytest.approx(1)
    assert record["contrast"]["maximum"] == pytest.approx(2)
    assert record["contrast"]["difference"]["scale"] == pytest.approx(1)


def test_how_much_the_picture_changes_is_asked_of_no_other_style(tmp_path):
    record, tensors, files = written(tmp_path, quantity="picture")
    assert record["quantity"] == "picture"
    assert "contrast" not in record
    assert (tensors, files) == ({"m"}, {"m.png"})


def test_a_map_on_the_style_is_held_against_none_on_another_picture(tmp_path):
    maps = [{"m": HeatMap(torch.ones(1, high, 12), "style", "it", quantity="other")} for high in (16, 10)]
    outputs = SimpleNamespace(style=torch.rand(1, 3, 128, 96))
    (record,) = write_maps(tmp_path, *(Explanation(maps=one) for one in maps), "other", outputs, {})
    assert "contrast" not in record
