"""Every rule for trackers can fail: a mutant of the toy for each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gsx.api import Spec
from gsx.testing.checks import tracker
from gsx.testing.toy import gsx_trackers
from gsx.testing.toy.tracker import ToyTracker

(TRACKER,) = gsx_trackers()


class Pedant(ToyTracker):
    """Takes a step once only."""

    last = 0

    def log(self, numbers: Any, step: int) -> None:
        if step == self.last:
            raise ValueError(f"step {step} again")
        self.last = step


class Summary(ToyTracker):
    """Needs a number to sum up."""

    newest: Any

    def log(self, numbers: Any, step: int) -> None:
        self.newest = numbers

    def finish(self) -> None:
        self._write(self.newest)


class Fresh(ToyTracker):
    """Wants a folder that is not there yet."""

    def __init__(self, options: Any, folder: Any, recipe: Any) -> None:
        (folder / "tracked").mkdir()
        super().__init__(options, folder, recipe)


class Untidy(ToyTracker):
    """Writes beside the training's own files."""

    def __init__(self, options: Any, folder: Any, recipe: Any) -> None:
        super().__init__(options, folder, recipe)
        (folder / "card.json").write_text("{}")


def mutant(target: type) -> Any:
    return replace(TRACKER, target=f"{__name__}:{target.__name__}")


CASES = [
    (mutant(Pedant), "bears_a_training", "ValueError: step 2 again"),
    (mutant(Summary), "bears_an_early_end", "raised AttributeError"),
    (mutant(Fresh), "starts_again", "raised FileExistsError"),
    (mutant(Untidy), "keeps_to_its_folder", r"it wrote card\.json"),
]


@pytest.mark.parametrize(("spec", "check", "message"), CASES, ids=[check for _, check, _ in CASES])
def test_mutant(breaks: Callable[[Spec, str, str], None], spec: Spec, check: str, message: str):
    breaks(spec, check, message)


def test_every_rule_has_a_mutant():
    assert {check for _, check, _ in CASES} == {function.__name__ for function in tracker.CHECKS}
