"""What goes wrong beside the steps, or to the files, costs no step and is said: sheets, metrics, tampering, signals."""

import json
import os
import signal
import stat
from pathlib import Path

import pytest
import torch

from gsx.errors import DivergedError, InterruptedRun, PluginError, WeightsError
from gsx.training.adversarial.train import train
from gsx.training.checkpoint import _sha256
from gsx.training.metrics import read_metrics

from .training_toys import Stopper, make_job

BROKEN = "gsx_losses.content.Content.__call__"


def nan(self, outputs):
    return outputs.stylized.mean(dim=(1, 2, 3)) * torch.nan


def test_a_term_that_stays_broken_stops_it_although_reconstructions_go_well(tmp_path, monkeypatch):
    monkeypatch.setattr(BROKEN, nan)
    job = make_job(tmp_path, train={"bad_steps": 5, "steps": 60, "identity_every": 3, "reconstruct": 0.0})
    with pytest.raises(DivergedError, match=r"the last of 5 bad steps in a row that stylise") as caught:
        train(job)
    assert caught.value.message.startswith("content was NaN or infinite in step 8")


def test_a_loss_without_a_gradient_is_named_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(BROKEN, lambda self, outputs: outputs.stylized.detach().mean(dim=(1, 2, 3)))
    with pytest.raises(PluginError, match=r"loss 'content' \(of gsx .*\) gives no gradient"):
        train(make_job(tmp_path))


@pytest.mark.parametrize("given", [torch.tensor(1.0), 3.0, torch.ones(7)], ids=["scalar", "number", "too many"])
def test_a_loss_of_the_wrong_shape_is_named(tmp_path, monkeypatch, given):
    monkeypatch.setattr(BROKEN, lambda self, outputs: given)
    with pytest.raises(PluginError, match=r"loss 'content' .* one number per picture, shape \(2,\)"):
        train(make_job(tmp_path))


def test_a_component_that_leaves_python_is_named(tmp_path, monkeypatch):
    def leave(self, outputs):
        raise SystemExit(0)

    monkeypatch.setattr(BROKEN, leave)
    with pytest.raises(PluginError, match=r"loss 'content' .* failed: SystemExit"):
        train(make_job(tmp_path))


def test_a_sheet_without_numbers_is_grey_and_said(tmp_path, monkeypatch):
    """And the checkpoint of that step is there."""
    from gsx.training.adversarial.networks import Networks

    generate = Networks.generate

    def broken(self, *given, averaged=False, **named):
        made = generate(self, *given, averaged=averaged, **named)
        return made * torch.nan if averaged else made

    monkeypatch.setattr(Networks, "generate", broken)
    job = make_job(tmp_path, train={"held_out": ["0.png", "1.png"], "held_out_share": 0.0})
    train(job)
    assert any("pictures of the contact sheet are NaN" in note for note in job.screen.notes)
    assert any(note.startswith("step 12: no map of what presses where for") for note in job.screen.notes)
    readings = [gauge for line in read_metrics(job.out)[0] for gauge in line.get("gauges", ())]
    told = {
        (gauge["reason"], gauge["healthy"]) for gauge in readings if gauge["name"] in ("diversity", "strength order")
    }
    assert told == {("the results are NaN or infinite", False)}, "Spearman gives a number to ranks of NaN"
    assert (job.out / "sheets" / "00000012.png").is_file()
    assert (job.out / "generator.safetensors").is_file()


def test_pictures_that_vanish_cost_a_sheet_and_no_step(tmp_path):
    shown = {"held_out": ["0.png", "1.png"], "held_out_share": 0.0, "cache_mib": 0}
    job = make_job(tmp_path, train=shown)
    job.screen = Stopper(2, lambda screen: (tmp_path / "content" / "0.png").unlink())
    card = train(job)
    assert card["steps"] == 12
    assert any(note.startswith("step 12: no contact sheet: ") and "0.png" in note for note in job.screen.notes)
    assert not (job.out / "sheets").exists()


def test_a_sheet_that_a_kill_left_out_is_made_on_taking_up(tmp_path, whole):
    sheet = whole / "sheets" / "00000012.png"
    sheet.unlink()
    train(make_job(tmp_path, out="whole"), resume=True)
    assert sheet.is_file()


def test_half_a_line_of_metrics_costs_that_line_alone(tmp_path, whole):
    path = whole / "metrics.jsonl"
    before = path.read_text()
    path.write_text(before + '{"step": 9, "ter')
    job = make_job(tmp_path, out="whole", train={"steps": 13})
    train(job, resume=True)
    assert path.read_text().startswith(before)
    assert any("Lines of metrics.jsonl that cannot be read: 1." in note for note in job.screen.notes)


