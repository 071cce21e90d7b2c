"""``gsx distill``: train one extractor to follow another of equal layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gsx.cli.state import Debug


def distill(
    images: Annotated[list[Path], typer.Option("--images", help="Folder of pictures to train on; may be repeated.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for checkpoints, curves, the student and its card.")],
    teacher: Annotated[str, typer.Option("--teacher", help="Extractor to follow.")] = "vgg19",
    student: Annotated[str, typer.Option("--student", help="Extractor to train, of the same layout.")] = "vgg19-slim",
    held_out: Annotated[
        list[str] | None, typer.Option("--held-out", help="Folder, or glob over file names, never trained on.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="Training steps.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", help="Crops in a step.")] = None,
    crop: Annotated[int | None, typer.Option("--crop", help="Side of a crop in pixels, a multiple of 16.")] = None,
    lr: Annotated[float | None, typer.Option("--lr", help="Peak learning rate.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seeds everything random.")] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="float32, or bf16 where the processor is fast in it.")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")] = "auto",
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads; all where not given.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint in --out.")] = False,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="teacher.weights=FILE, student.widths=[32,64,96,160,160], train.freeze_norms=0.7 and so on."
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Train one extractor to follow another of equal layout, by feature regression on folders of pictures.

    Ctrl-C keeps a checkpoint; --resume goes on from it. OUT gets student.safetensors, a weight card, loss.svg,
    metrics.jsonl and checkpoints/. Use the student with --set extractor.weights=OUT/student.safetensors.
    """
    import shlex
    import sys

    import torch

    from gsx.cli.training_screen import TrainingScreen
    from gsx.pipeline.device import pick_device
    from gsx.plugins import installed_catalog
    from gsx.recipe.validate import validate
    from gsx.training.distilling.components import choose_extractor
    from gsx.training.distilling.distill import distill as run_distillation
    from gsx.training.distilling.job import Job
    from gsx.training.distilling.settings import DistillSettings

    tables = split_sets(sets or [])
    given = {"steps": steps, "batch": batch, "crop": crop, "lr": lr, "seed": seed, "precision": precision}
    settings = {**{key: value for key, value in given.items() if value is not None}, **tables["train"]}
    catalog = installed_catalog()
    if threads is not None:
        torch.set_num_threads(threads)
    with TrainingScreen() as screen:
        job = Job(
            teacher=choose_extractor(teacher, tables["teacher"], catalog, who="teacher"),
            student=choose_extractor(student, tables["student"], catalog, who="student"),
            folders=images,
            out=out,
            settings=validate(DistillSettings, settings, where="train"),
            device=pick_device(device),
            held_out=held_out or [],
            command=shlex.join(["gsx", *sys.argv[1:]]),
            screen=screen,
        )
        card = run_distillation(job, resume=resume)
    for skipped in card["data"]["skipped"]:
        typer.echo(f"skipped {skipped['file']}: {skipped['reason']}")
    typer.echo("held-out cosine  " + "  ".join(f"{name} {value:.4f}" for name, value in card["cosine"].items()))
    typer.echo(f"{out / 'student.safetensors'}  {card['student']['bytes']:,} bytes  sha256 {card['student']['sha256']}")


def split_sets(sets: list[str]) -> dict[str, dict[str, Any]]:
    """``--set`` texts as options of ``teacher``, ``student`` and ``train``.

    Raises:
        RecipeError: not of the form section.option=value, or another section.
    """
    from gsx.errors import RecipeError
    from gsx.recipe.merge import parse_value
    from gsx.specs.suggest import did_you_mean

    tables: dict[str, dict[str, Any]] = {"teacher": {}, "student": {}, "train": {}}
    for text in sets:
        path, equals, value = text.partition("=")
        section, dot, option = path.strip().partition(".")
        if not equals or not dot or not option:
            raise RecipeError(f"--set {text!r} is not of the form section.option=value.")
        if section not in tables:
            raise RecipeError(f"--set {text}: no section is called {section!r}.", hint=did_you_mean(section, tables))
        tables[section][option] = parse_value(value)
    return tables
