"""Sub-commands of plugins (entry-point group ``gsx.commands``): listed without an import, and each on its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Ran

HELLO = """
import sys
import typer
from gsx.api import RecipeError

def hello(name: str = "you", code: int = 0):
    '''Say hello.'''
    print(f"hello {name}")
    if name == "nobody":
        raise RecipeError("nobody is there.", hint="Name somebody.")
    if name == "wall":
        raise ValueError("no ears")
    if code:
        raise typer.Exit(code)

app = typer.Typer()

@app.command()
def one(): print("one")

@app.command()
def two(): raise KeyError("two")

number = 7
"""

Plant = Callable[..., None]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """``commands("gsx-hello", {"hello": "module:hello"}, module=source)``: a distribution that offers commands."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def make(distribution: str, offers: dict[str, str], *requires: str, **modules: str) -> None:
        info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n{needs}")
        lines = [f"{name} = {value}" for name, value in offers.items()]
        (info / "entry_points.txt").write_text("\n".join(["[gsx.commands]", *lines]) + "\n")
        for name, source in modules.items():
            (folder / f"{name}.py").write_text(source)
            monkeypatch.delitem(sys.modules, name, raising=False)

    return make


@pytest.fixture
def hello(commands: Plant) -> None:
    commands("gsx-hello", {"hello": "gsx_hello_there:hello", "both": "gsx_hello_there:app"}, gsx_hello_there=HELLO)


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 7, ran.err
    for word in words:
        assert word in ran.err
    assert "Traceback" not in ran.err


def test_help_and_list_import_no_plugin(commands, tmp_path):
    commands(
        "gsx-wreck",
        {"wreck": "gsx_wrecked:app", "run": "gsx_wrecked:app", "no name": "gsx_wrecked:app"},
        gsx_wrecked="raise SystemExit('imported')",
    )
    program = (
        "import sys; from gsx.cli.main import main\ntry: main()\nfinally: assert 'gsx_wrecked' not in sys.modules\n"
    )
    for words in (["--help"], ["plugins", "list"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]),
            },
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        rows = [line.split("\t") for line in done.stdout.splitlines() if "gsx-wreck 1.0" in line]
        if words == ["--help"]:
            assert [row[0].split(maxsplit=1) for row in rows] == [["wreck", "From plugin gsx-wreck 1.0."]]
        else:
            no_name, shadow, wreck = rows
            assert wreck == ["command", "wreck", "gsx wreck", "gsx-wreck 1.0"]
            assert shadow[:2] == ["BROKEN", "run"]
            assert "no plugin replaces" in shadow[2]
            assert no_name[:2] == ["BROKEN", "no name"]


def test_a_function_is_a_command(gsx, hello):
    assert gsx("hello", "--name", "world").out == "hello world\n"
    shown = gsx("hello", "--help")
    assert shown.out.startswith("Usage: gsx hello ")
    assert "Say hello." in shown.out


def test_an_app_has_commands(gsx, hello):
    assert gsx("both", "one").out == "one\n"
    assert gsx("both", "three").code == 2


def test_exit_codes_and_debug_are_those_of_every_command(gsx, hello):
    assert gsx("hello", "--code", "5").code == 5
    assert gsx("hello", "--nonsense").code == 2
    ran = gsx("hello", "--name", "nobody")
    assert (ran.code, ran.err) == (3, "error: nobody is there.\nName somebody.\n")
    for words in (["--debug", "hello"], ["hello", "--debug"]):
        ran = gsx(*words, "--name", "nobody")
        assert ran.code == 3
        assert "Traceback" in ran.err
        os.environ.pop("GSX_DEBUG")


def test_what_escapes_names_the_plugin(gsx, hello):
    refused(gsx("hello", "--name", "wall"), "command 'hello' of plugin gsx-hello 1.0: it raised ValueError: no ears")
    refused(gsx("both", "two"), "command 'both' of plugin gsx-hello 1.0: it raised KeyError: 'two'")


@pytest.mark.parametrize(
    ("value", "source", "said"),
    [
        ("gsx_wrong:app", "import no_such_thing", "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("gsx_wrong:app", "raise SystemExit(0)", "SystemExit: 0"),
        ("gsx_wrong:app", "x = 1", "AttributeError: "),
        ("gsx_wrong:app", "app = 7", "it is a int, and has to be a typer.Typer or a function"),
        ("gsx_wrong:app", "import typer; app = typer.Typer()", "RuntimeError: "),
        ("gsx_nowhere:app", "", "ModuleNotFoundError: No module named 'gsx_nowhere'"),
    ],
)
def test_a_broken_one_costs_only_itself(gsx, hello, commands, value, source, said):
    commands("gsx-wrong", {"wrong": value}, gsx_wrong=f"print('junk')\n{source}\n")
    ran = gsx("wrong")
    refused(ran, f"command 'wrong' of plugin gsx-wrong 1.0: {said}")
    assert ran.out == ""
    assert gsx("hello").out == "hello you\n"
    assert gsx("--help").code == 0


def test_ours_stay_ours(gsx, commands):
    commands("gsx-thief", {"schema": "gsx_thief:app"}, gsx_thief="raise AssertionError")
    assert gsx("schema").out.startswith("{")
    refused(gsx("--strict-plugins", "plugins", "list"), "gsx-thief 1.0", "no plugin replaces")


def test_two_of_a_name_are_both_named(gsx, hello, commands, monkeypatch):
    commands("gsx-greet", {"hello": "gsx_greet:hello"}, gsx_greet="def hello(): print('greetings')")
    refused(gsx("hello"), "command 'hello' of plugin gsx-greet 1.0 and gsx-hello 1.0: several offer it", "GSX_PLUGINS")
    assert gsx("both", "one").out == "one\n"
    monkeypatch.setenv("GSX_PLUGINS", "gsx,gsx-greet")
    assert gsx("hello").out == "greetings\n"


def test_one_for_another_gsx_is_never_imported(gsx, commands):
    commands("gsx-later", {"later": "gsx_later_on:app"}, "gsx>=7", gsx_later_on="raise AssertionError")
    refused(gsx("later"), "gsx-later 1.0: it needs a newer GSX API: gsx>=7")
    assert "BROKEN\tlater\tit needs a newer GSX API" in gsx("plugins", "list").out
