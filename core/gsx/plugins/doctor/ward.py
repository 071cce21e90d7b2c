"""The half of the doctor that runs outside: a process for each plugin, several at a time, and names offered twice."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gsx.plugins.doctor.findings import SLOW, Finding, ended_early, findings, unreadable, unreadable_list
from gsx.plugins.hookspecs import COMMAND_GROUP, ENTRY_POINT_GROUP
from gsx.plugins.loading import installed_entry_points, misspelt_names
from gsx.plugins.origin import Damaged, origin_of

START = 60.0
"""Seconds that Python and GSX itself may take to start, beyond a plugin's own time limit."""

_PROGRAM = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); from gsx.plugins.doctor.inside import main; "
_PROGRAM += "main(sys.argv[1])"


@dataclass(frozen=True)
class Patient:
    """One entry point, and what was found.

    Args:
        entry_point, group, distribution, version: which one.
        seconds: that importing it took; None where that came to no end.
        components: what it offers, each as ``kind:name``.
        findings: empty where it is healthy.
    """

    entry_point: str
    group: str
    distribution: str
    version: str
    seconds: float | None = None
    components: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def healthy(self) -> bool:
        return not self.findings


def examine_installed(
    *, timeout: float, slow: float = SLOW, seen: Callable[[int, int], None] = lambda done, total: None
) -> list[Patient]:
    """Every installed plugin and sub-command that GSX_PLUGINS lets through, each in a process of its own.

    Args:
        timeout: seconds that importing one may take.
        slow: seconds from which on it is called slow.
        seen: told after each how many are done, of how many.
    """
    commands = (one for one in installed_entry_points(COMMAND_GROUP) if not isinstance(one, Damaged))
    entry_points = [*installed_entry_points(), *commands]
    patients = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for patient in pool.map(lambda one: _examine(one, timeout, slow), entry_points):
            patients.append(patient)
            seen(len(patients), len(entry_points))
    # What was slow may have had to wait for the others: once more, alone.
    for place, (patient, entry_point) in enumerate(zip(patients, entry_points, strict=True)):
        if patient.seconds is not None and patient.seconds > slow:
            again = _examine(entry_point, timeout, slow)
            if again.seconds is not None and again.seconds < patient.seconds:
                patients[place] = again
    unknown = [
        Patient(
            record.entry_point,
            ENTRY_POINT_GROUP,
            record.distribution,
            record.version,
            findings=(Finding("missing", record.error or "", "Correct GSX_PLUGINS, or install what it names."),),
        )
        for record in misspelt_names()
    ]
    return [*unknown, *_with_clashes(patients)]


def _examine(entry_point: importlib.metadata.EntryPoint, timeout: float, slow: float) -> Patient:
    origin = origin_of(entry_point)
    patient = Patient(entry_point.name, entry_point.group, origin.distribution, origin.version)
    if isinstance(entry_point, Damaged):
        return dataclasses.replace(patient, findings=(unreadable_list(vars(entry_point)["cause"]),))
    outcome = _look(entry_point, origin.distribution, timeout)
    if isinstance(outcome, Finding):
        return dataclasses.replace(patient, findings=(outcome,))
    if outcome["heavy"]:
        # Once more with these there before: whether it patches them, and without what they do to the process.
        again = _look(entry_point, origin.distribution, timeout, already=outcome["heavy"])
        if isinstance(again, Finding):
            return dataclasses.replace(patient, findings=(again,))
        outcome = {**again, "seconds": outcome["seconds"], "heavy": outcome["heavy"]}
    return dataclasses.replace(
        patient,
        seconds=outcome["seconds"],
        components=tuple(outcome["components"]),
        findings=tuple(findings(outcome, slow=slow)),
    )


def _look(
    entry_point: importlib.metadata.EntryPoint, distribution: str, timeout: float, already: Sequence[str] = ()
) -> dict[str, Any] | Finding:
    """What its process wrote down, or why it did not."""
    with tempfile.TemporaryDirectory(prefix="gsx-doctor-") as place:
        folder = Path(place)
        request = {
            "name": entry_point.name,
            "value": entry_point.value,
            "group": entry_point.group,
            "distribution": distribution,
            "timeout": timeout,
            # What it will find there, so that it can be seen whether it patches it.
            "already": ["gsx.api", *already],
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        # Into files, not pipes: a child process that the plugin leaves behind would keep a pipe open.
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            try:
                code = subprocess.run(  # noqa: S603 - this interpreter and our own lines
                    [sys.executable, "-c", _PROGRAM, place, json.dumps(sys.path)],
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    timeout=timeout + START,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = None
        said = {name: (folder / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout", "stderr")}
        written = folder / "facts.json"
        if written.is_file():
            with contextlib.suppress(ValueError):  # written by what the plugin put in the place of Python's own
                return {**json.loads(written.read_text(encoding="utf-8")), **said}
            return unreadable()
        trace = folder / "trace.txt"
        text = trace.read_text(encoding="utf-8", errors="replace") if trace.is_file() else ""
        return ended_early(code, text, said["stderr"], timeout)


def _with_clashes(patients: Sequence[Patient]) -> list[Patient]:
    """Each with a finding for every name that another one offers too."""
    offering = defaultdict(list)
    for patient in patients:
        for component in patient.components:
            offering[component].append(patient)
    return [
        dataclasses.replace(patient, findings=(*patient.findings, *_clashes(patient, offering)))
        if any(len(offering[component]) > 1 for component in patient.components)
        else patient
        for patient in patients
    ]


def _clashes(patient: Patient, offering: dict[str, list[Patient]]) -> list[Finding]:
    found = []
    for component in patient.components:
        others = [one.distribution for one in offering[component] if one is not patient]
        if not others:
            continue
        kind, _, name = component.partition(":")
        advice = f"Write {patient.distribution}:{name} for this one, or uninstall one of them."
        if set(others) == {patient.distribution}:
            advice = "Its author: offer each name once."
        found.append(Finding("ambiguous", f"{kind} {name!r} is also offered by {', '.join(others)}", advice))
    return found
