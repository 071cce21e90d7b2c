"""From axes to cells: every combination loaded and checked against the contracts, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gsx.bench.axes import NAMED_AXES, Coordinates, axes_of, cells_of, label_of
from gsx.bench.cautions import opposite_strengths, same_pictures
from gsx.bench.cell import CONTROLS, Cell, key_of, refusal_key
from gsx.bench.fingerprints import Fingerprints
from gsx.bench.pictures import Pictures
from gsx.errors import ContractError, GsxError, MissingExtraError, RecipeError, WeightsError
from gsx.pipeline.load import FALLBACK_GENERATOR, Loaded, load
from gsx.recipe.bench_section import BenchSection
from gsx.recipe.defaults import ABSENT, benchmark_metrics, defaults
from gsx.recipe.merge import apply_set, merge_file
from gsx.recipe.schema import KIND_OF_SECTION
from gsx.recipe.sections import InputSection, RunSection
from gsx.recipe.toml import read_recipe
from gsx.recipe.validate import validate
from gsx.specs.chosen import Catalog


@dataclass(frozen=True)
class Plan:
    """The cells of a benchmark, controls first, each key once.

    Args:
        same: labels of combinations that come to the same recipe; the first of each two stands for both.
        cautions: what to know before reading the figures.
    """

    axes: Mapping[str, Sequence[Any]]
    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]
    same: tuple[tuple[str, str], ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def runnable(self) -> tuple[Cell, ...]:
        """Those that were not refused."""
        return tuple(cell for cell in self.cells if cell.skipped is None)


@dataclass(frozen=True)
class Question:
    """What the user named besides the axes: as :func:`gsx.pipeline.load.load` takes it."""

    file: Path | None
    flags: Mapping[str, Any]
    sets: tuple[str, ...]
    catalog: Catalog

    def inputs(self) -> tuple[InputSection, RunSection]:
        """The pictures and how to run, which all cells share.

        Raises:
            RecipeError: an option that is not valid.
        """
        raw = defaults()
        if self.file is not None:
            merge_file(raw, read_recipe(self.file), source=str(self.file))
        for key, value in self.flags.items():
            section, _, option = key.partition(".")
            if section in ("input", "run") and value is not None:
                raw[section][option] = value
        for text in self.sets:
            if text.startswith(("input.", "run.")):
                apply_set(raw, text)
        pictures = validate(InputSection, raw["input"], where="input")
        if pictures.mask is not None:
            raise RecipeError(
                "input.mask marks a region of one picture, and a benchmark has several.",
                hint="Leave it out, or explain one pair with gsx run.",
            )
        return pictures, validate(RunSection, raw["run"], where="run")

    def _defaults(self) -> dict[str, list[str]]:
        """What a benchmark does where the user says nothing: it measures much, and explains nothing.

        Explaining every pair costs far more than making it.
        """
        named = read_recipe(self.file) if self.file is not None else {}
        found = {"explainer": [], "metric": benchmark_metrics()}
        return {key: value for key, value in found.items() if key not in named}

    def load(self, coordinates: Coordinates, seed: int | None, section: BenchSection) -> Loaded:
        """The recipe at one place of the benchmark. Errors as :func:`gsx.pipeline.load.load`."""
        named: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for axis, value in coordinates.items():
            if axis == "checkpoints":
                values["generator.weights"] = value
            elif axis not in NAMED_AXES:
                values[axis] = value
            else:  # a table is the whole section: no option of the recipe's carries over
                named[axis] = value
        if seed is not None:
            values["run.seed"] = seed
        return load(
            self.file,
            flags={
                **self._defaults(),
                **{key: value for key, value in self.flags.items() if value is not None},
                **named,
            },
            sets=[text for text in self.sets if not text.startswith("bench.")],
            values=values,
            catalog=self.catalog,
            training=section.trains,
        )


def make_plan(question: Question, section: BenchSection, pictures: Pictures) -> Plan:
    """Load and check every combination.

    A combination that the contracts refuse becomes a cell that says why; so does one for which an option of the grid
    does not exist, as long as it exists for another.

    Raises:
        GsxError: no combination can run; it is then the first one's error.
        RecipeError: a name or an option of an axis that is valid in no combination.
    """
    axes = axes_of(section)
    _check_names(section, question.catalog)
    fingerprints = Fingerprints(question.catalog)
    cells: list[Cell] = []
    refusals: list[tuple[Coordinates, GsxError]] = []
    seeds: tuple[int, ...] = ()
    for coordinates in cells_of(axes):
        label = label_of(coordinates, axes) or "the recipe"
        try:
            first = question.load(coordinates, None, section)
            seeds = tuple(range(first.recipe.run.seed, first.recipe.run.seed + section.seeds))
            for seed in seeds:
                loaded = first if seed == first.recipe.run.seed else question.load(coordinates, seed, section)
                cells.append(_runnable(coordinates, label, seed, loaded, section, pictures, fingerprints))
        except (ContractError, RecipeError, WeightsError, MissingExtraError) as error:
            refusals.append((coordinates, error))
            cells.append(_skipped(coordinates, label, error, pictures))
    runnable = [cell for cell in cells if cell.skipped is None]
    if not runnable:
        raise refusals[0][1]
    _check_values(section, refusals, runnable)
    once: dict[str, Cell] = {}
    same = [(once[cell.key].label, cell.label) for cell in cells if once.setdefault(cell.key, cell) is not cell]
    cells = [*_controls(runnable, pictures, fingerprints), *once.values()]
    recipes = [cell.loaded for cell in runnable if cell.loaded is not None]
    cautions = (*opposite_strengths(axes, recipes), *same_pictures(pictures))
    return Plan(axes, seeds, _with_layers(cells), tuple(dict.fromkeys(same)), cautions)


def _check_names(section: BenchSection, catalog: Catalog) -> None:
    """Refuse a name that no component has: mistyped, it is no combination that does not fit."""
    for axis in NAMED_AXES:
        if axis != "checkpoints":
            for one in getattr(section, axis):
                catalog.find(KIND_OF_SECTION.get(axis, axis), one["name"] if isinstance(one, dict) else one)


def _check_values(
    section: BenchSection, refusals: Sequence[tuple[Coordinates, GsxError]], runnable: Sequence[Cell]
) -> None:
    """Refuse a value of the grid that is valid nowhere."""
    for axis, values in section.grid.items():
        used = [cell.coordinates[axis] for cell in runnable]
        for value in values:
            errors = [error for coordinates, error in refusals if coordinates[axis] == value]
            if value not in used and all(isinstance(error, RecipeError) for error in errors):
                raise errors[0]


def _skipped(coordinates: Coordinates, label: str, error: GsxError, pictures: Pictures) -> Cell:
    reason = " ".join(str(error).split())
    key = refusal_key(coordinates, pictures.hash)
    return Cell(key, label, coordinates, 0, skipped=reason, job={"data": pictures.hash, "size": pictures.size})


def _runnable(
    coordinates: Coordinates,
    label: str,
    seed: int,
    loaded: Loaded,
    section: BenchSection,
    pictures: Pictures,
    fingerprints: Fingerprints,
) -> Cell:
    fingerprint = fingerprints.of(loaded)
    canonical = loaded.recipe.canonical()
    training = training_of(section, fingerprints)
    trained = training and [training, canonical["train"], canonical["loss"]]
    key = key_of(fingerprint=fingerprint, data=pictures.hash, metrics=_versions(loaded, fingerprints), train=trained)
    return Cell(
        key,
        label,
        coordinates,
        seed,
        loaded,
        job={**_job(loaded, pictures), "fingerprint": fingerprint, "train": training, "control": None},
    )


def training_of(section: BenchSection, fingerprints: Fingerprints) -> dict[str, str] | None:
    """What each cell is trained on, with the hash of its pictures; None where cells are not trained.

    Raises:
        ImageError: a folder that cannot be read.
    """
    if section.train_content is None or section.train_style is None:
        return None
    folders = {"content": section.train_content, "style": section.train_style}
    return {
        **{role: str(Path(folder).expanduser().resolve()) for role, folder in folders.items()},
        "sha256": fingerprints.folders(*folders.values()),
    }


def _controls(cells: Sequence[Cell], pictures: Pictures, fingerprints: Fingerprints) -> list[Cell]:
    """The content untouched and the style itself, as each extractor of the benchmark sees them."""
    controls: dict[str, Cell] = {}
    for cell in cells:
        assert cell.loaded is not None
        extractor = cell.loaded.recipe.parts.extractor
        seen = fingerprints.extractor(cell.loaded)
        metrics = _versions(cell.loaded, fingerprints)
        for control, words in CONTROLS.items():
            key = key_of(control=control, extractor=seen, data=pictures.hash, metrics=metrics)
            controls.setdefault(
                key,
                Cell(
                    key,
                    words,
                    {"extractor": extractor.name, **_of_extractor(cell.coordinates)},
                    cell.seed,
                    cell.loaded,
                    control=control,
                    job={**cell.job, "recipe": _without_generator(cell), "control": control, "train": None},
                ),
            )
    return list(controls.values())


def _of_extractor(coordinates: Coordinates) -> Coordinates:
    """The coordinates that matter to a control: one network, smoothed and not, sees it in two ways."""
    return {axis: value for axis, value in coordinates.items() if axis.partition(".")[0] == "extractor"}


def _without_generator(cell: Cell) -> dict[str, Any]:
    """The recipe of a control, whose pictures nothing makes: with the generator that needs no weights."""
    absent: dict[str, Any] = {section: dict(ABSENT) for section in ("discriminator", "adversarial")}
    return {**cell.job["recipe"], "generator": {"name": FALLBACK_GENERATOR}, "loss": [], "explainer": [], **absent}


def _job(loaded: Loaded, pictures: Pictures) -> dict[str, Any]:
    return {
        "recipe": loaded.recipe.canonical(),
        "pairs": pictures.jobs(),
        "data": pictures.hash,
        "size": pictures.size,
    }


def _versions(loaded: Loaded, fingerprints: Fingerprints) -> list[Any]:
    return [fingerprints.metric(metric) for metric in loaded.recipe.parts.metrics]


def _with_layers(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Tell each cell which layers any cell reads of its extractor, so that a worker extracts a picture once."""
    union: dict[str, dict[str, None]] = {}
    for cell in cells:
        if cell.loaded is not None:
            union.setdefault(_extractor(cell), {}).update(dict.fromkeys(cell.loaded.plan.layers))
    return tuple(
        cell if cell.loaded is None else replace(cell, job={**cell.job, "layers": list(union[_extractor(cell)])})
        for cell in cells
    )


def _extractor(cell: Cell) -> str:
    return repr(cell.job["recipe"]["extractor"])
