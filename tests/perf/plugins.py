"""Hundreds of plugin distributions, as pip leaves them: one module each with one component, three options, a README."""

from __future__ import annotations

import compileall
from pathlib import Path

MODULE = '''
"""One plugin among many."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gsx.api import FusionSpec, Options, hookimpl


class Fusion{number}Options(Options):
    """Its options."""

    amount: Annotated[float, Field(ge=0, le=1, description="how much")] = 1.0
    levels: Annotated[tuple[str, ...] | None, Field(description="which")] = None
    how: Annotated[Literal["one", "other"], Field(description="in which way")] = "one"


@hookimpl
def gsx_fusions() -> Iterator[FusionSpec]:
    yield FusionSpec(
        name="perf-{number}",
        summary="the content's map with its channel means moved to the style's",
        target="gsx_perf_{number}.fusion:Fusion",
        options=Fusion{number}Options,
        strength=lambda strength: {{"amount": strength}},
    )
'''
BROKEN = "import a_package_that_is_not_there\n"
METADATA = """Metadata-Version: 2.4
Name: gsx-perf-{number}
Version: 1.{number}
Summary: Fusion perf-{number} for GSX
Requires-Python: >=3.11
Requires-Dist: gsx<0.2,>=0.1
Provides-Extra: test
Requires-Dist: pytest; extra == 'test'
Description-Content-Type: text/markdown

"""
README = "Sixty lines that say what it does, how it is installed, and which options it has.\n" * 60


def plugins(folder: Path, count: int) -> Path:
    """Make ``count`` of them, of which one is broken and every tenth adds a command; the folder for PYTHONPATH."""
    for number in range(count):
        module = folder / f"gsx_perf_{number}"
        module.mkdir(parents=True)
        source = BROKEN if number == count // 2 else MODULE.format(number=number)
        (module / "__init__.py").write_text(source, encoding="utf-8")
        info = folder / f"gsx_perf_{number}-1.{number}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(METADATA.format(number=number) + README, encoding="utf-8")
        command = f"[gsx.commands]\nperf-{number} = gsx_perf_{number}.command:app\n" if number % 10 == 0 else ""
        (info / "entry_points.txt").write_text(
            f"{command}[gsx.plugins]\nperf-{number} = gsx_perf_{number}\n", encoding="utf-8"
        )
    compileall.compile_dir(folder, quiet=2)  # as pip does
    return folder
