"""Cells that train their generator first: where adversarial losses are compared."""

import pytest

from gsx.bench.bench import run_bench
from gsx.errors import RecipeError

QUICK = [
    "train.steps=4",
    "train.batch=1",
    "train.crop=64",
    "train.checkpoint_every=2",
    "generator.channels=16",
    "generator.blocks=1",
    "discriminator.base_channels=8",
]


@pytest.fixture
def trained_plan(bench):
    def make(sets=(), **axes):
        folders = [f"bench.train_{role}={bench.place / role}" for role in ("content", "style")]
        return bench.plan(sets=[*QUICK, *folders, *sets], flags={"metric": ["ssim"]}, **axes)

    return make


def run(bench, plan, executor):
    with bench.folder.open():
        return run_bench(
            plan,
            bench.pictures,
            bench.folder,
            executor,
            timeout=60,
            device="cpu",
            command="gsx bench",
            listener=lambda cell, outcome: None,
        )


def test_adversarial_losses_need_pictures_to_train_on(bench):
    with pytest.raises(RecipeError, match="train_content and train_style"):
        bench.plan(adversarial=["hinge", "lsgan"])


def test_each_adversarial_loss_trains_a_generator_of_its_own(bench, in_process, trained_plan):
    plan = trained_plan(adversarial=["hinge", "lsgan"])
    summary = run(bench, plan, in_process())
    assert summary.statuses["done"] == 4, [bench.result(cell.key)["reason"] for cell in plan.cells]
    hashes = set()
    for cell in plan.cells:
        if cell.control is None:
            result = bench.result(cell.key)
            hashes.add(result["weights"]["generator"]["sha256"])
            assert (bench.folder.cell(cell.key) / "generator" / "generator.safetensors").is_file()
            assert (bench.folder.cell(cell.key) / "generator" / "card.json").is_file()
            assert result["pairs"][0]["figures"]["ssim"]
    assert len(hashes) == 2
    again = in_process()
    run(bench, trained_plan(adversarial=["hinge", "lsgan"]), again)
    assert again.ran == []


def test_other_training_pictures_are_another_cell(bench, trained_plan):
    (bench.place / "more").mkdir()
    for one in (bench.place / "style").iterdir():
        (bench.place / "more" / one.name).write_bytes(one.read_bytes())

    def keys():
        cells = trained_plan(sets=[f"bench.train_style={bench.place / 'more'}"]).cells
        return {cell.key for cell in cells if cell.control is None}

    before = keys()
    assert keys() == before
    (bench.place / "more" / "style4.png").unlink()
    assert not keys() & before
