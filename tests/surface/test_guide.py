"""The authors' guide names every hook with its exact signature, and the plugin that it shows works in a run."""

from __future__ import annotations

import inspect
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gsx.cli.main import main
from gsx.plugins import hookspecs, installed_catalog
from gsx.testing import checks_for

REPOSITORY = Path(__file__).parents[2]
GUIDE = (REPOSITORY / "plugins" / "README.md").read_text(encoding="utf-8")
HOOKS = [hook for name, hook in vars(hookspecs).items() if name.startswith("gsx_")]
SMALL = ("--size", "32", "--metric", "none", "--explainer", "none", "--set", "generator.iterations=2")


def hook_rows() -> list[str]:
    """The rows of its table of hooks: signature, and the first line of the docstring."""
    rows = []
    for hook in HOOKS:
        told = re.sub(r"``", "`", (inspect.getdoc(hook) or "").splitlines()[0])
        arguments = str(inspect.signature(hook)).replace("'", "")
        rows.append(f"| [`{hook.__name__}{arguments}`](HOOKS.md#{hook.__name__}) | {told} |")
    return rows


def test_every_hook_has_its_row() -> None:
    table = GUIDE.partition("| hook | |\n|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == hook_rows()


def test_the_page_of_hooks_says_what_the_docstrings_say() -> None:
    page = runpy.run_path(str(Path(__file__).with_name("hooks_page.py")))
    assert page["PAGE"].read_text(encoding="utf-8") == page["page"](), "run: python tests/surface/hooks_page.py"


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The guide's plugin, installed, and a folder to work in."""
    site = tmp_path / "site"
    for path, code in re.findall(r"```python\n# (gsx_diary/\w+\.py)\n(.*?)```", GUIDE, re.DOTALL):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(code, encoding="utf-8")
    (project,) = (
        tables["project"]
        for text in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
        if (tables := tomllib.loads(text))["project"]["name"] == "gsx-diary"
    )
    install(site, project)
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)
    installed_catalog.cache_clear()
    yield tmp_path
    installed_catalog.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "gsx_diary"]:
        del sys.modules[name]


def install(site: Path, project: dict[str, Any]) -> None:
    """Write the metadata that pip would."""
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {line}\n" for line in project["dependencies"])
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head + needs, encoding="utf-8")
    lines = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def gsx(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def test_the_plugin_of_the_guide_hears_of_a_run_and_adds_a_command(
    diary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gsx("diary") == 3
    assert "no diary in ." in capsys.readouterr().err
    assert gsx("run", "--content", "chelsea", "--style", "mosaic", "--out", "mine", *SMALL) == 0
    capsys.readouterr()
    assert gsx("diary", "--last", "1") == 0
    assert re.fullmatch(r"mine: done after \d+ s\n", capsys.readouterr().out)


def test_its_tracker_passes_every_check(diary: Path) -> None:
    (spec,) = (offer.spec for offer in installed_catalog().offers("tracker") if offer.distribution == "gsx-diary")
    for check in checks_for(spec):
        check()
