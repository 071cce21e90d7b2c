"""How long gsx takes to say something (target: 0.4 s), beside what Python and its libraries take."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.perf

CASES = {
    "python -c pass": ("-c", "pass"),
    "python -c 'import pydantic, typer'": ("-c", "import pydantic, typer"),
    "gsx --version": ("-c", "from gsx.cli.main import main; main()", "--version"),
    "gsx --help": ("-c", "from gsx.cli.main import main; main()", "--help"),
    "gsx plugins list": ("-c", "from gsx.cli.main import main; main()", "plugins", "list"),
    "gsx weights list": ("-c", "from gsx.cli.main import main; main()", "weights", "list"),
}


def test_startup(measure, alone) -> None:
    measure("start-up", {name: lambda command=command: alone(*command) for name, command in CASES.items()}, rounds=10)
