"""``gsx distill`` from the command line."""

import pytest
import typer
from typer.testing import CliRunner

from gsx.cli.distill import distill, split_sets
from gsx.errors import ContractError, RecipeError

from .training_fakes import make_pictures

app = typer.Typer()
app.command()(distill)


def gsx_distill(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture
def arguments(tmp_path):
    return [
        "--images",
        make_pictures(tmp_path / "pictures"),
        "--out",
        tmp_path / "run",
        "--held-out",
        "picture_[67].png",
        "--teacher",
        "vgg19-slim",
        "--student",
        "vgg19-slim",
        "--device",
        "cpu",
        "--threads",
        "1",
        "--steps",
        2,
        "--batch",
        2,
        "--crop",
        32,
        "--set",
        "teacher.widths=[2,2,2,2,2]",
        "--set",
        "student.widths=[2,2,2,2,3]",
        "--set",
        "train.held_out_share=0",
    ]


def test_it_trains_and_says_what_it_made(tmp_path, arguments):
    output = gsx_distill(*arguments)
    assert "held-out cosine  relu1_1" in output
    assert str(tmp_path / "run" / "student.safetensors") in output
    assert "distilling 2/2" in output, "a line where there is no terminal"
    assert "held-out cosine" in gsx_distill(*arguments, "--resume")


def test_errors_come_before_anything_is_written(tmp_path, arguments):
    for more, error, said in (
        (["--set", "teacher.layers=[relu1_1]"], ContractError, "layouts differ"),
        (["--student", "vgg19-slimm"], RecipeError, "vgg19-slim"),
        (["--set", "student.width=3"], RecipeError, "widths"),
        (["--lr", "7"], RecipeError, r"train\.lr"),
        (["--precision", "fp8"], RecipeError, r"train\.precision"),
    ):
        with pytest.raises(error, match=said):
            gsx_distill(*arguments, *more)
    assert not (tmp_path / "run").exists()


def test_sets_are_sorted_into_their_sections():
    assert split_sets(["teacher.weights=a=b.safetensors", "student.widths=[1,2,3,4,5]", "train.crop=64"]) == {
        "teacher": {"weights": "a=b.safetensors"},
        "student": {"widths": [1, 2, 3, 4, 5]},
        "train": {"crop": 64},
    }
    for wrong in ("teacher", "teacher.weights", "teachers.weights=x", "fusion.alpha=1"):
        with pytest.raises(RecipeError):
            split_sets([wrong])
