"""Experiment trackers (TensorBoard and others) that show a training's numbers while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gsx.errors import RecipeError
from gsx.training.processes import Processes


class Trackers:
    """Those that a recipe names, by accelerate; none where it names none.

    Args:
        names: as accelerate knows them: tensorboard, wandb, mlflow, ...
        out: the run folder; trackers that write files write below it.
        settings: the recipe, told to the trackers once.

    Raises:
        RecipeError: one that is unknown or not installed.
    """

    def __init__(
        self, names: Sequence[str], out: Path, settings: Mapping[str, Any], processes: Processes | None = None
    ) -> None:
        self._accelerator: Any = None
        if not names:
            return
        from accelerate import Accelerator
        from accelerate.tracking import get_available_trackers

        installed = sorted(str(item) for item in get_available_trackers())
        for name in names:
            if name not in installed:
                raise RecipeError(
                    f"tracker {name!r} is unknown or not installed; there are: {', '.join(installed) or 'none'}.",
                    hint="pip install 'gsx[tensorboard]', or set train.trackers=[].",
                )
        on_cpu = processes is None or processes.device.type == "cpu"
        self._accelerator = Accelerator(cpu=on_cpu, log_with=list(names), project_dir=str(out))
        self._accelerator.init_trackers("tracked", config=dict(flat(settings)))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Numbers of one step, by ``group/name``."""
        if self._accelerator is not None:
            self._accelerator.log(dict(values), step=step)

    def finish(self) -> None:
        """Write what is still held back."""
        if self._accelerator is not None:
            self._accelerator.end_training()


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
