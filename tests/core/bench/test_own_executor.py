"""The executor that plugins/README.md shows, with a real worker."""

import re
from pathlib import Path

from gsx.bench.bench import run_bench

README = Path(__file__).parents[3] / "plugins" / "README.md"


def test_the_executor_of_the_guide_runs_cells(bench):
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if "OneByOne" in block
    ]
    namespace = {}
    exec(code, namespace)
    executor = namespace["OneByOne"](None)
    plan = bench.quick_plan(fusion=["adain"])
    assert executor.slots("cpu") == "one worker process"
    with bench.folder.open():
        summary = run_bench(
            plan,
            bench.pictures,
            bench.folder,
            executor,
            timeout=120,
            device="cpu",
            command="",
            listener=lambda cell, outcome: None,
        )
    assert summary.statuses["done"] == 3, [bench.result(cell.key).get("reason") for cell in plan.cells]
