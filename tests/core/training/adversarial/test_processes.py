"""Several processes train as one with the whole batch."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch

from gsx.errors import ContractError, DeviceError, RecipeError
from gsx.training.adversarial.train import train
from gsx.training.processes import Processes, join_processes

from .training_toys import TABLES, make_pictures, steps_of, tensors_of

OPTIONS = {
    "extractor.name": "vgg19-slim",
    "extractor.weights": "random",
    "extractor.widths": [2, 3, 3, 4, 4],
    **{
        f"{section}.{key}": value
        for section in ("generator", "discriminator")
        for key, value in TABLES[section].items()
    },
    **{f"train.{key}": value for key, value in TABLES["train"].items()},
    "loss.name": None,
    "train.steps": 6,
    "train.batch": 4,
    "train.checkpoint_every": 3,
    "train.explain_every": 2,
    "train.r1": 1.0,
    # Augmentation is drawn by each process for itself; everything else is the same however many there are.
    "train.augment": [],
}


def command(folder, out, *more):
    sets = [
        part
        for key, value in OPTIONS.items()
        if value is not None
        for part in ("--set", f"{key}={json.dumps(value) if not isinstance(value, str) else value}")
    ]
    gsx = shutil.which("gsx", path=os.path.dirname(sys.executable))
    assert gsx is not None
    pictures = ("--content", str(folder / "content"), "--style", str(folder / "style"))
    return [gsx, "train", *pictures, "--loss", "wgan-gp", "--device", "cpu", "--out", str(folder / out), *sets, *more]


def launched(arguments):
    # What accelerate launch starts for several GPUs; for several processes on a CPU it starts but one.
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    return subprocess.run([*launcher, *arguments], check=True, capture_output=True, text=True, timeout=120)


def test_two_processes_take_the_step_of_one_with_the_doubled_batch(tmp_path):
    """Gradient penalty, R1, adaptive weight and clipping included; and taken up again from halfway."""
    for seed, side in enumerate(("content", "style")):
        make_pictures(tmp_path / side, seed=seed)
    subprocess.run(command(tmp_path, "one"), check=True, capture_output=True, timeout=120)
    shown = launched(command(tmp_path, "two"))
    assert shown.stderr.count("training 6/6") == 1  # one of them speaks
    one, two = tensors_of(tmp_path / "one"), tensors_of(tmp_path / "two")
    assert one.keys() == two.keys()
    lines = [steps_of(tmp_path / name) for name in ("one", "two")]
    assert any(line["terms"].get("penalty", 0) > 0.1 for line in lines[0])
    assert any("adversarial" in line.get("attribution", {}).get("picture", {}).get("norm", {}) for line in lines[0])
    for ours, theirs in zip(*lines, strict=True):
        assert theirs["terms"] == pytest.approx(ours["terms"], rel=1e-3, abs=1e-6)
        if "attribution" in ours:
            for place in ("picture", "generator"):
                for key, values in ours["attribution"][place].items():
                    assert theirs["attribution"][place][key] == pytest.approx(values, rel=5e-3, abs=1e-4), (place, key)
        assert theirs["numbers"] == pytest.approx(ours["numbers"], rel=1e-3, abs=1e-6)
    for key, value in one.items():
        if key[0] != "checkpoints/00000006/random.safetensors":
            torch.testing.assert_close(two[key], value, rtol=1e-3, atol=1e-5, msg=str(key))
    # Two processes alone give what they gave, also when they were stopped in between.
    shutil.rmtree(tmp_path / "two" / "checkpoints" / "00000006")
    launched(command(tmp_path, "two", "--resume"))
    again = tensors_of(tmp_path / "two")
    assert [key for key, value in two.items() if not torch.equal(value, again[key])] == []


def test_a_batch_that_cannot_be_shared(tmp_path):
    from .training_toys import make_job

    job = make_job(tmp_path, train={"batch": 3})
    job.processes = Processes(torch.device("cpu"), 0, 2)
    with pytest.raises(RecipeError, match=r"train\.batch 3 cannot be shared out evenly to 2") as caught:
        train(job)
    assert "train.batch=2" in caught.value.hint


def test_batch_norm_is_not_for_several(tmp_path, monkeypatch):
    from .training_toys import make_job

    job = make_job(tmp_path, discriminator={**TABLES["discriminator"], "norm": "batch"}, train={"batch": 2})
    job.processes = Processes(torch.device("cpu"), 0, 2)
    monkeypatch.setattr(Processes, "wait", lambda self: None)  # there is nobody to wait for
    with pytest.raises(ContractError, match="discriminator 'patchgan' has batch norm") as caught:
        train(job)
    assert "discriminator.norm=instance" in caught.value.hint


def test_a_device_by_number_is_not_for_several(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(DeviceError, match="several processes"):
        join_processes("cuda:1")


def test_alone_everything_is_the_number_itself():
    alone = join_processes("cpu")
    assert (alone.count, alone.index, alone.main) == (1, 0, True)
    gradient = torch.tensor([3.0, 4.0])
    assert alone.norm(gradient) == 5.0
    assert alone.means({"a": torch.tensor(2.0)}) == {"a": 2.0}
    assert alone.any(True)
    assert not alone.any(False)
