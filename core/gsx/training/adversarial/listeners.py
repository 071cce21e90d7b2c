"""Telling plugins of a training, as they are told of a run: when it begins, of each step, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from gsx.errors import CollapsedError, DivergedError, InterruptedRun
from gsx.plugins import installed_catalog
from gsx.plugins.lifecycle import notify
from gsx.report import write_report
from gsx.specs.interfaces import Cancelled
from gsx.store.atomic import write_json
from gsx.training.adversarial.trainer import Trainer
from gsx.training.interrupt import StopRequest

ENDINGS: dict[type[BaseException], str] = {
    InterruptedRun: "interrupted",
    CollapsedError: "collapsed",
    DivergedError: "diverged",
}
"""How a training that leaves checkpoints may end before its last step; other failures are not told, as of a run."""


class Listeners:
    """The plugins that hear of a training, in the main process alone; a context around it.

    What one raises is said once and costs neither the training nor the others; ``Cancelled`` asks to stop.

    Attributes:
        problems: what they raised, one line for each plugin and hook.
        card: to be set to the contents of card.json when that is written.
    """

    def __init__(self, trainer: Trainer, stop: StopRequest) -> None:
        self._trainer, self._job, self._stop = trainer, trainer.job, stop
        self._manager = installed_catalog().manager if self._job.processes.main else None
        self.problems: list[str] = []
        self.card: dict[str, Any] = {}

    def __enter__(self) -> Listeners:
        self._trainer.listen = self._step
        self._tell("gsx_run_start", folder=str(self._job.out), recipe=self._job.loaded.recipe.canonical())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        status = "done" if kind is None else ENDINGS.get(kind)
        if status is None:
            return
        result = self.card or {"steps": self._trainer.step, "plugin_problems": self.problems}
        known = len(self.problems)
        self._tell("gsx_run_end", folder=str(self._job.out), result={**result, "status": status})
        if self.card and len(self.problems) > known:  # it gets the finished folder, so what it does wrong comes after
            write_json(self._job.out / "card.json", self.card)
            write_report(self._job.out)

    def _step(self, step: int, values: Mapping[str, float]) -> None:
        self._tell("gsx_step_end", step=step, values=values)

    def _tell(self, hook: str, **facts: Any) -> None:
        if self._manager is None:
            return
        try:
            raised = notify(self._manager, hook, **facts)
        except Cancelled:
            self._stop.asked = True
            return
        for text in raised:
            # Its message may differ at every step, and there are many steps.
            if not any(_who(text) == _who(said) for said in self.problems):
                self.problems.append(text)
                self._job.screen.note(text)


def _who(problem: str) -> str:
    """The plugin and the hook, of a line of :func:`notify`."""
    return problem.partition(" raised ")[0]
