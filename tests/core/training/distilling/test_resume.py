"""Taking a run up again gives, bit for bit, what it would have given."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gsx.errors import InterruptedRun, RecipeError, WeightsError
from gsx.training.distilling.distill import distill

from .training_fakes import Stopper, assert_same_run, make_job

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures, and a distillation of them that nothing interrupted."""
    folder = tmp_path_factory.mktemp("made")
    distill(make_job(folder, out="whole"))
    return folder


@pytest.fixture
def whole(made, tmp_path):
    """A copy of that run in the test's own folder, with the same pictures."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "whole"


def test_after_sigkill(tmp_path, whole):
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        import torch
        torch.set_num_threads(1)
        from gsx.training.distilling.distill import distill
        from training_fakes import Stopper, make_job
        job = make_job(Path(sys.argv[2]))
        job.screen = Stopper(10, lambda screen: os.kill(os.getpid(), signal.SIGKILL))
        distill(job)
    """)
    done = subprocess.run([sys.executable, "-c", program, str(HERE), str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    job = make_job(tmp_path)
    assert [path.name for path in (job.out / "checkpoints").iterdir() if path.name.startswith("0")]
    assert not (job.out / "student.safetensors").exists()
    distill(job, resume=True)
    assert_same_run(job.out, whole)


@pytest.mark.parametrize("how", ["signal", "screen"])
def test_after_ctrl_c(tmp_path, whole, how):
    job = make_job(tmp_path)
    actions = {
        "signal": lambda screen: os.kill(os.getpid(), signal.SIGINT),
        "screen": lambda screen: setattr(screen, "stop", True),
    }
    job.screen = Stopper(6, actions[how])
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(InterruptedRun, match="step 6 of 12") as stopped:
        distill(job)
    assert "--resume" in str(stopped.value)
    assert signal.getsignal(signal.SIGINT) is handler
    assert (job.out / "checkpoints" / "00000006").is_dir()
    again = make_job(tmp_path)
    distill(again, resume=True)
    # The checkpoint on the way is one that the whole run has not.
    assert_same_run_but_checkpoints(again.out, whole)


def assert_same_run_but_checkpoints(one, other):
    for folder in (one, other):
        for path in sorted((folder / "checkpoints").iterdir())[:-1]:
            for file in path.iterdir():
                file.unlink()
            path.rmdir()
    assert_same_run(one, other)


def test_ctrl_c_in_the_final_measurement(tmp_path, whole):
    job = make_job(tmp_path)
    job.screen = Stopper(1, lambda screen: os.kill(os.getpid(), signal.SIGINT), stage="evaluating")
    with pytest.raises(InterruptedRun, match="while measuring"):
        distill(job)
    assert not (job.out / "card.json").exists()
    distill(make_job(tmp_path), resume=True)
    assert_same_run(job.out, whole)


def test_what_a_kill_left_half_written_is_cleared(tmp_path):
    job = make_job(tmp_path)
    left = job.out / "checkpoints" / ".00000004.abc.partial"
    left.mkdir(parents=True)
    distill(job, resume=True)
    assert not left.exists()


def test_resume_without_a_checkpoint_begins(tmp_path, whole):
    job = make_job(tmp_path)
    distill(job, resume=True)
    assert_same_run(job.out, whole)


def test_a_finished_run_can_be_finished_again(whole, tmp_path):
    before = (whole / "student.safetensors").read_bytes()
    (whole / "student.safetensors").unlink()
    distill(make_job(tmp_path, out="whole"), resume=True)
    assert (whole / "student.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"), [({"lr": 1e-4}, "lr"), ({"seed": 5}, "seed"), ({"batch": 4}, "batch"), ({"steps": 6}, "steps")]
)
def test_other_settings_are_refused(whole, tmp_path, change, said):
    with pytest.raises(RecipeError, match=said):
        distill(make_job(tmp_path, out="whole", **change), resume=True)


def test_other_pictures_are_refused(whole, tmp_path):
    job = make_job(tmp_path, out="whole")
    (job.folders[0] / "picture_0.png").unlink()
    with pytest.raises(RecipeError, match="other files"):
        distill(job, resume=True)


def test_more_steps_go_on_from_the_end(whole, tmp_path):
    card = distill(make_job(tmp_path, out="whole", steps=14), resume=True)
    assert card["steps"] == 14


def test_only_the_newest_checkpoints_stay(whole):
    assert sorted(path.name for path in (whole / "checkpoints").iterdir()) == ["00000008", "00000012"]


def test_a_damaged_checkpoint_is_named(whole, tmp_path):
    file = whole / "checkpoints" / "00000012" / "optimizer.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(WeightsError, match="00000012"):
        distill(make_job(tmp_path, out="whole"), resume=True)
