"""What ``gsx plugins check`` shows: a component after another, and a line that sums up."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gsx.cli.console import clean, one_line, say, table
from gsx.testing.distributions.judging import OUTCOMES, Outcome, Verdict

if TYPE_CHECKING:
    from gsx.specs.chosen import Offer
    from gsx.testing.distributions import Selection

STYLES: dict[Outcome, str] = {"pass": "green", "FAIL": "bold red", "not judged": "yellow", "expected failure": "yellow"}
WORDS: dict[Outcome, str] = {
    "pass": "passed",
    "FAIL": "FAILED",
    "not judged": "not judged",
    "expected failure": "failed as expected",
}
HEADERS = ("component", "from", "check", "verdict", "why", "rule")


class VerdictScreen:
    """Indented lines on a terminal; a table with tabs in a pipe, a row for each check."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._headers: Sequence[str] = HEADERS
        self._components = 0

    def component(self, offer: Offer[Any], verdicts: Sequence[Verdict]) -> None:
        """All verdicts about one."""
        self._components += 1
        name, origin = f"{offer.spec.kind} {offer.spec.name}", f"{offer.distribution} {offer.version}"
        if self._terminal:
            self._draw(f"{name}, from {origin}", verdicts)
            return
        rows = [(name, origin, one.check, one.outcome, one_line(one.reason), one.rule) for one in verdicts]
        table(self._headers, rows)
        self._headers = ()

    def end(self, selection: Selection, counts: Mapping[str, int]) -> None:
        """What could not be checked, and the sum."""
        for record in selection.broken:
            say(f"BROKEN: {record.entry_point}, from {record.distribution} {record.version}: {record.error}")
        for record in selection.silent:
            say(f"{record.entry_point}, from {record.distribution} {record.version}, offers no component to check.")
        total = sum(counts.values())
        told = [f"{counts[outcome]} {WORDS[outcome]}" for outcome in OUTCOMES if counts[outcome]]
        if selection.broken:
            told.append(f"{_counted(len(selection.broken), 'plugin')} BROKEN")
        said = f": {', '.join(told)}" if told else ""
        say(f"{_counted(self._components, 'component')}, {_counted(total, 'check')}{said}.")

    def _draw(self, title: str, verdicts: Sequence[Verdict]) -> None:
        from rich.console import Console
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        lines = Table.grid(padding=(0, 2, 0, 0))
        lines.add_column(no_wrap=True)
        lines.add_column(no_wrap=True)
        lines.add_column(overflow="fold")
        for one in verdicts:
            why = Text(one.rule, style="dim")
            if one.outcome != "pass":
                why = Text.assemble(clean(one.reason), *(("\nRule: ", "bold"), one.rule) * (one.outcome == "FAIL"))
            lines.add_row(Text(one.outcome, style=STYLES[one.outcome]), Text(one.check), why)
        console = Console(highlight=False)
        console.print(Text(clean(title), style="bold"))
        console.print(Padding(lines, (0, 0, 1, 2)))


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
