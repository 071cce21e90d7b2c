"""The page as plain data: numbers formatted, pieces of sentences settled, nothing escaped yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from gsx.report.card import CardView
from gsx.report.folder import Picture
from gsx.report.heatmodel import HeatView

Pairs = list[tuple[str, str]]
"""Label and text, in the order of the page."""


@dataclass(frozen=True)
class InputFile:
    """One of the two pictures that went in."""

    role: str
    name: str
    picture: Picture | None
    size: str
    original_size: str
    mode: str
    sha256: str
    notes: list[str]


@dataclass(frozen=True)
class ValueRow:
    """A unit and what it is worth; ``share`` in [-1, 1] is the bar, ``figures`` are by the table's columns."""

    unit: str
    change: str
    image_change: str
    share: float
    figures: list[str]


@dataclass(frozen=True)
class ValueTable:
    """Units, ranked.

    ``columns``: names of further figures. ``beside``: rows to hold the units against. ``carried``: how much of the
    summed magnitudes the rows that are shown hold; "" where they are not meant to add up. ``largest``: the value of a
    full bar. ``total``: what additive values sum to; "" where they are not meant to add up. ``silent``: all are zero.
    """

    columns: list[str]
    rows: list[ValueRow]
    beside: list[ValueRow]
    hidden: int
    carried: str
    remade: bool
    largest: str
    total: str
    silent: bool


@dataclass(frozen=True)
class ExplanationView:
    """One explanation. ``sentences``: what it found, its own answer first. ``options``: of the score."""

    explainer: str
    summary: str
    score: str
    higher: str
    options: str
    base: str
    unit: str
    unit_role: str
    baseline: str
    folder: str
    error: str
    null: bool
    null_reason: str
    maps: list[HeatView]
    values: ValueTable | None
    sentences: list[str]
    card: CardView | None
    notes: list[str]
    details: str


@dataclass(frozen=True)
class MetricRow:
    """One figure of one metric, or why there is none (``state``: ok, skipped, error)."""

    metric: str
    summary: str
    figure: str
    value: str
    direction: str
    state: str
    reason: str


@dataclass(frozen=True)
class LayerTable:
    """Figures by layer: a row per metric and kind, a column per layer; "" where there is none."""

    layers: list[str]
    rows: list[tuple[str, str, list[str]]]


@dataclass(frozen=True)
class FusionEffect:
    """How far the fusion moved the picture (``ratio``: over ``way``); ``reason`` where that was not found out."""

    difference: str
    way: str
    share: str
    ratio: float
    sees_style: bool | None
    reason: str


@dataclass(frozen=True)
class Curve:
    """One curve's name, first and last value, and the class of its colour."""

    name: str
    first: str
    last: str
    colour: int


@dataclass(frozen=True)
class Curves:
    """The optimisation: drawings for wide and narrow screens, and the same in a table.

    ``linear_within``: a logarithmic axis is linear between minus and plus this; "" where it is not.
    """

    wide: str
    narrow: str
    steps: str
    logarithmic: bool
    linear_within: str
    curves: list[Curve]
    lowest: str
    hidden: int


@dataclass(frozen=True)
class TimeBar:
    """A stage, its time, and its share of the longest one."""

    stage: str
    text: str
    share: float


@dataclass(frozen=True)
class ShapeGroup:
    """Rows of the shape table that one stage gives: gives, shape, readers."""

    stage: str
    rows: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Provenance:
    """Everything that is needed to make the run again."""

    fingerprint: str
    fit: str
    weights: list[tuple[str, Pairs]]
    machine: Pairs
    packages: Pairs
    plugins: list[str]
    recipe: str
    others: str


@dataclass(frozen=True)
class Page:
    """The whole report."""

    title: tuple[str, str]
    status: str
    finished: bool
    components: dict[str, str]
    notes: list[str]
    inputs: tuple[InputFile, InputFile]
    stylized: Picture | None
    size: str
    explanations: list[ExplanationView]
    metrics: list[MetricRow]
    by_layer: LayerTable | None
    fusion: FusionEffect | None
    curves: Curves | None
    times: list[TimeBar]
    total_time: str
    peak_memory: str
    chain: list[ShapeGroup]
    provenance: Provenance
    problems: list[str] = field(default_factory=list)
