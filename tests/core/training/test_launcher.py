"""A launcher's precision that the training would ignore is refused."""

import pytest

from gsx.errors import RecipeError
from gsx.training.adversarial.train import train
from gsx.training.launcher import MIXED_PRECISION, check_precision

from .adversarial.training_toys import make_job


@pytest.mark.parametrize(
    ("asked", "precision"),
    [(None, "bf16"), ("", "bf16"), ("no", "bf16"), ("no", "float32"), ("bf16", "bf16"), ("FP16", "fp16")],
)
def test_what_agrees(monkeypatch, asked, precision):
    monkeypatch.delenv(MIXED_PRECISION, raising=False)
    if asked is not None:
        monkeypatch.setenv(MIXED_PRECISION, asked)
    check_precision(precision)


@pytest.mark.parametrize(
    ("asked", "precision", "hint"),
    [
        ("bf16", "float32", "Add --set train.precision=bf16, or launch with --mixed_precision no."),
        ("fp16", "bf16", "Add --set train.precision=fp16, or launch with --mixed_precision no."),
        ("fp8", "bf16", "Launch with --mixed_precision no."),
    ],
)
def test_what_does_not(monkeypatch, asked, precision, hint):
    monkeypatch.setenv(MIXED_PRECISION, asked)
    with pytest.raises(RecipeError, match=f"mixed precision {asked} .*train.precision is {precision}") as caught:
        check_precision(precision)
    assert caught.value.hint == hint


def test_before_anything_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    job = make_job(tmp_path)
    with pytest.raises(RecipeError, match="mixed precision bf16"):
        train(job)
    assert not job.out.exists()
