"""What a plugin imports when it is only listed, found in a fresh interpreter."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import subprocess
import sys

from gsx.plugins.heavy import HEAVY
from gsx.plugins.hookspecs import ENTRY_POINT_GROUP

TIME_LIMIT = 60
"""Seconds that listing one plugin may take."""

_MARK = "heavy imports: "
_LISTING = f"""
import importlib, json, sys
sys.path[:], modules = json.loads(sys.argv[1])
for name in modules:
    plugin = importlib.import_module(name)
    for attribute, offer in list(vars(plugin).items()):
        if attribute.startswith("gsx_") and hasattr(offer, "gsx_impl") and not offer.__code__.co_argcount:
            list(offer() or ())
print("\\n" + {_MARK!r} + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""


def heavy_imports(target: str) -> list[str]:
    """The heavy packages that listing the plugin of ``target`` imports.

    Args:
        target: ``"package.module:Class"``; its parent packages and the entry points of the same package are imported.

    Raises:
        AssertionError: the plugin cannot be imported by itself, or does not finish.
    """
    *parents, _ = target.partition(":")[0].split(".")
    modules = {".".join(parents[: end + 1]) for end in range(len(parents))}
    top = target.partition(":")[0].split(".")[0]
    for entry_point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        module = entry_point.value.partition(":")[0].strip()  # what is malformed is another plugin's affair
        if module.split(".")[0] == top:
            modules.add(module)
    return list(_listed(tuple(sorted(modules)), tuple(sys.path)))


@functools.cache
def _listed(modules: tuple[str, ...], path: tuple[str, ...]) -> tuple[str, ...]:
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and our own lines
            [sys.executable, "-c", _LISTING, json.dumps([path, modules])],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"importing {', '.join(modules)} takes more than {TIME_LIMIT} s") from error
    verdict = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not verdict:
        last = (done.stderr.strip() or "it ended without a word").splitlines()[-1]
        raise AssertionError(f"importing {', '.join(modules)} by itself fails: {last}")
    return tuple(json.loads(verdict[-1].removeprefix(_MARK)))
