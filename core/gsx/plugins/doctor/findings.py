"""Finding: one thing that is wrong with a plugin, and what to do about it; from what its process left."""

from __future__ import annotations

import signal
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SLOW = 0.2
"""Seconds that importing a plugin may take: half of what ``gsx --help`` takes."""


@dataclass(frozen=True)
class Finding:
    """What is wrong.

    Args:
        problem: one or two words, such as ``hangs``; stable.
        cause: a sentence without a full stop.
        advice: what its author or its user can do.
    """

    problem: str
    cause: str
    advice: str


_REMOVE = "Uninstall it, or leave it out with GSX_PLUGINS; report this to its author."
_LATER = "Its author: do this in the component's own file or when it is used, not in the entry point's module."
_OWN = "Its author: leave alone what belongs to others; subclass or wrap it in the plugin's own code."


def findings(facts: Mapping[str, Any], *, slow: float = SLOW) -> Iterator[Finding]:
    """What is wrong with a plugin that came to an end, from the facts that its process wrote down."""
    error = facts["error"]
    if error is not None and error.startswith("SystemExit"):
        yield Finding("exits", f"it calls sys.exit when imported ({error})", _REMOVE)
    elif error is not None and error.startswith("KeyboardInterrupt"):
        yield Finding("exits", "it raises KeyboardInterrupt when imported, which ends gsx as Ctrl-C does", _REMOVE)
    elif error is not None:
        yield Finding("broken", error, "Reinstall or update it, or report this to its author.")
    if facts["heavy"]:
        yield Finding(
            "imports early",
            f"importing it imports {', '.join(facts['heavy'])}, which every command then waits for",
            _LATER,
        )
    if facts["seconds"] > slow:
        yield Finding("slow", f"importing it takes {facts['seconds']:.2f} s, more than {slow:g} s", _LATER)
    for stream in ("stdout", "stderr"):
        if facts[stream].strip():
            first = facts[stream].strip().splitlines()[0]
            yield Finding("prints", f"it prints to {stream} when imported: {first[:100]!r}", _LATER)
    if facts["patched"]:
        yield Finding("patches", f"it replaces what is not its own: {', '.join(facts['patched'][:8])}", _OWN)
    if facts["changed"]:
        yield Finding("changes", f"it leaves changed, for everybody: {'; '.join(facts['changed'])}", _OWN)
    if facts["threads"]:
        yield Finding("threads", f"it starts threads when imported: {', '.join(facts['threads'])}", _LATER)


def ended_early(code: int | None, trace: str, stderr: str, timeout: float) -> Finding:
    """What is wrong with a plugin whose process came to no end of its own.

    Args:
        code: of the process; None where it had to be stopped.
        trace: what faulthandler wrote: at which line it was.
        stderr: what the process printed there.
    """
    at = _where(trace)
    if code is None or trace.startswith("Timeout"):
        return Finding("hangs", f"importing it takes more than {timeout:g} s{at}", _REMOVE)
    if code < 0:
        return Finding("crashes", f"importing it crashes Python with {_signal(-code)}{at}", _REMOVE)
    if trace:
        return Finding("crashes", f"importing it crashes Python: {trace.splitlines()[0]}{at}", _REMOVE)
    said = f": {stderr.strip().splitlines()[-1][:200]}" if stderr.strip() else ""
    return Finding("exits", f"importing it ends the process at once, with exit code {code}{said}", _REMOVE)


def unreadable() -> Finding:
    """What is wrong with a plugin whose process wrote down what is no JSON."""
    return Finding("patches", "it replaces what writes JSON, so that the rest cannot be told", _OWN)


def unreadable_list(cause: str) -> Finding:
    """What is wrong with a distribution whose entry points cannot be read."""
    return Finding(
        "broken",
        f"its entry_points.txt cannot be read ({cause}), which stops PyTorch and pydantic too",
        "Reinstall or uninstall it.",
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _where(trace: str) -> str:
    """`` at FILE, line N``: the innermost line that is not the standard library's."""
    library = sysconfig.get_paths()["stdlib"]
    lines = [line.strip() for line in trace.splitlines() if line.strip().startswith('File "')]
    own = [line for line in lines if not line.startswith((f'File "{library}', 'File "<'))]
    return f" at {(own or lines)[0].removeprefix('File ')}" if lines else ""
