"""write_report: one self-contained report.html, a pure function of a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gsx.report.colours import colour_bar
from gsx.report.curves import draw_curves
from gsx.report.distances import fusion_effect, metric_views
from gsx.report.explanations import explanation_views
from gsx.report.folder import FolderReader, number
from gsx.report.formats import memory, plural, size
from gsx.report.model import InputFile, Page
from gsx.report.provenance import layer_names, provenance, shape_groups, time_bars
from gsx.report.text import text, texts, visible
from gsx.report.training import TrainingPage, read_training
from gsx.report.trainprogress import is_training
from gsx.store.atomic import write_text


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into the folder of a run or a training, replacing one that is there.

    Returns:
        The file.

    Raises:
        StoreError: not a run folder, its result.json cannot be read, or the page cannot be written.
    """
    path, reader = folder / "report.html", FolderReader(folder)
    page = render_training(read_training(reader)) if is_training(reader) else render(read_page(folder))
    write_text(path, page)
    return path


def read_page(folder: Path) -> Page:
    """What the page will say. Parts that are missing or damaged are named in its ``problems``.

    Raises:
        StoreError: as :func:`write_report`.
    """
    reader = FolderReader(folder)
    result = reader.result()
    recipe, inputs = reader.json("recipe.json"), reader.json("inputs.json")
    pair = reader.mapping(result.get("pair"), "result.json: pair")
    components = reader.mapping(result.get("components"), "result.json: components")
    chain = reader.mappings(result.get("chain"), "result.json: chain")
    content, style = (_input(reader, role, inputs, pair) for role in ("content", "style"))
    stylized = reader.picture("stylized.png")
    steps = reader.steps("metrics.jsonl")
    metrics, by_layer = metric_views(reader, result, layer_names(chain))
    times, total = time_bars(reader, result)
    peak = number(result.get("peak_memory_mib"))
    return Page(
        title=(content.name, style.name),
        status=text(result.get("status")) or "unknown",
        finished=result.get("picture_finished") is True,
        components={part: text(name) for part, name in components.items()},
        notes=texts(result.get("notes")),
        inputs=(content, style),
        stylized=stylized,
        size=size((stylized.width, stylized.height)) if stylized else "",
        explanations=explanation_views(reader, result, recipe),
        metrics=metrics,
        by_layer=by_layer,
        fusion=fusion_effect(reader, result),
        curves=draw_curves(steps) if steps else None,
        times=times,
        total_time=total,
        peak_memory="" if peak is None else memory(peak),
        chain=shape_groups(chain),
        provenance=provenance(reader, result, recipe),
        problems=list(dict.fromkeys(reader.problems)),
    )


def render(page: Page) -> str:
    """The page as HTML. Whatever comes from the folder is escaped; characters that could fake the page are replaced."""
    curves = page.curves
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            colour_bar=Markup(colour_bar()),  # noqa: S704 - drawn here, from numbers
            half_bar=Markup(colour_bar(lowest=0)),  # noqa: S704
            # matplotlib has escaped the curves' names.
            wide=Markup(curves.wide if curves else ""),  # noqa: S704
            narrow=Markup(curves.narrow if curves else ""),  # noqa: S704
        )
    )


def render_training(page: TrainingPage) -> str:
    """The page of a training, with the same care as :func:`render`."""
    # matplotlib has escaped the curves' names.
    plots = [(plot, Markup(plot.curves.wide), Markup(plot.curves.narrow)) for plot in page.plots]  # noqa: S704
    bar, half = (Markup(colour_bar(lowest)) for lowest in (-1, 0))  # noqa: S704 - drawn here, from numbers
    template = environment().get_template("training.html.j2")
    return template.render(page=page, plots=plots, colour_bar=bar, half_bar=half)


@cache
def environment() -> Environment:
    """The templates, everything escaped that is put into them."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters["plural"] = plural
    return environment


def _input(reader: FolderReader, role: str, inputs: Mapping[str, Any], pair: Mapping[str, Any]) -> InputFile:
    facts = reader.mapping(inputs.get(role), f"inputs.json: {role}")
    picture = reader.picture(f"inputs/{role}.png")
    return InputFile(
        role=role,
        name=text(facts.get("file")) or text(pair.get(role)) or f"{role} (name unknown)",
        picture=picture,
        size=size((picture.width, picture.height)) if picture else "",
        original_size=size(facts.get("original_size")),
        mode=text(facts.get("mode")),
        sha256=text(facts.get("sha256")),
        notes=texts(facts.get("notes")),
    )
