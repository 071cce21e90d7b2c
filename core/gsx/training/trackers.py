"""Experiment trackers (TensorBoard and others, or a plugin's) that show a training's numbers while it runs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from gsx.errors import GsxError, RecipeError
from gsx.pipeline.blame import blamed, create
from gsx.plugins import installed_catalog
from gsx.recipe.validate import validate
from gsx.specs.chosen import Chosen
from gsx.specs.kinds import TrackerSpec
from gsx.training.processes import Processes

Found = Chosen[TrackerSpec]


class Trackers:
    """Those that a recipe names, a plugin's or accelerate's; none where it names none.

    A context: they start when it is entered. A plugin's that fails gets no more numbers, which is said at once, and
    the training goes on, for it may have taken days; the failure is raised in the end, when everything else is done.

    Args:
        names: as plugins offer them, else as accelerate knows them: tensorboard, wandb, mlflow, ...
        out: the run folder; trackers that write files write into ``tracked`` below it.
        settings: the recipe, told to the trackers once.
        note: gets what the user should know at once.

    Raises:
        RecipeError, PluginError: as :func:`find_trackers`.
    """

    def __init__(
        self,
        names: Sequence[str],
        out: Path,
        settings: Mapping[str, Any],
        processes: Processes | None = None,
        note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._found, self._others = find_trackers(names)
        self._out, self._settings, self._processes, self._note = out, settings, processes, note
        self._accelerator: Any = None
        self._started: list[tuple[Found, Any]] = []
        self._failures: list[GsxError] = []

    def __enter__(self) -> Trackers:
        """Start them.

        Raises:
            PluginError: one of a plugin that cannot start.
        """
        if self._others:
            self._accelerator = _accelerated(self._others, self._out, self._settings, self._processes)
        try:
            for chosen in self._found:
                self._started.append((chosen, create(chosen, self._out, copy.deepcopy(dict(self._settings)))))
        except BaseException:
            self._finish()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        late = self._finish()
        if error is not None:
            self._say(late)
        elif self._failures:
            raise self._failures[0]

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Numbers of one step, by ``group/name``."""
        if self._accelerator is not None:
            self._accelerator.log(dict(values), step=step)
        self._say(self._each(lambda tracker: tracker.log(dict(values), step)), " It gets no more numbers.")

    def _finish(self) -> list[GsxError]:
        if self._accelerator is not None:
            self._accelerator.end_training()
        return self._each(lambda tracker: tracker.finish())

    def _each(self, work: Callable[[Any], None]) -> list[GsxError]:
        """Have each tracker of a plugin do something; those that fail are dropped, and how they failed is returned."""
        failures = []
        for entry in tuple(self._started):
            chosen, tracker = entry
            try:
                with blamed(chosen):
                    work(tracker)
            except GsxError as error:
                self._started.remove(entry)
                failures.append(error)
        self._failures += failures
        return failures

    def _say(self, failures: Sequence[GsxError], more: str = "") -> None:
        for failure in failures:
            self._note(f"{failure.message}{more}")


def find_trackers(names: Sequence[str]) -> tuple[list[Found], list[str]]:
    """Plugins' trackers of these names, and the names of the others, which are accelerate's.

    Raises:
        RecipeError: one that is neither. PluginError: one that two distributions offer, that a broken plugin may, or
            whose options cannot be built.
    """
    catalog = installed_catalog()
    offered = {offer.spec.name for offer in catalog.offers("tracker")}
    found, others = [], []
    for name in dict.fromkeys(names):
        if name.rpartition(":")[2] in offered:
            offer = catalog.find("tracker", name)
            options = validate(offer.spec.options, {}, where=f"tracker {name!r}")
            found.append(Chosen(offer.spec, options, offer.distribution, offer.version, offer.spec.name))
        else:
            others.append(name)
    if others:
        _check_known(others, sorted(offered))
    return found, others


def _check_known(names: Sequence[str], offered: Sequence[str]) -> None:
    from accelerate.tracking import get_available_trackers

    installed = sorted(str(item) for item in get_available_trackers())
    for name in names:
        if name in installed:
            continue
        try:
            installed_catalog().find("tracker", name)  # a broken plugin may be the one that offers it
        except RecipeError as error:
            known = ", ".join([*offered, *installed]) or "none"
            raise RecipeError(
                f"tracker {name!r} is unknown or not installed; there are: {known}.",
                hint="pip install 'gsx[tensorboard]' or a plugin that offers it, or set train.trackers=[].",
            ) from error


def _accelerated(names: Sequence[str], out: Path, settings: Mapping[str, Any], processes: Processes | None) -> Any:
    from accelerate import Accelerator

    on_cpu = processes is None or processes.device.type == "cpu"
    accelerator = Accelerator(cpu=on_cpu, log_with=list(names), project_dir=str(out))
    accelerator.init_trackers("tracked", config=dict(flat(settings)))
    return accelerator


def numbers_of(line: Mapping[str, Any]) -> dict[str, float]:
    """What a line of metrics.jsonl holds, by ``group/name``: terms, numbers, shares, cosines and gauges."""
    values = {f"{group}/{name}": value for group in ("terms", "numbers") for name, value in line.get(group, {}).items()}
    for place, found in (line.get("attribution") or {}).items():
        for what in ("share", "cosine"):
            values |= {f"{what} at the {place}/{name}": value for name, value in found[what].items()}
    values |= {f"gauges/{gauge['name']}": gauge["value"] for gauge in line.get("gauges", ())}
    return {name: value for name, value in values.items() if value is not None}


def flat(settings: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str | float | int | bool]]:
    """Nested settings as ``section.option`` and a plain value each; lists and None as text."""
    for key, value in settings.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from flat(value, name)
        else:
            yield name, value if isinstance(value, (str, float, int, bool)) else str(value)
