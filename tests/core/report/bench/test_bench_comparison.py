"""Two benchmark folders side by side."""

import json

import pytest

from gsx.report.bench import compare_benchmarks

from .benches import change, key_of, make_bench, put_failed


def shifted(by):
    """Figures where wct is ``by`` more, and contents and styles differ."""

    def value(metric, coordinates, seed, content, style):
        more = by if coordinates.get("fusion") == "wct" else 0.0
        return 0.5 + more + 0.2 * (content == "coffee") + 0.1 * (style == "mosaic") + 0.001 * seed

    return value


@pytest.fixture
def pair(tmp_path):
    one = make_bench(tmp_path / "a", value=shifted(0.0), pictures=False)
    return one, make_bench(tmp_path / "b", value=shifted(-0.1), pictures=False)


def test_what_got_better_worse_and_stayed(pair):
    found = compare_benchmarks(*pair)
    changed = {(one.label, one.column.name): one.change for one in found.compared if one.change.verdict != "the same"}
    assert {(label[:3], name): change.verdict for (label, name), change in changed.items()} == {
        ("wct", "style-distance raw.mean"): "better",
        ("wct", "style-distance normalised.mean"): "better",
        ("wct", "ssim"): "worse",
    }
    assert changed["wct, fusion.alpha 0.5", "ssim"].change == pytest.approx(-0.1)
    assert found.only_a == found.only_b == found.set_apart == []
    assert found.table().rows[0][-1] == "worse"
    assert found.table().rows[-1][-2:] == ["0", "the same"]
    json.dumps(found.to_json(), allow_nan=False)


def test_the_way_back_is_the_opposite(pair):
    there, back = compare_benchmarks(*pair).verdicts, compare_benchmarks(*reversed(pair)).verdicts
    assert (there["better"], there["worse"]) == (back["worse"], back["better"]) == (4, 2)


def test_noise_is_not_told_apart(tmp_path):
    one = make_bench(tmp_path / "a", pictures=False, noise=0.3)
    other = make_bench(
        tmp_path / "b", pictures=False, noise=0.3, axes={"fusion": ["wct", "adain"], "fusion.alpha": [0.5, 1.0]}
    )
    found = compare_benchmarks(one, other).verdicts
    assert found["can't be told apart"] >= 12


def test_an_axis_that_is_fixed_in_the_other_is_matched(tmp_path):
    one = make_bench(tmp_path / "a", axes={"fusion": ["adain", "wct"]}, value=shifted(0.0), pictures=False)
    other = make_bench(tmp_path / "b", axes={"generator": ["resnet"]}, value=shifted(0.0), pictures=False)
    found = compare_benchmarks(one, other)
    assert "adain" in {one.label for one in found.compared}
    assert (found.only_a, found.only_b) == (["wct"], [])


def test_other_data_and_other_versions_are_set_apart(pair, tmp_path):
    one, other = pair
    for key in [path.name for path in (other / "cells").iterdir()]:
        result = json.loads((other / "cells" / key / "result.json").read_text())
        change(other, key, metrics=[{**metric, "version": 7} for metric in result["metrics"]])
    found = compare_benchmarks(one, other)
    assert {one.column.metric for one in found.compared} == {"time", "peak-memory", "explainer gradcam"}
    assert any(line.startswith("ssim is measured otherwise") for line in found.set_apart)
    foreign = make_bench(tmp_path / "c", data="e" * 64, pictures=False)
    apart = compare_benchmarks(one, foreign)
    assert apart.compared == []
    assert len(apart.set_apart) == 2


def test_what_else_differs_is_said(pair):
    """Equal names and coordinates can hide another option, other weights or another version of a plugin."""
    one, other = pair
    assert compare_benchmarks(one, other).differences == []
    recipe = {"fusion": {"fusion": "wct", "fusion.alpha": 1.0, "floor": 0.01}, "run": {"seed": 7}}
    for seed in (0, 1, 2):
        key = key_of(None, {"fusion": "wct", "fusion.alpha": 1.0}, seed)
        (other / "cells" / key / "recipe.json").write_text(json.dumps(recipe))
        change(other, key, weights={"extractor": {"id": "vgg19-slim", "sha256": "f00d"}})
        for folder, version in ((one, "1"), (other, "2")):
            (folder / "cells" / key / "env.json").write_text(json.dumps({"plugins": [f"gsx-swd {version}"]}))
    found = compare_benchmarks(one, other)
    assert [line.removeprefix("In 1 of 4 combinations, ") for line in found.differences] == [
        "fusion.floor is not there in A and 0.01 in B.",
        f"extractor weights is vgg19-slim {'1c637d22' * 8} in A and vgg19-slim f00d in B.",
        "gsx-swd (version) is 1 in A and 2 in B.",
    ]
    assert found.table().notes == found.differences


def test_failed_cells_and_unreadable_ones_are_said(pair):
    one, other = pair
    put_failed(one, {"fusion": "sanet", "fusion.alpha": 1.0})
    put_failed(other, {"fusion": "sanet", "fusion.alpha": 1.0})
    (other / "cells" / key_of(None, {"fusion": "wct", "fusion.alpha": 1.0}, 0) / "result.json").write_text("{")
    found = compare_benchmarks(one, other)
    assert "skipped in A, skipped in B" in found.set_apart[0]
    assert "result.json is damaged" in found.problems[0]
    fewer = next(one for one in found.compared if one.label == "wct, fusion.alpha 1.0" and one.column.metric == "ssim")
    assert fewer.change.pairs == 8