@pytest.mark.parametrize(
    "line",
    [
        "[1, 2]",
        '{"a": 1}',
        '{"step": "x"}',
        '{"step": -1}',
        '{"step": 1, "gauges": [{"name": 1}]}',
        '{"step": 1, "gauges": 3}',
        '{"step": 1, "terms": null}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_metrics_of_another_shape_are_left_out(tmp_path, line):
    good = '{"step": 3, "terms": {"gram": 1}, "seconds": 2.5}'
    (tmp_path / "metrics.jsonl").write_bytes(f"{good}\n{line}\n".encode(errors="surrogateescape"))
    lines, note = read_metrics(tmp_path)
    assert lines == [json.loads(good)]
    assert note == "Lines of metrics.jsonl that cannot be read: 1. The curves lack them."


def retold(path: Path, change) -> None:
    """Change a file of a checkpoint, and what state.json says of it."""
    state_file = path.parent / "state.json"
    change(path)
    state = json.loads(state_file.read_text())
    state["sha256"][path.name] = _sha256(path)
    state_file.write_text(json.dumps(state))


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("optimizer-generator", "0.exp_avg", torch.ones(3, 3)),
        ("optimizer-generator", "0.exp_avg_sq", None),
        ("random", "torch", torch.ones(5)),
        ("random", "numpy", torch.ones(3, dtype=torch.int64)),
        ("generator", "to_image.convolution.convolution.weight", None),
    ],
)
def test_tensors_that_were_tampered_with(tmp_path, whole, file, key, value):
    from safetensors.torch import load_file, save_file

    def change(path):
        tensors = load_file(path)
        assert key in tensors
        if value is None:
            del tensors[key]
        else:
            tensors[key] = value
        save_file(tensors, path)

    retold(whole / "checkpoints" / "00000012" / f"{file}.safetensors", change)
    with pytest.raises(WeightsError, match="00000012"):
        train(make_job(tmp_path, out="whole", train={"steps": 14}), resume=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [("step", -5), ("step", 2), ("balance", "x"), ("balance", [1]), ("bad_in_a_row", 3), ("skipped", [1])],
)
def test_a_state_of_another_shape(tmp_path, whole, key, value):
    path = whole / "checkpoints" / "00000012" / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(WeightsError, match="00000012 cannot be read"):
        train(make_job(tmp_path, out="whole"), resume=True)


def test_a_state_too_deep_and_a_pipe_for_a_file(tmp_path, whole):
    path = whole / "checkpoints" / "00000012"
    (path / "generator.safetensors").unlink()
    os.mkfifo(path / "generator.safetensors")
    with pytest.raises(WeightsError, match=r"generator\.safetensors was changed"):
        train(make_job(tmp_path, out="whole"), resume=True)
    (path / "state.json").write_text("[" * 100_000)
    with pytest.raises(WeightsError, match="00000012 cannot be read: RecursionError"):
        train(make_job(tmp_path, out="whole"), resume=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_pictures_are_read(tmp_path, number):
    class Signalling(Stopper):
        def step(self, stage, index, total, values):
            if stage == "reading style pictures" and index == 2:
                os.kill(os.getpid(), number)

    job = make_job(tmp_path)
    job.screen = Signalling(-1, lambda screen: None)
    with pytest.raises(InterruptedRun, match=r"Interrupted at style picture \d of 5, before the first step"):
        train(job)
    assert not job.out.exists(), "the same command works afterwards"


def test_a_folder_that_was_there_stays(tmp_path):
    job = make_job(tmp_path)
    job.out.mkdir()
    for path in (tmp_path / "style").iterdir():
        path.unlink()
    with pytest.raises(Exception, match="has no pictures"):
        train(job)
    assert list(job.out.iterdir()) == []


def test_held_out_names_that_match_nothing_are_said(tmp_path):
    job = make_job(tmp_path, train={"steps": 2, "held_out": ["zz*", "1.png"], "held_out_share": 0.0})
    train(job)
    assert [note for note in job.screen.notes if "held_out" in note] == [
        "train.held_out: no usable picture is called zz*"
    ]


def test_broken_links_and_pipes_are_listed(tmp_path):
    job = make_job(tmp_path, train={"steps": 2})
    (tmp_path / "style" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "style" / "round.png").symlink_to(tmp_path / "style" / "round.png")
    os.mkfifo(tmp_path / "style" / "pipe.png")
    unusable = train(job)["data"]["style"]["unusable"]
    assert {item["file"] for item in unusable} == {"lost.png", "round.png", "pipe.png"}


def test_the_users_umask_decides_who_reads_a_checkpoint(whole):
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (whole / "checkpoints").rglob("*.safetensors")}
    assert modes == {stat.S_IMODE((whole / "generator.safetensors").stat().st_mode)}


def test_metrics_are_there_before_the_first_checkpoint(tmp_path):
    seen = []
    job = make_job(tmp_path, train={"checkpoint_every": 12, "explain_every": 2, "reconstruct": 0.0})
    job.screen = Stopper(8, lambda screen: seen.extend(read_metrics(job.out)[0]))
    train(job)
    assert [line["step"] for line in seen]
