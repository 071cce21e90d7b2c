"""The averaged weights are what ships, what is shown and what is gauged; ``train.ema`` says how slowly they follow."""

import pytest
import torch

from gsx.training.adversarial.pressure import write_pressure
from gsx.training.adversarial.sheet import write_sheet
from gsx.weights.header import GENERATOR_FILE

from .test_step import BATCH, STYLISE, build
from .training_toys import make_job, make_marked, make_trainer, tensors_of


def test_what_ships_is_the_average(whole):
    tensors, newest = tensors_of(whole), sorted((whole / "checkpoints").iterdir())[-1].name
    shipped = {key: value for (file, key), value in tensors.items() if file == GENERATOR_FILE}
    kept = {
        name: {
            key.removeprefix("module."): value
            for (file, key), value in tensors.items()
            if file == f"checkpoints/{newest}/{name}.safetensors"
        }
        for name in ("average", "generator")
    }
    ours = {key.removeprefix("generator."): value for key, value in shipped.items() if key.startswith("generator.")}
    assert ours
    assert all(torch.equal(value, kept["average"][key]) for key, value in ours.items())
    assert not all(torch.equal(value, kept["generator"][key]) for key, value in ours.items())


@pytest.mark.parametrize("ema", [0.0, 0.5, 0.9])
def test_late_in_a_training_the_newest_weights_count_for_what_ema_leaves(tmp_path, ema):
    _, networks, _ = build(tmp_path, train={"ema": ema})
    average, generator = networks.average, networks.generator
    fill(generator, 0.0), fill(average, 0.0)
    average.n_averaged.fill_(100_000)
    fill(generator, 1.0)
    average.update_parameters(generator)
    for value in average.module.parameters():
        torch.testing.assert_close(value, torch.full_like(value, 1 - ema))


def test_each_step_moves_the_average(tmp_path):
    step, networks, _ = build(tmp_path, train={"ema": 0.0})
    for _ in range(2):
        step(STYLISE, BATCH)
    for ours, theirs in zip(networks.average.module.parameters(), networks.generator.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def fill(module, value):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(value)


@pytest.fixture
def trainer(tmp_path):
    """Two contents and sixteen styles are held out, as many as the gauges need."""
    for side, count, apart in (("content", 2, 2), ("style", 2, 16)):
        make_marked(tmp_path / side, count)
        make_marked(tmp_path / side, apart + count, "test_{}.png")
        for number in range(count):
            (tmp_path / side / f"test_{number}.png").unlink()
    trainer = make_trainer(make_job(tmp_path, train={"held_out": ["test_*"], "held_out_share": 0.0}))
    trainer.networks.average.eval()
    return trainer


def shown(trainer, path):
    write_sheet(trainer.networks, trainer.content, trainer.style, path / "sheet.png")
    return (path / "sheet.png").read_bytes()


def pressed(trainer, path):
    for file in path.glob("map-*.png"):
        file.unlink()
    write_pressure(trainer.one_step, trainer.networks, trainer.content, trainer.style, STYLISE, path / "map")
    files = sorted(path.glob("map-*.png"))
    assert files
    return [file.read_bytes() for file in files]


def gauged(trainer, path):
    read = {gauge.name: gauge.value for gauge in trainer.panel.read([], 0, 2)}
    assert None not in (read["style retrieval"], read["diversity"], read["strength order"])
    return read


@pytest.mark.parametrize("look", [shown, pressed, gauged])
def test_the_raw_weights_have_no_say_in_it(trainer, tmp_path, look):
    before = look(trainer, tmp_path)
    fill(trainer.networks.generator, torch.nan)
    assert look(trainer, tmp_path) == before


@pytest.mark.parametrize("look", [shown, pressed, gauged])
def test_the_averaged_weights_have(trainer, tmp_path, look):
    before = look(trainer, tmp_path)
    fill(trainer.networks.average, 0.05)
    assert look(trainer, tmp_path) != before
