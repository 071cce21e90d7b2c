"""result.json of one cell: its form, checked before a figure of it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gsx.report.folder import LARGEST_NUMBER

FORMAT = 1
"""The form of result.json that is read here."""

LARGEST_FILE = 64 * 2**20
"""Bytes: a result.json beyond this is no cell's."""

STATUSES = ("done", "skipped", "diverged", "error", "timeout")

Number: TypeAlias = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Whole: TypeAlias = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""What SQLite and parquet can hold."""

Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Value: TypeAlias = bool | int | Number | str | None
"""An axis' value: a component's name, or an option's value."""


class UnreadableCell(Exception):  # noqa: N818 - a finding that goes into a list, not a failure
    """Why a folder under cells/ is not taken for a cell, in one sentence."""


class _Part(BaseModel):
    """Strict: a number in quotes is no number. What is not listed is ignored, for later versions will say more."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class MetricFile(_Part):
    """What was measured: figures of equal ``id``, ``version`` and ``preprocessing`` can be compared."""

    id: Name
    name: str = ""
    summary: str = ""
    scope: Literal["pair", "set"]
    direction: Literal["lower", "higher", "none"]
    version: Whole
    preprocessing: str = ""


class CheckFile(_Part):
    """One check of a faithfulness card."""

    value: Number | None = None
    verdict: str | None = None


class ExplanationFile(_Part):
    """One explanation of one pair."""

    id: Name
    folder: str = ""
    explainer: str = ""
    score: str = ""
    unit: str = ""
    status: str = "done"
    null: bool = False
    error: str | None = None
    seconds: Number | None = None
    evaluations: Whole | None = None
    card: dict[str, CheckFile] = Field(default_factory=dict)
    picture: str | None = None


class PairFile(_Part):
    """What one cell made of one content and one style."""

    label: str
    content: Name
    style: Name
    picture: str | None = None
    seconds: Number | None = None
    figures: dict[Name, dict[Name, Number]] = Field(default_factory=dict)
    missing: dict[str, str] = Field(default_factory=dict)
    explanations: list[ExplanationFile] = Field(default_factory=list)


class CostFile(_Part):
    """What a cell cost."""

    seconds_per_pair: Number | None = None
    peak_memory_mib: Number | None = None


class WorkerFile(_Part):
    """Where a cell was made."""

    host: str = ""
    device: str = ""
    device_name: str = ""
    threads: int | None = None


class WeightsFile(_Part):
    """Which weights one section used."""

    id: str | None = None
    sha256: str | None = None


class CellFile(_Part):
    """result.json. Everything after ``size`` may be absent where the status is not done."""

    format: int
    key: str
    status: Literal["done", "skipped", "diverged", "error", "timeout"]
    reason: str | None = None
    control: Literal["content", "style"] | None = None
    coordinates: dict[Name, Value]
    seed: Whole | None = None
    label: str = ""
    components: dict[Name, str | None] = Field(default_factory=dict)
    fingerprint: str = ""
    data: str
    size: Whole | None = None
    weights: dict[str, WeightsFile | None] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    metrics: list[MetricFile] = Field(default_factory=list)
    pairs: list[PairFile] = Field(default_factory=list)
    set: dict[Name, dict[Name, Number]] = Field(default_factory=dict)
    set_missing: dict[str, str] = Field(default_factory=dict)
    cost: CostFile | None = None
    seconds: dict[str, Number] = Field(default_factory=dict)
    started: str = ""
    worker: WorkerFile | None = None


def read_cell(folder: Path) -> CellFile:
    """The cell in ``folder``.

    Raises:
        UnreadableCell: it is none, or damaged, or says something of itself that cannot be.
    """
    file = folder / "result.json"
    try:
        # A link could lead to a file that is none of the benchmark's.
        if folder.is_symlink() or file.is_symlink():
            raise UnreadableCell("it is a link, and nothing outside the benchmark folder is read")
        if not folder.is_dir():
            raise UnreadableCell("it is not a folder")
        if not file.is_file():
            raise UnreadableCell("it has no result.json, so it was never finished or is not a cell")
        if file.stat().st_size > LARGEST_FILE:
            raise UnreadableCell(f"result.json is larger than {LARGEST_FILE // 2**20} MiB")
        found = CellFile.model_validate_json(file.read_bytes())
    except OSError as error:
        raise UnreadableCell(f"result.json cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        raise UnreadableCell(_first(error)) from error
    _check(found, folder.name)
    return found


def _check(cell: CellFile, name: str) -> None:
    """What the types cannot say."""
    if cell.format != FORMAT:
        raise UnreadableCell(f"result.json has format {cell.format}, and this version of GSX reads {FORMAT}")
    if cell.key != name:
        raise UnreadableCell(f"result.json is that of cell {cell.key[:40]!r}: the folder was renamed or copied")
    places = [(pair.content, pair.style) for pair in cell.pairs]
    if len(set(places)) < len(places):
        raise UnreadableCell("result.json holds a pair twice")
    described = [metric.id for metric in cell.metrics]
    if len(set(described)) < len(described):
        raise UnreadableCell("result.json describes a metric twice")
    measured = {metric for pair in cell.pairs for metric in pair.figures} | set(cell.set)
    if unknown := sorted(measured - set(described)):
        raise UnreadableCell(f"result.json has figures of {unknown[0][:40]!r} and does not say how it measured them")
    if cell.status == "done" and not cell.pairs:
        raise UnreadableCell("result.json says done and holds no pair")


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    problem = error.errors(include_url=False, include_input=False)[0]
    if problem["type"] == "json_invalid":
        return f"result.json is damaged: {problem['msg'].removeprefix('Invalid JSON: ')}"
    place = ".".join(map(str, problem["loc"]))[:80]
    return f"result.json is not as a cell's should be: {place or 'the whole'}: {problem['msg'].lower()}"
