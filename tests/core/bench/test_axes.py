"""From flags and tables to coordinates."""

import math

import pytest

from gsx.bench.axes import asked, axes_of, cells_of, label_of, parse_grid
from gsx.errors import RecipeError


def test_the_product_of_all_axes_the_last_fastest():
    section = asked(None, {"fusion": ["adain", "wct"], "grid": {"fusion.alpha": [0.5, 1.0]}}, ())
    axes = axes_of(section)
    assert axes == {"fusion": ["adain", "wct"], "fusion.alpha": [0.5, 1.0]}
    assert [tuple(cell.values()) for cell in cells_of(axes)] == [
        ("adain", 0.5),
        ("adain", 1.0),
        ("wct", 0.5),
        ("wct", 1.0),
    ]


def test_without_axes_there_is_one_cell():
    assert list(cells_of(axes_of(asked(None, {}, ())))) == [{}]


def test_a_grid_as_it_is_typed():
    assert parse_grid(["fusion.alpha=0.25,0.5,1", "extractor.layers=[relu1_1,relu2_1],[relu3_1]"]) == {
        "fusion.alpha": [0.25, 0.5, 1],
        "extractor.layers": [["relu1_1", "relu2_1"], ["relu3_1"]],
    }


@pytest.mark.parametrize("text", ["fusion.alpha", "fusion.alpha=", "alpha=1", "=1", "fusion.alpha=,"])
def test_a_grid_that_names_nothing_is_refused(text):
    with pytest.raises(RecipeError, match="not of the form"):
        parse_grid([text])


def test_an_option_given_twice_is_refused():
    with pytest.raises(RecipeError, match="twice"):
        parse_grid(["fusion.alpha=1", "fusion.alpha=0.5"])


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"grid": {"fusion.alpha": []}}, "at least 1 item"),
        ({"grid": {"fusion.alpha": [1, 1.0]}}, "more than once"),
        ({"grid": {"fusion.alpha": [1, math.nan]}}, "no finite number"),
        ({"fusion": ["adain", "adain"]}, "more than once"),
        ({"grid": {"fusoin.alpha": [1]}}, "no section is called 'fusoin'"),
        ({"grid": {"run.seed": [1]}}, "--seeds"),
        ({"grid": {"run.size": [64]}}, "second benchmark"),
        ({"grid": {"input.content": ["a"]}}, "every cell has all pairs"),
        ({"grid": {"fusion.name": ["wct"]}}, "axes of their own"),
        ({"seeds": 0}, "greater than or equal to 1"),
        ({"timeout": 0}, "greater than 0"),
        ({"adversarial": ["hinge"]}, "only where cells are trained"),
    ],
)
def test_what_cannot_be_an_axis(axes, says):
    with pytest.raises(RecipeError) as refused:
        asked(None, axes, ())
    assert says in str(refused.value)


def test_flags_over_set_over_the_file(tmp_path):
    file = tmp_path / "recipe.toml"
    file.write_text('[bench]\nfusion = ["adain"]\nextractor = ["vgg19"]\nseeds = 3\nexecutor = "local"\n')
    section = asked(file, {"fusion": ["wct"]}, ["bench.seeds=2"])
    assert (section.fusion, section.extractor, section.seeds) == (("wct",), ("vgg19",), 2)
    assert section.executor == {"name": "local"}


def test_a_dotted_option_needs_no_quotes(tmp_path):
    (tmp_path / "file.toml").write_text("[bench]\ngrid = { fusion.alpha = [0.5, 1.0], run.strength = [1.0] }\n")
    assert asked(tmp_path / "file.toml", {}, ()).grid == {"fusion.alpha": (0.5, 1.0), "run.strength": (1.0,)}
    assert asked(None, {}, ["bench.grid.fusion.alpha=[0.5]"]).grid == {"fusion.alpha": (0.5,)}


def test_a_label_names_what_varies():
    axes = {"extractor": ["vgg19"], "fusion": ["adain", "wct"], "fusion.alpha": [0.5, 1.0]}
    assert label_of({"extractor": "vgg19", "fusion": "wct", "fusion.alpha": 0.5}, axes) == "wct, fusion.alpha 0.5"
    assert label_of({"extractor": "vgg19"}, {"extractor": ["vgg19"]}) == "vgg19"
